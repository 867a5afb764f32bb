"""YAML text becomes a tree of nodes, under limits that act while reading.

The text is read as a stream of PyYAML's events by its Python parser: the C parser places its errors
differently and is not needed for files of this size. Scalars have the meaning of YAML 1.2
(`pinn.config.scalars`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import yaml

from pinn.config import brackets, scalars, traps
from pinn.config.node import Node, Text
from pinn.errors import ConfigError, Diagnostic, Mark

__all__ = ["MAX_DEPTH", "MAX_NODES", "MAX_SIZE", "Node", "read", "read_value"]

MAX_SIZE = 1 << 20
"""Bytes of a config."""
MAX_DEPTH = 32
"""Levels of mappings and lists inside each other."""
MAX_NODES = 20_000
"""Keys and values, counting what an alias stands for each time it is used."""
MOST_BRACKETS = 40
"""Pairs of them in expressions without quotes for which a file is read once more."""


def read(text: bytes | str, name: str) -> Node:
    """The tree of a config; top-level keys `x-…`, which only hold anchors, are left out.

    Raises ConfigError for text that is not UTF-8, not YAML, too large, or that says something twice.
    """
    root, slips = read_on(text, name)
    if slips:
        raise ConfigError(slips)
    return root


def read_on(text: bytes | str, name: str) -> tuple[Node, list[Diagnostic]]:
    """The tree of a config with slips mended that leave no doubt of what was meant, so that the rest can be checked.

    Raises ConfigError as `read` does, but for these slips: expressions that lack quotes.
    """
    root, slips = _read(Text.of(name, _decoded(text, name)))
    if isinstance(root.value, dict):
        root = replace(root, value={k: v for k, v in root.value.items() if not k.startswith("x-")})
    return root, slips


def read_value(text: Text) -> Node:
    """The tree of any YAML value; null for an empty text. Raises ConfigError."""
    root, slips = _read(text)
    if slips:
        raise ConfigError(slips)
    return root


def _read(text: Text) -> tuple[Node, list[Diagnostic]]:
    odd = yaml.reader.Reader.NON_PRINTABLE.search(text.content)
    if odd is not None:
        message = f"the character U+{ord(odd.group()):04X} is not allowed in a config"
        raise ConfigError([Diagnostic(message, text.at(odd.start()))])
    found: list[Diagnostic] = []
    reader, root = _Reader(text, text.content), None
    for left in reversed(range(MOST_BRACKETS + 1)):
        try:
            root = reader.document()
            break
        except yaml.MarkedYAMLError as error:
            mistake = traps.diagnose(text, error)
            mended = brackets.hidden(reader.content, error) if left and traps.is_bracket(mistake) else None
            if mended is None:
                slips = _elsewhere([*reader.slips, mistake], found)
                raise ConfigError([*found, *reader.mistakes, *slips]) from None
            found += _elsewhere([mistake], found)
            reader = _Reader(text, mended)
    assert root is not None
    slips = [*found, *_elsewhere(reader.slips, found)]
    if reader.mistakes:
        raise ConfigError([*slips, *reader.mistakes])
    return root, slips


def _elsewhere(mistakes: Sequence[Diagnostic], found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Those on other lines: what is beside a bracket of the wrong kind mostly comes from it."""
    lines = {mistake.mark.line for mistake in found if mistake.mark}
    return [mistake for mistake in mistakes if mistake.mark is None or mistake.mark.line not in lines]


def _decoded(text: bytes | str, name: str) -> str:
    if len(text) > MAX_SIZE:
        raise ConfigError([Diagnostic(f"{name} is larger than {MAX_SIZE >> 20} MiB, the limit for a config")])
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = text[: error.start].decode("utf-8", "replace")
        mark = Text.of(name, before).at(len(before))
        byte = f"the byte 0x{text[error.start]:02x} does not belong to UTF-8 text"
        raise ConfigError([Diagnostic(byte, mark, "save the file as UTF-8")]) from None


