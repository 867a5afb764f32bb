"""The files that a config names, kept in the run so that it can be moved and resumed anywhere."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pinn.errors import StorageError
from pinn.runs.directory import Run
from pinn.runs.files import read_bytes, refusal, sha256, sha256_of_file, write_atomic

LARGEST_COPY = 256 * 2**20
"""Files with more bytes stay where they are and are known by path and checksum."""


def copy_inputs(run: Run, files: Mapping[str, Path]) -> dict[str, dict[str, Any]]:
    """Copy each file into the run's `inputs` and describe it: name → `{path, sha256, size}`.

    The path is relative to the run for a copy, absolute for a file above `LARGEST_COPY`. Raises StorageError
    if a file cannot be read or copied.
    """
    taken: set[str] = set()
    records: dict[str, dict[str, Any]] = {}
    for name, source in files.items():
        target = _free(re.sub(r"[^A-Za-z0-9._-]+", "-", source.name).lstrip(".-")[-100:] or "file", taken)
        records[name] = _copy(run, source, target)
    return records


def input_path(run: Run, record: Mapping[str, Any]) -> Path:
    """Where the file that `copy_inputs` described is. Raises StorageError if it is gone or has changed."""
    path = run.path / record["path"]
    if sha256_of_file(path) != record["sha256"]:
        raise StorageError(f"{path} is not the file that the run began with", "restore it from a copy")
    return path


def _copy(run: Run, source: Path, target: str) -> dict[str, Any]:
    try:
        size = source.stat().st_size
        run.inputs.mkdir(exist_ok=True)
    except OSError as error:
        raise refusal("copy", source, error) from error
    if size > LARGEST_COPY:
        return {"path": str(source.resolve()), "sha256": sha256_of_file(source), "size": size}
    data = read_bytes(source)
    write_atomic(run.inputs / target, data)
    return {"path": f"inputs/{target}", "sha256": sha256(data), "size": len(data)}


def _free(name: str, taken: set[str]) -> str:
    """The name, with a number before its suffix if another file of the same name came first."""
    path, candidate, number = Path(name), name, 1
    while candidate.lower() in taken:
        number += 1
        candidate = f"{path.stem}-{number}{path.suffix}"
    taken.add(candidate.lower())
    return candidate
