"""The layers that networks are made of: trained sums, along a curve of networks."""

from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from pinn import jets
from pinn.jets import Jet


class Layer(eqx.Module):
    """x ↦ W x + b."""

    weights: Float[Array, "fan_out fan_in"]
    biases: Float[Array, " fan_out"]


def build(key: PRNGKeyArray, fan_in: int, fan_out: int, dtype: str, initial: str = "glorot") -> Layer:
    """A layer with zero biases and normal weights.

    Their variance is 2/(fan_in + fan_out) (Glorot & Bengio 2010) or 2/fan_in (He et al. 2015).
    """
    spread = (2.0 / (fan_in + fan_out) if initial == "glorot" else 2.0 / fan_in) ** 0.5
    weights = jr.normal(key, (fan_out, fan_in), dtype) * jnp.asarray(spread, dtype)
    return Layer(weights, jnp.zeros((fan_out,), dtype))


def forward(series: Sequence[Layer], x: Jet) -> Jet:
    """The layer for a jet of inputs; `series` holds its Taylor coefficients along a curve."""
    return jets.linear(x, [layer.weights for layer in series], [layer.biases for layer in series])


def activated(name: str, x: Jet) -> Jet:
    """What a layer applies to its sums, by its name in a config."""
    match name:
        case "identity":
            return x
        case "swish":
            return x * jets.FUNCTIONS["sigmoid"](x)
        case "gelu":
            return x * (jets.FUNCTIONS["erf"](x * 0.5**0.5) + 1.0) * 0.5
        case _:
            return jets.FUNCTIONS[name](x)
