"""Where the shipped configs use a word of the language: examples that are known to work."""

import re
from collections.abc import Iterator
from pathlib import Path

from pinn import shipped
from pinn.config.node import Node
from pinn.config.source import read

MOST_LINES = 6
"""Longest example."""


def of_key(path: tuple[str, ...], kinds: tuple[str, ...] = ()) -> str | None:
    """The lines of the first config that has a key at a path, in sections of some kinds, headed by its place."""
    for file, root in _roots():
        for node in _below(root, path, kinds):
            return _shown(file, node)
    return None


def of_value(path: tuple[str, ...], word: str) -> str | None:
    """The lines of the first config that gives a word to the key at a path."""
    for file, root in _roots():
        for node in _below(root, path, ()):
            if node.value == word:
                return _shown(file, node)
    return None


def of_function(name: str) -> str | None:
    """The lines of the first config that calls a function."""
    called = re.compile(rf"\b{name}\(")
    for file, root in _roots():
        for node in _every(root):
            if node.text is not None and called.search(node.text):
                return _shown(file, node)
    return None


def _every(node: Node) -> Iterator[Node]:
    yield node
    match node.value:
        case dict() as parts:
            below = [*parts.values()]
        case list() as below:
            pass
        case _:
            return
    for part in below:
        yield from _every(part)


def _roots() -> Iterator[tuple[Path, Node]]:
    for name in shipped.names():
        path = shipped.find(name)
        yield path, read(path.read_bytes(), f"configs/{path.name}")


def _below(node: Node, path: tuple[str, ...], kinds: tuple[str, ...]) -> Iterator[Node]:
    """The values at a path of keys; lists, and mappings whose keys are the user's, are looked through."""
    if not path:
        yield node
        return
    first, *rest = path
    match node.value:
        case list() as parts:
            for part in parts:
                yield from _below(part, path, kinds)
        case dict() as parts if first in parts:
            kind = node.child("kind")
            if rest or not kinds or (kind is not None and kind.value in kinds):
                yield from _below(parts[first], tuple(rest), kinds)
        case dict() as parts:
            for part in parts.values():
                yield from _below(part, path, kinds)
        case _:
            return


def _shown(file: Path, node: Node) -> str:
    """The line with the key of a node, and those below it that belong to it."""
    mark = node.key or node.mark
    lines = file.read_text(encoding="utf-8").splitlines()
    first = lines[mark.line - 1]
    depth = len(first) - len(first.lstrip())
    chosen = [first]
    for line in lines[mark.line : mark.line - 1 + MOST_LINES]:
        if len(line) - len(line.lstrip()) <= depth:
            break
        chosen.append(line)
    return "\n".join([f"{mark.source}:{mark.line}", *(line[depth:] for line in chosen)])
