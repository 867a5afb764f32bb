"""What the language names but this version does not build yet, so that it is refused by name."""

LATER: dict[str, tuple[str, ...]] = {
    "domain": ("product",),
}
"""Kinds of the language that this version names but does not build yet."""
