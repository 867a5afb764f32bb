"""What is trained, and what every name of an expression stands for: networks with their inputs, and parameters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import accumulate
from math import log, prod
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Float

from pinn import checkpoints, jets, networks, schema, splines
from pinn.arrays import unnamed
from pinn.compiler import Embedded
from pinn.compiler.plan import VALUE
from pinn.config import Config, FittedParameter, FixedParameter, Given, Grid, Solved
from pinn.config.blocks import blocks
from pinn.expressions import Expression
from pinn.geometry import Domain, Shell
from pinn.jets import Jet
from pinn.networks import Embedding, Inputs, Network
from pinn.splines import Spline


class Earlier(eqx.Module):
    """The networks of earlier stages, which are trained no more, in the sum N_1 + ε_2·N_2 + … with the present one."""

    networks: tuple[Network, ...]
    scales: tuple[Float[Array, ""], ...]
    """ε of each of them, and that of the present one."""


EARLIER = "earlier/"
"""Heads the names of the arrays of earlier networks, in checkpoints and solutions."""


class Model(eqx.Module):
    """All that is trained."""

    network: Network
    fitted: dict[str, Float[Array, ""]]
    """Fitted parameters in the coordinate in which they are unbounded and of size one."""


class Trained(eqx.Module):
    """The networks of an earlier run, as a given function of its coordinates."""

    network: Network
    earlier: Earlier | None
    scales: tuple[tuple[float, float], ...] = eqx.field(static=True)
    """Those of the domain of that run."""
    on_sphere: int = eqx.field(static=True)
    """How many of its coordinates, the first ones, are those of a point on a sphere."""

    def __call__(self, arguments: Sequence[Jet]) -> Jet:
        """The outputs for all unknowns of that run, a vector."""
        point = jets.concatenate([part.raised(1) for part in arguments])
        inside = _units(self.scales, self.on_sphere, point)
        return outputs([self.network, *_still(self.network, point.order)], self.earlier, lambda reads: reads(inside))


class Constants(eqx.Module):
    """All that is given: arguments of every compiled program."""

    parameters: Mapping[str, Array]
    """Values of the fixed parameters."""
    earlier: Earlier | None = None
    known: Mapping[str, Spline | Trained] = field(default_factory=dict)
    """Functions by the name that expressions have for them."""


Numbers = Mapping[str, Float[Array, " orders"]]
"""Integrals by name, each by its Taylor coefficients along a curve of models."""


@dataclass(frozen=True)
class FieldsOf:
    """The fields of a config along a curve of models: Taylor coefficients `series`, a single model for order 0."""

    domain: Domain
    unknowns: tuple[str, ...]
    ansatz: Mapping[str, Expression]
    parameters: Mapping[str, FittedParameter]
    series: Sequence[Model]
    constants: Constants
    numbers: Numbers = field(default_factory=dict)

    @classmethod
    def of(
        cls, config: Config, series: Sequence[Model], constants: Constants, numbers: Numbers | None = None
    ) -> "FieldsOf":
        return cls(config.domain, config.unknowns, config.ansatz, fitted(config), series, constants, numbers or {})

    @property
    def order(self) -> int:
        return len(self.series) - 1

    def raw(self, point: Jet, embedded: Sequence[Embedded] = ()) -> dict[str, Jet]:
        """The network's output for each unknown, scalars, at a point: a vector of coordinates."""
        inside, known = units(self.domain, point), {e.embedding: e.jet for e in embedded}

        def read(embedding: Embedding) -> Jet:
            if embedding not in known:
                known[embedding] = embedding(inside)
            return known[embedding]

        found = outputs([m.network for m in self.series], self.constants.earlier, read)
        return {name: found[i] for i, name in enumerate(self.unknowns)}

    def known(self, name: str, arguments: Sequence[Jet]) -> Jet:
        """A function that is given, of coordinates and coordinate vectors."""
        return self.constants.known[name](arguments)

    def parameter(self, name: str) -> tuple[Array, ...]:
        """Taylor coefficients of a parameter's value along the curve."""
        if name in self.numbers:
            return tuple(self.numbers[name])
        if name in self.constants.parameters:
            value = self.constants.parameters[name]
            return (value, *(jnp.zeros_like(value) for _ in range(self.order)))
        free = jets.from_series(VALUE, [model.fitted[name] for model in self.series])
        return _bounded(self.parameters[name], free).series()


