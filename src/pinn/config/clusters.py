"""The `cluster` of a `sampling`: along which coordinates points are drawn together, and where."""

from pinn import schema
from pinn.config.domain import is_whole
from pinn.config.findings import Findings, Path
from pinn.config.model import Cluster
from pinn.config.names import Names
from pinn.errors import suggestion
from pinn.geometry import Box, Flat, Part, Region


def read(
    said: schema.Sampling, path: Path, names: Names, findings: Findings, region: Region | None = None
) -> tuple[Cluster, ...]:
    """The clusters of a sampling; each must have a coordinate that varies on the region, where one is given."""
    path = (*path, "cluster")
    if said.cluster is None:
        return ()
    if not isinstance(names.domain, Box):
        message = "points are clustered along the coordinates of a box"
        findings.report_at(findings.key(path), message, "leave it out")
        return ()
    found = [_cluster(name, c, (*path, name), names, findings, region) for name, c in said.cluster.items()]
    return tuple(cluster for cluster in found if cluster is not None)


def _cluster(
    name: str, said: schema.Cluster, path: Path, names: Names, findings: Findings, region: Region | None
) -> Cluster | None:
    axes = names.scope.axes
    if name not in axes:
        hint = suggestion(name, axes) or f"there are {', '.join(axes)}"
        findings.report_at(findings.key(path), f"'{name}' is not a coordinate", hint)
        return None
    if name in names.domain.vectors:
        message = f"{name} is a vector of {len(axes[name])} coordinates"
        findings.report_at(findings.key(path), message, "points are clustered along a single one")
        return None
    index = axes[name][0]
    if region is not None and not _varies(index, region):
        message = f"{name} does not vary on {region.name}"
        findings.report_at(findings.key(path), message, "there is nothing to cluster along it")
    centers = _centers(said, index, path, names, findings)
    width = _positive(said.width, (*path, "width"), names, findings)
    share = _positive(said.share, (*path, "share"), names, findings)
    if share is not None and share > 1:
        findings.report((*path, "share"), f"the share is {share:.12g}", "it is at most 1, which is all points")
    return None if width is None or share is None else Cluster(index, centers, width, share)


def _centers(said: schema.Cluster, index: int, path: Path, names: Names, findings: Findings) -> tuple[float, ...]:
    """Where the points crowd, inside the interval or at its ends."""
    centers = []
    for i, formula in enumerate(said.at):
        here = findings.item((*path, "at"), i)
        value = findings.number(here, formula, names.constant)
        if value is None or not isinstance(names.domain, Box) or not is_whole(names.domain):
            continue
        name, interval = names.domain.coordinates[index], names.domain.intervals[index]
        if not interval.low <= value <= interval.high:
            hint = f"{name} runs from {interval.low:.12g} to {interval.high:.12g}"
            findings.report(here, f"{name}={value:.12g} is outside the box", hint)
        centers.append(value)
    return tuple(centers)


def _varies(index: int, region: Region) -> bool:
    wholes = [piece.whole if isinstance(piece, Part) else piece for piece in region.pieces]
    return any(isinstance(piece, Flat) and index not in dict(piece.fixed) for piece in wholes)


def _positive(said: schema.Formula, path: Path, names: Names, findings: Findings) -> float | None:
    value = findings.number(path, said, names.constant)
    if value is not None and value <= 0:
        findings.report(path, f"this has the value {value:.12g}", "it must be above zero")
        return None
    return value
