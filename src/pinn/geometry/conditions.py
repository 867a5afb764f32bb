"""Hard conditions: the expression that has the wanted values on parts of a boundary whatever the network says.

u = G + m·N, where m vanishes on every conditioned piece and G takes the wanted values there. On planes G is the Boolean
sum of one-dimensional interpolations (transfinite interpolation; Gordon & Hall, Numer. Math. 21, 1973), so it exists
for any set of faces of a box as long as the data agree where two planes meet. On a sphere or a curve G is the value as
written; different values on several curves are weighted by the inverses of the functions that vanish on them (Rvachev
et al., Computational Mechanics 27, 2001). The planes of a time come last.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from pinn.expressions import algebra
from pinn.expressions.axes import axes
from pinn.expressions.tree import Constant, Coordinate, Coordinates, Expression, Raw
from pinn.geometry import factors
from pinn.geometry.curves import Arc, Segment
from pinn.geometry.domains import Area, Box, Domain
from pinn.geometry.pieces import Curve, Flat, Part, Piece, Sphere

MOST_PLANES = 24
"""The product of the distances to more planes is zero almost everywhere: with two for each of 12 coordinates it is on
average below 1 % of its maximum."""

LARGEST_LIFT = 20_000
"""Nodes of the interpolation, which triples with each coordinate that has two planes."""


@dataclass(frozen=True)
class Condition:
    """`unknown = value` on a plane, a sphere or a curve; `value` is free of unknowns."""

    piece: Piece
    value: Expression

    @property
    def places(self) -> dict[int, float]:
        """The coordinates that are fixed there."""
        return dict(self.piece.fixed) if isinstance(self.piece, Flat) else {}


def on_piece(condition: Condition) -> Expression:
    """The condition's value with its own plane's position written in."""
    return algebra.substitute(condition.value, {i: Constant(v) for i, v in condition.places.items()})


def fulfil(domain: Domain, unknown: str, conditions: Sequence[Condition]) -> Expression:
    """The unknown as a tree over the network's raw output that meets every condition exactly."""
    raw = Raw(unknown)
    if not conditions:
        return raw
    there = [replace(condition, value=on_piece(condition)) for condition in conditions]
    planes = _by_coordinate(there, domain.time)
    lift, away = _around(domain, [condition for condition in there if not isinstance(condition.piece, Flat)])
    lift, away = _lift(domain, planes, lift), algebra.multiply(away, _vanishing(domain, planes))
    return algebra.add(lift, algebra.multiply(away, raw))


def impossible(domain: Domain, unknown: str, conditions: Sequence[Condition]) -> str | None:
    """Why these conditions on one unknown cannot be built in together, or None where they can."""
    reason = _too_many(conditions)
    if reason is not None:
        return f"too many hard conditions on {unknown}: {reason}"
    around = [condition for condition in conditions if isinstance(condition.piece, Curve)]
    if not around or not isinstance(domain, Area):
        return None
    arcs = _arcs(around)
    function = factors.vanishing(domain, arcs)
    if algebra.measure(function, LARGEST_LIFT)[0] > LARGEST_LIFT:
        return f"the function for {unknown} that vanishes there has more than {LARGEST_LIFT} terms"
    point = factors.fault(domain, arcs, function)
    if point is None:
        return None
    place = ", ".join(f"{name}={x:.6g}" for name, x in zip(domain.coordinates, point, strict=False))
    return f"no function was found for {unknown} that vanishes on its hard pieces alone: it fails at {place}"


def _too_many(conditions: Sequence[Condition]) -> str | None:
    count = len({(*c.places.items(),) for c in conditions if isinstance(c.piece, Flat)})
    if count > MOST_PLANES:
        return f"a factor that vanishes on {count} planes is almost zero everywhere; {MOST_PLANES} are the most"
    planes = _by_coordinate([replace(c, value=on_piece(c)) for c in conditions if isinstance(c.piece, Flat)])
    if _is_common([value for values in planes.values() for value in values.values()]):
        return None
    size = 0
    for values in planes.values():
        size += sum(size + algebra.measure(value, LARGEST_LIFT)[0] for value in values.values())
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
            away = _from_center(domain, piece)
            whole = away[0] if away[0].shape and len(away) == 1 else algebra.stack(tuple(_parts(away)))
            return algebra.multiply(Constant(1.0 / radius), whole)
        case Curve():
            return _normal(domain, piece.arcs[0])
        case Part(whole=whole):
            return normal(domain, whole)
        case _:
            assert_never(piece)


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


Planes = Mapping[int, Mapping[float, Expression]]
"""The value on each plane, by coordinate and position."""


def _by_coordinate(conditions: Sequence[Condition], time: int | None = None) -> Planes:
    """Time comes last: then nothing is asked at the walls of what holds at the beginning."""
    planes: dict[int, dict[float, Expression]] = {}
    for condition in conditions:
        for index, position in condition.places.items():
            planes.setdefault(index, {}).setdefault(position, condition.value)
    return {index: planes[index] for index in sorted(planes, key=lambda index: (index == time, index))}


