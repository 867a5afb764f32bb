"""Steps along a Taylor curve θ(s) = θ + Σ_k p_k s^k/k! whose p_k all come from one damped factor.

How far the series reaches is read off its own terms, and shorter reaches are tried before a factor is thrown away.
"""

from math import factorial

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from pinn.optimizers.protocol import Vector

REACH = 0.5
"""The last term of the series may be this large, relative to the first."""

REACHES = 3
"""How many lengths along a curve are tried, each half of the one before."""

GAIN = 1e-3
"""A step is taken if the loss falls by this share of what the linear model predicts."""

GOOD = 0.5
"""The damping falls after a whole step with at least this share."""

FALL, RISE, JUMP = 0.2, 2.0, 4.0
"""Factors of the damping: after a good whole step, after one cut short, after a factor without any step."""

FACTORS = 25
"""Factors without a step before the stage ends: the damping has then grown by 10^15."""

FLOOR = 1e-12
"""The damping stays above this share of the rounding of the normal matrix."""

Series = Float[Array, "order n"]


def reach(series: Series) -> Float[Array, ""]:
    """How far the curve is trusted: to s = 1, or to where the last term is a share `REACH` of the first."""
    order = len(series)
    first, last = jnp.linalg.norm(series[0]), jnp.linalg.norm(series[-1]) / factorial(order)
    if order == 1:
        return jnp.where(jnp.isfinite(first), 1.0, jnp.nan).astype(first.dtype)
    return jnp.minimum(1, (REACH * first / last) ** (1 / (order - 1)))


def change(series: Series, s: Float[Array, ""]) -> Vector:
    """θ(s) - θ."""
    return sum((p * (s**k / factorial(k)) for k, p in enumerate(series, 1)), jnp.zeros_like(series[0]))


def tangent(series: Series, s: Float[Array, ""]) -> Vector:
    """dθ/ds at s."""
    return sum((p * (s**k / factorial(k)) for k, p in enumerate(series)), jnp.zeros_like(series[0]))


def damping_factor(accepted: Bool[Array, ""], s: Float[Array, ""], gain: Float[Array, ""]) -> Float[Array, ""]:
    """What the damping is multiplied by after a trial at s."""
    after = jnp.where((s >= 1) & (gain > GOOD), FALL, jnp.where(s > 0.5, 1, RISE))
    return jnp.where(accepted, after, JUMP)
