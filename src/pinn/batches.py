"""Points as arrays, in blocks that fit the cache: what a compiled objective takes, and how it goes through it.

Few points are one block. Many are gone through block by block, so that memory is bounded by the block and the
coefficients of a point stay close to the processor. The size of a block follows from static numbers alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Literal, NamedTuple, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

from pinn import compiler, fields
from pinn.compiler import Given, Site
from pinn.config import sizes
from pinn.fields import Constants, Earlier, Untrained
from pinn.problems import Group, Problem
from pinn.sampling import Points

CACHE = 2**19
"""Bytes that the coefficients of one layer, on all points of a block, should take; half of what is best for values."""

ROWS = 512
"""Coefficients that a block has at least, in wide networks, whose matrix products are slower with fewer."""

LANES = 8
"""The size of a block is a multiple of this, the length of a processor's vectors; matrix products need it."""

PAIR = 6
"""The points of up to so many blocks are two larger ones: as a pair they need no loop, which takes time to compile."""

FEW = 64
"""Smaller blocks are not filled up."""

SPREAD = 4
"""There may be so many more blocks, by pairs, where that fills up fewer points."""

MOST_GIVEN = 2**28
"""Bytes of what is known at the points of a group; beyond these it is worked out where it is read."""

T = TypeVar("T")


class Batch(NamedTuple):
    """The points of a group, in blocks of equal size; `shares` are quadrature weights for each term.

    There is one block, or an even number; the last are filled up with points of no weight.
    """

    points: Float[Array, "blocks size dim"]
    normals: Float[Array, "blocks size spatial"] | None
    shares: tuple[Float[Array, "blocks size"], ...]
    targets: Float[Array, "blocks size width"] | None
    precision: Float[Array, "blocks size width"] | None
    initial: tuple[Float[Array, "blocks size unknowns coefficients"], ...] = ()
    """The unknowns at the beginning of a slab of time."""
    given: Given | None = None
    """What nothing trained has a part in, as the group's demand and networks read it."""

    def site(self, drawn: Float[Array, "vectors dim"] | None = None) -> Site:
        """The point, where this is a batch of a single one without blocks."""
        return Site(self.points, self.normals, drawn, self.initial, self.given)


Vectors = tuple[Float[Array, "vectors dim"] | None, ...]
"""For each group the random vectors of its estimates."""


class Arguments(NamedTuple):
    """Everything that a compiled objective takes beside the parameters."""

    batches: tuple[Batch, ...]
    constants: Constants
    drawn: Vectors


def arguments(
    problem: Problem, points: Sequence[Points], purpose: str = "training", earlier: Earlier | None = None
) -> Arguments:
    """The arguments that belong to some points of the problem, and to random vectors where it has estimates."""
    plain = tuple(batch_of(problem, group, p) for group, p in zip(problem.groups, points, strict=True))
    constants = fields.constants(problem.config)
    if fields.embeddings(problem.config) or any(group.demand.given for group in problem.groups):
        found = _given(problem, constants, plain)
        plain = tuple(batch._replace(given=given) for batch, given in zip(plain, found, strict=True))
    return Arguments(plain, replace(constants, earlier=earlier), vectors(problem, purpose))


@eqx.filter_jit
def _given(problem: Problem, constants: Constants, plain: tuple[Batch, ...]) -> tuple[Given | None, ...]:
    """What is known at the points of each group, worked out block by block, unless it is too much to be kept."""
    here, embed = Untrained(constants), partial(fields.embedded, problem.config)

    def of_group(group: Group, batch: Batch) -> Given | None:
        at_point = lambda point: compiler.given(group.demand, here, point.site(), embed)
        found = jax.lax.map(jax.vmap(at_point), batch)
        return found if sum(array.nbytes for array in jax.tree.leaves(found)) <= MOST_GIVEN else None

    return tuple(of_group(group, batch) for group, batch in zip(problem.groups, plain, strict=True))


def same_points(one: Arguments, other: Arguments) -> bool:
    """Whether arguments have the very same points, whatever their weights."""
    return all(a.points is b.points for a, b in zip(one.batches, other.batches, strict=True))


def vectors(problem: Problem, purpose: str) -> Vectors:
    """The random vectors of a purpose; others are independent of them."""
    dtype = problem.config.document.precision
    return tuple(None if array is None else jnp.asarray(array, dtype) for array in problem.vectors(purpose))


