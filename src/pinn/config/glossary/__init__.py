"""Words of the field that are no keys of the language: what is written for them."""

from pinn.config.glossary import conditions, equations, methods, problems
from pinn.config.glossary.entry import Entry

__all__ = ["CHAPTERS", "ENTRIES", "Entry", "find"]

CHAPTERS = {
    "conditions": conditions.ENTRIES,
    "equations": equations.ENTRIES,
    "problems": problems.ENTRIES,
    "methods": methods.ENTRIES,
}
ENTRIES = tuple(entry for entries in CHAPTERS.values() for entry in entries)


def find(word: str) -> Entry | None:
    """What is said of a word, in capitals or not, in the singular or plural, with spaces, hyphens or underscores."""
    plain = _plain(word)
    forms = {plain, plain.removesuffix(" condition"), plain.removesuffix(" boundary condition")}
    return next((entry for entry in ENTRIES for known in entry.words if _plain(known) in forms), None)


def _plain(word: str) -> str:
    return word.lower().replace("-", " ").replace("_", " ").removesuffix("s")
