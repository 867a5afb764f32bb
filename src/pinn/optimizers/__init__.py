"""Optimizers: a stage of the config becomes a method that minimizes a function of one vector.

Importing this package imports no JAX; `build` does.
"""

from typing import TYPE_CHECKING, Any, Literal, assert_never

from pinn.schema import (
    Adam,
    Bfgs,
    Lbfgs,
    LevenbergMarquardt,
    MultiStage,
    NaturalGradient,
    Spring,
    Ssbfgs,
    Ssbroyden,
    Stage,
)

if TYPE_CHECKING:
    from pinn.optimizers.driver import Optimizer

__all__ = ["build"]


def build(stage: Stage, precision: Literal["float64", "float32"] = "float64") -> "Optimizer":
    """The optimizer of one stage, for parameters of the given precision."""
    import jax.numpy as jnp

    from pinn.optimizers import adam, broyden, lbfgs, levenberg_marquardt, natural_gradient, spring
    from pinn.optimizers.driver import Optimizer

    def number(value: float) -> Any:
        return jnp.asarray(value, precision)

    match stage:
        case Bfgs() | Ssbfgs() | Ssbroyden():
            method = broyden.Broyden(rtol=number(stage.rtol), atol=number(stage.atol), rule=stage.kind)
        case Lbfgs():
            method = lbfgs.Lbfgs(rtol=number(stage.rtol), atol=number(stage.atol), history=stage.history)
        case LevenbergMarquardt() | MultiStage():
            method = levenberg_marquardt.LevenbergMarquardt(
                damping=number(stage.damping),
                rtol=number(stage.rtol),
                atol=number(stage.atol),
                order=stage.order,
            )
        case NaturalGradient():
            method = natural_gradient.NaturalGradient(
                damping=number(stage.damping),
                rtol=number(stage.rtol),
                atol=number(stage.atol),
                order=stage.order,
            )
        case Spring():
            method = spring.Spring(
                learning_rate=number(stage.learning_rate),
                momentum=number(stage.momentum),
                damping=number(stage.damping),
                longest=number(stage.longest),
                span=number(stage.max_steps),
                schedule=stage.schedule,
            )
        case Adam():
            method = adam.Adam(
                learning_rate=number(stage.learning_rate),
                b1=number(stage.b1),
                b2=number(stage.b2),
                span=number(stage.max_steps),
                schedule=stage.schedule,
            )
        case _:
            assert_never(stage)
    target = number(-float("inf") if stage.target is None else stage.target)
    return Optimizer(method, target, jnp.asarray(stage.max_steps))
