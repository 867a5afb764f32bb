"""Whether as many conditions stand at the beginning of time as the equations take."""

import itertools
from collections.abc import Iterator, Sequence, Set

from pinn.config import orders
from pinn.config.findings import Findings
from pinn.config.hard import HardCondition
from pinn.config.model import Energy, Equation, Misfit, Term
from pinn.config.names import Names
from pinn.config.probes import points, value_at
from pinn.config.standins import stand_ins
from pinn.config.terms import expressions
from pinn.config.times import all_time, is_beginning, time_of
from pinn.expressions import ZERO, Unknown, algebra
from pinn.geometry import Flat, Part

STEPS = (-0.9, -0.3, 0.4, 0.9)
"""Where on a line in time the equations are looked at, from -1 at its beginning to 1 at its end."""


def find(names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], findings: Findings) -> None:
    """An equation of order m in time needs m conditions; with fewer the solution is left open.

    Not where all together take no more than there are: an unknown of a quasi-static equation follows from the others.
    And not where the highest derivative has a factor that is zero at the beginning, as the length behind a front.
    """
    domain, time = names.domain, names.domain.time
    if time is None or time in domain.periodic or any(isinstance(term.content, Misfit | Energy) for term in terms):
        return
    t, (middle, half) = domain.coordinates[time], domain.scales[time]
    zero = _zeros(names, terms, hard)
    stand, lacking = 0, []
    for unknown in names.scope.unknowns:
        own = (condition for c in hard if c.unknown == unknown for condition in c.conditions)
        given = {(at, c.order) for c in own if (at := time_of(c.piece, time)) is not None}
        inside, is_known = 0, False
        for term in terms:
            operators = {o for e in expressions(term.content) for o in algebra.demands(e).get(unknown, ())}
            powers = {operator.order_in(time) for operator in operators}
            times = {at for piece in term.region.pieces if (at := time_of(piece, time)) is not None}
            if times:
                given |= set(itertools.product(times, powers))
            else:
                inside = max(inside, *powers, 0)
                is_known |= powers == {0} and all(isinstance(piece, Part) for piece in term.region.pieces)
        stand += len(given)
        if inside > len(given) and not is_known and not _degenerates(unknown, inside, time, zero, names, terms):
            needed = " and ".join([unknown, f"{unknown}_{t}", f"{unknown}_{t}{t}"][:inside])
            here = f"{t}={middle - half:.6g}"
            said = f"the equations are of order {inside} in {t} for {unknown}"
            count = f"only {len(given)} condition stands" if given else "no condition stands"
            remedy = f"they need {needed} at {here}" + f", or {unknown} at two times" * (inside == 2)
            lacking.append((f"{said}, and {count} at one time", remedy))
    if lacking and not 0 < _taken(names, terms, time) <= stand:
        for message, remedy in lacking:
            findings.warn(("terms",), message, remedy)


def _zeros(names: Names, terms: Sequence[Term], hard: Sequence[HardCondition]) -> set[str]:
    """The unknowns that are said to be zero where time begins."""
    begin = all_time(names.domain).low
    built_in = ((said.unknown, c) for said in hard for c in said.conditions if not c.order and c.value == ZERO)
    found = {unknown for unknown, c in built_in if is_beginning(c.piece, names.domain, begin)}
    for term in terms:
        if isinstance(term.content, Equation) and all(is_beginning(p, names.domain, begin) for p in term.region.pieces):
            parts = (part for residual in term.content.residuals for part in algebra.components(residual))
            found |= {part.name for part in parts if isinstance(part, Unknown)}
    return found


def _degenerates(unknown: str, order: int, time: int, zero: Set[str], names: Names, terms: Sequence[Term]) -> bool:
    """Whether every factor of a derivative in time is zero where time begins."""
    inside = [t for t in terms if all(time_of(piece, time) is None for piece in t.region.pieces)]
    factors = [f for term in inside for f in _factors(unknown, order, time, zero, names, term)]
    return bool(factors) and all(factor == 0.0 for factor in factors)


def _factors(unknown: str, order: int, time: int, zero: Set[str], names: Names, term: Term) -> Iterator[float | None]:
    """What a derivative in time is multiplied by, at the beginning and with unknowns that are zero there."""
    scalars = (part for expression in expressions(term.content) for part in algebra.components(expression))
    for scalar, parts in (found for part in scalars if (found := stand_ins(part, names)) is not None):
        state = {p.index: 0.0 if p.order == 0 and p.unknown in zero else p.size for p in parts}
        state[time] = all_time(names.domain).low
        own = (p for p in parts if p.unknown == unknown and p.operator and p.operator.order_in(time) == order)
        slopes = [algebra.differentiate(scalar, part.index) for part in own]
        for point in (point for piece in term.region.pieces for point in points(names, piece)):
            yield from (value_at(slope, point | state, names) for slope in slopes)


def _taken(names: Names, terms: Sequence[Term], time: int) -> int:
    """How many conditions the equations inside take in time, all together; 0 where that is not known."""
    asked = orders.system(names, terms)
    if asked is None:
        return 0
    middle, half = names.domain.scales[time]
    around = [{time: middle + step * half} for step in STEPS]
    lines = [[point | here for here in around] for point in points(names, Flat("interior"))]
    return orders.order(names, asked, lines, [{time: 1.0}])
