"""Where YAML and mathematics collide: what went wrong in words of the config, and what to write instead.

Expressions are written without quotes, and YAML gives `{ } [ ] , : - | * & % @` meanings of its own. Nothing
here relies on the wording of PyYAML's messages, only on the characters at the places that it names.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import yaml

from pinn.config.node import Node, Text
from pinn.errors import Diagnostic, Mark

_NO_SPACE = re.compile(r"\s*(?:- +)*(?P<key>[A-Za-z_][A-Za-z0-9_]*):(?=[^\s:/])")
_MOST_ARGUMENTS = 16
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*:\s")
_QUOTE = "put the whole expression in quotes"
_BRACKETS = (
    "a bracket inside { } or [ ] ended the expression",
    "an expression that begins with a bracket is a list to YAML",
)


# --- traps that YAML falls into without an error


def cuts(parts: Sequence[Node]) -> list[tuple[int, int]]:
    """First and last parts of expressions in `{…}` or `[…]` that a comma has cut, as in `{equation: u = min(x, y)}`."""
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(parts):
        last = _closing(parts, at)
        if last is not None and last > at:
            found.append((at, last))
            at = last
        at += 1
    return found


def _closing(parts: Sequence[Node], start: int) -> int | None:
    """Index of the part that closes the parentheses which the part at `start` leaves open."""
    if not _is_plain(parts[start]) or _open(parts[start]) <= 0:
        return None
    level = 0
    for index in range(start, min(len(parts), start + _MOST_ARGUMENTS)):
        level += _open(parts[index])
        if level <= 0:
            return index
    return None


def cut(first: Node, last: Node) -> Diagnostic:
    """What to say of an expression whose first and last parts these are."""
    whole = joined(first, last)
    hint = f'put it in quotes: "{whole.text}"' if whole and '"' not in (whole.text or "") else _QUOTE
    return Diagnostic("a comma inside { } or [ ] ended the expression", first.mark, hint)


def joined(first: Node, last: Node) -> Node | None:
    """The expression that was meant, where it stands on one line."""
    if first.mark.line != last.mark.line:
        return None
    length = last.mark.column - first.mark.column + last.mark.length
    text = first.mark.text[first.mark.column - 1 :][:length]
    mark = replace(first.mark, length=length)
    return Node(text, mark, text=text, stretches=((0, mark),))


def _is_plain(node: Node) -> bool:
    return bool(node.text) and node.mark.text[node.mark.column - 1 : node.mark.column] not in ("'", '"')


def _open(node: Node) -> int:
    return node.text.count("(") - node.text.count(")") if node.text else 0


def missing_spaces(entries: Sequence[tuple[Node, Node]]) -> list[Diagnostic]:
    """Entries like `{u:sin(x)}`, which YAML reads as a key without a value."""
    return [
        _no_space(key.text.partition(":")[0], key.mark)
        for key, value in entries
        if key.text and value.text == "" and _is_plain(key) and _NO_SPACE.match(key.text)
    ]


def unknown_alias(name: str, mark: Mark) -> Diagnostic:
    return Diagnostic(f"no anchor '&{name}' stands above", mark, f"'*' begins a YAML alias; {_QUOTE}")


def minus(mark: Mark) -> Diagnostic:
    hint = f"write the minus without a space after it, or {_QUOTE}"
    return Diagnostic("'- ' begins a list item in YAML", mark, hint)


def empty_anchor(name: str, mark: Mark) -> Diagnostic:
    hint = f"'&' begins a YAML anchor; {_QUOTE}"
    return Diagnostic(f"the anchor '&{name}' names nothing", mark, hint)


def tag(name: str, mark: Mark) -> Diagnostic:
    short = name.replace("tag:yaml.org,2002:", "!!")
    return Diagnostic(f"the YAML tag '{short}' is not allowed here", mark, "text that begins with '!' needs quotes")


# --- traps that end in an error of PyYAML


class _Spot:
    """The neighborhood of an error: the character it names, what stands before, and what was being read."""

    def __init__(self, text: Text, error: yaml.MarkedYAMLError):
        place = error.problem_mark or error.context_mark
        self.text = text
        self.problem = str(error.problem or error.context or "it cannot be read")
        self.line, self.column, self.index = (place.line, place.column, place.index) if place else (0, 0, 0)
        self.mark = text.mark(self.line, self.column)
        self.character = text.content[self.index : self.index + 1]
        self.before = self.line_at(self.line)[: self.column]
        context = error.context_mark
        self.opener = text.content[context.index : context.index + 1] if context else ""
        self.context_line = context.line if context else self.line
        self.context = text.mark(context.line, context.column) if context else self.mark

    def line_at(self, number: int) -> str:
        return self.text.lines[number] if 0 <= number < len(self.text.lines) else ""

    @property
    def previous(self) -> str:
        """The last character before the place on its line that is no space."""
        return self.before.rstrip()[-1:]


def diagnose(text: Text, error: yaml.MarkedYAMLError) -> Diagnostic:
    """The mistake behind an error of PyYAML."""
    spot = _Spot(text, error)
    for trap in _TRAPS:
        found = trap(spot)
        if found is not None:
            return found
    is_indented = spot.line > 0 and spot.opener not in ("{", "[")
    hint = "check the indentation" if is_indented else None
    return Diagnostic(f"this is not valid YAML: {spot.problem}", spot.mark, hint)


def _tab(spot: _Spot) -> Diagnostic | None:
    line = spot.line_at(spot.line)
    indentation = line[: len(line) - len(line.lstrip())]
    if "\t" not in indentation:
        return None
    mark = spot.text.mark(spot.line, indentation.index("\t"))
    return Diagnostic("a tab in the indentation", mark, "YAML is indented with spaces")


def _indicator(spot: _Spot) -> Diagnostic | None:
    if spot.context_line != spot.line:
        return None
    if spot.opener and spot.opener in "|>":
        hint = "write abs(u) or norm(v), or put the expression in quotes" if spot.opener == "|" else _QUOTE
        return Diagnostic(f"a value that begins with '{spot.opener}' is a block of text to YAML", spot.context, hint)
    if spot.opener and spot.opener in "*&":
        kind = "an alias" if spot.opener == "*" else "an anchor"
        return Diagnostic(f"a value that begins with '{spot.opener}' is {kind} to YAML", spot.context, _QUOTE)
    return None


def _reserved(spot: _Spot) -> Diagnostic | None:
    if spot.character and spot.character in "%@`" and spot.previous in ("", ":", "-", ",", "[", "{"):
        return Diagnostic(f"a value cannot begin with '{spot.character}' in YAML", spot.mark, _QUOTE)
    return None


def _minus(spot: _Spot) -> Diagnostic | None:
    return minus(spot.mark) if spot.character == "-" and spot.previous else None


def _space(spot: _Spot) -> Diagnostic | None:
    """`seed:3`, found on the line of the error, where the key began, or on the line before."""
    for number in (spot.context_line, spot.line, spot.line - 1):
        found = _NO_SPACE.match(spot.line_at(number))
        if found is not None:
            return _no_space(found["key"], spot.text.mark(number, found.start("key"), len(found["key"]) + 1))
    return None


def _no_space(key: str, mark: Mark) -> Diagnostic:
    return Diagnostic("a space is missing after the colon", mark, f"write '{key}: …'")


def _second_colon(spot: _Spot) -> Diagnostic | None:
    if spot.character == ":" and ": " in spot.before:
        return Diagnostic(
            "a second ': ' in one value", spot.mark, "text with ': ' in it needs quotes, or a comma is missing"
        )
    return None


def _quoted(spot: _Spot) -> Diagnostic | None:
    if spot.opener and spot.opener in "'\"":
        if spot.before.endswith("\\"):
            message = f"'\\{spot.character}' means nothing inside double quotes"
            return Diagnostic(message, spot.mark, "use single quotes, where '\\' is a plain character")
        return Diagnostic("this quote is not closed", spot.context)
    if spot.previous and spot.previous in "'\"" and spot.character not in ("", ":"):
        return Diagnostic("text after a closing quote", spot.mark, _QUOTE)
    return None


def _comma(spot: _Spot) -> Diagnostic | None:
    """A key right behind a list or mapping in braces: `{on: [x=0, x=1] hard: true}`."""
    key = _KEY.match(spot.text.content, spot.index)
    if spot.opener != "{" or not spot.previous or spot.previous not in "]}" or key is None:
        return None
    hint = f"write '{spot.previous}, {key[0].rstrip()} …'"
    return Diagnostic("a comma is missing between two entries", spot.mark, hint)


def _bracket(spot: _Spot) -> Diagnostic | None:
    """Brackets that belong to an expression: `{equation: u = x[0]}`, `minimise: [u, v]^2`."""
    after = bool(spot.previous) and spot.previous in "]}" and spot.character not in ("", ":", "]", "}")
    inside = bool(spot.character) and spot.character in "[{" and spot.previous not in ("", ",", ":", "[", "{")
    if not after and not (inside and spot.opener in ("{", "[")):
        return None
    return Diagnostic(_BRACKETS[spot.opener not in ("{", "[")], spot.mark, _QUOTE)


def is_bracket(mistake: Diagnostic) -> bool:
    """Whether brackets of an expression are the mistake."""
    return mistake.message in _BRACKETS


def _unclosed(spot: _Spot) -> Diagnostic | None:
    at_end = spot.index >= len(spot.text.content.rstrip())
    if spot.opener in ("{", "[") and (at_end or spot.line > spot.context_line):
        return Diagnostic(f"this '{spot.opener}' is not closed", spot.context)
    if not spot.opener and at_end and (index := _last_open(spot.text.content)) is not None:
        return Diagnostic(f"this '{spot.text.content[index]}' is not closed", spot.text.at(index))
    if not spot.opener and spot.character and spot.character in "]}":
        return Diagnostic(f"this '{spot.character}' closes nothing", spot.mark)
    return None


def _last_open(content: str) -> int | None:
    """Where the last bracket is that is never closed."""
    closed = 0
    for index in reversed(range(len(content))):
        closed += (content[index] in "]}") - (content[index] in "[{")
        if closed < 0:
            return index
    return None


_TRAPS: tuple[Callable[[_Spot], Diagnostic | None], ...] = (
    _tab,
    _indicator,
    _reserved,
    _minus,
    _quoted,
    _comma,
    _bracket,
    _unclosed,
    _space,
    _second_colon,
)
