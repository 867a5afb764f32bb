"""How the mistakes of a config are said: one sentence, the place to point at, and what was probably meant."""

import re
from collections.abc import Mapping, Sequence, Set
from typing import Any

from pinn.config import scalars, sections, slips
from pinn.config.node import Node
from pinn.config.sections import Path
from pinn.config.synonyms import KEYS, KINDS
from pinn.errors import Diagnostic, Mark, nearest
from pinn.expressions.numerals import joined
from pinn.schema import Document, Section

_TYPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list of two",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_EXAMPLES = {
    "domain": "{kind: box, bounds: {x: [0, 1]}}",
    "sampling": "{kind: sobol, points: 2048}",
    "network": "{hidden: [20, 20]}",
    "optimizer": "{kind: levenberg_marquardt}",
    "training": "{max_seconds: 60}",
    "exact": '{u: "x*(1 - x)"}',
    "domain.time": "{t: [0, 1]}",
}
"""Sections as they are often written."""

_KNOWN = {"domain.time": "a box names its time: bounds: {x: [0, 1], t: [0, 1]}, time: t"}
"""What a mapping is mistaken for."""

_FORMULA = frozenset({"string_type", "int_type", "float_type"})
_BOOLEANS = {
    **dict.fromkeys(("yes", "on", "y"), "true"),
    **dict.fromkeys(("no", "off", "n"), "false"),
}
_LIMITS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
_NO_SPACE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*:[^\s/]")


def unknown_key(root: Node, path: Path) -> Diagnostic:
    """A key that its section does not know."""
    here = sections.settled(root, path[:-1])
    word = str(path[-1])
    hint = _other_kind(root, path) or slips.home(root, path)
    if path[0] == "terms" and "=" in word:
        hint = f"a term takes a list of equations: equation: [u = …, {word}]"
    message = f"unknown key '{dotted(path)}'"
    return Diagnostic(message, _key(root, path), hint or _advice(word, here, top=len(path) == 1))


def key_meant(root: Node, path: Path) -> str | None:
    """The key that probably was to stand in place of an unknown one, or None."""
    if _other_kind(root, path) or slips.home(root, path):
        return None
    return _meant(str(path[-1]), sections.settled(root, path[:-1]), top=len(path) == 1)


def kind_meant(root: Node, path: Path) -> str | None:
    """The kind that probably was to stand in place of an unknown one in the section at `path`, or None."""
    written = root.find((*path, "kind"))
    word = None if written is None else written.text
    return _near(word, sections.kinds(sections.at(root, path))) if word else None


def _near(word: str, known: Sequence[str]) -> str | None:
    """The kind that a word stands for, by another name or a slip."""
    other = KINDS.get(word.lower())
    return other if other in known else nearest(word, known)


def _other_kind(root: Node, path: Path) -> str | None:
    """With which kinds a key goes that another kind of its section knows."""
    word = str(path[-1])
    kinds = sections.kinds([s for s in sections.at(root, path[:-1]) if word in s.model_fields])
    return f"it goes with kind {_listed(kinds)}" if kinds else None


def _meant(word: str, here: Sequence[type[Section]], top: bool) -> str | None:
    """The key of these sections that a word stands for, by another name or a slip; None for one of elsewhere."""
    known = sections.fields(here)
    names = {**{name: name for name in known}, **{w: name for w, name in KEYS.items() if name in known}}
    if word.lower() not in names and _home(word, top) is not None:
        return None
    close = nearest(word.lower(), names)
    return None if close is None else names[close]


def _advice(word: str, here: Sequence[type[Section]], top: bool) -> str:
    """What to do about an unknown key: the one that was meant, where it belongs, or what there is."""
    meant = _meant(word, here, top)
    if meant is not None:
        return f"did you mean '{meant}'?"
    known = sections.fields(here)
    home = _home(word, top) or _home(KEYS.get(word.lower(), word), top)
    return home or (f"the keys here are {_listed(known)}" if known else "nothing can be said here yet")


def _home(word: str, top: bool) -> str | None:
    """Where else a key can stand."""
    if not top and word in Document.model_fields:
        return f"'{word}' stands at the top level"
    for key in ("network", "optimizer", "sampling", "training"):
        if word != "kind" and word in sections.fields(sections.under(key)):
            return f"'{word}' belongs to '{key}'"
    return None


