"""From a tree of nodes to a `Document`: pydantic finds the mistakes, each becomes a sentence at its place.

Pydantic reports every branch of a union that failed. What is kept is one mistake for each place: the deepest,
and among equals the one that is about more than a type.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from pinn.config import wording
from pinn.config.node import Node
from pinn.config.sections import Path
from pinn.errors import Diagnostic, nearest
from pinn.schema import Document

_MOST = 100
"""More mistakes than this are read by nobody at once."""

_WRONG_KIND = ("union_tag_invalid", "union_tag_not_found")

_DECLARING = frozenset({"unknowns", "parameters", "domain", "regions", "directions", "known", "define", "exact"})
"""Sections without which the rest of a config would lack names."""


def decode(root: Node) -> tuple[Document | None, list[Diagnostic]]:
    """The document that a tree says, or None and all mistakes in the order of the file."""
    document, problems = _validated(root)
    if document is not None:
        return document, []
    groups = list(_grouped(_deepest(problems)))[:_MOST]
    mistakes = {_diagnostic(root, group) for group in groups}
    return None, sorted(mistakes, key=lambda mistake: _position(root, mistake))


def salvage(root: Node) -> tuple[Node, Document] | None:
    """What a tree with mistakes says without them, so that the rest can be checked in the same pass.

    None where too much would be missing: what declares names is wrong, or nothing is left.
    """
    document, problems = _validated(root)
    while document is None:
        wrong = [_removable(problem) for problem in _deepest(problems)]
        if not all(wrong):
            return None
        for path in sorted(set(wrong), reverse=True):
            root = _without(root, path)
        document, problems = _validated(root)
    return root, document


def _validated(root: Node) -> tuple[Document | None, "list[_Problem]"]:
    try:
        return Document.model_validate(root.plain()), []
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
    return None, [_Problem.of(root, one) for one in found]


def _removable(problem: "_Problem") -> Path:
    """The path to leave out on account of a problem; empty where that would leave names undeclared."""
    path = problem.path[:-1] if problem.code == "missing" else problem.path
    meant = path and (wording.SYNONYMS.get(str(path[-1])) or nearest(str(path[-1]), [*_DECLARING, "on"]))
    if not path or path[0] in _DECLARING or (len(path) == 1 and meant in _DECLARING):
        return ()
    if path[0] == "terms" and (problem.code != "extra_forbidden" or meant == "on"):
        return path[:2]
    return path


def _without(node: Node, path: Path) -> Node:
    """The tree without the value at a path."""
    step, rest = path[0], path[1:]
    below = node.child(step)
    if below is None:
        return node
    kept = {} if not rest else {step: _without(below, rest)}
    if isinstance(node.value, dict):
        return replace(node, value={k: kept.get(k, v) for k, v in node.value.items() if k != step or kept})
    assert isinstance(node.value, list)
    return replace(node, value=[kept.get(i, v) for i, v in enumerate(node.value) if i != step or kept])


@dataclass(frozen=True)
class _Problem:
    """An error of pydantic at its path in the file, without pydantic's labels for branches of unions."""

    code: str
    path: Path
    context: Mapping[str, Any]

    @classmethod
    def of(cls, root: Node, error: Mapping[str, Any]) -> "_Problem":
        code, location = error["type"], error["loc"]
        context = {"message": error["msg"], **error.get("ctx", {})}
        if code == "missing" and location[-1] == "kind":
            return cls("union_tag_not_found", _written(root, location[:-1]), context)
        if code == "missing":
            return cls(code, (*_written(root, location[:-1]), location[-1]), context)
        path = _written(root, location)
        if location and location[-1] == "[key]":
            return cls("name", path, context)
        if code == "literal_error" and path[-1:] == ("kind",):
            return cls("union_tag_invalid", path[:-1], context)
        return cls(code, path, context)

    @property
    def about_type(self) -> bool:
        return self.code.endswith("_type")


def _written(root: Node, location: Iterable[str | int]) -> Path:
    """The part of a location that is in the file."""
    path: list[str | int] = []
    node = root
    for step in location:
        below = node.child(step)
        if below is not None:
            node = below
            path.append(step)
    return tuple(path)


def _deepest(problems: Sequence[_Problem]) -> list[_Problem]:
    """The problems that no other explains: a branch that was not meant, or fields of a wrong kind."""
    paths = {problem.path[:depth] for problem in problems for depth in range(len(problem.path))}
    wrong = {problem.path for problem in problems if problem.code in _WRONG_KIND}

    def explained(problem: _Problem) -> bool:
        above = (problem.path[:depth] for depth in range(len(problem.path)))
        return (problem.about_type and problem.path in paths) or any(path in wrong for path in above)

    return [problem for problem in problems if not explained(problem)]


def _grouped(problems: Sequence[_Problem]) -> Iterable[list[_Problem]]:
    """The problems of each place: all wrong types together, or the first that is about something else."""
    groups: dict[Path, list[_Problem]] = {}
    for problem in problems:
        groups.setdefault(problem.path, []).append(problem)
    for group in groups.values():
        others = [problem for problem in group if not problem.about_type]
        yield others[:1] or group


def _diagnostic(root: Node, group: Sequence[_Problem]) -> Diagnostic:
    first = group[0]
    path, context = first.path, first.context
    match first.code:
        case "extra_forbidden":
            return wording.unknown_key(root, path)
        case "missing":
            return wording.missing_key(root, path)
        case "union_tag_invalid" | "union_tag_not_found":
            return wording.wrong_kind(root, path)
        case "literal_error":
            return wording.wrong_choice(root, path)
        case "name" | "string_pattern_mismatch":
            return wording.no_name(root, path, is_key=first.code == "name")
        case "value_error":
            return wording.sentence(root, path, str(context["error"]))
        case _ if first.about_type:
            return wording.wrong_type(root, path, {problem.code for problem in group})
        case _:
            return wording.out_of_range(root, path, context)


def _position(root: Node, mistake: Diagnostic) -> tuple[bool, str, int, int]:
    mark = mistake.mark
    assert mark is not None
    return mark.source != root.mark.source, mark.source, mark.line, mark.column
