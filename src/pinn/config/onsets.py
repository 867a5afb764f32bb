"""Where a start and a face agree in their values, and not in how fast these change: the equation has another speed.

A rod at rest whose end is heated steadily, a flow that begins: beside the face solutions are smooth functions of polar
coordinates there, times the time, and of no others.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

from pinn.config.clashes import JUMP, MOST_COORDINATES, Clash, magnitude
from pinn.config.conflicts import Wish, wishes
from pinn.config.counts import is_volume
from pinn.config.findings import Path
from pinn.config.hard import HardCondition
from pinn.config.model import Equation, Term
from pinn.config.names import Names
from pinn.config.probes import points, value_at
from pinn.config.standins import StandIn, at_zero, stand_ins
from pinn.config.starts import rim_name
from pinn.expressions import Expression, algebra
from pinn.expressions.operators import parts
from pinn.geometry import Area, Ball, Box, Flat

STEP = 1e-3
"""Over which derivatives are taken, in half widths."""

LEFT = 0.1
"""What is left of an equation, by the size of what it is made of, that is worth a corner."""

SECOND = 2
"""Derivatives up to this order are taken."""

Point = Mapping[int, float]


def find(
    names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], paths: Mapping[str, Path]
) -> Iterator[Clash]:
    """A clash of degree 2 for each corner of a box, and each edge of a shape, where one begins like that."""
    time = names.domain.time
    if (
        time is None
        or not isinstance(names.domain, Box | Ball | Area)
        or len(names.domain.coordinates) > MOST_COORDINATES
    ):
        return
    inside = [term for term in terms if any(is_volume(piece, names) for piece in term.region.pieces)]
    scalars = [
        part
        for term in inside
        if isinstance(term.content, Equation) and not term.is_number
        for residual in term.content.residuals
        for part in algebra.components(residual)
    ]
    equations = [found for scalar in scalars if (found := stand_ins(scalar, names)) is not None]
    values = [wish for wish in wishes(names, terms, hard, paths) if wish.operator.is_identity]
    starts = {w.unknown: w for w in values if isinstance(w.piece, Flat) and set(dict(w.piece.fixed)) == {time}}
    for wall in (wish for wish in values if wish.unknown in starts):
        start, held = starts[wall.unknown], dict(wall.piece.fixed) if isinstance(wall.piece, Flat) else {}
        rim = rim_name(names, wall.piece)
        if len(held) != 1 - bool(rim) or time in held:
            continue
        walls = {w.unknown: w for w in values if w.piece == wall.piece}
        for place in ({**point, **held, **dict(_fixed(start))} for point in points(names, wall.piece)):
            if any(_is_left(names, equation, wall.unknown, starts, walls, place, time) for equation in equations):
                corner = place if rim else {i: place[i] for i in (*held, time)}
                built_in = (*(held or {0: 0.0}),) * wall.is_built_in + (time,) * start.is_built_in
                yield Clash(wall.unknown, corner, SECOND, built_in, wall.path, "", "", rim=rim)
                break


def _fixed(start: Wish) -> tuple[tuple[int, float], ...]:
    return start.piece.fixed if isinstance(start.piece, Flat) else ()


def _is_left(
    names: Names,
    equation: tuple[Expression, tuple[StandIn, ...]],
    unknown: str,
    starts: Mapping[str, Wish],
    walls: Mapping[str, Wish],
    place: Point,
    time: int,
) -> bool:
    """Whether an equation with the unknown's speed in it is not met where a start and a face agree in values."""
    residual, inside = equation
    speeds = [part for part in inside if part.operator is not None and part.operator.order_in(time)]
    if [part.unknown for part in speeds] != [unknown]:
        return False
    begun, held = starts[unknown].value(place), walls[unknown].value(place)
    scale = max(magnitude(names, starts[unknown]), magnitude(names, walls[unknown]))
    if begun is None or held is None or not abs(begun - held) <= JUMP * max(scale, abs(begun)):
        return False
    state = {part.index: _known(names, part, starts, walls, place, time) for part in inside}
    left = value_at(residual, {**place, **state}, names)
    if left is None or not math.isfinite(left):
        return False
    source = at_zero(residual, state)
    elsewhere = (value_at(source, point, names) for point in points(names, starts[unknown].piece))
    sizes = [abs(value) for value in elsewhere if value is not None and math.isfinite(value)]
    for part in inside:
        factor = value_at(algebra.differentiate(residual, part.index), {**place, **state}, names)
        if factor is None or not math.isfinite(factor):
            return False
        own = [magnitude(names, known[part.unknown]) for known in (starts, walls) if part.unknown in known]
        sizes.append(abs(factor) * max(abs(state[part.index]), part.size * max(own, default=0.0)))
    return abs(left) > LEFT * max(sizes, default=0.0)


def _known(
    names: Names, part: StandIn, starts: Mapping[str, Wish], walls: Mapping[str, Wish], place: Point, time: int
) -> float:
    """What a start says of a derivative in space, and a face of one by time; not a number where neither does."""
    terms = part.operator.terms if part.operator is not None else (((), 1.0),)
    total = 0.0
    for monomial, factor in terms:
        along = [[(i, c) for i, c in parts(one) if isinstance(i, int)] for one in monomial]
        if any(len(one) != 1 for one in along) or len(along) > SECOND:
            return math.nan
        indices = [one[0][0] for one in along]
        wish = (walls if time in indices else starts).get(part.unknown)
        if wish is None or (time in indices and len(indices) > 1):
            return math.nan
        total += factor * math.prod(one[0][1] for one in along) * _derivative(names, wish, place, indices)
    return total


def _derivative(names: Names, wish: Wish, place: Point, indices: Sequence[int]) -> float:
    """A derivative of what is asked for, by differences towards the middle."""
    if not indices:
        value = wish.value(place)
        return math.nan if value is None else value
    first, *rest = indices
    middle, half = names.domain.scales[first]
    step = math.copysign(STEP * half, middle - place[first])
    near, far = (_derivative(names, wish, {**place, first: place[first] + k * step}, rest) for k in (0, 1))
    return (far - near) / step
