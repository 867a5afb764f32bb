"""Hard conditions: the expression that has the wanted values on parts of a boundary whatever the network says.

u = G + m·N, where m vanishes on every conditioned piece and G takes the wanted values there. Between planes G is
interpolated, slopes across them included. On spheres, curves and the surfaces of bodies G is the value as written, and
its slope is kept by the square of m. Different values on several of them are weighted by the inverses of the functions
that vanish there (Rvachev et al., Computational Mechanics 27, 2001). The planes of a time come last.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from pinn.expressions import ONE, algebra
from pinn.expressions.operators import Operator
from pinn.expressions.tree import Constant, Coordinate, Expression, Raw
from pinn.geometry import factors, interpolation
from pinn.geometry.bodies import Body
from pinn.geometry.curves import Arc, Segment
from pinn.geometry.domains import Domain
from pinn.geometry.interpolation import Planes, common, vanishing
from pinn.geometry.pieces import Curve, Flat, Part, Piece, Scatter, Sphere, Trimmed
from pinn.geometry.radial import components, from_center, inwards
from pinn.geometry.solids import Area, Solid

MOST_PLANES = 24
"""The product of the distances to more planes is zero almost everywhere: with two for each of 12 coordinates it is on
average below 1 % of its maximum."""

LARGEST_LIFT = 20_000
"""Nodes of the interpolation, which triples with each coordinate that has two planes."""


@dataclass(frozen=True)
class Condition:
    """`unknown = value` on a plane, a sphere or a curve; `value` is free of unknowns.

    On a plane it may be the derivative of the unknown, of any order, by the coordinate that is fixed there.
    """

    piece: Piece
    value: Expression
    order: int = 0
    keeps_slope: bool = False
    """Whether, across a curve or a sphere, the unknown has the slope of the value as written too."""

    @property
    def places(self) -> dict[int, float]:
        """The coordinates that are fixed there."""
        return dict(self.piece.fixed) if isinstance(self.piece, Flat) else {}

    @property
    def operator(self) -> Operator:
        """What is applied to the unknown."""
        return Operator.partial(*(index for index in self.places for _ in range(self.order)))


def on_piece(condition: Condition) -> Expression:
    """The condition's value with its own plane's position written in."""
    return algebra.substitute(condition.value, {i: Constant(v) for i, v in condition.places.items()})


def fulfil(
    domain: Domain, unknown: str, conditions: Sequence[Condition], scale: float = 1.0, factor: Expression = ONE
) -> Expression:
    """The unknown as a tree over `scale`·`factor` times the network's raw output that meets every condition exactly."""
    raw = algebra.multiply(algebra.multiply(Constant(scale), factor), Raw(unknown))
    if not conditions:
        return raw
    there = [replace(condition, value=on_piece(condition)) for condition in conditions]
    planes = _by_coordinate(there, domain.time)
    lift, away = _around(domain, [condition for condition in there if not isinstance(condition.piece, Flat)])
    lift, away = interpolation.lift(domain, planes, lift), algebra.multiply(away, vanishing(domain, planes))
    return algebra.add(lift, algebra.multiply(away, raw))


def impossible(domain: Domain, unknown: str, conditions: Sequence[Condition]) -> str | None:
    """Why these conditions on one unknown cannot be built in together, or None where they can."""
    reason = _too_many(conditions)
    if reason is not None:
        return f"too many hard conditions on {unknown}: {reason}"
    around = [condition.piece for condition in conditions if isinstance(condition.piece, Curve | Trimmed)]
    if not around or not isinstance(domain, Area | Body):
        return None
    function = factors.vanishing(domain, around, bounded=True)
    if algebra.measure(function, LARGEST_LIFT)[0] > LARGEST_LIFT:
        return f"the function for {unknown} that vanishes there has more than {LARGEST_LIFT} terms"
    point = factors.fault(domain, around, function)
    if point is None:
        return None
    place = ", ".join(f"{domain.coordinates[i]}={x:.6g}" for i, x in point.items())
    return f"no function was found for {unknown} that vanishes on its hard pieces alone: it fails at {place}"


def _too_many(conditions: Sequence[Condition]) -> str | None:
    planes = _by_coordinate([replace(c, value=on_piece(c)) for c in conditions if isinstance(c.piece, Flat)])
    count = sum(len(said) for values in planes.values() for said in values.values())
    if count > MOST_PLANES:
        return f"a factor that vanishes on {count} planes is almost zero everywhere; {MOST_PLANES} are the most"
    if common(planes, None) is not None:
        return None
    size = 0
    for values in planes.values():
        wanted = [(order, value) for said in values.values() for order, value in enumerate(said)]
        size += sum((size << order) + algebra.measure(value, LARGEST_LIFT)[0] for order, value in wanted)
    if size > LARGEST_LIFT:
        return f"an expression with these values on {count} planes has more than {LARGEST_LIFT} terms"
    return None


