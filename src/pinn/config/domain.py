"""The `domain` and `directions` sections: coordinates with their roles and extents, and named vectors."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path as File
from typing import assert_never

from pinn import schema
from pinn.config import bodies, clouds, products, shapes
from pinn.config.findings import Findings, Path
from pinn.errors import suggestion
from pinn.expressions import Scope
from pinn.expressions.axes import axes, components, listed
from pinn.geometry import ALONE, UNKNOWN, Ball, Box, Domain, Gaussian, Interval, Shell

MOST = 10_000
"""Coordinates at most, components of vectors counted."""


def read(said: schema.Domain, base: File, constant: Scope, findings: Findings, path: Path = ("domain",)) -> Domain:
    """The domain, with files relative to `base`; what is wrong in it is noted and left open."""
    match said:
        case schema.Box():
            return _box(said, path, constant, findings)
        case schema.Gaussian():
            names, vectors = _named(_dims(said), path, findings)
            mean = _per_coordinate(said.mean, 0.0, len(names), (*path, "mean"), constant, findings)
            scale = _per_coordinate(said.scale, 1.0, len(names), (*path, "scale"), constant, findings)
            if any(s <= 0 for s in scale):
                findings.report((*path, "scale"), "a standard deviation must be above zero")
            return Gaussian(names, mean, scale, vectors)
        case schema.Product(of=parts):
            _refuse_name(said, path, findings)
            factors = [read(part, base, constant, findings, (*path, "of", i)) for i, part in enumerate(parts)]
            return products.product((*factors, _time(said.time, path, constant, findings)), path, findings)
        case schema.Line():
            interval = _interval(said.coordinates[0], said.range, (*path, "range"), constant, findings)
            line = Box(tuple(said.coordinates), (interval,), periodic=frozenset({0} if said.periodic else ()))
            return line.times(_time(said.time, path, constant, findings))
        case _:
            return _solid(said, base, constant, findings, path)


def _solid(
    said: schema.Ball
    | schema.Sphere
    | schema.Cloud
    | schema.Disk
    | schema.Ellipse
    | schema.Annulus
    | schema.Polygon
    | schema.Union
    | schema.Intersection
    | schema.Difference,
    base: File,
    constant: Scope,
    findings: Findings,
    path: Path,
) -> Domain:
    """A shape at all of its times, or a box without bounds that stands for one with mistakes."""
    times = _time(said.time, path, constant, findings)
    found = None
    match said:
        case schema.Ball() | schema.Sphere():
            return _round(said, times, path, constant, findings)
        case schema.Cloud(coordinates=names):
            found = clouds.read(said, times, base, constant, findings, path)
        case schema.Annulus() | schema.Union() | schema.Intersection() | schema.Difference() as combined if (
            not shapes.is_planar(said)
        ):
            names = shapes.coordinates(said)
            part = lambda said, path: read(said, base, constant, findings, path)
            found = bodies.body(combined, times, part, constant, findings, path)
        case _:
            names = shapes.coordinates(said)
            found = shapes.plane(said, times, constant, findings, path)
    if not set(times.coordinates).isdisjoint(names):
        (time,) = times.coordinates
        place = findings.key((*path, "time", time))
        findings.report_at(place, f"'{time}' is already a coordinate of the shape", "give the time another name")
        found = None
    unknown = times.intervals == (UNKNOWN,)
    return Box(tuple(names), (UNKNOWN,) * len(names)).times(times) if found is None or unknown else found


def _round(
    said: schema.Ball | schema.Sphere, times: Box, path: Path, constant: Scope, findings: Findings
) -> Ball | Shell:
    """What has one distance from a center."""
    names, vectors = _named(_dims(said), path, findings)
    center = _per_coordinate(said.center, 0.0, len(names), (*path, "center"), constant, findings)
    radius = findings.number((*path, "radius"), said.radius, constant)
    if radius is not None and radius <= 0:
        findings.report((*path, "radius"), f"the radius is {radius:.12g}", "it must be above zero")
        radius = None
    radius = math.inf if radius is None else radius
    if isinstance(said, schema.Ball):
        _refuse_name(said, path, findings)
        return Ball(names, center, radius, beside=times, own_vectors=vectors)
    if len(center) < 2:
        findings.report((*path, "coordinates"), "a sphere needs two coordinates", "on a line use a box")
    return Shell(names, center, radius, beside=times, own_vectors=vectors)


def _time(said: Mapping[str, schema.Pair] | None, path: Path, constant: Scope, findings: Findings) -> Box:
    """The time of a shape, with its name."""
    if said is None:
        return ALONE
    ((name, ends),) = said.items()
    return Box((name,), (_interval(name, ends, (*path, "time", name), constant, findings),), 0)


def _refuse_name(said: schema.Box | schema.Ball | schema.Product, path: Path, findings: Findings) -> None:
    """A whole domain that is not put together has one boundary, which is called so."""
    if said.name is not None:
        findings.report_at(findings.key((*path, "name")), "a part of another shape has a name", "use 'boundary'")


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
        if isinstance(said, dict):
            known = _by_name(said, path, domain, constant, findings)
        else:
            values = [findings.number((*path, i), part, constant) for i, part in enumerate(said)]
            known = tuple(v for v in values if v is not None)
        found[name] = (1.0,) * count
        if not isinstance(said, dict) and len(said) != count:
            hint = f"one for each of {listed(domain.coordinates, domain.vectors)}"
            findings.report(path, f"{name} has {len(said)} components; it needs {count}", hint)
        elif len(known) == count and not any(known):
            findings.report(path, f"{name} is the zero vector", "a derivative needs a direction")
        elif len(known) == count:
            found[name] = known
    return found


def _by_name(
    said: Mapping[str, schema.Formula], path: Path, domain: Domain, constant: Scope, findings: Findings
) -> tuple[float, ...]:
    """A direction from numbers for some coordinates, 0 for the others; empty where one could not be read."""
    names = axes(domain.coordinates, domain.vectors)
    parts = [0.0] * len(domain.coordinates)
    whole = True
    for name, formula in said.items():
        value = findings.number((*path, name), formula, constant)
        if name not in names:
            hint = suggestion(name, names) or f"there are {', '.join(names)}"
            findings.report_at(findings.key((*path, name)), f"'{name}' is not a coordinate", hint)
        if name not in names or value is None:
            whole = False
            continue
        for i in names[name]:
            parts[i] = value
    return tuple(parts) if whole else ()


def _dims(said: schema.Box | schema.Gaussian | schema.Ball | schema.Sphere) -> dict[str, int | None]:
    """The dimension of each coordinate vector, None for a single coordinate."""
    match said:
        case schema.Box(bounds=bounds):
            return {name: ends.dim if isinstance(ends, schema.Vector) else None for name, ends in bounds.items()}
        case schema.Gaussian(coordinates=names) | schema.Ball(coordinates=names) | schema.Sphere(coordinates=names):
            return dict(names) if isinstance(names, dict) else dict.fromkeys(names)
        case _:
            assert_never(said)


def _named(dims: Mapping[str, int | None], path: Path, findings: Findings) -> tuple[tuple[str, ...], dict[str, range]]:
    """The flat names of all coordinates, and the places of each vector's components."""
    total = sum(dim or 1 for dim in dims.values())
    if total > MOST:
        findings.report(path, f"these are {total:,} coordinates", f"there can be {MOST:,} in all")
        dims = {name: min(dim, 1) if dim else None for name, dim in dims.items()}
    names: list[str] = []
    vectors: dict[str, range] = {}
    for name, dim in dims.items():
        if dim is not None:
            vectors[name] = range(len(names), len(names) + dim)
        names += [name] if dim is None else components(name, dim)
    return tuple(names), vectors


