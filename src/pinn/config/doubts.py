"""What a config says and probably does not mean, found by asking its expressions at a few points before training."""

import itertools
import math
from collections.abc import Mapping, Sequence

from pinn.config import (
    beginnings,
    boundaries,
    conflicts,
    constrained,
    counts,
    evolution,
    fluxes,
    jumps,
    kinks,
    motions,
    noise,
    reaches,
    seams,
    surplus,
    trivial,
    undefined,
)
from pinn.config.counts import every, is_volume
from pinn.config.findings import Findings, Path
from pinn.config.hard import HardCondition
from pinn.config.model import Energy, Equation, Misfit, Term
from pinn.config.names import Names
from pinn.config.probes import FEW, known_parts, points, value_at
from pinn.config.standins import stand_ins
from pinn.config.terms import expressions
from pinn.expressions import Expression, Unknown, algebra, bessel, numeric
from pinn.expressions.printing import show
from pinn.expressions.tree import Call, Constant, Derivative, Gradient, children, walk
from pinn.geometry import Flat, Part, Piece, Shell, is_inside

FAR = 100.0
"""How large a derivative is where an energy is asked whether it is bounded below."""

NEARLY = 1e-9
"""Relative differences that rounding makes."""


def find(
    names: Names,
    terms: Sequence[Term],
    hard: Sequence[HardCondition],
    paths: Mapping[str, Path],
    findings: Findings,
) -> None:
    """Report what cannot be trained and warn of what is probably not meant.

    `paths` has the terms by name.
    """
    counts.find(names, terms, hard, findings)
    beginnings.find(names, terms, hard, findings)
    noise.find(terms, paths, findings)
    if len(names.domain.coordinates) > FEW:
        boundaries.find_bare(names, terms, hard, paths, findings)
        return
    _doubt_scales(names, terms, paths, findings)
    for term in terms:
        _demand_numbers(names, term, paths[term.name], findings)
        _doubt_energy(names, term, paths[term.name], findings)
        _doubt_positive(names, term, paths[term.name], findings)
        _doubt_integrals(names, term, paths[term.name], findings)
    constrained.find(terms, names, paths, findings)
    _doubt_constants(names, terms, hard, findings)
    motions.find(names, terms, hard, findings)
    conflicts.find(names, terms, hard, paths, findings)
    surplus.find(names, terms, hard, findings)
    reaches.find(names, terms, paths, findings)
    jumps.find(names, terms, paths, findings)
    kinks.find(names, terms, hard, findings)
    seams.find(names, hard, findings)
    evolution.find(names, terms, hard, paths, findings)
    boundaries.find(names, terms, hard, paths, findings)
    undefined.find(names, terms, hard, paths, findings)
    fluxes.find(names, terms, paths, findings)
    trivial.find(names, terms, hard, findings)


def _demand_numbers(names: Names, term: Term, path: Path, findings: Findings) -> None:
    """What is free of unknowns must be a number where the points of a term lie."""
    known = dict.fromkeys(part for e in (*expressions(term.content), term.weight) for part in known_parts(e))
    pieces = () if isinstance(term.content, Misfit) else term.region.pieces
    for piece, part in itertools.product(pieces, known):
        for point in points(names, piece):
            value = value_at(part, point, names)
            if value is None or math.isfinite(value):
                continue
            place = ", ".join(f"{names.domain.coordinates[i]}={v:.4g}" for i, v in point.items())
            what = "infinite" if math.isinf(value) else "not a real number"
            culprit = _culprit(part, point, names)
            message = f"'{show(culprit, names.scope)}' is {what} at {place}, where points of this term may lie"
            is_bessel = isinstance(culprit, Call) and culprit.function in bessel.SIGNS
            hint = bessel.LIMITS if is_bessel else "use another domain or region, or choose by where(…)"
            findings.report(path, message, hint)
            return


def _doubt_energy(names: Names, term: Term, path: Path, findings: Findings) -> None:
    """An energy that bends down in a derivative of highest order, however large that is, falls without end."""
    content = term.content
    if term.is_number:
        return
    found = stand_ins(content.integrand, names) if isinstance(content, Energy) and not content.squares else None
    if found is None:
        return
    expression, parts = found
    order = max((part.order for part in parts), default=0)
    for part in (part for part in parts if order and part.order == order):
        bend = algebra.differentiate(algebra.differentiate(expression, part.index), part.index)
        states = [{p.index: FAR * (sign if p is part else 1.0) for p in parts} for sign in (-1.0, 1.0)]
        places = itertools.product(points(names, term.region.pieces[0]), states)
        values = [value_at(bend, point | state, names) for point, state in places]
        if values and all(value is not None and value < 0 for value in values):
            message = f"this energy falls without end where {part.name} grows"
            findings.warn((*path, "minimise"), message, "check its sign: a minimum needs a plus before the square")
            return


