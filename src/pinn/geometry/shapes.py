"""Shapes of the plane: ellipses, polygons, and what union, intersection and difference make of them.

`outline` finds the boundary of a combined shape: each curve is cut where others meet it, and the stretches with the
shape on one side only are kept. Areas and lengths then are sums over stretches, exact up to rounding.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, assert_never

from pinn.geometry.curves import Arc, Ellipse, Line, Segment, Vector, zeros

CLOSE = 1e-9
"""Distances that count as none, relative to the size of a shape."""

SOMEWHERE = 0.382
"""Where on a stretch it is looked what it is: not in the middle, where symmetric curves touch."""

TOUCHING = 1e-7
"""Cuts that are closer, relative to the size, are one: where curves touch is known to the root of rounding."""

BESIDE = 1e-6
"""How far beside a curve its two sides are looked at, relative to the size of the shape."""

ROUND = 72
"""Directions around a corner that are looked at."""


@dataclass(frozen=True)
class Oval:
    """An ellipse with axes along the coordinates, filled."""

    curve: Ellipse
    name: str
    group: str = ""
    """A further name, which others may share."""


@dataclass(frozen=True)
class Polygon:
    """A polygon whose edges do not cross, counterclockwise; its edges have names of their own."""

    vertices: tuple[Vector, ...]
    names: tuple[str, ...]
    group: str = ""
    """That of all edges together, if they have one."""

    @property
    def edges(self) -> tuple[Segment, ...]:
        """From each vertex to the next."""
        return tuple(Segment(p, q) for p, q in pairwise((*self.vertices, self.vertices[0])))


@dataclass(frozen=True)
class Combined:
    """All parts together, what they have in common, or the first without the others."""

    kind: Literal["union", "intersection", "difference"]
    parts: tuple["Shape", ...]
    group: str = ""
    """That of what is left of all their boundaries."""


Shape = Oval | Polygon | Combined


@dataclass(frozen=True)
class Edge:
    """A stretch of a shape's boundary, by the names of the curve that it is part of."""

    names: tuple[str, ...]
    arc: Arc


def curves(shape: Shape) -> Iterator[tuple[tuple[str, ...], Line]]:
    """All curves that a shape is made of, with their names."""
    group = (shape.group,) if shape.group else ()
    match shape:
        case Oval(curve=curve, name=name):
            yield (name, *group), curve
        case Polygon():
            yield from (((name, *group), edge) for name, edge in zip(shape.names, shape.edges, strict=True))
        case Combined(parts=parts):
            yield from (((*names, *group), curve) for part in parts for names, curve in curves(part))
        case _:
            assert_never(shape)


def inside(shape: Shape, point: Vector) -> bool:
    """Whether a point lies in a shape; on the boundary either."""
    match shape:
        case Oval(curve=curve):
            return curve.level(point) > 0
        case Polygon():
            x, y = point
            crossed = [
                (p[0] - x) * (q[1] - y) - (q[0] - x) * (p[1] - y) > 0
                for p, q in ((e.start, e.end) if e.end[1] > e.start[1] else (e.end, e.start) for e in shape.edges)
                if p[1] <= y < q[1]
            ]
            return sum(crossed) % 2 == 1
        case Combined(kind="union", parts=parts):
            return any(inside(part, point) for part in parts)
        case Combined(kind="intersection", parts=parts):
            return all(inside(part, point) for part in parts)
        case Combined(parts=(first, *others)):
            return inside(first, point) and not any(inside(part, point) for part in others)
        case _:
            return False


def outline(shape: Shape) -> tuple[Edge, ...]:
    """The boundary of a shape, empty where the shape is."""
    named = list(curves(shape))
    size = max(curve.size for _, curve in named)
    found: list[Edge] = []
    for names, curve in named:
        others = [other for _, other in named if other != curve]
        arcs = _kept(curve, others, shape, size, [edge.arc for edge in found])
        found += [Edge(names, arc) for arc in arcs]
    return tuple(found)


def within(shape: Shape, arc: Arc) -> tuple[Arc, ...]:
    """The stretches of a curve inside a shape; none of those on its boundary."""
    others = [curve for _, curve in curves(shape)]
    slack = CLOSE * max(curve.size for curve in others)
    turns = (0.0,) if arc.curve.period is None else (0.0, arc.curve.period)
    cuts = sorted({cut + turn for cut in _cuts(arc.curve, others, slack)[1:-1] for turn in turns})
    edges = [edge.arc for edge in outline(shape)]
    stretches = pairwise([arc.start, *(cut for cut in cuts if arc.start < cut < arc.end), arc.end])
    found = (replace(arc, start=a, end=b) for a, b in stretches)
    places = ((part, part.at(SOMEWHERE)) for part in found)
    is_edge = lambda place: any(edge.holds(place, slack) for edge in edges)
    return tuple(part for part, place in places if inside(shape, place) and not is_edge(place))