@dataclass(frozen=True)
class Untrained:
    """The fields of expressions in which nothing is trained."""

    constants: Constants
    order: int = 0

    @property
    def ansatz(self) -> dict[str, Expression]:
        return {}

    def raw(self, point: Jet, embedded: Sequence[Embedded] = ()) -> dict[str, Jet]:
        raise AssertionError("there is no network yet")

    def parameter(self, name: str) -> tuple[Array]:
        """The value of a fixed parameter."""
        return (self.constants.parameters[name],)

    def known(self, name: str, arguments: Sequence[Jet]) -> Jet:
        """A function that is given."""
        return self.constants.known[name](arguments)


def embeddings(config: Config) -> tuple[Embedding, ...]:
    """What the networks of all stages read, as far as it is more than coordinates as they are."""
    stages = [0, *(s for s, said in enumerate(config.stages) if isinstance(said, schema.MultiStage))]
    found = dict.fromkeys(e for s in stages for e in networks.embeddings(shape(config, s)[0].network))
    return tuple(e for e in found if _on_sphere(config.domain) or not e.is_plain)


def embedded(config: Config, point: Jet) -> tuple[Embedded, ...]:
    """What the networks read, by `embeddings`, at a point: a vector of coordinates."""
    inside = units(config.domain, point)
    return tuple(Embedded(embedding, embedding(inside)) for embedding in embeddings(config))


def units(domain: Domain, point: Jet) -> Jet:
    """The coordinates brought to [-1, 1], or by their scale to size one; on a sphere those of the nearest point."""
    return _units(domain.scales, _on_sphere(domain), point)


def _on_sphere(domain: Domain) -> int:
    """How many coordinates, the first ones, are those of a point on a sphere."""
    return len(domain.center) if isinstance(domain, Shell) else 0


def _units(scales: Sequence[tuple[float, float]], on_sphere: int, point: Jet) -> Jet:
    middles, halves = np.asarray(scales, point.value.dtype).T
    inside = (point - middles) * (1 / halves)
    if not on_sphere:
        return inside
    space = inside[:on_sphere]
    nearest = space * jets.power((space * space).sum_last(), -0.5)
    return nearest if on_sphere == len(scales) else jets.concatenate([nearest, inside[on_sphere:]])


def outputs(series: Sequence[Network], earlier: Earlier | None, read: Callable[[Embedding], Jet]) -> Jet:
    """All outputs, a vector, along a curve of networks that read so, with those of earlier stages added."""
    total = networks.forward(series, read)
    if earlier is not None:
        total = total * earlier.scales[-1]
        for network, scale in zip(earlier.networks, earlier.scales, strict=False):
            total = total + networks.forward([network, *_still(network, len(series) - 1)], read) * scale
    return total


def _still(network: Network, order: int) -> list[Any]:
    """The further Taylor coefficients of a network that does not change along a curve."""
    return [jax.tree.map(lambda _: None, network)] * order


def fitted(config: Config) -> dict[str, FittedParameter]:
    """The parameters that are trained, by name."""
    return {name: p for name, p in config.parameters.items() if isinstance(p, FittedParameter)}


def constants(config: Config, earlier: Earlier | None = None) -> Constants:
    """The values of the fixed parameters, in the config's precision, the networks of earlier stages, known functions.

    Raises `StorageError` if the solution of an earlier run is damaged.
    """
    dtype = config.document.precision
    fixed = {name: p for name, p in config.parameters.items() if isinstance(p, FixedParameter)}
    values = {name: jnp.asarray(p.value, dtype) for name, p in fixed.items()}
    known = {name: _read(given, dtype) for name, given in config.known.items()}
    for name, (_, numbers) in known.items():
        values |= {f"{name}.{own}": value for own, value in numbers.items()}
    return Constants(values, earlier, {name: function for name, (function, _) in known.items()})


