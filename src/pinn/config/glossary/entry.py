"""An entry of the glossary."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """What a word, or one of its synonyms, comes to in a config."""

    words: tuple[str, ...]
    text: str
    lines: tuple[str, ...] = ()
    """Lines of a config."""
    see: tuple[str, ...] = ()
    """Keys, kinds and functions that say more."""
