"""The residual network that begins as a shallow one (PirateNets; Wang, Li, Chen & Perdikaris 2024, section 4)."""

import itertools
from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from pinn import jets, schema
from pinn.jets import Jet
from pinn.networks import inputs as reading
from pinn.networks import layers
from pinn.networks.inputs import Embedding, Inputs, Waves
from pinn.networks.layers import Layer, activated


class Pirate(eqx.Module):
    """x ↦ W x_n + b with x_0 the waves and x_(l+1) = α_l h_l + (1 - α_l) x_l, where h_l is three layers with gates."""

    gates: tuple[Layer, Layer]
    blocks: tuple[tuple[Layer, Layer, Layer], ...]
    last: Layer
    shares: Float[Array, " blocks"]
    """α, zero in the beginning, so that only the sums of waves are trained first."""
    periods: tuple[tuple[float, ...], ...] = eqx.field(static=True)
    """Frequencies of the waves, as `pinn.networks.fourier` has them."""
    activation: str = eqx.field(static=True)


def build(said: schema.Pirate, inputs: Inputs, outputs: int, key: PRNGKeyArray, dtype: str) -> Pirate:
    """A network with freshly drawn weights, biases and shares of zero, and waves that only the config decides."""
    width, count = said.hidden[0], len(said.hidden)
    fresh = (layers.build(jr.fold_in(key, i), width, width, dtype, said.initial) for i in itertools.count(1))
    gates = next(fresh), next(fresh)
    blocks = tuple((next(fresh), next(fresh), next(fresh)) for _ in range(count))
    last = layers.build(jr.fold_in(key, 0), width, outputs, dtype, said.initial)
    periods = reading.drawn(width // 2, said.scale, said.seed, inputs)
    return Pirate(gates, blocks, last, jnp.zeros((count,), dtype), periods, said.activation)


def embeddings(network: Pirate, inputs: Inputs) -> tuple[Embedding, ...]:
    """See `pinn.networks.embeddings`."""
    return (Waves(inputs, network.periods),)


def forward(series: Sequence[Pirate], hidden: Jet) -> Jet:
    """The outputs at a point; see `pinn.networks.forward`."""

    def applied(layer: Sequence[Layer], x: Jet) -> Jet:
        return activated(series[0].activation, layers.forward(layer, x))

    u, v = (applied(gate, hidden) for gate in zip(*(network.gates for network in series), strict=True))
    for i, block in enumerate(zip(*(network.blocks for network in series), strict=True)):
        *gated, last = zip(*block, strict=True)
        inner = hidden
        for layer in gated:
            inner = v + applied(layer, inner) * (u - v)
        shares = [None if network.shares is None else network.shares[i] for network in series]
        hidden = hidden + (applied(last, inner) - hidden) * jets.from_series(hidden.space, shares)
    return layers.forward([network.last for network in series], hidden)
