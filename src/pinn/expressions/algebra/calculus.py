"""Linear calculus on the checked tree: derivatives settled by linearity, components, other places.

A derivative passes sums, constant factors, stacks and other derivatives, so that most end at an unknown; one of a
product or a nonlinear function stays as it is, for the compiler's jets.
"""

from collections.abc import Callable, Mapping

from pinn.expressions.algebra import constructors
from pinn.expressions.algebra.queries import coordinates_used, depends_on_unknown, is_uniform
from pinn.expressions.operators import Operator
from pinn.expressions.tree import (
    Add,
    At,
    Call,
    Constant,
    Coordinate,
    Coordinates,
    Derivative,
    Divide,
    Expression,
    Freeze,
    Functional,
    Gradient,
    Index,
    Initial,
    Known,
    Multiply,
    Normal,
    Parameter,
    Power,
    Span,
    Stack,
    Sum,
    Unknown,
    Where,
    rebuild,
)

NOWHERE: Span = (0, 0)
Places = Mapping[int, Expression]

FEW = 8
"""Up to so many derivatives of a gradient are separate nodes, which may each be settled and collected further."""


def derivative(operand: Expression, operator: Operator, span: Span = NOWHERE) -> Expression:
    """p(D) of any expression, where p has no constant term; `n` and parameters count as constants.

    A value of `at` that moves with a differentiated coordinate raises ValueError.
    """
    if operator.is_identity:
        return operand
    if not operator.terms or is_uniform(operand):
        return constructors.zeros(operand.shape)

    def inner(part: Expression) -> Expression:
        return derivative(part, operator, span)

    match operand:
        case Coordinate(index=index):
            return constructors.constant(operator.slope(index), span)
        case Coordinates():
            return constructors.stack(tuple(Constant(operator.slope(i)) for i in operand.indices), span)
        case Gradient(operand=function, indices=indices):
            return gradient(inner(function), indices, span)
        case Derivative(operand=function, operator=first):
            return Derivative(function, operator.compose(first), shape=operand.shape, span=span)
        case Add() | Stack() | Sum() | Freeze():
            return renewed(operand, inner)
        case Multiply(left=left, right=right) if is_uniform(left):
            return constructors.multiply(left, inner(right), span)
        case Multiply(left=left, right=right) if is_uniform(right):
            return constructors.multiply(inner(left), right, span)
        case Divide(left=left, right=right) if is_uniform(right):
            return constructors.divide(inner(left), right, span)
        case At(operand=function, places=places):
            return at(derivative(function, _remaining(places, operator), span), dict(places), span)
        case _:
            return Derivative(operand, operator, shape=operand.shape, span=span)


def gradient(operand: Expression, indices: tuple[int, ...], span: Span = NOWHERE) -> Expression:
    """The vector of a scalar's derivatives by some coordinates: one node where there are many of them.

    A value of `at` that moves with one of them raises ValueError.
    """
    if len(indices) <= FEW or isinstance(operand, Coordinate | At) or is_uniform(operand):
        return constructors.stack(tuple(derivative(operand, Operator.partial(i), span) for i in indices), span)

    def inner(part: Expression) -> Expression:
        return gradient(part, indices, span)

    match operand:
        case Add(left=left, right=right):
            return constructors.add(inner(left), inner(right), span)
        case Multiply(left=left, right=right) if is_uniform(left):
            return constructors.multiply(left, inner(right), span)
        case Multiply(left=left, right=right) if is_uniform(right):
            return constructors.multiply(inner(left), right, span)
        case Divide(left=left, right=right) if is_uniform(right):
            return constructors.divide(inner(left), right, span)
        case _:
            return Gradient(operand, indices, shape=(len(indices),), span=span)


def at(operand: Expression, places: Places, span: Span = NOWHERE) -> Expression:
    """The operand where some coordinates have other values; what is free of unknowns is written out."""
    if is_uniform(operand) or not places:
        return operand
    if not depends_on_unknown(operand):
        return substitute(operand, places)
    return At(operand, tuple(sorted(places.items())), shape=operand.shape, span=span)


