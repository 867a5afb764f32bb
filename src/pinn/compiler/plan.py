"""What has to be known of the network: one closed operator space for each place at which it is evaluated.

The walk below mirrors `evaluate` step for step, with spaces in place of numbers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pinn.expressions import tree
from pinn.expressions.operators import Operator
from pinn.expressions.tree import Expression
from pinn.jets import Space, before_gradient

Substitution = tuple[tuple[int, Expression], ...]
Place = tuple[Substitution, ...]
"""The substitutions of `at(…)` around an expression, outermost first; `()` is the point itself."""

HERE: Place = ()
VALUE = Space.closure([Operator.identity()])
"""The space of plain values."""


@dataclass(frozen=True)
class Demand:
    """For each place the space on which the network's outputs are needed."""

    spaces: tuple[tuple[Place, Space], ...]
    initial: tuple[tuple[Place, Space], ...] = ()
    """The same for the unknowns at the beginning of a slab of time."""

    def space(self, place: Place) -> Space:
        return dict(self.spaces)[place]

    @property
    def coefficients(self) -> int:
        """Number of jet coefficients of a point, over all places."""
        return sum(len(space) for _, space in self.spaces)


def plan(expressions: Iterable[Expression], ansatz: Mapping[str, Expression], space: Space = VALUE) -> Demand:
    """The demand of the values of all `expressions` together, or of their coefficients on a space."""
    needed: dict[Place, dict[Space, None]] = {}
    initial: dict[Place, dict[Space, None]] = {}
    seen: set[tuple[int, Space, Place]] = set()

    def visit(node: Expression, space: Space, place: Place) -> None:
        key = (id(node), space, place)
        if key in seen:
            return
        seen.add(key)
        match node:
            case tree.Raw():
                needed.setdefault(place, {})[space] = None
            case tree.Initial(time=time):
                initial.setdefault(place, {})[held(space, ((time, tree.ZERO),))] = None
            case tree.Unknown(name=name):
                visit(ansatz[name], space, place)
            case tree.Derivative(operand=operand, operator=operator):
                visit(operand, space.shifted(operator), place)
            case tree.Gradient(operand=operand, indices=indices):
                visit(operand, before_gradient(space, indices), place)
            case tree.At(operand=operand, places=places):
                for _, value in places:
                    visit(value, VALUE, place)
                visit(operand, held(space, places), (*place, places))
            case tree.Compare() | tree.Logic():
                for child in tree.children(node):
                    visit(child, VALUE, place)
            case _:
                for child in tree.children(node):
                    visit(child, space, place)

    kept = list(expressions)
    for expression in kept:
        visit(expression, space, HERE)
    found = (tuple((place, _union(spaces)) for place, spaces in part.items()) for part in (needed, initial))
    return Demand(*found)


def without(operator: Operator, places: Substitution) -> Operator:
    """The operator on functions in which the replaced coordinates are constant."""
    return operator.holding({index for index, _ in places})


def held(space: Space, places: Substitution) -> Space:
    """The space that the operand of `at` must be known on."""
    return Space.closure([without(operator, places) for operator in space.basis])


def _union(spaces: Iterable[Space]) -> Space:
    return Space.closure([operator for space in spaces for operator in space.basis])
