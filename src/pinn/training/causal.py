"""Causal weights: a time counts as soon as little is left of the loss before it (Wang, Sankaran & Perdikaris 2022).

Time is cut into equal intervals. The squares in interval i are multiplied by w_i = exp(-(L_1 + … + L_(i-1))/δ), where
L_k is what interval k contributes to the loss, with the weights of the config; 1/δ is ε there. The tolerance δ is a
share of the first loss; whenever the last weight passes 0.99 it falls to a tenth, down to a hundredth of that share.
Then all of time counts fully, and stays so.
"""

from dataclasses import dataclass, field

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from pinn.batches import Arguments, Batch
from pinn.objectives import Objective
from pinn.problems import Group
from pinn.training.events import Front

INTERVALS = 32
"""Into so many time is cut."""

USUAL = 1e-3
"""The share of the first loss that may be left before a time for it to count, where none is said."""

FULL = 0.99
"""Weights above this are as good as 1."""

FALL, FALLS = 10.0, 2
"""By how much the tolerance falls at a time, and how often."""

EVERY = 5
"""Steps between two weighings."""

SMALLEST, LARGEST = 1e-150, 1e150
"""Between these the first loss is kept, so that no quotient of losses leaves the range of numbers."""


@dataclass
class Causal:
    """The weights of times at every step of the whole run; only the present ones are kept."""

    share: float
    """Of the first loss, the first tolerance."""
    present: Front | None = None
    """That of a resumed run is given."""
    _plain: Arguments | None = field(default=None, init=False)
    _counted: Arguments | None = field(default=None, init=False)

    @classmethod
    def of(cls, said: bool | float, present: Front | None = None) -> "Causal | None":
        """What `training.causal` says; nothing where it is off."""
        return None if said is False else cls(USUAL if said is True else said, present)

    def at(
        self, step: int, objective: Objective, theta: Float[Array, " n"] | None, plain: Arguments, balanced: Arguments
    ) -> Arguments:
        """`balanced` with the weights of a step; where a step first has them, `theta` and `plain` decide them."""
        number, before = step // EVERY, self.present
        if before is None or (before.weights and before.number != number):
            assert theta is not None, "given wherever weights may change"
            self.present = following(before, number, np.asarray(left(objective, theta, plain), np.float64), self.share)
            self._counted = None
        assert self.present is not None
        if not self.present.weights:
            return balanced
        if self._counted is None or balanced is not self._plain:
            weights = jnp.asarray(self.present.weights, balanced.batches[0].points.dtype)
            self._plain, self._counted = balanced, counted(objective, balanced, weights)
        return self._counted

    @property
    def lowest(self) -> float | None:
        """The weight of the last times; None before any was found."""
        if self.present is None:
            return None
        return self.present.weights[-1] if self.present.weights else 1.0

    def last(self, step: int) -> float:
        """The last step that has the weights of `step`."""
        done = self.present is not None and not self.present.weights
        return np.inf if done else EVERY * (step // EVERY + 1) - 1


def following(before: Front | None, number: int, left: Float[np.ndarray, " intervals"], share: float) -> Front:
    """How far it has come where the intervals of time contribute `left` to the loss."""
    known = np.clip(np.nan_to_num(left), 0.0, LARGEST)
    first = max(float(known.sum()), SMALLEST) if before is None else before.first
    falls = 0 if before is None else before.falls
    past = np.concatenate([[0.0], np.cumsum(known)[:-1]])
    for fall in range(falls, FALLS + 1):
        weights = np.exp(-past / (share * first / FALL**fall))
        if weights[-1] <= FULL:
            return Front(number, first, fall, tuple(weights.tolist()))
    return Front(number, first, FALLS, ())


@eqx.filter_jit
def left(objective: Objective, theta: Float[Array, " n"], args: Arguments) -> Float[Array, " intervals"]:
    """What each interval of time contributes to the loss: all equations at points of it, no data."""
    numbers = objective.integrals([objective.unravel(theta)], args)
    found = jnp.zeros(INTERVALS, theta.dtype)
    for i, (group, batch) in enumerate(zip(objective.problem.groups, args.batches, strict=True)):
        if not _has_times(group):
            continue
        read = {name: numbers[name] for name in group.reads}
        losses = batch.shares[0].ravel() * objective.squares(theta, i, batch, args.constants, read)
        found = found + losses @ jax.nn.one_hot(_interval(objective, batch).ravel(), INTERVALS, dtype=theta.dtype)
    return found


def counted(objective: Objective, args: Arguments, weights: Float[Array, " intervals"]) -> Arguments:
    """The points with their shares multiplied by the weight of their time."""

    def multiplied(group: Group, batch: Batch) -> Batch:
        if not _has_times(group):
            return batch
        here = weights[_interval(objective, batch)]
        return batch._replace(shares=tuple(share * here for share in batch.shares))

    groups = zip(objective.problem.groups, args.batches, strict=True)
    return args._replace(batches=tuple(multiplied(group, batch) for group, batch in groups))


def _has_times(group: Group) -> bool:
    """Whether the points of a group are weighed: measured values are known at all times, and numbers have none."""
    return group.measurements is None and not group.is_number and not group.integrates


def _interval(objective: Objective, batch: Batch) -> Int[Array, "blocks size"]:
    """The interval of time in which each point lies."""
    domain = objective.problem.config.domain
    assert domain.time is not None, "which the config has been checked for"
    middle, half = domain.scales[domain.time]
    place = (batch.points[..., domain.time] - middle) / (2 * half) + 0.5
    return jnp.clip((INTERVALS * place).astype(int), 0, INTERVALS - 1)
