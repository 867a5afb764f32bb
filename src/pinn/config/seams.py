"""What a config says of periodic coordinates and is not periodic itself: hard data and exact solutions."""

import math
from collections.abc import Iterable, Iterator, Sequence

from pinn.config.findings import Findings, Path
from pinn.config.hard import HardCondition
from pinn.config.names import Names
from pinn.config.probes import points, value_at
from pinn.expressions import Expression, algebra
from pinn.expressions.printing import show
from pinn.geometry import Flat, on_piece

APART = 1e-6
"""Relative differences between the ends of a period that rounding does not make."""

REMEDY = "make it periodic, take a longer domain, or leave 'periodic' out"
BUILT_IN = "built in it stays there: drop 'hard: true', by which it can be smoothed"


def find(names: Names, hard: Sequence[HardCondition], findings: Findings) -> None:
    """Warn of data and exact solutions whose values, or slopes, jump where a period ends."""
    for said in hard:
        _doubt(dict.fromkeys(map(on_piece, said.conditions)), said.path, f"{BUILT_IN}; {REMEDY}", names, findings)
    for unknown, value in names.exact.items():
        _doubt([value], ("exact", unknown), REMEDY, names, findings)


def _doubt(values: Iterable[Expression], path: Path, hint: str, names: Names, findings: Findings) -> None:
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
                    findings.warn(path, message, hint)
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