def _doubt_integrals(names: Names, term: Term, path: Path, findings: Findings) -> None:
    """An integral beside what changes with time is probably meant at each time, or up to it."""
    time = names.domain.time
    if time is None or term.is_number or not isinstance(term.content, Equation):
        return
    name = names.domain.coordinates[time]
    for number in term.functionals:
        if algebra.demands(number.integrand) and any(is_volume(piece, names) for piece in number.region.pieces):
            message = f"'{number.name}' is over {name} too: it is one number for all {name}"
            hint = f"one up to {name} is an unknown of its own: W_{name} = …, and W = 0 where {name} begins"
            if names.domain.spatial:
                x = names.domain.coordinates[names.domain.spatial[0]]
                hint = (
                    f"one at each {name} is an unknown of its own: W_{x} = …, W = 0 where it begins, and at(W, {x}=…)"
                )
            findings.warn((*path, "equation"), message, hint)
            return


def _doubt_positive(names: Names, term: Term, path: Path, findings: Findings) -> None:
    """What is kept above zero cannot come down to it on a boundary."""
    residuals = term.content.residuals if isinstance(term.content, Equation) and not term.is_number else ()
    for part in (part for residual in residuals for part in algebra.components(residual)):
        found = stand_ins(part, names)
        if found is None or [(p.order, p.name in names.positive) for p in found[1]] != [(0, True)]:
            continue
        (unknown,) = found[1]
        for point in points(names, term.region.pieces[0]):
            low, high = (value_at(found[0], point | {unknown.index: value}, names) for value in (0.0, 1.0))
            asked = None if low is None or high is None or abs(high - low) < NEARLY else low / (low - high) + 0.0
            if asked is not None and asked <= 0:
                message = f"{unknown.name} is kept positive, and this asks it to be {asked:.4g}"
                findings.warn(path, message, "leave 'positive' out")
                return


def _doubt_scales(names: Names, terms: Sequence[Term], paths: Mapping[str, Path], findings: Findings) -> None:
    """A quotient leaves the size of an unknown open, which then drifts until its points see too little of it."""
    normed = {u for t in terms if t.is_number and isinstance(t.content, Equation) for u in _unknowns(t)}
    for term in terms:
        if not isinstance(term.content, Energy) or not term.is_number:
            continue
        for unknown in sorted(_unknowns(term) - normed):
            degrees = {f.name: _degree(f.integrand, unknown, names) for f in term.functionals}
            if _is_unmoved(term.content.integrand, degrees, names):
                message = f"this number stays the same when {unknown} is scaled, so nothing holds its size"
                findings.warn((*paths[term.name], "minimise"), message, f"add {{equation: integral({unknown}^2) = 1}}")


def _unknowns(term: Term) -> set[str]:
    """Those in the integrals of a number."""
    return {node.name for f in term.functionals for node in walk(f.integrand) if isinstance(node, Unknown)}


def _degree(integrand: Expression, unknown: str, names: Names) -> float | None:
    """The power of a factor of the unknown that the integrand grows with; None where there is no such power."""

    def doubled(node: Expression) -> Expression:
        if isinstance(node, Unknown):
            return algebra.multiply(Constant(2.0), node) if node.name == unknown else node
        return algebra.renewed(node, doubled)

    before, after = (stand_ins(e, names) for e in (integrand, doubled(integrand)))
    if before is None or after is None:
        return None
    found: list[float] = []
    for number, point in enumerate(points(names, Flat("interior"))):
        state = {p.index: 0.7 + 0.31 * ((number + 1) * (k + 2) % 7) for k, p in enumerate(before[1])}
        small, large = (value_at(e, point | state, names) for e in (before[0], after[0]))
        if small and large and large / small > 0:
            found.append(math.log2(large / small))
    return found[0] if found and max(found) - min(found) < NEARLY else None


