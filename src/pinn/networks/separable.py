"""Sums of products of functions of one coordinate each (Cho et al. 2023)."""

from collections.abc import Sequence
from functools import reduce
from operator import mul

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import PRNGKeyArray

from pinn import schema
from pinn.jets import Jet
from pinn.networks import mlp
from pinn.networks.inputs import Embedding, Inputs
from pinn.networks.mlp import Mlp


class Separable(eqx.Module):
    """x ↦ Σ_r Π_i N_i(x_i)_r for each output."""

    factors: tuple[Mlp, ...]
    rank: int = eqx.field(static=True)


def build(said: schema.Separable, inputs: Inputs, outputs: int, key: PRNGKeyArray, dtype: str) -> Separable:
    """A network with freshly drawn weights; the last biases are one, so that no product begins small."""
    built = []
    for i in range(inputs.count):
        factor = mlp.of_widths(
            said, (inputs.only(i).width, *said.hidden, said.rank * outputs), jr.fold_in(key, i), dtype
        )
        built.append(eqx.tree_at(lambda n: n.biases[-1], factor, jnp.ones_like(factor.biases[-1])))
    return Separable(tuple(built), said.rank)


def embeddings(network: Separable, inputs: Inputs) -> tuple[Embedding, ...]:
    """See `pinn.networks.embeddings`."""
    return tuple(inputs.only(i) for i in range(len(network.factors)))


def forward(series: Sequence[Separable], *along: Jet) -> Jet:
    """The outputs at a point; see `pinn.networks.forward`."""
    factors = zip(*(network.factors for network in series), strict=True)
    values = [mlp.forward(factor, features) for factor, features in zip(factors, along, strict=True)]
    product, rank = reduce(mul, values), series[0].rank
    return product.map_arrays(lambda array: array.reshape(*array.shape[:-1], -1, rank).sum(-1))
