"""Syntax to checked tree: what each name means, whether shapes fit, what may stand where.

All mistakes of a text are collected: a part with a mistake becomes `_BROKEN`, and silences what is built on it.
"""

from dataclasses import replace
from typing import final

from pinn.expressions import algebra, differential, names, syntax
from pinn.expressions.calls import (
    called,
    described,
    fitting,
    need_defined,
    need_finite,
    need_scalar,
    need_signature,
    no_matrix,
)
from pinn.expressions.functions import FUNCTIONS
from pinn.expressions.growth import Growth
from pinn.expressions.matrices import flat, identity, matrix, rowwise
from pinn.expressions.mistakes import ExpressionError, Mistake, mistake
from pinn.expressions.places import placeable, replaced
from pinn.expressions.scope import Scope
from pinn.expressions.subscripts import subscripted
from pinn.expressions.syntax import Syntax
from pinn.expressions.tree import (
    ZERO,
    Compare,
    Constant,
    Coordinate,
    Derivative,
    Equation,
    Expression,
    Functional,
    Logic,
    Reduction,
    Span,
    Unknown,
)

_SPATIAL = frozenset({"grad", "div", "curl", "laplacian"})
_BROKEN = Expression()
_ARITHMETIC = {"+": algebra.add, "-": algebra.subtract, "*": algebra.multiply, "/": algebra.divide}


