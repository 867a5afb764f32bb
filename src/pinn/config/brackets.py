"""Brackets of expressions that YAML takes for its own are hidden from it, so that the rest of the file can be read."""

from collections.abc import Iterator

import yaml

VISIBLE = "[],"
HIDDEN = "\uf8f0\uf8f1\uf8f2"
"""What stands for each of these, character by character, so that all places stay what they are."""

_HIDE = str.maketrans(VISIBLE, HIDDEN)
_SHOW = str.maketrans(HIDDEN, VISIBLE)


def hidden(content: str, error: yaml.MarkedYAMLError) -> str | None:
    """The text with a pair of brackets hidden: that which opens at the place of an error, or was closed before it.

    None where it has no partner on its line.
    """
    if error.problem_mark is None:
        return None
    index = error.problem_mark.index
    before = content[:index].rstrip(" ")
    if content[index : index + 1] == "[":
        start, end = index, _partner(content, index, 1)
    elif before.endswith("]"):
        end = len(before) - 1
        start = _partner(content, end, -1)
    else:
        return None
    if start is None or end is None:
        return None
    return content[:start] + content[start : end + 1].translate(_HIDE) + content[end + 1 :]


def _partner(content: str, index: int, step: int) -> int | None:
    """Where the bracket at `index` is closed, or with a step of -1 opened; None where that is on another line."""
    level = 0
    while 0 <= index < len(content) and content[index] not in "\r\n":
        level += {"[": 1, "]": -1}.get(content[index], 0)
        if level == 0:
            return index
        index += step
    return None


def events(content: str) -> Iterator[yaml.Event]:
    """PyYAML's events of a text, in the scalars of which what was hidden is shown again."""
    for event in yaml.parse(content, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.ScalarEvent):
            event.value = event.value.translate(_SHOW)
        yield event
