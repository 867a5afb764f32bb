"""A run is a directory: its files, its name, and how it is made, found and listed.

A directory without a whole `meta.json` and `status.json` is no run yet: it is listed as broken, never
`latest`.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pinn.errors import BusyError, RequestError, StorageError, nearest
from pinn.runs import status
from pinn.runs.files import read_json, refusal, write_json

FORMAT = 1
"""Version of the run directory that this pinn writes; it reads this one and older ones."""

_FOLDER = "--runs wants the folder that holds the runs"

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True)
class Run:
    """A run directory, which need not be whole; properties are paths unless they say otherwise."""

    path: Path

    @property
    def name(self) -> str:
        """The directory's own name."""
        return self.path.name

    @property
    def config(self) -> Path:
        """The config as it was written."""
        return self.path / "config.yaml"

    @property
    def resolved(self) -> Path:
        """The config with defaults and overrides applied; alone enough to repeat the run."""
        return self.path / "resolved.yaml"

    @property
    def meta(self) -> Path:
        """Format, digest, start, versions, device, seed, argv."""
        return self.path / "meta.json"

    @property
    def metrics(self) -> Path:
        """One line for each logged step."""
        return self.path / "metrics.jsonl"

    @property
    def checkpoints(self) -> Path:
        """The directory of resumable states."""
        return self.path / "checkpoints"

    @property
    def solution(self) -> Path:
        """Parameters and resolved config: all that evaluation needs."""
        return self.path / "solution.safetensors"

    @property
    def start(self) -> Path:
        """The trained numbers of another run that this one began with, if it did."""
        return self.path / "start.safetensors"

    @property
    def result(self) -> Path:
        """Final numbers and why the run stopped."""
        return self.path / "result.json"

    @property
    def inputs(self) -> Path:
        """The directory of copies of the files that the config names."""
        return self.path / "inputs"

    @property
    def digest(self) -> str | None:
        """SHA-256 of the resolved config (text, not a path); None while the directory is only half made.

        Raises StorageError if `meta.json` is damaged or from a newer pinn.
        """
        return self.read_meta()["digest"] if self.meta.exists() else None

    def write_meta(self, digest: str, values: Mapping[str, object]) -> None:
        """Write `meta.json`: `values` with the format's number, the config's digest and the starting time."""
        write_json(self.meta, {"format": FORMAT, "digest": digest, "started": status.now(), **values})

    def read_meta(self) -> dict[str, Any]:
        """What `write_meta` wrote. Raises StorageError if it is absent, damaged or from a newer pinn."""
        values = read_json(self.meta)
        if not all(isinstance(values.get(key), kind) for key, kind in _META.items()):
            raise StorageError(f"{self.meta} is damaged: it does not describe a run")
        if values["format"] > FORMAT:
            versions = f"format {values['format']}, this one reads {FORMAT}"
            raise StorageError(f"{self.path} was written by a newer pinn ({versions})", "update pinn")
        return values

    def write_status(
        self, state: status.Written, reason: str = "", step: int | None = None, loss: float | None = None
    ) -> None:
        """Replace `status.json`, the last thing to be written of whatever it speaks of; see `status.write`."""
        status.write(self.path / "status.json", state, reason, step, loss)

    def status(self) -> status.Status:
        """How the run stands; never raises: what cannot be read is `broken`, and the reason says why."""
        try:
            self.read_meta()
            return status.read(self.path / "status.json")
        except StorageError as error:
            return status.Status("broken", str(error))


_META = {"format": int, "digest": str, "started": str}


def check_name(name: str) -> None:
    """Raise RequestError unless `name` can name a run: 1 to 128 of A-Z a-z 0-9 . _ -, not first . or -."""
    if not _NAME.fullmatch(name):
        hint = "use a–z, A–Z, 0–9, '.', '_' and '-', at most 128 of them, and no '.' or '-' in front"
        raise RequestError(f"{name!r} cannot name a run", hint)
    if name == "latest":
        raise RequestError("'latest' cannot name a run: it always means the last one started")


