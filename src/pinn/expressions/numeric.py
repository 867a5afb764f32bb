"""The value of a known expression at a point, in plain Python: for bounds, parameters and a few corners.

What is undefined is nan or infinite, as in IEEE 754; nothing here raises for the sake of a number.
"""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from pinn.expressions import algebra, functions
from pinn.expressions.calls import described
from pinn.expressions.functions import FUNCTIONS
from pinn.expressions.mistakes import mistake
from pinn.expressions.reading import check_value
from pinn.expressions.scope import Scope
from pinn.expressions.tree import (
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
    Logic,
    Multiply,
    Parameter,
    Power,
    Stack,
    Sum,
    Where,
    walk,
)

Value = float | tuple[float, ...]
Point = Mapping[int, float]
Parameters = Mapping[str, float | Sequence[float]]

MAX_EXPANDED = 5_000
"""Nodes up to which derivatives are carried out by rule."""

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


class NotNumeric(Exception):
    """The expression has no value here, because of an unknown, a normal or a missing coordinate."""


def evaluate(expression: Expression, point: Point, parameters: Parameters) -> Value:
    """The value at a point (coordinate index → number): a float, or a tuple for a vector.

    Derivatives are carried out by rule. Raises `NotNumeric` where something without a value occurs.
    """
    if any(isinstance(node, Derivative | Gradient) for node in walk(expression)):
        expression = _without_derivatives(expression)
    return _value(expression, point, parameters)


def shared(expression: Expression, point: Point) -> float:
    """The value of a scalar without derivatives and parameters, each node worked out once, however often it occurs."""
    return _scalar(_value(expression, point, {}, {}))


def constant(text: str, scope: Scope) -> float:
    """The finite number that `0.01/pi` stands for; raises `ExpressionError` where it is none."""
    expression = check_value(text, scope)
    if expression.shape:
        raise mistake(f"a single number is needed, not {described(expression)}", expression.span)
    for node in walk(expression):
        if isinstance(node, Coordinate | Coordinates):
            raise mistake(f"a constant is needed here; this depends on '{node.name}'", node.span)
        if isinstance(node, Parameter) and node.name not in scope.constants:
            raise mistake(f"a constant is needed here; '{node.name}' has no fixed value", node.span)
    try:
        value = _value(expression, {}, scope.constants)
    except NotNumeric as error:
        raise mistake(f"a constant is needed here; {error}", expression.span) from None
    if not isinstance(value, float) or not math.isfinite(value):
        raise mistake("this is not a finite number", expression.span)
    return value


@lru_cache(maxsize=64)
def _without_derivatives(expression: Expression) -> Expression:
    """The expression with its derivatives carried out; remembered, since corners come in numbers."""
    try:
        return algebra.expanded(expression, MAX_EXPANDED)
    except ValueError as error:
        raise NotNumeric(str(error)) from None


def _value(node: Expression, point: Point, parameters: Parameters, known: dict[int, Value] | None = None) -> Value:
    def of(part: Expression) -> Value:
        if known is None:
            return _value(part, point, parameters)
        if id(part) not in known:
            known[id(part)] = _value(part, point, parameters, known)
        return known[id(part)]

    match node:
        case Constant(value=value):
            return value
        case Coordinate(name=name, index=index):
            if index not in point:
                raise NotNumeric(f"'{name}' has no value here")
            return float(point[index])
        case Coordinates(name=name, indices=indices):
            if any(i not in point for i in indices):
                raise NotNumeric(f"'{name}' has no value here")
            return tuple(float(point[i]) for i in indices)
        case Parameter(name=name):
            if name not in parameters:
                raise NotNumeric(f"'{name}' has no value here")
            value = parameters[name]
            return float(value) if isinstance(value, int | float) else tuple(float(part) for part in value)
        case Add(left=a, right=b):
            return _each(operator.add, of(a), of(b))
        case Multiply(left=a, right=b):
            return _each(operator.mul, of(a), of(b))
        case Divide(left=a, right=b):
            return _each(functions.quotient, of(a), of(b))
        case Power(base=a, exponent=b):
            return _each(functions.power, of(a), of(b))
        case Call(function=function, arguments=arguments):
            return _each(_elementwise(function), *map(of, arguments))
        case Where(condition=condition, yes=yes, no=no):
            value = of(yes if _holds(condition, point, parameters) else no)
            return _spread(value, node.shape[0]) if node.shape else value
        case Stack(components=parts):
            return tuple(_scalar(of(part)) for part in parts)
        case Index(operand=operand, index=index):
            vector = _vector(of(operand))
            return vector[index] if isinstance(index, int) else vector[slice(*index)]
        case Sum(operand=operand):
            return sum(_vector(of(operand)))
        case Freeze(operand=operand):
            return of(operand)
        case At(operand=operand, places=places):
            moved = {index: _scalar(of(value)) for index, value in places}
            return _value(operand, {**point, **moved}, parameters)
        case _:
            raise NotNumeric(f"'{getattr(node, 'name', 'n')}' has no value here")


def _holds(condition: Expression, point: Point, parameters: Parameters) -> bool:
    match condition:
        case Compare(operator=sign, left=a, right=b):
            return _COMPARE[sign](_scalar(_value(a, point, parameters)), _scalar(_value(b, point, parameters)))
        case Logic(operator="not", arguments=(part,)):
            return not _holds(part, point, parameters)
        case Logic(operator=word, arguments=parts):
            return (all if word == "and" else any)(_holds(part, point, parameters) for part in parts)
        case _:
            raise NotNumeric("a condition is needed here")


def _each(function: Callable[..., float], *operands: Value) -> Value:
    """The function elementwise, with scalars repeated along vectors."""
    size = next((len(operand) for operand in operands if isinstance(operand, tuple)), None)
    if size is None:
        return function(*operands)
    return tuple(map(function, *(_spread(operand, size) for operand in operands)))


def _spread(value: Value, size: int) -> tuple[float, ...]:
    return value if isinstance(value, tuple) else (value,) * size


def _elementwise(function: str) -> Callable[..., float]:
    value = FUNCTIONS[function].value
    if value is None:
        raise NotNumeric(f"'{function}' is not elementwise")
    return value


def _scalar(value: Value) -> float:
    if isinstance(value, tuple):
        raise NotNumeric("a vector stands where a number is needed")
    return value


def _vector(value: Value) -> tuple[float, ...]:
    if not isinstance(value, tuple):
        raise NotNumeric("a number stands where a vector is needed")
    return value
