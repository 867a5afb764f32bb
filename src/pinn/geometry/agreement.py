"""Where hard conditions on one unknown meet, and whether they want the same values there."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pinn.expressions import Expression, numeric
from pinn.expressions.operators import Operator
from pinn.geometry.bodies import Body
from pinn.geometry.conditions import Condition, along_normal
from pinn.geometry.domains import Domain
from pinn.geometry.interpolation import slope
from pinn.geometry.meetings import meetings
from pinn.geometry.pieces import Curve, Sphere, Trimmed
from pinn.geometry.probes import beside, probes
from pinn.geometry.shapes import CLOSE
from pinn.geometry.solids import Solid
from pinn.geometry.spread import spread

AGREEMENT = 1e-9
"""Largest difference, relative to the data, at which two conditions agree."""

CREASE = 1e-6
"""The same of slopes."""


@dataclass(frozen=True)
class Disagreement:
    """Two conditions that want different values at one point, of the unknown or a derivative of it."""

    first: Condition
    second: Condition
    point: Mapping[int, float]
    values: tuple[float, float]

    @property
    def operator(self) -> Operator:
        """The derivative that both know."""
        return self.first.operator if self.first.places == self.second.places else _both(self.first, self.second)


def disagreements(
    domain: Domain, conditions: Sequence[Condition], parameters: Mapping[str, float]
) -> Iterator[Disagreement]:
    """The first point of each pair of conditions at which the data differ."""
    for first, second in itertools.combinations(conditions, 2):
        if first.places == second.places and first.places and first.order != second.order:
            continue
        sides = first.value, second.value
        if first.places != second.places:
            sides = _across(first.value, second), _across(second.value, first)
        if sides[0] == sides[1]:
            continue
        for point in _meeting_points(domain, first, second):
            try:
                a, b = (numeric.evaluate(side, point, parameters) for side in sides)
            except numeric.NotNumeric:
                break
            assert isinstance(a, float) and isinstance(b, float)
            if not abs(a - b) <= AGREEMENT * max(1.0, abs(a), abs(b)):
                yield Disagreement(first, second, point, (a, b))
                break


def creases(domain: Domain, conditions: Sequence[Condition], parameters: Mapping[str, float]) -> Iterator[Disagreement]:
    """The first point of each pair of conditions on curved pieces at which the data agree, but not their slopes."""
    curved = [condition for condition in conditions if isinstance(condition.piece, Curve | Trimmed)]
    for first, second in itertools.combinations(curved, 2):
        if first.value == second.value or first.piece == second.piece:
            continue
        slopes = [(slope(first.value, i), slope(second.value, i)) for i in domain.spatial]
        for point in _meeting_points(domain, first, second):
            try:
                pairs = [tuple(numeric.evaluate(side, point, parameters) for side in sides) for sides in slopes]
            except numeric.NotNumeric:
                break
            sides = ((a, b) for a, b in pairs if isinstance(a, float) and isinstance(b, float))
            gap = next(((a, b) for a, b in sides if not abs(a - b) <= CREASE * max(1.0, abs(a), abs(b))), None)
            if gap is not None:
                yield Disagreement(first, second, point, gap)
                break


def slope_gap(
    domain: Domain, value: Condition, wanted: Condition, planes: Sequence[Condition], parameters: Mapping[str, float]
) -> tuple[Mapping[int, float], float, float] | None:
    """The first point of a curved piece at which what is built in has another slope across it than is wanted.

    Built in are the value as written there, and what conditions on planes say where those meet the piece. Raises
    `NotNumeric` where slopes are not known as numbers.
    """
    for built_in in (value, *planes):
        own, asked = along_normal(domain, value.piece, built_in.value), _across(wanted.value, built_in)
        for point in _meeting_points(domain, value, built_in):
            a, b = (numeric.evaluate(side, point, parameters) for side in (own, asked))
            assert isinstance(a, float) and isinstance(b, float)
            if not abs(a - b) <= CREASE * max(1.0, abs(a), abs(b)):
                return point, a, b
    return None


def _both(first: Condition, second: Condition) -> Operator:
    indices = [index for c in (first, second) for index in c.places for _ in range(c.order)]
    return Operator.partial(*indices)


def _across(value: Expression, other: Condition) -> Expression:
    """What a value on one piece says of the derivative that another condition is about."""
    for index in other.places:
        value = slope(value, index, other.order)
    return value


def _meeting_points(domain: Domain, first: Condition, second: Condition) -> Iterator[dict[int, float]]:
    """Points where two conditions meet: corners first, then some between."""
    held = first.places | second.places
    if any(held[i] != v for i, v in first.places.items()):
        return
    if isinstance(domain, Solid):
        rest = beside(domain, (0.0, 1.0, 0.37), held)
        for place in _in_space(domain, first, second):
            yield from (place | others for others in rest)
        return
    others = [i for i in range(len(domain.coordinates)) if i not in held]
    for fractions in itertools.product((0.0, 1.0, 0.37), repeat=min(len(others), 3)):
        padded = (*fractions, *([0.5] * (len(others) - len(fractions))))
        yield held | {i: _inside(domain, i, f) for i, f in zip(others, padded, strict=True)}


def _in_space(domain: Domain, first: Condition, second: Condition) -> Iterator[dict[int, float]]:
    """Points of space where two conditions meet: of a sphere, common ones of surfaces, any where both are on planes."""
    match first.piece, second.piece:
        case (Sphere() as sphere, _) | (_, Sphere() as sphere):
            yield from _on_sphere(sphere)
        case Curve() as curve, Curve() as other:
            yield from (dict(enumerate(p)) for p in _common(domain, curve, other))
        case Trimmed() as patch, Trimmed() as other:
            assert isinstance(domain, Body)
            yield from spread(domain, patch) if patch == other else meetings(domain, patch, other)
        case (Trimmed() as patch, _) | (_, Trimmed() as patch):
            assert isinstance(domain, Body)
            yield from ({i: p[i] for i in range(len(domain.own))} for p in spread(domain, patch))
        case (Curve() as curve, _) | (_, Curve() as curve):
            yield from (dict(enumerate(arc.at(k / 8))) for arc in curve.arcs for k in range(9))
        case _:
            yield from probes(domain)


def _common(domain: Domain, first: Curve, second: Curve) -> Iterator[tuple[float, float]]:
    """Points of two curves: where one ends on the other, and between if they are the same."""
    slack = CLOSE * max(half for _, half in domain.scales[:2])
    for ours, theirs in ((first, second), (second, first)):
        for arc in ours.arcs:
            fractions = (0.5, 0.2, 0.7) if arc.is_closed else (0.0, 1.0, 0.5)
            points = [arc.at(fraction) for fraction in fractions]
            yield from (p for p in points if any(other.holds(p, slack) for other in theirs.arcs))


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
