"""Equations in time whose short waves grow without bound, as those of heat that flows backwards."""

import math
from collections.abc import Iterator, Mapping, Sequence

from pinn.config.findings import Findings, Path
from pinn.config.hard import HardCondition
from pinn.config.model import Energy, Equation, Misfit, Term
from pinn.config.names import Names
from pinn.config.probes import points, value_at
from pinn.config.standins import StandIn, sizes, stand_ins
from pinn.config.times import time_of
from pinn.expressions import Expression, algebra
from pinn.expressions.operators import Operator
from pinn.geometry import Flat

SLOPE = 0.6180339887498949
"""By which directions differ that are no axes."""


def find(
    names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], paths: Mapping[str, Path], findings: Findings
) -> None:
    """Warn of the first equation of an evolution that is ill-posed in the direction of time in which it is asked.

    With the derivatives of highest even order in space, a wave exp(i k·x) of one unknown grows like exp(σ t), where
    σ or, in an equation of second order in time, σ² has the sign of its symbol; it must not be positive.
    """
    time = names.domain.time
    if time is None or any(isinstance(term.content, Misfit | Energy) for term in terms):
        return
    pieces = [piece for term in terms for piece in term.region.pieces]
    pieces += [condition.piece for said in hard for condition in said.conditions]
    middle, _ = names.domain.scales[time]
    ends = {at < middle for piece in pieces if (at := time_of(piece, time)) is not None}
    if len(ends) != 1:
        return
    onwards = ends.pop()
    for term in terms:
        is_inside = Flat("interior") in term.region.pieces
        for residual in term.content.residuals if is_inside and isinstance(term.content, Equation) else ():
            for part in algebra.components(residual):
                if (culprit := _growing(part, time, onwards, names)) is not None:
                    _warn(culprit, onwards, (*paths[term.name], "equation"), names, findings)
                    return


def _warn(part: StandIn, onwards: bool, path: Path, names: Names, findings: Findings) -> None:
    t = names.domain.coordinates[names.domain.time or 0]
    way, end = ("forwards", "first") if onwards else ("backwards", "last")
    message = f"by the sign of {part.name} short waves grow without bound {way} in {t}, the faster the shorter they are"
    findings.warn(path, message, f"check that sign, or whether {t} should not be given its {end} state")


def _growing(residual: Expression, time: int, onwards: bool, names: Names) -> StandIn | None:
    """The derivative in space by whose sign waves grow, in the equation of a single unknown."""
    found = stand_ins(residual, names)
    if found is None:
        return None
    expression, parts = found
    own = [(part, part.operator) for part in parts if part.operator is not None]
    rates = [(part, operator) for part, operator in own if _orders(operator, time) - {0}]
    spatial = [(part, operator) for part, operator in own if not _orders(operator, time) - {0}]
    even = [operator.order for _, operator in spatial if operator.order % 2 == 0]
    if len(rates) != 1 or not even:
        return None
    rate, operator = rates[0]
    order = operator.order
    top = [(part, o) for part, o in spatial if o.order == max(even)]
    is_odd = any(o.order > max(even) for _, o in spatial)
    alone = {part.unknown for part, _ in (rates[0], *top)} == {rate.unknown} != {""}
    if operator.terms != (((time,) * order, 1.0),) or order > 2 or (order == 2 and is_odd) or not alone:
        return None
    forwards = 1.0 if onwards or order == 2 else -1.0
    signs = []
    for point in points(names, Flat("interior")):
        state = point | sizes(parts)
        speed = value_at(algebra.differentiate(expression, rate.index), state, names)
        factors = [value_at(algebra.differentiate(expression, part.index), state, names) for part, _ in top]
        if not speed or any(factor is None for factor in factors):
            return None
        pairs = [(factor, o) for factor, (_, o) in zip(factors, top, strict=True) if factor is not None]
        signs.append(max(-forwards * sum(f * _symbol(o, k) for f, o in pairs) / speed for k in _waves(names)))
    return top[0][0] if signs and all(sign > 0 for sign in signs) else None


def _orders(operator: Operator, index: int) -> set[int]:
    """The powers of one coordinate's derivative."""
    return {monomial.count(index) for monomial, _ in operator.terms}


def _waves(names: Names) -> Iterator[dict[int, float]]:
    """Directions: the axes of space, and one between them."""
    space = names.domain.spatial
    yield from ({i: float(i == axis) for i in space} for axis in space)
    yield {i: 1.0 + SLOPE * number for number, i in enumerate(space)}


def _symbol(operator: Operator, wave: Mapping[int, float]) -> float:
    """What an operator of even order multiplies a wave by."""
    sign = -1.0 if operator.order % 4 == 2 else 1.0
    factors = ((c, [wave.get(i, 0.0) for i in monomial if isinstance(i, int)]) for monomial, c in operator.terms)
    return sign * math.fsum(c * math.prod(found) for c, found in factors)
