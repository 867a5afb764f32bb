"""Whether as many conditions stand at the beginning of time as the equations take."""

import itertools
from collections.abc import Sequence

from pinn.config import orders
from pinn.config.findings import Findings
from pinn.config.hard import HardCondition
from pinn.config.model import Energy, Misfit, Term
from pinn.config.names import Names
from pinn.config.probes import points
from pinn.config.terms import expressions
from pinn.config.times import time_of
from pinn.expressions import algebra
from pinn.geometry import Flat, Part

STEPS = (-0.9, -0.3, 0.4, 0.9)
"""Where on a line in time the equations are looked at, from -1 at its beginning to 1 at its end."""


def find(names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], findings: Findings) -> None:
    """An equation of order m in time needs m conditions; with fewer the solution is left open.

    Not where all together take no more than there are: an unknown of a quasi-static equation follows from the others.
    """
    domain, time = names.domain, names.domain.time
    if time is None or time in domain.periodic or any(isinstance(term.content, Misfit | Energy) for term in terms):
        return
    t, (middle, half) = domain.coordinates[time], domain.scales[time]
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
        if inside > len(given) and not is_known:
            needed = " and ".join([unknown, f"{unknown}_{t}", f"{unknown}_{t}{t}"][:inside])
            here = f"{t}={middle - half:.6g}"
            said = f"the equations are of order {inside} in {t} for {unknown}"
            count = f"only {len(given)} condition stands" if given else "no condition stands"
            remedy = f"they need {needed} at {here}" + f", or {unknown} at two times" * (inside == 2)
            lacking.append((f"{said}, and {count} at one time", remedy))
    if lacking and not 0 < _taken(names, terms, time) <= stand:
        for message, remedy in lacking:
            findings.warn(("terms",), message, remedy)


def _taken(names: Names, terms: Sequence[Term], time: int) -> int:
    """How many conditions the equations inside take in time, all together; 0 where that is not known."""
    asked = orders.system(names, terms)
    if asked is None:
        return 0
    middle, half = names.domain.scales[time]
    around = [{time: middle + step * half} for step in STEPS]
    lines = [[point | here for here in around] for point in points(names, Flat("interior"))]
    return orders.order(names, asked, lines, [{time: 1.0}])
