"""What the parser makes of a text, before anything is known about the names in it."""

from dataclasses import dataclass
from typing import Literal

from pinn.expressions.tree import Span

LONGEST_SUM = 16
"""Sums of more terms become balanced trees, so that depth stays small; shorter ones lean to the left."""


@dataclass(frozen=True, slots=True)
class Syntax:
    """A node of the syntax tree and the stretch of text it was read from."""

    span: Span


@dataclass(frozen=True, slots=True)
class Number(Syntax):
    value: float


@dataclass(frozen=True, slots=True)
class Name(Syntax):
    name: str


@dataclass(frozen=True, slots=True)
class Member(Syntax):
    """`exact.u`, the one place where a dot may stand."""

    name: str


@dataclass(frozen=True, slots=True)
class Unary(Syntax):
    """`-x` or `+x`."""

    operator: str
    operand: Syntax


@dataclass(frozen=True, slots=True)
class Binary(Syntax):
    """`left operator right` with one of `+ - * / ^`."""

    operator: str
    left: Syntax
    right: Syntax


@dataclass(frozen=True, slots=True)
class Comparison(Syntax):
    operator: Literal["<", "<=", ">", ">=", "==", "!="]
    left: Syntax
    right: Syntax


@dataclass(frozen=True, slots=True)
class Logic(Syntax):
    """`and`, `or` of two operands, `not` of one."""

    operator: Literal["and", "or", "not"]
    operands: tuple[Syntax, ...]


@dataclass(frozen=True, slots=True)
class Vector(Syntax):
    items: tuple[Syntax, ...]


@dataclass(frozen=True, slots=True)
class Item(Syntax):
    """`operand[index]`."""

    operand: Syntax
    index: Syntax


@dataclass(frozen=True, slots=True)
class Slice(Syntax):
    """`operand[start:stop]`; an end that is left out is None."""

    operand: Syntax
    start: Syntax | None
    stop: Syntax | None


@dataclass(frozen=True, slots=True)
class Keyword(Syntax):
    """`name=value` or `name[index]=value` among the arguments of a call; the span is that of what stands before =."""

    name: str
    value: Syntax
    index: Syntax | None = None


@dataclass(frozen=True, slots=True)
class Call(Syntax):
    """`function(arguments, keywords)`; `name_span` is where the function's name stands."""

    function: str
    name_span: Span
    arguments: tuple[Syntax, ...]
    keywords: tuple[Keyword, ...]


@dataclass(frozen=True, slots=True)
class Equals(Syntax):
    """`left = right` at the top of a text."""

    left: Syntax
    right: Syntax
