"""Functions whose arguments are plain values: elementwise ones, reductions and the spatial operators."""

from functools import reduce

from pinn.errors import suggestion
from pinn.expressions import algebra, bessel, differential, matrices, syntax
from pinn.expressions.functions import FUNCTIONS, Function
from pinn.expressions.mistakes import mistake
from pinn.expressions.scope import Scope
from pinn.expressions.tree import Add, Call, Constant, Divide, Expression, Matrix, Multiply, Power, Span

_MATRICES = "there are [[a, b], [c, d]], grad(v) of a vector, outer(v, w) and identity(2)"
_OF_MATRICES = {
    "transpose": matrices.transpose,
    "sym": matrices.symmetric,
    "trace": matrices.trace,
    "det": matrices.determinant,
    "inverse": matrices.inverse,
}


def called(function: str, arguments: tuple[Expression, ...], scope: Scope, span: Span) -> Expression:
    """The checked form of a call over checked arguments; raises `ExpressionError` where shapes do not fit."""
    first = arguments[0]
    match function:
        case "sum":
            return algebra.total(matrices.flat(_vector(first, function, span)), span)
        case "dot":
            left, right = (_vector(argument, function, span) for argument in arguments)
            if not (isinstance(left, Matrix) or isinstance(right, Matrix)):
                fitting(arguments, span)
            return matrices.product(left, right, span)
        case "inner":
            fitting(arguments, span)
            left, right = (matrices.flat(_vector(argument, function, span)) for argument in arguments)
            return algebra.total(algebra.multiply(left, right, span), span)
        case "outer":
            for argument in arguments:
                no_matrix(_vector(argument, function, span), function)
            return matrices.outer(first, arguments[1], span)
        case "transpose" | "sym" | "trace" | "det" | "inverse":
            if not isinstance(first, Matrix):
                raise mistake(f"{function} needs a matrix, not {described(first)}", span, _MATRICES)
            return _OF_MATRICES[function](first, span)
        case "norm":
            vector = matrices.flat(_vector(first, function, span))
            return algebra.call("sqrt", (algebra.total(algebra.multiply(vector, vector, span), span),), span)
        case "min" | "max":
            for argument in arguments:
                no_matrix(argument, function)
            fitting(arguments, span)
            return reduce(lambda a, b: algebra.call(function, (a, b), span), arguments)
        case "besselj" | "besseli":
            no_matrix(arguments[1], function)
            return algebra.call(function, (_order(first, function, scope), arguments[1]), span)
        case "grad":
            return differential.gradient(first, scope, span)
        case "div":
            return differential.divergence(first, scope, span)
        case "curl":
            return differential.curl(first, scope, span)
        case "laplacian":
            return differential.laplacian(first, scope, span)
        case "freeze":
            return matrices.rowwise(lambda part: algebra.freeze(part, span), first, span=span)
        case _:
            no_matrix(first, function)
            return algebra.call(function, arguments, span)


def need_signature(call: syntax.Call, function: Function) -> None:
    """Refuse a wrong number of arguments and keywords that the function does not have."""
    given = len(call.arguments)
    if given < function.least or (function.most is not None and given > function.most):
        message = f"'{call.function}' does not take {given} argument{'s' * (given != 1)}"
        is_vector = call.function in ("div", "curl", "norm", "sum") and given > 1
        hint = f"write {call.function}([a, b])" if is_vector else f"write {function.usage}"
        raise mistake(message, call.span, hint)
    for keyword in call.keywords:
        if function.keywords is not None and keyword.name not in function.keywords:
            hint = suggestion(keyword.name, function.keywords) or f"write {function.usage}"
            if call.function == "integral":
                hint += "; for one up to a coordinate see 'pinn explain volterra'"
            raise mistake(f"'{call.function}' has no argument '{keyword.name}'", keyword.span, hint)
        if call.function in ("max", "min") and given > 1:
            message = f"over a region '{call.function}' is taken of one expression"
            raise mistake(message, keyword.span, f"write {call.function}(u, over=boundary)")


def fitting(operands: tuple[Expression, ...], span: Span) -> None:
    """Refuse vectors and matrices of unequal size."""
    sized = list({operand.shape: operand for operand in operands if operand.shape}.values())
    if len(sized) < 2:
        return
    first, second = sized[:2]
    if isinstance(first, Matrix) or isinstance(second, Matrix):
        hint = "the product of a matrix and a vector is dot(m, v)"
        raise mistake(f"{described(first)} and {described(second)} do not fit together", span, hint)
    message = f"vectors of {first.shape[0]} and of {second.shape[0]} components do not fit together"
    raise mistake(message, span)


def need_defined(operator: str, left: Expression, right: Expression, span: Span) -> None:
    """Refuse operators that are not defined for matrices: products by a bare sign, sums with numbers, powers."""
    matrices_of = [isinstance(side, Matrix) for side in (left, right)]
    if not any(matrices_of):
        return
    if operator == "*" and all(matrices_of):
        hint = "write dot(a, b) for the product, inner(a, b) for the sum of the products of components"
        raise mistake("'*' of two matrices can mean two things", span, hint)
    if operator == "^" or (operator == "/" and matrices_of[1]):
        hint = "write dot(m, m)" if operator == "^" else "write inverse(m)"
        raise mistake(f"'{operator}' is for numbers and vectors, not for matrices", span, hint)
    if operator in "+-" and not all(matrices_of):
        side = left if matrices_of[1] else right
        rows = max(left.shape, right.shape)[0] if side.shape == () else 0
        hint = f"a pressure, for one, is p*identity({rows})" if rows else None
        raise mistake(f"{described(side)} and a matrix cannot be added", span, hint)


def described(operand: Expression) -> str:
    """The kind of value in words."""
    if isinstance(operand, Matrix):
        return f"a matrix of {operand.shape[0]} × {operand.shape[1]}"
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
        hint = bessel.LIMITS if isinstance(node, Call) and node.function in bessel.SIGNS else None
        raise mistake("this is not a finite real number", node.span, hint)
    return node


def no_matrix(operand: Expression, function: str) -> None:
    """Refuse a matrix where a function of numbers acts on each component."""
    if isinstance(operand, Matrix):
        message = f"{function} takes numbers and vectors, not {described(operand)}"
        raise mistake(message, operand.span, "take it of the components, as in m[0][1]")


def _order(written: Expression, function: str, scope: Scope) -> Expression:
    """The order of a Bessel function, known now."""
    order = algebra.settled(written, scope.constants)
    if not isinstance(order, Constant) or order.value not in range(bessel.MOST + 1):
        message = f"the order of {function}, its first argument, must be a whole number from 0 to {bessel.MOST}"
        raise mistake(message, written.span, f"write {FUNCTIONS[function].usage}")
    return order


def _vector(operand: Expression, function: str, span: Span) -> Expression:
    if not operand.shape:
        raise mistake(f"{function} needs a vector, not a scalar", span, f"write {FUNCTIONS[function].usage}")
    return operand
