"""Points spread over a piece of a domain, in plain Python: enough to tell whether a condition holds on all of it."""

import math
from collections.abc import Iterator, Sequence
from itertools import cycle, islice

from pinn.expressions import ONE, ZERO, numeric, tree
from pinn.expressions.tree import Expression
from pinn.geometry.bodies import Body
from pinn.geometry.domains import Domain
from pinn.geometry.pieces import Curve, Flat, Part, Piece, Scatter, Sphere, Trimmed
from pinn.geometry.solids import Ball, Cloud, Shell, Solid
from pinn.geometry.trimming import is_kept

COUNT = 300
"""Points on each piece if nothing else is said."""

STEPS = tuple(math.sqrt(prime) % 1 for prime in (2, 3, 5, 7, 11, 13, 17, 19))
"""Steps of a sequence that fills an interval evenly, for the coordinates in turn."""

GOLDEN = 0.6180339887498949
"""The same for distances from a center."""

TRIES = 100
"""How many times as many points are looked at where a body may be thin."""

Point = dict[int, float]


def spread(domain: Domain, piece: Piece, count: int = COUNT) -> Iterator[Point]:
    """Points of a piece, as numbers by index of the coordinate; so many before those outside are left out."""
    match piece:
        case Part(whole=whole, condition=condition):
            yield from (point for point in spread(domain, whole, count) if holds(condition, point))
        case Flat(fixed=fixed):
            places = (
                point | dict(fixed) for point in _filling(domain, count * (TRIES if isinstance(domain, Body) else 1))
            )
            yield from islice((place for place in places if is_inside(domain, place)), count)
        case Sphere(center=center, radius=radius):
            yield from (_on_sphere(point, center, radius) for point in _filling(domain, count))
        case Curve(arcs=arcs):
            for number, point in enumerate(_filling(domain, count)):
                share = (0.5 + number * STEPS[-1]) % 1
                yield point | dict(enumerate(arcs[number % len(arcs)].at(share)))
        case Trimmed(domain=whole_domain, whole=whole):
            assert isinstance(domain, Body)
            yield from (point for point in spread(whole_domain, whole, count) if is_kept(domain, piece, point))
        case Scatter(sheet=sheet, rows=rows):
            yield from _rows(domain, sheet.columns, range(len(sheet)) if rows is None else rows)


def holds(condition: Expression, point: Point) -> bool:
    """Whether a condition on the coordinates alone holds at a point."""
    return numeric.evaluate(tree.Where(condition, ONE, ZERO), point, {}) == 1.0


def _filling(domain: Domain, count: int) -> Iterator[Point]:
    """Points of the smallest box around a domain, of the ball around a body, or of a cloud."""
    if isinstance(domain, Cloud):
        yield from _rows(domain, domain.inside.columns, range(len(domain.inside)))
        return
    for number in range(count):
        fractions = ((0.5 + (number + 1) * STEPS[i % len(STEPS)]) % 1 for i in range(len(domain.coordinates)))
        point = {i: m + (2 * f - 1) * h for i, ((m, h), f) in enumerate(zip(domain.scales, fractions, strict=True))}
        match domain:
            case Shell(center=center, radius=radius):
                yield _on_sphere(point, center, radius)
            case Body(hull=Ball(center=center, radius=radius)):  # of the box too little is inside in many dimensions
                share = (0.5 + number * GOLDEN) % 1
                yield _on_sphere(point, center, radius * share ** (1 / len(center)))
            case _:
                yield point


def _on_sphere(point: Point, center: Sequence[float], radius: float) -> Point:
    """The nearest point on a sphere."""
    away = [point[i] - c for i, c in enumerate(center)]
    size = math.hypot(*away) or 1.0
    return point | {i: c + radius * a / size for i, (c, a) in enumerate(zip(center, away, strict=True))}


def _rows(domain: Domain, columns: Sequence[Sequence[float]], rows: Sequence[int]) -> Iterator[Point]:
    """Some of the points that are given, spread over the times and what else is beside them."""
    after = range(len(columns), len(domain.scales))
    rest = [(i, *domain.scales[i], step) for i, step in zip(after, cycle(STEPS), strict=False)]
    for number, row in enumerate(rows[:: max(1, len(rows) // COUNT)]):
        others = {i: m + h * (2 * ((0.5 + number * step) % 1) - 1) for i, m, h, step in rest}
        yield {i: column[row] for i, column in enumerate(columns)} | others


def is_inside(domain: Domain, point: Point) -> bool:
    """Whether a point belongs to a domain, as far as its shape is known: around a cloud every point does."""
    return not isinstance(domain, Solid) or domain.contains(point)
