"""Hard conditions: the expression that has the wanted values on planes whatever the network says.

u = G + m·N, where m vanishes on every conditioned plane and G takes the wanted values there. G is the Boolean sum of
one-dimensional interpolations (transfinite interpolation; Gordon & Hall, Numer. Math. 21, 1973), so it exists for any
set of faces of a box as long as the data agree where two planes meet.
"""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pinn.expressions import algebra, numeric
from pinn.expressions.tree import Constant, Coordinate, Expression, Raw
from pinn.geometry.domains import Box, Domain
from pinn.geometry.regions import Piece

AGREEMENT = 1e-9
"""Largest difference, relative to the data, at which two conditions agree."""


@dataclass(frozen=True)
class Condition:
    """`unknown = value` on a plane; `value` is free of unknowns."""

    piece: Piece
    value: Expression

    @property
    def index(self) -> int:
        """The coordinate that is fixed."""
        return self.piece.fixed[0][0]

    @property
    def position(self) -> float:
        return self.piece.fixed[0][1]


@dataclass(frozen=True)
class Disagreement:
    """Two conditions that want different values at one point."""

    first: Condition
    second: Condition
    point: Mapping[int, float]
    values: tuple[float, float]


def fulfil(domain: Domain, unknown: str, conditions: Sequence[Condition]) -> Expression:
    """The unknown as a tree over the network's raw output that meets every condition exactly."""
    raw = Raw(unknown)
    if not conditions:
        return raw
    flat = [_flat(condition) for condition in conditions]
    return algebra.add(_lift(domain, flat), algebra.multiply(_vanishing(domain, flat), raw))


def _flat(condition: Condition) -> Condition:
    """The condition with its own plane's position written into its value."""
    place = {condition.index: Constant(condition.position)}
    return replace(condition, value=algebra.substitute(condition.value, place))


def disagreements(
    domain: Domain, conditions: Sequence[Condition], parameters: Mapping[str, float]
) -> Iterator[Disagreement]:
    """The first point of each pair of planes at which the data differ."""
    for first, second in itertools.combinations(conditions, 2):
        if first.value == second.value or (first.index == second.index and first.position != second.position):
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
    """Points where the two planes meet: corners first, then some between."""
    held = {first.index: first.position, second.index: second.position}
    others = [i for i in range(len(domain.coordinates)) if i not in held]
    for fractions in itertools.product((0.0, 1.0, 0.37), repeat=min(len(others), 3)):
        padded = (*fractions, *([0.5] * (len(others) - len(fractions))))
        yield held | {i: _inside(domain, i, f) for i, f in zip(others, padded, strict=True)}


def _inside(domain: Domain, index: int, fraction: float) -> float:
    middle, half = domain.scales[index]
    return middle + (2.0 * fraction - 1.0) * half


def _by_coordinate(conditions: Sequence[Condition]) -> dict[int, dict[float, Expression]]:
    planes: dict[int, dict[float, Expression]] = {}
    for condition in conditions:
        planes.setdefault(condition.index, {}).setdefault(condition.position, condition.value)
    return planes


def _vanishing(domain: Domain, conditions: Sequence[Condition]) -> Expression:
    """A product of distances to the planes, of size one inside."""
    product: Expression = Constant(1.0)
    for index, planes in sorted(_by_coordinate(conditions).items()):
        middle, half = domain.scales[index]
        size = half if len(planes) > 1 or not isinstance(domain, Box) else 2.0 * half
        x = Coordinate(domain.coordinates[index], index)
        for position in sorted(planes):
            ahead = position > middle and len(planes) > 1
            distance = algebra.subtract(*((Constant(position), x) if ahead else (x, Constant(position))))
            product = algebra.multiply(product, algebra.multiply(Constant(1.0 / size), distance))
    return product


def _lift(domain: Domain, conditions: Sequence[Condition]) -> Expression:
    """A function with the wanted values on every plane: one coordinate's planes after the other.

    It is made of the values on the planes alone, so that data singular elsewhere, or the solution itself, stay out.
    """
    if all(c.value == conditions[0].value for c in conditions):
        return conditions[0].value
    lift: Expression = Constant(0.0)
    for index, planes in sorted(_by_coordinate(conditions).items()):
        correction: Expression = Constant(0.0)
        for position, value in sorted(planes.items()):
            missing = algebra.substitute(algebra.subtract(value, lift), {index: Constant(position)})
            blend = _lagrange(domain, index, position, tuple(planes))
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
