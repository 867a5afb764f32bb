"""Text to tokens. The alphabet is ASCII; whatever else turns up is named by its code point."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pinn.expressions.mistakes import ExpressionError, mistake
from pinn.expressions.tree import Span

MAX_CHARACTERS = 10_000

TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z][A-Za-z0-9_]*)"
    r"|(?P<symbol>\*\*|<=|>=|==|!=|[-+*/^()\[\],:=<>.])"
)

HINTS = {
    "|": "write abs(u) for the absolute value, norm(v) for the length of a vector",
    "&": "write 'and'",
    "!": "write 'not'",
    "?": "write where(condition, a, b)",
    "@": "write dot(a, b)",
    "{": "group with ( ); places are named under 'regions'",
    "}": "group with ( )",
    "\\": "write plain functions, such as sin(x)",
    '"': "an expression has no strings",
    "'": "an expression has no strings",
    "\N{MINUS SIGN}": "write -",
    "\N{MULTIPLICATION SIGN}": "write *",
    "\N{MIDDLE DOT}": "write *",
    "\N{DOT OPERATOR}": "write *",
    "\N{PARTIAL DIFFERENTIAL}": "write d(u, x)",
    "\N{NABLA}": "write grad(u), div(v) or laplacian(u)",
    "\N{INCREMENT}": "write laplacian(u)",
    "\N{GREEK CAPITAL LETTER DELTA}": "write laplacian(u)",
    "\N{SQUARE ROOT}": "write sqrt(x)",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A number, a name, a symbol, or the end of the text (whose `text` is empty)."""

    kind: Literal["number", "name", "symbol", "end"]
    text: str
    span: Span


def scan(text: str) -> list[Token]:
    """The tokens of `text` and one of kind `end`; raises `ExpressionError` at the first odd character."""
    if len(text) > MAX_CHARACTERS:
        raise mistake(
            f"an expression has at most {MAX_CHARACTERS:,} characters, not {len(text):,}",
            (0, 1),
            "name parts of it under 'define'",
        )
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise _odd(text, position)
        kind = match.lastgroup
        if kind in ("number", "name", "symbol"):
            tokens.append(Token(kind, match[0], match.span()))
        position = match.end()
    tokens.append(Token("end", "", (len(text), len(text))))
    return tokens


def _odd(text: str, at: int) -> ExpressionError:
    """The mistake of a character that begins no token."""
    character = text[at]
    if character == "_":
        end = _run(text, at, lambda c: c.isascii() and (c.isalnum() or c == "_"))
        return mistake(f"'{text[at:end]}' does not begin with a letter", (at, end), "a name begins with a letter")
    if character == "'" and at and (text[at - 1].isalnum() or text[at - 1] in "_)]"):
        end = _run(text, at, lambda c: c == "'")
        return mistake("a prime does not say by which coordinate", (at, end), "write d(u, x), or u_x")
    if _superscript(character):
        end = _run(text, at, _superscript)
        power = unicodedata.normalize("NFKC", text[at:end]).replace("\N{MINUS SIGN}", "-")
        return mistake(f"{_described(character)} is not part of the language", (at, end), f"write ^{power}")
    hint = HINTS.get(character) or _latin(character)
    return mistake(f"{_described(character)} is not part of the language", (at, at + 1), hint)


def _run(text: str, start: int, member: Callable[[str], bool]) -> int:
    """End of the stretch of characters from `start` for which `member` holds."""
    end = start + 1
    while end < len(text) and member(text[end]):
        end += 1
    return end


def _superscript(character: str) -> bool:
    return unicodedata.decomposition(character).startswith("<super>")


def _described(character: str) -> str:
    """The character if it can be shown, and outside ASCII its code point and name."""
    shown = f"'{character}'" if unicodedata.category(character)[0] in "LNPS" else "the character"
    if character.isascii() and character.isprintable():
        return shown
    name = unicodedata.name(character, "")
    return f"{shown} (U+{ord(character):04X}{' ' + name if name else ''})"


def _latin(character: str) -> str | None:
    """How to write a letter of another alphabet."""
    name = unicodedata.name(character, "")
    if name.startswith("GREEK") and "LETTER" in name:
        return f"write it in Latin letters: {name.split('LETTER ')[1].split()[0].lower()}"
    return "write it in plain Latin letters" if character.isalpha() else None
