"""The coordinates as jets: their derivatives are numbers of NumPy, known while a program is built."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Array

from pinn.expressions.operators import Operator
from pinn.jets.arithmetic import Coefficient
from pinn.jets.jet import Jet, jet
from pinn.jets.space import Space


def coordinate(space: Space, order: int, value: Array, index: int) -> Jet:
    """The coordinate of the given index, as a function of the point."""
    return _with_slopes(space, order, value, np.full(value.shape, index))


def coordinates(space: Space, order: int, values: Array, indices: Sequence[int]) -> Jet:
    """Several coordinates as one vector: `values` has shape (n,) and `indices` length n."""
    return _with_slopes(space, order, values, np.asarray(indices))


def _with_slopes(space: Space, order: int, values: Array, indices: np.ndarray) -> Jet:
    """Coordinates by their indices, an array of the shape of the values."""
    flat: list[Coefficient] = [values, *[None] * order]
    for block in space.blocks[1:]:
        slopes = np.stack([_slopes(space.basis[p], indices) for p in block])
        slopes = slopes if len(block) > 1 else slopes[0]
        flat += [slopes.astype(values.dtype) if slopes.any() else None, *[None] * order]
    return jet(space, order, flat)


def _slopes(operator: Operator, indices: np.ndarray) -> np.ndarray:
    """p(D) of the coordinates x_index, for p of degree 1 or higher."""
    slopes = np.zeros(indices.shape)
    for monomial, c in operator.terms:
        if len(monomial) == 1:
            slopes[indices == monomial[0]] = c
    return slopes
