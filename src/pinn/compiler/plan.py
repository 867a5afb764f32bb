"""What has to be known of the network: one closed operator space for each place at which it is evaluated.

The walk below mirrors `evaluate` step for step, with spaces in place of numbers. On its way it meets what depends on
the points alone (sources, the data of hard conditions), which can be worked out once.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import accumulate
from math import prod

from pinn.expressions import tree
from pinn.expressions.operators import Drawn, Operator
from pinn.expressions.tree import Expression
from pinn.jets import Space, before_gradient

Substitution = tuple[tuple[int, Expression], ...]
Place = tuple[Substitution, ...]
"""The substitutions of `at(…)` around an expression, outermost first; `()` is the point itself."""

HERE: Place = ()
VALUE = Space.closure([Operator.identity()])
"""The space of plain values."""


MOST = 1024
"""Numbers at a point, of all that is given in a demand; beyond these the rest is worked out where it is read."""


@dataclass(frozen=True)
class Given:
    """An expression in which nothing trained has a part, and the space on which it is read at a place."""

    expression: Expression
    place: Place
    space: Space

    @property
    def size(self) -> int:
        """How many numbers it is at a point."""
        return len(self.space) * prod(self.expression.shape)


@dataclass(frozen=True)
class Demand:
    """For each place the space on which the network's outputs are needed."""

    spaces: tuple[tuple[Place, Space], ...]
    initial: tuple[tuple[Place, Space], ...] = ()
    """The same for the unknowns at the beginning of a slab of time."""
    given: tuple[Given, ...] = ()
    """What can be worked out once for each set of points."""
    unmoved: tuple[Place, ...] = ()
    """The places at which what networks read can be: those that nothing trained has a part in."""

    @cached_property
    def numbers(self) -> Mapping[tuple[int, Place], int]:
        """The number of each given expression, by its identity and place."""
        return {(id(given.expression), given.place): i for i, given in enumerate(self.given)}

    def space(self, place: Place) -> Space:
        return dict(self.spaces)[place]

    @property
    def coefficients(self) -> int:
        """Number of jet coefficients of a point, over all places."""
        return sum(len(space) for _, space in self.spaces)


def plan(
    expressions: Iterable[Expression],
    ansatz: Mapping[str, Expression],
    space: Space = VALUE,
    trained: Collection[str] | None = None,
) -> Demand:
    """The demand of the values of all `expressions` together, or of their coefficients on a space.

    The largest parts that nothing trained has a part in are given, if the names of all `trained` parameters are said.
    """
    needed: dict[Place, dict[Space, None]] = {}
    initial: dict[Place, dict[Space, None]] = {}
    given: dict[tuple[int, Place], tuple[Expression, dict[Space, None]]] = {}
    seen: set[tuple[int, Space, Place, bool]] = set()
    judge = None if trained is None else _Judge(trained)

    def visit_part(node: Expression, space: Space, place: Place, inside: bool = False) -> None:
        key = (id(node), space, place, inside)
        if key in seen:
            return
        seen.add(key)
        if not inside and judge is not None and judge.gives(node, space, place):
            given.setdefault((id(node), place), (node, {}))[1][space] = None
            inside = True
        visit = partial(visit_part, inside=inside)
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
        visit_part(expression, space, HERE)
    everywhere, begins = (
        tuple((place, _union(spaces)) for place, spaces in part.items()) for part in (needed, initial)
    )
    parts = [Given(node, place, _union(spaces)) for (_, place), (node, spaces) in given.items()]
    totals = accumulate(part.size for part in parts)
    known = tuple(part for part, total in zip(parts, totals, strict=True) if total <= MOST)
    unmoved = tuple(place for place, space in everywhere if judge is not None and judge.leaves(place, space))
    return Demand(everywhere, begins, known, unmoved)


class _Judge:
    """Says of expressions whether they can be worked out once, each asked once."""

    def __init__(self, trained: Collection[str]):
        self._trained = trained
        self._found: dict[int, tuple[bool, bool]] = {}

    def gives(self, node: Expression, space: Space, place: Place) -> bool:
        """Whether it is worth it: bare coordinates and numbers of the whole problem are at hand anyway."""
        if isinstance(node, LEAVES) or (isinstance(node, tree.Index) and isinstance(node.operand, LEAVES)):
            return False
        if isinstance(node, tree.Compare | tree.Logic):  # truths are no jets
            return False
        return self.leaves(place, space) and all(self._kinds(node))

    def leaves(self, place: Place, space: Space) -> bool:
        """Whether a place, and all directions of a space, are the same whatever is trained or drawn."""
        values = [value for substitution in place for _, value in substitution]
        return all(self._kinds(value)[0] for value in values) and not any(map(_is_drawn, space.basis))

    def _kinds(self, node: Expression) -> tuple[bool, bool]:
        """Whether nothing trained, and nothing drawn at every step, has a part in it; whether it varies in space."""
        if id(node) not in self._found:
            self._found[id(node)] = self._looked_at(node)
        return self._found[id(node)]

    def _looked_at(self, node: Expression) -> tuple[bool, bool]:
        match node:
            case tree.Raw() | tree.Unknown() | tree.Functional():
                return False, True
            case tree.Parameter(name=name):
                return name not in self._trained, False
            case tree.Coordinate() | tree.Coordinates() | tree.Normal() | tree.Initial():
                return True, True
            case tree.Derivative(operator=operator) if _is_drawn(operator):
                return False, True
        below = [self._kinds(child) for child in tree.children(node)]
        return all(free for free, _ in below), any(varies for _, varies in below)


LEAVES = (tree.Constant, tree.Parameter, tree.Coordinate, tree.Coordinates, tree.Normal, tree.Initial)


def _is_drawn(operator: Operator) -> bool:
    return any(isinstance(factor, Drawn) for monomial, _ in operator.terms for factor in monomial)


def without(operator: Operator, places: Substitution) -> Operator:
    """The operator on functions in which the replaced coordinates are constant."""
    return operator.holding({index for index, _ in places})


def held(space: Space, places: Substitution) -> Space:
    """The space that the operand of `at` must be known on."""
    return Space.closure([without(operator, places) for operator in space.basis])


def _union(spaces: Iterable[Space]) -> Space:
    return Space.closure([operator for space in spaces for operator in space.basis])
