"""Functions that vanish on parts of a shape's boundary and are positive inside, as expression trees.

A shape is written as a formula of half-planes and ellipses, a polygon by the hulls of its chains of edges (Tor &
Middleditch, ACM Trans. Graphics 3, 1984). What the outermost "and" joins is multiplied, so that the function is smooth
at convex corners; below it, "and" and "or" are R-functions a + b ∓ √(a² + b²) (Rvachev 1963; Shapiro, Acta Numerica 16,
2007), singular only where two curves meet in a corner that looks inwards. A part of such a group is taken by the
distance to a trimmed curve (Sukumar & Srivastava, CMAME 389, 2022).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, assert_never

from pinn.expressions import algebra, numeric
from pinn.expressions.tree import Constant, Coordinate, Expression
from pinn.geometry.curves import Arc, Ellipse, Line, Segment, Vector
from pinn.geometry.domains import Area
from pinn.geometry.shapes import BESIDE, CLOSE, Combined, Oval, Polygon, Shape, curves, inside

HALF = Constant(0.5)
TWO = Constant(2.0)


@dataclass(frozen=True)
class Side:
    """The side of a curve on which its level is positive; -1 for the other one."""

    curve: Line
    sign: float = 1.0


@dataclass(frozen=True)
class Joined:
    """All parts, or any of them."""

    word: Literal["and", "or"]
    parts: tuple["Formula", ...]


Formula = Side | Joined


def vanishing(domain: Area, arcs: Sequence[Arc]) -> Expression:
    """Zero on these stretches of the boundary, elsewhere positive and at most about one."""
    product: Expression = Constant(1.0)
    for factor in _outermost(_formula(domain.shape)):
        known = set(_curves(factor))
        own = [edge.arc for edge in domain.edges if edge.arc.curve in known]
        wanted = [arc for arc in own if arc in arcs]
        whole = _positive(factor, domain)
        others = [edge.arc for edge in domain.edges if edge.arc not in wanted]
        if len(wanted) < len(own) or any(abs(_value(whole, arc.middle)) <= _slack(domain) for arc in others):
            parts = [_trimmed(arc, domain) for arc in wanted]
        else:
            parts = [whole] if wanted else []
        for part in parts:
            product = algebra.multiply(product, _at_most_one(part, domain))
    return _at_most_one(product, domain)


def fault(domain: Area, arcs: Sequence[Arc], function: Expression) -> Vector | None:
    """A point at which a function does not do what `vanishing` says: rounding aside, zero inside or not on an arc."""
    slack = _slack(domain)
    for point in _inner(domain):
        if not _value(function, point) > slack:
            return point
    for edge in domain.edges:
        for point in (edge.arc.at(0.31), edge.arc.at(0.84)):
            if (abs(_value(function, point)) <= 1e3 * slack) != (edge.arc in arcs):
                return point
    return None


def _inner(domain: Area) -> Iterator[Vector]:
    """Points inside: some of each cell, and those on what other shapes hide of a curve."""
    for cell in (cell for strip in domain.strips for cell in strip):
        for across, up in ((0.5, 0.5), (0.03, 0.4), (0.97, 0.6), (0.4, 0.03), (0.6, 0.97)):
            yield cell.at(across, up)
    size = max(curve.size for _, curve in curves(domain.shape))
    for _, curve in curves(domain.shape):
        low, high = curve.range
        for place in (low + k / 9 * (high - low) for k in range(1, 9)):
            (x, y), (u, v) = curve.at(place), curve.normal(place)
            u, v = BESIDE * size * u, BESIDE * size * v
            if inside(domain.shape, (x + u, y + v)) and inside(domain.shape, (x - u, y - v)):
                yield x, y


def _slack(domain: Area) -> float:
    return CLOSE * max(half for _, half in domain.scales[:2])


def _value(function: Expression, point: Vector) -> float:
    return numeric.shared(function, dict(enumerate(point)))


def _at_most_one(function: Expression, domain: Area) -> Expression:
    """The function over its largest value at some points inside."""
    largest = max(_value(function, point) for point in _inner(domain))
    return algebra.multiply(Constant(1.0 / largest), function) if largest > 0 else function


# --- formulas


def _formula(shape: Shape) -> Formula:
    match shape:
        case Oval(curve=curve):
            return Side(curve)
        case Polygon(vertices=vertices):
            return _chain((*vertices, vertices[0]), "and")
        case Combined(kind="union", parts=parts):
            return Joined("or", tuple(map(_formula, parts)))
        case Combined(kind="intersection", parts=parts):
            return Joined("and", tuple(map(_formula, parts)))
        case Combined(parts=(first, *others)):
            return Joined("and", (_formula(first), *(_opposite(_formula(part)) for part in others)))
        case _:
            raise ValueError(shape)


def _opposite(formula: Formula) -> Formula:
    match formula:
        case Side():
            return replace(formula, sign=-formula.sign)
        case Joined(word=word, parts=parts):
            return Joined("or" if word == "and" else "and", tuple(map(_opposite, parts)))
        case _:
            assert_never(formula)


def _chain(points: Sequence[Vector], word: Literal["and", "or"]) -> Formula:
    """What lies to the left of a chain of edges: it is cut at its hull, and what hangs between by the other word."""
    if len(points) == 2:
        return Side(Segment(points[0], points[1]))
    hull = _hull(points)
    marks = [k for k, point in enumerate(points) if point in hull]
    other = "or" if word == "and" else "and"
    return Joined(word, tuple(_chain(points[a : b + 1], other) for a, b in pairwise(marks)))


def _hull(points: Sequence[Vector]) -> set[Vector]:
    """The points on the boundary of the convex hull (Andrew's monotone chain)."""
    kept: set[Vector] = set()
    for order in (sorted(set(points)), sorted(set(points), reverse=True)):
        chain: list[Vector] = []
        for p in order:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], p) < 0:
                chain.pop()
            chain.append(p)
        kept.update(chain)
    return kept


