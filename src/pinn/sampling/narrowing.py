"""Parts of a box that are boxes themselves: they are sampled, and measured, as such."""

import math
from collections.abc import Iterable
from dataclasses import replace

from pinn.expressions import Expression, algebra, numeric
from pinn.expressions.tree import Call, Compare, Logic
from pinn.geometry import Box, Domain, Flat, Interval, Part, Piece

Bounds = dict[int, tuple[float, float]]
"""The ends of coordinates, by their index."""

NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "and": "or", "or": "and"}
PLACES = (-0.7, 1.9)
"""Values of a coordinate between which what seems affine is compared with a line."""


def narrowed(domain: Domain, piece: Piece) -> tuple[Box, Flat] | None:
    """The box that a part is, and the piece of it, where its condition bounds single coordinates; else None."""
    if not isinstance(domain, Box) or not isinstance(piece, Part) or not isinstance(piece.whole, Flat):
        return None
    bounds = _bounds(piece.condition)
    if bounds is None or not bounds.keys() <= set(piece.whole.free(domain)):
        return None
    intervals = list(domain.intervals)
    for index, (low, high) in bounds.items():
        ends = max(low, intervals[index].low), min(high, intervals[index].high)
        if not ends[0] < ends[1]:
            return None
        intervals[index] = Interval(*ends)
    periodic = domain.periodic - bounds.keys()
    return replace(domain, intervals=tuple(intervals), periodic=periodic), piece.whole


def _bounds(condition: Expression, is_negated: bool = False) -> Bounds | None:
    """The bounds that a condition, or its opposite, is; None where it is more than that."""
    match condition:
        case Logic(operator="not", arguments=(part,)):
            return _bounds(part, not is_negated)
        case Logic(operator=word, arguments=parts) if (NEGATED[word] if is_negated else word) == "and":
            return _common(_bounds(part, is_negated) for part in parts)
        case Compare(operator="<" | "<=" | ">" | ">=" as sign, left=left, right=right):
            return _side(NEGATED[sign] if is_negated else sign, left, right)
        case _:
            return None


def _side(sign: str, left: Expression, right: Expression) -> Bounds | None:
    """The bounds of a comparison, |s x + b| < r or s x + b < 0."""
    if sign in (">", ">="):
        left, right = right, left
    if isinstance(left, Call) and left.function == "abs":
        inner = left.arguments[0]
        return _common(_side("<", *pair) for pair in ((inner, right), (algebra.negate(right), inner)))
    line = _line(algebra.subtract(left, right))
    if line is None:
        return None
    index, slope, offset = line
    end = -offset / slope
    return {index: (-math.inf, end) if slope > 0 else (end, math.inf)}


def _line(expression: Expression) -> tuple[int, float, float] | None:
    """The coordinate, slope and offset of what is affine in a single one."""
    used = algebra.coordinates_used(expression)
    if len(used) != 1:
        return None
    (index,) = used
    try:
        slope = numeric.evaluate(algebra.differentiate(expression, index), {}, {})
        low, high = (numeric.evaluate(expression, {index: place}, {}) for place in PLACES)
    except numeric.NotNumeric:
        return None
    if not isinstance(slope, float) or not isinstance(low, float) or not isinstance(high, float) or not slope:
        return None
    start, end = PLACES
    is_line = math.isclose(high - low, slope * (end - start), rel_tol=1e-12)
    return (index, slope, low - slope * start) if is_line else None


def _common(every: Iterable[Bounds | None]) -> Bounds | None:
    """What all of them leave."""
    found: Bounds = {}
    for bounds in every:
        if bounds is None:
            return None
        for index, (low, high) in bounds.items():
            known = found.get(index, (-math.inf, math.inf))
            found[index] = (max(low, known[0]), min(high, known[1]))
    return found
