"""A fully connected network of cosines and sines of the coordinates (Tancik et al. 2020)."""

from collections.abc import Sequence

import equinox as eqx
import numpy as np
from jaxtyping import PRNGKeyArray

from pinn import schema
from pinn.jets import Jet
from pinn.networks import inputs as reading
from pinn.networks import mlp
from pinn.networks.inputs import Embedding, Inputs, Waves
from pinn.networks.mlp import Mlp


class Fourier(eqx.Module):
    """x ↦ N(x, cos πBx, sin πBx): with x, so that whole numbers in B do not make all of it periodic."""

    behind: Mlp
    periods: tuple[tuple[float, ...], ...] = eqx.field(static=True)
    """B: how many periods over the width of the domain each wave has along each coordinate; not trained."""


def build(said: schema.Fourier, inputs: Inputs, outputs: int, key: PRNGKeyArray, dtype: str) -> Fourier:
    """A network with freshly drawn weights, and frequencies that only the config decides."""
    given = reading.drawn(said.features, said.scale, said.seed, inputs)
    if said.frequencies is not None:
        given = tuple(row for one in said.frequencies for row in _rows(one, inputs.count))
    entering = 2 * len(given) + len(inputs.plain)
    return Fourier(mlp.of_widths(said, (entering, *said.hidden, outputs), key, dtype), given)


def embeddings(network: Fourier, inputs: Inputs) -> tuple[Embedding, ...]:
    """See `pinn.networks.embeddings`."""
    return (Waves(inputs, network.periods, with_plain=True),)


def forward(series: Sequence[Fourier], features: Jet) -> Jet:
    """The outputs at a point; see `pinn.networks.forward`."""
    return mlp.forward([network.behind for network in series], features)


def _rows(said: float | list[float], count: int) -> list[tuple[float, ...]]:
    """A frequency vector, or one along each coordinate."""
    return [tuple(said)] if isinstance(said, list) else [tuple(row) for row in (said * np.eye(count)).tolist()]
