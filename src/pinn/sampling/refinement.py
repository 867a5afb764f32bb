"""Points drawn where the residual is large: residual-based adaptive distribution (RAD; Wu et al. 2023, CMAME 403).

A point of a pool is drawn with a chance in proportion to |r|^power/mean(|r|^power) + even. The shares of the drawn
points are divided by their chances (Horvitz & Thompson 1952), so that means over them are unbiased for those over
the region, and precise for what is large where they are many.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from pinn.sampling.pieces import Points
from pinn.schema import Refine


def refined(
    pool: Points, sizes: Float[np.ndarray, " n"], said: Refine, count: int, source: np.random.Generator
) -> Points:
    """`count` different points of a pool, by the size of the residual at each; their shares add up to one on average.

    Where no size is a finite number above zero, all have the same chance.
    """
    powers = np.where(np.isfinite(sizes), sizes, 0.0) / (np.max(sizes, initial=0.0, where=np.isfinite(sizes)) or 1.0)
    powers = powers**said.power
    chances = _chances(powers / (np.mean(powers) or 1.0) + said.even, count)
    chosen = _systematic(chances, count, source)
    shares = pool.shares[chosen] / chances[chosen]
    normals = None if pool.normals is None else pool.normals[chosen]
    return replace(pool, points=pool.points[chosen], shares=shares, normals=normals)


def _chances(wanted: Float[np.ndarray, " n"], count: int) -> Float[np.ndarray, " n"]:
    """In proportion to what is wanted, but at most one, and `count` in all."""
    chances, sure = wanted * (count / wanted.sum()), np.zeros(len(wanted), bool)
    while (chances > 1).any():
        sure |= chances >= 1
        left = np.where(sure, 0.0, wanted)
        chances = np.where(sure, 1.0, left * ((count - sure.sum()) / left.sum()))
    return chances


def _systematic(chances: Float[np.ndarray, " n"], count: int, source: np.random.Generator) -> np.ndarray:
    """Indices drawn with these chances, each at most once: equal steps along their sums, in random order."""
    order = source.permutation(len(chances))
    marks = np.cumsum(chances[order])
    steps = (source.random() + np.arange(count)) * (marks[-1] / count)
    return np.sort(order[np.minimum(np.searchsorted(marks, steps, side="right"), len(order) - 1)])
