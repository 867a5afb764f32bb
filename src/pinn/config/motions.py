"""Bodies that nothing keeps from turning: displacements to which a small rotation may be added."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from pinn.config.findings import Findings
from pinn.config.hard import HardCondition, without_normal
from pinn.config.model import Equation, Term
from pinn.config.names import Names
from pinn.config.probes import points, value_at
from pinn.config.standins import filled
from pinn.expressions import Constant, Coordinate, Expression, Unknown, algebra
from pinn.expressions.tree import walk
from pinn.geometry import Flat, Piece, on_piece

NEARLY = 1e-9
"""Changes of residuals that are rounding, by the largest of one that a rotation does change."""

PLANES = (2, 3)
"""Numbers of spatial coordinates in which bodies turn."""


def find(names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], findings: Findings) -> None:
    """Warn where displacements are known up to a rotation, about the point at which they are held if there is one."""
    space = names.domain.spatial
    if len(space) not in PLANES or not all(isinstance(term.content, Equation) for term in terms):
        return
    center = next(_held(names, terms, hard), {})
    for first in range(len(names.scope.unknowns) - len(space) + 1):
        body = names.scope.unknowns[first : first + len(space)]
        for (i, one), (j, other) in combinations(zip(space, body, strict=True), 2):
            if names.domain.periodic & {i, j} or not _moves(terms, (one, other)):
                continue
            turned = {one: _moment(names, j, center, -1.0), other: _moment(names, i, center, 1.0)}
            if any(_changes(names, terms, hard, turned)):
                continue
            x, y = names.domain.coordinates[i], names.domain.coordinates[j]
            message = f"nothing keeps [{', '.join(body)}] from turning in the plane of {x} and {y}"
            hint = f"add {{equation: integral({other}_{x} - {one}_{y}) = 0}}, or hold {other} at a second point"
            findings.warn(("unknowns",), message, hint)


def _held(names: Names, terms: Sequence[Term], hard: Sequence[HardCondition]) -> Iterator[Mapping[int, float]]:
    """Points at which something is said of single places."""
    pieces = [piece for term in terms for piece in term.region.pieces]
    pieces += [c.piece for condition in hard for c in condition.conditions]
    for piece in pieces:
        if isinstance(piece, Flat) and piece.fixed and piece.dimension(names.domain) == 0:
            yield dict(piece.fixed)


def _moves(terms: Sequence[Term], pair: Sequence[str]) -> bool:
    """Whether both unknowns stand in one of the equations together, as displacements do in a stress."""
    return any(set(pair) <= algebra.names_used(e) for term in terms for e in _residuals(term))


def _residuals(term: Term) -> Sequence[Expression]:
    return term.content.residuals if isinstance(term.content, Equation) else ()


def _moment(names: Names, index: int, center: Mapping[int, float], sign: float) -> Expression:
    """The distance from the center along a coordinate."""
    away = algebra.subtract(Coordinate(names.domain.coordinates[index], index), Constant(center.get(index, 0.0)))
    return algebra.multiply(Constant(sign), away)


def _changes(
    names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], turned: Mapping[str, Expression]
) -> Iterator[bool]:
    """Whether a rotation changes a residual, or cannot be told not to, by each of them."""
    for piece, residual in _every(names, terms, hard):
        if not any(isinstance(node, Unknown) and node.name in turned for node in walk(residual)):
            continue
        for part in algebra.components(without_normal(residual, piece, names.domain)):
            still, moved = (filled(part, known) for known in ({}, turned))
            sizes = [filled(part, {name: value}) for name, value in turned.items()]
            for point in points(names, piece):
                rest, *values = (value_at(e, point, names) for e in (still, moved, *sizes))
                if rest is None or None in values:
                    yield True
                    return
                changes = [abs(value - rest) for value in values if value is not None]
                yield changes[0] > NEARLY * max(1e-300, *changes[1:])


def _every(names: Names, terms: Sequence[Term], hard: Sequence[HardCondition]) -> Iterator[tuple[Piece, Expression]]:
    """What is to vanish, and where."""
    for term in terms:
        yield from ((piece, residual) for piece in term.region.pieces for residual in _residuals(term))
        yield from ((piece, f.integrand) for f in term.functionals for piece in f.region.pieces)
    for condition in hard:
        own = Unknown(condition.unknown)
        for c in condition.conditions:
            yield c.piece, algebra.subtract(algebra.derivative(own, c.operator), on_piece(c))
