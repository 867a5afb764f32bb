"""A fitted parameter that nothing decides, for zero solves everything: eigenvalue problems without a norm."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

from pinn.config.findings import Findings
from pinn.config.hard import HardCondition
from pinn.config.model import Equation, FittedParameter, Term
from pinn.config.names import Names
from pinn.config.probes import points, value_at
from pinn.config.standins import stand_ins
from pinn.expressions import Expression, algebra
from pinn.geometry import Piece

SHIFTS = (0.0, 0.37)
"""By how much fitted parameters are moved from where they start."""


def find(names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], findings: Findings) -> None:
    """Warn if there are equations alone, with a fitted parameter, and zero satisfies all of them whatever it is."""
    fitted = {name: p.initial for name, p in names.parameters.items() if isinstance(p, FittedParameter)}
    used = {
        n for t in terms if isinstance(t.content, Equation) for r in t.content.residuals for n in algebra.names_used(r)
    }
    found = sorted(used & set(fitted))
    if not found or not all(isinstance(term.content, Equation) for term in terms):
        return
    if any(findings.root.find(("unknowns", unknown, "positive")) for unknown in names.scope.unknowns):
        return
    moved = [{name: value + shift for name, value in fitted.items()} for shift in SHIFTS]
    if all(value == 0.0 for numbers in moved for value in _values(names, terms, hard, numbers)):
        zero = " = ".join([*names.scope.unknowns, "0"])
        norm = f"{{equation: integral({names.scope.unknowns[0]}^2) = 1}}"
        message = f"{zero} satisfies all terms, whatever {', '.join(found)} may be, so that training may end there"
        findings.warn(("terms",), message, f"add what excludes it, for instance {norm}")


def _values(
    names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], numbers: Mapping[str, float]
) -> Iterator[float | None]:
    """What is built in, and the residuals for unknowns that are zero; None for a value that is not known."""
    for said in (condition for h in hard for condition in h.conditions):
        yield from (value_at(said.value, point, names, numbers) for point in points(names, said.piece))
    for term in terms:
        integrals = dict(numbers)
        for functional in term.functionals:
            yield from _zeros(functional.integrand, functional.region.pieces, names, numbers)
            integrals[functional.name] = 0.0
        for residual in term.content.residuals if isinstance(term.content, Equation) else ():
            yield from _zeros(residual, term.region.pieces, names, integrals)


def _zeros(
    expression: Expression, pieces: Sequence[Piece], names: Names, numbers: Mapping[str, float]
) -> Iterator[float | None]:
    """The components where all unknowns are zero, at a few points, or once without pieces."""
    places = itertools.chain.from_iterable(points(names, piece) for piece in pieces) if pieces else [{}]
    for point, part in itertools.product(list(places), algebra.components(expression)):
        found = stand_ins(part, names)
        yield None if found is None else value_at(found[0], point | {s.index: 0.0 for s in found[1]}, names, numbers)
