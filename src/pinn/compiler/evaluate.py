"""The values of checked expressions at one point, by jets; batches are made by `vmap` at the edge."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Protocol, assert_never

import jax.numpy as jnp
from jaxtyping import Array, Bool

from pinn import jets
from pinn.compiler.plan import HERE, VALUE, Demand, Place, Substitution, held, without
from pinn.compiler.site import Embedded, Given, Site
from pinn.expressions import tree
from pinn.expressions.tree import Expression
from pinn.jets import Jet, Space

SAFE = 0.5
"""What leaves become on the side of a `where` that is not taken, so that nothing singular is differentiated there."""


class Fields(Protocol):
    """What the leaves of an expression stand for, along a curve of Taylor order `order` in the trained parameters."""

    @property
    def order(self) -> int: ...

    @property
    def ansatz(self) -> Mapping[str, Expression]: ...

    def raw(self, point: Jet, embedded: Sequence[Embedded] = ()) -> Mapping[str, Jet]:
        """The network's outputs at a point whose coordinates, a vector, vary like this jet.

        What networks read there may be known.
        """
        ...

    def parameter(self, name: str) -> Sequence[Array]:
        """Taylor coefficients of a parameter's value along the curve."""
        ...

    def known(self, name: str, arguments: Sequence[Jet]) -> Jet:
        """A function that is given, of coordinates and coordinate vectors."""
        ...


Leaves = tuple[Mapping[str, Jet], ...]
"""The network's outputs at each place of a demand, in its order."""


def evaluate(
    expressions: Sequence[Expression],
    demand: Demand,
    fields: Fields,
    site: Site,
    known: Leaves | None = None,
    space: Space = VALUE,
) -> list[Jet]:
    """The values of all expressions at a point, each as a jet on a space, by default that of plain values.

    `known` stand in place of the network's outputs.
    """
    networks = {} if known is None else {place: found for (place, _), found in zip(demand.spaces, known, strict=True)}
    evaluator = _Evaluator(demand, fields, site, networks=networks)
    return [evaluator.jet(expression, space, _Scene(HERE)) for expression in expressions]


def leaves(demand: Demand, fields: Fields, site: Site) -> Leaves:
    """All that expressions with this demand read of the network at a point."""
    evaluator = _Evaluator(demand, fields, site)
    return tuple(dict(evaluator.network(place)) for place, _ in demand.spaces)


def given(demand: Demand, fields: Fields, site: Site, embed: Callable[[Jet], tuple[Embedded, ...]]) -> Given:
    """All that expressions with this demand read at a point in which nothing trained has a part, and what networks do.

    `embed` gives the latter where coordinates, a vector, vary like a jet.
    """
    evaluator = _Evaluator(demand, fields, site)
    found = tuple(evaluator.jet(part.expression, part.space, _Scene(part.place)) for part in demand.given)
    everywhere = (place if place in demand.unmoved else None for place, _ in demand.spaces)
    return Given(found, tuple(() if place is None else embed(evaluator.point(place)) for place in everywhere))


@dataclass(frozen=True)
class _Scene:
    """Where an expression is evaluated: inside which `at(…)`, on which side of which `where(…)`."""

    place: Place
    masks: tuple[tuple[int, bool], ...] = ()
    """Pairs (number of the condition, side)."""


