"""Points that lie outside of a domain: what is said of values there."""

from typing import TYPE_CHECKING

from pinn.cli import console

if TYPE_CHECKING:
    import numpy as np

    from pinn.config import Config, Table
    from pinn.geometry import Domain

OUTSIDE = 1e-9
"""How far beyond an interval, by its length, a coordinate may be by rounding."""

ASKED = 5_000
"""So many points at most are asked, one by one, whether they belong to a shape."""


def warn_rows(config: "Config") -> None:
    """Say which rows of data and of the reference lie outside of the domain."""
    from pinn.config import Misfit

    found = {"data": [term.content.table for term in config.terms if isinstance(term.content, Misfit)]}
    found["the reference"] = [] if config.reference is None else [config.reference.table]
    for what, held in found.items():
        for table in held:
            warn(config.domain, _rows(table), f"rows of {what}")


def _rows(table: "Table") -> "np.ndarray":
    """The points of a table that are known."""
    import numpy as np

    from pinn import tables

    points = tables.read(table.path, table.inputs)
    return points[np.isfinite(points).all(axis=1)]


def warn(domain: "Domain", points: "np.ndarray", what: str = "points") -> None:
    """Say which coordinates are beyond what was trained, and else how many points are in holes and corners."""
    import numpy as np

    from pinn.geometry import Gaussian, Shell

    if isinstance(domain, Shell):
        away = np.linalg.norm(points[:, : len(domain.center)] - np.array(domain.center), axis=1) / domain.radius
        if count := int((np.abs(away - 1) > OUTSIDE).sum()):
            nearest = "values are those of the nearest points on it"
            console.say(f"warning: {count} of {len(points)} {what} do not lie on the sphere: {nearest}")
    first = len(domain.center) if isinstance(domain, Shell) else 0
    bounded = [] if isinstance(domain, Gaussian) else list(enumerate(domain.scales))[first:]
    beyond = np.zeros(len(points), bool)
    for i, (middle, half) in ((i, scale) for i, scale in bounded if i not in domain.periodic):
        low, high, slack = middle - half, middle + half, 2.0 * OUTSIDE * half
        here = (points[:, i] < low - slack) | (points[:, i] > high + slack)
        beyond |= here
        if count := int(here.sum()):
            name = domain.coordinates[i]
            console.say(f"warning: {count} of {len(points)} {what} lie outside of {name} = {low:.6g} to {high:.6g}")
    _warn_missed(domain, points[~beyond], f"{len(points)} {what}")


def _warn_missed(domain: "Domain", points: "np.ndarray", of: str) -> None:
    """Say how many points a shape does not have, though each of their coordinates occurs in it."""
    import numpy as np

    from pinn.geometry import Box, Gaussian

    if isinstance(domain, Box | Gaussian) or not len(points):
        return
    slack = OUTSIDE * max(half for _, half in domain.scales)
    asked = points if len(points) <= ASKED else np.random.default_rng(0).choice(points, ASKED)
    missed = sum(not domain.contains(dict(enumerate(point)), slack) for point in asked.tolist())
    if missed:
        about = "" if len(asked) == len(points) else "about "
        count = round(missed / len(asked) * len(points))
        console.say(f"warning: {about}{count} of {of} lie outside of the domain: values there mean nothing")
