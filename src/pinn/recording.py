"""Pours training's events into a run directory, and brings runs back from one."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

from pinn import checkpoints, config, fields, runs, runtime
from pinn.config import Config, resolve
from pinn.errors import RequestError, StorageError
from pinn.evaluation import Solution
from pinn.optimizers.outcomes import Outcome, Report
from pinn.runs import Run
from pinn.training import Ended, Event, Logged, Look, March, Saved, Slab, Snapshot, Trainer

GAP = 100.0
"""A validation loss this many times the training loss is worth a word."""

ANCHOR = "anchor/"
"""Heads the names of a snapshot's anchors among the arrays of a checkpoint."""

EARLIER = "earlier/"
"""Heads the names of the arrays of earlier networks, in checkpoints and solutions."""

SLAB = "slab/"
"""Heads the names of the arrays of the slabs of time before the present one, with their number."""

ENERGY_GAP = 1.0
"""The same for energies, whose value has a meaning of its own."""


def begin(config_: Config, source: bytes, run: Run, threads: int, argv: Sequence[str]) -> None:
    """Write all that a run has before its first step; `status.json` comes last.

    Raises `StorageError` if the file system refuses.
    """
    names = {str(path): path for path in config_.files}
    records = runs.copy_inputs(run, names)
    places = {path: str(records[str(path)]["path"]) for path in config_.files}
    runs.write_atomic(run.config, source)
    runs.write_atomic(run.resolved, resolve.text(config_, places).encode())
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
        },
    )
    run.write_status("running")


def read_config(run: Run, assignments: Sequence[str] = ()) -> Config:
    """The config that a run was made from, with the changes that a resumption allows.

    Raises `StorageError` if an input is missing or has changed, `ConfigError` or `RequestError` if a change is not
    allowed.
    """
    for record in run.read_meta().get("inputs", {}).values():
        runs.input_path(run, record)
    try:
        text = run.resolved.read_bytes()
    except OSError as error:
        raise StorageError(f"{run.path} has no readable {run.resolved.name}: {error.strerror}") from None
    found = config.parse(text, str(run.resolved), run.path, assignments)
    if assignments and found.slabs != config.parse(text, str(run.resolved), run.path).slabs:
        hint = "start a new run with them"
        raise RequestError("-o training.slabs: the slabs of a run stay as they were at its beginning", hint)
    return found


def read_solution(run: Run) -> Solution:
    """The trained fields of a run; only its `solution.safetensors` and inputs are read.

    Raises `StorageError` if they are missing or damaged.
    """
    if not run.solution.exists():
        raise RequestError(f"{run.path} has no solution yet", f"pinn resume {run.path}")
    arrays, about = checkpoints.load(run.solution)
    known = config.parse(about["config"], str(run.resolved), run.path)
    model, earlier = fields.shape(known, about.get("stage", 0))
    slabs = (_unnamed(run.solution, model, arrays, f"{SLAB}{i}/") for i in range(about.get("slabs", 0)))
    found = _unnamed(run.solution, model, arrays), _unnamed(run.solution, earlier, arrays, EARLIER)
    return Solution(known, *found, tuple(slabs))


def solution_step(run: Run) -> int:
    """The step at which the solution was stored. Raises `StorageError` if it is missing or damaged."""
    return checkpoints.load(run.solution)[1]["step"]


@dataclass(frozen=True)
class Start:
    """Where a training begins: a snapshot or nothing, and the seconds of training before it."""

    snapshot: Snapshot | None = None
    seconds: float = 0.0
    damaged: Sequence[Path] = ()
    """Newer checkpoints that were passed over."""


def read_start(run: Run) -> Start:
    """The newest whole checkpoint of a run, or the beginning if it has none yet.

    Raises `StorageError` if there are checkpoints and all are damaged: to begin anew would hide the loss.
    """
    path, damaged = checkpoints.latest(run.checkpoints)
    if path is None:
        if damaged:
            names = ", ".join(str(name) for name in damaged)
            raise StorageError(f"every checkpoint is damaged: {names}", "restore one from a copy, or start a new run")
        return Start()
    arrays, about = checkpoints.load(path)
    shape = fields.shape(read_config(run), about["stage"])[1]
    earlier = _unnamed(path, shape, arrays, EARLIER)
    arrays = {name: array for name, array in arrays.items() if not name.startswith(EARLIER)}
    anchors = {name.removeprefix(ANCHOR): arrays.pop(name) for name in list(arrays) if name.startswith(ANCHOR)}
    slabs = tuple(Slab(arrays.pop(f"{SLAB}{i}"), loss) for i, loss in enumerate(about.get("slabs", ())))
    report = _report(about["report"])
    before, added = (about["steps_before"], about["evaluations_before"]), tuple(about.get("added", ()))
    looked = Look(*about["looked"]) if about.get("looked") else None
    snapshot = Snapshot(about["stage"], *before, report, arrays, anchors, added, looked, earlier, slabs)
    return Start(snapshot, about["seconds"], damaged)