def missing_key(root: Node, path: Path) -> Diagnostic:
    """A key that its section cannot do without, or an entry that a list of fixed length lacks."""
    owner, key = path[:-1], path[-1]
    if isinstance(key, int):
        return Diagnostic(f"{_subject(owner)} needs two values, a lower and an upper one", _value(root, owner))
    if not owner:
        return Diagnostic(f"the config needs the key '{key}'", _value(root, owner))
    return Diagnostic(f"{_subject(owner)} needs the key '{key}'", _key(root, owner))


def wrong_kind(root: Node, path: Path) -> Diagnostic:
    """A section whose `kind` is missing, misspelt, or not built yet."""
    known = sections.kinds(sections.at(root, path))
    name = _section_name(path)
    written = root.find((*path, "kind"))
    if written is None:
        box = slips.box_meant(_node(root, path)) if path == ("domain",) else None
        hint = f"choose {_listed(known)}" if box is None else f"write {{kind: box, bounds: {_ranges(box)}}}"
        return Diagnostic(f"{_subject(path)} needs the key 'kind'", _key(root, path), hint)
    kind = written.text or ""
    if not isinstance(written.value, str):
        return Diagnostic(f"'kind' must be a word, not {seen(written)}", written.place, f"choose {_listed(known)}")
    return Diagnostic(f"there is no {name} kind '{kind}'", written.place, _choice(kind, known))


def wrong_choice(root: Node, path: Path) -> Diagnostic:
    """A word that is none of those allowed."""
    node = _node(root, path)
    hint = slips.bent(node.text or "") or _choice(node.text or "", sections.choices(root, path))
    value = f"'{node.text}'" if isinstance(node.value, str) else seen(node)
    return Diagnostic(f"{_subject(path)} cannot be {value}", node.place, hint)


def _ranges(box: Node) -> str:
    """The bounds of a box as they are written."""
    bounds = box.child("bounds")
    said = bounds.value if bounds is not None and isinstance(bounds.value, dict) else {}
    ends = {name: entry.value if isinstance(entry.value, list) else [] for name, entry in said.items()}
    pairs = ", ".join(f"{name}: [{', '.join(end.text or '…' for end in both)}]" for name, both in ends.items())
    return f"{{{pairs}}}"


def _choice(word: str, known: Sequence[str]) -> str:
    close = _near(word, known)
    advice = f"choose {_listed(known)}"
    if close is None:
        return advice
    return f"did you mean '{close}'?" if [close] == list(known) else f"did you mean '{close}'? {advice}"


def no_name(root: Node, path: Path, is_key: bool) -> Diagnostic:
    """A name with characters that a name cannot have."""
    word = path[-1] if is_key else _node(root, path).text
    mark = _key(root, path) if is_key else _value(root, path)
    hint = "a name is a letter, then letters, digits or '_'"
    if str(word).isdecimal():  # behind the comma of a number in a mapping
        hint = "the digits of a number stand together: 1000, not 1,000"
    return Diagnostic(f"'{word}' is not a name", mark, hint)


def wrong_type(root: Node, path: Path, codes: Set[str]) -> Diagnostic:
    """A value of another type than any that is possible at its place."""
    if not path:
        return Diagnostic("a config is a mapping of keys, as in 'unknowns: [u]'", _value(root, path))
    node = _node(root, path)
    expected = _expected(codes)
    contrast = "but it is empty" if node.text == "" and node.value is None else f"not {seen(node)}"
    message = f"{_subject(path)} must be {_alternatives(expected)}, {contrast}"
    hint = _KNOWN.get(dotted(path)) if isinstance(node.value, dict) else None
    hint = hint or slips.remedy(root, path) or _remedy(node, set(expected)) or _example(root, path, set(expected))
    return Diagnostic(message, node.place, hint)


def _example(root: Node, path: Path, expected: set[str]) -> str | None:
    """How a section is written that is no mapping: with the word as its kind, if it is one."""
    word = _node(root, path).text
    if "a mapping" not in expected:
        return None
    if word in sections.kinds(sections.at(root, path)):
        return f"write {{kind: {word}}}"
    example = _EXAMPLES.get(dotted(path))
    return f"as in {path[-1]}: {example}" if example else None