def substitute(expression: Expression, places: Places) -> Expression:
    """The expression with coordinates replaced, all at once; unknowns and derivatives become `At` nodes."""
    match expression:
        case Coordinate(index=index):
            return places.get(index, expression)
        case Coordinates(indices=indices):
            if places.keys().isdisjoint(indices):
                return expression
            parts = (component(expression, k) for k in range(len(indices)))
            return constructors.stack(tuple(substitute(part, places) for part in parts), expression.span)
        case Functional():
            return expression
        case Unknown():
            return At(expression, tuple(sorted(places.items())), span=expression.span) if places else expression
        case Initial(time=time):
            others = {index: value for index, value in places.items() if index != time}
            return At(expression, tuple(sorted(others.items())), span=expression.span) if others else expression
        case Derivative(operator=operator) if _touched(places, operator):
            return At(expression, tuple(sorted(places.items())), shape=expression.shape, span=expression.span)
        case Gradient(indices=indices) if not {*places, *moving(places)}.isdisjoint(indices):
            return At(expression, tuple(sorted(places.items())), shape=expression.shape, span=expression.span)
        case At(operand=operand, places=inner):
            moved = {index: substitute(value, places) for index, value in inner}
            return at(operand, {**places, **moved}, expression.span)
        case _:
            return renewed(expression, lambda part: substitute(part, places))


def settled(expression: Expression, values: Mapping[str, float]) -> Expression:
    """The expression with the values of known parameters written in and folded."""
    if isinstance(expression, Parameter) and expression.name in values:
        return constructors.constant(values[expression.name], expression.span)
    return renewed(expression, lambda part: settled(part, values))


def components(expression: Expression) -> list[Expression]:
    """All components of a vector, or the scalar itself."""
    return [component(expression, k) for k in range(expression.shape[0])] if expression.shape else [expression]


def component(vector: Expression, index: int | tuple[int, int], span: Span = NOWHERE) -> Expression:
    """`vector[index]`, or the stretch `vector[start:stop]`, taken inside whatever acts elementwise.

    IndexError outside the vector or for an empty stretch.
    """
    size = vector.shape[0]
    start, stop = (index, index + 1) if isinstance(index, int) else index
    if not 0 <= start < stop <= size:
        raise IndexError(f"{index} is outside a vector of {size}")
    match vector:
        case Stack(components=parts):
            return parts[start] if isinstance(index, int) else constructors.stack(parts[start:stop], span)
        case Coordinates(name=name, index=first, offset=offset) if isinstance(index, int):
            return Coordinate(f"{name}[{offset + start}]", first + start, span=span)
        case Coordinates(name=name, index=first, offset=offset):
            return Coordinates(name, first + start, offset + start, shape=(stop - start,), span=span)
        case Gradient(operand=operand, indices=indices) if isinstance(index, int):
            return derivative(operand, Operator.partial(indices[start]), span)
        case Gradient(operand=operand, indices=indices):
            return gradient(operand, indices[start:stop], span)
        case Parameter() | Normal() | Index() | Known():
            return Index(vector, index, shape=() if isinstance(index, int) else (stop - start,), span=span)
        case _:
            return renewed(vector, lambda part: component(part, index, span) if part.shape else part)


def renewed(node: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """The node over changed operands, folded and with the shape that follows from them."""
    new = rebuild(node, change)
    if new is node:
        return node
    match new:
        case Add(left=left, right=right):
            return constructors.add(left, right, new.span)
        case Multiply(left=left, right=right):
            return constructors.multiply(left, right, new.span)
        case Divide(left=left, right=right):
            return constructors.divide(left, right, new.span)
        case Power(base=base, exponent=exponent):
            return constructors.power(base, exponent, new.span)
        case Call(function=function, arguments=arguments):
            return constructors.call(function, arguments, new.span)
        case Where(condition=condition, yes=yes, no=no):
            return constructors.where(condition, yes, no, new.span)
        case Stack(components=parts):
            return constructors.stack(parts, new.span)
        case Sum(operand=operand):
            return constructors.total(operand, new.span)
        case Index(operand=operand, index=index):
            return component(operand, index, new.span)
        case Derivative(operand=operand, operator=operator):
            return derivative(operand, operator, new.span)
        case Gradient(operand=operand, indices=indices):
            return gradient(operand, indices, new.span)
        case At(operand=operand, places=places):
            return at(operand, dict(places), new.span)
        case Freeze(operand=operand):
            return freeze(operand, new.span)
        case _:
            return new


def freeze(operand: Expression, span: Span = NOWHERE) -> Expression:
    """The operand with no derivative in the trained parameters."""
    return operand if isinstance(operand, Constant) else Freeze(operand, shape=operand.shape, span=span)


def moving(places: Places | tuple[tuple[int, Expression], ...]) -> frozenset[int]:
    """Coordinates that the values of `at` depend on."""
    return frozenset().union(*(coordinates_used(value) for value in dict(places).values()))


def _touched(places: Places, operator: Operator) -> bool:
    return bool(operator.indices & (places.keys() | moving(places)))


def _remaining(places: tuple[tuple[int, Expression], ...], operator: Operator) -> Operator:
    """The part of the operator that sees through `at`: replaced coordinates are constants."""
    if operator.indices & moving(places):
        raise ValueError("the place moves with a coordinate of the derivative")
    return operator.holding({index for index, _ in places})
