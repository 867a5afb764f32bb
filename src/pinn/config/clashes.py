"""Conditions on faces that do not fit together where these meet: there solutions jump, or are singular."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pinn.config.breaks import breaks
from pinn.config.conflicts import Wish, facing, wishes
from pinn.config.findings import Path
from pinn.config.hard import HardCondition
from pinn.config.model import Equation, Term
from pinn.config.names import Names
from pinn.config.probes import FEW, points, value_at
from pinn.config.standins import StandIn, stand_ins
from pinn.expressions import Expression, Operator, algebra
from pinn.expressions.operators import parts
from pinn.geometry import Box, Flat, Part, Piece, holds

MOST_COORDINATES = 4
"""Those of a domain in which networks are given corners."""

JUMP = 1e-2
"""Differences of values that are worth a word, by the values' size."""

BEND = 5e-2
"""Differences of slopes that are, by the size of the slopes, and of the values over half a width."""

STEP = 1e-5
"""Over which slopes are taken, in half widths."""

CLOSE = 1e-9
"""Half widths from its end that count as none."""

SEVERAL = 2
"""Things in an equation from which on it is no wish for one of them."""

LINES = 2
"""Lines on a face along which its condition is asked where it jumps or bends."""

SAME = 1e-4
"""Half widths by which places on them may differ that are one."""

REMEDY = "let %s begin with %s, as (1 - exp(-%s)) times it, or crowd points there: sampling.cluster"

Point = Mapping[int, float]
Value = tuple[Wish, int, float]
"""A condition on values on a face, with its coordinate and place."""

Face = tuple[Piece, int, float]
"""A face of a box, or a part of one, with its coordinate and place."""


@dataclass(frozen=True)
class Clash:
    """A corner in which conditions on two faces do not fit together."""

    unknown: str
    corner: Mapping[int, float]
    """Its places along its coordinates, two unless it is on a rim."""
    degree: float
    """The power of the distance that is singular: 0 where values jump, 1 where slopes do."""
    built_in: tuple[int, ...]
    """The coordinates of those of its faces on which the value is built in."""
    path: Path
    message: str
    """Empty where it is no mistake to leave it as it is."""
    remedy: str
    """Empty where nothing has to be said of it."""
    power: float = 1.0
    """That of the distance of which solutions are smooth functions there."""
    rim: str = ""
    """The part of a shape's boundary all along which it is so, at a time; the corner is one place of it then."""


def find(
    names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], paths: Mapping[str, Path]
) -> Iterator[Clash]:
    """The corners of a box where values on one face have not the value, or the slope, that another one asks for."""
    if not isinstance(names.domain, Box) or len(names.domain.coordinates) > FEW:
        return
    there = list(_on_faces(names, wishes(names, terms, hard, paths)))
    values = [one for one in there if one[0].operator.is_identity]
    for first, second in itertools.combinations(values, 2):
        if first[0].unknown == second[0].unknown and first[1] != second[1]:
            yield from _jump(names, first, second)
    for (own, i, at), (other, j, there_at) in itertools.product(values, there):
        is_slope = other.operator == Operator.partial(j) and other.unknown == own.unknown
        if i != j and is_slope:
            yield from _bend(names, (own, i, at), (other, j, there_at))
    for term in terms:
        if isinstance(term.content, Equation) and not term.is_number:
            yield from _unmet(names, values, term, paths[term.name])
    for wish, i, x in there:
        is_one = wish.operator.is_identity or wish.operator == Operator.partial(i)
        if is_one and not wish.is_smooth and not isinstance(wish.piece, Part):
            yield from _broken(names, wish, i, x)


def _on_faces(names: Names, every: Iterator[Wish]) -> Iterator[Value]:
    """Those on faces of the box."""
    for wish in every:
        place = _face(names, wish.piece)
        if place is not None:
            yield wish, *place


def _face(names: Names, piece: Piece) -> tuple[int, float] | None:
    """The coordinate and the place of a face of the box that a piece is, or is a part of."""
    piece = piece.whole if isinstance(piece, Part) else piece
    if not isinstance(piece, Flat) or len(piece.fixed) != 1:
        return None
    ((index, place),) = piece.fixed
    middle, half = names.domain.scales[index]
    return (index, place) if abs(abs(place - middle) - half) <= CLOSE * half else None


