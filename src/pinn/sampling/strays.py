"""Points that lie outside of a domain: what is said of values there."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from pinn.geometry import Box, Domain, Gaussian, Shell

OUTSIDE = 1e-9
"""How far beyond an interval, by its length, a coordinate may be by rounding."""

ASKED = 5_000
"""So many points at most are asked, one by one, whether they belong to a shape."""


def strays(domain: Domain, points: Float[np.ndarray, "n dim"], what: str = "points") -> Iterator[str]:
    """Which coordinates are beyond what was trained, and how many other points are in holes and corners; sentences."""
    if isinstance(domain, Shell):
        away = np.linalg.norm(points[:, : len(domain.center)] - np.array(domain.center), axis=1) / domain.radius
        if count := int((np.abs(away - 1) > OUTSIDE).sum()):
            nearest = "values are those of the nearest points on it"
            yield f"{count} of {len(points)} {what} do not lie on the sphere: {nearest}"
    first = len(domain.center) if isinstance(domain, Shell) else 0
    bounded = [] if isinstance(domain, Gaussian) else list(enumerate(domain.scales))[first:]
    beyond = np.zeros(len(points), bool)
    for i, (middle, half) in ((i, scale) for i, scale in bounded if i not in domain.periodic):
        low, high, slack = middle - half, middle + half, 2.0 * OUTSIDE * half
        here = (points[:, i] < low - slack) | (points[:, i] > high + slack)
        beyond |= here
        if count := int(here.sum()):
            name = domain.coordinates[i]
            yield f"{count} of {len(points)} {what} lie outside of {name} = {low:.6g} to {high:.6g}"
    yield from _missed(domain, points[~beyond], f"{len(points)} {what}")


def _missed(domain: Domain, points: Float[np.ndarray, "n dim"], of: str) -> Iterator[str]:
    """How many points a shape does not have, though each of their coordinates occurs in it."""
    if isinstance(domain, Box | Gaussian) or not len(points):
        return
    slack = OUTSIDE * max(half for _, half in domain.scales)
    asked = points if len(points) <= ASKED else np.random.default_rng(0).choice(points, ASKED)
    missed = sum(not domain.contains(dict(enumerate(point)), slack) for point in asked.tolist())
    if missed:
        about = "" if len(asked) == len(points) else "about "
        count = round(missed / len(asked) * len(points))
        yield f"{about}{count} of {of} lie outside of the domain: values there mean nothing"
