"""What a term's `on` stands for: entries of pieces, and why there is none."""

from dataclasses import dataclass

from pinn.geometry.pieces import Piece


class PlaceError(Exception):
    """A place that the domain does not have; `hint` says what it has."""

    def __init__(self, message: str, hint: str | None = None):
        super().__init__(message)
        self.message, self.hint = message, hint


@dataclass(frozen=True)
class Entry:
    """One entry of a term's `on`, with the pieces it consists of."""

    name: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Region:
    """Where a term holds: one entry, or several."""

    entries: tuple[Entry, ...]

    @property
    def name(self) -> str:
        return ", ".join(entry.name for entry in self.entries)

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return tuple(piece for entry in self.entries for piece in entry.pieces)

    @property
    def has_normal(self) -> bool:
        return all(piece.has_normal for piece in self.pieces)
