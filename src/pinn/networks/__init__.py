"""Trainable functions from features to outputs, evaluated on jets.

To add a network: say it in `pinn.schema`, write its module here, add a case to `build` and `forward`.
"""

from collections.abc import Sequence

from jaxtyping import PRNGKeyArray

from pinn import schema
from pinn.jets import Jet
from pinn.networks import mlp

Network = mlp.Mlp


def build(said: schema.Network, inputs: int, outputs: int, key: PRNGKeyArray, dtype: str) -> Network:
    """A network with freshly drawn weights."""
    return mlp.build(said, inputs, outputs, key, dtype)


def forward(series: Sequence[Network], features: Jet) -> Jet:
    """The outputs, shape `(outputs,)`, for features of shape `(inputs,)`.

    `series` holds the Taylor coefficients of the weights along a curve; a single network is a curve of order 0.
    """
    return mlp.forward(series, features)


__all__ = ["Network", "build", "forward"]
