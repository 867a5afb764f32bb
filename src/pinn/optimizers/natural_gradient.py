"""Natural gradients of energies: Gauss–Newton steps along curves that are straight in what the integrands read.

With w the features of the integrands e(w), and A the rows of √H₊ ∂w/∂θ, the step is the curve
θ(s) = θ + Σ_k p_k s^k, where p_1 solves (AᵀA + λ) p_1 = -∇E. Each p_k solves the same factorized system against
√H₊ times the coefficient of s^k in w along the curve so far, so that w moves along a straight line as far as the rows
of A can reach; along that line a quadratic energy is a parabola, and a convex one convex. Near the minimum, where
rounding hides the decrease of the loss, its slopes at both ends of the curve tell what is gained.
"""

from collections.abc import Callable

import equinox as eqx
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
    Curvature,
    Objective,
    Status,
    Vector,
    verdict,
)

DROWNED = 1e4
"""Decreases of less than so many units of rounding are taken from slopes."""


class State(eqx.Module):
    """Loss and gradient at the present point, and the damping for the next step."""

    begun: Bool[Array, ""]
    loss: Float[Array, ""]
    gradient: Vector
    damping: Float[Array, ""]
    steps: Int[Array, ""]
    small: Bool[Array, ""]
    stuck: Bool[Array, ""]


class NaturalGradient(AbstractReportingMethod, AbstractComparingMethod, optx.AbstractMinimiser[Vector, None, State]):
    """One step is one accepted point and one Gauss–Newton matrix; `fn` is a `Curvature`."""

    damping: Float[Array, ""]
    rtol: float
    atol: float
    order: int = eqx.field(static=True)
    norm: Callable[[PyTree], Scalar] = optx.max_norm

    def form(self, objective: Objective) -> Curvature:
        """See `AbstractMethod.form`."""
        return objective.curvature

    def begin(self, y: Vector) -> State:
        """Nothing evaluated."""
        no, number = jnp.array(False), lambda value: jnp.full((), value, y.dtype)
        return State(no, number(jnp.inf), jnp.zeros_like(y), number(jnp.nan), jnp.array(0), no, no)

    def advance(self, fn: Curvature, y: Vector, args: PyTree, state: State) -> tuple[Vector, State]:
        """Evaluate the start, which is a step of no length, or go on to the next accepted point."""
        damping, trial = self._search(fn, y, args, state)
        there = jnp.where(trial.accepted, y + trial.change, y)
        loss, gradient = trial.found
        fall = state.loss - loss
        following = State(
            begun=jnp.array(True),
            loss=jnp.where(trial.accepted, loss, state.loss),
            gradient=jnp.where(trial.accepted, gradient, state.gradient),
            damping=jnp.where(state.begun, damping, state.damping),
            steps=state.steps + (trial.accepted & state.begun),
            small=state.begun & trial.accepted & self.settled(trial.change, there, fall, loss),
            stuck=~trial.accepted,
        )
        return there, following

    def renew(self, fn: Curvature, y: Vector, args: PyTree, state: State) -> State:
        """See `AbstractComparingMethod.renew`; a damping that led on stays."""
        no, damping = jnp.array(False), jnp.where(state.stuck, jnp.nan, state.damping)
        changed = lambda s: (s.loss, s.gradient, s.damping, s.small, s.stuck)
        return eqx.tree_at(changed, state, (*fn.value(y, args), damping, no, no))

    def status(self, state: State) -> Status:
        """See `AbstractMethod.status`."""
        norm = jnp.linalg.norm(state.gradient)
        failed = jnp.where(state.steps == 0, Outcome.FAILED_AT_START, Outcome.NO_DECREASE)
        outcome = verdict(
            (~state.begun, Outcome.RUNNING),
            (~(jnp.isfinite(state.loss) & jnp.isfinite(norm)), Outcome.NON_FINITE),
            (norm == 0, Outcome.STATIONARY),
            (state.stuck, failed),
            (state.small, Outcome.TOLERANCE),
        )
        return Status(state.loss, norm, state.steps, outcome)

    def _search(self, fn: Curvature, y: Vector, args: PyTree, state: State) -> tuple[Array, Trial]:
        """The damping after a step along a curve is accepted, or given up, and the step."""
        equations = Equations.of(fn.rows(y, args))
        none = Trial.none(y, (state.loss, state.gradient))

        def attempt(factor: Factor) -> Trial:
            first = factor.descent(state.gradient)
            series = curves.continued(first, self.order, factor, lambda s: fn.curve(y, s, args))
            slope, bend = state.gradient @ series[0], jnp.sum((equations.jacobian @ series[0]) ** 2)
            longest = jnp.where(state.begun, curves.reach(series), 0)
            rounding = DROWNED * jnp.finfo(y.dtype).eps * jnp.abs(state.loss)

            def judge(change: Vector, reach: Array) -> tuple[Array, tuple[Array, Vector], Array]:
                loss, gradient = fn.value(y + change, args)
                predicted = -reach * (slope + reach * bend / 2)
                fall = state.loss - loss
                by_slopes = -reach * (slope + gradient @ curves.tangent(series, reach)) / 2
                gain = jnp.where(predicted < rounding, by_slopes, fall) / predicted
                accepted = (gain > GAIN) & (fall > -rounding) & jnp.all(jnp.isfinite(gradient))
                return accepted | ~state.begun, (loss, gradient), gain

            return curves.along(series, longest, judge, none)

        damping = jnp.where(jnp.isnan(state.damping), self.damping * equations.scale, state.damping)
        return curves.search(equations, damping, attempt, none)
