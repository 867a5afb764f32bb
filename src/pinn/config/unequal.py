"""Terms of very unequal size, which no optimizer balances."""

import itertools
import math
import statistics
from collections.abc import Mapping, Sequence

from pinn.config.counts import is_volume
from pinn.config.findings import Findings, Path
from pinn.config.model import Equation, Term
from pinn.config.names import Names
from pinn.config.probes import points, value_at
from pinn.config.standins import stand_ins
from pinn.expressions import algebra

APART = 1e6
"""Terms whose sizes differ by more than this are worth a word."""

UNWEIGHED = 300.0
"""The same of an equation inside where no weight is said at all: what is healthy stays below 50."""


def find(
    names: Names, terms: Sequence[Term], paths: Mapping[str, Path], scales: Mapping[str, float], findings: Findings
) -> None:
    """Warn of a term that is much larger than others; `scales` has the sizes of unknowns that are not of size one."""
    found = {term.name: size for term in terms if (size := _size(names, term, scales))}
    if len(found) < 2 or findings.written(("training", "balance_every")):
        return
    smallest, largest = min(found, key=found.__getitem__), max(found, key=found.__getitem__)
    usual = statistics.median_low(size for name, size in found.items() if name != largest)
    are_weighed = any(findings.written((*paths[name], "weight")) for name in found)
    inside = any(t.name == largest and is_volume(piece, names) for t in terms for piece in t.region.pieces)
    stands_out = inside and not are_weighed and found[largest] > UNWEIGHED * usual
    if stands_out or found[largest] > APART * found[smallest]:
        solution = "the sizes of its unknowns" if scales else "size one"
        said = f"'{largest}' is about {found[largest]:.0e} and '{smallest}' {found[smallest]:.0e}"
        weight = (usual / found[largest]) ** 2
        hint = f"give '{largest}' a weight, such as {weight:.0e}, or scale the problem to numbers near one"
        findings.warn(paths[largest], f"for a solution of {solution} {said}", hint)


def _size(names: Names, term: Term, scales: Mapping[str, float]) -> float | None:
    """The root mean square of an equation's residual, with the root of its weight, for a solution of its scales."""
    squares: list[float] = []
    if term.is_number:
        return None
    for residual in term.content.residuals if isinstance(term.content, Equation) else ():
        for part in algebra.components(residual):
            found = stand_ins(part, names)
            if found is None:
                return None
            said = algebra.multiply(algebra.call("sqrt", (term.weight,)), found[0])
            state = {p.index: p.size * scales.get(p.unknown, 1.0) for p in found[1]}
            states = [{i: sign * size for i, size in state.items()} for sign in ((1.0, -1.0) if scales else (1.0,))]
            places = itertools.product(points(names, term.region.pieces[0]), states)
            values = [value_at(said, point | state, names) for point, state in places]
            squares += [value**2 for value in values if value is not None and math.isfinite(value)]
    return math.sqrt(math.fsum(squares) / len(squares)) if squares else None
