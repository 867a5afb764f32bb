"""Places in a domain: the interior, faces, planes, points and spheres, each with its measure and outward normal.

To add a shape: a domain in `pinn.geometry.domains`, and where its boundary is curved a piece here.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from pinn.expressions.axes import axes
from pinn.geometry.domains import Ball, Box, Domain, Gaussian, log_volume


class PlaceError(Exception):
    """A place that the domain does not have; `hint` says what it has."""

    def __init__(self, message: str, hint: str | None = None):
        super().__init__(message)
        self.message, self.hint = message, hint


@dataclass(frozen=True)
class Flat:
    """A flat stretch of the domain on which some coordinates are fixed; the domain itself where none is."""

    name: str
    fixed: tuple[tuple[int, float], ...] = ()
    """Pairs (coordinate index, value)."""
    side: float | None = None
    """Sign of the outward normal along the fixed coordinate, where there is a normal."""

    def free(self, domain: Domain) -> tuple[int, ...]:
        """Indices of the coordinates that vary here."""
        held = {index for index, _ in self.fixed}
        return tuple(i for i in range(len(domain.coordinates)) if i not in held)

    def dimension(self, domain: Domain) -> int:
        return len(domain.coordinates) - len(self.fixed)

    def log_measure(self, domain: Domain) -> float:
        """Logarithm of length, area or volume; that of 1 for a point and for a Gaussian."""
        match domain:
            case Box():
                return math.fsum(math.log(domain.intervals[i].length) for i in self.free(domain))
            case Ball():
                return 0.0 if self.fixed else domain.log_volume
            case Gaussian():
                return 0.0
            case _:
                assert_never(domain)

    def measure(self, domain: Domain) -> float:
        """Length, area or volume; may be 0 or infinite where a float cannot hold it."""
        if isinstance(domain, Box):
            return math.prod(domain.intervals[i].length for i in self.free(domain))
        return _exponential(self.log_measure(domain))

    @property
    def has_normal(self) -> bool:
        return self.side is not None

    def normal(self, domain: Domain) -> tuple[float, ...] | None:
        """Outward unit normal over the spatial coordinates, where there is one."""
        if self.side is None:
            return None
        (index, _), *_ = self.fixed
        return tuple(self.side if i == index else 0.0 for i in domain.spatial)


@dataclass(frozen=True)
class Sphere:
    """The surface of a ball, with the normal away from its center."""

    name: str
    center: tuple[float, ...]
    radius: float

    def dimension(self, domain: Domain) -> int:
        return len(domain.coordinates) - 1

    def log_measure(self, domain: Domain) -> float:
        """Logarithm of the area, d/R times the volume inside."""
        d = len(domain.coordinates)
        return log_volume(d, self.radius) + math.log(d / self.radius)

    def measure(self, domain: Domain) -> float:
        """The area; may be 0 where a float cannot hold it."""
        return _exponential(self.log_measure(domain))

    @property
    def has_normal(self) -> bool:
        return True


Piece = Flat | Sphere
"""A part of a region that is sampled by one rule."""


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
        return all(piece.has_normal for piece in self.pieces)


def interior() -> Entry:
    """The domain itself."""
    return Entry("interior", (Flat("interior"),))


def boundary(domain: Domain) -> Entry:
    """Every face of the spatial coordinates that are not periodic; the sphere around a ball.

    Raises `PlaceError` where there is none.
    """
    match domain:
        case Box():
            walled = [i for i in domain.spatial if i not in domain.periodic]
            if not walled:
                raise PlaceError("this box has no boundary", "all of its spatial coordinates are periodic")
            sides = [(i, end) for i in walled for end in (domain.intervals[i].low, domain.intervals[i].high)]
            return Entry("boundary", tuple(p for i, end in sides for p in plane(domain, i, end).pieces))
        case Ball():
            return Entry("boundary", (Sphere("boundary", domain.center, domain.radius),))
        case Gaussian():
            hint = "it is the whole space; use a box or a ball if you need a boundary"
            raise PlaceError("a gaussian domain has no boundary", hint)
        case _:
            assert_never(domain)


def plane(domain: Domain, index: int, value: float) -> Entry:
    """The plane on which a coordinate has one value: a face, or a plane inside with its normal towards +.

    Raises `PlaceError` if the box does not reach it.
    """
    name = f"{domain.coordinates[index]}={value:.12g}"
    if isinstance(domain, Ball):
        raise PlaceError("planes inside a ball are not built in this version", "it has interior, boundary and points")
    side = _side(domain, index, value, name) if isinstance(domain, Box) else 1.0
    is_spatial = not isinstance(domain, Box) or (index != domain.time and index not in domain.family)
    return Entry(name, (Flat(name, ((index, value),), side if is_spatial else None),))


def point(domain: Domain, values: Mapping[int, float]) -> Entry:
    """A single point, or a line or plane of the domain where only some coordinates are given.

    Raises `PlaceError` if it lies outside.
    """
    name = _point_name(domain, values)
    match domain:
        case Box():
            for index, value in values.items():
                _within(domain, index, value)
        case Ball():
            _within_ball(domain, values, name)
        case Gaussian():
            pass
        case _:
            assert_never(domain)
    return Entry(name, (Flat(name, tuple(sorted(values.items()))),))


def _point_name(domain: Domain, values: Mapping[int, float]) -> str:
    """`{x: 0, t: 1}`, with a single number for a vector whose components are equal."""
    parts = []
    for name, places in axes(domain.coordinates, domain.vectors).items():
        given = [f"{values[i]:.12g}" for i in places if i in values]
        if name not in domain.vectors or len(set(given)) == 1:
            parts += [f"{name}: {number}" for number in given[:1]]
        elif given:
            parts.append(f"{name}: [{', '.join(given)}]")
    return "{" + ", ".join(parts) + "}"


def _within_ball(domain: Ball, values: Mapping[int, float], name: str) -> None:
    missing = [c for i, c in enumerate(domain.coordinates) if i not in values]
    if missing:
        message = f"a point of a ball needs all coordinates; {missing[0]} is missing"
        raise PlaceError(message, "lines and planes inside a ball are not built in this version")
    distance = math.dist([values[i] for i in range(len(domain.center))], domain.center)
    if not distance <= domain.radius * (1 + 1e-12):
        raise PlaceError(
            f"{name} is outside the ball", f"its distance from the center is {distance:.6g} of {domain.radius:.6g}"
        )


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


def _exponential(logarithm: float) -> float:
    return math.exp(logarithm) if logarithm < 709.0 else math.inf
