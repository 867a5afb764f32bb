"""The only file that knows terminals: the answer goes to stdout, everything else to stderr."""

import json
import math
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pinn.errors import StorageError, printable

INTERVAL = 5.0
"""Seconds between two plain lines of progress where stderr is not a terminal."""


def answer(text: str) -> None:
    """Write the answer to stdout; a reader that went away, or never was, is no mistake.

    Characters that the encoding of stdout does not have are escaped. Raises `StorageError` if stdout is a file that
    cannot hold it.
    """
    if sys.stdout is None:
        return
    try:
        text = text if text.endswith("\n") else text + "\n"
        try:
            sys.stdout.write(text)
        except UnicodeEncodeError as error:
            sys.stdout.write(text.encode(error.encoding, "backslashreplace").decode(error.encoding))
        sys.stdout.flush()
    except OSError as error:
        # What is left in the buffer would fail once more when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise StorageError(f"cannot write to stdout: {error.strerror}") from None


def answer_json(value: Any) -> None:
    """One JSON object on stdout; numbers that are not finite become null."""
    answer(json.dumps(finite(value), allow_nan=False, ensure_ascii=False))


def say(text: str) -> None:
    """Write a line for people to stderr, if there is one."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        pass


def finite(value: Any) -> Any:
    """The value with every number that JSON cannot hold replaced by None."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {key: finite(part) for key, part in value.items()}
        case list() | tuple():
            return [finite(part) for part in value]
        case _:
            return value


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns aligned with two blanks between; numbers to the right."""
    cells = [[printable(c) for c in row] for row in (heads, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(heads))]
    right = [bool(rows) and all(_is_number(row[i]) for row in rows) for i in range(len(heads))]
    lines = []
    for row in cells:
        parts = (c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True))
        lines.append("  ".join(parts).rstrip())
    return "\n".join(lines)


def number(value: float | None, digits: int = 4) -> str:
    return "-" if value is None else f"{value:.{digits - 1}e}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text == "-"
    return True


class Progress:
    """Says where the training is: a live line on a terminal, a plain line every few seconds elsewhere."""

    def __init__(self, quiet: bool):
        self._quiet = quiet
        self._said = time.monotonic()
        self._live: Any = None

    @contextmanager
    def showing(self) -> Iterator["Progress"]:
        """Show progress while the block lasts."""
        if self._quiet or not sys.stderr.isatty():
            yield self
            return
        from rich.console import Console
        from rich.live import Live

        with Live(console=Console(stderr=True), refresh_per_second=8, transient=True) as live:
            self._live = live
            try:
                yield self
            finally:
                self._live = None

    def tell(self, line: str) -> None:
        """Say something that is to stay."""
        if not self._quiet:
            say(line)

    def update(self, line: str) -> None:
        """Tell where things stand; shown at once on a terminal, else if the last line is old enough."""
        if self._quiet:
            return
        if self._live is not None:
            from rich.text import Text

            self._live.update(Text(line))
        elif time.monotonic() - self._said >= INTERVAL:
            self._said = time.monotonic()
            say(line)
