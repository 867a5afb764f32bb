"""Every way in which pinn fails on purpose: what was wrong, where it stands in the text, and the exit code.

A mistake is a `Diagnostic`. Mistakes of one config are collected and raised together as one `ConfigError`.
"""

import difflib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Mark:
    """A stretch of source text: `line` and `column` count from 1, `text` is the whole line."""

    source: str
    line: int
    column: int
    text: str
    length: int = 1

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Diagnostic:
    """One mistake: a sentence, its place if it has one, and what to do about it."""

    message: str
    mark: Mark | None = None
    hint: str | None = None
    severity: str = "error"

    def render(self) -> str:
        """Lay the mistake out as a compiler does: sentence, place, source line, caret, hint."""
        head = f"{self.severity}: {printable(self.message)}"
        if self.mark is None:
            return head if self.hint is None else f"{head}\n  = {printable(self.hint)}"
        mark = self.mark
        gutter = " " * len(str(mark.line))
        text, offset = _excerpt(mark)
        caret = "^" * max(1, min(mark.length, len(text) - offset))
        hint = "" if self.hint is None else f" {printable(self.hint)}"
        return f"{head}\n{gutter}--> {mark}\n{gutter} |\n{mark.line} | {text}\n{gutter} | {' ' * offset}{caret}{hint}"

    def as_json(self) -> dict[str, object]:
        """The same as plain data, for `--json`."""
        place = self.mark
        return {
            "severity": self.severity,
            "message": self.message,
            "hint": self.hint,
            "source": place.source if place else None,
            "line": place.line if place else None,
            "column": place.column if place else None,
        }


class PinnError(Exception):
    """A failure that the user can understand; `exit_code` is what the command line returns."""

    exit_code = 70

    def __init__(self, message: str, hint: str | None = None):
        super().__init__(message)
        self.diagnostics: Sequence[Diagnostic] = (Diagnostic(message, hint=hint),)

    def render(self) -> str:
        return "\n".join(diagnostic.render() for diagnostic in self.diagnostics)


class RequestError(PinnError):
    """The request was wrong: an option, a run name, a file that is not there."""

    exit_code = 2


class ConfigError(RequestError):
    """All the mistakes of one config."""

    def __init__(self, diagnostics: Iterable[Diagnostic]):
        found = tuple(diagnostics)
        super().__init__("; ".join(d.message for d in found))
        self.diagnostics = found


class RequirementError(PinnError):
    """A `--require` was missed, or time was over before all slabs were begun."""

    exit_code = 3


class NumericsError(PinnError):
    """The numbers broke: a value that is not finite, a line search that failed at once."""

    exit_code = 4


class StorageError(PinnError):
    """The file system refused, or a file is not what its checksum says."""

    exit_code = 5


class BusyError(PinnError):
    """Another process is writing this run."""

    exit_code = 6


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The known word that `word` was probably meant to be, or None where none has this `likeness`, up to 1."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=likeness)
    return found[0] if found else None


def suggestion(word: str, known: Iterable[str]) -> str | None:
    """`did you mean 'width'?`, or None."""
    found = nearest(word, known)
    return None if found is None else f"did you mean '{found}'?"


def printable(text: str) -> str:
    """`text` without control characters, so that no escape sequence of a config reaches the terminal."""
    return "".join(c if c in "\n\t" or unicodedata.category(c)[0] != "C" else "\ufffd" for c in text)


def _excerpt(mark: Mark, width: int = 100) -> tuple[str, int]:
    """The part of the line around the mark that fits a terminal, and the caret's offset in it."""
    offset = min(mark.column - 1, len(mark.text))
    start = max(0, offset - width // 2) if len(mark.text) > width else 0
    return printable(mark.text[start : start + width].replace("\t", " ")), offset - start
