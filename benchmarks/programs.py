"""The programs that are compared: functions of the same flat parameters and the same points, for each method and mode.

Ours is the way of a run: YAML text, checked config, planned problem, objective, points in the run's own blocks. The
others apply their operator to the same network, under `vmap`. A residual is operator(u) - 1, divided by the root of the
number of points.
"""

import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from baselines import BASELINES, Inapplicable
from cells import Cell, Mode
from jaxtyping import Array, Float

from pinn import batches, config, fields, problems
from pinn.errors import ConfigError
from pinn.networks.mlp import Mlp
from pinn.objectives import Objective

Program = Callable[[Any, Any], Any]
"""(parameters, points) → what the mode asks for."""

MOST_COPIES = 1000
"""Copies of the network in one program beyond which the compiler takes minutes."""


@dataclass(frozen=True)
class Plan:
    """Our side of a cell: the objective, its points in blocks, and how long it took to read, check and plan."""

    objective: Objective
    args: batches.Arguments
    coefficients: int
    seconds: float

    @classmethod
    def of(cls, cell: Cell) -> "Plan":
        """Raises `ConfigError` where the package refuses the operator."""
        start = time.perf_counter()
        problem = problems.build(_config(cell, f"{cell.operator.expression} = 1"))
        seconds = time.perf_counter() - start
        args = batches.arguments(problem, problem.points("training"))
        return cls(Objective.of(problem), args, problem.groups[0].demand.coefficients, seconds)


@dataclass(frozen=True)
class Instance:
    """A cell with numbers: starting parameters and points, shared by all methods, and our plan or why there is none."""

    cell: Cell
    known: config.Config
    theta: Float[Array, " n"]
    points: Float[Array, "n dim"]
    plan: Plan | str

    @classmethod
    def of(cls, cell: Cell) -> "Instance":
        """Parameters with biases that are not zero, so that nothing cancels by symmetry; points are drawn at random."""
        problem = problems.build(_config(cell, "u = 1"))
        theta = fields.ravel(fields.initial(problem.config, jnp.uint32(0)))
        wave = 0.1 * np.cos(np.arange(theta.size)).astype(cell.precision)
        points = jnp.asarray(problem.points("training")[0].points, cell.precision)
        try:
            plan = Plan.of(cell)
        except ConfigError as refused:
            plan = str(refused)
        return cls(cell, problem.config, theta + wave, points, plan)


def prepared(instance: Instance, name: str, mode: Mode, *, full: bool) -> tuple[Program, tuple[Any, Any]]:
    """A method's program and its arguments; raises `Inapplicable` if it has none."""
    if name == "ours":
        if isinstance(instance.plan, str):
            raise Inapplicable(instance.plan)
        return _ours(instance.plan.objective, mode), (instance.theta, instance.plan.args)
    copies = BASELINES[name].copies(instance.cell)
    if copies > MOST_COPIES and not full:
        raise Inapplicable(f"{copies} copies")
    return _theirs(name, instance, mode), (instance.theta, instance.points)


def flops(cell: Cell, coefficients: int, mode: Mode) -> float:
    """Floating-point operations of the matrix products that a plan needs.

    Every coefficient passes the hidden layers. The first layer sees the value only, for a coordinate's derivatives are
    constants; of the last the operator alone is asked. A reverse sweep, over points or for each of them, takes two more
    products for each, but the first layer passes nothing on to the coordinates.
    """
    first, *hidden, last = itertools.pairwise(cell.sizes)
    back = mode != "value"
    inner = coefficients * sum(a * b for a, b in hidden) + last[0]
    return 2.0 * cell.points * ((3 if back else 1) * inner + (2 if back else 1) * first[0] * first[1])


def _config(cell: Cell, equation: str) -> config.Config:
    bounds = ", ".join(f"x{i}: [-1, 1]" for i in range(cell.dim))
    text = f"""
unknowns: [u]
domain: {{kind: box, bounds: {{{bounds}}}}}
directions: {{v: {cell.direction}}}
terms: [{{equation: "{equation}"}}]
sampling: {{kind: random, points: {cell.points}}}
network: {{kind: mlp, hidden: {list(cell.sizes[1:-1])}, activation: tanh}}
optimizer: {{kind: lbfgs}}
precision: {cell.precision}
"""
    return config.parse(text, "benchmark.yaml", Path())


def _ours(objective: Objective, mode: Mode) -> Program:
    residuals = objective.residuals
    assert residuals is not None
    match mode:
        case "value":
            return residuals
        case "gradient":
            return jax.value_and_grad(objective.value)
        case "rows":
            return residuals.jacobian


def _theirs(name: str, instance: Instance, mode: Mode) -> Program:
    cell = instance.cell
    unravel = fields.unraveling(instance.known)[1]
    v = jnp.asarray(cell.direction, cell.precision)

    def residual(theta: Array, x: Array) -> Array:
        derivative = BASELINES[name].apply(cell.operator, v, lambda y: network(unravel(theta).network.function, y))
        return (derivative(x) - 1) * cell.points**-0.5

    values = jax.vmap(residual, (None, 0))
    programs: Mapping[Mode, Program] = {
        "value": values,
        "gradient": jax.value_and_grad(lambda theta, points: jnp.sum(values(theta, points) ** 2)),
        "rows": jax.vmap(jax.value_and_grad(residual), (None, 0)),
    }
    return programs[mode]


def network(said: Mlp, x: Float[Array, " dim"]) -> Float[Array, ""]:
    """The network as a plain function, its layers written in the order that is faster under `vmap`."""
    *hidden, (weights, bias) = zip(said.weights, said.biases, strict=True)
    for w, b in hidden:
        x = jnp.tanh(x @ w.T + b)
    return (x @ weights.T + bias)[0]
