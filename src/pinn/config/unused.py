"""Names that are declared and that nothing in a config speaks of."""

import re
from collections.abc import Iterator

from pinn.config.findings import Findings, Path
from pinn.config.node import Node

DECLARING = {"parameters": "a parameter", "regions": "a region"}
"""Definitions and directions may wait for `pinn eval --expr`."""

APART = ("title", "notes")
"""Words for people."""

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def find(findings: Findings) -> None:
    """Warn of each; it is probably misspelt where it was to stand."""
    used = [(path, _spoken(text)) for path, text in _texts(findings.root, ()) if path[0] not in APART]
    for section, kind in DECLARING.items():
        said = findings.root.child(section)
        for name in said.value if said is not None and isinstance(said.value, dict) else ():
            if not any(name in words for path, words in used if path[:2] != (section, name)):
                findings.warn((section, name), f"nothing speaks of '{name}', {kind}", "use it, or leave it out")


def _texts(node: Node, path: Path) -> Iterator[tuple[Path, str]]:
    """Every text below a node, with its path."""
    if isinstance(node.value, dict):
        for key, below in node.value.items():
            yield from _texts(below, (*path, key))
    elif isinstance(node.value, list):
        for i, below in enumerate(node.value):
            yield from _texts(below, (*path, i))
    elif isinstance(node.value, str):
        yield path, node.value


def _spoken(text: str) -> set[str]:
    """The words of a text, and what may stand before their subscripts."""
    words = set(_WORD.findall(text))
    return words | {"_".join(word.split("_")[:k]) for word in words for k in range(1, word.count("_") + 1)}