def over_points(function: Callable[[Batch], PyTree], batch: Batch) -> PyTree:
    """`function` of every point, a batch of a single one without blocks; results in their order.

    For what takes much room for each point, Jacobian rows or a curve; `paired` blocks are faster for the rest.
    """
    if len(batch.points) == 1:
        return jax.vmap(function)(jax.tree.map(lambda array: array[0], batch))
    mapped = jax.lax.map(jax.vmap(function), batch)
    return jax.tree.map(lambda array: array.reshape(-1, *array.shape[2:]), mapped)


def paired(batch: Batch) -> Batch:
    """The same points in half as many blocks."""
    if len(batch.points) == 1:
        return batch
    return jax.tree.map(lambda array: array.reshape(-1, 2 * array.shape[1], *array.shape[2:]), batch)


def total(function: Callable[[T, Batch], Array], given: T, batch: Batch) -> Float[Array, ""]:
    """The sum over pairs of blocks of the number `function(given, block)`.

    Reverse mode, with respect to `given`, goes through the blocks once, with the value, and stores nothing of them.
    """
    batch = paired(batch)
    if len(batch.points) == 1:
        return function(given, jax.tree.map(lambda array: array[0], batch))
    return _total(function, given, batch)


def totals(function: Callable[[Batch], PyTree], batch: Batch) -> PyTree:
    """The sums over pairs of blocks of the numbers `function(block)`; not meant to be differentiated."""
    return _accumulated(function, paired(batch))


def sums(function: Callable[[T, Batch], PyTree], given: T, batch: Batch) -> PyTree:
    """The sums over blocks of the numbers `function(given, block)`; reverse mode evaluates each block once more."""
    if len(batch.points) == 1:
        return function(given, jax.tree.map(lambda array: array[0], batch))
    return _accumulated(jax.checkpoint(partial(function, given)), batch)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _total(function: Callable[[T, Batch], Array], given: T, batch: Batch) -> Array:
    return _accumulated(partial(function, given), batch)


def _forward(function: Callable[[T, Batch], Array], given: T, batch: Batch) -> tuple[Array, T]:
    return _accumulated(lambda block: jax.value_and_grad(function)(given, block), batch)


def _backward(function: object, slope: T, cotangent: Array) -> tuple[T, None]:
    del function
    return jax.tree.map(lambda array: cotangent * array, slope), None


_total.defvjp(_forward, _backward)


def _accumulated(function: Callable[[Batch], PyTree], batch: Batch) -> PyTree:
    shapes = jax.eval_shape(function, jax.tree.map(lambda array: array[0], batch))
    nothing = jax.tree.map(lambda shape: jnp.zeros(shape.shape, shape.dtype), shapes)
    add = lambda sums, block: (jax.tree.map(jnp.add, sums, function(block)), None)
    return jax.lax.scan(add, nothing, batch)[0]


def batch_of(problem: Problem, group: Group, points: Points) -> Batch:
    """Points of a group as arrays, in blocks."""
    dtype = problem.config.document.precision
    size = _block(problem, group, len(points))

    def blocks(array: np.ndarray, fill: Literal["edge", "constant"] = "edge") -> Array:
        missing = -len(array) % (size if len(array) <= size else 2 * size)
        whole = np.pad(array, [(0, missing)] + [(0, 0)] * (array.ndim - 1), fill)
        return jnp.asarray(whole.reshape(-1, size, *array.shape[1:]), dtype)

    shares = tuple(blocks(points.shares if c.average else points.weights, "constant") for c in group.contributions)
    targets, past = problem.targets(group, points), problem.past
    return Batch(
        blocks(points.points),
        None if points.normals is None else blocks(points.normals),
        shares,
        None if targets is None else blocks(targets[0]),
        None if targets is None else blocks(targets[1], "constant"),
        () if past is None else tuple(map(blocks, past.initial(group.demand, points.points))),
    )


def _block(problem: Problem, group: Group, count: int) -> int:
    """Points of a block: all of them if they are few, else as many as fit the cache, spread evenly over pairs."""
    document = problem.config.document
    layout = sizes.layout(document, problem.config.domain)
    count_of_point = compiler.coefficients(group.demand, layout)
    bytes_of_point = count_of_point * layout.widest * np.dtype(document.precision).itemsize
    fitting = max(1, CACHE // max(bytes_of_point, 1), ROWS // max(count_of_point, 1))
    if count <= 2 * fitting:
        return _rounded(count)
    if count <= PAIR * fitting:
        return _rounded(-(-count // 2))
    fewest = 2 * -(-count // (2 * fitting))
    by_number = {n: _rounded(-(-count // n)) for n in range(fewest, fewest + SPREAD, 2)}
    return min(by_number.items(), key=lambda item: item[0] * item[1])[1]


def _rounded(size: int) -> int:
    return size if size < FEW else -(-size // LANES) * LANES
