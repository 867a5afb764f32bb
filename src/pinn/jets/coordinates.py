"""The coordinates as jets: their derivatives are known while a program is built, but for those along random vectors."""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from pinn.expressions.operators import Along, Drawn, Factor
from pinn.jets.arithmetic import Coefficient
from pinn.jets.blocks import Numbers
from pinn.jets.jet import Jet, jet
from pinn.jets.space import Space

Vectors = Float[Array, "vectors dim"]
"""The random vectors that operators may differentiate along."""


def coordinates(space: Space, order: int, values: Array, indices: Sequence[int], drawn: Vectors | None = None) -> Jet:
    """Several coordinates as one vector: `values` has shape (n,) and `indices` length n."""
    places = np.asarray(indices)
    flat: list[Coefficient] = [values, *[None] * order]
    for block in space.blocks[1:]:
        factors = [_linear(space, p) for p in block]
        if any(factors):
            rows = [_slopes(factor, places, values.dtype, drawn) for factor in factors]
            numbers = np if all(isinstance(row, np.ndarray) for row in rows) else jnp
            flat.append(numbers.stack(rows) if len(block) > 1 else rows[0])
        else:
            flat.append(None)
        flat += [None] * order
    return jet(space, order, flat)


def _linear(space: Space, place: int) -> list[tuple[Factor, float]]:
    """The part of degree one of an element, which is all that coordinates have."""
    return [(monomial[0], c) for monomial, c in space.basis[place].terms if len(monomial) == 1]


def _slopes(linear: Sequence[tuple[Factor, float]], indices: np.ndarray, dtype, drawn: Vectors | None) -> Numbers:
    """Σ c · (derivative by the factor) of the coordinates of these indices."""
    known = np.zeros(indices.shape, dtype)
    unknown: list[Array] = []
    for factor, c in linear:
        match factor:
            case Along(components=components):
                for index, component in components:
                    known[indices == index] += c * component
            case Drawn(number=number):
                assert drawn is not None
                unknown.append(c * drawn[number][indices])
            case _:
                known[indices == factor] += c
    return sum(unknown, known) if known.any() or not unknown else sum(unknown[1:], unknown[0])
