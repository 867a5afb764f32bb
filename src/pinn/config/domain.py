"""The `domain` and `directions` sections: coordinates with their roles and extents, and named vectors."""

import math
from collections.abc import Iterator

from pinn import schema
from pinn.config.findings import Findings, Path
from pinn.errors import suggestion
from pinn.expressions import Scope
from pinn.geometry import Box, Domain, Gaussian, Interval

UNKNOWN = Interval(-math.inf, math.inf)
"""Stands for bounds that are wrong, so that what uses them can still be checked."""


def read(said: schema.Domain, constant: Scope, findings: Findings) -> Domain:
    """The domain; what is wrong in it is noted and left open."""
    match said:
        case schema.Box():
            return _box(said, constant, findings)
        case schema.Gaussian():
            count = len(said.coordinates)
            mean = _per_coordinate(said.mean, 0.0, count, ("domain", "mean"), constant, findings)
            scale = _per_coordinate(said.scale, 1.0, count, ("domain", "scale"), constant, findings)
            if any(s <= 0 for s in scale):
                findings.report(("domain", "scale"), "a standard deviation must be above zero")
            return Gaussian(tuple(said.coordinates), mean, scale)


def time_undecided(said: schema.Domain) -> bool:
    """Whether a box has a coordinate called t of which nothing was said."""
    if not isinstance(said, schema.Box) or "t" not in said.bounds:
        return False
    return not (said.time or said.family or said.periodic)


def is_whole(domain: Domain) -> bool:
    """Whether all bounds of a domain could be read."""
    return all(math.isfinite(half) for _, half in domain.scales)


def directions(
    document: schema.Document, domain: Domain, constant: Scope, findings: Findings
) -> dict[str, tuple[float, ...]]:
    """Named vectors, one component for each coordinate; ones stand for what could not be read."""
    found = {}
    count = len(domain.coordinates)
    for name, said in document.directions.items():
        path = ("directions", name)
        values = [findings.number((*path, i), part, constant) for i, part in enumerate(said)]
        known = tuple(v for v in values if v is not None)
        found[name] = (1.0,) * count
        if len(said) != count:
            hint = f"one for each of {', '.join(domain.coordinates)}"
            findings.report(path, f"{name} has {len(said)} components; it needs {count}", hint)
        elif len(known) == count and not any(known):
            findings.report(path, f"{name} is the zero vector", "a derivative needs a direction")
        elif len(known) == count:
            found[name] = known
    return found


def _box(said: schema.Box, constant: Scope, findings: Findings) -> Box:
    names = tuple(said.bounds)
    intervals = tuple(_interval(name, ends, constant, findings) for name, ends in said.bounds.items())
    roles: dict[str, str] = {}
    for role, name, path in _roles(said):
        if name not in names:
            hint = suggestion(name, names) or f"there are {', '.join(names)}"
            findings.report(path, f"'{name}' is not a coordinate of this box", hint)
        elif name in roles:
            findings.report(path, f"{name} is already in '{roles[name]}'", "a coordinate has one role")
        else:
            roles[name] = role

    def indices(role: str) -> frozenset[int]:
        return frozenset(i for i, name in enumerate(names) if roles.get(name) == role)

    time = next(iter(indices("time")), None)
    return Box(names, intervals, time, indices("family"), indices("periodic"))


def _roles(said: schema.Box) -> Iterator[tuple[str, str, Path]]:
    """Every role that is given: what, to which coordinate, where it is said."""
    if said.time is not None:
        yield "time", said.time, ("domain", "time")
    for role, names in (("family", said.family), ("periodic", said.periodic)):
        yield from ((role, name, ("domain", role, i)) for i, name in enumerate(names))


def _interval(name: str, ends: schema.Pair, constant: Scope, findings: Findings) -> Interval:
    path = ("domain", "bounds", name)
    low, high = (findings.number((*path, i), end, constant) for i, end in enumerate(ends))
    if low is None or high is None:
        return UNKNOWN
    if not low < high:
        message = f"the bounds of {name} are {low:.12g} and {high:.12g}"
        findings.report(path, message, "write the lower end first")
        return UNKNOWN
    return Interval(low, high)


def _per_coordinate(
    said: schema.Formula | list[schema.Formula],
    default: float,
    count: int,
    path: Path,
    scope: Scope,
    findings: Findings,
) -> tuple[float, ...]:
    """One number for each coordinate, `default` where it could not be read."""
    if not isinstance(said, list):
        value = findings.number(path, said, scope)
        return (default if value is None else value,) * count
    values = [findings.number((*path, i), part, scope) for i, part in enumerate(said)]
    if len(said) != count:
        hint = "write one for each, or a single one"
        findings.report(path, f"{len(said)} numbers for {count} coordinates", hint)
        return (default,) * count
    return tuple(default if v is None else v for v in values)
