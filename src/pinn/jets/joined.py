"""Jets made of several: a choice between two, vectors from components and from shorter vectors."""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike

from pinn.jets.arithmetic import Coefficient
from pinn.jets.jet import Jet, matched


def where(condition: ArrayLike, yes: Jet, no: Jet) -> Jet:
    """Every coefficient chosen by the condition's value.

    In reverse mode both branches must be finite: a branch not taken still passes on 0 · inf.
    """

    def choice(a: Coefficient, b: Coefficient) -> Coefficient:
        if a is None and b is None:
            return None
        return jnp.where(condition, 0.0 if a is None else a, 0.0 if b is None else b)

    yes, no = matched(yes, no)
    return yes.with_flat([choice(a, b) for a, b in zip(yes.flat, no.flat, strict=True)])


def stack(components: Sequence[Jet]) -> Jet:
    """A vector from jets of one shape."""
    first = components[0]

    def joined(column: tuple[Coefficient, ...]) -> Coefficient:
        known = next((c for c in column if c is not None), None)
        if known is None:
            return None
        numbers = jnp if any(isinstance(c, Array) for c in column) else np
        return numbers.stack([numbers.zeros_like(known) if c is None else c for c in column], axis=-1)

    columns = zip(*(matched(first, c)[1].flat for c in components), strict=True)
    return first.with_flat([joined(column) for column in columns])


def concatenate(vectors: Sequence[Jet]) -> Jet:
    """One vector from several."""

    def joined(column: tuple[Coefficient, ...], values: Sequence[Array]) -> Coefficient:
        known = next((c for c in column if c is not None), None)
        if known is None:
            return None
        shapes = [(*known.shape[:-1], value.shape[-1]) for value in values]
        numbers = jnp if any(isinstance(c, Array) for c in column) else np
        parts = [numbers.zeros(s, known.dtype) if c is None else c for c, s in zip(column, shapes, strict=True)]
        return numbers.concatenate(parts, axis=-1)

    columns = zip(*(vector.flat for vector in vectors), strict=True)
    values = [vector.value for vector in vectors]
    return vectors[0].with_flat([joined(column, values) for column in columns])