@lru_cache(maxsize=32)
def _read(given: Given, dtype: str) -> tuple[Spline | Trained, Mapping[str, Array]]:
    """A known function, and the fitted parameters of the run that it is from."""
    match given:
        case Grid(axes=axes, values=values, degrees=degrees, periodic=periodic):
            return splines.interpolating(axes, values, degrees, periodic, dtype), {}
        case Solved(path=path, config=config):
            arrays, about = checkpoints.load(path)
            model, earlier = stored(path, config, about, arrays)
            there = FieldsOf.of(config, [model], constants(config))
            numbers = {name: jnp.asarray(there.parameter(name)[0], dtype) for name in fitted(config)}
            network, earlier = jax.tree.map(lambda array: jnp.asarray(array, dtype), (model.network, earlier))
            return Trained(network, earlier, config.domain.scales, _on_sphere(config.domain)), numbers


def stored(
    path: Path, config: Config, about: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
) -> tuple[Model, Earlier | None]:
    """A stage's model and the networks of earlier ones, from the arrays of a solution.

    Raises `StorageError` where they do not fit.
    """
    model, earlier = shape(config, about.get("stage", 0))
    return unnamed(path, model, arrays), unnamed(path, earlier, arrays, EARLIER)


def initial(config: Config, seed: Array, stage: int = 0) -> Model:
    """A freshly drawn model, as a stage trains it; `seed` may be traced, so that one program serves every seed."""
    dtype = config.document.precision
    key, parts = jr.key(seed), []
    for i, block in enumerate(blocks(config.document, config.domain)):
        said, inputs = block.network(config.document, stage), Inputs(block.inputs, block.periodic, block.corners)
        own = jr.fold_in(key, i) if i else key
        parts.append(networks.build(said, inputs, len(block.unknowns), own, dtype))
    start = {name: jnp.asarray(unbounded(p, p.initial), dtype) for name, p in fitted(config).items()}
    return Model(networks.joined(parts), start)


def drawn(config: Config) -> Float[Array, " n"]:
    """The numbers of a freshly drawn model, by one compiled program for all seeds."""
    draw = jax.jit(lambda seed: ravel(initial(config, seed)))
    return draw(np.uint32(config.document.seed))


def shape(config: Config, stage: int = 0) -> tuple[Model, Earlier | None]:
    """What a stage trains and what it keeps as it is, as shapes without numbers."""
    trained = [s for s in range(stage) if isinstance(config.stages[s + 1], schema.MultiStage)]
    *before, model = [jax.eval_shape(partial(initial, config, stage=s), np.uint32(0)) for s in (*trained, stage)]
    if not before:
        return model, None
    number = jax.eval_shape(lambda: jnp.zeros((), config.document.precision))
    return model, Earlier(tuple(m.network for m in before), (number,) * (len(before) + 1))


def unraveling(config: Config, stage: int = 0) -> tuple[int, Callable[[Float[Array, " n"]], Model]]:
    """The number of numbers that a stage trains, and the function that makes a model of a flat vector of them."""
    shapes, structure = jax.tree.flatten(shape(config, stage)[0])
    ends = list(accumulate(prod(leaf.shape) for leaf in shapes))

    def unravel(theta: Float[Array, " n"]) -> Model:
        parts = (
            theta[end - prod(leaf.shape) : end].reshape(leaf.shape) for leaf, end in zip(shapes, ends, strict=True)
        )
        return jax.tree.unflatten(structure, list(parts))

    return ends[-1], unravel


def shrunk(config: Config, theta: Float[Array, " n"], factor: float) -> Float[Array, " n"]:
    """The trained numbers with those of the networks multiplied by a factor, so that outputs come near zero."""
    _, unravel = unraveling(config)
    model = unravel(theta)
    return ravel(Model(jax.tree.map(lambda leaf: leaf * factor, model.network), model.fitted))


def ravel(model: Model) -> Float[Array, " n"]:
    """The trained numbers of a model as one vector."""
    return jnp.concatenate([leaf.ravel() for leaf in jax.tree.leaves(model)])


def _bounded(said: FittedParameter, free: Jet) -> Jet:
    """From the trained coordinate of a parameter to its value."""
    if said.bounds is not None:
        low, high = said.bounds
        return jets.FUNCTIONS["sigmoid"](free) * (high - low) + low
    return jets.FUNCTIONS["exp"](free) * said.scale if said.positive else free * said.scale


def unbounded(said: FittedParameter, value: float) -> float:
    """From a parameter's value, strictly within its bounds, to its trained coordinate."""
    if said.bounds is not None:
        low, high = said.bounds
        return log((value - low) / (high - value))
    return log(value / said.scale) if said.positive else value / said.scale
