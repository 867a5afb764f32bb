"""Data that hard conditions carry into the whole domain: not smooth enough for the equations, or not periodic."""

import math
from collections.abc import Iterator, Mapping, Sequence

from pinn.config import jumps
from pinn.config.findings import Findings, Path
from pinn.config.hard import HardCondition
from pinn.config.model import Term
from pinn.config.names import Names
from pinn.config.probes import points, value_at
from pinn.config.terms import expressions
from pinn.expressions import FUNCTIONS, Expression, algebra
from pinn.expressions.printing import show
from pinn.expressions.tree import Call, Where, walk
from pinn.geometry import Flat, on_piece

APART = 1e-6
"""Relative differences between the ends of a period that rounding does not make."""

_TIMES = {1: "first", 2: "second", 3: "third", 4: "fourth"}


def find(names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], findings: Findings) -> None:
    """Warn of hard data with kinks, and of data and exact solutions that are not periodic where the domain is."""
    for said in hard:
        values = dict.fromkeys(on_piece(condition) for condition in said.conditions)
        orders = _orders(said.unknown, terms, len(names.domain.coordinates))
        for value in values:
            _doubt_kinks(value, said, orders, names, findings)
        _doubt_seams(values, said.path, names, findings)
    for unknown, value in names.exact.items():
        _doubt_seams([value], ("exact", unknown), names, findings)


def _doubt_kinks(
    value: Expression, said: HardCondition, orders: Mapping[int, int], names: Names, findings: Findings
) -> None:
    """A derivative of order m is taken branch by branch, which is right where those below it do not jump."""
    if not any(_is_branched(node) for node in walk(value)):
        return
    for index, order in orders.items():
        slope = value
        for below in range(order):
            place = next(jumps.places(slope, names, (index,)), None)
            if place is not None:
                what = "a kink" if below else "a jump"
                taken = f"the {_TIMES.get(order, f'{order}th')} derivative by {names.domain.coordinates[index]}"
                built = f"it is built into {said.unknown} everywhere"
                message = f"'{show(value, names.scope)}' has {what} at {place}; {built}, and misses in {taken}"
                findings.warn(said.path, message, "drop 'hard: true' here, or make it smooth")
                return
            slope = algebra.differentiate(slope, index)


def _is_branched(node: Expression) -> bool:
    return isinstance(node, Where) or (isinstance(node, Call) and not FUNCTIONS[node.function].smooth)


def _orders(unknown: str, terms: Sequence[Term], dimension: int) -> dict[int, int]:
    """For each coordinate the highest order of a derivative by it that the terms inside take of an unknown."""
    inside = [term for term in terms if Flat("interior") in term.region.pieces or term.functionals]
    every = [e for t in inside for e in (*expressions(t.content), *(f.integrand for f in t.functionals))]
    operators = [operator for e in every for operator in algebra.demands(e).get(unknown, ())]
    monomials = [monomial for operator in operators for monomial, _ in operator.terms]
    return {index: max((m.count(index) for m in monomials), default=0) for index in range(dimension)}


def _doubt_seams(
    values: Sequence[Expression] | Mapping[Expression, None], path: Path, names: Names, findings: Findings
) -> None:
    """A value, or a slope, that differs at the two ends of a period jumps there."""
    for value in values:
        size = _size(value, names)
        for index in sorted(names.domain.periodic):
            name, (middle, half) = names.domain.coordinates[index], names.domain.scales[index]
            slope = algebra.differentiate(value, index)
            for what, part, known in (("", value, size), ("the slope of ", slope, size / half)):
                gap = next(_gaps(part, index, known, names), None)
                if gap is not None:
                    ends = f"{gap[0]:.4g} at {name}={middle - half:.4g} and {gap[1]:.4g} at {name}={middle + half:.4g}"
                    message = f"{name} is periodic, and {what}'{show(value, names.scope)}' is {ends}"
                    findings.warn(path, message, "make it periodic, take a longer domain, or leave 'periodic' out")
                    return


def _size(value: Expression, names: Names) -> float:
    """The largest magnitude at a few points."""
    found = [value_at(value, point, names, names.exact_numbers) for point in points(names, Flat("interior"))]
    return max((abs(number) for number in found if number is not None and math.isfinite(number)), default=0.0)


def _gaps(value: Expression, index: int, size: float, names: Names) -> Iterator[tuple[float, float]]:
    """Different values at the two ends of a period, beside the same values of the other coordinates."""
    middle, half = names.domain.scales[index]
    for point in points(names, Flat("interior")):
        ends = (point | {index: x} for x in (middle - half, middle + half))
        low, high = (value_at(value, end, names, names.exact_numbers) for end in ends)
        if low is not None and high is not None and abs(high - low) > APART * max(size, abs(low), abs(high)):
            yield low, high
