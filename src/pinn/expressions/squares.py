"""Recognising a non-negatively weighted sum of squares, which least-squares methods can use as it is."""

from collections.abc import Mapping

from pinn.expressions.tree import Add, Constant, Divide, Expression, Multiply, Parameter, Power, Sum

Squares = tuple[tuple[float, Expression], ...]


def as_squares(node: Expression, constants: Mapping[str, float]) -> Squares | None:
    """Pairs (factor ≥ 0, root) with node = Σ factor · |root|², or None if that cannot be seen from the tree."""
    match node:
        case Add(left=left, right=right):
            first, second = as_squares(left, constants), as_squares(right, constants)
            return None if first is None or second is None else first + second
        case Power(base=base, exponent=Constant(value=2.0)):
            return ((1.0, base),)
        case Multiply(left=left, right=right) if left == right:
            return ((1.0, left),)
        case Multiply(left=left, right=right):
            return _scaled(left, right, constants) or _scaled(right, left, constants)
        case Divide(left=left, right=right):
            below = _number(right, constants)
            return None if below is None or below <= 0 else _scaled(Constant(1.0 / below), left, constants)
        case Sum(operand=operand):
            return _summed(as_squares(operand, constants), operand.shape[0])
        case _:
            return None


def _summed(squares: Squares | None, size: int) -> Squares | None:
    """The squares of a vector's sum, to which a scalar root contributes once for every component."""
    return None if squares is None else tuple((c if root.shape else size * c, root) for c, root in squares)


def _scaled(factor: Expression, node: Expression, constants: Mapping[str, float]) -> Squares | None:
    value = _number(factor, constants)
    if value is None or value < 0:
        return None
    inner = as_squares(node, constants)
    return None if inner is None else tuple((value * c, root) for c, root in inner)


def _number(node: Expression, constants: Mapping[str, float]) -> float | None:
    match node:
        case Constant(value=value):
            return value
        case Parameter(name=name):
            return constants.get(name)
        case _:
            return None