@dataclass
class Recorder:
    """Writes each event of a training to its run."""

    run: Run
    trainer: Trainer | March
    start: Start
    clock: Callable[[], Mapping[str, float]]
    """Seconds of the process, beside those of training, for `result.json`."""

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
        for event in self.trainer.run(self.start.snapshot, lambda: halt() or self._timeout()):
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
        about = {
            "stage": snapshot.stage,
            "steps_before": snapshot.steps_before,
            "evaluations_before": snapshot.evaluations_before,
            "report": asdict(snapshot.report) | {"outcome": int(snapshot.report.outcome)},
            "added": snapshot.added,
            "looked": snapshot.looked,
            "slabs": [slab.loss for slab in snapshot.slabs],
            "seconds": self.seconds,
        }
        path = checkpoints.checkpoint_path(self.run.checkpoints, snapshot.step)
        anchors = {ANCHOR + name: array for name, array in snapshot.anchors.items()}
        slabs = {f"{SLAB}{i}": slab.theta for i, slab in enumerate(snapshot.slabs)}
        checkpoints.save(path, {**snapshot.arrays, **anchors, **slabs, **_named(snapshot.earlier, EARLIER)}, about)
        checkpoints.retain(self.run.checkpoints)
        self._save_solution(snapshot)
        self._write_running(snapshot)

    def _write_running(self, snapshot: Snapshot) -> None:
        self.run.write_status("running", step=snapshot.step, loss=_number(snapshot.report.loss))

    def _save_solution(self, snapshot: Snapshot) -> None:
        unravel = self.trainer.forms[snapshot.stage].objective.unravel
        arrays = _named(unravel(jax.numpy.asarray(snapshot.theta))) | _named(snapshot.earlier, EARLIER)
        for i, slab in enumerate(snapshot.slabs):
            arrays |= _named(unravel(jax.numpy.asarray(slab.theta)), f"{SLAB}{i}/")
        about = {"config": self.run.resolved.read_text(encoding="utf-8"), "step": snapshot.step}
        checkpoints.save(self.run.solution, arrays, about | {"stage": snapshot.stage, "slabs": len(snapshot.slabs)})

    def _finish(self, interrupted: bool) -> dict[str, Any]:
        end, snapshot = self._ends[-1], self._snapshot
        assert snapshot is not None
        status = "finished"
        if end.outcome.broken:
            status = "failed"
        elif end.outcome == Outcome.RUNNING and interrupted:
            status = "interrupted"
        words = end.reason + self._blame(end) + self._gap(end)
        result = {
            "run": str(self.run.path),
            "status": status,
            "reason": words,
            "loss": snapshot.report.loss,
            "validation": self._logged.validation if self._logged else None,
            "steps": snapshot.step,
            "evaluations": snapshot.evaluations,
            "gradient_norm": snapshot.report.gradient_norm,
            "terms": self._logged.terms if self._logged else {},
            "stages": [self._stage(e) for e in self._ends],
            "parameters": self.trainer.parameters,
            **self._slabs(snapshot),
            "seconds": {**self.clock(), "train": self.seconds},
        }
        runs.write_json(self.run.result, result)
        self.run.write_status(status, words, snapshot.step, _number(snapshot.report.loss))
        return result

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

    def _gap(self, end: Ended) -> str:
        """A word about points that are too few."""
        logged = self._logged
        if logged is None or logged.validation is None or end.outcome.broken:
            return ""
        factor = GAP if self.trainer.objective.is_sum_of_squares else ENERGY_GAP
        if not logged.validation - logged.loss > factor * abs(logged.loss):
            return ""
        return (
            f"; the loss on independent points is {logged.validation:.1e}: the network exploits its training points, "
            "raise sampling.points or training.add_points, or use a smaller network"
        )


LIMITS = ("max_steps", "max_seconds", "target", "patience")


def check_alterations(assignments: Sequence[str]) -> None:
    """Refuse changes that a resumption may not make; raises `RequestError`."""
    for number, assignment in enumerate(assignments, start=1):
        path = assignment.split("=", 1)[0].strip()
        parts = path.split(".")
        if parts[0] == "training" or (parts[0] == "optimizer" and parts[-1] in LIMITS):
            continue
        raise RequestError(
            f"-o #{number}: '{path}' cannot change on resumption",
            f"training.* and the limits {', '.join(LIMITS)} of optimizer stages can; for the rest start a new run",
        )


def store_alterations(run: Run, altered: Config) -> None:
    """Keep the limits of a resumption, so that the next one knows them."""
    runs.write_atomic(run.resolved, resolve.text(altered).encode())


def _row(event: Logged, seconds: float) -> Mapping[str, Any]:
    row = {**asdict(event), "seconds": round(seconds, 3)}
    return row if event.slab is not None else {key: value for key, value in row.items() if key != "slab"}


def _report(stored: Mapping[str, Any]) -> Report:
    """A report as `asdict` gave it to JSON, which holds no numbers that are not finite."""
    loss, norm = (np.nan if stored[key] is None else stored[key] for key in ("loss", "gradient_norm"))
    return Report(Outcome(stored["outcome"]), loss, norm, stored["step"], stored["evaluations"])


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _named(tree: Any, head: str = "") -> dict[str, np.ndarray]:
    """The arrays of a tree by name."""
    leaves = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {head + _name(path): np.asarray(leaf) for path, leaf in leaves}


def _unnamed(file: Path, shapes: Any, arrays: Mapping[str, np.ndarray], head: str = "") -> Any:
    """The tree of some shapes with arrays by name; raises `StorageError` where they do not fit."""
    paths, structure = jax.tree_util.tree_flatten_with_path(shapes)
    try:
        leaves = [_fitting(arrays[head + _name(path)], leaf) for path, leaf in paths]
    except (KeyError, ValueError) as error:
        raise StorageError(f"{file} does not fit its own config: {error}") from None
    return jax.tree.unflatten(structure, leaves)


def _name(path: tuple[Any, ...]) -> str:
    return jax.tree_util.keystr(path, simple=True, separator=".")


def _fitting(array: np.ndarray, leaf: jax.ShapeDtypeStruct) -> jax.Array:
    if array.shape != leaf.shape or array.dtype != leaf.dtype:
        raise ValueError(f"{array.dtype}{list(array.shape)} where {leaf.dtype}{list(leaf.shape)} is needed")
    return jax.numpy.asarray(array)
