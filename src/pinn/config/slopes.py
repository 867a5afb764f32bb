"""Hard conditions on slopes across curves and spheres: `d(u, n) = e` beside `u = g`, where g has that slope already.

The function that vanishes there is squared then, so that nothing that is trained changes the slope.
"""

from collections.abc import Sequence
from dataclasses import replace

from pinn.config.findings import Findings
from pinn.config.hard import SEPARATELY, HardCondition, numbers_of
from pinn.config.names import Names
from pinn.expressions import numeric
from pinn.geometry import Condition, Flat, slope_gap


def settled(hard: Sequence[HardCondition], names: Names, findings: Findings) -> list[HardCondition]:
    """The conditions on values, those that keep their slopes marked; what cannot be kept is refused."""
    marked: set[int] = set()
    for said in hard:
        for wanted in filter(_is_slope, said.conditions):
            value, own = _value(said.unknown, wanted, hard), f"d({said.unknown}, n)"
            if value is None:
                message = f"{own} can be built in on {wanted.piece.name} only together with {said.unknown}"
                findings.report(said.path, message, f"make {said.unknown} hard there too, or {SEPARATELY}")
            elif reason := _why_not(said.unknown, value, wanted, hard, names):
                message = f"{own} cannot be built in on {wanted.piece.name}: {reason}"
                findings.report(said.path, message, f"only slopes of values as written are kept; else {SEPARATELY}")
            else:
                marked.add(id(value))
    kept = [[c for c in said.conditions if not _is_slope(c)] for said in hard]
    conditions = [tuple(replace(c, keeps_slope=True) if id(c) in marked else c for c in own) for own in kept]
    return [replace(said, conditions=own) for said, own in zip(hard, conditions, strict=True) if own]


def _why_not(
    unknown: str, value: Condition, wanted: Condition, hard: Sequence[HardCondition], names: Names
) -> str | None:
    """Why the slope that is wanted is not that of what is built in, whatever is fitted, or None."""
    planes = [c for h in hard if h.unknown == unknown for c in h.conditions if isinstance(c.piece, Flat)]
    for shift in (0.0, 0.1):
        try:
            gap = slope_gap(names.domain, value, wanted, planes, numbers_of(names, shift))
        except numeric.NotNumeric:
            return "the slope of what is built in there is not known before training"
        if gap is not None:
            point, own, asked = gap
            place = ", ".join(f"{names.domain.coordinates[i]}={x:.6g}" for i, x in sorted(point.items()))
            return f"it is to be {asked:.6g}, and what is built in has {own:.6g} at {place}"
    return None


def _is_slope(condition: Condition) -> bool:
    return condition.order == 1 and not isinstance(condition.piece, Flat)


def _value(unknown: str, wanted: Condition, hard: Sequence[HardCondition]) -> Condition | None:
    """The condition on the value of the same unknown on the same piece."""
    own = (c for said in hard if said.unknown == unknown for c in said.conditions)
    return next((c for c in own if c.order == 0 and c.piece == wanted.piece), None)
