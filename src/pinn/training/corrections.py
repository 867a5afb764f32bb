"""A further network for what the stages before have left: u = N_1 + ε·N_2 before hard conditions (Wang & Lai 2024).

Its last layer begins at zero, so that training goes on from the error that there is. ε and the frequency of the first
layer are read off the remaining residual: an error of that size, varying that fast, is then of size one for N_2.
"""

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from pinn import fields, schema
from pinn.batches import Arguments
from pinn.config import Config
from pinn.fields import Earlier, Model
from pinn.networks import Network, joined, parts
from pinn.networks.mlp import Mlp
from pinn.objectives import Objective, Residuals

SLOWEST, FASTEST = 1.0, 64.0
"""Between these the measured frequency is kept."""


def further(
    config: Config, stage: int, before: Objective, objective: Objective, theta: Float[Array, " n"], args: Arguments
) -> tuple[Float[Array, " m"], Earlier]:
    """What a `multi_stage` stage begins with: its numbers, and the networks that are kept, with all sizes.

    `before` is the loss as the stage before saw it, `theta` what that has found, `args` its points.
    """
    said = config.stages[stage]
    assert isinstance(said, schema.MultiStage)
    known, kept = before.unravel(theta), args.constants.earlier
    networks, scales = (known.network,), (jnp.ones((), theta.dtype),)
    if kept is not None:
        networks, scales = (*kept.networks, known.network), kept.scales
    frequency = _frequency(config, before, theta, args) if said.frequency is None else said.frequency
    seed = jr.fold_in(jr.key(config.document.seed), stage)
    fresh = parts(fields.initial(config, jnp.uint32(config.document.seed), stage).network)
    drawn = [_drawn(part, frequency, jr.fold_in(seed, i) if i else seed) for i, part in enumerate(fresh)]
    silent = [eqx.tree_at(lambda n: n.function.weights[-1], part, replace_fn=jnp.zeros_like) for part in drawn]
    at_rest, at_work = (fields.ravel(Model(network, known.fitted)) for network in (joined(silent), joined(drawn)))
    unscaled = args._replace(constants=fields.constants(config, Earlier(networks, (*scales, scales[0]))))
    scale = _scale(objective, at_rest, at_work, unscaled)
    return at_rest, Earlier(networks, (*scales, scale))


def _drawn(network: Network, frequency: float | Array, key: PRNGKeyArray) -> Network:
    """The network with first weights whose rows have about the length `frequency`, and biases to match."""
    assert isinstance(network.function, Mlp)
    first, biases = network.function.weights[0], network.function.biases[0]
    key, other = jr.split(key)
    rows = jr.normal(key, first.shape, first.dtype) * (frequency / first.shape[1] ** 0.5)
    shifts = jr.uniform(other, biases.shape, first.dtype, -1, 1) * frequency
    return eqx.tree_at(lambda n: (n.function.weights[0], n.function.biases[0]), network, (rows, shifts))


@eqx.filter_jit
def _scale(objective: Objective, at_rest: Array, at_work: Array, args: Arguments) -> Float[Array, ""]:
    """The size of the remaining residual over that of what the further network, drawn at random, adds to it."""
    residuals = Residuals(objective)
    left = residuals(at_rest, args)
    return jnp.linalg.norm(left) / jnp.linalg.norm(residuals(at_work, args) - left)


@eqx.filter_jit
def _variation(
    objective: Objective, theta: Array, args: Arguments, groups: tuple[int, ...], halves: Float[Array, " dim"]
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """|r| and |∇r| over the points of some groups, by units of half the width of the domain."""
    parts = [Residuals(objective).slopes(theta, args, group) for group in groups]
    sizes, slopes = (jnp.concatenate([part[i].reshape(-1) for part in parts]) for i in range(2))
    return jnp.linalg.norm(sizes), jnp.linalg.norm(slopes.reshape(-1, len(halves)) * halves)


def _frequency(config: Config, objective: Objective, theta: Array, args: Arguments) -> Float[Array, ""]:
    """A share of rms |∇r| over rms r inside the domain, for inputs in [-1, 1], kept in bounds."""
    halves = jnp.asarray([half for _, half in config.domain.scales], theta.dtype)
    inside = [i for i, group in enumerate(objective.problem.groups) if group.region.name == "interior"]
    size, slope = _variation(objective, theta, args, tuple(inside), halves)
    return jnp.clip(SHARE * jnp.nan_to_num(slope / size), SLOWEST, FASTEST)


SHARE = 0.05
"""Of the frequency of the residual that of the first layer; the layers after it make it faster."""
