"""Shapes as formulas: the sides of surfaces, joined by "and" and "or"."""

import math
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from pinn.expressions.tree import ZERO, Compare, Expression, Logic


@dataclass(frozen=True)
class Plane:
    """Where normal · x + offset = 0, the normal being of length one; by coordinates that have a part in it."""

    normal: tuple[tuple[int, float], ...]
    offset: float

    def signed(self, sign: float) -> "Plane":
        """The same, or with the normal to the other side."""
        return Plane(tuple((i, sign * n) for i, n in self.normal), sign * self.offset)

    def cosine(self, other: "Plane") -> float:
        """That of the angle between two normals."""
        normal = dict(other.normal)
        return math.fsum(n * normal.get(i, 0.0) for i, n in self.normal)


@dataclass(frozen=True)
class Side:
    """The side of a surface on which a level is positive; -1 for the other one."""

    surface: Hashable
    """What tells this surface from others."""
    level: Expression
    sign: float = 1.0
    size: float | None = None
    """Where the level grows with the square of the distance on the other side: twice its value in the middle."""
    plane: Plane | None = None
    """The surface, if it is one; the level is the distance from it."""


@dataclass(frozen=True)
class Joined:
    """All parts, or any of them; `and` of none holds always, `or` of none never."""

    word: Literal["and", "or"]
    parts: tuple["Formula", ...]


Formula = Side | Joined

ALWAYS, NEVER = Joined("and", ()), Joined("or", ())


def opposite(formula: Formula) -> Formula:
    """What holds where a formula does not."""
    match formula:
        case Side():
            return replace(formula, sign=-formula.sign)
        case Joined(word=word, parts=parts):
            return Joined("or" if word == "and" else "and", tuple(map(opposite, parts)))
        case _:
            assert_never(formula)


def outermost(formula: Formula) -> Iterator[Formula]:
    """What the outermost "and" joins."""
    if isinstance(formula, Joined) and (formula.word == "and" or len(formula.parts) == 1):
        for part in formula.parts:
            yield from outermost(part)
    else:
        yield formula


def numbered(formula: Formula, number: int) -> Formula:
    """The same with a number before each surface."""
    if isinstance(formula, Side):
        return replace(formula, surface=(number, formula.surface))
    return Joined(formula.word, tuple(numbered(part, number) for part in formula.parts))


def fixed(formula: Formula, surface: Hashable, is_inside: bool) -> Formula:
    """What is left of a formula where it is known on which side of a surface a point lies, of its own or the other."""
    if isinstance(formula, Side):
        return formula if formula.surface != surface else ALWAYS if is_inside == (formula.sign > 0) else NEVER
    return _simplified(formula.word, [fixed(part, surface, is_inside) for part in formula.parts])


def without(formula: Formula, absent: Formula) -> Formula:
    """What is left of a formula where another one does not hold, nor what that joins by "or"."""
    gone = absent.parts if isinstance(absent, Joined) and absent.word == "or" else (absent,)
    if formula in (absent, *gone):
        return NEVER
    if isinstance(formula, Side):
        return formula
    return _simplified(formula.word, [without(part, absent) for part in formula.parts])


def all_of(*parts: Formula) -> Formula:
    """What holds where all of these do."""
    return _simplified("and", parts)


def _simplified(word: Literal["and", "or"], parts: Sequence[Formula]) -> Formula:
    neutral, final = (ALWAYS, NEVER) if word == "and" else (NEVER, ALWAYS)
    left = tuple(part for part in parts if part != neutral)
    return final if final in left else left[0] if len(left) == 1 else Joined(word, left)


def level(formula: Formula, surface: Hashable) -> Expression:
    """That of a surface which occurs in a formula."""
    return next(side.level for side in _sides(formula) if side.surface == surface)


def _sides(formula: Formula) -> Iterator[Side]:
    if isinstance(formula, Side):
        yield formula
    else:
        for part in formula.parts:
            yield from _sides(part)


def condition(formula: Formula) -> Expression:
    """A formula as a condition on coordinates."""
    match formula:
        case Side(level=level, sign=sign):
            return Compare(">" if sign > 0 else "<", level, ZERO)
        case Joined(word=word, parts=parts):
            return Logic(word, tuple(map(condition, parts)))
        case _:
            assert_never(formula)