def _kept(curve: Line, others: list[Line], shape: Shape, size: float, known: list[Arc]) -> list[Arc]:
    """The stretches of a curve that have the shape on one side and not on the other, joined where they meet.

    What is known already is left out: there curves of two parts coincide.
    """
    arcs: list[Arc] = []
    for a, b in pairwise(_cuts(curve, others, CLOSE * size)):
        place = a + SOMEWHERE * (b - a)
        (x, y), (u, v) = curve.at(place), curve.normal(place)
        u, v = BESIDE * size * u, BESIDE * size * v
        own, other = inside(shape, (x - u, y - v)), inside(shape, (x + u, y + v))
        if own == other or any(arc.holds((x, y), CLOSE * size) for arc in known):
            continue
        side = 1.0 if own else -1.0
        if arcs and arcs[-1].end == a and arcs[-1].side == side:
            arcs[-1] = replace(arcs[-1], end=b)
        else:
            arcs.append(Arc(curve, a, b, side))
    if curve.period is not None and len(arcs) > 1:
        first, last = arcs[0], arcs[-1]
        if first.start == 0.0 and last.end == curve.period and first.side == last.side:
            arcs = [*arcs[1:-1], replace(last, end=first.end + curve.period)]
    return arcs


def _cuts(curve: Line, others: list[Line], slack: float) -> list[float]:
    """Parameters at which other curves meet a curve, and its ends; two where they only touch count once."""
    low, high = curve.range
    marks = []
    for other in others:
        if isinstance(other, Segment):
            marks += [curve.place(p) for p in (other.start, other.end) if abs(curve.level(p)) <= slack]
        function = lambda s, other=other: other.level(curve.at(s))
        if isinstance(curve, Segment) and isinstance(other, Segment):
            a, b = function(low), function(high)
            marks += [a / (a - b)] if a * b < 0 else []
        elif max(abs(function(low + k / 7 * (high - low))) for k in range(1, 7)) > slack:
            marks += zeros(function, low, high)
    if curve.period is not None:
        marks = [mark % curve.period for mark in marks]
    room = TOUCHING / CLOSE * slack / curve.size
    cuts = [low]
    for mark in sorted(marks):
        if cuts[-1] + room < mark < high - room:
            cuts.append(mark)
    return [*cuts, high]


def inward_corners(shape: Shape, edges: tuple[Edge, ...]) -> tuple[Vector, ...]:
    """Where two stretches of a boundary meet at an angle that is plainly more than 180 degrees inside."""
    size = max(curve.size for _, curve in curves(shape))
    ends = {end for edge in edges for end in edge.arc.ends}
    return tuple(end for end in sorted(ends) if _is_inward(shape, end, BESIDE * size))


def _is_inward(shape: Shape, point: Vector, radius: float) -> bool:
    turns = [math.tau * (k + 0.5) / ROUND for k in range(ROUND)]
    around = [(point[0] + radius * math.cos(turn), point[1] + radius * math.sin(turn)) for turn in turns]
    return sum(inside(shape, place) for place in around) > 0.55 * ROUND


def area(edges: tuple[Edge, ...]) -> float:
    """The area that a boundary encloses."""
    return math.fsum(edge.arc.swept for edge in edges)


def crossing(polygon: tuple[Vector, ...]) -> tuple[int, int] | None:
    """Two edges of a closed polygon, counted from 1, that meet elsewhere than in a common vertex."""
    edges = Polygon(polygon, ("",) * len(polygon)).edges
    count = len(edges)
    for i, first in enumerate(edges):
        for j in range(i + 1, count):
            second = edges[j]
            slack = CLOSE * max(first.size, second.size)
            common = {first.start, first.end} & {second.start, second.end}
            ends = [p for e, other in ((first, second), (second, first)) for p in (e.start, e.end)
                    if p not in common and Arc(other, 0.0, 1.0).holds(p, slack)]  # fmt: skip
            sides = [e.level(p) for e, other in ((first, second), (second, first)) for p in (other.start, other.end)]
            if ends or (not common and sides[0] * sides[1] < 0 and sides[2] * sides[3] < 0):
                return i + 1, j + 1
    return None
