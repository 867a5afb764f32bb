"""Points drawn together at planes: a smooth map of the unit interval, and the density that it gives the points.

A share of the density is that of c + w·sinh(s) for uniform s, the rest is uniform. All points go through the inverse of
the distribution function, so that a grid, a Gauss rule or a Sobol sequence keeps its order.
"""

import numpy as np
from jaxtyping import Float

from pinn.config import Cluster
from pinn.geometry import Interval

HALVINGS = 60
"""After so many the interval that holds a point is as short as rounding allows."""


def clustered(
    unit: Float[np.ndarray, " n"], cluster: Cluster, interval: Interval
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """Values in the interval for numbers from 0 to 1, and their density relative to the uniform one."""
    low, high = np.full(len(unit), interval.low), np.full(len(unit), interval.high)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        below = _distribution(middle, cluster, interval) < unit
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    values = 0.5 * (low + high)
    return values, density(values, cluster, interval)


def density(values: Float[np.ndarray, " n"], cluster: Cluster, interval: Interval) -> Float[np.ndarray, " n"]:
    """The density of a cluster, relative to the uniform one: between 1 - share and about share·length/width."""
    total = np.zeros(len(values))
    for center in cluster.centers:
        start, end = _sinh_inverse(np.array([interval.low, interval.high]), center, cluster.width)
        total += interval.length / (np.hypot(values - center, cluster.width) * (end - start))
    return 1.0 - cluster.share + cluster.share * total / len(cluster.centers)


def _distribution(values: Float[np.ndarray, " n"], cluster: Cluster, interval: Interval) -> Float[np.ndarray, " n"]:
    total = np.zeros(len(values))
    for center in cluster.centers:
        start, end = _sinh_inverse(np.array([interval.low, interval.high]), center, cluster.width)
        total += (_sinh_inverse(values, center, cluster.width) - start) / (end - start)
    uniform = (values - interval.low) / interval.length
    return (1.0 - cluster.share) * uniform + cluster.share * total / len(cluster.centers)


def _sinh_inverse(values: Float[np.ndarray, " n"], center: float, width: float) -> Float[np.ndarray, " n"]:
    return np.arcsinh((values - center) / width)
