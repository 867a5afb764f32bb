"""The composition root. It does no I/O, and time decides nothing but where it may stop."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from pinn import batches, fields, optimizers, schema
from pinn.accuracy import Accuracy
from pinn.batches import Arguments
from pinn.config import Energy, sizes
from pinn.fields import Earlier
from pinn.objectives import Objective, TermValue
from pinn.optimizers.outcomes import Outcome
from pinn.problems import Problem
from pinn.quantities import Quantities
from pinn.training import corrections
from pinn.training.advice import Advice
from pinn.training.balance import Balance
from pinn.training.causal import Causal
from pinn.training.events import Calmed, Ended, Event, Origin, Saved, Snapshot
from pinn.training.guard import Guard
from pinn.training.multipliers import Multipliers
from pinn.training.redraws import Redraws
from pinn.training.rhythm import watch_every
from pinn.training.stage import Stage
from pinn.training.stagnation import Watch

HALVINGS = 8
"""How often the numbers of a drawn network are halved at most, for a loss that is finite."""


@dataclass(frozen=True)
class Form:
    """What a stage trains, as a vector, and the loss as a function of it."""

    objective: Objective
    parameters: int
    terms: Callable[[Array, Arguments], Mapping[str, TermValue]]

    @classmethod
    def of(cls, problem: Problem, stage: int) -> "Form":
        objective = Objective.of(problem, stage)
        return cls(objective, fields.unraveling(problem.config, stage)[0], jax.jit(objective.terms))

    def of_slab(self, problem: Problem) -> "Form":
        """The same for another slab of time, with the same programs where the problems have them in common."""
        objective = replace(self.objective, problem=problem)
        terms = self.terms if objective == self.objective else jax.jit(objective.terms)
        return replace(self, objective=objective, terms=terms)


@dataclass(frozen=True)
class Trainer:
    """A problem with everything that its training needs, built once."""

    problem: Problem
    stages: tuple[schema.Stage, ...]
    forms: tuple[Form, ...]
    """One for each stage; stages that train the same network share it."""
    quantities: Quantities
    accuracy: Accuracy | None
    """Where errors are asked for."""

    @classmethod
    def of(cls, problem: Problem) -> "Trainer":
        stages, forms = problem.config.stages, [Form.of(problem, 0)]
        for number, said in enumerate(stages[1:], 1):
            forms.append(Form.of(problem, number) if isinstance(said, schema.MultiStage) else forms[-1])
        errors = problem.config.document.training.errors
        accuracy = Accuracy.of_problem(problem) if errors else None
        return cls(problem, stages, tuple(forms), Quantities.of_problem(problem), accuracy)

    def of_slab(self, problem: Problem) -> "Trainer":
        """The trainer of another slab of time."""
        forms = {id(form): form.of_slab(problem) for form in self.forms}
        own = tuple(forms[id(form)] for form in self.forms)
        accuracy = self.accuracy and self.accuracy.after(problem.past)
        asked = {"quantities": self.quantities.after(problem.past), "accuracy": accuracy}
        return replace(self, problem=problem, forms=own, **asked)

    @property
    def objective(self) -> Objective:
        """The loss of the first stage."""
        return self.forms[0].objective

    @property
    def _has_energy(self) -> bool:
        """Whether the lowest loss may be any, that of squares under `minimise` too."""
        return any(isinstance(term.content, Energy) for term in self.problem.config.terms)

    @property
    def _is_accurate(self) -> bool:
        """Whether all that is integrated is so by rules of Gauss."""
        terms = self.problem.config.terms
        rules = [f.sampling for term in terms for f in term.functionals]
        rules += [term.sampling for term in terms if isinstance(term.content, Energy) and not term.is_number]
        return self._has_energy and all(rule.kind == "gauss" for rule in rules)

    @property
    def parameters(self) -> int:
        """How many numbers are trained in all."""
        config = self.problem.config
        sizes = {form.objective: form.parameters for form in self.forms}
        return sum(sizes.values()) - (len(sizes) - 1) * len(fields.fitted(config))

    @property
    def memory(self) -> tuple[int, ...]:
        """Bytes of memory that each stage takes beside the objective."""
        config = self.problem.config
        rows = sizes.rows(config.document, config.terms)
        pairs = zip(self.stages, self.forms, strict=True)
        return tuple(sizes.stage_bytes(s, form.parameters, config.document.precision, rows) for s, form in pairs)

    @property
    def checkpoint(self) -> int:
        """Bytes of the largest checkpoint."""
        precision = self.problem.config.document.precision
        pairs = zip(self.stages, self.forms, strict=True)
        return max(sizes.state_bytes(stage, form.parameters, precision) for stage, form in pairs)

    def first(self) -> Float[Array, " n"]:
        """Freshly drawn parameters."""
        return fields.drawn(self.problem.config)

    def arguments(self, purpose: str, earlier: Earlier | None = None) -> Arguments:
        """The points of `training` or `validation`, ready for the objective."""
        limit = self.problem.config.document.training.validation if purpose == "validation" else None
        return batches.arguments(self.problem, self.problem.points(purpose, limit), purpose, earlier)

    def run(
        self,
        start: Snapshot | None,
        halt: Callable[[], str | None],
        first: Float[np.ndarray, " n"] | None = None,
        before: tuple[int, int] = (0, 0),
    ) -> Iterator[Event]:
        """Train from the beginning, or go on from a snapshot.

        `halt` is asked between chunks; a sentence from it ends the training there, resumable. What is trained may begin
        with what another training has found, `first`; `before` are the numbers of steps and evaluations before it.
        """
        said = self.problem.config.document.training
        origin = Origin(0, *before) if start is None else Origin.of(start)
        theta = self.first() if first is None else jnp.asarray(first)
        if start is not None:
            theta = jnp.asarray(start.theta)
        points = Redraws(self.forms[origin.stage].objective)
        if said.balance_every is not None:
            points = replace(points, balance=Balance(said.balance_every, start and start.weighed))
        points = replace(points, causal=Causal.of(said.causal, start and start.front))
        if start is not None:
            points = replace(points, anchors=dict(start.anchors), added=start.added, earlier=start.earlier)
        validation = None if said.validation == 0 else self.arguments("validation", points.earlier)
        at_rest = start.looked.at_rest if start and start.looked else 0.0
        if start is None:
            at_rest = self._loss(fields.shrunk(self.problem.config, theta, 0.0), points.plain(0, theta))
            theta, halvings = self._calmed(theta, points)
            if halvings:
                yield Calmed(halvings)
        for number in range(origin.stage, len(self.stages)):
            if start is None and isinstance(self.stages[number], schema.MultiStage):
                theta, points = self._further(number, points, origin.steps, theta)
                validation = None if said.validation == 0 else self.arguments("validation", points.earlier)
            if self.problem.config.constraints:
                shift = points.multipliers.present if points.multipliers else start and start.shift
                points = replace(points, multipliers=Multipliers(watch_every(self.stages[number]), shift))
            looked = None if start is None else start.looked
            squares = self.objective.is_sum_of_squares
            seen_as = (self._has_energy, Advice.of(self.problem.config), at_rest)
            watch = Watch.of(self.stages[number], squares, looked, *seen_as)
            vanishes = squares and not self._has_energy
            kept = (start and start.held, points.are_weighed, self._is_accurate, said.add_points is not None)
            guard = Guard.of(self.stages[number], vanishes, *kept)
            stage = self._stage(number, points, watch, guard, validation, origin, halt)
            state = stage.begin(theta) if start is None else stage.restore(start.arrays, self.forms[number].parameters)
            end = yield from stage.run(state, said)
            outcome = end.state.report().outcome
            trained = number > 0 or first is not None
            if trained and outcome == Outcome.FAILED_AT_START:  # what it began with had come to rounding level
                outcome = Outcome.NO_DECREASE
            last = end.halted or outcome.broken or number == len(self.stages) - 1
            snapshot = stage.snapshot(end.state)
            yield Saved(snapshot)
            yield Ended(number, outcome, end.reason, last, end.measured, end.halted, end.doubtful)
            if last:
                return
            origin, theta, start = Origin(number + 1, snapshot.step, snapshot.evaluations), end.state.theta, None

    def _calmed(self, theta: Array, points: Redraws) -> tuple[Array, int]:
        """The start with its networks halved until the loss is a number, and how often.

        Near zero what is built in decides, so that a determinant is above zero, say. As it is where that does not help.
        """
        args = points.plain(0, theta)
        for halvings in range(HALVINGS + 1):
            calmed = fields.shrunk(self.problem.config, theta, 0.5**halvings) if halvings else theta
            if np.isfinite(self._loss(calmed, args)):
                return calmed, halvings
        return theta, 0

    def _loss(self, theta: Array, args: Arguments) -> float:
        return sum(float(value.loss) for value in self.forms[0].terms(theta, args).values())

    def _further(self, number: int, points: Redraws, step: int, theta: Array) -> tuple[Array, Redraws]:
        """What a stage with a further network begins with, and its points."""
        before, objective = self.forms[number - 1].objective, self.forms[number].objective
        args = points.at(step, theta)
        theta, earlier = corrections.further(self.problem.config, number, before, objective, theta, args)
        balance = points.balance and Balance(points.balance.every)
        weights = (balance, points.causal, points.multipliers)
        return theta, Redraws(objective, points.anchors, points.added, earlier, *weights)

    def _stage(
        self,
        number: int,
        points: Redraws,
        watch: Watch,
        guard: Guard,
        validation: Arguments | None,
        origin: Origin,
        halt: Callable[[], str | None],
    ) -> Stage:
        said, form = self.stages[number], self.forms[number]
        seen = said if not points.are_changed else said.model_copy(update={"target": None})  # see Stage._target_reached
        optimizer = optimizers.build(seen, self.problem.config.document.precision)
        seen_by = (watch, guard, validation)
        asked = self.quantities, self.accuracy
        return Stage(form.objective, form.terms, points, *seen_by, said, optimizer, *asked, origin, halt)
