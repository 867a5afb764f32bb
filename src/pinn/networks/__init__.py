"""Trainable functions from coordinates to outputs, evaluated on jets.

To add a network: say it in `pinn.architectures`, count it in `pinn.config.layouts`, write its module here, and name it
below.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, assert_never

import equinox as eqx
from jaxtyping import PRNGKeyArray

from pinn import jets, schema
from pinn.jets import Jet
from pinn.networks import fourier, kan, mlp, modified_mlp, pirate, separable, siren
from pinn.networks.inputs import Embedding, Inputs
from pinn.networks.layers import activated

_KINDS: Mapping[type, Any] = {
    mlp.Mlp: mlp,
    fourier.Fourier: fourier,
    siren.Siren: siren,
    modified_mlp.ModifiedMlp: modified_mlp,
    pirate.Pirate: pirate,
    kan.Kan: kan,
    separable.Separable: separable,
}


class Network(eqx.Module):
    """A trainable function, what it reads, and what is applied to its outputs."""

    function: Any
    """What the module of its kind has built."""
    inputs: Inputs = eqx.field(static=True)
    output_activation: str = eqx.field(static=True)


class Joined(eqx.Module):
    """Several networks with inputs of their own, and the outputs of all of them one after the other."""

    parts: tuple[Network, ...]


def joined(parts: Sequence[Network]) -> Network:
    """One network from several; a single one stays as it is."""
    return parts[0] if len(parts) == 1 else Network(Joined(tuple(parts)), Inputs((), ()), "identity")


def parts(network: Network) -> tuple[Network, ...]:
    """The networks that one is made of."""
    return network.function.parts if isinstance(network.function, Joined) else (network,)


def build(said: schema.Network, inputs: Inputs, outputs: int, key: PRNGKeyArray, dtype: str) -> Network:
    """A network with freshly drawn weights."""
    return Network(_drawn(said, inputs, outputs, key, dtype), inputs, said.output_activation)


def _drawn(said: schema.Network, inputs: Inputs, outputs: int, key: PRNGKeyArray, dtype: str) -> eqx.Module:
    match said:
        case schema.Mlp():
            return mlp.build(said, inputs, outputs, key, dtype)
        case schema.Fourier():
            return fourier.build(said, inputs, outputs, key, dtype)
        case schema.Siren():
            return siren.build(said, inputs, outputs, key, dtype)
        case schema.ModifiedMlp():
            return modified_mlp.build(said, inputs, outputs, key, dtype)
        case schema.Pirate():
            return pirate.build(said, inputs, outputs, key, dtype)
        case schema.Kan():
            return kan.build(said, inputs, outputs, key, dtype)
        case schema.Separable():
            return separable.build(said, inputs, outputs, key, dtype)
        case _:
            assert_never(said)


def embeddings(network: Network) -> tuple[Embedding, ...]:
    """What the first layers read; of a network that is made of several, what all of them do."""
    if isinstance(network.function, Joined):
        return tuple(found for part in network.function.parts for found in embeddings(part))
    return _KINDS[type(network.function)].embeddings(network.function, network.inputs)


def forward(series: Sequence[Network], embedded: Callable[[Embedding], Jet]) -> Jet:
    """The outputs, shape `(outputs,)`, at a point of which `embedded` says what the first layers read.

    `series` holds the Taylor coefficients of what is trained along a curve; a single network is a curve of order 0.
    """
    first = series[0]
    if isinstance(first.function, Joined):
        count = range(len(first.function.parts))
        return jets.concatenate([forward([network.function.parts[i] for network in series], embedded) for i in count])
    kind, read = _KINDS[type(first.function)], map(embedded, embeddings(first))
    return activated(first.output_activation, kind.forward([network.function for network in series], *read))


__all__ = ["Embedding", "Inputs", "Network", "build", "embeddings", "forward", "joined", "parts"]
