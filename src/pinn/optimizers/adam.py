"""Adam as an optimistix solver: optax's update, then one evaluation at the new point, so that loss and point agree."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
import optimistix as optx
from jaxtyping import Array, Bool, Float, Int, PyTree, Scalar

from pinn.optimizers.outcomes import Outcome
from pinn.optimizers.protocol import AbstractReportingMethod, AbstractScalarMethod, Status, Vector, verdict
from pinn.optimizers.schedules import Schedule, share


class State(eqx.Module):
    """Loss and gradient at the present point, and optax's moments of the gradients before."""

    begun: Bool[Array, ""]
    loss: Float[Array, ""]
    gradient: Vector
    moments: PyTree
    steps: Int[Array, ""]


class Adam(AbstractReportingMethod, AbstractScalarMethod):
    """Adam (Kingma & Ba 2015) whose learning rate falls over `span` steps."""

    learning_rate: Float[Array, ""]
    b1: Float[Array, ""]
    b2: Float[Array, ""]
    span: Float[Array, ""]
    schedule: Schedule = eqx.field(static=True)
    rtol: float = 0.0
    atol: float = 0.0
    norm: Callable[[PyTree], Scalar] = optx.max_norm

    def begin(self, y: Vector) -> State:
        """Nothing evaluated and nothing remembered."""
        infinite = jnp.full((), jnp.inf, y.dtype)
        return State(jnp.array(False), infinite, jnp.zeros_like(y), self._rule().init(y), jnp.array(0))

    def advance(self, fn: Callable[..., Any], y: Vector, args: PyTree, state: State) -> tuple[Vector, State]:
        """Move by the gradient at `y`, unless that is still to be evaluated, and evaluate; stay where that breaks."""
        change, moments = self._rule().update(state.gradient, state.moments)
        trial = jnp.where(state.begun, y + jnp.asarray(change), y)
        loss, gradient = jax.value_and_grad(lambda z: fn(z, args)[0])(trial)
        moved = state.begun & jnp.isfinite(loss) & jnp.all(jnp.isfinite(gradient))
        moments = jax.tree.map(lambda new, old: jnp.where(moved, new, old), moments, state.moments)
        following = State(jnp.array(True), loss, gradient, moments, state.steps + moved)
        return jnp.where(moved, trial, y), following

    def status(self, state: State) -> Status:
        """See `AbstractMethod.status`."""
        norm = jnp.linalg.norm(state.gradient)
        broken = state.begun & ~(jnp.isfinite(state.loss) & jnp.isfinite(norm))
        still = state.begun & (state.steps == 0) & ~jnp.any(state.gradient)
        outcome = verdict((broken, Outcome.NON_FINITE), (still, Outcome.STATIONARY))
        return Status(state.loss, norm, state.steps, outcome)

    def _rule(self) -> optax.GradientTransformation:
        return optax.adam(self._rate, self.b1, self.b2)  # pyright: ignore[reportArgumentType]

    def _rate(self, count: Any) -> Any:
        """The learning rate after `count` updates."""
        return self.learning_rate * share(self.schedule, count, self.span)
