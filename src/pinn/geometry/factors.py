"""Functions that vanish on parts of a shape's boundary and are positive inside, as expression trees.

A shape is written as a formula of sides. What the outermost "and" joins is multiplied, so that the function is smooth
at convex corners; what stands below it is a function of its own. A part of such a group is taken by the distance to a
trimmed surface.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from pinn.expressions import algebra, numeric
from pinn.expressions.tree import Constant, Expression
from pinn.geometry import planar
from pinn.geometry.bodies import Body
from pinn.geometry.clauses import clauses
from pinn.geometry.curves import Arc
from pinn.geometry.faces import MANY, patches
from pinn.geometry.formulas import (
    ALWAYS,
    Formula,
    all_of,
    fixed,
    level,
    opposite,
    outermost,
    without,
)
from pinn.geometry.levels import positive, trimmed
from pinn.geometry.pieces import Curve, Flat, Piece, Trimmed
from pinn.geometry.shapes import BESIDE, CLOSE, curves, inside
from pinn.geometry.solids import Area
from pinn.geometry.spread import spread
from pinn.geometry.trimming import beside

Point = dict[int, float]

FEW = 12
"""Points that are asked on each piece of a body's boundary."""

ASIDE = 1e-4
"""How far from a piece a slope is taken, by the size of the domain."""


@dataclass(frozen=True)
class Stretch:
    """A stretch of a shape's boundary."""

    own: Arc | Trimmed
    points: tuple[Point, ...]
    """Some of it."""
    trimmed: Callable[[], Expression]
    """A function that vanishes there alone."""


def vanishing(domain: Area | Body, pieces: Sequence[Piece], bounded: bool = False) -> Expression:
    """Zero on these pieces of the boundary, elsewhere positive and at most about one.

    `bounded` around small holes, so that it is not far smaller beside them than it is elsewhere.
    """
    every, chosen = _stretches(domain), _own(pieces)
    product: Expression = Constant(1.0)
    apart: list[Stretch] = []
    for whole, own in _factors(domain, every, bounded):
        wanted = [stretch for stretch in own if stretch.own in chosen]
        if len(wanted) < len(own):
            apart += [stretch for stretch in wanted if stretch not in apart]
        elif own:
            product = algebra.multiply(product, _at_most_one(whole, domain))
    for stretch in apart:
        product = algebra.multiply(product, _at_most_one(stretch.trimmed(), domain))
    return _at_most_one(product, domain)


def _factors(
    domain: Area | Body, every: Sequence[Stretch], bounded: bool
) -> Sequence[tuple[Expression, Sequence[Stretch]]]:
    """Functions that are positive inside, each with the stretches on which it vanishes."""
    formula = _formula(domain)
    functions = [positive(part, bounded) for part in clauses(formula) or outermost(formula)]
    return [(f, [s for s in every if any(_is_zero(f, p, domain) for p in s.points)]) for f in functions]


def even(domain: Area | Body, pieces: Sequence[Piece], function: Expression) -> Expression:
    """The function over its mean slope on the pieces where it vanishes: about the distance from them."""
    chosen, away = _own(pieces), ASIDE * _size(domain)
    points = [point for stretch in _stretches(domain) if stretch.own in chosen for point in stretch.points]
    rises = [[_value(function, point | {i: x + away}) for i, x in point.items()] for point in points]
    return algebra.multiply(Constant(len(points) * away / sum(math.hypot(*rise) for rise in rises)), function)


def fault(domain: Area | Body, pieces: Sequence[Piece], function: Expression) -> Point | None:
    """A point at which a function does not do what `vanishing` says: rounding aside, zero inside or not on a piece."""
    slack, chosen = _slack(domain), _own(pieces)
    for point in _inner(domain):
        if not _value(function, point) > slack:
            return point
    for stretch in _stretches(domain):
        for point in stretch.points:
            if (abs(_value(function, point)) <= 1e3 * slack) != (stretch.own in chosen):
                return point
    return None


