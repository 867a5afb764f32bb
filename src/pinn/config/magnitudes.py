"""How large residuals are, and what they are divided by: in SI units a modulus is 1e11, and a shift 1e-3."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pinn.config.model import Equation, Term
from pinn.config.names import Names
from pinn.config.probes import points, value_at
from pinn.config.standins import stand_ins
from pinn.expressions import ONE, Expression, algebra
from pinn.expressions.tree import Add, Call, Constant, Divide, Multiply, Normal

SHARES = (1.0, -1.0, 0.5, -0.5)
"""Of the size of the unknowns: a residual is as large as for most of these, for some grow beyond bounds."""


def divided(content: Equation, sizes: Sequence[float]) -> Equation:
    """The same with each of its residuals divided by a size."""
    return replace(content, residuals=tuple(map(_over, content.residuals, sizes)))


def _over(residual: Expression, size: float) -> Expression:
    if size == 1:
        return residual
    match residual:
        case Call(function="max", arguments=(Constant(value=0.0) as zero, inner)):  # what an inequality lacks
            return algebra.call("max", (zero, _over(inner, size)))
        case _:
            return algebra.multiply(Constant(1 / size), residual)


def magnitudes(names: Names, term: Term, scales: Mapping[str, float]) -> tuple[float | None, ...]:
    """For each residual of an equation its largest part, as a root mean square over the region.

    That is for unknowns of their `scales`, which change by as much over half the domain. None where it is not known.
    """
    if not isinstance(term.content, Equation) or term.is_number:
        return ()
    return tuple(_magnitude(names, term, residual, scales) for residual in term.content.residuals)


def _magnitude(names: Names, term: Term, residual: Expression, scales: Mapping[str, float]) -> float | None:
    """Of a vector the largest component."""
    found = [_of_scalar(names, term, part, scales) for part in algebra.components(_seen_from_outside(residual))]
    known = [size for size in found if size is not None]
    return max(known) if len(known) == len(found) else None


def _of_scalar(names: Names, term: Term, scalar: Expression, scales: Mapping[str, float]) -> float | None:
    found = stand_ins(scalar, names)
    if found is None:
        return None
    said, parts = found
    sizes: list[float] = []
    for share in SHARES:
        state = {p.index: share * p.size * scales.get(p.unknown, 1.0) for p in parts}
        values = [_largest(said, point | state, names) for point in points(names, term.region.pieces[0])]
        squares = [value**2 for value in values if value is not None and math.isfinite(value)]
        if squares:
            sizes.append(math.sqrt(math.fsum(squares) / len(squares)))
    return statistics.median_low(sizes) if sizes else None


def _seen_from_outside(expression: Expression) -> Expression:
    """With all components of a normal one, which none exceeds."""
    if isinstance(expression, Normal):
        return algebra.stack((ONE,) * expression.shape[0])
    return algebra.renewed(expression, _seen_from_outside)


def _largest(expression: Expression, point: Mapping[int, float], names: Names) -> float | None:
    """The size of the largest part of a sum, that of a product being the product of those of its factors."""
    match expression:
        case Add(left=left, right=right):
            first, second = _largest(left, point, names), _largest(right, point, names)
            return None if first is None or second is None else max(first, second)
        case Multiply(left=left, right=right):
            first, second = _largest(left, point, names), _largest(right, point, names)
            return None if first is None or second is None else first * second
        case Divide(left=left, right=right):
            first, below = _largest(left, point, names), value_at(right, point, names)
            return first / abs(below) if first is not None and below else None
        case Call(function="max", arguments=(Constant(value=0.0), inner)):
            return _largest(inner, point, names)
        case _:
            value = value_at(expression, point, names)
            return None if value is None else abs(value)
