"""The gradient as one vector, taken from the block of a function's first derivatives."""

from functools import lru_cache

import jax.numpy as jnp

from pinn.expressions.operators import Operator
from pinn.jets.arithmetic import contraction
from pinn.jets.blocks import Terms, grouped
from pinn.jets.jet import Jet, jet
from pinn.jets.space import Space


@lru_cache(maxsize=256)
def before_gradient(space: Space, indices: tuple[int, ...]) -> Space:
    """Where f must be known so that its derivatives by these coordinates are known on a space."""
    return Space.closure([e.compose(Operator.partial(i)) for e in space.basis for i in indices])


def gradient(f: Jet, indices: tuple[int, ...], target: Space) -> Jet:
    """The derivatives of a scalar by several coordinates, on the target space.

    Raises:
        ValueError: f's space is smaller than `before_gradient`.
    """
    flat = []
    for places, terms in zip(target.blocks, _selection(f.space, indices, target), strict=True):
        shape = (len(indices),) if len(places) == 1 else (len(places), len(indices))
        for power in zip(*f.coefficients, strict=True):
            found = contraction(terms, power)
            flat.append(None if found is None else found.reshape(shape))
    if flat[0] is None:
        flat[0] = jnp.zeros(len(indices), f.value.dtype)
    return jet(target, f.order, flat)


@lru_cache(maxsize=256)
def _selection(space: Space, indices: tuple[int, ...], target: Space) -> tuple[Terms, ...]:
    """For each block of the target, of all its elements by each coordinate, a combination of the blocks of f."""
    wanted = [element.compose(Operator.partial(i)) for element in target.basis for i in indices]
    rows = [[((i,), factor) for i, factor in space.coordinates_of(operator)] for operator in wanted]
    size = len(indices)
    layout = [range(places.start * size, places.stop * size) for places in target.blocks]
    return grouped(rows, layout, space.blocks)
