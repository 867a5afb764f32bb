"""The composition root. It does no I/O, and time decides nothing but where it may stop."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from pinn import batches, fields, optimizers, schema
from pinn.batches import Arguments
from pinn.config import sizes
from pinn.objectives import Objective, TermValue
from pinn.optimizers.outcomes import Outcome
from pinn.problems import Problem
from pinn.training.events import Ended, Event, Saved, Snapshot
from pinn.training.redraws import Redraws
from pinn.training.stage import Origin, Stage


@dataclass(frozen=True)
class Trainer:
    """A problem with everything that its training needs, built once."""

    problem: Problem
    objective: Objective
    parameters: int
    """How many numbers are trained."""
    stages: tuple[schema.Stage, ...]
    terms: Callable[[Array, Arguments], Mapping[str, TermValue]]

    @classmethod
    def of(cls, problem: Problem) -> "Trainer":
        objective = Objective.of(problem)
        return cls(
            problem, objective, fields.unraveling(problem.config)[0], problem.config.stages, jax.jit(objective.terms)
        )

    @property
    def memory(self) -> tuple[int, ...]:
        """Bytes of memory that each stage takes beside the objective."""
        config = self.problem.config
        rows = sizes.rows(config.document, config.terms)
        return tuple(sizes.stage_bytes(s, self.parameters, config.document.precision, rows) for s in self.stages)

    @property
    def checkpoint(self) -> int:
        """Bytes of the largest checkpoint."""
        precision = self.problem.config.document.precision
        return max(sizes.state_bytes(stage, self.parameters, precision) for stage in self.stages)

    def first(self) -> Float[Array, " n"]:
        """Freshly drawn parameters, by one compiled program for all seeds."""
        config = self.problem.config
        draw = jax.jit(lambda seed: fields.ravel(fields.initial(config, seed)))
        return draw(np.uint32(config.document.seed))

    def arguments(self, purpose: str) -> Arguments:
        """The points of `training` or `validation`, ready for the objective."""
        limit = self.problem.config.document.training.validation if purpose == "validation" else None
        return batches.arguments(self.problem, self.problem.points(purpose, limit), purpose)

    def run(self, start: Snapshot | None, halt: Callable[[], str | None]) -> Iterator[Event]:
        """Train from the beginning, or go on from a snapshot.

        `halt` is asked between chunks; a sentence from it ends the training there, resumable.
        """
        said = self.problem.config.document.training
        points = Redraws(self.objective) if start is None else Redraws(self.objective, dict(start.anchors), start.added)
        validation = None if said.validation == 0 else self.arguments("validation")
        origin, theta = (
            (Origin(0, 0, 0), self.first()) if start is None else (Origin.of(start), jnp.asarray(start.theta))
        )
        for number in range(origin.stage, len(self.stages)):
            stage = self._stage(number, points, validation, origin, halt)
            state = stage.begin(theta) if start is None else stage.restore(start.arrays, self.parameters)
            end = yield from stage.run(state, said)
            outcome = end.state.report().outcome
            if number > 0 and outcome == Outcome.FAILED_AT_START:  # the stage before had come to rounding level
                outcome = Outcome.NO_DECREASE
            last = end.halted or outcome.broken or number == len(self.stages) - 1
            snapshot = stage.snapshot(end.state)
            yield Saved(snapshot)
            yield Ended(number, outcome, end.reason, last, end.measured)
            if last:
                return
            origin, theta, start = Origin(number + 1, snapshot.step, snapshot.evaluations), end.state.theta, None

    def _stage(
        self,
        number: int,
        points: Redraws,
        validation: Arguments | None,
        origin: Origin,
        halt: Callable[[], str | None],
    ) -> Stage:
        said = self.stages[number]
        optimizer = optimizers.build(said, self.problem.config.document.precision)
        return Stage(self.objective, self.terms, points, validation, said, optimizer, origin, halt)
