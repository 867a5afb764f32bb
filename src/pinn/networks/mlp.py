"""The fully connected network."""

import itertools
from collections.abc import Sequence

import equinox as eqx
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from pinn import schema
from pinn.jets import Jet, frames
from pinn.networks import layers
from pinn.networks.inputs import Embedding, Inputs
from pinn.networks.layers import Layer, activated


class Mlp(eqx.Module):
    """x ↦ W_n a(… a(W_1 x + b_1) …) + b_n, with an activation between the layers."""

    weights: tuple[Float[Array, "fan_out fan_in"], ...]
    biases: tuple[Float[Array, " fan_out"], ...]
    activation: str = eqx.field(static=True)


def build(said: schema.Activated, inputs: Inputs, outputs: int, key: PRNGKeyArray, dtype: str) -> Mlp:
    """A network with freshly drawn weights, and biases of zero."""
    return of_widths(said, (inputs.width, *said.hidden, outputs), key, dtype)


def of_widths(said: schema.Activated, widths: Sequence[int], key: PRNGKeyArray, dtype: str) -> Mlp:
    """A network with layers of these widths, the inputs first."""
    pairs = enumerate(itertools.pairwise(widths))
    drawn = [layers.build(jr.fold_in(key, i), *pair, dtype, said.initial) for i, pair in pairs]
    return Mlp(tuple(layer.weights for layer in drawn), tuple(layer.biases for layer in drawn), said.activation)


def embeddings(network: Mlp, inputs: Inputs) -> tuple[Embedding, ...]:
    """See `pinn.networks.embeddings`."""
    del network
    return (inputs,)


def forward(series: Sequence[Mlp], inputs: Jet) -> Jet:
    """The outputs at a point; see `pinn.networks.forward`."""
    first, *deeper = (
        [Layer(network.weights[i], network.biases[i]) for network in series] for i in range(len(series[0].weights))
    )

    def rest(reached: Jet) -> Jet:
        for layer in deeper:
            reached = layers.forward(layer, activated(series[0].activation, reached))
        return reached

    return frames.through(inputs, lambda x: layers.forward(first, x), rest)