def _turn(a: Vector, b: Vector, c: Vector) -> float:
    """Twice the area of a triangle, positive counterclockwise; rounding counts as straight."""
    value = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return value if abs(value) > 1e-12 * math.dist(a, b) * math.dist(a, c) else 0.0


def _outermost(formula: Formula) -> Iterator[Formula]:
    """What the outermost "and" joins."""
    if isinstance(formula, Joined) and (formula.word == "and" or len(formula.parts) == 1):
        for part in formula.parts:
            yield from _outermost(part)
    else:
        yield formula


def _curves(formula: Formula) -> Iterator[Line]:
    if isinstance(formula, Side):
        yield formula.curve
    else:
        for part in formula.parts:
            yield from _curves(part)


# --- expressions


def _positive(formula: Formula, domain: Area) -> Expression:
    """Positive where a formula holds, negative elsewhere."""
    if isinstance(formula, Side):
        return algebra.multiply(Constant(formula.sign), level(formula.curve, domain))
    parts = [_positive(part, domain) for part in formula.parts]
    while len(parts) > 1:  # in pairs, so that no part is repeated more often than it must be
        pairs = [_joined(formula.word, a, b) for a, b in zip(parts[::2], parts[1::2], strict=False)]
        parts = pairs + parts[len(pairs) * 2 :]
    return parts[0]


def _joined(word: Literal["and", "or"], a: Expression, b: Expression) -> Expression:
    """a + b ∓ √(a² + b²)."""
    root = _root(a, b)
    return algebra.add(algebra.add(a, b), root if word == "or" else algebra.negate(root))


def level(curve: Line, domain: Area) -> Expression:
    """To first order the distance to a curve (of an ellipse up to a factor), positive on its own side."""
    point = [Coordinate(domain.coordinates[i], i) for i in range(2)]
    match curve:
        case Segment(start=start):
            n = curve.normal(0.0)
            away = [algebra.subtract(Constant(a), x) for a, x in zip(start, point, strict=True)]
            return algebra.add_all([algebra.multiply(Constant(u), x) for u, x in zip(n, away, strict=True)])
        case Ellipse(center=center, radii=radii):
            parts = [
                algebra.power(algebra.multiply(Constant(1 / r), algebra.subtract(x, Constant(c))), TWO)
                for x, c, r in zip(point, center, radii, strict=True)
            ]
            rest = algebra.subtract(Constant(1.0), algebra.add_all(parts))
            return algebra.multiply(Constant(0.5 * math.sqrt(math.prod(radii))), rest)
        case _:
            assert_never(curve)


def _trimmed(arc: Arc, domain: Area) -> Expression:
    """√(f² + (√(t² + f⁴) - t)²/4), zero where the level f is and t ≥ 0: inside a circle or beyond a chord."""
    f = algebra.multiply(Constant(arc.side), level(arc.curve, domain))
    if arc.is_closed:
        return f
    first, last = arc.ends
    if isinstance(arc.curve, Segment):
        center = (0.5 * (first[0] + last[0]), 0.5 * (first[1] + last[1]))
        radius = 0.5 * math.dist(first, last)
        t = level(Ellipse(center, (radius, radius)), domain)
    else:
        t = level(Segment(last, first) if _turn(last, first, arc.middle) > 0 else Segment(first, last), domain)
    size = max(half for _, half in domain.scales[:2])
    f, t = (algebra.multiply(Constant(1 / size), part) for part in (f, t))
    beyond = algebra.multiply(HALF, algebra.subtract(_root(t, algebra.power(f, TWO)), t))
    return _root(f, beyond)


def _root(a: Expression, b: Expression) -> Expression:
    """√(a² + b²)."""
    return algebra.call("sqrt", (algebra.add(algebra.power(a, TWO), algebra.power(b, TWO)),))
