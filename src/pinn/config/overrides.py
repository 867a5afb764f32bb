"""`-o path=value`: assignments on the command line change a config as if they were written in it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pinn.config import sections, traps
from pinn.config.node import Node, Text
from pinn.config.source import MAX_DEPTH, read_value
from pinn.errors import ConfigError, Diagnostic, Mark, suggestion
from pinn.schema import Section

_SOURCE = "-o #"
_EXAMPLE = "an override is written path=value, for instance optimizer.max_steps=500"


def apply(root: Node, assignments: Sequence[str]) -> Node:
    """The tree with all assignments carried out in order; later ones win.

    A path is made of keys, indices that count from 0, and names of terms. Raises ConfigError with the
    mistakes of all assignments; the first is reported as `-o #1`.
    """
    root, mistakes = apply_all(root, assignments)
    if mistakes:
        raise ConfigError(mistakes)
    return root


def apply_all(root: Node, assignments: Sequence[str]) -> tuple[Node, list[Diagnostic]]:
    """The tree with all assignments carried out that can be, and the mistakes of the others."""
    mistakes: list[Diagnostic] = []
    for number, assignment in enumerate(assignments, 1):
        try:
            steps, value = _parse(assignment, f"{_SOURCE}{number}")
            root = _Change(root, value).carried_out(root, steps, ())
        except ConfigError as error:
            mistakes += error.diagnostics
    return root, mistakes


def is_in_override(mistake: Diagnostic) -> bool:
    """Whether a mistake stands in an assignment."""
    return mistake.mark is not None and mistake.mark.source.startswith(_SOURCE)


@dataclass(frozen=True)
class _Step:
    """One word of a path and its place on the command line."""

    word: str
    mark: Mark


def _parse(assignment: str, name: str) -> tuple[list[_Step], Node]:
    """The steps and the value of an assignment, split at its first `=`."""
    text = Text.of(name, assignment)
    path, equals, value = assignment.partition("=")
    if not equals:
        raise _error(f"'{assignment}' has no '='", text.mark(0, 0, len(assignment)), _EXAMPLE)
    if value.startswith("="):
        raise _error("'==' compares; an override has one '='", text.at(len(path)), _EXAMPLE)
    node = read_value(Text.tail(name, assignment, len(path) + 1))
    if isinstance(node.value, list) and value.lstrip().startswith("-"):
        raise ConfigError([traps.minus(node.mark)])
    return _steps(path, text), node


def _steps(path: str, text: Text) -> list[_Step]:
    steps: list[_Step] = []
    offset = 0
    for part in path.split("."):
        word = part.strip()
        start = offset + len(part) - len(part.lstrip())
        if not word or not word.isprintable():
            raise _error("a key is missing in the path" if not word else "this is no key", text.at(offset), _EXAMPLE)
        steps.append(_Step(word, replace(text.at(start), length=len(word))))
        offset += len(part) + 1
    if len(steps) > MAX_DEPTH:
        raise _error(f"the path is longer than {MAX_DEPTH} keys", steps[MAX_DEPTH].mark)
    return steps


@dataclass(frozen=True)
class _Change:
    """A value on its way into the tree `root`."""

    root: Node
    value: Node

    def carried_out(self, node: Node, steps: Sequence[_Step], path: sections.Path) -> Node:
        """`node`, which stands at `path`, with the value at the end of the remaining steps."""
        step, rest = steps[0], steps[1:]
        if isinstance(node.value, list):
            index = _index(node, step, path)
            items = list(node.value)
            items[index] = self.carried_out(items[index], rest, (*path, index)) if rest else self.value
            return replace(node, value=items)
        if not isinstance(node.value, dict) and node.value is not None:
            raise _error(f"'{_dotted(path)}' is a single value; there is no '{step.word}' in it", step.mark)
        entries = dict(node.value or {})
        if rest:
            below = entries.get(step.word) or self._blank(step, path)
            entries[step.word] = self.carried_out(below, rest, (*path, step.word))
        else:
            if step.word == "kind":
                entries = self._of_kind(entries, path)
            entries[step.word] = replace(self.value, key=step.mark)
        return replace(node, value=entries, text=None, stretches=())

    def _blank(self, step: _Step, path: sections.Path) -> Node:
        """What a section that the file leaves out starts from: no more than the kind of its default."""
        known = [section.model_fields.get(step.word) for section in sections.settled(self.root, path)]
        default = known[0].default if known and known[0] is not None else None
        if isinstance(default, list) and len(default) == 1:
            (default,) = default
        kind = getattr(default, "kind", None) if isinstance(default, Section) else None
        value = {} if kind is None else {"kind": Node(kind, step.mark, key=step.mark, text=kind)}
        return Node(value, step.mark, key=step.mark)

    def _of_kind(self, entries: dict[str, Node], path: sections.Path) -> dict[str, Node]:
        """The entries that a section still knows when its kind becomes the value."""
        known = [s for s in sections.at(self.root, path) if self.value.value in sections.kinds([s])]
        if not known:
            return entries
        return {key: node for key, node in entries.items() if key in sections.fields(known)}


def _index(node: Node, step: _Step, path: sections.Path) -> int:
    """The place in a list that a step means: an index, or in `terms` a name."""
    assert isinstance(node.value, list)
    names = _term_names(node.value) if path == ("terms",) else []
    if step.word in names:
        return names.index(step.word)
    size = len(node.value)
    if step.word.isdecimal() and step.word.isascii():
        if len(step.word) <= 6 and int(step.word) < size:
            return int(step.word)
        hint = f"its places are 0 to {size - 1}" if size else "it is empty"
        raise _error(f"'{_dotted(path)}' has no place {step.word}", step.mark, hint)
    if path == ("terms",):
        hint = suggestion(step.word, names) or f"the terms are {', '.join(names)}"
        raise _error(f"there is no term '{step.word}'", step.mark, hint)
    example = f"choose one by its place, as in {'.'.join(map(str, (*path, 0, step.word)))}"
    raise _error(f"'{_dotted(path)}' is a list", step.mark, example)


def _term_names(terms: Sequence[Node]) -> list[str]:
    given = (term.child("name") for term in terms)
    return [f"term_{i}" if name is None else str(name.value) for i, name in enumerate(given, 1)]


def _dotted(path: sections.Path) -> str:
    return ".".join(map(str, path)) or "the config"


def _error(message: str, mark: Mark, hint: str | None = None) -> ConfigError:
    return ConfigError([Diagnostic(message, mark, hint)])