class _Reader:
    """Builds nodes from events; collects mistakes that need not stop the reading."""

    def __init__(self, text: Text, content: str):
        self.text = text
        self.content = content
        self.events = brackets.events(content)
        self.mistakes: list[Diagnostic] = []
        self.slips: list[Diagnostic] = []
        self._anchors: dict[str, tuple[Node, int, int]] = {}
        self._count = 0

    def document(self) -> Node:
        """The one document of the text."""
        root: Node | None = None
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    self._refuse("a config is one YAML document; a second one begins here", event)
                    break
                root = self._node(next(self.events), 0)
        return Node(None, self.text.mark(0, 0), text="") if root is None else root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        self._spend(event, 1, depth)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        if isinstance(event, yaml.ScalarEvent):
            node = self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(event, depth)
        else:
            assert isinstance(event, yaml.MappingStartEvent)
            node = self._mapping(event, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = (node, *_extent(node))
        return node

    def _spend(self, event: yaml.Event, nodes: int, depth: int) -> None:
        """Refuse to go on when a limit is passed."""
        self._count += nodes
        if depth > MAX_DEPTH:
            self._stop(f"this is nested deeper than {MAX_DEPTH} levels", event)
        if self._count > MAX_NODES:
            self._stop(f"the config has more than {MAX_NODES} values, those repeated by aliases included", event)

    def _alias(self, event: yaml.AliasEvent, depth: int) -> Node:
        if event.anchor not in self._anchors:
            self.mistakes.append(traps.unknown_alias(event.anchor, self._mark(event, event)))
            return Node(None, self._mark(event, event), text="")
        node, size, height = self._anchors[event.anchor]
        self._spend(event, size, depth + height)
        return node

    def _scalar(self, event: yaml.ScalarEvent) -> Node:
        mark = self._mark(event, event)
        value = event.value if event.style else scalars.resolve(event.value)
        if event.tag is not None and event.tag != "!":
            try:
                value = scalars.tagged(event.tag, event.value)
            except ValueError:
                self.mistakes.append(traps.tag(event.tag, mark))
        elif event.anchor is not None and not event.style and not event.value:
            self.mistakes.append(traps.empty_anchor(event.anchor, mark))
        return Node(value, mark, text=event.value, stretches=tuple(self._stretches(event)))

    def _stretches(self, event: yaml.ScalarEvent) -> Iterator[tuple[int, Mark]]:
        """Where the text of a scalar stands unchanged in the file; nothing if it does not."""
        start, end, text = event.start_mark, event.end_mark, event.value
        if event.style == "|":
            yield from self._literal(start.line + 1, text.split("\n"))
        elif event.style != ">" and start.line == end.line:
            quote = event.style or ""
            if self.text.content[start.index : end.index].endswith(f"{quote}{text}{quote}"):
                yield 0, self.text.mark(end.line, end.column - len(quote) - len(text), len(text))

    def _literal(self, first: int, parts: Sequence[str]) -> Iterator[tuple[int, Mark]]:
        offset = 0
        for number, part in enumerate(parts, first):
            line = self.text.lines[number] if number < len(self.text.lines) else ""
            if not line.endswith(part):
                return
            yield offset, self.text.mark(number, len(line) - len(part), len(part))
            offset += len(part) + 1

    def _sequence(self, event: yaml.SequenceStartEvent, depth: int) -> Node:
        self._check_tag(event, "tag:yaml.org,2002:seq")
        items: list[Node] = []
        while not isinstance(step := next(self.events), yaml.SequenceEndEvent):
            items.append(self._node(step, depth + 1))
        if event.flow_style:
            items = self._rejoined(items)
        return Node(items, self._mark(event, step))

    def _mapping(self, event: yaml.MappingStartEvent, depth: int) -> Node:
        self._check_tag(event, "tag:yaml.org,2002:map")
        entries: list[tuple[Node, Node]] = []
        while not isinstance(step := next(self.events), yaml.MappingEndEvent):
            key = self._node(step, depth + 1)
            entries.append((key, self._node(next(self.events), depth + 1)))
        if event.flow_style and (found := traps.missing_spaces(entries)):
            self.mistakes += found
        elif event.flow_style:
            flat = self._rejoined([node for entry in entries for node in entry], pairs=True)
            entries = list(zip(flat[::2], flat[1::2], strict=True))
        return Node(self._collect(entries), self._mark(event, step))

    def _rejoined(self, parts: Sequence[Node], pairs: bool = False) -> list[Node]:
        """The parts of a list, or the keys and values of a mapping, with those put together that a comma has cut."""
        found: list[Node] = []
        begin = 0
        for first, last in traps.cuts(parts):
            whole = traps.joined(parts[first], parts[last])
            is_whole = not pairs or (first % 2 == 1 and last % 2 == 0 and parts[last + 1].text == "")
            if whole is None or not is_whole:
                self.mistakes.append(traps.cut(parts[first], parts[last]))
                continue
            self.slips.append(traps.cut(parts[first], parts[last]))
            found += [*parts[begin:first], whole]
            begin = last + 1 + pairs
        return [*found, *parts[begin:]]

    def _collect(self, entries: Sequence[tuple[Node, Node]]) -> dict[str, Node]:
        """Entries by key; those that `<<` merges in give way to the mapping's own."""
        own: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        for key, value in entries:
            name = key.text
            if not name:
                self.mistakes.append(Diagnostic("a key must be a word", key.place))
            elif name == "<<":
                self._merge(merged, value)
            elif name in own:
                first = own[name].key
                hint = f"first at line {first.line}, column {first.column}" if first else None
                self.mistakes.append(Diagnostic(f"the key '{name}' is given twice", key.mark, hint))
            else:
                own[name] = replace(value, key=key.mark)
        return {**merged, **own}

    def _merge(self, merged: dict[str, Node], source: Node) -> None:
        """Add what `<<: *a` or `<<: [*a, *b]` names; the first mapping that has a key wins."""
        for node in source.value if isinstance(source.value, list) else [source]:
            if isinstance(node.value, dict):
                merged.update({k: v for k, v in node.value.items() if k not in merged})
            else:
                self.mistakes.append(Diagnostic("'<<' merges mappings only, as in '<<: *name'", node.mark))

    def _check_tag(self, event: yaml.CollectionStartEvent, allowed: str) -> None:
        if event.tag not in (None, "!", allowed):
            self.mistakes.append(traps.tag(event.tag, self._mark(event, event)))

    def _mark(self, start: yaml.Event, end: yaml.Event) -> Mark:
        """The place of a value: up to its end, or to the end of its first line."""
        first, last = start.start_mark, end.end_mark
        line = self.text.lines[first.line] if first.line < len(self.text.lines) else ""
        length = (last.column if last.line == first.line else len(line.rstrip())) - first.column
        return self.text.mark(first.line, first.column, length)

    def _refuse(self, message: str, event: yaml.Event) -> None:
        self.mistakes.append(Diagnostic(message, self._mark(event, event)))

    def _stop(self, message: str, event: yaml.Event) -> None:
        self._refuse(message, event)
        raise ConfigError(self.mistakes)


def _extent(node: Node) -> tuple[int, int]:
    """The number of values below a node, keys included, and of levels below it."""
    if isinstance(node.value, dict):
        below = [_extent(child) for child in node.value.values()]
        keys = len(below)
    elif isinstance(node.value, list):
        below = [_extent(child) for child in node.value]
        keys = 0
    else:
        return 0, 0
    return len(below) + keys + sum(size for size, _ in below), 1 + max((h for _, h in below), default=0)
