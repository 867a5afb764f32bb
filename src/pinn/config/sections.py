"""Which part of the schema stands at a place of a config: from a path to a section and the words it knows."""

from collections.abc import Iterator, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pinn.config.node import Node
from pinn.schema import Document, Section

Path = tuple[str | int, ...]


def at(root: Node, path: Sequence[str | int]) -> list[type[Section]]:
    """The sections that the schema allows at a path, told apart further up by the `kind` that the file says.

    Empty where the schema knows no section, for instance below an unknown key.
    """
    return [t for t in _types(root, path) if _is_section(t)]


def choices(root: Node, path: Sequence[str | int]) -> list[str]:
    """The words that the schema allows at a path where it allows only certain words."""
    return [word for t in _types(root, path) if get_origin(t) is Literal for word in get_args(t)]


def settled(root: Node, path: Sequence[str | int]) -> list[type[Section]]:
    """Those sections at a path that agree with the `kind` written there."""
    return list(_settled(at(root, path), root.find(path)))


def kinds(sections: Sequence[type[Section]]) -> list[str]:
    """All values that `kind` may have in these sections, in the schema's order."""
    return [kind for section in sections for kind in _kinds(section)]


def fields(sections: Sequence[type[Section]]) -> list[str]:
    """All keys of these sections."""
    return list(dict.fromkeys(name for section in sections for name in section.model_fields))


def under(key: str) -> list[type[Section]]:
    """The sections that a top-level key may hold."""
    return [t for t in _unlisted(_expand(Document.model_fields[key].annotation), None) if _is_section(t)]


def _types(root: Node, path: Sequence[str | int]) -> list[Any]:
    """All types that the schema allows at a path."""
    node: Node | None = root
    types: list[Any] = [Document]
    for step in path:
        if isinstance(step, int) and node is not None and not isinstance(node.value, list):
            types = list(_unlisted(types, node))  # the only item of a list that was left away
            continue
        types = [t for known in _settled(types, node) for t in _below(known, step)]
        node = None if node is None else node.child(step)
    return list(_unlisted(types, node))


def _settled(types: Sequence[Any], node: Node | None) -> Iterator[Any]:
    """The types that fit what the node is: a list or not, and of which kind."""
    for t in _unlisted(types, node):
        written = node.child("kind") if node is not None else None
        if not _is_section(t) or written is None or not _kinds(t) or written.value in _kinds(t):
            yield t


def _unlisted(types: Sequence[Any], node: Node | None) -> Iterator[Any]:
    """The types, where a list may be left away around its only item."""
    listed = node is not None and isinstance(node.value, list)
    for t in types:
        if get_origin(t) is list and not listed:
            yield from _expand(get_args(t)[0])
        else:
            yield t


def _below(known: Any, step: str | int) -> list[Any]:
    """The types of the entry `step` of a value of type `known`."""
    if _is_section(known):
        field = known.model_fields.get(step) if isinstance(step, str) else None
        return [] if field is None else _expand(field.annotation)
    origin = get_origin(known)
    if (origin is dict and isinstance(step, str)) or (origin in (list, tuple) and isinstance(step, int)):
        return _expand(get_args(known)[-1])
    return []


def _expand(annotation: Any) -> list[Any]:
    """The members of unions inside each other, without their annotations."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _expand(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [member for part in get_args(annotation) for member in _expand(part)]
    return [annotation]


def _is_section(t: Any) -> bool:
    return isinstance(t, type) and issubclass(t, Section)


def _kinds(section: type[Section]) -> tuple[str, ...]:
    field = section.model_fields.get("kind")
    return get_args(field.annotation) if field is not None and get_origin(field.annotation) is Literal else ()
