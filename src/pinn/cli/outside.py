"""Points that lie outside of a domain: what is said of values there."""

from typing import TYPE_CHECKING

from pinn.cli import console

if TYPE_CHECKING:
    import numpy as np

    from pinn.config import Config, Table
    from pinn.geometry import Domain


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
    """Say how many points lie outside of a domain."""
    from pinn.sampling import strays

    for sentence in strays(domain, points, what):
        console.say(f"warning: {sentence}")
