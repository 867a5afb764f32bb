"""One writer for each run, on any file system: lock files with growing numbers, made with O_EXCL.

The owner of the highest number owns the run, unless it has ended or has said that it is done. Who wants the
run makes the next number, which only one process can do. Once a lock is taken its file is never removed while
it is the highest, so numbers only grow; who made a number that is not the highest has lost. No step needs
`flock`, which network file systems may lack.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pinn.errors import BusyError, StorageError
from pinn.runs.directory import Run
from pinn.runs.files import refusal, sweep, write_json
from pinn.runs.processes import Process

_LOCK = re.compile(r"\.lock\.([1-9][0-9]{0,17})")


@contextmanager
def locked(run: Run) -> Iterator[None]:
    """Be the only writer of `run`; on the way in, remove the temporary files of writers that were killed.

    Raises BusyError at once if another process (or this one, already) writes the run, on this or another
    host; the lock of a process of this host that has ended is taken over. Raises StorageError if the file
    system refuses.
    """
    try:
        number = _acquire(run)
        _remove_below(run, number)
    except OSError as error:
        raise refusal("lock", run.path, error) from error
    for directory in (run.path, run.checkpoints, run.inputs):
        sweep(directory)
    try:
        yield
    finally:
        with suppress(StorageError):  # a lock that cannot be given back dies with its process
            write_json(_path(run, number), {"released": True})


def _acquire(run: Run) -> int:
    """The number of a lock file that this process made and that is the highest."""
    while True:
        last = max(_numbers(run), default=0)
        if last:
            _refuse_if_held(run, _path(run, last))
        mine = last + 1
        try:
            _create(_path(run, mine))
        except FileExistsError:
            continue
        if max(_numbers(run), default=0) == mine:
            return mine
        # Others went further meanwhile and removed the numbers below theirs, this one among them.
        _path(run, mine).unlink(missing_ok=True)


def _create(path: Path) -> None:
    file = path.open("xb")
    try:
        with file:
            file.write(json.dumps(Process.current().as_json()).encode())
    except OSError:  # such as a full disk; an empty lock would stay for ever
        path.unlink(missing_ok=True)
        raise


def _refuse_if_held(run: Run, path: Path) -> None:
    try:
        values = json.loads(path.read_bytes())
    except FileNotFoundError:
        return
    except (ValueError, RecursionError):
        values = None
    if isinstance(values, dict) and values.get("released") is True:
        return
    owner = Process.from_json(values) if isinstance(values, dict) else None
    if owner is None:  # being made just now, or its maker was killed in between
        raise BusyError(f"the run {run.path} is locked", f"if nobody is writing it, remove {path}")
    if owner.is_gone:
        return
    hint = "wait for it, or stop it" if owner.is_here else f"if that process has ended, remove {path}"
    raise BusyError(f"the run {run.path} is being written by process {owner.pid} on {owner.host}", hint)


def _remove_below(run: Run, number: int) -> None:
    for other in _numbers(run):
        if other < number:
            _path(run, other).unlink(missing_ok=True)


def _numbers(run: Run) -> list[int]:
    matches = (_LOCK.fullmatch(entry.name) for entry in os.scandir(run.path))
    return [int(found[1]) for found in matches if found]


def _path(run: Run, number: int) -> Path:
    return run.path / f".lock.{number}"
