"""What pydantic finds wrong with a tree of nodes: a `Flaw` at each place.

Pydantic reports every branch of a union that failed. What is kept is what no other flaw explains.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from pinn.config import wording
from pinn.config.node import Node
from pinn.config.sections import Path
from pinn.schema import Document

_WRONG_KIND = ("union_tag_invalid", "union_tag_not_found")


@dataclass(frozen=True)
class Flaw:
    """An error of pydantic at its path in the file, without pydantic's labels for branches of unions."""

    code: str
    path: Path
    context: Mapping[str, Any]

    @classmethod
    def of(cls, root: Node, error: Mapping[str, Any]) -> "Flaw":
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


def validated(root: Node) -> tuple[Document | None, list[Flaw]]:
    """The document that a tree says, or None and what is wrong with it."""
    try:
        return Document.model_validate(root.plain()), []
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
    return None, _spelt(root, _deepest([Flaw.of(root, one) for one in found]))


def grouped(flaws: Sequence[Flaw]) -> Iterable[list[Flaw]]:
    """The flaws of each place: all wrong types together, or the first that is about something else."""
    groups: dict[Path, list[Flaw]] = {}
    for flaw in flaws:
        groups.setdefault(flaw.path, []).append(flaw)
    for group in groups.values():
        others = [flaw for flaw in group if not flaw.about_type]
        yield others[:1] or group


def _spelt(root: Node, flaws: Sequence[Flaw]) -> list[Flaw]:
    """The flaws without keys that are missing because they are misspelt."""
    owners = {flaw.path[:-1] for flaw in flaws if flaw.code == "missing"}
    unknown = [flaw.path for flaw in flaws if flaw.code == "extra_forbidden" and flaw.path[:-1] in owners]
    meant = {(*path[:-1], wording.key_meant(root, path)) for path in unknown}
    return [flaw for flaw in flaws if flaw.code != "missing" or flaw.path not in meant]


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


def _deepest(flaws: Sequence[Flaw]) -> list[Flaw]:
    """The flaws that no other explains: a branch that was not meant, or fields of a wrong kind."""
    paths = {flaw.path[:depth] for flaw in flaws for depth in range(len(flaw.path))}
    wrong = {flaw.path for flaw in flaws if flaw.code in _WRONG_KIND}

    def explained(flaw: Flaw) -> bool:
        above = (flaw.path[:depth] for depth in range(len(flaw.path)))
        return (flaw.about_type and flaw.path in paths) or any(path in wrong for path in above)

    return [flaw for flaw in flaws if not explained(flaw)]
