"""Questions about a checked tree: what it depends on, which derivatives it needs, how large it is."""

from collections.abc import Mapping
from types import MappingProxyType

from pinn.expressions.functions import FUNCTIONS
from pinn.expressions.operators import Operator
from pinn.expressions.tree import (
    At,
    Call,
    Coordinate,
    Coordinates,
    Derivative,
    Expression,
    Functional,
    Gradient,
    Initial,
    Known,
    Normal,
    Parameter,
    Raw,
    Unknown,
    Where,
    children,
    walk,
)


def depends_on_unknown(expression: Expression) -> bool:
    """Whether an unknown or the network's raw output occurs in it."""
    return any(isinstance(node, Unknown | Raw | Initial) for node in walk(expression))


def is_uniform(expression: Expression) -> bool:
    """Whether it has neither unknowns nor coordinates outside integrals, so that every derivative of it is zero.

    So has `n`.
    """
    match expression:
        case Functional():
            return True
        case Unknown() | Raw() | Initial() | Coordinate() | Coordinates():
            return False
        case _:
            return all(map(is_uniform, children(expression)))


def varies_with(
    expression: Expression, dimension: int, inputs: Mapping[str, frozenset[int]] = MappingProxyType({})
) -> frozenset[int]:
    """Indices of the coordinates that its value may change with, of `dimension` in all; empty where it is one number.

    A normal changes with all of them, and so does an unknown that has no `inputs`, the coordinates it is a function of.
    """
    match expression:
        case Functional():
            return frozenset()
        case Coordinate(index=index):
            return frozenset({index})
        case Coordinates():
            return frozenset(expression.indices)
        case Unknown(name=name) | Raw(name=name) | Initial(name=name):
            return inputs.get(name, frozenset(range(dimension)))
        case Normal():
            return frozenset(range(dimension))
        case At(operand=operand, places=places):
            open_ = varies_with(operand, dimension, inputs) - {index for index, _ in places}
            return open_.union(*(varies_with(value, dimension, inputs) for _, value in places))
        case _:
            return frozenset().union(*(varies_with(child, dimension, inputs) for child in children(expression)))


def coordinates_used(expression: Expression) -> frozenset[int]:
    """Indices of the coordinates that are written in it; those of unknowns and integrals do not count."""
    match expression:
        case Functional():
            return frozenset()
        case Coordinate(index=index):
            return frozenset({index})
        case Coordinates():
            return frozenset(expression.indices)
        case At(operand=operand, places=places):
            inside = coordinates_used(operand) - {index for index, _ in places}
            return inside.union(*(coordinates_used(value) for _, value in places))
        case _:
            return frozenset().union(*(coordinates_used(child) for child in children(expression)))


def names_used(expression: Expression) -> frozenset[str]:
    """Names of the unknowns, coordinates and parameters in it."""
    nodes = walk(expression)
    return frozenset(n.name for n in nodes if isinstance(n, Unknown | Raw | Coordinate | Coordinates | Parameter))


def demands(expression: Expression) -> dict[str, set[Operator]]:
    """The operators under which each unknown occurs, at the point itself and at other places.

    For a derivative of a composite expression this is the operator as if it met the unknown alone; a space that
    is closed under ∂/∂ξ and holds it has all that the product and chain rules need.
    """
    found: dict[str, set[Operator]] = {}
    _demand(expression, Operator.identity(), found)
    return found


def max_order(expression: Expression) -> int:
    """The highest number of differentiations that an unknown or any other function in it undergoes."""
    below = max((max_order(child) for child in children(expression)), default=0)
    return below + _differentiations(expression)


def is_smooth(expression: Expression) -> bool:
    """Whether nothing in it is chosen or put together of branches, which may jump or have kinks."""
    rough = (
        isinstance(n, Where) or (isinstance(n, Call) and not FUNCTIONS[n.function].smooth) for n in walk(expression)
    )
    return not any(rough)


def kinks(expression: Expression, order: int = 0) -> set[str]:
    """Branch-wise functions in it that are differentiated twice or more, it itself being so `order` times."""
    found: set[str] = set()
    if order >= 2:
        if isinstance(expression, Call) and not FUNCTIONS[expression.function].smooth:
            found.add(expression.function)
        elif isinstance(expression, Where):
            found.add("where")
    inner = order + _differentiations(expression)
    return found.union(*(kinks(child, inner) for child in children(expression)))


def vanishing(expression: Expression, order: int = 0) -> set[Known]:
    """Known functions in it of which a derivative is taken that vanishes, it itself being differentiated so often."""
    found: set[Known] = set()
    if isinstance(expression, Known) and expression.degree is not None and order > expression.degree:
        found.add(expression)
    inner = order + _differentiations(expression)
    return found.union(*(vanishing(child, inner) for child in children(expression)))


def measure(expression: Expression, limit: int) -> tuple[int, int]:
    """Number of nodes and depth; gives up above `limit` nodes.

    A derivative counts its monomials, a gradient its components.
    """
    size = deepest = 0
    pending = [(expression, 1)]
    while pending and size <= limit:
        node, depth = pending.pop()
        match node:
            case Derivative(operator=operator):
                size += len(operator.terms)
            case Gradient(indices=indices):
                size += len(indices)
            case _:
                size += 1
        deepest = max(deepest, depth)
        pending.extend((child, depth + 1) for child in children(node))
    return size, deepest


def _differentiations(node: Expression) -> int:
    """The order of differentiation that the node itself stands for."""
    match node:
        case Derivative(operator=operator):
            return operator.order
        case Gradient():
            return 1
        case _:
            return 0


def _demand(node: Expression, operator: Operator, found: dict[str, set[Operator]]) -> None:
    if isinstance(node, Unknown):
        found.setdefault(node.name, set()).add(operator)
    if isinstance(node, Gradient):
        for index in node.indices:
            _demand(node.operand, operator.compose(Operator.partial(index)), found)
        return
    if isinstance(node, Derivative):
        operator = operator.compose(node.operator)
    for child in children(node):
        _demand(child, operator, found)
