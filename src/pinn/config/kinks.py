"""Hard data with kinks: what is built into an unknown must be as smooth as the equations ask for."""

from collections.abc import Mapping, Sequence

from pinn.config import jumps
from pinn.config.findings import Findings
from pinn.config.hard import HardCondition
from pinn.config.model import Term
from pinn.config.names import Names
from pinn.config.terms import expressions
from pinn.expressions import Expression, algebra
from pinn.expressions.printing import show
from pinn.geometry import Flat, on_piece

_TIMES = {1: "first", 2: "second", 3: "third", 4: "fourth"}


def find(names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], findings: Findings) -> None:
    """Warn of data whose derivatives jump below the order of the equations."""
    for said in hard:
        orders = _orders(said.unknown, terms, len(names.domain.coordinates))
        for value in dict.fromkeys(map(on_piece, said.conditions)):
            _doubt(value, said, orders, names, findings)


def _doubt(value: Expression, said: HardCondition, orders: Mapping[int, int], names: Names, findings: Findings) -> None:
    """A derivative of order m is taken branch by branch, which is right where those below it do not jump."""
    if algebra.is_smooth(value):
        return
    for index, order in orders.items():
        slope = value
        for below in range(order):
            place = next(jumps.places(slope, names, (index,)), None)
            if place is not None:
                what = "a kink" if below else "a jump"
                taken = f"the {_TIMES.get(order, f'{order}th')} derivative by {names.domain.coordinates[index]}"
                message = f"'{show(value, names.scope)}' has {what} at {place}, which {taken} of {said.unknown} misses"
                findings.warn(said.path, message, "drop 'hard: true' here, or make it smooth")
                return
            slope = algebra.differentiate(slope, index)


def _orders(unknown: str, terms: Sequence[Term], dimension: int) -> dict[int, int]:
    """For each coordinate the highest order of a derivative by it that the terms inside take of an unknown."""
    inside = [term for term in terms if Flat("interior") in term.region.pieces or term.functionals]
    every = [e for t in inside for e in (*expressions(t.content), *(f.integrand for f in t.functionals))]
    operators = [operator for e in every for operator in algebra.demands(e).get(unknown, ())]
    return {index: max((o.order_in(index) for o in operators), default=0) for index in range(dimension)}
