"""Brings runs back from their directories: config, warnings, and where a training goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pinn import checkpoints, config, runs
from pinn.config import Config, resolve
from pinn.errors import RequestError, StorageError
from pinn.recording import snapshots, warm
from pinn.runs import Run
from pinn.training import Snapshot


def read_config(run: Run, assignments: Sequence[str] = ()) -> Config:
    """The config that a run was made from, with the changes that a resumption allows.

    Raises `StorageError` if an input is missing or has changed, `ConfigError` if a change is not allowed.
    """
    for record in run.read_meta().get("inputs", {}).values():
        runs.input_path(run, record)
    try:
        text = run.resolved.read_bytes()
    except OSError as error:
        raise StorageError(f"{run.path} has no readable {run.resolved.name}: {error.strerror}") from None
    return config.parse(text, str(run.resolved), run.path, assignments)


def warnings(run: Run) -> list[str]:
    """What the training of a run had against its solution; nothing where none has come to an end."""
    try:
        return [str(word) for word in runs.read_json(run.result).get("warnings", [])]
    except (StorageError, AttributeError):
        return []


@dataclass(frozen=True)
class Start:
    """Where a training begins: a snapshot or nothing, and the seconds of training before it."""

    snapshot: Snapshot | None = None
    seconds: float = 0.0
    damaged: Sequence[Path] = ()
    """Newer checkpoints that were passed over."""
    first: np.ndarray | None = None
    """The numbers of another run that the training began with; see `warm.Warm`."""


def read_start(run: Run) -> Start:
    """The newest whole checkpoint of a run, or the beginning if it has none yet.

    Raises `StorageError` if there are checkpoints and all are damaged: to begin anew would hide the loss.
    """
    first = warm.restored(run)
    path, damaged = checkpoints.latest(run.checkpoints)
    if path is None:
        if damaged:
            names = ", ".join(str(name) for name in damaged)
            raise StorageError(f"every checkpoint is damaged: {names}", "restore one from a copy, or start a new run")
        return Start(first=first)
    snapshot, seconds = snapshots.read(path, read_config(run))
    return Start(snapshot, seconds, damaged, first)


LIMITS = ("max_steps", "max_seconds", "target", "patience", "reduction")

DECISIVE = ("training", "training.balance_every", "training.causal", "training.slabs")
"""What stands under `training` and decides the result; the section as a whole might hold it."""


def check_alterations(assignments: Sequence[str]) -> None:
    """Refuse changes that a resumption may not make; raises `RequestError`."""
    for number, assignment in enumerate(assignments, start=1):
        path = assignment.split("=", 1)[0].strip()
        parts = path.split(".")
        free = parts[0] == "training" and ".".join(parts[:2]) not in DECISIVE
        if free or (parts[0] == "optimizer" and parts[-1] in LIMITS):
            continue
        raise RequestError(
            f"-o #{number}: '{path}' cannot change on resumption",
            f"training.* but balance_every, causal and slabs, and the limits {', '.join(LIMITS)} of optimizer stages "
            "can; for the rest start a new run",
        )


def check_steps(run: Run, altered: Config, start: Start) -> None:
    """Refuse fewer steps of the present stage than it has taken; raises `RequestError`."""
    if start.snapshot is None:
        return
    most, taken = altered.stages[start.snapshot.stage].max_steps, start.snapshot.report.step
    if most < taken:
        message = f"{run.path} is already beyond max_steps={most}: it has taken {taken} of this stage"
        raise RequestError(message, "nothing was changed; give more of them to go on")


def store_alterations(run: Run, altered: Config) -> None:
    """Keep the limits of a resumption, so that the next one knows them."""
    runs.write_atomic(run.resolved, resolve.text(altered).encode())
