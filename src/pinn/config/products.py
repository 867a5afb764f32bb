"""Products of domains: boxes with boxes, and one shape with boxes, whose coordinates come last."""

from collections.abc import Sequence
from functools import reduce

from pinn.config.findings import Findings, Path
from pinn.geometry import ALONE, UNKNOWN, Area, Ball, Body, Box, Cloud, Domain, Shell, Solid


def product(factors: Sequence[Domain], path: Path, findings: Findings) -> Domain:
    """The product; where there is none, a box without bounds, with the reason noted."""
    boxes = [factor for factor in factors if isinstance(factor, Box)]
    solids = [factor for factor in factors if isinstance(factor, Ball | Area | Body | Cloud | Shell)]
    if not _is_possible(factors, boxes, solids, path, findings):
        names = tuple(dict.fromkeys(name for factor in factors for name in factor.coordinates))
        return Box(names, (UNKNOWN,) * len(names))
    rest = reduce(Box.times, boxes, ALONE)
    return solids[0].times(rest) if solids else rest


def _is_possible(
    factors: Sequence[Domain], boxes: Sequence[Box], solids: Sequence[Solid], path: Path, findings: Findings
) -> bool:
    """Whether these can be multiplied; the first reason against it is noted."""
    seen: set[str] = set()
    for i, factor in enumerate(factors):
        place = (*path, "of", i) if i + 1 < len(factors) else (*path, "time")
        for name in factor.coordinates:
            if name in seen:
                hint = "give it another name, as in {kind: line, coordinates: z, range: [0, 1]}"
                findings.report(place, f"another factor has the coordinate {name}", hint)
                return False
        seen.update(factor.coordinates)
        if factor.time is not None and any(other.time is not None for other in factors[:i]):
            findings.report(place, "there is one time, and another factor has it", "say it once, of the product")
            return False
        if isinstance(factor, Solid) and factor is not solids[0]:
            message = "a product has one shape, and boxes beside it"
            findings.report(place, message, "write the others as boxes, or lines")
            return False
    if solids and isinstance(solids[0], Shell) and any(box.spatial for box in boxes):
        message = "a sphere is multiplied by a time and by families only"
        findings.report(path, message, "say which coordinates of the boxes are 'time' or 'family'")
        return False
    return True
