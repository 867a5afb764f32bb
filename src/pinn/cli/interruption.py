"""Signals: the first asks training to end at the next chunk and save, a second Ctrl-C ends the process at once."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pinn.cli import console


@dataclass
class Interruption:
    """Whether SIGINT or SIGTERM has come while it was listening."""

    received: int | None = None

    def halt(self) -> str | None:
        """The sentence that ends training, once a signal came."""
        if self.received is None:
            return None
        return f"interrupted by {signal.Signals(self.received).name}; resume to go on"

    @property
    def exit_code(self) -> int:
        """128 and the number of the signal, as shells have it; 0 if none came."""
        return 0 if self.received is None else 128 + self.received

    @contextmanager
    def listening(self) -> Iterator["Interruption"]:
        """Take SIGINT and SIGTERM while the block lasts."""
        previous = {s: signal.signal(s, self._take) for s in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield self
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _take(self, number: int, frame: object) -> None:
        del frame
        # Python's handlers wait for compiled code to return; the system's own does not. Files are whole at all times.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if self.received is None:
            self.received = number
            console.say("finishing this chunk, then saving; Ctrl-C again to stop at once")
