"""A tree with mistakes as it was probably meant, so that the rest can be checked in the same pass.

A misspelt key or kind is read as the nearest one, a wrong value is left out, and what declares a name keeps it.
"""

from collections.abc import Iterable
from dataclasses import replace

from pinn.config import slips, wording
from pinn.config.flaws import Flaw, grouped, validated
from pinn.config.node import Node
from pinn.config.sections import Path

_DECLARING = frozenset({"unknowns", "parameters", "domain", "regions", "directions", "known", "define", "exact"})
"""Sections without which the rest of a config would lack names."""

_NUMBERED = frozenset({"parameters", "define", "exact"})
"""Those of them where a number can stand for what cannot be read."""


def mended(root: Node) -> Node | None:
    """What a tree with mistakes says without those that are seen at once; it may show others.

    None where what declares names cannot be guessed.
    """
    _, flaws = validated(root)
    edits = dict(_edit(root, group[0]) for group in grouped(flaws))
    better = root
    for path in sorted(edits, key=_backwards, reverse=True):
        if not path:
            return None
        better = _with(better, path, edits[path])
    return None if better == root else better


_Entries = dict[str, Node]
"""What stands in place of an entry: nothing, itself with another value, itself under another key."""


def _edit(root: Node, flaw: Flaw) -> tuple[Path, _Entries]:
    """Where to change what on account of a flaw; the path is empty where that would leave names undeclared."""
    path = flaw.path[:-1] if flaw.code == "missing" else flaw.path
    if not path:
        return (), {}
    section, node = path[0], root.find(path)
    assert node is not None
    if flaw.code == "extra_forbidden":
        meant = wording.key_meant(root, path)
        above = root.find(path[:-1])
        if meant is not None and above is not None and above.child(meant) is None:
            return path, {meant: node}
        return ((), {}) if len(path) == 1 and meant in _DECLARING else (path, {})
    if flaw.code == "union_tag_invalid" and (kind := wording.kind_meant(root, path)):
        path = (*path, "kind")
        return path, {"kind": replace(root.find(path) or node, value=kind, text=kind)}
    if path == ("domain",) and (box := slips.box_meant(node)):
        return path, {"domain": box}
    if section == "terms":
        return path[:2], {}
    if section in _NUMBERED and len(path) > 1:
        return path[:2], {str(path[1]): _stand_in(root, path[:2])}
    if section in _DECLARING and not (section == "unknowns" and len(path) > 2):
        return (), {}
    return path, {}


def _stand_in(root: Node, path: Path) -> Node:
    """A value for a name whose own cannot be read: fitted, if that may be what was meant."""
    said = root.find(path)
    assert said is not None
    fitted = {"kind": replace(said, value="fitted", text="fitted"), "initial": replace(said, value=1, text="1")}
    is_fitted = path[0] == "parameters" and isinstance(said.value, dict)
    return replace(said, value=fitted) if is_fitted else replace(said, value=1, text="1")


def _backwards(path: Path) -> tuple[tuple[bool, str | int], ...]:
    """Orders paths so that no entry of a list is left out before a later one."""
    return tuple((isinstance(step, str), step) for step in path)


def _with(node: Node, path: Path, entries: _Entries) -> Node:
    """The tree with `entries` in place of the value at a path."""
    step, rest = path[0], path[1:]
    below = node.child(step)
    if below is None:
        return node
    if rest:
        entries = {str(step): _with(below, rest, entries)}
    if isinstance(node.value, dict):
        return replace(node, value=dict(_spliced(node.value.items(), step, entries.items())))
    assert isinstance(node.value, list)
    values = (entries.values() if i == step else [v] for i, v in enumerate(node.value))
    return replace(node, value=[v for kept in values for v in kept])


def _spliced(
    items: Iterable[tuple[str, Node]], step: str | int, entries: Iterable[tuple[str, Node]]
) -> Iterable[tuple[str, Node]]:
    for key, value in items:
        if key == step:
            yield from entries
        else:
            yield key, value