def _around(domain: Domain, conditions: Sequence[Condition]) -> tuple[Expression | None, Expression]:
    """The wanted values on a sphere or on curves, and what vanishes there; None and one without conditions."""
    if not conditions:
        return None, Constant(1.0)
    if not isinstance(domain, Area):
        first = conditions[0]
        assert isinstance(first.piece, Sphere)
        return first.value, _inwards(domain, first.piece)
    groups: dict[Expression, list[Condition]] = {}
    for condition in conditions:
        groups.setdefault(condition.value, []).append(condition)
    if len(groups) == 1:
        return conditions[0].value, factors.vanishing(domain, _arcs(conditions))
    single = [factors.vanishing(domain, _arcs(group)) for group in groups.values()]
    others = [_product([part for part in single if part is not own]) for own in single]
    values = [algebra.multiply(value, other) for value, other in zip(groups, others, strict=True)]
    return algebra.divide(algebra.add_all(values), algebra.add_all(others)), _product(single)


def _arcs(conditions: Sequence[Condition]) -> list[Arc]:
    return [arc for c in conditions if isinstance(c.piece, Curve) for arc in c.piece.arcs]


def _product(parts: Sequence[Expression]) -> Expression:
    product = parts[0]
    for part in parts[1:]:
        product = algebra.multiply(product, part)
    return product


def _inwards(domain: Domain, sphere: Sphere) -> Expression:
    """(R² - |x - c|²)/(2R): to first order the distance to the sphere."""
    squares = [algebra.power(part, Constant(2.0)) for part in _from_center(domain, sphere)]
    distance = algebra.add_all([algebra.total(square) if square.shape else square for square in squares])
    rest = algebra.subtract(Constant(sphere.radius**2), distance)
    return algebra.multiply(Constant(0.5 / sphere.radius), rest)


def _from_center(domain: Domain, sphere: Sphere) -> list[Expression]:
    """x - c, vector by vector and coordinate by coordinate."""
    found: list[Expression] = []
    for name, places in axes(domain.coordinates, domain.vectors).items():
        if places.start not in domain.spatial:
            continue
        center = [Constant(sphere.center[i]) for i in places]
        x: Expression = Coordinate(name, places.start)
        if name in domain.vectors:
            x = Coordinates(name, places.start, shape=(len(places),))
        same = not x.shape or all(c == center[0] for c in center)
        found.append(algebra.subtract(x, center[0] if same else algebra.stack(tuple(center))))
    return found


def _parts(vectors: Sequence[Expression]) -> Iterator[Expression]:
    """The components of vectors and scalars, one after the other."""
    for vector in vectors:
        size = vector.shape[0] if vector.shape else 0
        yield from (algebra.component(vector, k) for k in range(size)) if size else (vector,)


def _vanishing(domain: Domain, planes: Planes) -> Expression:
    """A product of distances to the planes, of size one inside."""
    product: Expression = Constant(1.0)
    for index, values in planes.items():
        middle, half = domain.scales[index]
        size = half if len(values) > 1 or not isinstance(domain, Box) else 2.0 * half
        x = Coordinate(domain.coordinates[index], index)
        for position in sorted(values):
            ahead = position > middle and len(values) > 1
            distance = algebra.subtract(*((Constant(position), x) if ahead else (x, Constant(position))))
            product = algebra.multiply(product, algebra.multiply(Constant(1.0 / size), distance))
    return product


def _is_common(values: Sequence[Expression]) -> bool:
    """Whether one value holds on all planes, so that it needs no interpolation."""
    return all(value == values[0] for value in values)


def _lift(domain: Domain, planes: Planes, start: Expression | None) -> Expression:
    """A function with the wanted values on every plane: one coordinate's planes after the other.

    It begins with one that has the values on curves or a sphere, if there are any.

    It is made of the values there alone, so that data singular elsewhere, or the solution itself, stay out.
    """
    every = [value for values in planes.values() for value in values.values()]
    every += [] if start is None else [start]
    if _is_common(every):
        return every[0]
    lift = Constant(0.0) if start is None else start
    for index, values in planes.items():
        correction: Expression = Constant(0.0)
        for position, value in sorted(values.items()):
            missing = algebra.substitute(algebra.subtract(value, lift), {index: Constant(position)})
            blend = _lagrange(domain, index, position, tuple(values))
            correction = algebra.add(correction, algebra.multiply(blend, missing))
        lift = algebra.add(lift, correction)
    return lift


def _lagrange(domain: Domain, index: int, position: float, positions: Sequence[float]) -> Expression:
    """The polynomial in one coordinate that is 1 at `position` and 0 at the other positions."""
    others = [p for p in positions if p != position]
    x = Coordinate(domain.coordinates[index], index)
    product: Expression = Constant(1.0 / math.prod(position - p for p in others))
    for p in others:
        product = algebra.multiply(product, algebra.subtract(x, Constant(p)))
    return product
