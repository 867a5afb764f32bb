"""Points on the unit sphere: maps that keep areas, and product rules on the circle and the sphere of space."""

import math
from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from pinn.sampling.rules import Rule, Wish, midpoints


def scattered(dimension: int, wish: Wish, more: int = 0) -> Rule:
    """Evenly spread points, and so many further numbers from 0 to 1.

    In two and three dimensions by numbers from 0 to 1 themselves, in three by Archimedes' theorem: equal heights of a
    sphere have equal areas.
    """
    if not 1 < dimension <= 3:
        return wish.on_sphere(dimension, more)
    unit, shares = wish.in_cube(dimension - 1 + more)
    around = circle(unit[:, 0])
    points = around if dimension == 2 else lifted(around, 2.0 * unit[:, 1] - 1.0)
    return np.hstack([points, unit[:, dimension - 1 :]]), shares


def product(dimension: int, count: int, line: Callable[[int], Rule]) -> Rule:
    """At least `count` points: equal steps around the axis, and along it a rule of the unit interval.

    With Gauss' rule exact for polynomials up to degree 2n - 1 of n heights, on the circle for those below its number.
    """
    if dimension == 2:
        unit, shares = midpoints(count)
        return circle(unit), shares
    heights = rings(count)
    (z, weights), (unit, shares) = line(heights), midpoints(2 * heights)
    around = np.tile(circle(unit), (heights, 1))
    return lifted(around, np.repeat(2.0 * z - 1.0, 2 * heights)), np.outer(weights, shares).ravel()


def rings(count: int) -> int:
    """Heights of a product rule on the sphere with at least `count` points, twice as many on each."""
    return math.ceil(math.sqrt(count / 2) - 1e-9)


def circle(unit: Float[np.ndarray, " n"]) -> Float[np.ndarray, "n 2"]:
    """Points of the unit circle by their share of a turn."""
    return np.stack([np.cos(2 * math.pi * unit), np.sin(2 * math.pi * unit)], axis=1)


def lifted(around: Float[np.ndarray, "n 2"], z: Float[np.ndarray, " n"]) -> Float[np.ndarray, "n 3"]:
    """Points of the unit sphere above those of the circle, at heights from -1 to 1."""
    return np.hstack([around * np.sqrt((1.0 - z) * (1.0 + z))[:, None], z[:, None]])
