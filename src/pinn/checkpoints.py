"""Arrays ↔ one safetensors file in which no bit can change unseen.

The file is sealed (`pinn.runs.sealed`), and any reader of safetensors can open it. The same content gives the same
bytes.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pinn.errors import StorageError
from pinn.runs.files import plain, refusal, sha256, write_atomic
from pinn.runs.sealed import DIGEST, FORMAT, VERSION, ZEROS, NewerVersionError, damaged, verified

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

_TYPES = {
    "float64": "F64", "float32": "F32", "float16": "F16", "complex64": "C64", "bool": "BOOL",
    "int64": "I64", "int32": "I32", "int16": "I16", "int8": "I8",
    "uint64": "U64", "uint32": "U32", "uint16": "U16", "uint8": "U8",
}  # fmt: skip
_NAME = re.compile(r"step-([0-9]{8,18})\.safetensors")


def save(path: Path, arrays: Mapping[str, "ArrayLike"], metadata: Mapping[str, Any]) -> None:
    """Write named arrays and JSON metadata atomically; equal content gives equal bytes.

    Arrays may have any shape and memory layout; bool, integers, floats and complex64 are possible. Raises
    StorageError if the file system refuses, TypeError for another type of array.
    """
    import numpy as np

    # Not ascontiguousarray, which gives 0-d arrays an axis.
    found = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    # Widest first, as the format asks for alignment.
    ordered = sorted(found.items(), key=lambda item: (-item[1].dtype.itemsize, item[0]))
    header = bytearray(_header(ordered, metadata))
    data = [_bytes(array) for _, array in ordered]
    header[DIGEST] = sha256(bytes(header), *data).encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refusal("write", path, error) from error
    write_atomic(path, bytes(header), *data)


def load(path: Path) -> tuple[dict[str, "np.ndarray"], dict[str, Any]]:
    """The arrays and the metadata that `save` wrote, verified.

    Raises StorageError, which names the file, if it cannot be read, is damaged, is no checkpoint, or was
    written by a newer pinn.
    """
    data, metadata = verified(path)
    from safetensors import SafetensorError
    from safetensors.numpy import load as decode

    try:
        return decode(data), metadata
    except (SafetensorError, KeyError, ValueError) as error:
        raise damaged(path, str(error)) from error


def checkpoint_path(directory: Path, step: int) -> Path:
    """Where the checkpoint of a step lies."""
    return directory / f"step-{step:08d}.safetensors"


def latest(directory: Path) -> tuple[Path | None, list[Path]]:
    """The newest checkpoint that verifies, or None, and the damaged ones that are newer.

    Raises StorageError if a newer pinn wrote the newest: an older state must not be taken for it.
    """
    damaged: list[Path] = []
    for path in _newest_first(directory):
        try:
            verified(path)
        except NewerVersionError:
            raise
        except StorageError:
            damaged.append(path)
        else:
            return path, damaged
    return None, damaged


def retain(directory: Path, keep: int = 2) -> None:
    """Remove all checkpoints but the newest whole one and the `keep` - 1 before it; none if none is whole.

    Raises StorageError if the file system refuses.
    """
    newest, superfluous = latest(directory)
    if newest is None:
        return
    paths = _newest_first(directory)
    superfluous += paths[paths.index(newest) + keep :]
    for path in superfluous:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise refusal("remove", path, error) from error


def _newest_first(directory: Path) -> list[Path]:
    if not directory.is_dir():
        return []
    try:
        found = [(int(name[1]), path) for path in directory.iterdir() if (name := _NAME.fullmatch(path.name))]
    except OSError as error:
        raise refusal("read", directory, error) from error
    return [path for _, path in sorted(found, reverse=True)]


def _header(arrays: list[tuple[str, "np.ndarray"]], metadata: Mapping[str, Any]) -> bytes:
    """Length and header as safetensors has them, with zeros for the digest."""
    about = {
        "sha256": ZEROS.decode(),
        "format": FORMAT,
        "version": str(VERSION),
        "metadata": _text(metadata),
    }
    entries: dict[str, Any] = {"__metadata__": about}
    offset = 0
    for name, array in arrays:
        if array.dtype.name not in _TYPES or name in entries:
            raise TypeError(f"cannot store {name}: {array.dtype}")
        end = offset + array.nbytes
        kind = _TYPES[array.dtype.name]
        entries[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def _text(metadata: Mapping[str, Any]) -> str:
    return json.dumps(plain(metadata), allow_nan=False, sort_keys=True, separators=(",", ":"))


def _bytes(array: "np.ndarray") -> memoryview:
    """The array's memory, least significant byte first."""
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return little.reshape(-1).view("u1").data
