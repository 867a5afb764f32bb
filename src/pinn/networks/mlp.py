"""The fully connected network."""

import itertools
from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from pinn import jets, schema
from pinn.jets import Jet


class Mlp(eqx.Module):
    """x ↦ W_n a(… a(W_1 x + b_1) …) + b_n, with an activation of its own on the outputs."""

    weights: tuple[Float[Array, "fan_out fan_in"], ...]
    biases: tuple[Float[Array, " fan_out"], ...]
    activation: str = eqx.field(static=True)
    output_activation: str = eqx.field(static=True)


def build(said: schema.Mlp, inputs: int, outputs: int, key: PRNGKeyArray, dtype: str) -> Mlp:
    """A network with zero biases and normal weights.

    Their variance is 2/(fan_in + fan_out) (Glorot & Bengio 2010) or 2/fan_in (He et al. 2015).
    """
    sizes = (inputs, *said.hidden, outputs)
    weights = []
    for layer, (fan_in, fan_out) in enumerate(itertools.pairwise(sizes)):
        spread = (2.0 / (fan_in + fan_out) if said.initial == "glorot" else 2.0 / fan_in) ** 0.5
        drawn = jr.normal(jr.fold_in(key, layer), (fan_out, fan_in), dtype)
        weights.append(drawn * jnp.asarray(spread, dtype))
    biases = tuple(jnp.zeros((width,), dtype) for width in sizes[1:])
    return Mlp(tuple(weights), biases, said.activation, said.output_activation)


def forward(series: Sequence[Mlp], features: Jet) -> Jet:
    """The outputs for a jet of features; see `pinn.networks.forward`."""
    depth = len(series[0].weights)
    hidden = features
    for layer in range(depth):
        weights = [network.weights[layer] for network in series]
        biases = [network.biases[layer] for network in series]
        hidden = jets.linear(hidden, weights, biases)
        name = series[0].activation if layer < depth - 1 else series[0].output_activation
        hidden = hidden if name == "identity" else jets.FUNCTIONS[name](hidden)
    return hidden