def _corners(names: Names, first: Face, second: Face) -> Iterator[dict[int, float]]:
    """A few places where two faces meet, or parts of them."""
    (piece, i, x), (_, j, y) = first, second
    for point in points(names, piece):
        corner = {**point, i: x, j: y}
        if _reaches(names, first, corner) and _reaches(names, second, corner):
            yield corner


def _reaches(names: Names, face: Face, corner: Point) -> bool:
    """Whether a part of a face comes as close to a corner as can be."""
    piece, own, _ = face
    if not isinstance(piece, Part):
        return True
    steps = [math.copysign(CLOSE * half, middle - corner[k]) for k, (middle, half) in enumerate(names.domain.scales)]
    inside = {k: corner[k] + (0.0 if k == own else step) for k, step in enumerate(steps)}
    return holds(piece.condition, inside)


def _jump(names: Names, first: Value, second: Value) -> Iterator[Clash]:
    (a, i, x), (b, j, y) = first, second
    size = max(magnitude(names, a), magnitude(names, b))
    for corner in _corners(names, (a.piece, i, x), (b.piece, j, y)):
        ours, theirs = b.value(corner), a.value(corner)
        if ours is None or theirs is None or not abs(ours - theirs) > JUMP * max(size, abs(ours), abs(theirs)):
            continue
        message = f"this wants {b.of} = {ours:.4g} at {shown(names, corner)}, and {a.term} wants {theirs:.4g}"
        away = _away(names, j, y) if j == names.domain.time else _away(names, i, x)
        remedy = REMEDY % ("one", "the other", away)
        built_in = tuple(index for wish, index, _ in (first, second) if wish.is_built_in)
        message = f"{message}: what jumps in a corner is hard to find"
        yield Clash(a.unknown, {i: x, j: y}, 0, built_in, b.path, message, remedy)
        return


def _bend(names: Names, value: Value, slope: Value) -> Iterator[Clash]:
    (a, i, x), (b, j, y) = value, slope
    size = max(magnitude(names, a) / names.domain.scales[j][1], magnitude(names, b))
    for corner in _corners(names, (a.piece, i, x), (b.piece, j, y)):
        near, own, asked = a.value(corner), _slope(names, a, corner, j), b.value(corner)
        if near is None or own is None or asked is None:
            continue
        if not abs(own - asked) > BEND * max(size, abs(near) / names.domain.scales[j][1], abs(own), abs(asked)):
            continue
        message = f"this wants {b.of} = {asked:.4g} at {shown(names, corner)}, where {a.term} has the slope {own:.4g}"
        yield _singular(names, a, corner, (i, j), b.path, message)
        return


def _unmet(names: Names, values: Sequence[Value], term: Term, path: Path) -> Iterator[Clash]:
    """Corners in which an equation on a face, of values and slopes, is not met by what is known on another face."""
    assert isinstance(term.content, Equation)
    scalars = [part for residual in term.content.residuals for part in algebra.components(residual)]
    faces = [(piece, place) for piece in term.region.pieces if (place := _face(names, piece)) is not None]
    for scalar, (piece, (j, y)), (i, x) in itertools.product(scalars, faces, dict.fromkeys(v[1:] for v in values)):
        found = stand_ins(facing(scalar, piece, names), names)
        if found is None or len(found[1]) < SEVERAL:
            continue
        residual, inside = found
        here = [wish for wish, *face in values if tuple(face) == (i, x)]
        meeting = [wish for wish in here if any(_corners(names, (wish.piece, i, x), (piece, j, y)))]
        known = {wish.unknown: wish for wish in meeting}
        if i == j or not all(p.unknown in known and _is_along(p, i) for p in inside):
            continue
        slopes = [p for p in inside if p.operator is not None and not p.operator.is_identity]
        for corner in _corners(names, (next(iter(known.values())).piece, i, x), (piece, j, y)):
            state = {p.index: implied(names, known[p.unknown], p, corner) for p in inside}
            left, size = remainder(names, residual, inside, known, corner, state)
            if slopes and left is not None and abs(left) > BEND * size:
                said = f"at {shown(names, corner)} this is not met by what {known[slopes[0].unknown].term} wants"
                yield _singular(names, known[slopes[0].unknown], corner, (i, j), path, said)
                break


def _is_along(part: StandIn, index: int) -> bool:
    """Whether values on a face across a coordinate decide a value, or a first slope, there."""
    operator = part.operator
    return operator is None or (operator.order <= 1 and not operator.order_in(index))