def normal(domain: Domain, piece: Piece) -> Expression | None:
    """The outward normal of a piece as an expression, where it has one; of a sphere or an ellipse also off it."""
    match piece:
        case Flat():
            parts = piece.normal(domain)
            return None if parts is None else algebra.stack(tuple(Constant(part) for part in parts))
        case Sphere(radius=radius):
            away = from_center(domain, piece.center)
            parts = (*components(away), *_along_axes(domain))
            whole = next(iter(away.values()))
            whole = whole if whole.shape and whole.shape[0] == len(parts) else algebra.stack(parts)
            return algebra.multiply(Constant(1.0 / radius), whole)
        case Curve():
            own, rest = _normal(domain, piece.arcs[0]), _along_axes(domain)
            return algebra.stack((*algebra.components(own), *rest)) if rest else own
        case Trimmed(domain=own, whole=whole, side=side):
            outward = normal(own, whole)
            return None if outward is None else algebra.multiply(Constant(side), outward)
        case Scatter():
            return None
        case Part(whole=whole):
            return normal(domain, whole)
        case _:
            assert_never(piece)


def along_normal(domain: Domain, piece: Piece, expression: Expression) -> Expression:
    """The slope of a scalar across a piece that has a normal, outwards."""
    outward = normal(domain, piece)
    assert outward is not None
    slopes = [algebra.derivative(expression, Operator.partial(i)) for i in domain.spatial]
    parts = zip(algebra.components(outward), slopes, strict=True)
    return algebra.add_all([algebra.multiply(part, slope) for part, slope in parts])


def _along_axes(domain: Domain) -> list[Constant]:
    """The components, none, of a shape's normal along the spatial coordinates beside it."""
    return [Constant(0.0)] * len(domain.axes) if isinstance(domain, Solid) else []


def _normal(domain: Domain, arc: Arc) -> Expression:
    """The normal of a straight line as numbers, that of an ellipse by the slope of its level."""
    curve = arc.curve
    if isinstance(curve, Segment):
        return algebra.stack(tuple(Constant(arc.side * part) for part in curve.normal(0.0)))
    slopes = [
        algebra.multiply(Constant(arc.side / r**2), algebra.subtract(Coordinate(name, i), Constant(c)))
        for i, (name, c, r) in enumerate(zip(domain.coordinates[:2], curve.center, curve.radii, strict=True))
    ]
    if curve.radii[0] == curve.radii[1]:
        return algebra.multiply(Constant(curve.radii[0]), algebra.stack(tuple(slopes)))
    squares = algebra.add_all([algebra.power(slope, Constant(2.0)) for slope in slopes])
    return algebra.divide(algebra.stack(tuple(slopes)), algebra.call("sqrt", (squares,)))


def _by_coordinate(conditions: Sequence[Condition], time: int | None = None) -> Planes:
    """Time comes last: then nothing is asked at the walls of what holds at the beginning."""
    planes: dict[int, dict[float, dict[int, Expression]]] = {}
    for condition in conditions:
        for index, position in condition.places.items():
            planes.setdefault(index, {}).setdefault(position, {}).setdefault(condition.order, condition.value)
    return {
        index: {position: [said[order] for order in sorted(said)] for position, said in planes[index].items()}
        for index in sorted(planes, key=lambda index: (index == time, index))
    }


def _around(domain: Domain, conditions: Sequence[Condition]) -> tuple[Expression | None, Expression]:
    """The wanted values on a sphere or on curves, and what vanishes there; None and one without conditions."""
    if not conditions:
        return None, Constant(1.0)
    if not isinstance(domain, Area | Body):
        first = conditions[0]
        assert isinstance(first.piece, Sphere)
        return first.value, _power(inwards(from_center(domain, first.piece.center), first.piece.radius), first)
    groups: dict[tuple[Expression, bool], list[Condition]] = {}
    for condition in conditions:
        groups.setdefault((condition.value, condition.keeps_slope), []).append(condition)
    pieces = [[condition.piece for condition in group] for group in groups.values()]
    single = [factors.vanishing(domain, own, bounded=True) for own in pieces]
    away = _product([_power(part, group[0]) for part, group in zip(single, groups.values(), strict=True)])
    if len({condition.value for condition in conditions}) == 1:
        return conditions[0].value, away
    even = [factors.even(domain, own, factors.vanishing(domain, own)) for own in pieces]
    even = [_power(part, group[0]) for part, group in zip(even, groups.values(), strict=True)]
    others = [_product([part for part in even if part is not own]) for own in even]
    values = [algebra.multiply(value, other) for (value, _), other in zip(groups, others, strict=True)]
    return algebra.divide(algebra.add_all(values), algebra.add_all(others)), away


def _power(part: Expression, condition: Condition) -> Expression:
    """What vanishes with its slope where that is kept."""
    return algebra.power(part, Constant(2.0)) if condition.keeps_slope else part


def _product(parts: Sequence[Expression]) -> Expression:
    product = parts[0]
    for part in parts[1:]:
        product = algebra.multiply(product, part)
    return product
