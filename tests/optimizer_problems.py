"""Objectives and shorthands that the tests of the optimizers share, so that each is compiled once."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import pytest

from pinn import schema
from pinn.optimizers import build
from pinn.optimizers.driver import State

jax.config.update("jax_enable_x64", True)

BFGS = schema.Bfgs(kind="bfgs")
SSBFGS = schema.Ssbfgs(kind="ssbfgs")
SSBROYDEN = schema.Ssbroyden(kind="ssbroyden")
LBFGS = schema.Lbfgs(kind="lbfgs", history=10)
both = pytest.mark.parametrize("stage", [BFGS, LBFGS], ids=["bfgs", "lbfgs"])
every = pytest.mark.parametrize("stage", [BFGS, SSBFGS, SSBROYDEN, LBFGS], ids=lambda stage: stage.kind)
ONE = jnp.ones(())
ROSENBROCK_START = jnp.tile(jnp.array([-1.2, 1.0]), 5)


class Counted:
    """An objective that counts how often it is traced."""

    residuals = None
    curvature: Any = None

    def __init__(self, function: Callable[[Any, Any], Any]):
        self.function = function
        self.traces = 0

    def value(self, theta: Any, args: Any) -> Any:
        self.traces += 1
        return self.function(theta, args)


def rosenbrock(theta: Any, scale: Any = 1.0) -> Any:
    return scale * jnp.sum(100 * (theta[1:] - theta[:-1] ** 2) ** 2 + (1 - theta[:-1]) ** 2)


def parabola(theta: Any, center: Any) -> Any:
    return jnp.sum(jnp.arange(1, theta.size + 1) * (theta - center) ** 2)


ROSENBROCK = Counted(rosenbrock)
"""Shared, so that it is compiled once for each method."""


def run(stage: schema.Stage, function: Any, theta: Any, args: Any = ONE) -> State:
    optimizer = build(stage, str(theta.dtype))  # pyright: ignore[reportArgumentType]
    objective = function if isinstance(function, Counted) else Counted(function)
    return optimizer.advance(objective, optimizer.start(theta), args, stage.max_steps)


def with_limits(stage: schema.Stage, **limits: Any) -> schema.Stage:
    return stage.model_copy(update=limits)
