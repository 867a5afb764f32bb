"""Sums over all coordinates, estimated along random vectors: unbiased, at a cost that does not grow with dimension.

With v of independent components of mean 0 and variance 1, Δu is the mean of (v·∂)²u (Hutchinson 1990; for networks Hu,
Shi, Karniadakis & Kawaguchi 2023); with v an axis chosen at random, of d (v·∂)²u (STDE: Shi, Hu, Lin & Kawaguchi 2024).
For normal v the mean of (v·∂)^2k is (2k-1)!! Δ^k.
"""

from dataclasses import dataclass
from math import inf, prod

from pinn.expressions.algebra.calculus import renewed
from pinn.expressions.operators import Drawn, Operator
from pinn.expressions.tree import (
    Add,
    At,
    Derivative,
    Divide,
    Expression,
    Freeze,
    Gradient,
    Index,
    Multiply,
    Stack,
    Sum,
    children,
)


@dataclass(frozen=True)
class Estimator:
    """Which sums are estimated, and from what: powers of the Laplacian over `indices`, along random vectors.

    An axis among the vectors stands for `len(indices)` times itself.
    """

    indices: tuple[int, ...]
    vectors: range
    axes: bool

    def of(self, operator: Operator) -> Operator:
        """The operator with what can be estimated replaced; its mean over the vectors is the operator."""
        orders = sorted({len(monomial) for monomial, _ in operator.terms})
        return Operator.of([term for order in orders for term in self._of_order(operator.of_order(order)).terms])

    def power(self, operator: Operator) -> int:
        """The highest power of the Laplacian that is estimated in it; 0 if none."""
        return max((self._power(operator.of_order(len(m))) for m, _ in operator.terms), default=0)

    def _of_order(self, part: Operator) -> Operator:
        times = self._power(part)
        if not times:
            return part
        size = part.divided(part.common).terms[0][1]
        scale = size * (len(self.indices) if self.axes else 1 / prod(range(1, 2 * times, 2)))
        mean = Operator.of({(Drawn(j),) * (2 * times): scale / len(self.vectors) for j in self.vectors})
        return mean.compose(Operator.partial(*part.common))

    def _power(self, part: Operator) -> int:
        """k if this homogeneous part is a number times a monomial times the k-th power of the Laplacian, else 0."""
        rest = part.divided(part.common)
        times, odd = divmod(rest.order, 2)
        if odd or not times or (times > 1 and self.axes) or len(rest.terms) < len(self.indices):
            return 0
        size = rest.terms[0][1]
        whole = Operator.laplacian(self.indices).power(times)
        return times if Operator.of([(m, c / size) for m, c in rest.terms]) == whole else 0


def estimated(expression: Expression, estimator: Estimator) -> Expression:
    """The expression with the estimate in place of every sum that has one."""
    if isinstance(expression, Derivative):
        inner = estimated(expression.operand, estimator)
        return Derivative(inner, estimator.of(expression.operator), shape=expression.shape, span=expression.span)
    return renewed(expression, lambda part: estimated(part, estimator))


def powers(expression: Expression, estimator: Estimator) -> int:
    """The highest power of the Laplacian that is estimated in an expression; 0 if nothing is."""
    own = estimator.power(expression.operator) if isinstance(expression, Derivative) else 0
    return max([own, *(powers(child, estimator) for child in children(expression))])


def degree(expression: Expression, estimator: Estimator) -> float:
    """How many estimates are multiplied with one another at most; only the mean of 0 or 1 of them has no bias."""
    below = [degree(child, estimator) for child in children(expression)]
    match expression:
        case Derivative(operator=operator):
            return below[0] + (estimator.power(operator) > 0)
        case Add() | Stack() | Sum() | Index() | Freeze() | At() | Gradient():
            return max(below, default=0)
        case Multiply():
            return sum(below)
        case Divide():
            return below[0] if not below[1] else inf
        case _:
            return inf if any(below) else 0
