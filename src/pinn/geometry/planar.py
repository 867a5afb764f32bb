"""Shapes of the plane as formulas of half-planes and ellipses, and what tells an arc from the rest of its curve.

A polygon is written by the hulls of its chains of edges (Tor & Middleditch, ACM Trans. Graphics 3, 1984).
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, assert_never

from pinn.expressions import algebra
from pinn.expressions.tree import Constant, Coordinate, Expression
from pinn.geometry.curves import Arc, Ellipse, Line, Segment, Vector
from pinn.geometry.formulas import Formula, Joined, Plane, Side, opposite
from pinn.geometry.shapes import Combined, Oval, Polygon, Shape

TWO = Constant(2.0)


def formula(shape: Shape, names: Sequence[str]) -> Formula:
    """What holds inside a shape, as a formula of half-planes and ellipses, in these coordinates."""
    match shape:
        case Oval(curve=curve):
            return _side(curve, names)
        case Polygon(vertices=vertices):
            return _chain((*vertices, vertices[0]), "and", names)
        case Combined(kind="union", parts=parts):
            return Joined("or", tuple(formula(part, names) for part in parts))
        case Combined(kind="intersection", parts=parts):
            return Joined("and", tuple(formula(part, names) for part in parts))
        case Combined(parts=(first, *others)):
            return Joined("and", (formula(first, names), *(opposite(formula(part, names)) for part in others)))
        case _:
            raise ValueError(shape)


def _side(curve: Line, names: Sequence[str]) -> Side:
    if isinstance(curve, Segment):
        (u, v), (x, y) = curve.normal(0.0), curve.start
        return Side(curve, level(curve, names), plane=Plane(((0, -u), (1, -v)), u * x + v * y))
    return Side(curve, level(curve, names), size=math.sqrt(math.prod(curve.radii)))


def _chain(points: Sequence[Vector], word: Literal["and", "or"], names: Sequence[str]) -> Formula:
    """What lies to the left of a chain of edges: it is cut at its hull, and what hangs between by the other word."""
    if len(points) == 2:
        return _side(Segment(points[0], points[1]), names)
    hull = _hull(points)
    marks = [k for k, point in enumerate(points) if point in hull]
    other = "or" if word == "and" else "and"
    return Joined(word, tuple(_chain(points[a : b + 1], other, names) for a, b in pairwise(marks)))


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


def level(curve: Line, names: Sequence[str]) -> Expression:
    """To first order the distance to a curve (of an ellipse up to a factor), positive on its own side."""
    point = [Coordinate(names[i], i) for i in range(2)]
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


def beyond(arc: Arc, names: Sequence[str]) -> Expression | None:
    """Of all points of a curve positive on one arc alone: inside a circle or beyond a chord; None of a closed one."""
    if arc.is_closed:
        return None
    first, last = arc.ends
    if isinstance(arc.curve, Segment):
        center = (0.5 * (first[0] + last[0]), 0.5 * (first[1] + last[1]))
        radius = 0.5 * math.dist(first, last)
        return level(Ellipse(center, (radius, radius)), names)
    return level(Segment(last, first) if _turn(last, first, arc.middle) > 0 else Segment(first, last), names)
