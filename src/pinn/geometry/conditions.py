"""Hard conditions: the expression that has the wanted values on planes or a sphere whatever the network says.

u = G + m·N, where m vanishes on every conditioned piece and G takes the wanted values there. On planes G is the Boolean
sum of one-dimensional interpolations (transfinite interpolation; Gordon & Hall, Numer. Math. 21, 1973), so it exists
for any set of faces of a box as long as the data agree where two planes meet. On a sphere G is the value as written.
"""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from pinn.expressions import algebra, numeric
from pinn.expressions.axes import axes
from pinn.expressions.tree import Constant, Coordinate, Coordinates, Expression, Raw
from pinn.geometry.domains import Box, Domain
from pinn.geometry.regions import Flat, Piece, Sphere

AGREEMENT = 1e-9
"""Largest difference, relative to the data, at which two conditions agree."""

MOST_PLANES = 24
"""The product of the distances to more planes is zero almost everywhere: with two for each of 12 coordinates it is on
average below 1 % of its maximum."""

LARGEST_LIFT = 20_000
"""Nodes of the interpolation, which triples with each coordinate that has two planes."""


@dataclass(frozen=True)
class Condition:
    """`unknown = value` on a plane or a sphere; `value` is free of unknowns."""

    piece: Piece
    value: Expression

    @property
    def places(self) -> dict[int, float]:
        """The coordinates that are fixed there."""
        return dict(self.piece.fixed) if isinstance(self.piece, Flat) else {}


@dataclass(frozen=True)
class Disagreement:
    """Two conditions that want different values at one point."""

    first: Condition
    second: Condition
    point: Mapping[int, float]
    values: tuple[float, float]


def on_piece(condition: Condition) -> Expression:
    """The condition's value with its own plane's position written in."""
    return algebra.substitute(condition.value, {i: Constant(v) for i, v in condition.places.items()})


def fulfil(domain: Domain, unknown: str, conditions: Sequence[Condition]) -> Expression:
    """The unknown as a tree over the network's raw output that meets every condition exactly."""
    raw = Raw(unknown)
    if not conditions:
        return raw
    there = [replace(condition, value=on_piece(condition)) for condition in conditions]
    spheres = [condition.piece for condition in there if isinstance(condition.piece, Sphere)]
    if spheres:
        lift, vanishing = there[0].value, _inwards(domain, spheres[0])
    else:
        planes = _by_coordinate(there, domain.time)
        lift, vanishing = _lift(domain, planes), _vanishing(domain, planes)
    return algebra.add(lift, algebra.multiply(vanishing, raw))


def too_many(conditions: Sequence[Condition]) -> str | None:
    """Why these conditions on one unknown cannot be built in together, or None where they can."""
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
    """The outward normal of a piece as an expression, where it has one; of a sphere also off it."""
    match piece:
        case Flat():
            parts = piece.normal(domain)
            return None if parts is None else algebra.stack(tuple(Constant(part) for part in parts))
        case Sphere(radius=radius):
            away = _from_center(domain, piece)
            whole = away[0] if away[0].shape and len(away) == 1 else algebra.stack(tuple(_parts(away)))
            return algebra.multiply(Constant(1.0 / radius), whole)
        case _:
            assert_never(piece)


def disagreements(
    domain: Domain, conditions: Sequence[Condition], parameters: Mapping[str, float]
) -> Iterator[Disagreement]:
    """The first point of each pair of planes at which the data differ."""
    for first, second in itertools.combinations(conditions, 2):
        if first.value == second.value:
            continue
        for point in _meeting_points(domain, first, second):
            try:
                a, b = (numeric.evaluate(c.value, point, parameters) for c in (first, second))
            except numeric.NotNumeric:
                break
            assert isinstance(a, float) and isinstance(b, float)
            if not abs(a - b) <= AGREEMENT * max(1.0, abs(a), abs(b)):
                yield Disagreement(first, second, point, (a, b))
                break


def _meeting_points(domain: Domain, first: Condition, second: Condition) -> Iterator[dict[int, float]]:
    """Points where two planes meet: corners first, then some between; points of a sphere."""
    if isinstance(first.piece, Sphere):
        yield from _on_sphere(first.piece)
        return
    held = first.places | second.places
    if any(held[i] != v for i, v in first.places.items()):
        return
    others = [i for i in range(len(domain.coordinates)) if i not in held]
    for fractions in itertools.product((0.0, 1.0, 0.37), repeat=min(len(others), 3)):
        padded = (*fractions, *([0.5] * (len(others) - len(fractions))))
        yield held | {i: _inside(domain, i, f) for i, f in zip(others, padded, strict=True)}


def _on_sphere(sphere: Sphere) -> Iterator[dict[int, float]]:
    """The ends of the first few axes, and points between them."""
    dimension = len(sphere.center)
    for fractions in itertools.product((0.0, 1.0, -1.0, 0.37), repeat=min(dimension, 3)):
        size = math.hypot(*fractions)
        if size:
            padded = (*fractions, *([0.0] * (dimension - len(fractions))))
            yield {i: c + sphere.radius * f / size for i, (c, f) in enumerate(zip(sphere.center, padded, strict=True))}


def _inside(domain: Domain, index: int, fraction: float) -> float:
    middle, half = domain.scales[index]
    return middle + (2.0 * fraction - 1.0) * half


Planes = Mapping[int, Mapping[float, Expression]]
"""The value on each plane, by coordinate and position."""


def _by_coordinate(conditions: Sequence[Condition], time: int | None = None) -> Planes:
    """Time comes last: then nothing is asked at the walls of what holds at the beginning."""
    planes: dict[int, dict[float, Expression]] = {}
    for condition in conditions:
        ((index, position),) = condition.places.items()
        planes.setdefault(index, {}).setdefault(position, condition.value)
    return {index: planes[index] for index in sorted(planes, key=lambda index: (index == time, index))}


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


def _lift(domain: Domain, planes: Planes) -> Expression:
    """A function with the wanted values on every plane: one coordinate's planes after the other.

    It is made of the values on the planes alone, so that data singular elsewhere, or the solution itself, stay out.
    """
    every = [value for values in planes.values() for value in values.values()]
    if _is_common(every):
        return every[0]
    lift: Expression = Constant(0.0)
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
