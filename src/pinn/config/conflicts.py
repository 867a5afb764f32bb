"""Terms that want different values of one thing at one place, where only their mean could be met."""

import itertools
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from pinn.config.findings import Findings, Path
from pinn.config.hard import HardCondition, without_normal
from pinn.config.model import Equation, Term
from pinn.config.names import Names
from pinn.config.probes import points, value_at
from pinn.config.standins import stand_ins
from pinn.expressions import Expression, Operator, algebra
from pinn.expressions.tree import Normal, walk
from pinn.geometry import Curve, Flat, Part, Piece, Scatter, Sphere, Trimmed

CLOSE = 1e-6
"""Relative differences that are not worth a word."""


@dataclass(frozen=True)
class Wish:
    """What a term wants of an unknown, or of a derivative of it, on a piece."""

    of: str
    unknown: str
    operator: Operator
    piece: Piece
    value: Callable[[Mapping[int, float]], float | None]
    """At a point of the piece."""
    term: str
    path: Path
    is_built_in: bool = False
    is_smooth: bool = True
    """Whether nothing in it jumps or has a kink."""


def find(
    names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], paths: Mapping[str, Path], findings: Findings
) -> None:
    """Warn, once each, of the terms that want at one place what another one excludes."""
    known: dict[tuple[str, Hashable], Wish] = {}
    warned: set[Path] = set()
    for wish in wishes(names, terms, hard, paths):
        if wish.path in warned:
            continue
        other = known.setdefault((wish.of, _place(wish.piece)), wish)
        for point in points(names, wish.piece):
            ours, theirs = wish.value(point), other.value(point)
            if ours is None or theirs is None or abs(ours - theirs) <= CLOSE * max(1.0, abs(ours), abs(theirs)):
                continue
            place = ", ".join(f"{names.domain.coordinates[i]}={v:.4g}" for i, v in point.items())
            message = f"this wants {wish.of} = {ours:.6g} at {place}, and {other.term} wants {theirs:.6g}"
            findings.warn(wish.path, message, "only one of them can hold; leave one out, or choose other regions")
            warned.add(wish.path)
            break


def wishes(
    names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], paths: Mapping[str, Path]
) -> Iterator[Wish]:
    """What hard conditions, and equations that are linear in one thing, want on their pieces."""
    yield from _built_in(names, hard)
    yield from _asked(names, terms, paths)


def _place(piece: Piece) -> Hashable:
    """What two pieces share that are the same place, whatever they are called."""
    match piece:
        case Flat(fixed=fixed):
            return fixed
        case Sphere(center=center, radius=radius):
            return center, radius
        case Curve(arcs=arcs):
            return arcs
        case Scatter(sheet=sheet, rows=rows):
            return id(sheet), rows
        case Trimmed(surface=surface):
            return surface
        case Part(whole=whole, condition=condition):
            return _place(whole), condition
        case _:
            assert_never(piece)


def _built_in(names: Names, hard: Sequence[HardCondition]) -> Iterator[Wish]:
    for said in hard:
        for condition in said.conditions:
            if condition.order == 0:
                value = lambda point, e=condition.value: value_at(e, point, names)
                same = said.unknown, said.unknown, Operator.identity()
                yield Wish(*same, condition.piece, value, "a hard condition", said.path, is_built_in=True)


def _asked(names: Names, terms: Sequence[Term], paths: Mapping[str, Path]) -> Iterator[Wish]:
    for term in terms:
        residuals = term.content.residuals if isinstance(term.content, Equation) and not term.is_number else ()
        scalars = [part for r in residuals for part in algebra.components(r)]
        for scalar, piece in itertools.product(scalars, term.region.pieces):
            found = stand_ins(facing(scalar, piece, names), names)
            if found is None or len(found[1]) != 1:
                continue
            expression, (part,) = found
            value = lambda point, e=expression, i=part.index: _root(e, i, point, names)
            operator = part.operator or Operator.identity()
            smooth, said = algebra.is_smooth(expression), (f"'{term.name}'", paths[term.name])
            yield Wish(part.name, part.unknown, operator, piece, value, *said, is_smooth=smooth)


def facing(expression: Expression, piece: Piece, names: Names) -> Expression:
    """An expression on a plane, or a part of one, with the plane's normal written in."""
    piece = piece.whole if isinstance(piece, Part) else piece
    if not isinstance(piece, Flat) or not any(isinstance(node, Normal) for node in walk(expression)):
        return expression
    return without_normal(expression, piece, names.domain)


def _root(residual: Expression, index: int, point: Mapping[int, float], names: Names) -> float | None:
    """Where a residual that is linear in one thing vanishes."""
    low, middle, high = (value_at(residual, {**point, index: x}, names) for x in (0.0, 1.0, 2.0))
    if low is None or middle is None or high is None or low == middle:
        return None
    is_linear = abs(high - 2 * middle + low) <= CLOSE * max(abs(low), abs(middle), abs(high))
    return low / (low - middle) + 0.0 if is_linear else None
