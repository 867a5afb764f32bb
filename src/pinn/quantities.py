"""The numbers that a run is asked for under `report`: integrals on points of their own, and what is made of them."""

from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
from jaxtyping import Array

from pinn import batches, fields
from pinn.batches import Arguments
from pinn.compiler import Site, evaluate, plan
from pinn.config import Config
from pinn.fields import Earlier, FieldsOf, Model
from pinn.objectives import Objective
from pinn.problems import Problem, integrals


@dataclass
class Quantities:
    """The quantities of a config, for any model; compiled and given points where they are first asked for."""

    config: Config
    _args: Arguments | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        used = {f.name: f for quantity in self.config.report for f in quantity.functionals}
        self._problem = Problem(self.config, integrals(self.config, used.values()))
        self._objective = Objective.of(self._problem)
        self._compiled = jax.jit(self._values)

    def of(self, model: Model, earlier: Earlier | None = None) -> dict[str, float]:
        """Each quantity by name; `earlier` are the networks of earlier stages."""
        if not self.config.report:
            return {}
        if self._args is None:
            self._args = batches.arguments(self._problem, self._problem.points("report"))
        args = self._args._replace(constants=fields.constants(self.config, earlier))
        values = self._compiled(model, args)
        return {quantity.name: float(value) for quantity, value in zip(self.config.report, values, strict=True)}

    def _values(self, model: Model, args: Arguments) -> list[Array]:
        expressions = [quantity.expression for quantity in self.config.report]
        numbers = self._objective.integrals([model], args)
        known = FieldsOf.of(self.config, [model], args.constants, numbers)
        middle = jnp.asarray([middle for middle, _ in self.config.domain.scales], self.config.document.precision)
        demand = plan(expressions, self.config.ansatz)
        return [jet.value for jet in evaluate(expressions, demand, known, Site(middle))]
