"""Functions whose arguments are plain values: elementwise ones, reductions and the spatial operators."""

from functools import reduce

from pinn.errors import suggestion
from pinn.expressions import algebra, differential, syntax
from pinn.expressions.functions import FUNCTIONS, Function
from pinn.expressions.mistakes import mistake
from pinn.expressions.scope import Scope
from pinn.expressions.tree import Add, Call, Constant, Divide, Expression, Multiply, Power, Span


def called(function: str, arguments: tuple[Expression, ...], scope: Scope, span: Span) -> Expression:
    """The checked form of a call over checked arguments; raises `ExpressionError` where shapes do not fit."""
    first = arguments[0]
    match function:
        case "sum":
            return algebra.total(_vector(first, function, span), span)
        case "dot":
            for argument in arguments:
                _vector(argument, function, span)
            fitting(arguments, span)
            return algebra.total(algebra.multiply(first, arguments[1], span), span)
        case "norm":
            vector = _vector(first, function, span)
            return algebra.call("sqrt", (algebra.total(algebra.multiply(vector, vector, span), span),), span)
        case "min" | "max":
            fitting(arguments, span)
            return reduce(lambda a, b: algebra.call(function, (a, b), span), arguments)
        case "grad":
            return differential.gradient(first, scope, span)
        case "div":
            return differential.divergence(first, scope, span)
        case "curl":
            return differential.curl(first, scope, span)
        case "laplacian":
            return differential.laplacian(first, scope, span)
        case "freeze":
            return algebra.freeze(first, span)
        case _:
            return algebra.call(function, arguments, span)


def need_signature(call: syntax.Call, function: Function) -> None:
    """Refuse a wrong number of arguments and keywords that the function does not have."""
    given = len(call.arguments)
    if given < function.least or (function.most is not None and given > function.most):
        message = f"'{call.function}' does not take {given} argument{'s' * (given != 1)}"
        raise mistake(message, call.span, f"write {function.usage}")
    for keyword in call.keywords:
        if function.keywords is not None and keyword.name not in function.keywords:
            hint = suggestion(keyword.name, function.keywords) or f"write {function.usage}"
            raise mistake(f"'{call.function}' has no argument '{keyword.name}'", keyword.span, hint)


def fitting(operands: tuple[Expression, ...], span: Span) -> None:
    """Refuse vectors of unequal length."""
    lengths = list(dict.fromkeys(operand.shape[0] for operand in operands if operand.shape))
    if len(lengths) > 1:
        raise mistake(f"vectors of {lengths[0]} and of {lengths[1]} components do not fit together", span)


def described(operand: Expression) -> str:
    """The kind of value in words."""
    return f"a vector of {operand.shape[0]} components" if operand.shape else "a scalar"


def need_scalar(operand: Expression, what: str, hint: str | None = None) -> Expression:
    """Refuse a vector where a number is needed."""
    if operand.shape:
        raise mistake(f"{what} must be a scalar, not {described(operand)}", operand.span, hint)
    return operand


def need_finite(node: Expression) -> Expression:
    """Refuse arithmetic on numbers alone that folding had to leave, such as 1/0 or sqrt(-1)."""
    match node:
        case Divide(left=Constant(), right=Constant()):
            raise mistake("division by zero", node.span)
        case Add(left=a, right=b) | Multiply(left=a, right=b) | Power(base=a, exponent=b):
            parts = (a, b)
        case Call(arguments=parts):
            pass
        case _:
            return node
    if all(isinstance(part, Constant) for part in parts):
        raise mistake("this is not a finite real number", node.span)
    return node


def _vector(operand: Expression, function: str, span: Span) -> Expression:
    if not operand.shape:
        raise mistake(f"{function} needs a vector, not a scalar", span, f"write {FUNCTIONS[function].usage}")
    return operand
