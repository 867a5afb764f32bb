"""The `cluster` of a `sampling`: along which coordinates points are drawn together, and where."""

from collections.abc import Iterator, Mapping

from pinn import schema
from pinn.config.domain import is_whole
from pinn.config.findings import Findings, Path
from pinn.config.model import Cluster
from pinn.config.names import Names
from pinn.errors import suggestion
from pinn.geometry import RADIAL, Area, Ball, Box, Flat, Interval, Part, Region, rims, rings

Crowded = Box | Ball | Area
"""In which points can be drawn together."""


def read(
    said: schema.Sampling, path: Path, names: Names, findings: Findings, region: Region | None = None
) -> tuple[Cluster, ...]:
    """The clusters of a sampling; each must have a coordinate that varies on the region, where one is given."""
    path = (*path, "cluster")
    if said.cluster is None:
        return ()
    domain = names.domain
    if not isinstance(domain, Crowded):
        message = "points are clustered in boxes, balls and shapes of the plane"
        findings.report_at(findings.key(path), message, "leave it out")
        return ()
    rounds = set(rims(domain)) - set(names.scope.axes)
    along = ((n, c) for n, c in said.cluster.items() if n not in rounds)
    found = [_cluster(name, c, (*path, name), names, domain, findings, region) for name, c in along]
    towards = {n: c for n, c in said.cluster.items() if n in rounds}
    return (*(cluster for cluster in found if cluster is not None), *_radial(towards, path, names, findings))


def _radial(said: Mapping[str, schema.Cluster], path: Path, names: Names, findings: Findings) -> Iterator[Cluster]:
    """Points that crowd at the round boundary of a ball, a disk or an annulus, as one cluster."""
    around, places = rings(names.domain), list[tuple[float, float, float]]()
    for name, one in said.items():
        here = (*path, name)
        at = [findings.number(findings.item((*here, "at"), i), f, names.constant) for i, f in enumerate(one.at)]
        width, share = _width(one, here, names, findings)
        if around is None or any(at):
            message = f"points crowd at {name} itself, at a distance of 0, in a ball, a disk or an annulus"
            findings.report_at(findings.key(here), message, "write at: 0" if around else "leave it out")
        elif width is not None and share is not None:
            count, is_outer = len(around.center), rims(names.domain)[name].bend < 0
            volume = around.outer**count - around.inner**count
            slope = count * (around.outer if is_outer else around.inner) ** (count - 1) / volume
            places.append((float(is_outer), width * slope, share))
    if places:
        centers, widths, shares = zip(*sorted(places), strict=True)
        yield Cluster(RADIAL, centers, min(widths), max(shares))


def _cluster(
    name: str,
    said: schema.Cluster,
    path: Path,
    names: Names,
    domain: Crowded,
    findings: Findings,
    region: Region | None,
) -> Cluster | None:
    axes = names.scope.axes
    if name not in axes:
        known = [*axes, *rims(domain)]
        hint = suggestion(name, known) or f"there are {', '.join(known)}"
        findings.report_at(findings.key(path), f"'{name}' is not a coordinate", hint)
        return None
    if name in domain.vectors:
        message = f"{name} is a vector of {len(axes[name])} coordinates"
        findings.report_at(findings.key(path), message, "points are clustered along a single one")
        return None
    index = axes[name][0]
    if not isinstance(domain, Box) and index < len(domain.own):
        message = f"{name} is a coordinate of the shape"
        findings.report_at(findings.key(path), message, _hint(domain))
        return None
    if region is not None and not _varies(index, region):
        message = f"{name} does not vary on {region.name}"
        findings.report_at(findings.key(path), message, "there is nothing to cluster along it")
    centers = _centers(said, index, path, names, domain, findings)
    width, share = _width(said, path, names, findings)
    return None if width is None or share is None else Cluster(index, centers, width, share)


def _width(said: schema.Cluster, path: Path, names: Names, findings: Findings) -> tuple[float | None, float | None]:
    """The width of a cluster and the share of the points in it."""
    width = _positive(said.width, (*path, "width"), names, findings)
    share = _positive(said.share, (*path, "share"), names, findings)
    if share is not None and share > 1:
        findings.report((*path, "share"), f"the share is {share:.12g}", "it is at most 1, which is all points")
    return width, share


def _centers(
    said: schema.Cluster, index: int, path: Path, names: Names, domain: Crowded, findings: Findings
) -> tuple[float, ...]:
    """Where the points crowd, inside the interval or at its ends."""
    centers = []
    for i, formula in enumerate(said.at):
        here = findings.item((*path, "at"), i)
        value = findings.number(here, formula, names.constant)
        if value is None or not is_whole(domain):
            continue
        name, interval = domain.coordinates[index], _interval(domain, index)
        if not interval.low <= value <= interval.high:
            hint = f"{name} runs from {interval.low:.12g} to {interval.high:.12g}"
            findings.report(
                here, f"{name}={value:.12g} is outside the {'box' if isinstance(domain, Box) else 'domain'}", hint
            )
        centers.append(value)
    return tuple(centers)


def _interval(domain: Crowded, index: int) -> Interval:
    return domain.intervals[index] if isinstance(domain, Box) else domain.beside.intervals[index - len(domain.own)]


def _hint(domain: Crowded) -> str:
    near = [name for name, rim in rims(domain).items() if rim.bend and rings(domain)]
    return f"points crowd at {' or '.join(near)}" if near else "leave it out"


def _varies(index: int, region: Region) -> bool:
    wholes = [piece.whole if isinstance(piece, Part) else piece for piece in region.pieces]
    return any(not isinstance(piece, Flat) or index not in dict(piece.fixed) for piece in wholes)


def _positive(said: schema.Formula, path: Path, names: Names, findings: Findings) -> float | None:
    value = findings.number(path, said, names.constant)
    if value is not None and value <= 0:
        findings.report(path, f"this has the value {value:.12g}", "it must be above zero")
        return None
    return value
