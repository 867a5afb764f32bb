"""The places of `at(e, x=0, y[1]=t)`: which coordinates get which values."""

from collections.abc import Mapping

from pinn.errors import suggestion
from pinn.expressions import algebra, syntax
from pinn.expressions.calls import described, need_scalar
from pinn.expressions.differential import everywhere
from pinn.expressions.mistakes import mistake
from pinn.expressions.scope import Scope
from pinn.expressions.tree import Expression, Span


def replaced(keyword: syntax.Keyword, index: int | None, value: Expression, scope: Scope) -> dict[int, Expression]:
    """The coordinates that a keyword names, each with its value; a number stands for every component of a vector.

    `index` is the component that the keyword names. Raises `ExpressionError`.
    """
    found = scope.axes.get(keyword.name)
    if found is None:
        raise mistake(f"'{keyword.name}' is not a coordinate", keyword.span, suggestion(keyword.name, scope.axes))
    if algebra.depends_on_unknown(value):
        raise mistake("a place cannot depend on an unknown", keyword.value.span)
    if index is not None:
        if keyword.name not in scope.vectors or not -len(found) <= index < len(found):
            size = f"{len(found)} components, counted from 0" if keyword.name in scope.vectors else "no components"
            raise mistake(f"{keyword.name} has {size}", keyword.span)
        return {found[index]: need_scalar(value, "a place")}
    if not value.shape:
        return dict.fromkeys(found, value)
    if keyword.name not in scope.vectors:
        need_scalar(value, "a place")
    if value.shape[0] != len(found):
        message = f"a place of {keyword.name} must be a number or a vector of {len(found)}, not {described(value)}"
        raise mistake(message, keyword.value.span)
    return {i: algebra.component(value, k) for k, i in enumerate(found)}


def placeable(operand: Expression, places: Mapping[int, Expression], scope: Scope, span: Span) -> Expression:
    """What can be asked at another place; on a sphere that has all coordinates of space, or none."""
    if scope.surface is None or not places.keys() & set(scope.spatial):
        return operand
    missing = [scope.coordinates[i] for i in scope.spatial if i not in places]
    if missing:
        raise mistake(f"a place on a sphere needs all coordinates; {missing[0]} is missing", span)
    return everywhere(operand, scope)
