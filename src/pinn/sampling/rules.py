"""Rules for points and their shares: in the unit cube, of the normal density, in and on the unit ball."""

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from pinn.sampling import sobol

Rule = tuple[Float[np.ndarray, "n ..."], Float[np.ndarray, " n"]]
"""Points, and shares that add up to one; on a line the points have one axis only."""


def along_axis(count: int, dimension: int) -> int:
    """Points along each axis of a product rule with at least `count` points."""
    return math.ceil(count ** (1.0 / dimension) - 1e-9)


@dataclass(frozen=True)
class Wish:
    """What kind of points, how many, and where random numbers come from."""

    kind: str
    count: int
    per_axis: Sequence[int] | None
    generator: np.random.Generator

    def in_cube(self, dimension: int) -> Rule:
        """Points in the unit cube."""
        match self.kind:
            case "grid":
                return self._tensor(dimension, midpoints)
            case "gauss":
                return self._tensor(dimension, legendre)
            case "random":
                return _equal(self.generator.random((self.count, dimension)))
            case _:
                return _equal(self._spread(dimension))

    def normal(self, dimension: int) -> Rule:
        """Points for the standard normal density: drawn, Gauss–Hermite, or quantiles of uniform ones."""
        if self.kind == "random":
            return _equal(self.generator.standard_normal((self.count, dimension)))
        if self.kind == "gauss":
            return self._tensor(dimension, _hermite)
        from scipy.special import ndtri

        unit, weights = self.in_cube(dimension)
        return ndtri(np.clip(unit, 1e-16, 1 - 1e-16)), weights

    def on_sphere(self, dimension: int, more: int = 0) -> Rule:
        """Points on the unit sphere, the directions of normal ones; and so many further numbers from 0 to 1."""
        from scipy.special import ndtr

        normal, shares = self.normal(dimension + more)
        return np.hstack([_directions(normal[:, :dimension]), ndtr(normal[:, dimension:])]), shares

    def in_ball(self, dimension: int, more: int = 0) -> Rule:
        """Points in the unit ball, directions with radii whose power d is uniform; and so many further numbers."""
        from scipy.special import ndtr

        normal, shares = self.normal(dimension + 1 + more)
        rest = ndtr(normal[:, dimension:])
        return np.hstack([_directions(normal[:, :dimension]) * rest[:, :1] ** (1.0 / dimension), rest[:, 1:]]), shares

    def _spread(self, dimension: int) -> Float[np.ndarray, "n dim"]:
        if self.kind == "sobol" and sobol.TABLE.exists():
            return sobol.points(self.count, dimension, self.generator)
        from scipy.stats import qmc

        engines = {"sobol": qmc.Sobol, "halton": qmc.Halton, "lhs": qmc.LatinHypercube}
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="The balance properties of Sobol")
            return engines[self.kind](dimension, rng=self.generator).random(self.count)

    def _tensor(self, dimension: int, line: Callable[[int], Rule]) -> Rule:
        """The product of a rule on a line with itself, with at least `count` points in all."""
        sizes = self.per_axis or [along_axis(self.count, dimension)] * dimension
        lines = [line(size) for size in sizes]
        nodes = np.meshgrid(*(nodes for nodes, _ in lines), indexing="ij")
        weights = np.meshgrid(*(weights for _, weights in lines), indexing="ij")
        return np.stack([n.ravel() for n in nodes], axis=1), np.prod([w.ravel() for w in weights], axis=0)


def _directions(vectors: Float[np.ndarray, "n dim"]) -> Float[np.ndarray, "n dim"]:
    """The vectors at length one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = np.where(lengths > 0, vectors, 1.0)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _equal(points: Float[np.ndarray, "n dim"]) -> Rule:
    return points, np.full(len(points), 1.0 / len(points))


def midpoints(size: int) -> Rule:
    """Equal steps through the unit interval."""
    return (np.arange(size) + 0.5) / size, np.full(size, 1.0 / size)


def legendre(size: int) -> Rule:
    """The Gauss–Legendre rule of the unit interval."""
    nodes, weights = np.polynomial.legendre.leggauss(size)
    return 0.5 * (nodes + 1.0), 0.5 * weights


def _hermite(size: int) -> Rule:
    nodes, weights = np.polynomial.hermite_e.hermegauss(size)
    return nodes, weights / weights.sum()
