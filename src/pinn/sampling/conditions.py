"""Which points satisfy a condition on their coordinates, and which share of a piece does."""

import operator
from collections.abc import Callable, Mapping
from functools import lru_cache, reduce
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from pinn.config import Extent
from pinn.expressions import FUNCTIONS, tree
from pinn.expressions.tree import Expression

Points = Float[np.ndarray, "n dim"]

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


def holds(condition: Expression, points: Points) -> Bool[np.ndarray, " n"]:
    """Whether a condition without parameters and derivatives holds at each point; false where it is undefined."""
    with np.errstate(all="ignore"):
        return np.broadcast_to(_truth(condition, points), len(points))


def lives(extents: Mapping[str, Extent], expression: Expression, points: Points) -> Bool[np.ndarray, " n"]:
    """Whether all unknowns live at each point that an expression reads there; those inside of `at` do not count."""
    match expression:
        case tree.Unknown(name=name) if name in extents:
            return holds(extents[name].condition, points)
        case tree.Where(condition=condition, yes=yes, no=no) if _is_geometric(condition):
            sides = (lives(extents, side, points) for side in (yes, no))
            return np.where(holds(condition, points), *sides)
    below = [] if isinstance(expression, tree.At) else tree.children(expression)
    return np.logical_and.reduce([np.ones(len(points), bool), *(lives(extents, part, points) for part in below)])


def _is_geometric(condition: Expression) -> bool:
    """Whether a condition is told by coordinates alone."""
    others = tree.Unknown | tree.Known | tree.Parameter | tree.Normal | tree.Derivative | tree.Gradient | tree.At
    return not any(isinstance(node, others) for node in tree.walk(condition))


def _truth(node: Expression, points: Points) -> np.ndarray:
    match node:
        case tree.Compare(operator=sign, left=left, right=right):
            return _COMPARE[sign](_value(left, points)[:, 0], _value(right, points)[:, 0])
        case tree.Logic(operator="not", arguments=(part,)):
            return ~_truth(part, points)
        case tree.Logic(operator=word, arguments=parts):
            return reduce(np.logical_and if word == "and" else np.logical_or, [_truth(p, points) for p in parts])
        case _:
            raise AssertionError(f"{type(node).__name__} is no condition")


def _value(node: Expression, points: Points) -> Float[np.ndarray, "n components"]:
    """The values of an expression, a column for each component; a single row where they are equal at all points."""
    match node:
        case tree.Constant(value=value):
            return np.array([[value]])
        case tree.Coordinate(index=index):
            return points[:, [index]]
        case tree.Coordinates(indices=indices):
            return points[:, list(indices)]
        case tree.Where(condition=condition, yes=yes, no=no):
            chosen = np.atleast_1d(_truth(condition, points))[:, None]
            return np.where(chosen, _value(yes, points), _value(no, points))
        case tree.Index(operand=operand, index=int() as index):
            return _value(operand, points)[:, [index]]
        case tree.Index(operand=operand, index=tuple() as ends):
            return _value(operand, points)[:, slice(*ends)]
    parts = [_value(part, points) for part in tree.children(node)]
    match node:
        case tree.Add():
            return parts[0] + parts[1]
        case tree.Multiply():
            return parts[0] * parts[1]
        case tree.Divide():
            return parts[0] / parts[1]
        case tree.Power():
            return np.power(parts[0], parts[1])
        case tree.Stack():
            size = max(len(part) for part in parts)
            return np.hstack([np.broadcast_to(part, (size, 1)) for part in parts])
        case tree.Sum():
            return parts[0].sum(axis=1, keepdims=True)
        case tree.Freeze():
            return parts[0]
        case tree.Call(function=name):
            return _elementwise(name, len(parts))(*parts).astype(float)
        case _:
            raise AssertionError(f"{type(node).__name__} has no value here")


FAST = {"abs": np.abs, "sqrt": np.sqrt, "exp": np.exp, "sin": np.sin, "cos": np.cos}
"""Functions that NumPy has of its own."""


@lru_cache
def _elementwise(name: str, count: int) -> np.ufunc:
    """A function of the language, over arrays."""
    if name in FAST:
        return FAST[name]
    value = FUNCTIONS[name].value
    assert value is not None
    return np.frompyfunc(value, count, 1)
