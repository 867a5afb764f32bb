"""`metrics.jsonl`: one JSON object for each logged step. A row is whole once its newline is there."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pinn.runs.files import plain, read_bytes, refusal, write_atomic


def append(path: Path, row: Mapping[str, Any]) -> None:
    """Add one row and hand it to the system; numbers that are not finite become null.

    Raises StorageError if the file system refuses.
    """
    line = json.dumps(plain(row), allow_nan=False).encode() + b"\n"
    try:
        with path.open("ab") as file:
            file.write(line)
    except OSError as error:
        raise refusal("write", path, error) from error


def read(path: Path) -> list[dict[str, Any]]:
    """All whole rows; a torn one is left out, and a file that does not exist yet has none."""
    return [row for _, row in _rows(path)]


def cut(path: Path, step: int) -> None:
    """Drop, atomically, all rows with a `step` above the given one and whatever is torn.

    A run that goes on from a checkpoint at `step` then logs no step twice.
    """
    if path.exists():
        write_atomic(path, *(line + b"\n" for line, row in _rows(path) if not _is_after(row, step)))


def _rows(path: Path) -> Iterator[tuple[bytes, dict[str, Any]]]:
    lines = read_bytes(path).split(b"\n")[:-1] if path.exists() else []
    for line in lines:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            yield line, row


def _is_after(row: dict[str, Any], step: int) -> bool:
    at = row.get("step")
    return isinstance(at, int) and at > step
