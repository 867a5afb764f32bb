"""Points that are drawn afresh at fixed steps: which ones belong to a step, and up to which step they hold.

The random vectors of estimates are others at every step.
"""

import math
from dataclasses import dataclass, field

from pinn import batches
from pinn.batches import Arguments
from pinn.problems import Group, Problem
from pinn.sampling import Points


@dataclass
class Redraws:
    """The training points of a problem at every step of the whole run; only the present ones are kept."""

    problem: Problem
    _rounds: tuple[int, ...] = ()
    _points: list[Points] = field(default_factory=list)
    _arguments: Arguments | None = None
    _step: int | None = None
    _vectors: batches.Vectors = ()

    def at(self, step: int) -> Arguments:
        """The points of a step: equal steps give equal points, whatever was asked before."""
        rounds = tuple(_round(group, step) for group in self.problem.groups)
        if self._arguments is None or rounds != self._rounds:
            known = dict(zip(enumerate(self._rounds), self._points, strict=True))
            self._points = [known.get(key) or self._drawn(*key) for key in enumerate(rounds)]
            self._rounds, self._arguments = rounds, batches.arguments(self.problem, self._points)
        if not self._estimates:
            return self._arguments
        if step != self._step:
            purpose = f"training step {step}" if step else "training"
            self._step, self._vectors = step, batches.vectors(self.problem, purpose)
        return self._arguments._replace(drawn=self._vectors)

    def last(self, step: int) -> float:
        """The last step that has the points and vectors of `step`."""
        if self._estimates:
            return step
        periods = [period for group in self.problem.groups if (period := _period(group))]
        return min((period * (step // period + 1) - 1 for period in periods), default=math.inf)

    @property
    def _estimates(self) -> bool:
        return any(group.estimate for group in self.problem.groups)

    def _drawn(self, group: int, round_: int) -> Points:
        purpose = f"training round {round_}" if round_ else "training"
        return self.problem.points_of(self.problem.groups[group], purpose)


def _period(group: Group) -> int | None:
    """Steps between two drawings of a group; measurements stay."""
    return None if group.measurements is not None else group.sampling.redraw_every


def _round(group: Group, step: int) -> int:
    period = _period(group)
    return 0 if period is None else step // period
