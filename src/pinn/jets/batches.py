"""Many points, a few at a time: the jets of a batch fit into the processor's cache, and memory does not grow.

All points at once would write every coefficient of every layer to main memory and read it back, which takes two to
three times as long as the arithmetic.
"""

from collections.abc import Callable
from math import ceil
from typing import TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PyTree

Parameters = TypeVar("Parameters")
Point = TypeVar("Point")

CACHE = 2**19
"""Bytes of jets that a batch may have in one layer on a CPU: half of a usual second-level cache."""

MEMORY = 2**31
"""The same on other devices, which want many points and have the memory."""


def points_at_once(coefficients: int, width: int, dtype: str) -> int:
    """The size of a batch for jets of so many coefficients in layers of the given width; the same on every run."""
    limit = CACHE if jax.default_backend() == "cpu" else MEMORY
    return max(1, limit // (coefficients * width * jnp.dtype(dtype).itemsize))


def mapped(function: Callable[[Point], PyTree[Array]], points: Point, size: int) -> PyTree[Array]:
    """`vmap(function)(points)`, in batches of at most `size`."""
    n = _count(points)
    if n <= size:
        return jax.vmap(function)(points)
    batches, _ = _batched(points, size)
    found = jax.lax.map(jax.vmap(function), batches)
    return jax.tree.map(lambda array: array.reshape(-1, *array.shape[2:])[:n], found)


def summed(
    function: Callable[[Parameters, Point], Float[Array, ""]], parameters: Parameters, points: Point, size: int
) -> Float[Array, ""]:
    """Σ function(parameters, point), in batches of at most `size`.

    The gradient in `parameters` is accumulated batch by batch along with the value, so that nothing is kept of a batch.
    There is no forward mode, no second derivative, and no derivative in the points.
    """
    batches, real = _batched(points, size)

    def part(parameters: Parameters, batch: tuple[Point, Bool[Array, " size"]]) -> Float[Array, ""]:
        return jnp.sum(jax.vmap(lambda point: function(parameters, point))(batch[0]), where=batch[1])

    def over_batches(function: Callable[[tuple[Point, Bool[Array, " size"]]], PyTree[Array]]) -> PyTree[Array]:
        first = jax.tree.map(lambda array: array[0], (batches, real))
        zero = jax.tree.map(lambda shape: jnp.zeros(shape.shape, shape.dtype), jax.eval_shape(function, first))
        add = lambda sums, batch: (jax.tree.map(jnp.add, sums, function(batch)), None)
        return jax.lax.scan(add, zero, (batches, real))[0]

    @jax.custom_vjp
    def total(parameters: Parameters) -> Float[Array, ""]:
        return over_batches(lambda batch: part(parameters, batch))

    def forward(parameters: Parameters) -> tuple[Float[Array, ""], Parameters]:
        return over_batches(lambda batch: jax.value_and_grad(part)(parameters, batch))

    def backward(slopes: Parameters, cotangent: Float[Array, ""]) -> tuple[Parameters]:
        return (jax.tree.map(lambda slope: slope * cotangent, slopes),)

    total.defvjp(forward, backward)
    return total(parameters)


def _count(points: PyTree[Array]) -> int:
    return jax.tree.leaves(points)[0].shape[0]


def _batched(points: Point, size: int) -> tuple[Point, Bool[Array, "batches size"]]:
    """The points in batches of one size, and which of them are real: the last point is repeated to fill up."""
    n = _count(points)
    batches = ceil(n / size)
    size = ceil(n / batches)

    def split(array: Array) -> Array:
        missing = [(0, batches * size - n)] + [(0, 0)] * (array.ndim - 1)
        return jnp.pad(array, missing, mode="edge").reshape(batches, size, *array.shape[1:])

    return jax.tree.map(split, points), (jnp.arange(batches * size) < n).reshape(batches, size)
