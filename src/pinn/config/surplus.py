"""More conditions than a linear equation of one coordinate has room for."""

from collections.abc import Iterator, Sequence

from pinn.config import orders
from pinn.config.findings import Findings
from pinn.config.hard import HardCondition
from pinn.config.model import Equation, Term
from pinn.config.names import Names
from pinn.config.standins import FIRST, at_zero, stand_ins
from pinn.expressions import ZERO, Expression, Unknown, algebra
from pinn.geometry import Flat, Piece

STEPS = (-1.0, -0.6, -0.1, 0.4, 0.8, 1.0)
"""Where the equation is looked at, in half widths from its middle."""


def find(names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], findings: Findings) -> None:
    """Warn of a linear equation for one unknown, beside which more conditions stand at single places than its order.

    Not beside what may be left open, data, energies, integrals and fitted parameters, nor where `exact` says what
    meets them. Of several solutions a nonlinear equation may have, a condition may choose one.
    """
    is_plain = all(isinstance(term.content, Equation) and not term.functionals for term in terms)
    if not is_plain or len(names.scope.unknowns) != 1 or names.fitted or names.exact:
        return
    asked = None if len(names.domain.coordinates) > 1 or names.domain.periodic else orders.system(names, terms)
    if asked is None:
        return
    (row,) = asked.rows
    if any(index >= FIRST for _, slope in row.slopes for index in algebra.coordinates_used(slope)):
        return
    middle, half = names.domain.scales[0]
    order = orders.order(names, asked, [[{0: middle + step * half} for step in STEPS]], [{0: 1.0}])
    conditions = list(dict.fromkeys(_conditions(terms, hard)))
    if not 0 < order < len(conditions) or _is_normed(order, row.term, conditions, names, terms):
        return
    lowest = min(part.order for part, _ in row.slopes)
    sees = [min(o.order for o in algebra.demands(e)[asked.unknowns[0]]) for _, e in conditions]
    beyond = [sum(one >= m for one in sees) - (order - m) for m in range(lowest + 1)]
    # Where an equation has derivatives alone, conditions on these may be one too many, and fit: the sources balance.
    if (surplus := beyond[0] - max([0, *beyond[1:]])) > 0:
        said = f"{len(conditions)} conditions for an equation of order {order}"
        findings.warn(("terms",), f"{said}: no solution meets them all, unless by chance", f"leave {surplus} out")


def _conditions(terms: Sequence[Term], hard: Sequence[HardCondition]) -> Iterator[tuple[float, Expression]]:
    """What is to vanish at single places, with these."""
    for said in hard:
        for c in said.conditions:
            yield from _at((c.piece,), algebra.subtract(algebra.derivative(Unknown(said.unknown), c.operator), c.value))
    for term in terms:
        if isinstance(term.content, Equation) and not term.content.bounds:
            for part in (part for residual in term.content.residuals for part in algebra.components(residual)):
                yield from _at(term.region.pieces, part)


def _at(pieces: Sequence[Piece], part: Expression) -> Iterator[tuple[float, Expression]]:
    places = (value for piece in pieces if isinstance(piece, Flat) for _, value in piece.fixed)
    yield from ((place, part) for place in places if algebra.demands(part))


def _is_normed(
    order: int, equation: str, conditions: Sequence[tuple[float, Expression]], names: Names, terms: Sequence[Term]
) -> bool:
    """Whether zero meets the equation and all conditions but one, which then says the size of a mode."""
    (term,) = (term for term in terms if term.name == equation)
    residuals = term.content.residuals if isinstance(term.content, Equation) else ()
    parts = (part for residual in residuals for part in algebra.components(residual))
    zero = sum(_is_met_by_zero(part, names) for _, part in conditions)
    return zero == order == len(conditions) - 1 and all(_is_met_by_zero(part, names) for part in parts)


def _is_met_by_zero(part: Expression, names: Names) -> bool:
    found = stand_ins(part, names)
    return found is not None and at_zero(found[0], (one.index for one in found[1])) == ZERO
