"""Weights that a run finds itself: each term is multiplied so that all have the same share in the trace of JJᵀ.

J is the Jacobian of the residuals, with the weights that the config says inside. The trace of JJᵀ over the rows of a
term is the sum of the eigenvalues of its neural tangent kernel, the mean rate at which gradient descent lowers it
(Wang, Yu & Perdikaris 2022, algorithm 1). The sum over all terms stays what it is, so that dampings and inverse
Hessians keep their scale.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import SupportsFloat

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from pinn import batches
from pinn.batches import Arguments, Batch
from pinn.objectives import Objective, Residuals
from pinn.problems import Group
from pinn.training.events import Weighed


@dataclass
class Balance:
    """The factors of the terms' weights at every step of the whole run; only the present ones are kept."""

    every: int
    """Steps between two weighings."""
    present: Weighed | None = None
    """Those of a resumed run are given."""
    _plain: Arguments | None = None
    _balanced: Arguments | None = None

    def at(self, step: int, objective: Objective, theta: Float[Array, " n"] | None, plain: Arguments) -> Arguments:
        """`plain` with the factors of a step; they are found by `theta` where a step is the first that has them."""
        number = step // self.every
        if self.present is None or self.present.number != number:
            assert theta is not None, "given wherever weights may change"
            before = {} if self.present is None else self.present.factors
            self.present = Weighed(number, factors(traces(objective, theta, plain), before))
            self._balanced = None
        if self._balanced is None or plain is not self._plain:
            self._plain, self._balanced = plain, scaled(objective, plain, self.present.factors)
        return self._balanced

    def last(self, step: int) -> int:
        """The last step that has the factors of `step`."""
        return self.every * (step // self.every + 1) - 1


def factors(found: Mapping[str, SupportsFloat], before: Mapping[str, float]) -> dict[str, float]:
    """What the weight of each term is multiplied by, from the traces; those `before`, or 1, where they break."""
    traces = {name: float(trace) for name, trace in found.items()}
    if not all(0 < trace < math.inf for trace in traces.values()):
        return {name: before.get(name, 1.0) for name in traces}
    mean = sum(traces.values()) / len(traces)
    return {name: mean / trace for name, trace in traces.items()}


@eqx.filter_jit
def traces(objective: Objective, theta: Float[Array, " n"], args: Arguments) -> dict[str, Float[Array, ""]]:
    """The trace of JJᵀ over the rows of each term, by name; rows are kept for one block of points at a time."""
    model, rows = objective.unravel(theta), Residuals(objective).point_rows
    numbers = objective.integrals([model], args)
    through = numbers and jax.jacrev(lambda m: objective.integrals([m], args))(model)

    def at_block(group: Group, block: Batch) -> dict[str, Array]:
        def squares(at: Batch) -> Array:
            both = jax.jacrev(lambda m, read: rows(group, [m], read, args.constants, at)[0], argnums=(0, 1))
            slopes, by_number = both(model, {name: numbers[name] for name in group.reads})
            for name in group.reads:
                slopes = jax.tree.map(lambda s, t, b=by_number[name]: s + jnp.tensordot(b, t, 1), slopes, through[name])
            parts = [jnp.sum(jnp.square(s.reshape(len(s), -1)), axis=1) for s in jax.tree.leaves(slopes)]
            return jnp.sum(jnp.stack(parts), axis=0)

        found = jnp.sum(jax.vmap(squares)(block), axis=0)
        cuts = [sum(c.width for c in group.contributions[:i]) for i in range(1, len(group.contributions))]
        parts = jnp.split(found, cuts)
        return {c.name: jnp.sum(part) for c, part in zip(group.contributions, parts, strict=True)}

    found: dict[str, Array] = {}
    for group, batch, _ in objective.each(args):
        found |= batches.totals(lambda block, g=group: at_block(g, block), batch)
    return found


def scaled(objective: Objective, plain: Arguments, factors: Mapping[str, float]) -> Arguments:
    """The points with their shares multiplied by the factor of each term."""

    def multiplied(group: Group, batch: Batch) -> Batch:
        if group.integrates:
            return batch
        pairs = zip(group.contributions, batch.shares, strict=True)
        return batch._replace(shares=tuple(share * factors[c.name] for c, share in pairs))

    groups = zip(objective.problem.groups, plain.batches, strict=True)
    return plain._replace(batches=tuple(multiplied(group, batch) for group, batch in groups))
