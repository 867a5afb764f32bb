"""Equations and inequalities beside an energy: which of them it bends, and which do not bind it."""

from collections.abc import Mapping, Sequence

from pinn.config.counts import every, is_volume
from pinn.config.findings import Findings, Path
from pinn.config.model import Energy, Equation, Term, constraints
from pinn.config.names import Names
from pinn.expressions import algebra
from pinn.expressions.operators import Operator


def find(terms: Sequence[Term], names: Names, paths: Mapping[str, Path], findings: Findings) -> None:
    """Warn of what an energy leaves unmet, or meets without being changed; `paths` has the terms by name."""
    _doubt_penalties(terms, names, paths, findings)
    _doubt_layers(terms, names, paths, findings)


def _doubt_penalties(terms: Sequence[Term], names: Names, paths: Mapping[str, Path], findings: Findings) -> None:
    """Beside an energy what does not hold exactly is a penalty, which the energy bends."""
    energies = [term for term in terms if isinstance(term.content, Energy)]
    exact = constraints(terms, names.domain)
    for term in terms if energies else ():
        if not isinstance(term.content, Equation) or term in exact:
            continue
        path, key = paths[term.name], "require" if term.content.bounds else "equation"
        is_inside = not term.is_number and any(is_volume(piece, names) for piece in term.region.pieces)
        bends = not term.is_number or not all(energy.is_number for energy in energies)
        if bends and not findings.written((*path, "weight")) and (key == "require" or not is_inside):
            message = "beside an energy about 1/weight may stay missing, and the weight is 1"
            findings.warn((*path, key), message, "give it one, such as weight: 1000")
        if is_inside and key == "equation":
            message = "beside an energy an equation is met to about 1/weight only, and the result is that of both"
            hint = "write what it gives into the energy, such as define: {f: -laplacian(u)}, or state all as equations"
            findings.warn((*path, "equation"), message, hint)


def _doubt_layers(terms: Sequence[Term], names: Names, paths: Mapping[str, Path], findings: Findings) -> None:
    """What has first derivatives inside is not bound by their values on a boundary: a layer without width has them."""
    inside = [t for t in terms if t.is_number or all(is_volume(piece, names) for piece in t.region.pieces)]
    bound = _demands(inside)
    for term in constraints(terms, names.domain):
        if term in inside:
            continue
        for unknown, operators in _demands([term]).items():
            highest = max((o.order for o in bound.get(unknown, ())), default=0)
            if 0 < highest <= max(o.order for o in operators):
                said = f"inside there are derivatives of {unknown} up to order {highest} only"
                hint = "d(u, n) = 0 holds without a term; for d(u, n) = g write 'minimise: -g*u' on this place"
                findings.warn((*paths[term.name], "equation"), f"{said}: a layer without width meets this", hint)
                break


def _demands(terms: Sequence[Term]) -> dict[str, set[Operator]]:
    """The operators under which each unknown occurs."""
    found: dict[str, set[Operator]] = {}
    for expression in every(terms):
        for unknown, operators in algebra.demands(expression).items():
            found.setdefault(unknown, set()).update(operators)
    return found
