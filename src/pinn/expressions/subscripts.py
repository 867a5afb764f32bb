"""What stands in brackets behind a value: `v[0]`, `v[1:3]` of a vector, `m[0]` of a matrix."""

from collections.abc import Sequence

from pinn.expressions import algebra
from pinn.expressions.mistakes import mistake
from pinn.expressions.tree import Expression, Matrix, Span


def subscripted(operand: Expression, numbers: Sequence[int | None], span: Span) -> Expression:
    """The component or row of one number, the stretch between two, either of which may be left out.

    Negative numbers count from the end. Raises `ExpressionError` where there is no such part.
    """
    if not operand.shape:
        raise mistake("a scalar has no components", span)
    size = operand.shape[0]
    first, *stop = [None if number is None else number + size * (number < 0) for number in numbers]
    if isinstance(operand, Matrix):
        if stop:
            raise mistake("a matrix has single rows, m[0], and components, m[0][1]", span)
        if not 0 <= (first or 0) < size:
            raise mistake(f"the matrix has {size} rows, counted from 0", span)
        return algebra.placed(operand.rows[first or 0], span)
    try:
        if not stop:
            return algebra.component(operand, first or 0, span)
        return algebra.component(operand, (first or 0, size if stop[0] is None else stop[0]), span)
    except IndexError:
        raise mistake(f"the vector has {size} components, counted from 0", span) from None
