"""Checked tree to text that reads well and parses back to the same tree."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from pinn.expressions import algebra
from pinn.expressions.operators import Along, Drawn, Factor, Monomial, Operator
from pinn.expressions.scope import Scope
from pinn.expressions.syntax import LONGEST_SUM
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
    Equation,
    Expression,
    Freeze,
    Functional,
    Gradient,
    Index,
    Initial,
    Known,
    Logic,
    Matrix,
    Multiply,
    Normal,
    Parameter,
    Power,
    Raw,
    Stack,
    Sum,
    Unknown,
    Where,
)

_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _UNARY, _POWER, _ATOM = range(9)

Text = tuple[str, int]
"""A text and how tightly it binds."""


def show(expression: Expression, scope: Scope) -> str:
    """The expression as text, with the names of the scope's coordinates and directions.

    An operator that no single name describes is written as a sum of derivatives. `Raw` and `Initial` nodes,
    which no text can ask for, appear as `network.u` and `initial.u`.
    """
    return _text(expression, scope)[0]


def _text(node: Expression, scope: Scope) -> Text:
    def of(part: Expression, least: int = _OR) -> str:
        text, binding = _text(part, scope)
        return text if binding >= least else f"({text})"

    def listed(parts: Sequence[Expression]) -> str:
        return ", ".join(of(part) for part in parts)

    if scope.surface is not None:
        if (name := scope.surface.name(node)) is not None:
            return name, _ATOM
        node = scope.surface.unscaled(node)
    match node:
        case Equation(left=left, right=right):
            return f"{of(left)} = {of(right)}", _OR
        case Constant(value=value):
            return _number(value)
        case Coordinate(name=name) | Parameter(name=name) | Unknown(name=name):
            return name, _ATOM
        case Coordinates():
            return _run(node, scope), _ATOM
        case Known(name=name, arguments=arguments):
            plain = all(isinstance(part, Coordinate | Coordinates) for part in arguments)
            return name if plain else f"{name}({listed(arguments)})", _ATOM
        case Raw(name=name):
            return f"network.{name}", _ATOM
        case Initial(name=name):
            return f"initial.{name}", _ATOM
        case Normal():
            return "n", _ATOM
        case Add(left=left, right=right):
            return _sum(left, right, scope), _SUM
        case Multiply(left=left, right=right):
            return _product(left, right, scope)
        case Divide(left=left, right=right):
            return f"{of(left, _PRODUCT)}/{of(right, _UNARY)}", _PRODUCT
        case Power(base=base, exponent=exponent):
            return f"{of(base, _ATOM)}^{of(exponent, _UNARY)}", _POWER
        case Call(function=function, arguments=arguments):
            return f"{function}({listed(arguments)})", _ATOM
        case Where(condition=condition, yes=yes, no=no):
            return f"where({listed((condition, yes, no))})", _ATOM
        case Compare(operator=sign, left=left, right=right):
            return f"{of(left, _SUM)} {sign} {of(right, _SUM)}", _COMPARE
        case Logic(operator="not", arguments=(part,)):
            return f"not {of(part, _NOT)}", _NOT
        case Logic(operator=word, arguments=(left, right)):
            least = _AND if word == "and" else _OR
            return f"{of(left, least)} {word} {of(right, least + 1)}", least
        case Stack(components=parts) | Matrix(rows=parts):
            return f"[{listed(parts)}]", _ATOM
        case Index(operand=operand, index=index):
            place = index if isinstance(index, int) else f"{index[0]}:{index[1]}"
            return f"{of(operand, _ATOM)}[{place}]", _ATOM
        case Sum(operand=operand):
            return f"sum({of(operand)})", _ATOM
        case Functional(reduction=word, operand=operand, over=over):
            return f"{word}({of(operand)}{'' if over == 'interior' else f', over={over}'})", _ATOM
        case Freeze(operand=operand):
            return f"freeze({of(operand)})", _ATOM
        case Derivative():
            return _derivative(node, scope)
        case Gradient(operand=operand, indices=indices):
            start = scope.spatial.index(indices[0])
            part = "" if indices == scope.spatial else f"[{start}:{start + len(indices)}]"
            return f"grad({of(operand)}){part}", _ATOM
        case At(operand=operand, places=places):
            moved = ", ".join(f"{scope.coordinates[index]}={of(value)}" for index, value in places)
            return f"at({of(operand)}, {moved})", _ATOM
        case _:
            raise TypeError(f"{type(node).__name__} is not a node of the checked tree")


def _run(node: Coordinates, scope: Scope) -> str:
    """`x`, or `x[1:3]` where some components are left out."""
    stop = node.offset + node.shape[0]
    whole = node.offset == 0 and stop == len(scope.vectors.get(node.name, ()))
    return node.name if whole else f"{node.name}[{node.offset}:{stop}]"


def _number(value: float) -> Text:
    if value == math.pi:
        return "pi", _ATOM
    text = repr(value).removesuffix(".0")
    return text, _UNARY if value < 0 else _ATOM


def _sum(left: Expression, right: Expression, scope: Scope) -> str:
    """`left + right`, or `left - …` where the right has a negative factor."""
    before, _ = _text(left, scope)
    if _spine(left) >= LONGEST_SUM:
        before = f"({before})"
    after, binding = _text(right, scope)
    if binding <= _SUM:
        after = f"({after})"
    return f"{before} - {after[1:]}" if after.startswith("-") else f"{before} + {after}"


def _spine(node: Expression) -> int:
    """How many terms a sum shows without parentheses."""
    count = 1
    while isinstance(node, Add):
        node, count = node.left, count + 1
    return count


def _product(left: Expression, right: Expression, scope: Scope) -> Text:
    after, binding = _text(right, scope)
    minus = isinstance(left, Constant) and left.value == -1
    if binding < _PRODUCT or (binding == _PRODUCT and not _plain(left, right)):
        after, binding = f"({after})", _ATOM
    if minus:
        return (f"-{after}", min(binding, _UNARY)) if not after.startswith("-") else (f"-({after})", _UNARY)
    before, tight = _text(left, scope)
    if tight < _PRODUCT:
        before = f"({before})"
    return f"{before}*{after}", _PRODUCT


def _plain(left: Expression, right: Expression) -> bool:
    """Whether a constant times a product needs no parentheses, since folding gathers it all the same."""
    while isinstance(right, Multiply):
        right = right.left
    return isinstance(left, Constant) and not isinstance(right, Divide | Constant)


def _derivative(node: Derivative, scope: Scope) -> Text:
    operand = _text(node.operand, scope)[0]
    text = _named(operand, node.operator, scope)
    if text is not None:
        return text, _ATOM
    terms = node.operator.written_out().terms
    parts = [algebra.multiply(Constant(c), replace(node, operator=Operator.of({m: 1.0}))) for m, c in terms]
    return _text(reduce(algebra.add, parts), scope)


def _named(operand: str, operator: Operator, scope: Scope) -> str | None:
    """The operator in words of the language: coordinates, and then one direction or Laplacians, any number of times."""
    common, rest = operator.common, operator.divided(operator.common)
    if rest.is_identity:
        return _nested(operand, common, scope)
    for name, direction in scope.directions.items():
        for before, after in (((), operator), (common, rest)):
            if Operator.along(direction, after.order) == after:
                return f"d({_nested(operand, before, scope)}, {', '.join([name] * after.order)})"
    times, odd = divmod(rest.order, 2)
    if scope.spatial and not odd and Operator.laplacian(scope.spatial).power(times) == rest:
        return "laplacian(" * times + _nested(operand, common, scope) + ")" * times
    return None


def _nested(operand: str, monomial: Monomial, scope: Scope) -> str:
    """`d(u, x, x)`, and the operand itself for no derivative."""
    if not monomial:
        return operand
    return f"d({operand}, {', '.join(_step(factor, scope) for factor in monomial)})"


def _step(factor: Factor, scope: Scope) -> str:
    """The name of what a monomial differentiates by."""
    match factor:
        case Along(components=components):
            named = (name for name, v in scope.directions.items() if Along.of(v) == factor)
            rest = " + ".join(f"{value:g}*{scope.coordinates[i]}" for i, value in components)
            return next(named, f"({rest})")  # what `at` has left of a direction has no name
        case Drawn(number=number):
            return f"random_{number}"
        case _:
            return scope.coordinates[factor]