def _own(pieces: Sequence[Piece]) -> list[Arc | Trimmed]:
    arcs = [arc for piece in pieces if isinstance(piece, Curve) for arc in piece.arcs]
    return [*arcs, *(piece for piece in pieces if isinstance(piece, Trimmed))]


def _formula(domain: Area | Body) -> Formula:
    return domain.formula if isinstance(domain, Body) else planar.formula(domain.shape, domain.own)


def _stretches(domain: Area | Body) -> list[Stretch]:
    if isinstance(domain, Area):
        return [_of_arc(edge.arc, domain) for edge in domain.edges]
    return [_of_piece(piece, domain) for piece in patches(domain)]


def _of_arc(arc: Arc, domain: Area) -> Stretch:
    points = tuple(dict(enumerate(arc.at(share))) for share in (0.31, 0.5, 0.84))
    f = algebra.multiply(Constant(arc.side), planar.level(arc.curve, domain.own))
    t = planar.beyond(arc, domain.own)
    return Stretch(arc, points, lambda: f if t is None else _scaled(f, t, domain))


def _of_piece(piece: Trimmed, domain: Body) -> Stretch:
    return Stretch(piece, tuple(islice(spread(domain, piece, MANY), FEW)), lambda: _of_surface(piece, domain))


def _of_surface(piece: Trimmed, domain: Body) -> Expression:
    """The level of a surface, trimmed to where the body is on its one side only."""
    inner, outer = (fixed(domain.formula, piece.surface, piece.side * sign > 0) for sign in (1, -1))
    there = all_of(without(inner, outer), opposite(outer))
    f = algebra.multiply(Constant(piece.side), level(domain.formula, piece.surface))
    return f if there == ALWAYS else _scaled(f, positive(there), domain)


def _scaled(f: Expression, t: Expression, domain: Area | Body) -> Expression:
    size = Constant(1 / _size(domain))
    return trimmed(algebra.multiply(size, f), algebra.multiply(size, t))


def _inner(domain: Area | Body) -> Iterator[Point]:
    """Points inside: some of all of it, and those on what other shapes hide of a surface."""
    if isinstance(domain, Body):
        yield from islice(spread(domain, Flat("interior")), 5 * FEW)
        for piece in patches(domain):
            sides = ((point, *beside(domain, piece, point)) for point in spread(piece.domain, piece.whole))
            hidden = (point for point, *ends in sides if all(map(domain.contains, ends)))
            yield from islice(hidden, FEW)
        return
    for cell in (cell for strip in domain.strips for cell in strip):
        for across, up in ((0.5, 0.5), (0.03, 0.4), (0.97, 0.6), (0.4, 0.03), (0.6, 0.97)):
            yield dict(enumerate(cell.at(across, up)))
    size = max(curve.size for _, curve in curves(domain.shape))
    for _, curve in curves(domain.shape):
        low, high = curve.range
        for place in (low + k / 9 * (high - low) for k in range(1, 9)):
            (x, y), (u, v) = curve.at(place), curve.normal(place)
            u, v = BESIDE * size * u, BESIDE * size * v
            if inside(domain.shape, (x + u, y + v)) and inside(domain.shape, (x - u, y - v)):
                yield {0: x, 1: y}


def _size(domain: Area | Body) -> float:
    return max(half for _, half in domain.own_scales)


def _slack(domain: Area | Body) -> float:
    return CLOSE * _size(domain)


def _is_zero(function: Expression, point: Point, domain: Area | Body) -> bool:
    return abs(_value(function, point)) <= _slack(domain)


def _value(function: Expression, point: Point) -> float:
    return numeric.shared(function, point)


def _at_most_one(function: Expression, domain: Area | Body) -> Expression:
    """The function over its largest value at some points inside."""
    largest = max(_value(function, point) for point in _inner(domain))
    return algebra.multiply(Constant(1.0 / largest), function) if largest > 0 else function
