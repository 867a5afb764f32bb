"""Words of the field that are no keys of the language: what is written for them."""

from pinn.config.glossary import conditions, equations, methods
from pinn.config.glossary.entry import Entry

__all__ = ["ENTRIES", "Entry", "find"]

ENTRIES = (*conditions.ENTRIES, *equations.ENTRIES, *methods.ENTRIES)


def find(word: str) -> Entry | None:
    """What is said of a word, in capitals or not, in the singular or plural."""
    plain = word.lower().removesuffix("s")
    forms = {plain, plain.removesuffix(" condition"), plain.removesuffix(" boundary condition")}
    return next((entry for entry in ENTRIES for known in entry.words if known.removesuffix("s") in forms), None)
