"""Files that are whole or absent: temporary file, fsync, rename; and checksums, verified on reading."""

import contextlib
import errno
import hashlib
import json
import math
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pinn.errors import StorageError
from pinn.runs.processes import Process

_TEMPORARY = re.compile(r"\.(?P<host>[^@]*)@(?P<pid>\d+)@(?P<born>\d*)@[0-9a-f]+\.tmp")

_HINTS = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "make room on that file system and try again"),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "choose a directory that you may write"),
    **dict.fromkeys((errno.ENOTDIR, errno.ENOENT), "check that the directory exists"),
}


def write_atomic(path: Path, *parts: bytes | memoryview) -> None:
    """Replace `path` by the parts, one after the other; a reader sees the old file or the new one, whole.

    Raises StorageError, which names the path, if the file system refuses; the old file is then intact and no
    temporary file is left.
    """
    temporary = path.with_name(_temporary_name())
    try:
        with temporary.open("xb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105 (one name for the fault tests to intercept)
        _sync_directory(path.parent)
    except OSError as error:
        raise refusal("write", path, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def read_bytes(path: Path) -> bytes:
    """The whole file. Raises StorageError, which names the path, if the file system refuses."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise refusal("read", path, error) from error


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write a JSON object atomically, a checksum as its last key; numbers that are not finite become null."""
    write_atomic(path, _sealed(values))


def overwrite_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write a JSON object into the room of one that is there, where a full disk has none for a second file.

    A reader may see half of it. Raises StorageError if the file system refuses that, too.
    """
    data = _sealed(values)
    try:
        with path.open("r+b") as file:
            file.write(data)
            file.truncate()
    except OSError as error:
        raise refusal("write", path, error) from error


def read_json(path: Path) -> dict[str, Any]:
    """The object that `write_json` wrote. Raises StorageError if it cannot be read or was changed since."""
    data = read_bytes(path)
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise StorageError(f"{path} is damaged: it is not JSON ({error})") from error
    if not isinstance(content, dict) or content.pop("sha256", None) != _checksum(content):
        raise StorageError(f"{path} is damaged: its checksum does not match", "restore the file from a copy")
    return content


def plain(value: Any) -> Any:
    """`value` as JSON can hold it: keys become text, tuples lists, numbers that are not finite None."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def sha256(*parts: bytes | memoryview) -> str:
    """The SHA-256 of the parts, one after the other, in hexadecimal."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def sha256_of_file(path: Path) -> str:
    """The SHA-256 of a file of any size. Raises StorageError if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise refusal("read", path, error) from error


def require_space(directory: Path, size: int) -> None:
    """Raise StorageError unless `size` more bytes fit the file system of `directory`."""
    try:
        system = os.statvfs(directory)
    except OSError as error:
        raise refusal("write", directory, error) from error
    free = system.f_bavail * system.f_frsize
    if free < size:
        message = f"{directory} has room for {_said(free)}, and {_said(size)} are needed"
        raise StorageError(message, _HINTS[errno.ENOSPC])


def sweep(directory: Path) -> None:
    """Remove the temporary files that processes of this host left in `directory` when they were killed."""
    try:
        entries = [entry.name for entry in os.scandir(directory)]
    except OSError:
        return
    for name in entries:
        found = _TEMPORARY.fullmatch(name)
        if found and _owner(found).is_gone:
            with contextlib.suppress(OSError):
                (directory / name).unlink()


def refusal(doing: str, path: Path, error: OSError) -> StorageError:
    """`cannot write x: No space left on device`, with what to do about it."""
    return StorageError(f"cannot {doing} {path}: {error.strerror or error}", _HINTS.get(error.errno or 0))


def _said(size: int) -> str:
    """A number of bytes in the unit that suits it."""
    unit, scale = next((u for u in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)) if size >= u[1]), ("bytes", 1.0))
    return f"{size / scale:.4g} {unit}"


def _temporary_name() -> str:
    me = Process.current()
    host = me.host.replace("/", "+")
    return f".{host}@{me.pid}@{'' if me.born is None else me.born}@{secrets.token_hex(4)}.tmp"


def _owner(found: re.Match[str]) -> Process:
    born = int(found["born"]) if found["born"] else None
    return Process(int(found["pid"]), found["host"].replace("+", "/"), born)


def _sync_directory(directory: Path) -> None:
    """Make a rename durable, where the file system can synchronise directories at all."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def _sealed(values: Mapping[str, Any]) -> bytes:
    content = plain(values)
    content["sha256"] = _checksum(content)
    return json.dumps(content, indent=2, allow_nan=False).encode() + b"\n"


def _checksum(content: dict[str, Any]) -> str:
    return sha256(json.dumps(content, sort_keys=True).encode())
