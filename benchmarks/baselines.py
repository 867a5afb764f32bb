"""The same derivatives as a user would get them elsewhere: nested autodiff, `jax.experimental.jet` and folx.

Each method turns a scalar function of a point into its derivative, and raises `Inapplicable` where it has no way.
`copies` is the size of the program that it writes out for the compiler, in copies of the network's own.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import folx
import jax
import jax.numpy as jnp
from cells import Cell, Directional, Laplacian, Operator
from jax.experimental import jet
from jaxtyping import Array

Function = Callable[[Array], Array]
"""A scalar function of a point."""

Transform = Callable[[Function], Function]


class Inapplicable(Exception):
    """The method does not offer this operator, or not at this size; says why."""


@dataclass(frozen=True)
class Baseline:
    """A method: how it applies an operator to a function, given the direction v, and the size of the program."""

    apply: Callable[[Operator, Array, Function], Function]
    copies: Callable[[Cell], int]


def repeated(transform: Transform, times: int, function: Function) -> Function:
    """The transform applied several times."""
    for _ in range(times):
        function = transform(function)
    return function


# --- nested reverse mode


def reverse_loop(operator: Operator, v: Array, function: Function) -> Function:
    """grad of grad, the coordinates one after the other, as PINN libraries do it."""
    match operator:
        case Directional(order=order):
            return repeated(lambda f: lambda x: jnp.dot(jax.grad(f)(x), v), order, function)
        case Laplacian(power=power):
            return repeated(_laplacian_by_loop, power, function)


def reverse_vmap(operator: Operator, v: Array, function: Function) -> Function:
    """grad of grad, the coordinates as a batch."""
    match operator:
        case Directional():
            raise Inapplicable("the same as the loop")
        case Laplacian(power=power):
            return repeated(lambda f: lambda x: jnp.trace(jax.jacrev(jax.grad(f))(x)), power, function)


def _laplacian_by_loop(function: Function) -> Function:
    def value(x: Array) -> Array:
        seconds = [jax.grad(lambda y, i=i: jax.grad(function)(y)[i])(x)[i] for i in range(x.size)]
        return sum(seconds[1:], seconds[0])

    return value


# --- forward over forward


def forward(operator: Operator, v: Array, function: Function) -> Function:
    """jvp of jvp, the coordinates as a batch."""
    match operator:
        case Directional(order=order):
            return repeated(lambda f: _along(f, v), order, function)
        case Laplacian(power=power):
            return repeated(_laplacian_by_jvp, power, function)


def _along(function: Function, v: Array) -> Function:
    return lambda x: jax.jvp(function, (x,), (v,))[1]


def _laplacian_by_jvp(function: Function) -> Function:
    def value(x: Array) -> Array:
        second = lambda axis: _along(_along(function, axis), axis)(x)
        return jnp.sum(jax.vmap(second)(jnp.eye(x.size, dtype=x.dtype)))

    return value


# --- jax.experimental.jet


def taylor(operator: Operator, v: Array, function: Function) -> Function:
    """`jax.experimental.jet` along v, or along the directions whose powers add up to the operator, as a batch."""
    match operator:
        case Directional(order=order):
            return lambda x: _coefficient(function, x, v, order)
        case Laplacian(power=1):
            return lambda x: jnp.sum(_batch(function, x, jnp.eye(x.size, dtype=x.dtype), 2))
        case Laplacian(power=2):
            return lambda x: _biharmonic(function, x)
        case Laplacian():
            raise Inapplicable("no polarisation written")


def _coefficient(function: Function, x: Array, v: Array, order: int) -> Array:
    """The derivative of the given order along v."""
    zeros = [jnp.zeros_like(v)] * (order - 1)
    return jet.jet(function, (x,), ((v, *zeros),))[1][order - 1]


def _batch(function: Function, x: Array, directions: Array, order: int) -> Array:
    return jax.vmap(lambda v: _coefficient(function, x, v, order))(directions)


def _biharmonic(function: Function, x: Array) -> Array:
    """Δ² from fourth derivatives: 12 ∂_i²∂_j² = ∂_{i+j}⁴ + ∂_{i-j}⁴ - 2 ∂_i⁴ - 2 ∂_j⁴."""
    axes = jnp.eye(x.size, dtype=x.dtype)
    pairs = list(itertools.combinations(range(x.size), 2))
    mixed = [axes[i] + sign * axes[j] for i, j in pairs for sign in (1, -1)]
    fourth = _batch(function, x, jnp.stack([*axes, *mixed]), 4)
    return (1 - (x.size - 1) / 3) * jnp.sum(fourth[: x.size]) + jnp.sum(fourth[x.size :]) / 6


# --- folx


def forward_laplacian(operator: Operator, v: Array, function: Function) -> Function:
    """folx, whose only operator is the Laplacian (Li et al. 2024)."""
    match operator:
        case Directional():
            raise Inapplicable("no such operator")
        case Laplacian(power=power):
            return repeated(lambda f: lambda x: folx.forward_laplacian(f)(x).laplacian, power, function)


def _laps(cell: Cell) -> int:
    """How often a loop over the coordinates, or nested ones, run."""
    return cell.dim**cell.operator.power if isinstance(cell.operator, Laplacian) else 1


BASELINES = {
    "reverse_loop": Baseline(reverse_loop, lambda cell: _laps(cell) * 3**cell.operator.order),
    "reverse_vmap": Baseline(reverse_vmap, lambda cell: 3**cell.operator.order),
    "forward": Baseline(forward, lambda cell: 2**cell.operator.order),
    "jet": Baseline(taylor, lambda cell: cell.operator.order + 1),
    "folx": Baseline(forward_laplacian, lambda cell: cell.operator.order + 1),
}