@final
class Checker:
    """One text on its way; `mistakes` and `warnings` have what was found."""

    def __init__(self, scope: Scope, text: str):
        self.scope, self.text = scope, text
        self.mistakes: list[Mistake] = []
        self.warnings: list[Mistake] = []
        self.growth = Growth()

    def whole(self, tree: Syntax) -> Expression:
        if not isinstance(tree, syntax.Equals):
            return self.value(tree)
        left, right = self.value(tree.left), self.value(tree.right)
        if _broken(left, right):
            return _BROKEN
        if left.shape and right.shape and left.shape != right.shape:
            message = f"the left side is {described(left)}, the right side {described(right)}"
            self.mistakes.append(Mistake(message, tree.span))
        left, right = flat(left), flat(right)
        return Equation(left, right, shape=left.shape or right.shape, span=tree.span)

    def lack(self, tree: Syntax) -> Expression:
        """How far a tree is from holding, where it compares two values of one shape."""
        if not isinstance(tree, syntax.Comparison) or tree.operator in ("==", "!="):
            is_equation = isinstance(tree, syntax.Equals) or getattr(tree, "operator", "") == "=="
            other = "write each as an entry of a list" if isinstance(tree, syntax.Logic) else "write u >= g, or u <= g"
            hint = "say an equation under 'equation'" if is_equation else other
            raise mistake("this is not an inequality", tree.span, hint)
        left, right = self.value(tree.left), self.value(tree.right)
        if _broken(left, right):
            return _BROKEN
        fitting((left, right), tree.span)
        left, right = flat(left), flat(right)
        smaller, larger = (left, right) if tree.operator.startswith("<") else (right, left)
        return algebra.call("max", (ZERO, algebra.subtract(smaller, larger, tree.span)), tree.span)

    def value(self, node: Syntax) -> Expression:
        """The checked tree of a number, vector or function; `_BROKEN` after noting its mistakes."""
        try:
            with self.growth.deeper(node.span):
                return need_finite(self.read(node))
        except ExpressionError as error:
            self.mistakes.extend(error.mistakes)
            return _BROKEN

    def read(self, node: Syntax) -> Expression:
        match node:
            case syntax.Number(span=span, value=value):
                return Constant(value, span=span)
            case syntax.Name(span=span, name=name):
                return self.name(name, span)
            case syntax.Member(span=span, name=name):
                return self.exact(name, span)
            case syntax.Unary(span=span, operator=operator, operand=inner):
                operand = self.value(inner)
                if operator != "-" or _broken(operand):
                    return operand
                return rowwise(lambda part: algebra.negate(part, span), operand, span=span)
            case syntax.Binary():
                return self.binary(node)
            case syntax.Vector(span=span, items=items):
                return self.vector(items, span)
            case syntax.Item() | syntax.Slice():
                return self.subscript(node)
            case syntax.Call():
                return self.call(node)
            case _:
                is_equation = getattr(node, "operator", "") == "=="
                hint = "an equation has a single =" if is_equation else "what must hold is said under 'require'"
                raise mistake("conditions stand only inside where(…)", node.span, hint)

    def name(self, name: str, span: Span) -> Expression:
        found = names.meaning(name, self.scope, span)
        return self.growth.charged(found, span) if name in self.scope.definitions else self.derived(found, span)

    def exact(self, name: str, span: Span) -> Expression:
        found = names.exact(name, self.scope, span)
        return self.growth.charged(found, span) if name in self.scope.exact else self.derived(found, span)

    # --- arithmetic and vectors

    def binary(self, node: syntax.Binary) -> Expression:
        left, right, span = self.value(node.left), self.value(node.right), node.span
        if _broken(left, right):
            return _BROKEN
        need_defined(node.operator, left, right, span)
        fitting((left, right), span)
        match node.operator:
            case "+" | "-" | "*" | "/":
                operation = _ARITHMETIC[node.operator]
                return rowwise(lambda a, b: operation(a, b, span), left, right, span=span)
            case _:
                exponent = algebra.settled(right, self.scope.constants)
                return algebra.power(left, exponent if isinstance(exponent, Constant) else right, span)

    def vector(self, items: tuple[Syntax, ...], span: Span) -> Expression:
        parts = tuple(self.value(item) for item in items)
        if _broken(*parts):
            return _BROKEN
        if all(part.shape for part in parts):
            fitting(parts, span)
            for part in parts:
                no_matrix(part, "a bracket")
            return matrix(parts, span)
        return algebra.stack(tuple(need_scalar(part, "a component") for part in parts), span)

    def subscript(self, node: syntax.Item | syntax.Slice) -> Expression:
        vector = self.value(node.operand)
        ends = (node.index,) if isinstance(node, syntax.Item) else (node.start, node.stop)
        numbers = [None if end is None else self.integer(end, "an index") for end in ends]
        if _broken(vector):
            return _BROKEN
        return subscripted(vector, numbers, node.span)

    def integer(self, node: Syntax, what: str) -> int:
        """A whole number known now."""
        value = self.value(node)
        if not _broken(value):
            value = algebra.settled(value, self.scope.constants)
            if isinstance(value, Constant) and value.value.is_integer():
                return int(value.value)
        raise ExpressionError([] if _broken(value) else [Mistake(f"{what} must be a whole number", node.span)])

    # --- calls

    def call(self, node: syntax.Call) -> Expression:
        function = FUNCTIONS.get(node.function)
        if function is None:
            self.values(node.arguments)
            raise names.uncallable(node, self.scope)
        need_signature(node, function)
        return self.form(node)

    def form(self, node: syntax.Call) -> Expression:
        """A call whose number of arguments is right."""
        match node.function:
            case "d":
                return self.derivative(node)
            case "at":
                return self.at(node)
            case "where":
                return self.where(node)
            case "integral" | "max" | "min" as reduction if len(node.arguments) == 1:
                return self.functional(node, reduction)
            case "identity":
                return self.identity(node)
        arguments = self.values(node.arguments)
        if _broken(*arguments):
            return _BROKEN
        result = called(node.function, arguments, self.scope, node.span)
        return self.derived(result, node.span) if node.function in _SPATIAL else result

    def values(self, nodes: tuple[Syntax, ...]) -> tuple[Expression, ...]:
        return tuple(self.value(node) for node in nodes)

    def derivative(self, node: syntax.Call) -> Expression:
        operand = self.value(node.arguments[0])
        steps = [self.step(step) for step in node.arguments[1:]]
        for keyword in node.keywords:
            order = self.integer(keyword.value, "the order")
            if len(steps) > 1:
                raise mistake("'order' goes with one coordinate or direction", keyword.span, "write d(u, x, order=4)")
            if not 1 <= order <= differential.MAX_ORDER:
                raise mistake(f"the order must be from 1 to {differential.MAX_ORDER}", keyword.value.span)
            steps *= order
        if not _broken(operand):
            return self.derived(differential.along(operand, steps, self.scope, node.span), node.span)
        differential.along(ZERO, steps, self.scope, node.span)
        return _BROKEN

    def step(self, node: Syntax) -> Syntax:
        """An argument of `d` after the first; a component such as `x[-1]` becomes a name."""
        if isinstance(node, syntax.Item) and isinstance(node.operand, syntax.Name):
            component = self.value(node) if node.operand.name in self.scope.vectors else None
            if isinstance(component, Coordinate):
                return syntax.Name(node.span, component.name)
        return node

    def derived(self, result: Expression, span: Span) -> Expression:
        """Charge a derivative's size, and warn of kinks that it differentiates twice."""
        if not isinstance(result, Derivative) or not isinstance(result.operand, Unknown):
            self.growth.charged(result, span)
        for function in sorted(algebra.kinks(result)):
            message = f"'{function}' has kinks: its derivatives above order 1 are taken branch by branch"
            self.warnings.append(Mistake(message, span, severity="warning"))
        for known in sorted(algebra.vanishing(result), key=lambda known: known.name):
            message = f"{known.name} is a spline of degree {known.degree}, and its higher derivatives are zero"
            self.warnings.append(Mistake(message, span, "know it by a run in place of a file", severity="warning"))
        return result

    def at(self, node: syntax.Call) -> Expression:
        operand = self.value(node.arguments[0])
        if not node.keywords:
            raise mistake("'at' needs a place", node.span, "write at(u, x=0)")
        places: dict[int, Expression] = {}
        whole = not _broken(operand)
        for keyword in node.keywords:
            value = self.value(keyword.value)
            index = None if keyword.index is None else self.integer(keyword.index, "an index")
            try:
                places |= replaced(keyword, index, ZERO if _broken(value) else value, self.scope)
                whole = whole and not _broken(value)
            except ExpressionError as error:
                self.mistakes.extend(error.mistakes)
                whole = False
        if not whole:
            return _BROKEN

        def there(part: Expression) -> Expression:
            return algebra.at(placeable(part, places, self.scope, node.span), places, node.span)

        return self.growth.charged(rowwise(there, operand, span=node.span), node.span)

    def functional(self, node: syntax.Call, reduction: Reduction) -> Expression:
        """A number of the whole problem; only its operand may speak of a normal."""
        if not self.scope.has_functionals:
            what, hint = "'integral'", "it stands in equations, under 'minimise' and under 'report'"
            if reduction != "integral":
                what, hint = f"'{reduction}' of one expression", f"write {FUNCTIONS[reduction].usage}"
            self.mistakes.append(Mistake(f"{what} cannot stand here", node.name_span, hint))
        over = next((k.value.span for k in node.keywords), None)
        region = "interior" if over is None else self.text[slice(*over)]
        outside = self.scope
        self.scope = replace(outside, has_normal=region != "interior", has_functionals=False)
        try:
            operand = self.value(node.arguments[0])
        finally:
            self.scope = outside
        if _broken(operand):
            return _BROKEN
        what = "an integrand" if reduction == "integral" else f"what '{reduction}' is taken of"
        return Functional(reduction, need_scalar(operand, what), region, span=node.span)

    def identity(self, node: syntax.Call) -> Expression:
        return identity(self.integer(node.arguments[0], "the number of rows"), node.span)

    # --- conditions

    def where(self, node: syntax.Call) -> Expression:
        condition = self.condition(node.arguments[0])
        yes, no = self.value(node.arguments[1]), self.value(node.arguments[2])
        if _broken(condition, yes, no):
            return _BROKEN
        fitting((yes, no), node.span)
        return rowwise(lambda a, b: algebra.where(condition, a, b, node.span), yes, no, span=node.span)

    def condition(self, node: Syntax) -> Expression:
        """The checked tree of a comparison or of what `and`, `or`, `not` make of some."""
        if isinstance(node, syntax.Logic):
            parts = tuple(self.condition(part) for part in node.operands)
            return _BROKEN if _broken(*parts) else Logic(node.operator, parts, span=node.span)
        if isinstance(node, syntax.Comparison):
            left, right = self.value(node.left), self.value(node.right)
            if _broken(left, right):
                return _BROKEN
            for side in (left, right):
                need_scalar(side, "a side of a comparison")
            return Compare(node.operator, left, right, span=node.span)
        self.value(node)
        raise mistake("a condition is needed here, such as x < 0.5", node.span)


def _broken(*parts: Expression) -> bool:
    return any(part is _BROKEN for part in parts)
