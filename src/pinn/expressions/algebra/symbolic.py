"""First partial derivatives by rule, and with them expressions free of `Derivative` nodes.

Meant for known functions at a few points (does a boundary value match at a corner?); training uses jets.
"""

import math
from collections.abc import Callable

from pinn.expressions.algebra.calculus import at, derivative, renewed
from pinn.expressions.algebra.constructors import (
    add,
    add_all,
    call,
    divide,
    multiply,
    negate,
    power,
    stack,
    subtract,
    where,
    zeros,
)
from pinn.expressions.algebra.queries import is_uniform, measure
from pinn.expressions.bessel import SIGNS
from pinn.expressions.operators import Operator
from pinn.expressions.tree import (
    ONE,
    Add,
    At,
    Call,
    Compare,
    Constant,
    Coordinate,
    Coordinates,
    Derivative,
    Divide,
    Expression,
    Freeze,
    Gradient,
    Index,
    Multiply,
    Power,
    Raw,
    Stack,
    Sum,
    Unknown,
    Where,
)

_TWO = Constant(2.0)
_SQUARED = lambda x: power(x, _TWO)

_SLOPES: dict[str, Callable[[Expression], Expression]] = {
    "sin": lambda x: call("cos", (x,)),
    "cos": lambda x: negate(call("sin", (x,))),
    "tan": lambda x: add(ONE, _SQUARED(call("tan", (x,)))),
    "asin": lambda x: divide(ONE, call("sqrt", (subtract(ONE, _SQUARED(x)),))),
    "acos": lambda x: divide(Constant(-1.0), call("sqrt", (subtract(ONE, _SQUARED(x)),))),
    "atan": lambda x: divide(ONE, add(ONE, _SQUARED(x))),
    "sinh": lambda x: call("cosh", (x,)),
    "cosh": lambda x: call("sinh", (x,)),
    "tanh": lambda x: subtract(ONE, _SQUARED(call("tanh", (x,)))),
    "exp": lambda x: call("exp", (x,)),
    "log": lambda x: divide(ONE, x),
    "sqrt": lambda x: divide(Constant(0.5), call("sqrt", (x,))),
    "erf": lambda x: multiply(Constant(2 / math.sqrt(math.pi)), call("exp", (negate(_SQUARED(x)),))),
    "sigmoid": lambda x: multiply(call("sigmoid", (x,)), call("sigmoid", (negate(x),))),
    "softplus": lambda x: call("sigmoid", (x,)),
    "abs": lambda x: call("sign", (x,)),
    "sign": lambda x: zeros(x.shape),
    "step": lambda x: zeros(x.shape),
}
"""Function name → f'(x); the branch-wise ones away from their kinks."""


def differentiate(expression: Expression, index: int) -> Expression:
    """∂/∂x_index by rule; unknowns keep a `Derivative`, and `min`, `max`, `where` go branch by branch."""

    def inner(part: Expression) -> Expression:
        return differentiate(part, index)

    if is_uniform(expression):
        return zeros(expression.shape)
    match expression:
        case Coordinate(index=own):
            return Constant(float(own == index))
        case Coordinates():
            return derivative(expression, Operator.partial(index))
        case Add() | Stack() | Sum() | Freeze() | Index():
            return renewed(expression, inner)
        case Multiply(left=a, right=b):
            return add(multiply(inner(a), b), multiply(a, inner(b)))
        case Divide(left=a, right=b):
            return divide(subtract(inner(a), multiply(expression, inner(b))), b)
        case Power():
            return _of_power(expression, inner)
        case Call():
            return _of_call(expression, inner)
        case Where(condition=condition, yes=yes, no=no):
            return where(condition, inner(yes), inner(no))
        case At():
            return _of_place(expression, index)
        case _:
            return derivative(expression, Operator.partial(index))


def expanded(expression: Expression, limit: int) -> Expression:
    """The expression with derivatives of known functions carried out; ValueError above `limit` nodes."""
    done = renewed(expression, lambda part: expanded(part, limit))
    if isinstance(done, Gradient) and not isinstance(done.operand, Unknown | Raw):
        parts = (Derivative(done.operand, Operator.partial(i)) for i in done.indices)
        return stack(tuple(expanded(part, limit) for part in parts))
    if not isinstance(done, Derivative) or isinstance(done.operand, Unknown | Raw):
        return done
    if done.operator.ways > limit:
        raise ValueError("its derivatives are too many to be written out")
    terms: list[Expression] = []
    for monomial, coefficient in done.operator.written_out().terms:
        term = done.operand
        for index in monomial:
            assert isinstance(index, int)
            term = differentiate(term, index)
            if measure(term, limit)[0] > limit:
                raise ValueError("its derivatives are too large to be written out")
        terms.append(multiply(Constant(coefficient), term))
    return add_all(terms)


def _of_power(node: Power, inner: Callable[[Expression], Expression]) -> Expression:
    base, exponent = node.base, node.exponent
    slope = multiply(multiply(exponent, power(base, subtract(exponent, ONE))), inner(base))
    if is_uniform(exponent):
        return slope
    return add(slope, multiply(multiply(node, call("log", (base,))), inner(exponent)))


def _of_call(node: Call, inner: Callable[[Expression], Expression]) -> Expression:
    if node.function in ("min", "max"):
        a, b = node.arguments
        return where(Compare("<=" if node.function == "min" else ">=", a, b), inner(a), inner(b))
    if node.function in SIGNS:
        return multiply(_of_bessel(node), inner(node.arguments[1]))
    (argument,) = node.arguments
    return multiply(_SLOPES[node.function](argument), inner(argument))


def _of_bessel(node: Call) -> Expression:
    """(J_(n-1) - J_(n+1))/2, or the sum of these for I_n; J_(-1) is -J_1, and I_(-1) is I_1."""
    order, argument = node.arguments
    assert isinstance(order, Constant)
    above = multiply(Constant(SIGNS[node.function]), call(node.function, (Constant(order.value + 1), argument)))
    if order.value == 0:
        return above
    below = call(node.function, (Constant(order.value - 1), argument))
    return multiply(Constant(0.5), add(below, above))


def _of_place(node: At, index: int) -> Expression:
    """The chain rule through `at`: directly unless the coordinate is replaced, and through moving values."""
    places = dict(node.places)
    through = [
        multiply(at(differentiate(node.operand, own), places), differentiate(value, index))
        for own, value in node.places
    ]
    direct = [] if index in places else [at(differentiate(node.operand, index), places)]
    return add_all(direct + through)