def implied(names: Names, wish: Wish, part: StandIn, corner: Point) -> float:
    """What values on a face say of a value, or a first slope; not a number where they do not."""
    if part.operator is None or part.operator.is_identity:
        value = wish.value(corner)
        return math.nan if value is None else value
    total = 0.0
    for monomial, c in part.operator.terms:
        for along, share in parts(monomial[0]) if monomial else ():
            slope = _slope(names, wish, corner, along) if isinstance(along, int) else None
            total += c * share * (math.nan if slope is None else slope)
    return total


def remainder(
    names: Names,
    residual: Expression,
    parts: Sequence[StandIn],
    known: Mapping[str, Wish],
    corner: Point,
    state: Mapping[int, float],
) -> tuple[float | None, float]:
    """What is left of an equation, and the size of what it is made of: its terms, and those of a solution as large."""
    left = value_at(residual, {**corner, **state}, names)
    if left is None or not math.isfinite(left):
        return None, 0.0
    size = 0.0
    for part in parts:
        factor = value_at(algebra.differentiate(residual, part.index), {**corner, **state}, names)
        if factor is None or not math.isfinite(factor):
            return None, 0.0
        size = max(size, abs(factor) * max(abs(state[part.index]), part.size * magnitude(names, known[part.unknown])))
    return left, size


def _broken(names: Names, wish: Wish, i: int, x: float) -> Iterator[Clash]:
    """Where what is asked on a face jumps or has a kink, at the same place wherever else on it."""
    slopes = wish.operator.order
    lines = list(itertools.islice(points(names, wish.piece), LINES))
    for j in (j for j in range(len(names.domain.coordinates)) if j != i and j not in names.domain.periodic):
        middle, half = names.domain.scales[j]
        along = [lambda y, p=point, k=j: wish.value({**p, k: y}) for point in lines]
        first, *others = [list(breaks(value, middle - half, middle + half)) for value in along]
        for y, degree in first:
            same = all(any(abs(y - z) <= SAME * half and degree == d for z, d in other) for other in others)
            if not same or slopes + degree > 1:
                continue
            place = f"{names.domain.coordinates[j]}={y:.6g}"
            message = f"what this asks of {wish.of} {'bends' if degree else 'jumps'} at {place}"
            yield Clash(wish.unknown, {i: x, j: y}, slopes + degree, (), wish.path, message, "")


def _singular(names: Names, wish: Wish, corner: Point, pair: tuple[int, int], path: Path, message: str) -> Clash:
    i, j = pair
    remedy = REMEDY % ("it", "that", _away(names, i, corner[i]))
    built_in = (i,) if wish.is_built_in else ()
    told = f"{message}: the solution is singular in this corner"
    return Clash(wish.unknown, {i: corner[i], j: corner[j]}, 1, built_in, path, told, remedy)


def _slope(names: Names, wish: Wish, corner: Point, index: int) -> float | None:
    """The slope of the values on a face along a coordinate, from inside."""
    middle, half = names.domain.scales[index]
    step = math.copysign(STEP * half, corner[index] - middle)
    near, far = wish.value(corner), wish.value({**corner, index: corner[index] - step})
    return None if near is None or far is None else (near - far) / step


def magnitude(names: Names, wish: Wish) -> float:
    """The largest magnitude at a few points of the face."""
    found = (wish.value(point) for point in points(names, wish.piece))
    return max((abs(value) for value in found if value is not None and math.isfinite(value)), default=0.0)


def shown(names: Names, place: Point) -> str:
    """A place by its coordinates; what is zero but for rounding is shown as zero."""
    slack = {i: CLOSE * half for i, (_, half) in enumerate(names.domain.scales)}
    near = ((names.domain.coordinates[i], x if abs(x) > slack[i] else 0.0) for i, x in sorted(place.items()))
    return ", ".join(f"{name}={x:.4g}" for name, x in near)


def _away(names: Names, index: int, place: float) -> str:
    """The distance from a face over a hundredth of the domain, in words of the config."""
    name, (middle, half) = names.domain.coordinates[index], names.domain.scales[index]
    ahead = f"{name} - {place:.6g}" if place > 0 else f"{name} + {-place:.6g}"
    away = f"({place:.6g} - {name})" if place > middle else f"({ahead})" if place else name
    return f"{away}/{0.02 * half:.2g}"
