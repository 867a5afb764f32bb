"""The network of sines (Sitzmann et al. 2020)."""

import itertools
from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import PRNGKeyArray

from pinn import jets, schema
from pinn.jets import Jet, frames
from pinn.networks import layers
from pinn.networks.inputs import Embedding, Inputs
from pinn.networks.layers import Layer


class Siren(eqx.Module):
    """x ↦ W_n sin(ω(… sin(ω(W_1 x + b_1)) …)) + b_n."""

    layers: tuple[Layer, ...]
    frequency: float = eqx.field(static=True)


def build(said: schema.Siren, inputs: Inputs, outputs: int, key: PRNGKeyArray, dtype: str) -> Siren:
    """A network with uniform weights, in ±1/inputs in the first layer and ±√(6/inputs)/ω after (section 3.2)."""
    built = []
    for i, (fan_in, fan_out) in enumerate(itertools.pairwise((inputs.width, *said.hidden, outputs))):
        most = 1 / fan_in if i == 0 else (6 / fan_in) ** 0.5 / said.frequency
        first, second = jr.split(jr.fold_in(key, i))
        size = jnp.asarray(most, dtype)
        weights = jr.uniform(first, (fan_out, fan_in), dtype, -size, size)
        phases = jr.uniform(second, (fan_out,), dtype, -1, 1) * fan_in**-0.5
        built.append(Layer(weights, phases if i < len(said.hidden) else jnp.zeros((fan_out,), dtype)))
    return Siren(tuple(built), said.frequency)


def embeddings(network: Siren, inputs: Inputs) -> tuple[Embedding, ...]:
    """See `pinn.networks.embeddings`."""
    del network
    return (inputs,)


def forward(series: Sequence[Siren], inputs: Jet) -> Jet:
    """The outputs at a point; see `pinn.networks.forward`."""
    first, *deeper = zip(*(network.layers for network in series), strict=True)

    def rest(reached: Jet) -> Jet:
        for layer in deeper:
            reached = layers.forward(layer, jets.FUNCTIONS["sin"](reached * series[0].frequency))
        return reached

    return frames.through(inputs, lambda x: layers.forward(first, x), rest)
