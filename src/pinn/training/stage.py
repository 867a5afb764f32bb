"""One stage: chunks between fixed steps, each short enough that signals are answered soon."""

import math
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, replace

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float

from pinn import batches, schema
from pinn.accuracy import Accuracy
from pinn.batches import Arguments
from pinn.objectives import Objective, TermValue
from pinn.optimizers.driver import Optimizer, State, flatten_state, restore_state
from pinn.optimizers.outcomes import Outcome, Report, reason
from pinn.quantities import Quantities
from pinn.training.events import Added, Advanced, Event, Logged, Origin, Saved, Snapshot
from pinn.training.guard import LEFT, Guard
from pinn.training.pace import Pace
from pinn.training.redraws import Redraws
from pinn.training.rhythm import checkpoint_every, log_every, watch_every
from pinn.training.stagnation import ENOUGH, Watch

GAP = 10.0
"""Points are added where the loss on others is so many times that of training."""


@dataclass(frozen=True)
class Stage:
    """An optimizer at work on an objective."""

    objective: Objective
    terms: Callable[[Array, Arguments], Mapping[str, TermValue]]
    points: Redraws
    watch: Watch
    guard: Guard
    validation: Arguments | None
    said: schema.Stage
    optimizer: Optimizer
    quantities: Quantities
    accuracy: Accuracy | None
    origin: Origin
    halt: Callable[[], str | None]

    def begin(self, theta: Float[Array, " n"]) -> State:
        """The state before the first evaluation."""
        return self.optimizer.start(theta)

    def restore(self, arrays: Mapping[str, np.ndarray], parameters: int) -> State:
        """The state of a snapshot, judged by the limits of today.

        Raises `StorageError` if the arrays do not fit this stage.
        """
        theta = jax.ShapeDtypeStruct((parameters,), arrays["theta"].dtype)
        template = eqx.filter_eval_shape(self.optimizer.start, theta)
        state = restore_state(template, dict(arrays))
        if not state.report().evaluations:
            return state
        status = self.optimizer.judge(self.optimizer.method.status(state.memory))
        return eqx.tree_at(lambda s: s.status, state, status)

    def snapshot(self, state: State) -> Snapshot:
        """Everything needed to go on from here."""
        origin = self.origin
        before, points = (origin.steps, origin.evaluations), self.points
        arrays = flatten_state(state)
        weighed = points.balance and points.balance.present
        kept = (points.anchors, points.added, self.watch.looked, points.earlier, weighed)
        front, shift = points.causal and points.causal.present, points.multipliers and points.multipliers.present
        last = {"held": self.guard.held, "front": front, "shift": shift}
        return Snapshot(origin.stage, *before, self._report(state), arrays, *kept, **last)

    def run(self, state: State, said: schema.Training) -> Generator[Event, None, "End"]:
        """Advance until the stage is done, its time is over or it is halted."""
        pace = Pace()
        deadline = time.monotonic() + (self.said.max_seconds or math.inf)
        report = self._report(state)
        while True:
            done = self._done(report)
            stagnates = None if done else self.watch.verdict(report)
            if (stagnates or (done and report.outcome.rests)) and self._goes_on(state, report):
                state, report = self._anew(self._renewed(state, report))
                continue
            if done:
                break
            if sentence := self._target_reached(report) or stagnates:
                return self._end(state, sentence, doubtful=sentence is stagnates and self.watch.is_vain(report))
            before = report
            args, held = self._points_ahead(state, report)
            until = int(min(held, self._next_stop(report.step, said)))
            advance = lambda s, budget, a=args, u=until: self.optimizer.advance(self.objective, s, a, u, budget)
            state = pace.timed(advance, state, report)
            report = self._report(state)
            stops = until == report.step > before.step
            moved = report.step > before.step or not before.evaluations
            looked = yield from self._look(state, report, said, stops, moved)
            if isinstance(looked, End):
                return looked
            if looked is not state:
                state, report = self._anew(looked)
                continue
            ends = report.outcome.rests or report.outcome.broken
            present = args if ends or not self.optimizer.compares else self._points_at(report.step, state)
            if present is not args:
                state = self._renewed(state, report)
                report = self._report(state)
                if self.points.causal or self.points.multipliers or not batches.same_points(present, args):
                    self.watch.begin(report)
            yield self._advanced(report)
            if self._done(report):
                continue
            if stops:
                yield from self._due(state, report, said)
            if sentence := self.halt():
                return self._end(state, sentence, halted=True)
            if time.monotonic() > deadline:
                return self._end(state, f"max_seconds={self.said.max_seconds:g} of the stage have passed")
        yield self._logged(state, report)
        if not report.outcome.broken and (sentence := self._departed(state, report)):
            return self._end(self._back(state), sentence, doubtful=True)
        at_limit = self.watch.remedy(report) or self.guard.remedy(self.origin.steps + report.step)
        single = state.theta.dtype == jax.numpy.float32
        is_vain = report.outcome.rests and self.watch.is_vain(report)
        return End(state, reason(report, self.said, at_limit, single), halted=False, doubtful=is_vain)

    def _look(
        self, state: State, report: Report, said: schema.Training, stops: bool, moved: bool
    ) -> "Generator[Event, None, State | End]":
        """What the loss on independent points asks for: more points, the best state so far, or the end."""
        added = False
        if stops and said.add_points is not None and self.objective.is_sum_of_squares:
            added = yield from self._add_points(state, report)
        step = self.origin.steps + report.step
        if not moved or self._done(report) or not self.guard.is_due(step):
            return state
        if sentence := self._departed(state, report):
            more, state = self.points.add(step), self._back(state)
            if not more:
                return self._end(state, sentence, doubtful=True)
            yield Added(self.origin.stage, step, None)
        elif not added and self._is_guarded and self.guard.is_beyond(report.loss):
            share = f"the loss {report.loss:.3e} is less than {LEFT:g} of that on independent points at step {step}"
            return self._end(state, f"{share}, where more steps gain nothing")
        return state

    def _anew(self, state: State) -> tuple[State, Report]:
        """A state that begins with another loss, and its scalars."""
        report = self._report(state)
        self.watch.begin(report)
        return state, report

    def _end(self, state: State, sentence: str, halted: bool = False, doubtful: bool = False) -> "End":
        """The end of a stage that could have gone on."""
        return End(state, sentence, halted, self._logged(state, self._report(state)), doubtful)

    def _departed(self, state: State, report: Report) -> str | None:
        """A sentence if the loss falls on the points of training alone."""
        if not self._is_guarded or self.validation is None:
            return None
        step, theta = self.origin.steps + report.step, np.asarray(state.theta)
        return self.guard.look(step, self._guarded_loss(state.theta), state.report().loss, theta)

    def _guarded_loss(self, theta: Float[Array, " n"]) -> float:
        """The loss on independent points as the optimizer has it on those of training."""
        assert self.validation is not None
        if self.points.multipliers is None:
            return self._loss(theta, self.validation)
        spread = self.objective.problem.config.spread  # the targets at other points are not known
        there = self._losses(theta, self.points.multipliers.on(self.objective, self.validation))
        here = self._losses(theta, self.points.multipliers.here(self.objective)) if spread else {}
        return sum(here[name] if name in spread else loss for name, loss in there.items())

    def _goes_on(self, state: State, report: Report) -> bool:
        """Whether a method that has come to rest has other targets of constraints to go on with."""
        if self.points.multipliers is None or not report.evaluations or self._departed(state, report):
            return False
        given = self.origin.steps + report.step, self.objective, state.theta, self._plain(report.step, state)
        return self.points.multipliers.go_on(*given, report.loss)

    def _renewed(self, state: State, report: Report) -> State:
        """The state on the present points; where its loss is another, the guard begins with it."""
        state = self.optimizer.renew(self.objective, state, self._points_at(report.step, state))
        if self.points.multipliers and self._is_guarded:
            step, theta = self.origin.steps + report.step, np.asarray(state.theta)
            self.guard.begin(step, self._guarded_loss(state.theta), theta)
        return state

    def _back(self, state: State) -> State:
        """The state with the best parameters, and their loss on the present points."""
        assert self.guard.held is not None
        state = replace(state, theta=jax.numpy.asarray(self.guard.held.theta))
        step = state.report().step
        return self.optimizer.renew(self.objective, state, self._points_at(step, state))

    @property
    def _is_guarded(self) -> bool:
        return self.guard.is_on and self.validation is not None and self.optimizer.compares

    def _report(self, state: State) -> Report:
        """The state's scalars; the loss with the weights of the config, so that losses can be compared."""
        report = state.report()
        if not self.points.are_changed or not report.evaluations:
            return report
        return replace(report, loss=self._loss(state.theta, self._plain(report.step, state)))

    def _target_reached(self, report: Report) -> str | None:
        """A sentence where the loss is low enough; the optimizer sees to that itself where it knows the loss."""
        target, step = self.said.target, self.origin.steps + report.step
        if not self.points.are_changed or target is None or step % watch_every(self.said) or report.loss > target:
            return None
        return reason(replace(report, outcome=Outcome.TARGET), self.said)

    def _points_ahead(self, state: State, report: Report) -> tuple[Arguments, float]:
        """The points of the next evaluations, and the step of this stage up to which they serve.

        A method that compares needs one set of points for a whole step, and its values renewed where they change;
        for others the step that leads to new points is evaluated on these.
        """
        compares = self.optimizer.compares
        step = report.step + (not compares and report.evaluations > 0)
        return self._points_at(step, state), self.points.last(self.origin.steps + step) - self.origin.steps + compares

    def _points_at(self, step: int, state: State) -> Arguments:
        return self.points.at(self.origin.steps + step, state.theta)

    def _plain(self, step: int, state: State) -> Arguments:
        return self.points.plain(self.origin.steps + step, state.theta)

    def _add_points(self, state: State, report: Report) -> Generator[Event, None, bool]:
        """Look at fixed steps whether points are too few; if so there are more from here, or the next step, on."""
        step = self.origin.steps + report.step
        if step % watch_every(self.said) or self.validation is None:
            return False
        independent, whole = self._loss(state.theta, self.validation), self.watch.whole
        if not independent > max(GAP * report.loss, ENOUGH * whole):
            return False
        if not self.points.add(step if self.optimizer.compares else step + 1):
            return False
        yield Added(self.origin.stage, step, independent / report.loss)
        return True

    def _due(self, state: State, report: Report, said: schema.Training) -> Iterator[Event]:
        """What is told at this step."""
        step = self.origin.steps + report.step
        if step % log_every(self.said, said) == 0:
            yield self._logged(state, report)
        if step % checkpoint_every(self.said, said) == 0:
            yield Saved(self.snapshot(state))

    def _advanced(self, report: Report) -> Advanced:
        steps, evaluations = self.origin.steps, self.origin.evaluations + report.evaluations
        return Advanced(self.origin.stage, steps + report.step, evaluations, report.loss, steps + self.said.max_steps)

    def _done(self, report: Report) -> bool:
        return report.evaluations > 0 and report.outcome != Outcome.RUNNING

    def _next_stop(self, step: int, said: schema.Training) -> int:
        """The next step of this stage at which something is logged, saved or decided."""
        total = self.origin.steps + step
        watched = said.add_points is not None or self.points.are_changed
        every = [log_every(self.said, said), checkpoint_every(self.said, said)] + [watch_every(self.said)] * watched
        marks = (steps * (total // steps + 1) for steps in every)
        own = min(max(self.said.max_steps, 1), self.watch.next_step(step))
        look = self.guard.next_look(total) if self._is_guarded else math.inf
        return int(min(*marks, look, self.origin.steps + own) - self.origin.steps)

    def _logged(self, state: State, report: Report) -> Logged:
        plain = self._plain(report.step, state)
        terms = self._losses(state.theta, plain)
        independent = None
        if self.validation is not None:
            independent = self._loss(state.theta, self.validation)
        step = self.origin.steps + report.step
        weighed = self.points.balance and self.points.balance.present
        asked, targets = (self.objective.unravel(state.theta), self.points.earlier), self.points.multipliers
        return Logged(
            self.origin.stage,
            step,
            self.origin.evaluations + report.evaluations,
            report.loss,
            terms,
            report.gradient_norm,
            independent,
            self.points.count,
            weighed and weighed.factors,
            self.quantities.of(*asked),
            self.accuracy.of(*asked) if self.accuracy is not None else {},
            causal=self.points.causal and self.points.causal.lowest,
            multipliers=targets.values(self.objective, state.theta) if targets else {},
        )

    def _loss(self, theta: Float[Array, " n"], points: Arguments) -> float:
        """The loss on some points."""
        return sum(self._losses(theta, points).values())

    def _losses(self, theta: Float[Array, " n"], points: Arguments) -> dict[str, float]:
        """What each term adds to the loss on some points."""
        return {name: float(value.loss) for name, value in self.terms(theta, points).items()}


@dataclass(frozen=True)
class End:
    """The last state of a stage and why it is the last, see `Ended`."""

    state: State
    reason: str
    halted: bool
    measured: Logged | None = None
    doubtful: bool = False
