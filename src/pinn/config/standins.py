"""Expressions in which unknowns and their derivatives are plain numbers, to be asked before anything is trained."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pinn.config.names import Names
from pinn.expressions import ZERO, Expression, Unknown, algebra
from pinn.expressions.operators import Factor, Operator, parts
from pinn.expressions.printing import show
from pinn.expressions.tree import At, Coordinate, Derivative, Gradient, children

LARGEST = 2_000
"""Nodes up to which derivatives of products are written out."""

FIRST = 1 << 20
"""The index of the first number that stands for something, above those of coordinates."""


@dataclass(frozen=True)
class StandIn:
    """A coordinate in place of an unknown or a derivative: its index, order and name, the size it has for a solution
    of size one, which for a derivative is one over the half widths of the domain, and of a derivative its operator."""

    index: int
    order: int
    name: str
    size: float
    unknown: str = ""
    """What the operator acts on."""
    operator: Operator | None = None


def stand_ins(expression: Expression, names: Names) -> tuple[Expression, tuple[StandIn, ...]] | None:
    """A scalar with stand-ins for all that is unknown; None where its derivatives are too many to be written out."""
    replaced = numbered(expression)
    return replaced and (replaced[0], tuple(_stand_in(node, index, names) for node, index in replaced[1].items()))


def numbered(expression: Expression) -> tuple[Expression, dict[Expression, int]] | None:
    """The same with the indices of the stand-ins alone, by what they stand for."""
    found: dict[Expression, int] = {}
    try:
        return _replaced(algebra.expanded(expression, LARGEST), found), found
    except (ValueError, KeyError):
        return None


def filled(expression: Expression, known: Mapping[str, Expression]) -> Expression:
    """An expression for these unknowns, all others being zero."""
    if isinstance(expression, Unknown):
        return known.get(expression.name, ZERO)
    return algebra.renewed(expression, lambda part: filled(part, known))


def at_zero(expression: Expression, indices: Iterable[int]) -> Expression:
    """What is left of an expression with stand-ins of these indices where all that they stand for is zero."""
    return algebra.substitute(expression, dict.fromkeys(indices, ZERO))


def slopes_at_zero(scalar: Expression, order: int) -> Iterator[Expression]:
    """The derivatives of an order by each unknown number, where all of these are zero; of order 0 what is left.

    Sources of an equation are those of order 0, loads of an energy of order 1, coefficients one order above.
    """
    found = numbered(scalar)
    if found is None:
        return
    indices = tuple(found[1].values())
    if not order:
        yield at_zero(found[0], indices)
        return
    for index in indices:
        part = found[0]
        for _ in range(order):
            part = algebra.differentiate(part, index)
        yield at_zero(part, indices)


def _stand_in(node: Expression, index: int, names: Names) -> StandIn:
    name = show(node, names.scope)
    if not isinstance(node, Derivative):
        return StandIn(index, 0, name, 1.0, node.name if isinstance(node, Unknown) else "")
    halves = [half for _, half in names.domain.scales]
    operator = node.operator
    sizes = (abs(c) * math.prod(_size(factor, halves) for factor in monomial) for monomial, c in operator.terms)
    of = node.operand.name if isinstance(node.operand, Unknown) else ""
    return StandIn(index, operator.order, name, math.fsum(sizes), of, operator)


def _size(factor: Factor, halves: Sequence[float]) -> float:
    """What differentiating along a coordinate or a vector multiplies sizes by."""
    return math.fsum(abs(c) / (halves[i] if isinstance(i, int) else 1.0) for i, c in parts(factor))


def _replaced(node: Expression, found: dict[Expression, int]) -> Expression:
    if isinstance(node, Unknown | Derivative | At | Gradient) and not node.shape and algebra.depends_on_unknown(node):
        return Coordinate("unknown", found.setdefault(node, FIRST + len(found)))
    return algebra.renewed(node, lambda part: _replaced(part, found)) if [*children(node)] else node


def sizes(found: tuple[StandIn, ...]) -> dict[int, float]:
    """What they are for a solution of size one."""
    return {part.index: part.size for part in found}
