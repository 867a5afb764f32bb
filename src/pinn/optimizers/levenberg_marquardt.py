"""Levenberg–Marquardt along Taylor curves: many derivatives from one factor.

The step follows the curve θ(s) = θ + Σ_k p_k s^k. Its direction p_1 is the damped Gauss–Newton step; each p_k solves
the same factorized system against the coefficient of s^k in the residuals along the curve so far, so that the
derivatives of the residuals that the Jacobian can reach vanish one after the other. Order 2 is geodesic acceleration
(Transtrum & Sethna 2012); higher orders carry over the asymptotic numerical method (Damil & Potier-Ferry 1990).
"""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import optimistix as optx
from jaxtyping import Array, Bool, Float, Int, PyTree, Scalar

from pinn.optimizers import curves
from pinn.optimizers.curves import GAIN, Trial
from pinn.optimizers.normal_equations import Equations, Factor
from pinn.optimizers.outcomes import Outcome
from pinn.optimizers.protocol import (
    AbstractComparingMethod,
    AbstractReportingMethod,
    Objective,
    Residuals,
    Rows,
    Status,
    Vector,
    verdict,
)

STALLS, STILL = 5, 100.0
"""The stage ends after so many successive steps that change the loss by less than so many units of rounding."""


class State(eqx.Module):
    """How the present point stands, and the damping for the next step."""

    begun: Bool[Array, ""]
    loss: Float[Array, ""]
    gradient_norm: Float[Array, ""]
    """Where the last step began: the point that has a Jacobian."""
    damping: Float[Array, ""]
    steps: Int[Array, ""]
    stalls: Int[Array, ""]
    small: Bool[Array, ""]
    stuck: Bool[Array, ""]


class LevenbergMarquardt(
    AbstractReportingMethod, AbstractComparingMethod, optx.AbstractLeastSquaresSolver[Vector, Rows, None, State]
):
    """One step is one accepted point and one Jacobian; `fn` is a `Residuals`."""

    damping: Float[Array, ""]
    rtol: float
    atol: float
    order: int = eqx.field(static=True)
    norm: Callable[[PyTree], Scalar] = optx.max_norm

    def form(self, objective: Objective) -> Residuals:
        """See `AbstractMethod.form`."""
        assert objective.residuals is not None, "a sum of squares, which the config has been checked for"
        return objective.residuals

    def begin(self, y: Vector) -> State:
        """Nothing evaluated."""
        no, nothing, number = jnp.array(False), jnp.array(0), lambda value: jnp.full((), value, y.dtype)
        return State(no, number(jnp.inf), number(0), number(jnp.nan), nothing, nothing, no, no)

    def advance(self, fn: Residuals, y: Vector, args: PyTree, state: State) -> tuple[Vector, State]:
        """Evaluate the start, or go on to the next accepted point."""
        residuals, jacobian = fn.jacobian(y, args)
        here, equations = jnp.sum(residuals**2), Equations.of(jacobian)
        stay = lambda: (state.damping, Trial.none(y, here))
        damping, trial = jax.lax.cond(state.begun, lambda: self._search(fn, y, args, residuals, equations, state), stay)
        there = jnp.where(trial.accepted, y + trial.change, y)
        loss = jnp.where(trial.accepted, trial.found, here)
        fall = state.loss - loss
        still = fall <= STILL * jnp.finfo(y.dtype).eps * loss
        following = State(
            begun=jnp.array(True),
            loss=loss,
            gradient_norm=2 * jnp.linalg.norm(residuals @ jacobian),
            damping=damping,
            steps=state.steps + trial.accepted,
            stalls=jnp.where(still, state.stalls + 1, 0),
            small=trial.accepted & self.settled(trial.change, there, fall, loss),
            stuck=state.begun & ~trial.accepted,
        )
        return there, following

    def renew(self, fn: Residuals, y: Vector, args: PyTree, state: State) -> State:
        """See `AbstractComparingMethod.renew`; the gradient stays, and so does a damping that led on."""
        no, none = jnp.array(False), jnp.array(0)
        changed = lambda s: (s.loss, s.damping, s.stalls, s.small, s.stuck)
        damping = jnp.where(state.stuck, jnp.nan, state.damping)
        return eqx.tree_at(changed, state, (jnp.sum(fn(y, args) ** 2), damping, none, no, no))

    def status(self, state: State) -> Status:
        """See `AbstractMethod.status`."""
        failed = jnp.where(state.steps == 0, Outcome.FAILED_AT_START, Outcome.NO_DECREASE)
        outcome = verdict(
            (~state.begun, Outcome.RUNNING),
            (~(jnp.isfinite(state.loss) & jnp.isfinite(state.gradient_norm)), Outcome.NON_FINITE),
            (state.gradient_norm == 0, Outcome.STATIONARY),
            (state.stuck, failed),
            (state.small, Outcome.TOLERANCE),
            (state.stalls >= STALLS, Outcome.NO_DECREASE),
        )
        return Status(state.loss, state.gradient_norm, state.steps, outcome)

    def _search(
        self, fn: Residuals, y: Vector, args: PyTree, residuals: Rows, equations: Equations, state: State
    ) -> tuple[Array, Trial]:
        """The damping after a step along a curve is accepted, or given up, and the step."""
        loss = jnp.sum(residuals**2)

        def attempt(factor: Factor) -> Trial:
            series = curves.continued(factor.step(residuals), self.order, factor, lambda s: fn.curve(y, s, args))
            linear = equations.jacobian @ series[0]

            def judge(change: Vector, reach: Array) -> tuple[Array, Array, Array]:
                found = jnp.sum(fn(y + change, args) ** 2)
                gain = (loss - found) / (loss - jnp.sum((residuals + reach * linear) ** 2))
                return (found < loss) & (gain > GAIN), found, gain

            return curves.along(series, curves.reach(series), judge, Trial.none(y, loss))

        damping = jnp.where(jnp.isnan(state.damping), self.damping * equations.scale, state.damping)
        return curves.search(equations, damping, attempt, Trial.none(y, loss))