def _expected(codes: Set[str]) -> list[str]:
    formula = codes >= _FORMULA
    rest = codes - _FORMULA if formula else codes
    words = (word for code, word in _TYPES.items() if code in rest)
    return list(dict.fromkeys(["an expression", *words] if formula else words))


def _remedy(node: Node, expected: set[str]) -> str | None:
    """What to write instead, where that can be told."""
    match node.value:
        case None if node.text == "":
            return "write a value after the colon, or leave the key out"
        case dict():
            return "begin each entry with '- '" if expected == {"a list"} else None
        case list(entries):
            quoted = "an expression" in expected and "a list" not in expected
            nested = any(isinstance(entry.value, list) for entry in entries)
            kind, said = ("matrix", "[[a, b], [c, d]]") if nested else ("vector", "[a, b]")
            return f'a {kind} is written in quotes, as in "{said}"' if quoted else None
        case str(text):
            return _remedy_for_text(text, expected)
        case _ if expected == {"text"}:
            return f"put it in quotes: '{node.text}'"
        case bool() | None:
            return None
        case float(value) if "a whole number" in expected:
            return f"write {value:.0f}" if value.is_integer() else None
        case _:
            return f"write [{node.text}]" if "a list" in expected else None


def _remedy_for_text(text: str, expected: set[str]) -> str | None:
    if "true or false" in expected:
        word = _BOOLEANS.get(text.lower())
        return f"write {word}" if word else None
    if "a mapping" in expected and _NO_SPACE.match(text):
        return "a space is missing after the colon"
    if expected & {"a number", "a whole number"}:
        if plain := joined(text):
            return f"write {plain}"
        unquoted = isinstance(scalars.resolve(text), int | float)
        return "leave out the quotes" if unquoted else "this must be a plain number, not an expression"
    return f"write [{text}]" if "a list" in expected else None


def out_of_range(root: Node, path: Path, context: Mapping[str, Any]) -> Diagnostic:
    """A number outside its range, or a list or mapping that is too short or too long."""
    node = _node(root, path)
    subject = _subject(path)
    for key, words in _LIMITS.items():
        if key in context:
            limit = context[key]
            shown = f"{limit:g}" if isinstance(limit, float) else limit
            return Diagnostic(f"{subject} must be {words} {shown}, not {node.text}", node.place)
    if "max_length" in context:
        size = context["actual_length"]
        return Diagnostic(f"{subject} has {size} entries, but {context['max_length']} are possible", node.place)
    if "min_length" in context and (size := context["actual_length"]):
        return Diagnostic(f"{subject} has {size} entries, but it needs {context['min_length']}", node.place)
    if "min_length" in context:
        return Diagnostic(f"{subject} is empty", node.place, "it needs at least one entry")
    if isinstance(node.value, float):
        return Diagnostic(f"{subject} must be a finite number, not {node.text}", node.place)
    return sentence(root, path, context["message"])


def sentence(root: Node, path: Path, message: str) -> Diagnostic:
    """A sentence about the value at a path."""
    return Diagnostic(message, _value(root, path))


def seen(node: Node) -> str:
    """The value of a node as it is named in a sentence."""
    if isinstance(node.value, dict):
        return "a mapping"
    if isinstance(node.value, list):
        return "a list"
    text = node.text or ""
    shown = text if len(text) <= 40 else f"{text[:40]}…"
    if node.value is None or isinstance(node.value, bool):
        return shown
    return f"the number {shown}" if isinstance(node.value, int | float) else f"the text '{shown}'"


def dotted(path: Path) -> str:
    """A path as `-o` writes it."""
    return ".".join(map(str, path))


def _subject(path: Path) -> str:
    return f"'{dotted(path)}'"


def _section_name(path: Path) -> str:
    """What the section at a path is called: `domain`, `optimizer`, `sampling`, `parameter`."""
    words = [step for step in path if isinstance(step, str)]
    return {"parameters": "parameter", "domain": "domain"}.get(words[0], words[-1])


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)


def _alternatives(words: Sequence[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _node(root: Node, path: Path) -> Node:
    node = root.find(path)
    assert node is not None
    return node


def _value(root: Node, path: Path) -> Mark:
    return _node(root, path).place


def _key(root: Node, path: Path) -> Mark:
    node = _node(root, path)
    return node.mark if node.key is None else node.key
