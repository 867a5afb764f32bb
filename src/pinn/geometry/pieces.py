"""Parts of a domain that are sampled by one rule, each with its measure and outward normal.

To add a shape whose boundary is curved in its own way: a piece here, its points in `pinn.sampling`.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Self

from pinn.expressions.tree import Expression
from pinn.geometry.bodies import Body, Simple
from pinn.geometry.boxes import Box
from pinn.geometry.curves import Arc
from pinn.geometry.domains import Domain
from pinn.geometry.sheets import Sheet
from pinn.geometry.solids import Shell, Solid, log_area


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
        is_curved = isinstance(domain, Shell) and any(i < len(domain.own) for i in free)
        return len(free) - is_curved

    def log_measure(self, domain: Domain) -> float:
        """Logarithm of length, area or volume; that of 1 for a point and for a Gaussian; of a body that of its hull."""
        if isinstance(domain, Box):
            return math.fsum(math.log(domain.intervals[i].length) for i in self.free(domain))
        if isinstance(domain, Solid):
            held = dict(self.fixed)
            inside = domain.log_inside({i: x for i, x in held.items() if i < len(domain.own)})
            return inside + domain.log_beside(held)
        return 0.0

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
    """A part of a shape's boundary or a surface inside of it, everywhere in the box beside the shape."""

    @abstractmethod
    def log_measure(self, domain: Domain) -> float:
        """Logarithm of its area or length, times the measure of the box."""

    def measure(self, domain: Domain) -> float:
        """Area or length, times the measure of the box; may be 0 or infinite where a float cannot hold it."""
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
        return log_area(len(self.center), self.radius) + _log_beside(domain)


@dataclass(frozen=True)
class Curve(Surface):
    """Stretches of one curve of the plane."""

    name: str
    arcs: tuple[Arc, ...]
    inner: bool = False
    """Whether it is a line inside the domain, and not a part of its boundary."""

    def log_measure(self, domain: Domain) -> float:
        return math.log(math.fsum(arc.length for arc in self.arcs)) + _log_beside(domain)


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
        """Logarithm of the measure of these points, times that of the box; that of 1 on a plane inside."""
        if self.across is not None:
            return _log_beside(domain)
        share = 1.0 if self.rows is None else math.fsum(self.sheet.shares[i] for i in self.rows)
        return math.log(share * self.sheet.measure) + _log_beside(domain)

    @property
    def has_normal(self) -> bool:
        return self.across is not None or self.sheet.normals is not None


@dataclass(frozen=True)
class Trimmed(Surface):
    """What a body has of a piece of one of its members' boundary, or of a plane through its hull."""

    name: str
    domain: Simple
    """The member with what is beside it, or the hull."""
    whole: Flat | Sphere | Curve
    member: int | None
    """Which of the body's members; None for a plane."""
    side: float = 1.0
    """-1 where the body lies outside of the member."""

    @property
    def surface(self) -> Hashable:
        """What tells it from other surfaces, as in the body's formula."""
        match self.whole:
            case Flat(fixed=fixed):
                return self.member, fixed
            case Curve(arcs=(arc, *_)):
                return self.member, arc.curve
            case _:
                return self.member, None

    def alone(self, body: Body) -> Self:
        """The same without what is beside the body."""
        return replace(self, domain=body.hull if self.member is None else body.member_domain(self.member))

    def dimension(self, domain: Domain) -> int:
        del domain
        return self.whole.dimension(self.domain)

    def log_measure(self, domain: Domain) -> float:
        """That of the whole piece: which share of it this is, only points can tell."""
        del domain
        return self.whole.log_measure(self.domain)


@dataclass(frozen=True)
class Part:
    """The points of a piece at which a condition on the coordinates holds."""

    whole: Flat | Sphere | Curve | Scatter | Trimmed
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


Piece = Flat | Sphere | Curve | Scatter | Trimmed | Part
"""What is sampled by one rule."""


def _log_beside(domain: Domain) -> float:
    return domain.log_beside() if isinstance(domain, Solid) else 0.0


def _exponential(logarithm: float) -> float:
    return math.exp(logarithm) if logarithm < 709.0 else math.inf
