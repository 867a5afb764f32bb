"""Parts of a domain that are sampled by one rule, each with its measure and outward normal.

To add a shape whose boundary is curved in its own way: a piece here, its points in `pinn.sampling`.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import assert_never

from pinn.expressions.tree import Expression
from pinn.geometry.curves import Arc
from pinn.geometry.domains import Area, Ball, Box, Cloud, Domain, Gaussian, Interval, Shell, log_area
from pinn.geometry.sheets import Sheet


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
        free = self.free(domain)
        is_curved = isinstance(domain, Shell) and free not in ((), (domain.time,))
        return len(free) - is_curved

    def log_measure(self, domain: Domain) -> float:
        """Logarithm of length, area or volume; that of 1 for a point and for a Gaussian."""
        match domain:
            case Box():
                return math.fsum(math.log(domain.intervals[i].length) for i in self.free(domain))
            case Ball() | Area():
                held = {index for index, _ in self.fixed}
                inside = 0.0 if held.intersection(domain.spatial) else domain.log_volume
                return inside + (0.0 if domain.time in held else _log_length(domain.span))
            case Cloud():
                held = {index for index, _ in self.fixed}
                inside = 0.0 if held.intersection(domain.spatial) else math.log(domain.inside.measure)
                return inside + (0.0 if domain.time in held else _log_length(domain.span))
            case Shell():
                held = {index for index, _ in self.fixed}
                inside = 0.0 if held.intersection(domain.spatial) else domain.log_area
                return inside + (0.0 if domain.time in held else _log_length(domain.span))
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


class Surface(ABC):
    """What has one dimension less than the domain, and a normal; at all times where the domain has them."""

    @abstractmethod
    def log_measure(self, domain: Domain) -> float:
        """Logarithm of its area or length, times that of the time."""

    def measure(self, domain: Domain) -> float:
        """Area or length, times that of the time; may be 0 or infinite where a float cannot hold it."""
        return _exponential(self.log_measure(domain))

    def dimension(self, domain: Domain) -> int:
        return len(domain.coordinates) - 1

    @property
    def has_normal(self) -> bool:
        return True


@dataclass(frozen=True)
class Sphere(Surface):
    """The surface of a ball, with the normal away from its center."""

    name: str
    center: tuple[float, ...]
    radius: float

    def log_measure(self, domain: Domain) -> float:
        """Logarithm of the area, times that of the time."""
        length = _log_length(domain.span) if isinstance(domain, Ball) else 0.0
        return log_area(len(self.center), self.radius) + length


@dataclass(frozen=True)
class Curve(Surface):
    """Stretches of one curve of the plane."""

    name: str
    arcs: tuple[Arc, ...]
    inner: bool = False
    """Whether it is a line inside the domain, and not a part of its boundary."""

    def log_measure(self, domain: Domain) -> float:
        """Logarithm of the length, times that of the time."""
        span = domain.span if isinstance(domain, Area) else None
        return math.log(math.fsum(arc.length for arc in self.arcs)) + _log_length(span)


@dataclass(frozen=True)
class Scatter(Surface):
    """The points of one part of a cloud's boundary, or those of a cloud that lie on a plane."""

    name: str
    sheet: Sheet
    rows: tuple[int, ...] | None = None
    """Which of its points; left out, all."""
    across: int | None = None
    """The coordinate along which the normal points, on a plane inside."""

    def log_measure(self, domain: Domain) -> float:
        """Logarithm of the measure of these points, times that of the time; that of 1 on a plane inside."""
        length = _log_length(domain.span) if isinstance(domain, Cloud) else 0.0
        if self.across is not None:
            return length
        share = 1.0 if self.rows is None else math.fsum(self.sheet.shares[i] for i in self.rows)
        return math.log(share * self.sheet.measure) + length

    @property
    def has_normal(self) -> bool:
        return self.across is not None or self.sheet.normals is not None


@dataclass(frozen=True)
class Part:
    """The points of a piece at which a condition on the coordinates holds."""

    whole: Flat | Sphere | Curve | Scatter
    condition: Expression
    """A comparison, or what `and`, `or`, `not` make of some; numbers for all parameters."""

    @property
    def name(self) -> str:
        return self.whole.name

    def dimension(self, domain: Domain) -> int:
        return self.whole.dimension(domain)

    def log_measure(self, domain: Domain) -> float:
        """That of the whole piece: which share of it this is, only points can tell."""
        return self.whole.log_measure(domain)

    def measure(self, domain: Domain) -> float:
        """That of the whole piece, which is not less."""
        return self.whole.measure(domain)

    @property
    def has_normal(self) -> bool:
        return self.whole.has_normal


Piece = Flat | Sphere | Curve | Scatter | Part
"""What is sampled by one rule."""


def _log_length(span: Interval | None) -> float:
    return 0.0 if span is None else math.log(span.length)


def _exponential(logarithm: float) -> float:
    return math.exp(logarithm) if logarithm < 709.0 else math.inf
