"""Conditions on faces that do not fit together where these meet: there solutions jump, or are singular."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

from pinn.config.conflicts import Wish, wishes
from pinn.config.findings import Findings, Path
from pinn.config.hard import HardCondition
from pinn.config.model import Term
from pinn.config.names import Names
from pinn.config.probes import points
from pinn.expressions import Operator
from pinn.geometry import Box, Flat

JUMP = 1e-2
"""Differences of values that are worth a word, by the values' size."""

BEND = 5e-2
"""Differences of slopes that are, by the size of the slopes, and of the values over half a width."""

STEP = 1e-5
"""Over which slopes are taken, in half widths."""

CLOSE = 1e-9
"""Half widths from its end that count as none."""

REMEDY = "let %s begin with %s, as (1 - exp(-%s)) times it, or crowd points there: sampling.cluster"

Point = Mapping[int, float]
Value = tuple[Wish, int, float]
"""A condition on values on a face, with its coordinate and place."""


def find(
    names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], paths: Mapping[str, Path], findings: Findings
) -> None:
    """Warn of the first corner of a box where values on one face have not the value, or the slope, of another's."""
    if not isinstance(names.domain, Box) or findings.written(("sampling", "cluster")):
        return
    there = list(_on_faces(names, wishes(names, terms, hard, paths)))
    values = [one for one in there if one[0].operator.is_identity]
    for first, second in itertools.combinations(values, 2):
        is_corner = first[0].unknown == second[0].unknown and first[1] != second[1]
        if is_corner and _doubt_jump(names, first, second, findings):
            return
    for (own, i, at), (other, j, there_at) in itertools.product(values, there):
        is_slope = other.operator == Operator.partial(j) and other.unknown == own.unknown
        if i != j and is_slope and _doubt_bend(names, (own, i, at), (other, j, there_at), findings):
            return


def _on_faces(names: Names, every: Iterator[Wish]) -> Iterator[Value]:
    """Those on faces of the box."""
    for wish in every:
        if isinstance(wish.piece, Flat) and len(wish.piece.fixed) == 1:
            ((index, place),) = wish.piece.fixed
            middle, half = names.domain.scales[index]
            if abs(abs(place - middle) - half) <= CLOSE * half:
                yield wish, index, place


def _doubt_jump(names: Names, first: Value, second: Value, findings: Findings) -> bool:
    (a, i, x), (b, j, y) = first, second
    size = max(_size(names, a), _size(names, b))
    for corner in ({**point, i: x, j: y} for point in points(names, a.piece)):
        ours, theirs = b.value(corner), a.value(corner)
        if ours is None or theirs is None or not abs(ours - theirs) > JUMP * max(size, abs(ours), abs(theirs)):
            continue
        message = f"this wants {b.of} = {ours:.4g} at {_shown(names, corner)}, and {a.term} wants {theirs:.4g}"
        away = _away(names, j, y) if j == names.domain.time else _away(names, i, x)
        findings.warn(b.path, f"{message}: what jumps in a corner is hard to find", REMEDY % ("one", "the other", away))
        return True
    return False


def _doubt_bend(names: Names, value: Value, slope: Value, findings: Findings) -> bool:
    (a, i, x), (b, j, y) = value, slope
    middle, half = names.domain.scales[j]
    step, size = math.copysign(STEP * half, y - middle), max(_size(names, a) / half, _size(names, b))
    for corner in ({**point, i: x, j: y} for point in points(names, a.piece)):
        near, far, asked = a.value(corner), a.value({**corner, j: y - step}), b.value(corner)
        if near is None or far is None or asked is None:
            continue
        own = (near - far) / step
        if not abs(own - asked) > BEND * max(size, abs(near) / half, abs(own), abs(asked)):
            continue
        message = f"this wants {b.of} = {asked:.4g} at {_shown(names, corner)}, where {a.term} has the slope {own:.4g}"
        remedy = REMEDY % ("it", "that", _away(names, i, x))
        findings.warn(b.path, f"{message}: the solution is singular in this corner", remedy)
        return True
    return False


def _size(names: Names, wish: Wish) -> float:
    """The largest magnitude at a few points of the face."""
    found = (wish.value(point) for point in points(names, wish.piece))
    return max((abs(value) for value in found if value is not None and math.isfinite(value)), default=0.0)


def _shown(names: Names, corner: Point) -> str:
    return ", ".join(f"{names.domain.coordinates[i]}={x:.4g}" for i, x in sorted(corner.items()))


def _away(names: Names, index: int, place: float) -> str:
    """The distance from a face over a hundredth of the domain, in words of the config."""
    name, (middle, half) = names.domain.coordinates[index], names.domain.scales[index]
    ahead = f"{name} - {place:.6g}" if place > 0 else f"{name} + {-place:.6g}"
    away = f"({place:.6g} - {name})" if place > middle else f"({ahead})" if place else name
    return f"{away}/{0.02 * half:.2g}"
