"""SPRING: natural gradients on points that change all the time, with a memory of the direction before.

The direction φ minimizes |J φ + r|² + λ|φ - μ φ'|² for the direction φ' before (Goldshlager, Abrahamsen & Lin 2024;
Guzmán-Cordero et al. 2025), by a factor of the smaller of JᵀJ and JJᵀ. So with fewer residuals than parameters, what
these points say nothing about is kept from earlier ones. Losses of different points cannot be compared: steps have
the length of a learning rate, and a largest norm.
"""

from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
import optimistix as optx
from jaxtyping import Array, Bool, Float, Int, PyTree, Scalar

from pinn.optimizers.normal_equations import Equations, Factor
from pinn.optimizers.outcomes import Outcome
from pinn.optimizers.protocol import AbstractReportingMethod, Objective, Status, Vector, verdict
from pinn.optimizers.schedules import Schedule, share


class State(eqx.Module):
    """Loss and gradient at the present point, and the direction in which to leave it."""

    begun: Bool[Array, ""]
    loss: Float[Array, ""]
    gradient: Vector
    direction: Vector
    steps: Int[Array, ""]


class Spring(AbstractReportingMethod, optx.AbstractMinimiser[Vector, None, State]):
    """One step is one factor; `fn` is an `Objective`, of which energies have AᵀA in place of JᵀJ."""

    learning_rate: Float[Array, ""]
    momentum: Float[Array, ""]
    damping: Float[Array, ""]
    longest: Float[Array, ""]
    span: Float[Array, ""]
    schedule: Schedule = eqx.field(static=True)
    rtol: float = 0.0
    atol: float = 0.0
    norm: Callable[[PyTree], Scalar] = optx.max_norm

    def form(self, objective: Objective) -> Objective:
        """See `AbstractMethod.form`."""
        return objective

    def begin(self, y: Vector) -> State:
        """Nothing evaluated and nothing remembered."""
        infinite, zero = jnp.full((), jnp.inf, y.dtype), jnp.zeros_like(y)
        return State(jnp.array(False), infinite, zero, zero, jnp.array(0))

    def advance(self, fn: Objective, y: Vector, args: PyTree, state: State) -> tuple[Vector, State]:
        """Move along the direction at `y`, which is zero at first, and find the next; stay where that breaks."""
        trial = y + self._length(state) * state.direction
        loss, gradient, direction = self.look(fn, trial, args, self.momentum * state.direction)
        sound = jnp.isfinite(loss) & jnp.all(jnp.isfinite(direction))
        following = State(
            begun=jnp.array(True),
            loss=jnp.where(sound, loss, jnp.nan),
            gradient=gradient,
            direction=jnp.where(sound, direction, state.direction),
            steps=state.steps + (state.begun & sound),
        )
        return jnp.where(sound, trial, y), following

    def look(
        self, objective: Objective, y: Vector, args: PyTree, before: Vector
    ) -> tuple[Float[Array, ""], Vector, Vector]:
        """Loss, gradient, and the direction that minimizes |J φ + r|² + λ|φ - before|²."""
        if objective.residuals is not None:
            residuals, jacobian = objective.residuals.jacobian(y, args)
            factor = self._factor(jacobian)
            change = factor.step(residuals + jacobian @ before)
            return jnp.sum(residuals**2), 2 * (residuals @ jacobian), before + change
        loss, gradient = objective.curvature.value(y, args)
        rows = objective.curvature.rows(y, args)
        return loss, gradient, before + self._factor(rows).descent(gradient + (rows @ before) @ rows)

    def status(self, state: State) -> Status:
        """See `AbstractMethod.status`."""
        norm = jnp.linalg.norm(state.gradient)
        broken = state.begun & ~(jnp.isfinite(state.loss) & jnp.isfinite(norm))
        still = state.begun & (state.steps == 0) & ~jnp.any(state.gradient)
        outcome = verdict((broken, Outcome.NON_FINITE), (still, Outcome.STATIONARY))
        return Status(state.loss, norm, state.steps, outcome)

    def _factor(self, jacobian: Float[Array, "rows n"]) -> Factor:
        equations = Equations.of(jacobian)
        return equations.damped(self.damping * equations.scale)

    def _length(self, state: State) -> Float[Array, ""]:
        """The share of the direction that is taken; of the first ones, whose memory is short, more."""
        count = state.steps + 1
        corrected = 1 / jnp.sqrt(1 - self.momentum ** (2 * count))
        rate = self.learning_rate * share(self.schedule, state.steps, self.span) * corrected
        return jnp.minimum(rate, self.longest / (jnp.linalg.norm(state.direction) + jnp.finfo(rate.dtype).tiny))
