"""Where a value meets a slope along the edge of the plane, or edges turn inwards: there solutions are singular.

Beside such a place solutions of equations of second order are made of powers of the distance r: of r^(π/ω) between two
values, or two slopes, at an angle ω inside, of r^(π/2ω) between a value and a slope (Grisvard 1985, chapter 4).
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from pinn.config.clashes import JUMP, MOST_COORDINATES, Clash, shown
from pinn.config.conflicts import facing, wishes
from pinn.config.findings import Path
from pinn.config.hard import HardCondition
from pinn.config.model import Equation, Term
from pinn.config.names import Names
from pinn.config.standins import stand_ins
from pinn.expressions import algebra
from pinn.geometry import Area, Box, Curve, Flat, Part, Piece, Sphere, holds

ALONG = 64
"""Places on an edge at which it is asked what holds there."""

START = 0.381966
"""Where the first of them is, in the distance between two, so that round numbers lie between."""

CLOSE = 1e-9
"""Distances that count as none, by the length of an edge."""

EXACT = 1e-15
"""How well a place on an edge is known, by its length."""

DIGITS = 12
"""So many are kept of it."""

BESIDE = 1e-5
"""How far from a place, by the length of an edge, it is asked what holds on either side."""

LINES = (0.236068, -0.381966)
"""Where the coordinates are that an edge does not run through, in half widths from their middle."""

STRAIGHT = 0.02
"""By how much an angle may differ from a straight one that counts as such."""

Point = Mapping[int, float]
Place = tuple[float, float]


@dataclass(frozen=True)
class Ask:
    """A term that wants values or slopes of an unknown on a piece."""

    unknown: str
    piece: Piece
    value: Callable[[Point], float | None] | None
    """At a point of the piece; None where it wants slopes."""
    path: Path
    is_built_in: bool = False


@dataclass(frozen=True)
class Line:
    """An edge in the plane of two coordinates, by the fraction of its length."""

    pair: tuple[int, int]
    at: Callable[[float], Place]
    is_closed: bool
    is_of: Callable[[Piece], bool]
    """Whether a piece has it."""


def find(
    names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], paths: Mapping[str, Path]
) -> Iterator[Clash]:
    """Such places on the edges of a box, and at corners of shapes of the plane."""
    if len(names.domain.coordinates) > MOST_COORDINATES or not isinstance(names.domain, Box | Area):
        return
    is_parted = any(isinstance(piece, Part) for term in terms for piece in term.region.pieces)
    asked = list(_asks(names, terms, hard, paths)) if is_parted or isinstance(names.domain, Area) else []
    for unknown in dict.fromkeys(ask.unknown for ask in asked):
        own = [ask for ask in asked if ask.unknown == unknown]
        lines = list(_lines(names.domain))
        for line in lines:
            yield from _changes(names, line, [ask for ask in own if line.is_of(_whole(ask.piece))])
        if isinstance(names.domain, Area):
            yield from _corners(names, names.domain, lines, own)


def touches(piece: Piece, corner: Point) -> bool:
    """Whether a place in two coordinates lies on what a piece is a part of."""
    match _whole(piece):
        case Flat(fixed=fixed):
            return bool(fixed) and all(abs(corner.get(i, math.inf) - x) <= CLOSE * (1 + abs(x)) for i, x in fixed)
        case Curve(arcs=arcs):
            place = corner.get(0, math.inf), corner.get(1, math.inf)
            return any(arc.holds(place, 2 * BESIDE * arc.curve.size) for arc in arcs)
        case Sphere(center=center, radius=radius):
            place = [corner.get(i, math.inf) for i in range(len(center))]
            return abs(math.dist(place, center) - radius) <= CLOSE * radius
        case _:
            return False


def _asks(
    names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], paths: Mapping[str, Path]
) -> Iterator[Ask]:
    for wish in wishes(names, terms, hard, paths):
        if wish.operator.is_identity:
            yield Ask(wish.unknown, wish.piece, wish.value, wish.path, wish.is_built_in)
    for term in terms:
        for piece in (piece for piece in term.region.pieces if not isinstance(piece, Flat) or len(piece.fixed) == 1):
            orders = orders_on(piece, names, term)
            yield from (Ask(unknown, piece, None, paths[term.name]) for unknown, order in orders.items() if order)


def orders_on(piece: Piece, names: Names, term: Term) -> dict[str, int]:
    """How often equations on a piece differentiate each of their unknowns."""
    found: dict[str, int] = {}
    for residual in term.content.residuals if isinstance(term.content, Equation) and not term.is_number else ():
        for scalar in algebra.components(residual):
            inside = stand_ins(facing(scalar, piece, names), names)
            for part in inside[1] if inside else ():
                found[part.unknown] = max(part.order, found.get(part.unknown, 0))
    return found


def _whole(piece: Piece) -> Piece:
    return piece.whole if isinstance(piece, Part) else piece


def _lines(domain: Box | Area) -> Iterator[Line]:
    """Edges between two ends of a spatial coordinate on each face of a box, its start too; the boundary of a shape."""
    if isinstance(domain, Area):
        for edge in domain.edges:
            own = lambda piece, arc=edge.arc: isinstance(piece, Curve) and not piece.inner and arc in piece.arcs
            yield Line((0, 1), edge.arc.at, edge.arc.is_closed, own)
        return
    free = [i for i in domain.spatial if i not in domain.periodic]
    times = () if domain.time is None else (domain.time,)
    for i, j in ((i, j) for i in (*free, *times) for j in free if i != j):
        (middle, half), (center, radius) = domain.scales[i], domain.scales[j]
        for x in (middle - half, middle + half):
            at = lambda s, x=x, low=center - radius, width=2 * radius: (x, low + s * width)
            yield Line((i, j), at, False, lambda piece, i=i, x=x, half=half: _is_face(piece, i, x, CLOSE * half))


def _is_face(piece: Piece, index: int, place: float, slack: float) -> bool:
    if not isinstance(piece, Flat) or len(piece.fixed) != 1:
        return False
    ((i, x),) = piece.fixed
    return i == index and abs(x - place) <= slack


def _changes(names: Names, line: Line, asked: Sequence[Ask]) -> Iterator[Clash]:
    """Where along an edge a value ends and a slope begins, or another value."""
    if not any(isinstance(ask.piece, Part) for ask in asked):
        return
    marks = [(k + START) / ALONG for k in range(-1, ALONG + 1)]
    marks = marks if line.is_closed else [min(max(s, BESIDE), 1 - BESIDE) for s in marks]
    states = [_there(names, line, s, LINES[0], asked) for s in marks]
    for (low, before), (high, after) in pairwise(zip(marks, states, strict=True)):
        if before == after:
            continue
        while high - low > EXACT and low < (middle := 0.5 * (low + high)) < high:
            low, high = (middle, high) if _there(names, line, middle, LINES[0], asked) == before else (low, middle)
        sides = [[_there(names, line, s, other, asked) for other in LINES] for s in (low - BESIDE, high + BESIDE)]
        if [side[0] for side in sides] != [before, after] or any(one != another for one, another in sides):
            continue
        place = 0.5 * (low + high)
        yield from _between(names, line, place, math.pi, [(line, low - BESIDE, before), (line, high + BESIDE, after)])


def _there(names: Names, line: Line, s: float, other: float, asked: Sequence[Ask]) -> tuple[Ask, ...]:
    """What is asked at a place of an edge."""
    point = _point(names, line, s, other)
    return tuple(ask for ask in asked if not isinstance(ask.piece, Part) or holds(ask.piece.condition, point))


def _point(names: Names, line: Line, s: float, other: float) -> dict[int, float]:
    return {i: m + other * h for i, (m, h) in enumerate(names.domain.scales)} | dict(
        zip(line.pair, line.at(s), strict=True)
    )


def _corners(names: Names, domain: Area, lines: Sequence[Line], asked: Sequence[Ask]) -> Iterator[Clash]:
    """Corners of a shape at which its angle is a large one for what is asked on its two edges."""
    size = max(half for _, half in domain.own_scales)
    ends = [(line, s, line.at(s)) for line in lines for s in (0.0, 1.0)]
    for one, other in combinations(ends, 2):
        met = [end for end in ends if math.dist(end[2], one[2]) <= CLOSE * size]
        if one[0] is other[0] or len(met) != len((one, other)) or other not in met:
            continue
        angle = _angle(domain, one, other, BESIDE * size)
        sides = [(line, abs(s - BESIDE)) for line, s, _ in (one, other)]
        every = [[a for a in asked if line.is_of(_whole(a.piece))] for line, _ in sides]
        there = [_there(names, line, s, LINES[0], own) for (line, s), own in zip(sides, every, strict=True)]
        beside = [(line, s, own) for (line, s), own in zip(sides, there, strict=True)]
        yield from _between(names, one[0], one[1], angle, beside)


def _angle(domain: Area, one: tuple[Line, float, Place], other: tuple[Line, float, Place], radius: float) -> float:
    """The angle inside between two edges that meet."""
    (x, y), turns = one[2], []
    for line, s, _ in (one, other):
        u, v = line.at(abs(s - BESIDE))
        turns.append(math.atan2(v - y, u - x))
    first, second = sorted(turns)
    halfway = 0.5 * (first + second)
    is_between = domain.contains({0: x + radius * math.cos(halfway), 1: y + radius * math.sin(halfway)})
    return second - first if is_between else math.tau - (second - first)


def _between(
    names: Names, line: Line, s: float, angle: float, beside: Sequence[tuple[Line, float, tuple[Ask, ...]]]
) -> Iterator[Clash]:
    """What is singular, or jumps, between two edges, of which it is told what is asked on them close by."""
    kinds = [{ask.value is None for ask in there} for _, _, there in beside]
    if any(len(kind) != 1 for kind in kinds) or not STRAIGHT < angle < math.tau - STRAIGHT:
        return
    is_mixed = kinds[0] != kinds[1]
    is_inward = angle > math.pi + STRAIGHT
    power = math.pi / angle * (0.5 if is_mixed else 1.0)
    asked = [there[0] for _, _, there in beside]
    corner = {i: _read(x, names.domain.scales[i][1]) for i, x in zip(line.pair, line.at(s), strict=True)}
    built_in = (line.pair[0],) if any(ask.is_built_in for ask in asked) else ()
    unknown, path = asked[0].unknown, max(ask.path for ask in asked)
    if not is_mixed and _jumps(names, beside):
        message = f"values of {unknown} jump at {shown(names, corner)}: what jumps is hard to find"
        yield Clash(unknown, corner, 0, built_in, path, message, "", power if is_inward else 1.0)
    elif (is_mixed and angle > 0.5 * math.pi + STRAIGHT) or (is_inward and not all(ask.is_built_in for ask in asked)):
        place = f"{shown(names, corner)}, where its slopes begin"
        message = f"values of {unknown} end at {place}: the solution is like r^{power:.3g} there" if is_mixed else ""
        yield Clash(unknown, corner, power, built_in, path, message, "", power)


def _jumps(names: Names, beside: Sequence[tuple[Line, float, tuple[Ask, ...]]]) -> bool:
    """Whether two edges, or two parts of one, want values that differ where they meet."""
    found = [
        there[0].value(_point(names, line, s, LINES[0])) for line, s, there in beside if there[0].value is not None
    ]
    known = [value for value in found if value is not None]
    if len(known) < len(beside):
        return False
    ours, theirs = known
    return abs(ours - theirs) > JUMP * max(abs(ours), abs(theirs), *(_size(names, line, t) for line, _, t in beside))


def _size(names: Names, line: Line, there: Sequence[Ask]) -> float:
    """The largest magnitude that is asked for at a few places of an edge."""
    values = (
        ask.value(_point(names, line, s, other))
        for ask in there
        if ask.value is not None
        for s in (0.1, 0.4, 0.7)
        for other in LINES
    )
    return max((abs(value) for value in values if value is not None and math.isfinite(value)), default=0.0)


def _read(x: float, size: float) -> float:
    """A number that can be read, as close as it is known."""
    return float(f"{x:.{DIGITS}g}") + 0.0 if abs(x) > 10.0**-DIGITS * size else 0.0
