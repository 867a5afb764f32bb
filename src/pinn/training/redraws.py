"""Points that are drawn afresh at fixed steps: which ones belong to a step, and up to which step they hold.

Refined points follow the residuals of the parameters at the step at which they are drawn, their anchor. The random
vectors of estimates are others at every step. From some steps on there are twice as many interior points as before.
"""

import math
from dataclasses import dataclass, field

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from pinn import batches, fields
from pinn.batches import Arguments, Batch
from pinn.fields import Constants, Earlier
from pinn.objectives import Objective
from pinn.problems import Group, Problem, total
from pinn.sampling import Points, generator, refined
from pinn.training.balance import Balance
from pinn.training.causal import Causal
from pinn.training.multipliers import Multipliers

Version = tuple[int, int]
"""Of a group's points: how often they were drawn afresh, and how often their number was doubled."""


@dataclass
class Redraws:
    """The training points of a problem at every step of the whole run; only the present ones are kept."""

    objective: Objective
    anchors: dict[str, np.ndarray] = field(default_factory=dict)
    """The parameters by which refined points were drawn, by group and version; those of a resumed run are given."""
    added: tuple[int, ...] = ()
    """The steps from which on there are twice as many interior points as before; those of a resumed run are given."""
    earlier: Earlier | None = None
    """The networks of earlier stages."""
    balance: Balance | None = None
    """The factors of the weights, where they are balanced."""
    causal: Causal | None = None
    """The weights of times, where they are causal."""
    multipliers: Multipliers | None = None
    """The targets of constraints, where an energy is beside them."""
    _versions: tuple[Version, ...] = ()
    _points: list[Points] = field(default_factory=list)
    _arguments: Arguments | None = None
    _step: int | None = None
    _vectors: batches.Vectors = ()

    @property
    def problem(self) -> Problem:
        return self.objective.problem

    def at(self, step: int, theta: Float[Array, " n"] | None = None) -> Arguments:
        """The points of a step as the optimizer has them, with its weights and targets; see `plain`."""
        plain = self.plain(step, theta)
        if self.multipliers is not None:  # beside an energy there is nothing of the other two
            return self.multipliers.at(step, self.objective, theta, plain)
        balanced = plain if self.balance is None else self.balance.at(step, self.objective, theta, plain)
        return balanced if self.causal is None else self.causal.at(step, self.objective, theta, plain, balanced)

    @property
    def are_weighed(self) -> bool:
        """Whether the optimizer has other weights than the config says, so that losses may climb."""
        return self.balance is not None or self.causal is not None

    @property
    def are_changed(self) -> bool:
        """Whether the optimizer sees another loss than that of the config."""
        return self.are_weighed or self.multipliers is not None

    def plain(self, step: int, theta: Float[Array, " n"] | None = None) -> Arguments:
        """The points of a step, with the weights of the config.

        Equal steps give equal points, whatever was asked before. Refined points are drawn by `theta` where a version of
        theirs is asked for the first time.
        """
        versions = tuple(self._version(group, step) for group in self.problem.groups)
        if self._arguments is None or versions != self._versions:
            known = dict(zip(enumerate(self._versions), self._points, strict=True))
            self._points = [known.get(key) or self._drawn(*key, theta) for key in enumerate(versions)]
            self._versions = versions
            self._arguments = batches.arguments(self.problem, self._points, earlier=self.earlier)
        if not self._estimates:
            return self._arguments
        if step != self._step:
            purpose = f"training step {step}" if step else "training"
            self._step, self._vectors = step, batches.vectors(self.problem, purpose)
        return self._arguments._replace(drawn=self._vectors)

    def last(self, step: int) -> float:
        """The last step that has the points, vectors and weights of `step`."""
        if self._estimates:
            return step
        periods = [period for group in self.problem.groups if (period := _period(group))]
        weights = [said.last(step) for said in (self.balance, self.causal, self.multipliers) if said]
        return min([math.inf, *weights, *(period * (step // period + 1) - 1 for period in periods)])

    @property
    def count(self) -> int:
        """How many points there are at present."""
        return total(self.problem, self._points)

    def add(self, step: int) -> bool:
        """Have twice as many interior points from a step on; whether the limit leaves room for it."""
        before = [self._version(group, step) for group in self.problem.groups]
        self.added = (*self.added, step)
        if [self._version(group, step) for group in self.problem.groups] != before:
            return True
        self.added = self.added[:-1]
        return False

    def _version(self, group: Group, step: int) -> Version:
        limit = self.problem.config.document.training.add_points
        doublings = sum(first <= step for first in self.added)
        if limit is None or group.measurements is not None or group.region.name != "interior":
            return _round(group, step), 0
        inside = group.count or math.prod(np.atleast_1d(group.sampling.points).tolist())
        room = (limit // inside).bit_length() - 1
        return _round(group, step), max(0, min(doublings, room))

    @property
    def _estimates(self) -> bool:
        return any(group.estimate for group in self.problem.groups)

    def _drawn(self, group: int, version: Version, theta: Float[Array, " n"] | None) -> Points:
        said, (round_, doublings) = self.problem.groups[group], version
        purpose = f"training round {round_}" if round_ else "training"
        if not round_ or said.measurements is not None or said.sampling.refine is None:
            return self.problem.points_of(said, purpose, times=2**doublings)
        pool = self.problem.points_of(said, purpose, times=2**doublings * said.sampling.refine.pool)
        count = len(pool) // said.sampling.refine.pool
        batch = batches.batch_of(self.problem, said, pool)
        anchor, constants = (
            self._anchor(f"{group}.", f"{round_}.{doublings}", theta),
            fields.constants(self.problem.config),
        )
        squares = np.asarray(_squares(self.objective, jnp.asarray(anchor), group, batch, constants))
        seed = [self.problem.config.document.seed, purpose, "refined", said.name]
        return refined(pool, np.sqrt(squares[: len(pool)]), said.sampling.refine, count, generator(seed))

    def _anchor(self, group: str, version: str, theta: Float[Array, " n"] | None) -> np.ndarray:
        """The parameters by which the points of a version are drawn, kept as long as it lasts."""
        name = group + version
        if name not in self.anchors:
            assert theta is not None, "given wherever points may change"
            self.anchors = {n: array for n, array in self.anchors.items() if not n.startswith(group)}
            self.anchors[name] = np.asarray(theta)
        return self.anchors[name]


@eqx.filter_jit
def _squares(
    objective: Objective, theta: Array, group: int, batch: Batch, constants: Constants
) -> Float[Array, " points"]:
    return objective.squares(theta, group, batch, constants, {})


def _period(group: Group) -> int | None:
    """Steps between two drawings of a group; measurements stay."""
    return None if group.measurements is not None else group.sampling.redraw_every


def _round(group: Group, step: int) -> int:
    period = _period(group)
    return 0 if period is None else step // period
