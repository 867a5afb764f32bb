"""How a run stands: what its `status.json` says, and whether the process that said so still lives."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pinn.errors import StorageError
from pinn.runs.files import overwrite_json, read_json, write_json
from pinn.runs.processes import Process

Written = Literal["running", "finished", "interrupted", "failed"]
"""States that a run gives itself."""

State = Literal[Written, "killed", "broken"]
"""The same and two that only a reader finds: `killed` runs without a process, `broken` cannot be read."""


@dataclass(frozen=True)
class Status:
    """One look at a run; `reason` is a sentence, `updated` the time of the last word in UTC (ISO 8601)."""

    state: State
    reason: str = ""
    step: int | None = None
    loss: float | None = None
    updated: str | None = None
    pid: int | None = None
    host: str | None = None

    @property
    def is_resumable(self) -> bool:
        """Whether the run has begun, is not finished and nobody works on it."""
        return self.state in ("interrupted", "failed", "killed")


def write(path: Path, state: Written, reason: str = "", step: int | None = None, loss: float | None = None) -> None:
    """Replace a `status.json` atomically; the caller is taken to be the process that runs.

    A failure, the last word of its process, is written in place where the disk is full.
    """
    values = {"state": state, "reason": reason, "step": step, "loss": loss, "updated": now()}
    values |= Process.current().as_json()
    try:
        write_json(path, values)
    except StorageError:
        if state != "failed":
            raise
        overwrite_json(path, values)


def read(path: Path) -> Status:
    """What a `status.json` says today. Raises StorageError if it cannot be read or makes no sense."""
    values = read_json(path)
    owner = Process.from_json(values)
    if owner is None or not _is_sound(values):
        raise StorageError(f"{path} is damaged: it does not describe a run")
    state, reason = values["state"], values["reason"]
    if state == "running" and owner.is_gone:
        state, reason = "killed", f"process {owner.pid} ended without a word; the run can be resumed"
    loss = None if values["loss"] is None else float(values["loss"])
    return Status(state, reason, values["step"], loss, values["updated"], owner.pid, owner.host)


def now() -> str:
    """The time in UTC, so that texts sort as times do."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _is_sound(values: dict[str, Any]) -> bool:
    return (
        values.get("state") in ("running", "finished", "interrupted", "failed")
        and isinstance(values.get("reason"), str)
        and isinstance(values.get("updated"), str)
        and isinstance(values.get("step", ""), int | None)
        and isinstance(values.get("loss", ""), int | float | None)
    )
