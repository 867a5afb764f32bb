"""The fully connected network with gates (Wang, Teng & Perdikaris 2021, equations 40 to 45)."""

import itertools
from collections.abc import Sequence

import equinox as eqx
import jax.random as jr
from jaxtyping import PRNGKeyArray

from pinn import schema
from pinn.jets import Jet
from pinn.networks import layers
from pinn.networks.inputs import Embedding, Inputs
from pinn.networks.layers import Layer, activated


class ModifiedMlp(eqx.Module):
    """Every hidden layer Z passes on (1 - Z) U + Z V, with U and V made of the inputs."""

    gates: tuple[Layer, Layer]
    layers: tuple[Layer, ...]
    activation: str = eqx.field(static=True)


def build(said: schema.ModifiedMlp, inputs: Inputs, outputs: int, key: PRNGKeyArray, dtype: str) -> ModifiedMlp:
    """A network with freshly drawn weights, and biases of zero."""
    entering, width = inputs.width, said.hidden[0]
    pairs = [(entering, width)] * 2 + [*itertools.pairwise((entering, *said.hidden, outputs))]
    u, v, *built = [layers.build(jr.fold_in(key, i), *pair, dtype, said.initial) for i, pair in enumerate(pairs)]
    return ModifiedMlp((u, v), tuple(built), said.activation)


def embeddings(network: ModifiedMlp, inputs: Inputs) -> tuple[Embedding, ...]:
    """See `pinn.networks.embeddings`."""
    del network
    return (inputs,)


def forward(series: Sequence[ModifiedMlp], hidden: Jet) -> Jet:
    """The outputs at a point; see `pinn.networks.forward`."""
    name = series[0].activation
    gates = zip(*(network.gates for network in series), strict=True)
    u, v = (activated(name, layers.forward(gate, hidden)) for gate in gates)
    *before, last = zip(*(network.layers for network in series), strict=True)
    for layer in before:
        hidden = u + activated(name, layers.forward(layer, hidden)) * (v - u)
    return layers.forward(last, hidden)
