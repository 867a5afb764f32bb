"""Matrices: how texts speak of gradients of vectors, stresses and strains, written out in numbers and vectors.

A `Matrix` lives in definitions and within a text. At its end the components stand row by row in a vector, so that
whatever comes after the checker knows none. As in UFL, row i of `grad(v)` is the gradient of v's component i, and
component i of `div(m)` is the divergence of m's row i.
"""

from collections.abc import Callable, Sequence
from itertools import chain

from pinn.expressions import algebra
from pinn.expressions.mistakes import mistake
from pinn.expressions.tree import ONE, ZERO, Expression, Matrix, Span

LARGEST = 4
"""Determinants and inverses are written out up to so many rows."""

WIDEST = 32
"""Unit matrices have at most so many rows."""

TWO = algebra.constant(2.0)

Operation = Callable[..., Expression]


def matrix(rows: Sequence[Expression], span: Span) -> Matrix:
    """The matrix with these vectors, of one length, as its rows."""
    return Matrix(tuple(rows), shape=(len(rows), rows[0].shape[0]), span=span)


def rowwise(operation: Operation, *operands: Expression, span: Span) -> Expression:
    """A linear operation on numbers and vectors, applied to matrices row by row; numbers go with every row."""
    count = max((len(operand.rows) for operand in operands if isinstance(operand, Matrix)), default=0)
    if not count:
        return operation(*operands)
    rows = ([o.rows[i] if isinstance(o, Matrix) else o for o in operands] for i in range(count))
    return matrix([operation(*row) for row in rows], span)


def flat(operand: Expression) -> Expression:
    """A matrix as the vector of its components, row by row; anything else as it is."""
    return algebra.stack(tuple(chain(*_entries(operand))), operand.span) if isinstance(operand, Matrix) else operand


def identity(size: int, span: Span) -> Matrix:
    """The unit matrix; raises `ExpressionError` where it is too large to be written out."""
    if not 1 <= size <= WIDEST:
        raise mistake(f"a unit matrix has 1 to {WIDEST} rows", span)
    rows = [algebra.stack(tuple(ONE if i == j else ZERO for j in range(size)), span) for i in range(size)]
    return matrix(rows, span)


def transpose(operand: Matrix, span: Span) -> Matrix:
    """Rows and columns exchanged."""
    return _of([list(column) for column in zip(*_entries(operand), strict=True)], span)


def symmetric(operand: Matrix, span: Span) -> Expression:
    """The mean of a square matrix and its transpose."""
    _need_square(operand, "sym", span)
    entries, size = _entries(operand), len(operand.rows)

    def mean(i: int, j: int) -> Expression:
        return entries[i][j] if i == j else algebra.divide(algebra.add(entries[i][j], entries[j][i]), TWO, span)

    return _of([[mean(min(i, j), max(i, j)) for j in range(size)] for i in range(size)], span)


def trace(operand: Matrix, span: Span) -> Expression:
    """The sum along the diagonal."""
    _need_square(operand, "trace", span)
    return algebra.add_all([row[i] for i, row in enumerate(_entries(operand))], span)


def determinant(operand: Matrix, span: Span) -> Expression:
    """The determinant, by its first row."""
    _need_square(operand, "det", span)
    _need_small(operand, "det", span)
    return _determinant(_entries(operand), span)


def inverse(operand: Matrix, span: Span) -> Matrix:
    """The matrix of cofactors, transposed, over the determinant."""
    _need_square(operand, "inverse", span)
    _need_small(operand, "inverse", span)
    entries, size = _entries(operand), len(operand.rows)
    whole = _determinant(entries, span)

    def cofactor(i: int, j: int) -> Expression:
        minor = _determinant(_without(entries, i, j), span)
        return algebra.divide(algebra.negate(minor, span) if (i + j) % 2 else minor, whole, span)

    return _of([[cofactor(j, i) for j in range(size)] for i in range(size)], span)


def outer(left: Expression, right: Expression, span: Span) -> Matrix:
    """The matrix of products of two vectors' components."""
    return matrix([algebra.multiply(part, right, span) for part in algebra.components(left)], span)


def product(left: Expression, right: Expression, span: Span) -> Expression:
    """The sum over the last index of the left factor and the first of the right one, of vectors and matrices.

    Raises `ExpressionError` where these differ in length.
    """
    if left.shape[-1] != right.shape[0]:
        message = f"dot sums over {left.shape[-1]} components on its left and {right.shape[0]} on its right"
        raise mistake(message, span)
    if not isinstance(left, Matrix) and not isinstance(right, Matrix):
        return algebra.total(algebra.multiply(left, right, span), span)
    rows = _entries(left) if isinstance(left, Matrix) else [algebra.components(left)]
    columns = _entries(transpose(right, span)) if isinstance(right, Matrix) else [algebra.components(right)]
    sums = [[_sum_of_products(row, column, span) for column in columns] for row in rows]
    if isinstance(left, Matrix) and isinstance(right, Matrix):
        return _of(sums, span)
    return algebra.stack(tuple(chain(*sums)), span)


def _of(entries: Sequence[Sequence[Expression]], span: Span) -> Matrix:
    return matrix([algebra.stack(tuple(row), span) for row in entries], span)


def _entries(operand: Matrix) -> list[list[Expression]]:
    return [algebra.components(row) for row in operand.rows]


def _without(entries: Sequence[Sequence[Expression]], i: int, j: int) -> list[list[Expression]]:
    return [[part for l, part in enumerate(row) if l != j] for k, row in enumerate(entries) if k != i]


def _sum_of_products(left: Sequence[Expression], right: Sequence[Expression], span: Span) -> Expression:
    return algebra.add_all([algebra.multiply(a, b, span) for a, b in zip(left, right, strict=True)], span)


def _determinant(entries: Sequence[Sequence[Expression]], span: Span) -> Expression:
    if not entries:
        return ONE
    terms = []
    for j, factor in enumerate(entries[0]):
        term = algebra.multiply(factor, _determinant(_without(entries, 0, j), span), span)
        terms.append(algebra.negate(term, span) if j % 2 else term)
    return algebra.add_all(terms, span)


def _need_square(operand: Matrix, function: str, span: Span) -> None:
    rows, columns = operand.shape
    if rows != columns:
        raise mistake(f"{function} needs a square matrix, not one of {rows} × {columns}", span)


def _need_small(operand: Matrix, function: str, span: Span) -> None:
    if len(operand.rows) > LARGEST:
        raise mistake(f"{function} goes up to {LARGEST} × {LARGEST}", span)
