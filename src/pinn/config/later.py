"""What the language names but this version does not build yet, so that it is refused by name."""

LATER: dict[str, tuple[str, ...]] = {
    "domain": (
        *("line", "disk", "ellipse", "annulus", "polygon", "sphere", "points"),
        *("union", "intersection", "difference", "product"),
    ),
    "network": ("fourier", "modified_mlp", "siren", "pirate", "separable", "kan"),
}
"""Kinds of the language that this version names but does not build yet."""

LATER_KEYS: dict[str, frozenset[str]] = {
    "": frozenset({"regions", "report"}),
    "unknowns": frozenset({"inputs", "positive", "network", "on"}),
    "term": frozenset({"require"}),
}
"""Keys of the language that this version names but does not build yet, by section."""
