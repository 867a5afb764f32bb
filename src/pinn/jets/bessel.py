"""Bessel functions of jets, by the means over a circle that `pinn.expressions.bessel` explains."""

from collections.abc import Callable
from functools import cache

import jax
import jax.numpy as jnp
from jaxtyping import Array

from pinn.expressions.bessel import REACH, SIGNS, angles
from pinn.jets.composition import differentiable
from pinn.jets.jet import Jet
from pinn.jets.towers import differentiated
from pinn.jets.trigonometry import sine_and_cosine


@cache
def bessel(name: str, order: int) -> Callable[[Jet], Jet]:
    """J_n (`besselj`) or I_n (`besseli`) of a jet, n from 0 up; nan where |x| > `REACH`."""
    return differentiable(lambda x: differentiated(x, _derivatives(SIGNS[name], order, x.value)))


def _derivatives(sign: int, order: int, x: Array) -> Callable[[int], Array]:
    """The k-th derivative at x, as the mean of w^k e^(xw) z^(-n)."""
    cosines, sines, turns = (jnp.asarray(column, x.dtype) for column in zip(*angles(order), strict=True))
    near = jax.lax.stop_gradient(jnp.maximum(jnp.abs(x), 1.0))[..., None]  # no value depends on the circle
    radius = jnp.maximum((order + jnp.sqrt(jnp.maximum(order * order + sign * near * near, 0.0))) / near, 1.0)
    along, across = cosines * (radius + sign / radius) / 2, sines * (radius - sign / radius) / 2
    size = jnp.exp(x[..., None] * along - order * jnp.log(radius))
    sine, cosine = sine_and_cosine(x[..., None] * across - turns)

    def derivative(level: int) -> Array:
        real, imaginary = size * cosine, size * sine
        for _ in range(level):
            real, imaginary = along * real - across * imaginary, across * real + along * imaginary
        return jnp.where(jnp.abs(x) <= REACH, jnp.mean(real, axis=-1), jnp.nan)

    return derivative