def _box(said: schema.Box, path: Path, constant: Scope, findings: Findings) -> Box:
    coordinates, vectors = _named(_dims(said), path, findings)
    names = axes(coordinates, vectors)
    _refuse_name(said, path, findings)
    intervals: list[Interval] = []
    for name, ends in said.bounds.items():
        here = (*path, "bounds", name)
        if isinstance(ends, schema.Vector):
            ends, here = ends.range, (*here, "range")
        intervals += [_interval(name, ends, here, constant, findings)] * len(names[name])
    roles: dict[str, str] = {}
    for role, name, here in _roles(said, path):
        if name not in names:
            hint = suggestion(name, names) or f"there are {', '.join(names)}"
            findings.report(here, f"'{name}' is not a coordinate of this box", hint)
        elif role == "time" and name in vectors:
            findings.report(here, f"{name} is a vector of {len(vectors[name])} coordinates", "time is a single one")
        elif name in roles:
            hint = "a coordinate has one role"
            if {role, roles[name]} == {"time", "periodic"}:
                hint = f"a time that returns has no start: leave 'time' out, and write d(u, {name})"
            findings.report(here, f"{name} is already in '{roles[name]}'", hint)
        else:
            roles[name] = role

    def indices(role: str) -> frozenset[int]:
        return frozenset(i for name, places in names.items() if roles.get(name) == role for i in places)

    time = next(iter(indices("time")), None)
    return Box(coordinates, tuple(intervals), time, indices("family"), indices("periodic"), vectors)


def _roles(said: schema.Box, path: Path) -> Iterator[tuple[str, str, Path]]:
    """Every role that is given: what, to which coordinate, where it is said."""
    if said.time is not None:
        yield "time", said.time, (*path, "time")
    for role, names in (("family", said.family), ("periodic", said.periodic)):
        yield from ((role, name, (*path, role, i)) for i, name in enumerate(names))


def _interval(name: str, ends: schema.Pair, path: Path, constant: Scope, findings: Findings) -> Interval:
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
