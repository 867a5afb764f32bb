"""What is trained, and what every name of an expression stands for: networks with their inputs, and parameters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import log, pi, prod

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Float

from pinn import jets, networks
from pinn.compiler.plan import VALUE
from pinn.config import Config, FittedParameter, FixedParameter
from pinn.expressions import Expression
from pinn.geometry import Domain
from pinn.jets import Jet
from pinn.networks import Network

Constants = Mapping[str, Array]
"""Values of the fixed parameters; arguments of every compiled program."""


class Model(eqx.Module):
    """All that is trained."""

    network: Network
    fitted: dict[str, Float[Array, ""]]
    """Fitted parameters in the coordinate in which they are unbounded and of size one."""


@dataclass(frozen=True)
class FieldsOf:
    """The fields of a config along a curve of models: Taylor coefficients `series`, a single model for order 0."""

    domain: Domain
    unknowns: tuple[str, ...]
    ansatz: Mapping[str, Expression]
    parameters: Mapping[str, FittedParameter]
    series: Sequence[Model]
    constants: Constants

    @classmethod
    def of(cls, config: Config, series: Sequence[Model], constants: Constants) -> "FieldsOf":
        return cls(config.domain, config.unknowns, config.ansatz, fitted(config), series, constants)

    @property
    def order(self) -> int:
        return len(self.series) - 1

    def raw(self, point: Jet) -> dict[str, Jet]:
        """The network's output for each unknown, scalars, at a point: a vector of coordinates."""
        outputs = networks.forward([model.network for model in self.series], features(self.domain, point))
        return {name: outputs[i] for i, name in enumerate(self.unknowns)}

    def parameter(self, name: str) -> tuple[Array, ...]:
        """Taylor coefficients of a parameter's value along the curve."""
        if name in self.constants:
            value = self.constants[name]
            return (value, *(jnp.zeros_like(value) for _ in range(self.order)))
        free = jets.from_series(VALUE, [model.fitted[name] for model in self.series])
        return _bounded(self.parameters[name], free).series()


def features(domain: Domain, point: Jet) -> Jet:
    """The network's inputs: coordinates brought to [-1, 1]; a periodic one as cosine and sine of its angle."""
    middles, halves = np.asarray(domain.scales, point.value.dtype).T
    units = (point - middles) * (1 / halves)
    if not domain.periodic:
        return units
    angular = np.array(sorted(domain.periodic))
    plain = np.array([i for i in range(len(domain.coordinates)) if i not in domain.periodic], int)
    angles = units.map_arrays(lambda array: array[..., angular]) * pi
    parts = [jets.FUNCTIONS["cos"](angles), jets.FUNCTIONS["sin"](angles)]
    if plain.size:
        parts.append(units.map_arrays(lambda array: array[..., plain]))
    order = np.argsort(np.concatenate([angular, angular, plain]), kind="stable")
    return jets.concatenate(parts).map_arrays(lambda array: array[..., order])


def fitted(config: Config) -> dict[str, FittedParameter]:
    """The parameters that are trained, by name."""
    return {name: p for name, p in config.parameters.items() if isinstance(p, FittedParameter)}


def constants(config: Config) -> dict[str, Array]:
    """The values of the fixed parameters, in the config's precision."""
    fixed = {name: p for name, p in config.parameters.items() if isinstance(p, FixedParameter)}
    return {name: jnp.asarray(p.value, config.document.precision) for name, p in fixed.items()}


def initial(config: Config, seed: Array) -> Model:
    """A freshly drawn model; `seed` may be traced, so that one program serves every seed."""
    inputs = len(config.domain.coordinates) + len(config.domain.periodic)
    dtype = config.document.precision
    network = networks.build(config.document.network, inputs, len(config.unknowns), jr.key(seed), dtype)
    start = {name: jnp.asarray(_unbounded(p), dtype) for name, p in fitted(config).items()}
    return Model(network, start)


def unraveling(config: Config) -> tuple[int, Callable[[Float[Array, " n"]], Model]]:
    """The number of trained numbers, and the function that makes a model of a flat vector of them."""
    shapes, structure = jax.tree.flatten(jax.eval_shape(lambda seed: initial(config, seed), np.uint32(0)))
    ends = list(accumulate(prod(leaf.shape) for leaf in shapes))

    def unravel(theta: Float[Array, " n"]) -> Model:
        parts = (
            theta[end - prod(leaf.shape) : end].reshape(leaf.shape) for leaf, end in zip(shapes, ends, strict=True)
        )
        return jax.tree.unflatten(structure, list(parts))

    return ends[-1], unravel


def ravel(model: Model) -> Float[Array, " n"]:
    """The trained numbers of a model as one vector."""
    return jnp.concatenate([leaf.ravel() for leaf in jax.tree.leaves(model)])


def _bounded(said: FittedParameter, free: Jet) -> Jet:
    """From the trained coordinate of a parameter to its value."""
    if said.bounds is not None:
        low, high = said.bounds
        return jets.FUNCTIONS["sigmoid"](free) * (high - low) + low
    return jets.FUNCTIONS["exp"](free) * said.scale if said.positive else free * said.scale


def _unbounded(said: FittedParameter) -> float:
    """From a parameter's initial value to its trained coordinate."""
    if said.bounds is not None:
        low, high = said.bounds
        return log((said.initial - low) / (high - said.initial))
    return log(said.initial / said.scale) if said.positive else said.initial / said.scale
