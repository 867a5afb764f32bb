"""Who a process is, in words that another process can check later: host, number, start time."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

_FIRST_NAMESPACE = 0xEFFFFFFC
"""Inode of the process namespace that a Linux machine boots with; containers have others."""


@dataclass(frozen=True)
class Process:
    """A process by host and number; `born` (in ticks since boot, if known) tells it from a later namesake."""

    pid: int
    host: str
    born: int | None = None

    @classmethod
    def current(cls) -> "Process":
        """The process that asks."""
        pid = os.getpid()
        life = _life(pid)
        return cls(pid, _host(), life[1] if life else None)

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> "Process | None":
        """The process that `as_json` described, or None if the values describe none."""
        pid, host, born = values.get("pid"), values.get("host"), values.get("born")
        if type(pid) is not int or pid <= 0 or not isinstance(host, str):
            return None
        return cls(pid, host, born if type(born) is int else None)

    def as_json(self) -> dict[str, object]:
        """Plain data, for a file."""
        return asdict(self)

    @property
    def is_here(self) -> bool:
        """Whether this host can tell if the process lives; the number means nothing elsewhere."""
        return self.host == _host()

    @property
    def is_gone(self) -> bool:
        """Whether the process has certainly ended; False where that cannot be known."""
        if not self.is_here:
            return False
        try:
            os.kill(self.pid, 0)
        except (ProcessLookupError, OverflowError):
            return True
        except PermissionError:
            pass
        life = _life(self.pid)
        if life is None:
            return False
        state, born = life
        return state in "ZX" or (self.born is not None and born != self.born)


def _host() -> str:
    """This machine's name, followed by the process namespace inside a container (they may share the name)."""
    name = os.uname().nodename
    try:
        namespace = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return name
    return name if namespace == _FIRST_NAMESPACE else f"{name}/{namespace}"


def _life(pid: int) -> tuple[str, int] | None:
    """State letter and start time of a process, where /proc tells."""
    try:
        # The command name, in parentheses, may itself hold spaces and parentheses.
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return fields[0].decode("ascii"), int(fields[19])
    except (OSError, ValueError, IndexError):
        return None
