"""Slabs of time, one training after the other; each has the stages of the config and hands its end to the next."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from pinn import problems, schema
from pinn.objectives import Objective
from pinn.problems import Problem
from pinn.slabs import Slabs
from pinn.training.events import Ended, Event, Saved, Slab, Snapshot
from pinn.training.trainer import Form, Trainer


@dataclass(frozen=True)
class March:
    """The slabs of a problem, with the trainer of the first one; those of the others are made when it is their turn."""

    problem: Problem
    """That of all time."""
    slabs: Slabs
    trainer: Trainer

    @classmethod
    def of(cls, problem: Problem) -> "March":
        slabs = Slabs.of(problem.config)
        return cls(problem, slabs, Trainer.of(problems.slab(slabs, ())))

    @property
    def stages(self) -> tuple[schema.Stage, ...]:
        """Those of each slab."""
        return self.trainer.stages

    @property
    def forms(self) -> tuple[Form, ...]:
        """One for each stage."""
        return self.trainer.forms

    @property
    def objective(self) -> Objective:
        """The loss of the first slab's first stage."""
        return self.trainer.objective

    @property
    def parameters(self) -> int:
        """How many numbers are trained in all slabs."""
        return len(self.slabs) * self.trainer.parameters

    @property
    def memory(self) -> tuple[int, ...]:
        """Bytes of memory that each stage takes beside the objective."""
        return self.trainer.memory

    @property
    def checkpoint(self) -> int:
        """Bytes of the largest checkpoint."""
        return self.trainer.checkpoint + self.parameters * self.trainer.first().dtype.itemsize

    def run(
        self, start: Snapshot | None, halt: Callable[[], str | None], first: Float[np.ndarray, "slabs n"] | None = None
    ) -> Iterator[Event]:
        """Train all slabs from the beginning, or go on from a snapshot; see `Trainer.run`.

        Each slab begins with its row of `first`; without it, with what the slab before has found.
        """
        done = () if start is None else start.slabs
        before, trainer = (0, 0), self.trainer
        while len(done) < len(self.slabs):
            trainer = self._next(trainer, done)
            theta = done[-1].theta if done else None
            theta = theta if first is None else first[len(done)]
            snapshot, last = None, False
            for event in trainer.run(start, halt, theta, before):
                match event:
                    case Saved():
                        snapshot = replace(event.snapshot, slabs=done)
                        yield Saved(snapshot)
                    case Ended():
                        stopped = event.halted or event.outcome.broken
                        last = event.last and (stopped or len(done) + 1 == len(self.slabs))
                        yield replace(event, last=last, slab=len(done) + 1)
                    case _:
                        yield replace(event, slab=len(done) + 1)
            if last:
                return
            assert snapshot is not None
            start, before = None, (snapshot.step, snapshot.evaluations)
            done = (*done, snapshot.slab)

    def _next(self, trainer: Trainer, done: tuple[Slab, ...]) -> Trainer:
        """The trainer of the slab after those that are done."""
        if not done:
            return self.trainer
        unravel = self.objective.unravel
        models = tuple(unravel(jnp.asarray(slab.theta)) for slab in done)
        return trainer.of_slab(problems.slab(self.slabs, models, alike=trainer.problem))


def build(problem: Problem) -> Trainer | March:
    """What trains a problem: slab by slab where its config has any."""
    return March.of(problem) if problem.config.slabs else Trainer.of(problem)
