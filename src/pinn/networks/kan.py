"""The Kolmogorov–Arnold network of Chebyshev polynomials (Liu et al. 2024; SS, AR, R & KP 2024)."""

import itertools
from collections.abc import Sequence

import equinox as eqx
import jax.random as jr
from jaxtyping import PRNGKeyArray

from pinn import jets, schema
from pinn.jets import Jet
from pinn.networks import layers
from pinn.networks.inputs import Embedding, Inputs
from pinn.networks.layers import Layer


class Kan(eqx.Module):
    """Each layer is y_o = b_o + Σ_ik c_oik T_k(tanh x_i), k from 1 to the degree: a function on every edge."""

    layers: tuple[Layer, ...]
    """Their inputs are T_1 of all x, then T_2 of all, and so on."""
    degree: int = eqx.field(static=True)


def build(said: schema.Kan, inputs: Inputs, outputs: int, key: PRNGKeyArray, dtype: str) -> Kan:
    """A network with freshly drawn coefficients, and constants of zero."""
    pairs = enumerate(itertools.pairwise((inputs.width, *said.hidden, outputs)))
    built = [layers.build(jr.fold_in(key, i), said.degree * a, b, dtype) for i, (a, b) in pairs]
    return Kan(tuple(built), said.degree)


def embeddings(network: Kan, inputs: Inputs) -> tuple[Embedding, ...]:
    """See `pinn.networks.embeddings`."""
    del network
    return (inputs,)


def forward(series: Sequence[Kan], hidden: Jet) -> Jet:
    """The outputs at a point; see `pinn.networks.forward`."""
    for layer in zip(*(network.layers for network in series), strict=True):
        hidden = layers.forward(layer, _polynomials(jets.FUNCTIONS["tanh"](hidden), series[0].degree))
    return hidden


def _polynomials(x: Jet, degree: int) -> Jet:
    """T_1 to T_degree of every component, by T_(k+1) = 2 x T_k - T_(k-1)."""
    found = [x]
    for k in range(1, degree):
        found.append(x.square() * 2 - 1 if k == 1 else x * found[-1] * 2 - found[-2])
    return jets.concatenate(found)
