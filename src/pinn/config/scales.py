"""How large unknowns are: a network begins with numbers of size one, and a thousand kelvin are out of its reach."""

import math
from collections.abc import Mapping, Sequence

from pinn import schema
from pinn.config.conflicts import wishes
from pinn.config.findings import Findings, Path
from pinn.config.hard import HardCondition
from pinn.config.model import Term
from pinn.config.names import Names
from pinn.config.probes import FEW, points

LARGE = 10.0
"""Values up to this are within reach of any network."""


def check(document: schema.Document, names: Names, findings: Findings) -> dict[str, float]:
    """The scales that are said, by unknown."""
    found: dict[str, float] = {}
    for name, said in document.unknowns.items() if isinstance(document.unknowns, dict) else ():
        if said.scale is not None:
            path = ("unknowns", name, "scale")
            scale = findings.number(path, said.scale, names.constant)
            if scale is not None and not scale > 0:
                findings.report(path, "a scale is a size and must be above zero")
            found[name] = scale or 1.0
    return found


def find(
    said: Mapping[str, float],
    names: Names,
    terms: Sequence[Term],
    hard: Sequence[HardCondition],
    paths: Mapping[str, Path],
) -> dict[str, float]:
    """The scales of unknowns that have one: as said, or the largest value that a condition asks for, if it is large."""
    largest = dict.fromkeys(names.scope.unknowns, 0.0)
    for wish in wishes(names, terms, hard, paths) if len(names.domain.coordinates) <= FEW else ():
        if wish.of in largest:
            values = (wish.value(point) for point in points(names, wish.piece))
            sizes = [abs(value) for value in values if value is not None and math.isfinite(value)]
            largest[wish.of] = max(largest[wish.of], *sizes, 0.0)
    return {name: said.get(name, size) for name, size in largest.items() if name in said or size > LARGE}
