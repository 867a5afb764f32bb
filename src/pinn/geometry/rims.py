"""How far a place is from a straight or round part of a shape's boundary: a polynomial of the coordinates.

To let another kind of surface be such a coordinate: its polynomial here, which has the slope 1 inwards on the surface.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from pinn.expressions import Constant, Expression, algebra
from pinn.expressions.tree import Coordinate
from pinn.geometry.curves import Arc, Segment
from pinn.geometry.domains import Domain
from pinn.geometry.solids import Area, Ball

RADIAL = -1
"""In place of a coordinate's index: the share of a ball's, disk's or annulus' volume that is closer to its center."""


@dataclass(frozen=True)
class Rim:
    """The distance constant + Σ slope·(x - origin) + bend·Σ (x - origin)², over a shape's own coordinates."""

    origin: tuple[float, ...]
    constant: float
    slopes: tuple[float, ...]
    bend: float

    def at(self, point: Mapping[int, float]) -> float:
        """Positive inside the shape; on a round rim exact only there."""
        away = [point[i] - x for i, x in enumerate(self.origin)]
        squares = self.bend * math.fsum(a * a for a in away)
        return self.constant + math.fsum(s * a for s, a in zip(self.slopes, away, strict=True)) + squares

    def expression(self, domain: Domain) -> Expression:
        """The same as an expression."""
        total: Expression = Constant(self.constant)
        for i, (x, slope) in enumerate(zip(self.origin, self.slopes, strict=True)):
            away = algebra.subtract(Coordinate(domain.coordinates[i], i), Constant(x))
            if slope:
                total = algebra.add(total, algebra.multiply(Constant(slope), away))
            if self.bend:
                total = algebra.add(total, algebra.multiply(Constant(self.bend), algebra.power(away, Constant(2.0))))
        return total


@dataclass(frozen=True)
class Rings:
    """A shape between two spheres, or inside one, around a center: the radii of both, the inner one 0 of a ball."""

    center: tuple[float, ...]
    inner: float
    outer: float


def rims(domain: Domain) -> Mapping[str, Rim]:
    """The straight and round parts of a ball's or plane shape's boundary, by name; of a single one `boundary` too."""
    if isinstance(domain, Ball):
        return {"boundary": _round(domain.center, domain.radius, 1.0)}
    if not isinstance(domain, Area):
        return {}
    named: dict[str, set[tuple[object, float]]] = {}
    found: dict[str, Rim | None] = {}
    for edge in domain.edges:
        for name in {*edge.names, "boundary"}:
            named.setdefault(name, set()).add((edge.arc.curve, edge.arc.side))
            found[name] = _of(edge.arc)
    return {name: rim for name, rim in found.items() if rim is not None and len(named[name]) == 1}


def rings(domain: Domain) -> Rings | None:
    """The center and the radii of a ball, a disk or an annulus; None of other shapes."""
    if isinstance(domain, Ball):
        return Rings(domain.center, 0.0, domain.radius)
    arcs = [edge.arc for edge in domain.edges] if isinstance(domain, Area) else []
    round_ = [rim for arc in arcs if arc.is_closed and (rim := _of(arc)) is not None]
    if not arcs or len(round_) < len(arcs) or len({rim.origin for rim in round_}) > 1:
        return None
    radii = sorted(2.0 * abs(rim.constant) for rim in round_)
    return Rings(round_[0].origin, radii[0] if len(radii) > 1 else 0.0, radii[-1])


def _of(arc: Arc) -> Rim | None:
    """The distance from what an arc is a part of, inwards; None of an ellipse."""
    curve = arc.curve
    if isinstance(curve, Segment):
        normal = curve.normal(0.0)
        return Rim(curve.start, 0.0, (-arc.side * normal[0], -arc.side * normal[1]), 0.0)
    return _round(curve.center, curve.radii[0], arc.side) if curve.radii[0] == curve.radii[1] else None


def _round(center: tuple[float, ...], radius: float, side: float) -> Rim:
    """(R² - |x - c|²)/2R."""
    return Rim(center, 0.5 * side * radius, (0.0,) * len(center), -0.5 * side / radius)
