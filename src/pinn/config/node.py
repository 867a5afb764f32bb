"""A value of a config that knows where it stands, down to the single character of an expression."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pinn.errors import Mark

Scalar = str | int | float | bool | None

_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


@dataclass(frozen=True)
class Text:
    """A named text and its lines, as they are shown under a mistake."""

    name: str
    content: str
    lines: tuple[str, ...]

    @classmethod
    def of(cls, name: str, content: str) -> "Text":
        return cls(name, content, tuple(_BREAK.split(content)))

    @classmethod
    def tail(cls, name: str, whole: str, start: int) -> "Text":
        """`whole` from offset `start` on, with places counted in `whole`."""
        content = " " * start + whole[start:]
        return cls(name, content, tuple(_BREAK.split(whole)))

    def mark(self, line: int, column: int, length: int = 1) -> Mark:
        """The place at a line and column that count from 0, as YAML's own marks do."""
        text = self.lines[line] if line < len(self.lines) else ""
        return Mark(self.name, line + 1, column + 1, text, max(1, length))

    def at(self, offset: int) -> Mark:
        """The place of a character of `content`."""
        before = _BREAK.split(self.content[:offset])
        return self.mark(len(before) - 1, len(before[-1]))


@dataclass(frozen=True)
class Node:
    """A value read from YAML.

    `mark` is the place of the value, `key` that of its key if it is an entry of a mapping. A scalar keeps
    its source text in `text`, so that `1e-3` can be read both as a number and as an expression; mappings
    and lists have None.
    """

    value: Scalar | dict[str, "Node"] | list["Node"]
    mark: Mark
    key: Mark | None = None
    text: str | None = None
    stretches: tuple[tuple[int, Mark], ...] = field(default=(), repr=False)
    """Offsets in `text` from which on it stands unbroken in a line, with the place of the first character."""

    @property
    def place(self) -> Mark:
        """Where to point when the value is wrong as a whole: at the value, or at the key if it is empty."""
        return self.key if self.text == "" and self.key is not None else self.mark

    def plain(self) -> object:
        """The value as dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def child(self, step: str | int) -> "Node | None":
        """The entry under a key, or at an index that counts from 0; None if there is no such entry."""
        if isinstance(self.value, dict) and isinstance(step, str):
            return self.value.get(step)
        if isinstance(self.value, list) and isinstance(step, int) and 0 <= step < len(self.value):
            return self.value[step]
        return None

    def find(self, path: Sequence[str | int]) -> "Node | None":
        """The node at the end of a path of keys and indices, or None."""
        node: Node | None = self
        for step in path:
            node = None if node is None else node.child(step)
        return node

    def text_mark(self, start: int, end: int) -> Mark:
        """The place in the file of the stretch `start:end` of `text`.

        Exact for plain and quoted scalars on one line without escapes and for literal blocks (`|`); the place
        of the whole value for all others.
        """
        reached = [stretch for stretch in self.stretches if stretch[0] <= start]
        if not reached:
            return self.mark
        offset, first = reached[-1]
        return replace(first, column=first.column + start - offset, length=max(1, end - start))
