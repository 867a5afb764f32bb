"""Steps along a Taylor curve θ(s) = θ + Σ_k p_k s^k whose p_k all come from one damped factor.

How far the series reaches is read off its own terms, and shorter reaches are tried before a factor is thrown away for
one with more damping. Which series it is, and which reach is good, each method says itself.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from pinn.optimizers.normal_equations import Equations, Factor
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

Series = tuple[Vector, ...]
"""p_1, p_2, …, each an array of its own: what is done to all of them alike is then compiled once."""


class Trial(NamedTuple):
    """What one factor has led to: a change of the parameters with what was found there, its reach and gain."""

    accepted: Bool[Array, ""]
    found: Any
    change: Vector
    reach: Float[Array, ""]
    gain: Float[Array, ""]

    @classmethod
    def none(cls, y: Vector, found: Any) -> "Trial":
        """Nothing, in the shape of what would be found."""
        zero = jnp.zeros((), y.dtype)
        return cls(jnp.array(False), jax.tree.map(jnp.zeros_like, found), jnp.zeros_like(y), zero, zero)


def search(
    equations: Equations, damping: Float[Array, ""], attempt: Callable[[Factor], Trial], none: Trial
) -> tuple[Float[Array, ""], Trial]:
    """Raise the damping until the attempt with its factor is accepted, or give up; the damping after it."""
    floor = jnp.finfo(damping.dtype).eps * equations.scale * FLOOR

    def body(carried: tuple[Array, Array, Trial]) -> tuple[Array, Array, Trial]:
        count, damping, _ = carried
        trial = attempt(equations.damped(damping))
        rise = damping_factor(trial.accepted, trial.reach, trial.gain)
        return count + 1, jnp.maximum(damping * rise, floor), trial

    going = lambda carried: ~carried[2].accepted & (carried[0] < FACTORS)
    return jax.lax.while_loop(going, body, (jnp.array(0), damping, none))[1:]


def along(
    series: Series,
    longest: Float[Array, ""],
    judge: Callable[[Vector, Array], tuple[Bool[Array, ""], Any, Float[Array, ""]]],
    none: Trial,
) -> Trial:
    """The first of some reaches, from the longest on, that is accepted.

    `judge` takes a change of the parameters and its reach, and gives whether it is accepted, what was found there, and
    the gain. A reach that is not finite is not tried.
    """

    def body(carried: tuple[Array, Trial]) -> tuple[Array, Trial]:
        count, _ = carried
        s = longest * 0.5**count
        step = change(series, s)
        accepted, found, gain = judge(step, s)
        return count + 1, Trial(accepted, found, step, s, gain)

    begin = (jnp.where(jnp.isfinite(longest), 0, REACHES), none)
    going = lambda carried: ~carried[1].accepted & (carried[0] < REACHES)
    return jax.lax.while_loop(going, body, begin)[1]


def continued(first: Vector, order: int, factor: Factor, curve: Callable[[Sequence[Vector | None]], Array]) -> Series:
    """p_1, …, p_order from the first and from the rows' Taylor coefficients along the curve so far.

    One program to the highest order serves for all, since its compilation takes longest. The last vector is not on the
    curve whose derivatives give it: that it is zero there is known to the program. Where the rows have no such
    derivatives, at a kink or a root of zero, what is left is the straight line.
    """
    begun = (first, *(jnp.zeros_like(first) for _ in range(1, order)))
    if order == 1:
        return begun

    def following(k: Array, series: Series) -> Series:
        new = factor.step(curve([*series[:-1], None])[k + 1])
        return tuple(jnp.where(k == place, new, p) for place, p in enumerate(series))

    found = jax.lax.fori_loop(1, order, following, begun)
    is_curve = jnp.isfinite(sum(jnp.sum(p) for p in found))
    return (first, *(jnp.where(is_curve, p, 0.0) for p in found[1:]))


def reach(series: Series) -> Float[Array, ""]:
    """How far the curve is trusted: to s = 1, or to where the last term is a share `REACH` of the first."""
    order = len(series)
    first, last = jnp.linalg.norm(series[0]), jnp.linalg.norm(series[-1])
    if order == 1:
        return jnp.where(jnp.isfinite(first), 1.0, jnp.nan).astype(first.dtype)
    return jnp.minimum(1, (REACH * first / last) ** (1 / (order - 1)))


def change(series: Series, s: Float[Array, ""]) -> Vector:
    """θ(s) - θ."""
    return sum((p * s**k for k, p in enumerate(series, 1)), jnp.zeros_like(series[0]))


def tangent(series: Series, s: Float[Array, ""]) -> Vector:
    """dθ/ds at s."""
    return sum((p * (k * s ** (k - 1)) for k, p in enumerate(series, 1)), jnp.zeros_like(series[0]))


def damping_factor(accepted: Bool[Array, ""], s: Float[Array, ""], gain: Float[Array, ""]) -> Float[Array, ""]:
    """What the damping is multiplied by after a trial at s."""
    after = jnp.where((s >= 1) & (gain > GOOD), FALL, jnp.where(s > 0.5, 1, RISE))
    return jnp.where(accepted, after, JUMP)
