"""Slips in the layout of a config: terms that are only an equation, keys of another section, lines not indented."""

import re
from dataclasses import replace
from typing import get_origin

from pinn.config import sections
from pinn.config.node import Node
from pinn.config.sections import Path
from pinn.errors import nearest
from pinn.schema import Document, Term

_PLACES = {
    **{word: f"'on: {word}'" for word in ("boundary", "interior")},
    "initial": "its time under 'on', such as t=0",
}
"""Words for a part of the domain that are taken for keys, and how a term says them."""
_ELSEWHERE = "its place under 'on'"
_SIZES = ("dim", "dims", "components", "size", "shape")
"""Words for the number of components of a vector, which an unknown does not have."""
_OF_DATA = {"noise": "sigma", **{word: word for word in ("sigma", "columns", "fit", "missing")}}
"""What is said of a file of data, and not of its term."""
_PLANE = re.compile(r"\w+(\[\d+\])? *=[^=<>]+|boundary")
_STRAIGHT = ("relu", "leaky_relu", "prelu", "relu6", "hardtanh")
_CONTENTS = ("equation", "require", "minimise", "data")


def remedy(root: Node, path: Path) -> str | None:
    """What to do about a value of a wrong type that one of these slips explains."""
    node = root.find(path)
    if node is None:
        return None
    if path[0] == "terms" and len(path) <= 2:
        return _bare_term(node, path)
    if path[0] == "parameters" and len(path) > 2 and isinstance(node.value, list):
        return f"a matrix is written under 'define', in quotes: {path[1]}: \"[[a, b], [c, d]]\""
    outside = _outside(root, str(path[0])) if len(path) == 1 and node.text == "" else []
    return f"indent the lines below it: {', '.join(outside)}" if outside else None


def box_meant(node: Node) -> Node | None:
    """The box that a domain without a kind probably is: one with bounds, or nothing but bounds."""
    said = node.value
    if not isinstance(said, dict) or not said or "kind" in said:
        return None
    kind = {"kind": replace(node, value="box", text="box")}
    if "bounds" in said:
        return replace(node, value=kind | said)
    ranges = all(isinstance(entry.value, list) and len(entry.value) == 2 for entry in said.values())
    return replace(node, value=kind | {"bounds": node}) if ranges else None


def bent(word: str) -> str | None:
    """What to take in place of a function of layers that is made of straight lines; None for other words."""
    if word.lower() not in _STRAIGHT:
        return None
    return "its second derivative is zero, and equations need it: take tanh, the default, or softplus, which is like it"


def named(condition: str) -> str:
    """How a condition on points becomes a region, on the place that it may begin with: `x=0 and y < 0.5`."""
    place, _, rest = condition.partition(" and ")
    said = f"{{on: {place}, where: {rest}}}" if rest and _PLANE.fullmatch(place.strip()) else condition
    return f"name it by regions: {{part: {said}}}, and write on: part"


def home(root: Node, path: Path) -> str | None:
    """Where a key of the top level belongs that one of these slips explains."""
    if path[0] == "unknowns" and path[-1] in _SIZES:
        name = path[1]
        return f'components are unknowns of their own, {name}1, {name}2, …; define: {{{name}: "[{name}1, {name}2]"}}'
    if path[0] == "terms" and len(path) == 3 and path[-1] == "where":
        condition, place = root.find(path), root.find((*path[:2], "on"))
        said = condition.text if condition is not None and condition.text else "…"
        return named(f"{place.text} and {said}" if place is not None and place.text else said)
    if path[0] == "terms" and len(path) == 3 and path[-1] in _OF_DATA:
        data = root.find((*path[:2], "data"))
        said = data.text if data is not None and data.text else "…"
        return f"it belongs to the data: data: {{file: {said}, {_OF_DATA[str(path[-1])]}: …}}"
    if len(path) != 1:
        return None
    word = str(path[0])
    owner = _owner(root, word)
    if owner is not None:
        return f"indent it: it belongs to '{owner}' above"
    node = root.find(path)
    text = "" if node is None or ":" in (node.text or "") else (node.text or "")
    if word in _CONTENTS:
        said = f"{word}: {text}" if text else f"{word}: …"
        return f"write it as a term, '- {said}' under 'terms'"
    place = _PLACES.get(word)
    if place is None and ("=" not in text or nearest(word, [*Document.model_fields, *Term.model_fields])):
        return None
    said = f"equation: {text}" if text else "equation: u = …"
    return f"write a term under 'terms', with '{said}' and {place or _ELSEWHERE}"


def _bare_term(node: Node, path: Path) -> str | None:
    """The key that is missing from a term; after `- -` the text has lost its sign to a list."""
    is_listed = isinstance(node.value, list) and len(path) == 2
    said = node.child(0) or node
    if not isinstance(said.value, str) or ":" in said.value:
        return None
    if not any(sign in said.value for sign in "=<>"):
        return "begin with 'equation:', 'require:', 'minimise:' or 'data:'" if len(path) == 2 else None
    key = "require" if "<" in said.value or ">" in said.value else "equation"
    minus = "-" if is_listed and not node.mark.text.startswith("[", node.mark.column - 1) else ""
    whole = f"{key}: {minus}{said.value}"
    return f"begin with '{key}:', as in '{whole}'" if len(path) == 2 else f"write '- {whole}' on a line below"


def _outside(root: Node, section: str) -> list[str]:
    """The keys of the top level that belong to an empty section above them."""
    return [word for word in root.value if _owner(root, word) == section] if isinstance(root.value, dict) else []


def _owner(root: Node, word: str) -> str | None:
    """The empty section that is the last one above a key, if the key would be one of its own."""
    node = root.child(word)
    if word in Document.model_fields or node is None or node.key is None or not isinstance(root.value, dict):
        return None
    line = node.key.line
    above = {n: e.key.line for n, e in root.value.items() if e.key and n in Document.model_fields and e.key.line < line}
    last = max(above, key=above.__getitem__, default="terms")
    if last == "terms" or root.value[last].text != "":
        return None
    is_open = get_origin(Document.model_fields[last].annotation) is dict
    return last if is_open or word in sections.fields(sections.under(last)) else None