def _is_unmoved(number: Expression, degrees: Mapping[str, float | None], names: Names) -> bool:
    """Whether a function of integrals stays when each grows with its power of two."""
    if any(degree is None for degree in degrees.values()) or not any(degrees.values()):
        return False
    fixed = {**names.scope.constants}
    sides = []
    for factor in (1.0, 2.0):
        grown = {name: (0.9 + 0.37 * k) * factor**d for k, (name, d) in enumerate(degrees.items()) if d is not None}
        try:
            sides.append(numeric.evaluate(number, {}, fixed | grown))
        except numeric.NotNumeric:
            return False
    first, second = sides
    return isinstance(first, float) and isinstance(second, float) and abs(second - first) <= NEARLY * abs(first)


def _doubt_constants(names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], findings: Findings) -> None:
    """An unknown of which only derivatives occur is known up to a constant; by some coordinates alone, up to a function
    of the others."""
    if not any(isinstance(term.content, Equation) for term in terms):
        return
    fixed = {condition.unknown for condition in hard}
    for unknown in (unknown for unknown in names.scope.unknowns if unknown not in fixed):
        found = [o for e in every(terms) for o in algebra.demands(e).get(unknown, ())]
        if not found or _inside_derivatives(unknown, terms):
            continue
        free = [i for i in _open_in(unknown, terms, names) if not any(operator.order_in(i) for operator in found)]
        if any(_holds_value(term, unknown, free) for term in terms):
            continue
        own = ", ".join(names.domain.coordinates[i] for i in free)
        place = {i: v for i, v in _somewhere(names).items() if i not in free}
        point = ", ".join(f"{names.domain.coordinates[i]}: {v:.4g}" for i, v in place.items())
        message = f"only derivatives of {unknown} occur, so it is known up to a constant"
        if free:
            message = f"no derivative of {unknown} by {own} occurs, so it is known up to a function of {own}"
        hint = f"fix it at a point: {{equation: {unknown} = 0, on: {{{point}}}}}"
        also = f", for all {own}" if free else f", or say integral({unknown}) = 0"
        findings.warn(("unknowns",), message, hint + also)


def _open_in(unknown: str, terms: Sequence[Term], names: Names) -> Sequence[int]:
    """The coordinates in which an unknown must be held: all, where terms inside differentiate it and it has all."""
    inside = [t for t in terms if not t.is_number and any(is_volume(piece, names) for piece in t.region.pieces)]
    operators = [o for e in every(inside) for o in algebra.demands(e).get(unknown, ())]
    is_open = unknown not in names.partial and any(not operator.is_identity for operator in operators)
    return range(len(names.domain.coordinates)) if is_open else ()


def _holds_value(term: Term, unknown: str, free: Sequence[int]) -> bool:
    """Whether a term speaks of the value of an unknown, and not at fixed values of free coordinates, or once, alone."""
    if not any(o.is_identity for e in every([term]) for o in algebra.demands(e).get(unknown, ())):
        return False
    return not free or (not term.is_number and any(not set(free) & set(_fixed(piece)) for piece in term.region.pieces))


def _fixed(piece: Piece) -> dict[int, float]:
    """The coordinates that are fixed on a piece."""
    flat = piece.whole if isinstance(piece, Part) else piece
    return dict(flat.fixed) if isinstance(flat, Flat) else {}


def _somewhere(names: Names) -> dict[int, float]:
    """A point of the domain: its middle, if that belongs to it."""
    middle = {i: middle for i, (middle, _) in enumerate(names.domain.scales)}
    is_there = not isinstance(names.domain, Shell) and is_inside(names.domain, middle)
    return middle if is_there else next(points(names, Flat("interior")))


def _inside_derivatives(unknown: str, terms: Sequence[Term]) -> bool:
    """Whether the value of an unknown stands in something that is differentiated, as k in d(k*u_x, x)."""
    nodes = [node for e in every(terms) for node in walk(e) if isinstance(node, Derivative | Gradient)]
    operands = [node.operand for node in nodes if not isinstance(node.operand, Unknown)]
    return any(o.is_identity for operand in operands for o in algebra.demands(operand).get(unknown, ()))


def _culprit(expression: Expression, point: Mapping[int, float], names: Names) -> Expression:
    """The smallest part to blame for a value that is no number."""
    for part in children(expression):
        value = None if part.shape else value_at(part, point, names)
        if value is not None and not math.isfinite(value):
            return _culprit(part, point, names)
    return expression
