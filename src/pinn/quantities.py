"""The numbers that a run is asked for under `report`: integrals, extremes, and what is made of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from pinn import batches, fields, sampling
from pinn.batches import Arguments
from pinn.compiler import Site, evaluate, plan
from pinn.config import Config, Functional
from pinn.expressions import Expression, Parameter
from pinn.fields import Constants, Earlier, FieldsOf, Model, Numbers
from pinn.objectives import Objective
from pinn.problems import Problem, integrals
from pinn.reader import Reader
from pinn.sampling import Extreme
from pinn.slabs import Past


@dataclass(frozen=True)
class Number:
    """The value of a quantity; of a largest or least one also the place."""

    value: float
    place: Mapping[str, float] = field(default_factory=dict)
    """By coordinate."""


@dataclass
class Quantities:
    """The quantities of a config, for any model; compiled and given points where they are first asked for."""

    config: Config
    past: Past | None = None
    """What came before the models that are asked about, where they are those of slabs of time."""
    _args: Arguments | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        used = {f.name: f for quantity in self.config.report for f in quantity.functionals}.values()
        extremes = [f for f in used if f.reduction != "integral"]
        self._extremes = [(f, Reader(self.config, [f.integrand], sampling.BATCH)) for f in extremes]
        self._problem = Problem(self.config, integrals(self.config, [f for f in used if f not in extremes]))
        self._objective = Objective.of(self._problem)
        self._compiled = jax.jit(self._values)

    @classmethod
    def of_problem(cls, problem: Problem) -> "Quantities":
        """Those of a problem, or of all time where it is that of a slab."""
        return cls(problem.config) if problem.past is None else cls(problem.past.slabs.whole, problem.past)

    def after(self, past: Past | None) -> Self:
        """The same where something else came before."""
        return self if past is None else replace(self, past=past)

    def of(self, model: Model, earlier: Earlier | None = None) -> dict[str, float]:
        """The value of each quantity by name, see `numbers`."""
        return {name: number.value for name, number in self.numbers(model, earlier).items()}

    def numbers(self, model: Model, earlier: Earlier | None = None) -> dict[str, Number]:
        """Each quantity by name; `earlier` are the networks of earlier stages.

        Nothing as long as there are slabs of time after that of the model. Raises `RequestError` if the region of an
        extreme has no point.
        """
        if not self.config.report or (self.past is not None and len(self.past.models) + 1 < len(self.past.slabs)):
            return {}
        constants = fields.constants(self.config, earlier)
        extremes = {f.name: self._extreme(f, reader, model, constants) for f, reader in self._extremes}
        known = {name: jnp.asarray([e.value], self.config.document.precision) for name, e in extremes.items()}
        if self.past is None:
            if self._args is None:
                self._args = batches.arguments(self._problem, self._problem.points("report"))
            values = self._compiled(model, self._args._replace(constants=constants), known)
        else:
            values = self._made(model, constants, {**self._stitched(self.past, model), **known})
        return {
            q.name: Number(float(value), self._place(extremes.get(_name(q.expression))))
            for q, value in zip(self.config.report, values, strict=True)
        }

    def _extreme(self, functional: Functional, reader: Reader, model: Model, constants: Constants) -> Extreme:
        """Where what is asked is largest or least, and how large it is."""
        sign = 1.0 if functional.reduction == "max" else -1.0

        def values(points: np.ndarray, normals: np.ndarray | None) -> np.ndarray:
            if self.past is None:
                (found,) = reader.values(model, constants, points, normals)
            else:
                models = (*self.past.models, model)
                (found,) = self.past.slabs.everywhere(models, [functional.integrand], points, normals)
            return sign * found

        seed = [self.config.document.seed, functional.name]
        best = sampling.largest(self.config.domain, functional.region, values, seed)
        return replace(best, value=sign * best.value)

    def _place(self, extreme: Extreme | None) -> dict[str, float]:
        if extreme is None:
            return {}
        return dict(zip(self.config.domain.coordinates, map(float, extreme.place), strict=True))

    def _values(self, model: Model, args: Arguments, known: Numbers) -> list[Array]:
        return self._made(model, args.constants, {**self._objective.integrals([model], args), **known})

    def _made(self, model: Model, constants: Constants, numbers: Numbers) -> list[Array]:
        """The quantities, of which the integrals are known."""
        expressions = [quantity.expression for quantity in self.config.report]
        known = FieldsOf.of(self.config, [model], constants, numbers)
        middle = jnp.asarray([middle for middle, _ in self.config.domain.scales], self.config.document.precision)
        demand = plan(expressions, self.config.ansatz)
        return [jet.value for jet in evaluate(expressions, demand, known, Site(middle))]

    def _stitched(self, past: Past, model: Model) -> Numbers:
        """The integrals over all of time, with each point in its slab."""
        numbers, models = {}, (*past.models, model)
        for group, at in zip(self._problem.groups, self._problem.points("report"), strict=True):
            integrands = [c.roots[0] for c in group.contributions]
            values = past.slabs.everywhere(models, integrands, at.points, at.normals)
            found = (jnp.asarray([at.weights @ value], self.config.document.precision) for value in values)
            numbers |= dict(zip((c.name for c in group.contributions), found, strict=True))
        return numbers


def _name(expression: Expression) -> str:
    """The name of the number that an expression is, if it is nothing more."""
    return expression.name if isinstance(expression, Parameter) else ""
