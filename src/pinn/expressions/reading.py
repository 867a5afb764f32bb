"""Text to checked tree, or every mistake in it: what the rest of the program asks of the language."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pinn.expressions import algebra
from pinn.expressions.checker import Checker
from pinn.expressions.growth import MAX_DEPTH, MAX_SIZE
from pinn.expressions.mistakes import ExpressionError, Mistake, mistake
from pinn.expressions.notation import explained
from pinn.expressions.parser import parse
from pinn.expressions.scope import Scope
from pinn.expressions.syntax import Equals, Syntax
from pinn.expressions.tree import Equation, Expression


def check(text: str, scope: Scope, warnings: list[Mistake] | None = None) -> Expression:
    """The checked tree of a text, an `Equation` where it has an `=`; appends to `warnings`.

    Raises `ExpressionError` with every mistake in names, shapes and orders, or with the first one in grammar.
    """
    with _explained(text, scope):
        return _checked(parse(text), Checker(scope, text), Checker.whole, warnings)


def check_inequality(text: str, scope: Scope, warnings: list[Mistake] | None = None) -> Expression:
    """The checked tree of what `left <= right` or `left >= right` lacks: max(0, left - right), or the other way round.

    Raises `ExpressionError` as `check` does, and where the text is anything else than one comparison of size.
    """
    with _explained(text, scope):
        return _checked(parse(text), Checker(scope, text), Checker.lack, warnings)


def check_condition(text: str, scope: Scope) -> Expression:
    """The checked tree of a comparison, or of what `and`, `or`, `not` make of some; raises `ExpressionError`."""
    with _explained(text, scope):
        tree = parse(text)
        if isinstance(tree, Equals):
            raise mistake("a condition is needed here, such as x < 0.5", tree.span, "equality is written ==")
        return _checked(tree, Checker(scope, text), Checker.condition, None)


@contextmanager
def _explained(text: str, scope: Scope) -> Iterator[None]:
    """Mistakes in a text that come of another notation are said as such."""
    try:
        yield
    except ExpressionError as error:
        raise ExpressionError(explained(error.mistakes, text, scope)) from None


def _checked(
    tree: Syntax,
    checker: Checker,
    read: Callable[[Checker, Syntax], Expression],
    warnings: list[Mistake] | None,
) -> Expression:
    """What `read` makes of a tree; raises what it found wrong."""
    result = read(checker, tree)
    if checker.mistakes:
        raise ExpressionError(sorted(dict.fromkeys(checker.mistakes), key=lambda found: found.span))
    if checker.growth.depth > MAX_DEPTH // 4 and algebra.measure(result, MAX_SIZE)[1] > MAX_DEPTH:
        raise mistake(f"more than {MAX_DEPTH} levels deep, definitions written out", tree.span)
    if warnings is not None:
        warnings.extend(checker.warnings)
    return result


def check_equation(text: str, scope: Scope, warnings: list[Mistake] | None = None) -> Equation:
    """The checked tree of an equation; a mistake where there is no `=`."""
    result = check(text, scope, warnings)
    if not isinstance(result, Equation):
        raise mistake("an equation needs '='", result.span, "write 'lhs = 0'")
    return result


def check_value(text: str, scope: Scope, warnings: list[Mistake] | None = None) -> Expression:
    """The checked tree of a value; a mistake where there is an `=`."""
    result = check(text, scope, warnings)
    if isinstance(result, Equation):
        raise mistake("a value is needed here, not an equation", result.span, "leave out '='")
    return result
