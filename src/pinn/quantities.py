"""The numbers that a run is asked for under `report`: integrals on points of their own, and what is made of them."""

from dataclasses import dataclass, field, replace
from typing import Self

import jax
import jax.numpy as jnp
from jaxtyping import Array

from pinn import batches, fields
from pinn.batches import Arguments
from pinn.compiler import Site, evaluate, plan
from pinn.config import Config
from pinn.fields import Constants, Earlier, FieldsOf, Model, Numbers
from pinn.objectives import Objective
from pinn.problems import Problem, integrals
from pinn.slabs import Past


@dataclass
class Quantities:
    """The quantities of a config, for any model; compiled and given points where they are first asked for."""

    config: Config
    past: Past | None = None
    """What came before the models that are asked about, where they are those of slabs of time."""
    _args: Arguments | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        used = {f.name: f for quantity in self.config.report for f in quantity.functionals}
        self._problem = Problem(self.config, integrals(self.config, used.values()))
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
        """Each quantity by name; `earlier` are the networks of earlier stages.

        Nothing as long as there are slabs of time after that of the model.
        """
        if not self.config.report:
            return {}
        constants = fields.constants(self.config, earlier)
        if self.past is None:
            if self._args is None:
                self._args = batches.arguments(self._problem, self._problem.points("report"))
            values = self._compiled(model, self._args._replace(constants=constants))
        elif len(self.past.models) + 1 < len(self.past.slabs):
            return {}
        else:
            values = self._made(model, constants, self._stitched(self.past, model))
        return {quantity.name: float(value) for quantity, value in zip(self.config.report, values, strict=True)}

    def _values(self, model: Model, args: Arguments) -> list[Array]:
        return self._made(model, args.constants, self._objective.integrals([model], args))

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
