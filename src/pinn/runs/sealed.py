"""What seals a file of arrays: the header of safetensors, in which a checksum covers every bit.

The file begins with the length of its header and then, in every version, with `{"__metadata__":{"sha256":"…`:
the SHA-256 of the whole file, taken with zeros in place of that digest. It covers names, shapes, types,
metadata and data alike. Any reader of safetensors can open the file.
"""

import json
from pathlib import Path
from typing import Any

from pinn.errors import StorageError
from pinn.runs.files import read_bytes, sha256

FORMAT = "pinn-checkpoint"
VERSION = 1
"""Version of the format that this pinn writes; it reads this one and older ones."""

START = b'{"__metadata__":{"sha256":"'
ZEROS = b"0" * 64
DIGEST = slice(8 + len(START), 8 + len(START) + len(ZEROS))
_LARGEST_HEADER = 16 * 2**20
_MOST_ARRAYS = 10_000
_REMEDY = "use an older checkpoint or a copy"


class DamagedError(StorageError):
    """The file is not what was written."""


class NewerVersionError(StorageError):
    """The file is whole, and this pinn is too old for it."""


def verified(path: Path) -> tuple[bytes, dict[str, Any]]:
    """The bytes of a sealed file, and its metadata.

    Raises StorageError, which names the file, if it cannot be read, is damaged, is no checkpoint, or was
    written by a newer pinn.
    """
    data = read_bytes(path)
    end = 8 + int.from_bytes(data[:8], "little")
    if not data[8:].startswith(START) and len(data) > DIGEST.stop:
        raise DamagedError(f"{path} is not a checkpoint of pinn, or is damaged", _REMEDY)
    if not DIGEST.stop < end <= min(len(data), 8 + _LARGEST_HEADER):
        raise damaged(path, "it is cut short" if end > len(data) else "its header is too long")
    view = memoryview(data)
    if sha256(view[: DIGEST.start], ZEROS, view[DIGEST.stop :]).encode() != data[DIGEST]:
        raise damaged(path, "its checksum does not match")
    return data, _metadata(path, data[8:end])


def is_whole(path: Path) -> bool:
    """Whether a sealed file is there and undamaged; raises StorageError if it cannot be read or is of a newer pinn."""
    try:
        return path.exists() and bool(verified(path))
    except DamagedError:
        return False


def _metadata(path: Path, header: bytes) -> dict[str, Any]:
    try:
        entries = json.loads(header, object_pairs_hook=_unique)
        about = entries["__metadata__"]
        kind, version = about["format"], int(about["version"])
        if kind == FORMAT and version > VERSION:
            message = f"{path} was written by a newer pinn (version {version}, this one reads {VERSION})"
            raise NewerVersionError(message, "update pinn")
        metadata = json.loads(about["metadata"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(path, f"its header makes no sense ({error})") from error
    if kind != FORMAT or not isinstance(metadata, dict) or len(entries) > _MOST_ARRAYS:
        raise damaged(path, "its header makes no sense")
    return metadata


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is there twice")
    return found


def damaged(path: Path, why: str) -> DamagedError:
    """The mistake of a file that is not what was written."""
    return DamagedError(f"{path} is damaged: {why}", _REMEDY)
