"""Bessel functions by other integrals than those of the jets, for what is differentiated numerically by nesting.

Bessel's is the mean of cos(n t - x sin t); Poisson's (x/2)^n/n! times a mean of cos(x cos t), for I_n of e^(x cos t),
with weights as sin(t)^(2n). The first keeps its digits where x is large, the second where values are small.
(Watson, A Treatise on the Theory of Bessel Functions, §§ 2.2, 3.3, 3.71.)
"""

from collections.abc import Callable
from math import exp, lgamma

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from pinn.expressions.bessel import REACH

_ANGLES = (np.arange(256) + 0.5) * (np.pi / 256)
_TURN = 0.75
"""|x|/n at which both integrals have eight digits at n = 100, and more for others."""


def besselj(order: int, x: Array) -> Array:
    """J_n of numbers of any shape; nan where |x| > `REACH`."""
    angles = jnp.asarray(_ANGLES, x.dtype)
    small = _poisson(order, x, jnp.cos)
    large = jnp.mean(jnp.cos(order * angles - x[..., None] * jnp.sin(angles)), axis=-1)
    return _within(jnp.where(jnp.abs(x) < _TURN * order, small, large), x)


def besseli(order: int, x: Array) -> Array:
    """I_n of numbers of any shape; nan where |x| > `REACH`."""
    return _within(_poisson(order, x, jnp.exp), x)


BESSEL: dict[str, Callable[[int, Array], Array]] = {"besselj": besselj, "besseli": besseli}


def _poisson(order: int, x: Array, function: Callable[[Array], Array]) -> Array:
    weights = np.sin(_ANGLES) ** (2 * order)
    values = function(x[..., None] * jnp.asarray(np.cos(_ANGLES), x.dtype))
    mean = jnp.sum(values * jnp.asarray(weights / weights.sum(), x.dtype), axis=-1)
    return mean * (x * (0.5 * exp(-lgamma(order + 1) / max(order, 1)))) ** order


def _within(value: Array, x: Array) -> Array:
    return jnp.where(jnp.abs(x) <= REACH, value, jnp.nan)
