"""Places in a domain: the interior, faces, planes and points, each with its measure and outward normal."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from pinn.geometry.domains import Box, Domain


class PlaceError(Exception):
    """A place that the domain does not have; `hint` says what it has."""

    def __init__(self, message: str, hint: str | None = None):
        super().__init__(message)
        self.message, self.hint = message, hint


@dataclass(frozen=True)
class Piece:
    """A flat stretch of the domain on which some coordinates are fixed."""

    name: str
    fixed: tuple[tuple[int, float], ...] = ()
    """Pairs (coordinate index, value)."""
    normal: tuple[float, ...] | None = None
    """Outward unit normal over the spatial coordinates, where there is one."""

    def free(self, domain: Domain) -> tuple[int, ...]:
        """Indices of the coordinates that vary here."""
        held = {index for index, _ in self.fixed}
        return tuple(i for i in range(len(domain.coordinates)) if i not in held)

    def measure(self, domain: Domain) -> float:
        """Length, area or volume; 1 for a point and for a Gaussian."""
        match domain:
            case Box():
                return math.prod(domain.intervals[i].length for i in self.free(domain))
            case _:
                return 1.0


@dataclass(frozen=True)
class Entry:
    """One entry of a term's `on`, with the pieces it consists of."""

    name: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Region:
    """Where a term holds: one entry, or several."""

    entries: tuple[Entry, ...]

    @property
    def name(self) -> str:
        return ", ".join(entry.name for entry in self.entries)

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return tuple(piece for entry in self.entries for piece in entry.pieces)

    @property
    def has_normal(self) -> bool:
        return all(piece.normal is not None for piece in self.pieces)


def interior() -> Entry:
    """The domain itself."""
    return Entry("interior", (Piece("interior"),))


def boundary(domain: Domain) -> Entry:
    """Every face of the spatial coordinates that are not periodic.

    Raises `PlaceError` where there is none.
    """
    if not isinstance(domain, Box):
        raise PlaceError("a gaussian domain has no boundary", "it is the whole space; use a box if you need faces")
    walled = [i for i in domain.spatial if i not in domain.periodic]
    if not walled:
        raise PlaceError("this box has no boundary", "all of its spatial coordinates are periodic")
    sides = [(i, end) for i in walled for end in (domain.intervals[i].low, domain.intervals[i].high)]
    return Entry("boundary", tuple(p for i, end in sides for p in plane(domain, i, end).pieces))


def plane(domain: Domain, index: int, value: float) -> Entry:
    """The plane on which a coordinate has one value: a face, or a plane inside with its normal towards +.

    Raises `PlaceError` if the box does not reach it.
    """
    name = f"{domain.coordinates[index]}={value:.12g}"
    side = 1.0
    if isinstance(domain, Box):
        side = _side(domain, index, value, name)
    return Entry(name, (Piece(name, ((index, value),), _axis_normal(domain, index, side)),))


def point(domain: Domain, values: Mapping[int, float]) -> Entry:
    """A single point, or a line or plane of the domain where only some coordinates are given.

    Raises `PlaceError` if it lies outside.
    """
    name = "{" + ", ".join(f"{domain.coordinates[i]}: {v:.12g}" for i, v in sorted(values.items())) + "}"
    if isinstance(domain, Box):
        for index, value in values.items():
            _within(domain, index, value)
    return Entry(name, (Piece(name, tuple(sorted(values.items()))),))


def _side(domain: Box, index: int, value: float, name: str) -> float:
    """-1 on the lower face, +1 elsewhere."""
    end = _within(domain, index, value)
    if end and index in domain.periodic:
        coordinate = domain.coordinates[index]
        raise PlaceError(f"there is no face {name}", f"{coordinate} is periodic: its two ends are one")
    return float(end or 1)


def _within(domain: Box, index: int, value: float) -> int:
    """-1 at the lower end, +1 at the upper end, 0 between; raises `PlaceError` outside."""
    interval = domain.intervals[index]
    slack = 1e-12 * interval.length
    if abs(value - interval.low) <= slack:
        return -1
    if abs(value - interval.high) <= slack:
        return 1
    if not interval.low < value < interval.high:
        name = domain.coordinates[index]
        raise PlaceError(
            f"{name}={value:.12g} is outside the box",
            f"{name} runs from {interval.low:.12g} to {interval.high:.12g}",
        )
    return 0


def _axis_normal(domain: Domain, index: int, side: float) -> tuple[float, ...] | None:
    spatial = domain.spatial
    return tuple(side if i == index else 0.0 for i in spatial) if index in spatial else None
