"""Corners in the coordinates of their equation, in which distances are equal."""

import math

from pinn import schema
from pinn.config.clashes import Clash
from pinn.config.names import Names
from pinn.config.orders import System
from pinn.config.probes import value_at
from pinn.geometry import rims

BESIDE = 0.02
"""How far inside coefficients are asked, in half widths."""

SECOND = 2
"""The order of equations whose solutions are made of powers of the distance that only the angle decides."""

ALIKE = 1e-3
"""Differences of coefficients of one derivative along each coordinate that count as none."""

SAME = 1e-9
"""Half widths by which two places differ that are one."""


def corner_of(names: Names, asked: System, clash: Clash) -> schema.Corner | None:
    """A corner in the coordinates of its equation, in which distances are equal; None where they are of no such kind.

    They are x²/a + y²/b for a u_xx + b u_yy, and x² + 4κt for u_t = κ u_xx.
    """
    if clash.unknown not in asked.unknowns:
        return None
    if clash.rim:
        return _on_rim(names, asked, clash)
    i, j = sorted(clash.corner, key=lambda index: (asked.order_in(clash.unknown, index) == 1, index))
    high, low = asked.order_in(clash.unknown, i), asked.order_in(clash.unknown, j)
    marching = (high, low) == (2, 1)
    if not marching and (high != low or high % 2 or names.domain.time in (i, j)):
        return None
    one, other = (_leading(names, asked, clash, index, order) for index, order in ((i, high), (j, low)))
    if one is None or other is None or (not marching and one * other < 0):
        return None
    if clash.power != 1 and (marching or high != SECOND):
        return None
    middle, half = names.domain.scales[j]
    if marching and abs(clash.corner[j] - middle) < half * (1 - SAME):
        return None
    width, span = (2 * names.domain.scales[index][1] for index in (i, j))
    if marching:
        first, second = _spread(width, span, abs(one / other))
    else:
        ratio = abs(other / one) ** (1 / high)
        first = max(width, span / ratio)
        second = ratio * first
    x, y = names.domain.coordinates[i], names.domain.coordinates[j]
    at = {x: clash.corner[i], y: clash.corner[j]}
    time = names.domain.time
    said = y if marching and time != j else None
    return schema.Corner(at=at, scale={x: rounded(first), y: rounded(second)}, marching=said, power=clash.power)


def _on_rim(names: Names, asked: System, clash: Clash) -> schema.Corner | None:
    """The same where the first coordinate is the distance from a part of the boundary."""
    time, own = names.domain.time, range(len(rims(names.domain)[clash.rim].origin))
    assert time is not None
    orders = {asked.order_in(clash.unknown, i) for i in own}
    if orders != {SECOND} or asked.order_in(clash.unknown, time) != 1:
        return None
    leading = [_leading(names, asked, clash, index, 1 if index == time else SECOND) for index in (*own, time)]
    *along, forwards = [0.0 if one is None else one for one in leading]
    middle, half = names.domain.scales[time]
    is_even = all(abs(one - along[0]) <= ALIKE * abs(along[0]) for one in along)
    if not along[0] or not forwards or not is_even or abs(clash.corner[time] - middle) < half * (1 - SAME):
        return None
    width = 2 * max(names.domain.scales[i][1] for i in own)
    first, second = _spread(width, 2 * half, abs(along[0] / forwards))
    t = names.domain.coordinates[time]
    scale = {clash.rim: rounded(first), t: rounded(second)}
    return schema.Corner(at={clash.rim: 0.0, t: clash.corner[time]}, scale=scale)


def _spread(width: float, span: float, kappa: float) -> tuple[float, float]:
    """The distances and times that count as one where r² = x² + 4κt."""
    first = max(width, math.sqrt(4 * kappa * span))
    return first, first**2 / (4 * kappa)


def rounded(scale: float) -> float:
    """A number that can be read; which one hardly matters."""
    return float(f"{scale:.2g}")


def _leading(names: Names, asked: System, clash: Clash, index: int, order: int) -> float | None:
    """The factor of the highest derivative along a coordinate, beside the corner, where all that is unknown is zero."""
    point = {i: middle for i, (middle, _) in enumerate(names.domain.scales)}
    for i, place in clash.corner.items():
        middle, half = names.domain.scales[i]
        point[i] = place + math.copysign(BESIDE * half, middle - place)
    state = {part.index: 0.0 for row in asked.rows for part, _ in row.slopes}
    for row in asked.rows:
        total = 0.0
        for part, slope in row.slopes:
            if part.unknown != clash.unknown or part.operator is None:
                continue
            share = sum(c for monomial, c in part.operator.terms if monomial == (index,) * order)
            value = value_at(slope, {**point, **state}, names) if share else 0.0
            total += share * (math.nan if value is None else value)
        if math.isfinite(total) and total:
            return total
    return None
