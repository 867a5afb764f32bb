"""Arrays ↔ one safetensors file in which no bit can change unseen.

The file begins with the length of its header and then, in every version, with `{"__metadata__":{"sha256":"…`:
the SHA-256 of the whole file, taken with zeros in place of that digest. It covers names, shapes, types,
metadata and data alike. Any reader of safetensors can open the file. The same content gives the same bytes.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pinn.errors import StorageError
from pinn.runs.files import plain, read_bytes, refusal, sha256, write_atomic

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

FORMAT = "pinn-checkpoint"
VERSION = 1
"""Version of the format that this pinn writes; it reads this one and older ones."""

_START = b'{"__metadata__":{"sha256":"'
_ZEROS = b"0" * 64
_DIGEST = slice(8 + len(_START), 8 + len(_START) + len(_ZEROS))
_LARGEST_HEADER = 16 * 2**20
_MOST_ARRAYS = 10_000
_TYPES = {
    "float64": "F64", "float32": "F32", "float16": "F16", "complex64": "C64", "bool": "BOOL",
    "int64": "I64", "int32": "I32", "int16": "I16", "int8": "I8",
    "uint64": "U64", "uint32": "U32", "uint16": "U16", "uint8": "U8",
}  # fmt: skip
_REMEDY = "use an older checkpoint or a copy"
_NAME = re.compile(r"step-([0-9]{8,18})\.safetensors")


class _NewerVersionError(StorageError):
    """The file is whole, and this pinn is too old for it."""


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
    header[_DIGEST] = sha256(bytes(header), *data).encode()
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
    data, metadata = _verified(path)
    from safetensors import SafetensorError
    from safetensors.numpy import load as decode

    try:
        return decode(data), metadata
    except (SafetensorError, KeyError, ValueError) as error:
        raise _damaged(path, str(error)) from error


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
            _verified(path)
        except _NewerVersionError:
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
        "sha256": _ZEROS.decode(),
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


def _verified(path: Path) -> tuple[bytes, dict[str, Any]]:
    """The bytes of a file that is what `save` wrote, and its metadata."""
    data = read_bytes(path)
    end = 8 + int.from_bytes(data[:8], "little")
    if not data[8:].startswith(_START) and len(data) > _DIGEST.stop:
        raise StorageError(f"{path} is not a checkpoint of pinn, or is damaged", _REMEDY)
    if not _DIGEST.stop < end <= min(len(data), 8 + _LARGEST_HEADER):
        raise _damaged(path, "it is cut short" if end > len(data) else "its header is too long")
    view = memoryview(data)
    if sha256(view[: _DIGEST.start], _ZEROS, view[_DIGEST.stop :]).encode() != data[_DIGEST]:
        raise _damaged(path, "its checksum does not match")
    return data, _metadata(path, data[8:end])


def _metadata(path: Path, header: bytes) -> dict[str, Any]:
    try:
        entries = json.loads(header, object_pairs_hook=_unique)
        about = entries["__metadata__"]
        kind, version = about["format"], int(about["version"])
        if kind == FORMAT and version > VERSION:
            message = f"{path} was written by a newer pinn (version {version}, this one reads {VERSION})"
            raise _NewerVersionError(message, "update pinn")
        metadata = json.loads(about["metadata"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(path, f"its header makes no sense ({error})") from error
    if kind != FORMAT or not isinstance(metadata, dict) or len(entries) > _MOST_ARRAYS:
        raise _damaged(path, "its header makes no sense")
    return metadata


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is there twice")
    return found


def _damaged(path: Path, why: str) -> StorageError:
    return StorageError(f"{path} is damaged: {why}", _REMEDY)
