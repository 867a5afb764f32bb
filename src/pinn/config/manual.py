"""The manual of the config language: what every key means, read off the schema, where it is said once.

Texts are the docstrings of sections and fields, read from their source here and not by pydantic, which would do it at
every start of every command.
"""

import ast
import inspect
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from pinn import architectures, drawing, schema, section, shapes, stages
from pinn.schema import Document, Section

Path = tuple[str, ...]


@dataclass(frozen=True)
class Chapter:
    """A section, at the place nearest to the top where it may stand."""

    path: Path
    section: type[Section]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The values that its `kind` may have."""
        field = self.section.model_fields.get("kind")
        return () if field is None else get_args(field.annotation)

    @property
    def text(self) -> str:
        """What it is, in a sentence or two."""
        return " ".join((self.section.__doc__ or "").split())

    @property
    def entries(self) -> "tuple[Entry, ...]":
        """Its keys, but for a `kind` that leaves no choice."""
        texts = field_texts()
        found = []
        for name, field in self.section.model_fields.items():
            owner = next(c.__name__ for c in self.section.__mro__ if name in inspect.get_annotations(c))
            text = texts.get(owner, {}).get(name, "")
            kinds = self.kinds if len(self.kinds) == 1 else ()
            found.append(Entry((*self.path, name), owner, kinds, text, field))
        return tuple(entry for entry in found if entry.path[-1] != "kind" or len(self.kinds) > 1)


@dataclass(frozen=True)
class Entry:
    """A key: where it stands, the class that has it and the kinds of sections there, and what is said of it."""

    path: Path
    owner: str
    kinds: tuple[str, ...]
    text: str
    field: FieldInfo

    @property
    def choices(self) -> tuple[str, ...]:
        """The words that the key may have."""
        return tuple(word for t in _parts(self.field.annotation) if get_origin(t) is Literal for word in get_args(t))

    @property
    def sections(self) -> list[type[Section]]:
        """What may stand below the key."""
        return _sections(self.field)

    @property
    def default(self) -> object:
        """The value of a key that is left out, or its kind; None where it has none."""
        value = None if self.field.is_required() else self.field.get_default()
        first = value[0] if isinstance(value, list) and value else value
        return getattr(first, "kind", None) if isinstance(first, Section) else value


@cache
def chapters() -> tuple[Chapter, ...]:
    """Every section once, from the top downwards."""
    found, seen = [Chapter((), Document)], {Document}
    for chapter in found:
        for name, field in chapter.section.model_fields.items():
            new = [s for s in _sections(field) if s not in seen]
            seen |= set(new)
            found += [Chapter((*chapter.path, name), s) for s in new]
    return tuple(found)


@cache
def entries() -> tuple[Entry, ...]:
    """Every key once, with all kinds that share it."""
    found: dict[tuple[Path, str], Entry] = {}
    for entry in (entry for chapter in chapters() for entry in chapter.entries):
        before = found.setdefault((entry.path, entry.owner), entry)
        kinds = tuple(dict.fromkeys((*before.kinds, *entry.kinds)))
        found[entry.path, entry.owner] = replace(before, kinds=kinds)
    return tuple(found.values())


@cache
def field_texts() -> dict[str, dict[str, str]]:
    """Class → field → the docstring below the field."""
    found: dict[str, dict[str, str]] = {}
    sources = (inspect.getsource(module) for module in (section, architectures, drawing, shapes, stages, schema))
    for node in (node for source in sources for node in ast.parse(source).body):
        if not isinstance(node, ast.ClassDef):
            continue
        texts = found.setdefault(node.name, {})
        for field, below in itertools.pairwise(node.body):
            match field, below:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                    texts[name] = " ".join(text.split())
    return found


def _sections(field: FieldInfo) -> list[type[Section]]:
    return [t for t in _parts(field.annotation) if isinstance(t, type) and issubclass(t, Section)]


def _parts(annotation: Any) -> Iterator[Any]:
    """The simple types, sections and choices that an annotation is made of."""
    if get_origin(annotation) is Literal or not get_args(annotation):
        yield annotation
        return
    for part in get_args(annotation):
        yield from _parts(part)
