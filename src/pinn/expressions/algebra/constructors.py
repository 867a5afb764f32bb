"""Constructors of the checked tree that fold constants, zeros and ones on the way.

They keep products in one form: a constant factor stands once, at the far left. Shapes broadcast scalars over
vectors; unequal vectors raise ValueError.
"""

import dataclasses
import math
from functools import reduce

from pinn.expressions import functions
from pinn.expressions.functions import FUNCTIONS
from pinn.expressions.tree import (
    ONE,
    ZERO,
    Add,
    Call,
    Constant,
    Divide,
    Expression,
    Multiply,
    Power,
    Shape,
    Span,
    Stack,
    Sum,
    Where,
)

NOWHERE: Span = (0, 0)


def constant(value: float, span: Span = NOWHERE) -> Constant:
    """A number; minus zero becomes zero."""
    return Constant(value + 0.0, span=span)


def zeros(shape: Shape) -> Expression:
    """The scalar 0, or a vector of zeros."""
    return _filled(ZERO, shape)


def broadcast(*shapes: Shape) -> Shape:
    """The common shape of operands; ValueError where vectors differ in length."""
    vectors = {shape for shape in shapes if shape}
    if len(vectors) > 1:
        raise ValueError(f"shapes {sorted(vectors)} do not match")
    return vectors.pop() if vectors else ()


def add(left: Expression, right: Expression, span: Span = NOWHERE) -> Expression:
    """left + right."""
    shape = broadcast(left.shape, right.shape)
    if isinstance(left, Constant) and isinstance(right, Constant) and math.isfinite(left.value + right.value):
        return constant(left.value + right.value, span)
    if _is(left, 0.0) and right.shape == shape:
        return right
    if _is(right, 0.0) and left.shape == shape:
        return left
    return Add(left, right, shape=shape, span=span)


def subtract(left: Expression, right: Expression, span: Span = NOWHERE) -> Expression:
    """left - right, as left + (-1)·right."""
    return add(left, negate(right, right.span), span)


def negate(operand: Expression, span: Span = NOWHERE) -> Expression:
    """-operand, as (-1)·operand."""
    return multiply(Constant(-1.0, span=span), operand, span)


def multiply(left: Expression, right: Expression, span: Span = NOWHERE) -> Expression:
    """left · right, elementwise; constant factors are gathered at the left."""
    shape = broadcast(left.shape, right.shape)
    if _is(left, 0.0) or _is(right, 0.0):
        return zeros(shape)
    (a, x), (b, y) = _factored(left), _factored(right)
    scale = a * b
    if scale == 0 or not math.isfinite(scale):
        return Multiply(left, right, shape=shape, span=span)
    rest = x or y if x is None or y is None else Multiply(x, y, shape=shape, span=span)
    if rest is None:
        return constant(scale, span)
    return rest if scale == 1 else Multiply(constant(scale, span), rest, shape=shape, span=span)


def divide(left: Expression, right: Expression, span: Span = NOWHERE) -> Expression:
    """left / right, elementwise; a constant denominator stays a division, for its rounding."""
    shape = broadcast(left.shape, right.shape)
    if isinstance(left, Constant) and isinstance(right, Constant):
        value = functions.quotient(left.value, right.value)
        if math.isfinite(value):
            return constant(value, span)
    if _is(left, 0.0) and not _is(right, 0.0):
        return zeros(shape)
    if _is(right, 1.0):
        return left
    return Divide(left, right, shape=shape, span=span)


def power(base: Expression, exponent: Expression, span: Span = NOWHERE) -> Expression:
    """base ^ exponent, elementwise."""
    shape = broadcast(base.shape, exponent.shape)
    if isinstance(base, Constant) and isinstance(exponent, Constant):
        value = functions.power(base.value, exponent.value)
        if math.isfinite(value):
            return constant(value, span)
    if _is(exponent, 0.0):
        return _filled(ONE, shape)
    if _is(exponent, 1.0):
        return base
    return Power(base, exponent, shape=shape, span=span)


def call(function: str, arguments: tuple[Expression, ...], span: Span = NOWHERE) -> Expression:
    """An elementwise function, or `min`, `max` of two arguments."""
    evaluate = FUNCTIONS[function].value
    numbers = [argument.value for argument in arguments if isinstance(argument, Constant)]
    if evaluate is not None and len(numbers) == len(arguments):
        value = evaluate(*numbers)
        if math.isfinite(value):
            return constant(value, span)
    shape = broadcast(*(argument.shape for argument in arguments))
    return Call(function, arguments, shape=shape, span=span)


def stack(components: tuple[Expression, ...], span: Span = NOWHERE) -> Expression:
    """A vector from scalars."""
    return Stack(components, shape=(len(components),), span=span)


def total(operand: Expression, span: Span = NOWHERE) -> Expression:
    """The sum of a vector's components."""
    if isinstance(operand, Stack) and all(isinstance(part, Constant) for part in operand.components):
        return reduce(add, operand.components)
    return Sum(operand, span=span)


def where(condition: Expression, yes: Expression, no: Expression, span: Span = NOWHERE) -> Expression:
    """`yes` where the scalar condition holds, else `no`."""
    return Where(condition, yes, no, shape=broadcast(yes.shape, no.shape), span=span)


def add_all(terms: list[Expression], span: Span = NOWHERE) -> Expression:
    """The sum of many terms as a balanced tree."""
    if not terms:
        return ZERO
    while len(terms) > 1:
        pairs = [add(a, b, span) for a, b in zip(terms[::2], terms[1::2], strict=False)]
        terms = pairs + terms[len(pairs) * 2 :]
    return terms[0]


def placed(node: Expression, span: Span) -> Expression:
    """The node as if it had been written at `span`."""
    return node if node.span == span else dataclasses.replace(node, span=span)


def _is(node: Expression, value: float) -> bool:
    return isinstance(node, Constant) and node.value == value


def _filled(value: Constant, shape: Shape) -> Expression:
    return stack((value,) * shape[0]) if shape else value


def _factored(node: Expression) -> tuple[float, Expression | None]:
    """A product's constant factor and the rest of it."""
    if isinstance(node, Constant):
        return node.value, None
    if isinstance(node, Multiply) and isinstance(node.left, Constant):
        return node.left.value, node.right
    return 1.0, node