def create(root: Path, stem: str, digest: str, name: str | None = None) -> Run:
    """Make a new, empty run directory under `root`, safe against any number of processes that do the same.

    Without a name it is `<stem>-<UTC time>-<4 hex of digest>`, with `-2`, `-3` … after it if that is taken.
    Raises RequestError for a name that is not allowed, BusyError if another process has just made the named
    directory, and StorageError if the file system refuses.
    """
    if name is not None:
        check_name(name)
    try:
        root.mkdir(parents=True, exist_ok=True)
        if name is None:
            return _create_first_free(root, f"{_clean(stem)}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{digest[:4]}")
        return _create_exactly(root / name)
    except FileExistsError as error:
        raise StorageError(f"cannot make a run in {root}: it is a file", _FOLDER) from error
    except OSError as error:
        raise refusal("make a run in", root, error) from error


def open_named(root: Path, name: str) -> Run | None:
    """The run directory of exactly this name, even if only half made (its `digest` is then None), or None.

    Raises RequestError if the name is not allowed, is taken by a file, or leads out of `root`.
    """
    check_name(name)
    path = root / name
    if path.is_symlink() and path.resolve().parent != root.resolve():
        raise RequestError(f"the run {path} is a link that leads out of {root}")
    if path.is_dir():
        return Run(path)
    if path.exists() or path.is_symlink():
        raise RequestError(f"{path} is not a directory", "choose another name")
    return None


def every(root: Path) -> list[Run]:
    """All directories under `root`, by start; broken ones come first and are no reason to raise."""
    try:
        entries = [entry.name for entry in os.scandir(root) if entry.is_dir() and not entry.name.startswith(".")]
    except OSError:
        return []
    return sorted((Run(root / name) for name in entries), key=lambda run: (_started(run), run.name))


def find(root: Path, text: str) -> Run:
    """The run that `text` means: a name under `root`, a path, `latest`, or a prefix that only one name has.

    Raises RequestError, which lists the candidates or the nearest name, if there is not exactly one.
    """
    if text == "latest":
        return _latest(root)
    if _NAME.fullmatch(text) and (root / text).is_dir():
        return Run(root / text)
    if _is_directory(text):
        run = Run(Path(text))
        if run.meta.is_file():
            return run
    runs = {run.name: run for run in every(root)}
    found = [name for name in sorted(runs) if text and name.startswith(text)]
    if len(found) == 1:
        return runs[found[0]]
    if found:
        raise RequestError(f"{len(found)} runs start with '{text}': {_some(found)}", "write more of the name")
    raise _not_found(root, text, list(runs))


def _latest(root: Path) -> Run:
    whole = [run for run in every(root) if run.status().state != "broken"]
    if not whole:
        raise _not_found(root, "latest", [])
    return whole[-1]


def _not_found(root: Path, text: str, names: list[str]) -> RequestError:
    if root.is_file():
        return RequestError(f"there is no run '{text}': {root} is a file", _FOLDER)
    if not root.is_dir():
        return RequestError(f"there is no run '{text}': the directory {root} does not exist")
    if _is_directory(text):
        return RequestError(f"{text} is a directory but not a run: it has no meta.json")
    if not names:
        return RequestError(f"there is no run '{text}': {root} holds no runs")
    # A mistyped prefix is short: compare it with beginnings as well.
    whole = {name[: len(text)]: name for name in names} | {name: name for name in names}
    close = nearest(text, whole)
    hint = f"the last ones are {_some(names[::-1])}" if close is None else f"did you mean '{whole[close]}'?"
    return RequestError(f"there is no run '{text}' in {root}", hint)


def _some(names: list[str], most: int = 8) -> str:
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")


def _started(run: Run) -> str:
    try:
        return run.read_meta()["started"]
    except StorageError:
        return ""


def _is_directory(text: str) -> bool:
    try:
        return text != "" and Path(text).is_dir()
    except OSError:  # such as a name that is too long
        return False


def _clean(stem: str) -> str:
    """The stem with nothing in it that a run's name may not hold."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._")[:80] or "run"


def _create_exactly(path: Path) -> Run:
    try:
        path.mkdir()
    except FileExistsError as error:
        raise BusyError(f"another process has just made the run '{path.name}'") from error
    return Run(path)


def _create_first_free(root: Path, name: str) -> Run:
    path, number = root / name, 1
    while True:
        try:
            path.mkdir()
            return Run(path)
        except FileExistsError:
            number += 1
            path = root / f"{name}-{number}"
