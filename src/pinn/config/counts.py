"""Whether there are as many equations as unknowns, and as many conditions as their orders ask for."""

import math
from collections.abc import Sequence

from pinn.config.findings import Findings
from pinn.config.hard import HardCondition
from pinn.config.model import Energy, Equation, Misfit, Term
from pinn.config.names import Names
from pinn.config.probes import value_at
from pinn.config.standins import sizes, stand_ins
from pinn.config.terms import expressions
from pinn.expressions import Expression, Unknown, algebra
from pinn.expressions.tree import walk
from pinn.geometry import Box, Piece, Shell


def find(names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], findings: Findings) -> None:
    """Warn of what is probably missing."""
    _doubt_idle_unknowns(names, terms, findings)
    _doubt_count(names, terms, findings)
    if any(isinstance(term.content, Misfit | Energy) for term in terms):
        return
    domain = names.domain
    if domain.time is None and isinstance(domain, Box) and len(domain.coordinates) == 1 and not domain.periodic:
        _doubt_ends(names, terms, hard, findings)


def _doubt_idle_unknowns(names: Names, terms: Sequence[Term], findings: Findings) -> None:
    """An unknown that no term depends on would stay as it was drawn."""
    used = {node.name for e in every(terms) for node in walk(e) if isinstance(node, Unknown)}
    for unknown in names.scope.unknowns:
        if used and unknown not in used:
            findings.warn(("unknowns",), f"no term depends on {unknown}", "add one, or leave the unknown out")
    if isinstance(names.domain, Shell) or not all(isinstance(term.content, Equation) for term in terms):
        return
    inside = {node.name for e in every(_inside(names, terms)) for node in walk(e) if isinstance(node, Unknown)}
    for unknown in sorted(used - inside - names.partial):
        findings.warn(("unknowns",), f"no term speaks of {unknown} inside the domain", "add its equation")


def _doubt_count(names: Names, terms: Sequence[Term], findings: Findings) -> None:
    """With fewer equations inside than unknowns something is left open, unless data or an energy decide it.

    Functions of some of the coordinates alone have their equations elsewhere, often.
    """
    if not all(isinstance(term.content, Equation) for term in terms):
        return
    inside = _inside(names, terms)
    count = sum(math.prod(residual.shape) for term in inside for residual in expressions(term.content))
    used = sorted({node.name for e in every(inside) for node in walk(e) if isinstance(node, Unknown)} - names.partial)
    if count < len(used):
        said = f"inside the domain {', '.join(used)} have {count} equation{'s' * (count > 1)} for {len(used)} unknowns"
        findings.warn(("unknowns",), said, "add what is missing, or leave out what is not needed")


def _doubt_ends(names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], findings: Findings) -> None:
    """Equations of one coordinate need as many conditions as their orders add up to, fewer where they are singular."""
    inside = _inside(names, terms)
    needed = 0
    for unknown in names.scope.unknowns:
        orders = [o.order for e in every(inside) for o in algebra.demands(e).get(unknown, ())]
        needed += max(orders, default=0)
    given = sum(len(condition.conditions) for condition in hard)
    for term in (term for term in terms if term not in inside):
        count = sum(math.prod(e.shape) for e in expressions(term.content))
        given += count * (1 if term.is_number else len(term.region.pieces))
    rows = sum(math.prod(e.shape) for term in inside for e in expressions(term.content))
    if given < needed and rows == len(names.scope.unknowns) and not any(_is_singular(term, names) for term in inside):
        (name,) = names.domain.coordinates
        stand = f"{given or 'no'} condition{'' if given == 1 else 's'} stand{'s' * (given == 1)}"
        message = f"the equations are of order {needed} in {name} in all, and {stand} beside them"
        findings.warn(("terms",), message, f"{needed} are needed: at an end, at a point inside, or of an integral")


def _is_singular(term: Term, names: Names) -> bool:
    """Whether the factor of a highest derivative is zero, or none, at an end of the only coordinate."""
    middle, half = names.domain.scales[0]
    for part in (part for e in expressions(term.content) for part in algebra.components(e)):
        found = stand_ins(part, names)
        if found is None:
            return True
        expression, parts = found
        order = max((p.order for p in parts), default=0)
        for p in (p for p in parts if p.order == order):
            slope = algebra.differentiate(expression, p.index)
            for end in (middle - half, middle + half):
                factor = value_at(slope, {0: end} | sizes(parts), names)
                whole = value_at(expression, {0: end} | sizes(parts), names)
                if not factor or not math.isfinite(factor) or whole is None or not math.isfinite(whole):
                    return True
    return False


def _inside(names: Names, terms: Sequence[Term]) -> list[Term]:
    """The terms that hold in the domain, or in a part of it."""
    return [t for t in terms if not t.is_number and any(is_volume(piece, names) for piece in t.region.pieces)]


def is_volume(piece: Piece, names: Names) -> bool:
    """Whether a piece has the dimension of the domain."""
    return piece.dimension(names.domain) == len(names.domain.coordinates)


def every(terms: Sequence[Term]) -> list[Expression]:
    """All expressions of terms, what their integrals are of included."""
    own = [e for term in terms for e in expressions(term.content)]
    return own + [functional.integrand for term in terms for functional in term.functionals]