@dataclass(frozen=True)
class _Evaluator:
    demand: Demand
    fields: Fields
    site: Site
    known: dict[tuple[object, ...], Jet] = field(default_factory=dict)
    networks: dict[Place, Mapping[str, Jet]] = field(default_factory=dict)
    points: dict[Place, list[Array]] = field(default_factory=dict)
    conditions: list[Bool[Array, ""]] = field(default_factory=list)

    def jet(self, node: Expression, space: Space, scene: _Scene) -> Jet:
        """The coefficients of `space` of an expression; each is worked out once."""
        key = (id(node), space, scene)
        if key not in self.known:
            self.known[key] = self._compute(node, space, scene)
        return self.known[key]

    def _compute(self, node: Expression, space: Space, scene: _Scene) -> Jet:
        number = self.demand.numbers.get((id(node), scene.place))
        if self.site.given is not None and number is not None:
            return self._masked(self._still(self.site.given.expressions[number]).restrict(space), scene)
        match node:
            case tree.Constant(value=value):
                return jets.constant(space, self.fields.order, self._number(value))
            case tree.Coordinate(index=index):
                return self._masked(self._coordinates(space, scene.place, range(index, index + 1))[0], scene)
            case tree.Coordinates(indices=indices):
                return self._masked(self._coordinates(space, scene.place, indices), scene)
            case tree.Parameter(name=name):
                return self._masked(jets.from_series(space, self.fields.parameter(name)), scene)
            case tree.Normal():
                assert self.site.normal is not None
                return jets.constant(space, self.fields.order, self.site.normal)
            case tree.Known(name=name, arguments=arguments):
                return self.fields.known(name, [self.jet(part, space, scene) for part in arguments])
            case tree.Raw(name=name):
                return self._masked(self.network(scene.place)[name].restrict(space), scene)
            case tree.Initial():
                return self._masked(self._initial(node, space, scene.place), scene)
            case tree.Unknown(name=name):
                return self.jet(self.fields.ansatz[name], space, scene)
            case tree.Derivative(operand=operand, operator=operator):
                inner = self.jet(operand, space.shifted(operator), scene)
                return inner.derivative(operator, space)
            case tree.Gradient(operand=operand, indices=indices):
                inner = self.jet(operand, jets.before_gradient(space, indices), scene)
                return jets.gradient(inner, indices, space)
            case tree.At():
                return self._at(node, space, scene)
            case tree.Where(condition=condition, yes=yes, no=no):
                return self._where(condition, yes, no, space, scene)
            case tree.Freeze(operand=operand):
                return self.jet(operand, space, scene).freeze()
            case _:
                return self._arithmetic(node, space, scene)

    def _arithmetic(self, node: Expression, space: Space, scene: _Scene) -> Jet:
        parts = [self.jet(child, space, scene) for child in tree.children(node)]
        match node:
            case tree.Add():
                return parts[0] + parts[1]
            case tree.Multiply(left=left, right=right):
                return parts[0].square() if left == right else parts[0] * parts[1]
            case tree.Divide():
                return parts[0] / parts[1]
            case tree.Power(exponent=tree.Constant(value=value)):
                return jets.power(parts[0], value)
            case tree.Power():
                return jets.power(parts[0], parts[1])
            case tree.Call(function="min"):
                return reduce(jets.minimum, parts)
            case tree.Call(function="max"):
                return reduce(jets.maximum, parts)
            case tree.Call(function="besselj" | "besseli" as name, arguments=(tree.Constant(value=order), _)):
                return jets.bessel(name, int(order))(parts[1])
            case tree.Call(function=name):
                return jets.FUNCTIONS[name](parts[0])
            case tree.Stack():
                return jets.stack(parts)
            case tree.Index(index=index):
                return parts[0][slice(*index) if isinstance(index, tuple) else index]
            case tree.Sum():
                return parts[0].sum_last()
            case _:
                raise AssertionError(f"{type(node).__name__} has no value")

    def _number(self, value: float) -> Array:
        return jnp.asarray(value, self.site.point.dtype)

    def _coordinates(self, space: Space, place: Place, indices: range) -> Jet:
        """A run of coordinates as one vector; replaced ones vary like coordinates of their own, at other values."""
        value, *rest = (part[indices.start : indices.stop] for part in self._point(place))
        here = jets.coordinates(space, self.fields.order, value, indices, self.site.drawn)
        return here if place == HERE else here + jets.from_series(space, [jnp.zeros_like(value), *rest])

    def _point(self, place: Place) -> list[Array]:
        """The point by its Taylor coefficients along the curve: a fitted parameter may replace a coordinate."""
        if place not in self.points:
            self.points[place] = self._moved(place)
        return self.points[place]

    def _moved(self, place: Place) -> list[Array]:
        if place == HERE:
            return [self.site.point, *[jnp.zeros_like(self.site.point)] * self.fields.order]
        moved = self._point(place[:-1])
        for index, value in place[-1]:
            series = self.jet(value, VALUE, _Scene(place[:-1])).series()
            moved = [part.at[index].set(new) for part, new in zip(moved, series, strict=True)]
        return moved

    def network(self, place: Place) -> Mapping[str, Jet]:
        """Every output of the network at a place, evaluated once on all that is needed there."""
        if place not in self.networks:
            self.networks[place] = self.fields.raw(self.point(place), self._embedded(place))
        return self.networks[place]

    def point(self, place: Place) -> Jet:
        """All coordinates of a place, on all that is needed there."""
        return self._coordinates(self.demand.space(place), place, range(self.site.point.size))

    def _embedded(self, place: Place) -> list[Embedded]:
        """What is known of what networks read at a place."""
        if self.site.given is None:
            return []
        number = [each for each, _ in self.demand.spaces].index(place)
        return [Embedded(e.embedding, self._still(e.jet)) for e in self.site.given.embedded[number]]

    def _at(self, node: tree.At, space: Space, scene: _Scene) -> Jet:
        target = held(space, node.places)
        inner = self.jet(node.operand, target, _Scene((*scene.place, node.places), scene.masks))
        return _holding(inner, node.places, space)

    def _initial(self, node: tree.Initial, space: Space, place: Place) -> Jet:
        """A function of which only numbers are known: those of its derivatives at the point."""
        numbers = [place for place, _ in self.demand.initial].index(place)
        known, row = self.demand.initial[numbers][1], self.site.initial[numbers][node.row]
        flat = []
        for block in known.blocks:
            part = row[block.start] if len(block) == 1 else row[block.start : block.stop]
            flat += [part, *[None] * self.fields.order]
        return _holding(jets.jet(known, self.fields.order, flat), ((node.time, tree.ZERO),), space)

    def _still(self, found: Jet) -> Jet:
        """A function that nothing trained has a part in, along the curve."""
        rows = [(c, *[None] * self.fields.order) for c in found.flat]
        return jets.jet(found.space, self.fields.order, [c for row in rows for c in row])

    def _where(self, condition: Expression, yes: Expression, no: Expression, space: Space, scene: _Scene) -> Jet:
        chosen = self._truth(condition, scene)
        self.conditions.append(chosen)
        number = len(self.conditions) - 1
        sides = [
            self.jet(branch, space, _Scene(scene.place, (*scene.masks, (number, side))))
            for branch, side in ((yes, True), (no, False))
        ]
        return jets.where(chosen, *sides)

    def _masked(self, leaf: Jet, scene: _Scene) -> Jet:
        for number, side in scene.masks:
            safe = jets.constant(leaf.space, leaf.order, self._number(SAFE))
            taken = self.conditions[number]
            leaf = jets.where(taken if side else ~taken, leaf, safe)
        return leaf

    def _truth(self, node: Expression, scene: _Scene) -> Bool[Array, ""]:
        match node:
            case tree.Compare(operator=operator, left=left, right=right):
                a, b = (self.jet(side, VALUE, scene).value for side in (left, right))
                return COMPARISONS[operator](a, b)
            case tree.Logic(operator=operator, arguments=arguments):
                truths = [self._truth(argument, scene) for argument in arguments]
                match operator:
                    case "and":
                        return reduce(jnp.logical_and, truths)
                    case "or":
                        return reduce(jnp.logical_or, truths)
                    case "not":
                        return ~truths[0]
                    case _:
                        assert_never(operator)
            case _:
                return self.jet(node, VALUE, scene).value != 0


def _holding(inner: Jet, places: Substitution, space: Space) -> Jet:
    """A function of the other coordinates, known on what `held` gives, on a space of operators of all of them."""
    flat = []
    for block in space.blocks:
        operators = [without(space.basis[p], places) for p in block]
        parts = [inner.series(operator) if operator.terms else None for operator in operators]
        if len(block) == 1 or not any(parts):
            flat += parts[0] or [None] * (inner.order + 1)
        else:
            zeros = (jnp.zeros_like(inner.value),) * (inner.order + 1)
            flat += [jnp.stack(powers) for powers in zip(*(part or zeros for part in parts), strict=True)]
    return jets.jet(space, inner.order, flat)


COMPARISONS = {
    "<": jnp.less,
    "<=": jnp.less_equal,
    ">": jnp.greater,
    ">=": jnp.greater_equal,
    "==": jnp.equal,
    "!=": jnp.not_equal,
}
