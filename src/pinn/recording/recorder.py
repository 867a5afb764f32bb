"""Pours training's events into a run directory."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pinn import checkpoints, evaluation, runs, runtime, solvability
from pinn.config import Config, resolve, slabs
from pinn.evaluation import Solution
from pinn.geometry import Box
from pinn.optimizers.outcomes import Outcome
from pinn.recording import penalties, snapshots
from pinn.recording.astray import left_astray, unsolved
from pinn.recording.reading import Start
from pinn.recording.solutions import store_solution
from pinn.recording.warm import Warm
from pinn.runs import Run
from pinn.training import Ended, Event, Logged, March, Saved, Snapshot, Trainer
from pinn.training.stagnation import ENOUGH

GAP = 100.0
"""A validation loss this many times the training loss is worth a word."""

FULL = 0.9
"""A causal weight below this is worth a word."""

MOST = 0.9
"""Share of the loss from which on one term is named."""

NEAR = 0.1
"""Share of the loss from which on the least possible one is why it does not fall."""

ENERGY_GAP = 1.0
"""The same for energies, whose value has a meaning of its own."""


def begin(
    config_: Config, source: bytes, run: Run, threads: int, argv: Sequence[str], warm: Warm | None = None
) -> None:
    """Write all that a run has before its first step; `status.json` comes last.

    Raises `StorageError` if the file system refuses.
    """
    names = {str(path): path for path in config_.files}
    records = runs.copy_inputs(run, names)
    places = {path: str(records[str(path)]["path"]) for path in config_.files}
    runs.write_atomic(run.config, source)
    runs.write_atomic(run.resolved, resolve.text(config_, places).encode())
    if warm is not None:
        warm.store(run)
    run.write_meta(
        resolve.digest(config_),
        {
            "versions": runtime.versions(),
            "device": str(jax.devices()[0].device_kind),
            "threads": threads,
            "precision": config_.document.precision,
            "seed": config_.document.seed,
            "argv": list(argv),
            "git": runtime.git_commit(),
            "inputs": records,
            **({} if warm is None else warm.facts),
        },
    )
    run.write_status("running")


@dataclass
class Recorder:
    """Writes each event of a training to its run."""

    run: Run
    trainer: Trainer | March
    start: Start
    clock: Callable[[], Mapping[str, float]]
    """Seconds of the process, beside those of training, for `result.json`."""
    doubts: Sequence[str] = ()
    """What is held against the run before it begins."""

    def __post_init__(self) -> None:
        self._begun = time.monotonic()
        self._snapshot: Snapshot | None = None
        self._logged: Logged | None = None
        self._ends: list[Ended] = []
        self._last_row = -1

    @property
    def seconds(self) -> float:
        """Seconds of training, those before a resumption included."""
        return self.start.seconds + time.monotonic() - self._begun

    def record(self, halt: Callable[[], str | None], watch: Callable[[Event], None]) -> dict[str, Any]:
        """Train to the end, to `training.max_seconds` or until `halt` has a sentence; returns `result.json`.

        Raises `StorageError` if the file system refuses; what was saved before stays whole.
        """
        runs.require_space(self.run.path, 3 * self.trainer.checkpoint)
        self._last_row = self._cut()
        if self.start.snapshot is not None:
            self._write_running(self.start.snapshot)
        for event in self.trainer.run(self.start.snapshot, lambda: halt() or self._timeout(), self.start.first):
            self._take(event)
            watch(event)
        return self._finish(interrupted=halt() is not None)

    def _cut(self) -> int:
        """Drop the rows after the snapshot; the step of the last one that stays."""
        snapshot = self.start.snapshot
        runs.metrics.cut(self.run.metrics, snapshot.step if snapshot else -1)
        return max((row["step"] for row in runs.metrics.read(self.run.metrics)), default=-1)

    def _timeout(self) -> str | None:
        limit = self.trainer.problem.config.document.training.max_seconds
        if limit is None or self.seconds < limit:
            return None
        return f"training.max_seconds={limit:g} have passed; raise it to go on"

    def _take(self, event: Event) -> None:
        match event:
            case Logged():
                self._logged = event
                if event.step > self._last_row:
                    runs.metrics.append(self.run.metrics, _row(event, self.seconds))
                    self._last_row = event.step
            case Saved(snapshot=snapshot):
                self._save(snapshot)
            case Ended():
                self._ends.append(event)
                self._logged = event.measured or self._logged

    def _save(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        if not np.isfinite(snapshot.theta).all():
            return
        path = checkpoints.checkpoint_path(self.run.checkpoints, snapshot.step)
        snapshots.write(path, snapshot, self.seconds)
        checkpoints.retain(self.run.checkpoints)
        store_solution(self.run, snapshot, self.trainer.forms[snapshot.stage].objective.unravel)
        self._write_running(snapshot)

    def _write_running(self, snapshot: Snapshot) -> None:
        self.run.write_status("running", step=snapshot.step, loss=_number(snapshot.report.loss))

    def _finish(self, interrupted: bool) -> dict[str, Any]:
        end, snapshot = self._ends[-1], self._snapshot
        assert snapshot is not None
        status, left = "finished", self._left(snapshot)
        if end.halted and not interrupted and not snapshot.step:
            left += "; nothing was trained in that time, most of which compilation took"
        if end.outcome.broken:
            status = "failed"
        elif end.outcome == Outcome.RUNNING and (interrupted or left):
            status = "interrupted"
        astray = left_astray(self.trainer.problem.config, snapshot.slabs)
        is_cut = end.outcome == Outcome.MAX_STEPS or (end.halted and not interrupted)
        left_early = self._unsolved(snapshot) if is_cut else ""
        vain = self._contradiction(snapshot)
        found = (vain, astray, left_early, self._front(end), self._gap(end, snapshot), self._unmet(end))
        doubts = [word for word in found if word]
        words = end.reason + left + self._blame(end) + "".join(f"; {word}" for word in doubts)
        result = {
            "run": str(self.run.path),
            "status": status,
            "reason": words,
            "warnings": [*self.doubts, *[end.reason] * end.doubtful, *doubts],
            "loss": snapshot.report.loss,
            "validation": self._logged.validation if self._logged else None,
            "steps": snapshot.step,
            "evaluations": snapshot.evaluations,
            "gradient_norm": snapshot.report.gradient_norm,
            "terms": self._logged.terms if self._logged else {},
            "report": self._logged.report if self._logged else {},
            "fitted": self._fitted(snapshot),
            **({"balance": self._logged.balance} if self._logged and self._logged.balance else {}),
            **({"errors": self._logged.errors} if self._logged and self._logged.errors else {}),
            **({"multipliers": self._logged.multipliers} if self._logged and self._logged.multipliers else {}),
            **({"causal": self._logged.causal} if self._logged and self._logged.causal is not None else {}),
            "stages": [self._stage(e) for e in self._ends],
            "parameters": self.trainer.parameters,
            **self._slabs(snapshot),
            "seconds": {**self.clock(), "train": self.seconds},
        }
        runs.write_json(self.run.result, result)
        self.run.write_status(status, words, snapshot.step, _number(snapshot.report.loss))
        return result

    def _left(self, snapshot: Snapshot) -> str:
        """A word about slabs of time that are not begun, without which there is no solution."""
        count, trained = len(self.trainer.problem.config.slabs) - 1, len(snapshot.slabs) + 1
        return f"; that was in slab {trained} of {count}" if trained < count else ""

    def _fitted(self, snapshot: Snapshot) -> dict[str, float]:
        """The values of the fitted parameters."""
        config, objective = self.trainer.problem.config, self.trainer.forms[snapshot.stage].objective
        found = evaluation.parameters(Solution(config, objective.unravel(jnp.asarray(snapshot.theta))))
        return {name: numbers["value"] for name, numbers in found.items()}

    def _slabs(self, snapshot: Snapshot) -> dict[str, Any]:
        """The last loss of each slab of time, up to the present one."""
        if not self.trainer.problem.config.slabs:
            return {}
        return {"slabs": [*(slab.loss for slab in snapshot.slabs), snapshot.report.loss]}

    def _stage(self, end: Ended) -> dict[str, Any]:
        """How a stage ended, for `result.json`."""
        slab = {} if end.slab is None else {"slab": end.slab}
        return slab | {"kind": self.trainer.stages[end.stage].kind, "reason": end.reason}

    def _blame(self, end: Ended) -> str:
        """The terms that are not finite, where the numbers broke."""
        terms = self._logged.terms if self._logged and end.outcome == Outcome.NON_FINITE else {}
        names = [name for name, value in terms.items() if not np.isfinite(value)]
        return f"; not finite: {', '.join(names)}" if names else ""

    @property
    def _cut_time(self) -> str:
        """A remedy where there is time that can be cut."""
        return ", cut time by training.slabs" if slabs.are_possible(self.trainer.problem.config) else ""

    def _front(self, end: Ended) -> str:
        """A word about times that do not count fully yet, where weights are causal."""
        weight = self._logged.causal if self._logged else None
        if weight is None or weight > FULL or end.outcome.broken:
            return ""
        return (
            f"the last times count only {weight:.2g} times their weight, for those before leave much of the loss: "
            f"raise max_steps{self._cut_time}, or leave training.causal out"
        )

    def _unsolved(self, snapshot: Snapshot) -> str:
        """A word about a loss that is still near the one of fresh networks."""
        if self.start.first is not None or snapshot.looked is None:
            return ""
        early = [row.get("loss") or 0.0 for row in runs.metrics.read(self.run.metrics)[:1]]
        looked = snapshot.looked._replace(first=max(snapshot.looked.first, *early, 0.0))
        found = unsolved(self.trainer.problem.config, looked, snapshot.report.loss)
        return found and found + self._holder

    @property
    def _holder(self) -> str:
        """A word about a term that has nearly all of the loss."""
        terms = self._logged.terms if self._logged else {}
        name = max(terms, key=lambda name: terms[name], default="")
        share = terms[name] / sum(terms.values()) if len(terms) > 1 else 0.0
        return f"; {share:.0%} of it is the loss of '{name}'" if share > MOST else ""

    def _contradiction(self, snapshot: Snapshot) -> str:
        """A word about terms that no function satisfies, where the loss stays as large as these leave it."""
        if not self._unsolved(snapshot):
            return ""
        found = solvability.contradiction(self.trainer.problem)
        return str(found) if found and found.least > NEAR * snapshot.report.loss else ""

    def _gap(self, end: Ended, snapshot: Snapshot) -> str:
        """A word about points that are too few."""
        logged, whole = self._logged, snapshot.looked.whole if snapshot.looked else 0.0
        if logged is None or logged.validation is None or end.outcome.broken:
            return ""
        if not np.isfinite(logged.validation):
            return (
                "on independent points the loss is no number: see that nothing between the points of training is "
                "infinite, or negative under a root or logarithm"
            )
        factor = GAP if self.trainer.objective.is_sum_of_squares else ENERGY_GAP
        is_enough = self.trainer.objective.is_sum_of_squares and logged.validation <= ENOUGH * whole
        if is_enough or not logged.validation - logged.loss > factor * abs(logged.loss):
            return ""
        config = self.trainer.problem.config
        crowded = "sampling.cluster or sampling.refine" if isinstance(config.domain, Box) else "sampling.refine"
        return (
            f"the loss on independent points is {logged.validation:.1e}: the network exploits its training points, "
            f"raise sampling.points or training.add_points{self._cut_time}, have more of them where it is steep by "
            f"{crowded}, or use a smaller network; conditions that contradict the equation in a corner show in it too"
        )

    def _unmet(self, end: Ended) -> str:
        """A word about equations that an energy has left unmet."""
        if self._logged is None or end.outcome.broken or (end.outcome == Outcome.RUNNING and end.halted):
            return ""
        return penalties.unmet(self.trainer.problem.config, self._logged.terms)


def _row(event: Logged, seconds: float) -> Mapping[str, Any]:
    row = {**asdict(event), "seconds": round(seconds, 3)}
    return {
        key: value
        for key, value in row.items()
        if key not in ("balance", "causal", "errors", "multipliers", "report", "slab") or value not in (None, {})
    }


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None
