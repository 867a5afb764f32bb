"""Natural gradients of energies: Gauss–Newton steps along curves that are straight in what the integrands read.

With w the features of the integrands e(w), and A the rows of √H₊ ∂w/∂θ, the step is the curve
θ(s) = θ + Σ_k p_k s^k/k!, where p_1 solves (AᵀA + λ) p_1 = -∇E. Each p_k solves the same factorized system against
√H₊ d^k w/ds^k along the curve so far, so that w moves along a straight line as far as the rows of A can reach; along
that line a quadratic energy is a parabola, and a convex one convex. Near the minimum, where rounding hides the
decrease of the loss, its slopes at both ends of the curve tell what is gained.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import optimistix as optx
from jaxtyping import Array, Bool, Float, Int, PyTree, Scalar

from pinn.optimizers import curves
from pinn.optimizers.curves import FACTORS, FLOOR, GAIN, REACHES
from pinn.optimizers.normal_equations import Equations, Factor
from pinn.optimizers.outcomes import Outcome
from pinn.optimizers.protocol import (
    AbstractComparingMethod,
    AbstractReportingMethod,
    Curvature,
    Objective,
    Status,
    Vector,
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


class Trial(NamedTuple):
    """What one factor has led to: a change of the parameters with loss and gradient there, reach and gain."""

    accepted: Bool[Array, ""]
    loss: Float[Array, ""]
    gradient: Vector
    change: Vector
    reach: Float[Array, ""]
    gain: Float[Array, ""]


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

    def init(
        self,
        fn: Any,
        y: Vector,
        args: PyTree,
        options: dict[str, Any],
        f_struct: Any,
        aux_struct: Any,
        tags: frozenset[object],
    ) -> State:
        """Nothing evaluated."""
        no, number = jnp.array(False), lambda value: jnp.full((), value, y.dtype)
        return State(no, number(jnp.inf), jnp.zeros_like(y), number(jnp.nan), jnp.array(0), no, no)

    def step(
        self,
        fn: Any,
        y: Vector,
        args: PyTree,
        options: dict[str, Any],
        state: State,
        tags: frozenset[object],
    ) -> tuple[Vector, State, None]:
        """Evaluate the start, which is a step of no length, or go on to the next accepted point."""
        damping, trial = self._search(fn, y, args, state)
        there = jnp.where(trial.accepted, y + trial.change, y)
        fall = state.loss - trial.loss
        following = State(
            begun=jnp.array(True),
            loss=jnp.where(trial.accepted, trial.loss, state.loss),
            gradient=jnp.where(trial.accepted, trial.gradient, state.gradient),
            damping=jnp.where(state.begun, damping, state.damping),
            steps=state.steps + (trial.accepted & state.begun),
            small=state.begun & trial.accepted & self._small(trial.change, there) & self._small(fall, trial.loss),
            stuck=~trial.accepted,
        )
        return there, following, None

    def renew(self, fn: Any, y: Vector, args: PyTree, state: State) -> State:
        """See `AbstractComparingMethod.renew`; the damping stays."""
        return eqx.tree_at(lambda s: (s.loss, s.gradient), state, fn.value(y, args))

    def status(self, state: State) -> Status:
        """See `AbstractMethod.status`."""
        norm = jnp.linalg.norm(state.gradient)
        failed = jnp.where(state.steps == 0, Outcome.FAILED_AT_START, Outcome.NO_DECREASE)
        cases = (
            (~(jnp.isfinite(state.loss) & jnp.isfinite(norm)), Outcome.NON_FINITE),
            (norm == 0, Outcome.STATIONARY),
            (state.stuck, failed),
            (state.small, Outcome.TOLERANCE),
        )
        conditions, codes = zip(*cases, strict=True)
        outcome = jnp.select(conditions, [jnp.asarray(code) for code in codes], jnp.asarray(Outcome.RUNNING))
        outcome = jnp.where(state.begun, outcome, Outcome.RUNNING)
        return Status(state.loss, norm, state.steps, outcome)

    def _search(self, fn: Curvature, y: Vector, args: PyTree, state: State) -> tuple[Array, Trial]:
        """Raise the damping until a step along the curve is accepted, or give up."""
        equations = Equations.of(fn.rows(y, args))
        fresh = jnp.isnan(state.damping)
        damping = jnp.where(fresh, self.damping * equations.scale, state.damping)
        floor = jnp.finfo(y.dtype).eps * equations.scale * FLOOR

        def attempt(carried: tuple[Array, Array, Trial]) -> tuple[Array, Array, Trial]:
            count, damping, _ = carried
            trial = self._trial(fn, y, args, equations, damping, state)
            rise = curves.damping_factor(trial.accepted, trial.reach, trial.gain)
            return count + 1, jnp.maximum(damping * rise, floor), trial

        going = lambda carried: ~carried[2].accepted & (carried[0] < FACTORS)
        return jax.lax.while_loop(going, attempt, (jnp.array(0), damping, _nothing(y)))[1:]

    def _trial(
        self, fn: Curvature, y: Vector, args: PyTree, equations: Equations, damping: Array, state: State
    ) -> Trial:
        """The first of some reaches along the curve of one factor that lowers the loss enough."""
        series = self._series(fn, y, args, equations.damped(damping), state.gradient)
        slope, bend = state.gradient @ series[0], jnp.sum((equations.jacobian @ series[0]) ** 2)
        longest = jnp.where(state.begun, curves.reach(series), 0)
        rounding = DROWNED * jnp.finfo(y.dtype).eps * jnp.abs(state.loss)

        def attempt(carried: tuple[Array, Trial]) -> tuple[Array, Trial]:
            count, _ = carried
            reach = longest * 0.5**count
            change = curves.change(series, reach)
            loss, gradient = fn.value(y + change, args)
            predicted = -reach * (slope + reach * bend / 2)
            fall = state.loss - loss
            by_slopes = -reach * (slope + gradient @ curves.tangent(series, reach)) / 2
            gain = jnp.where(predicted < rounding, by_slopes, fall) / predicted
            accepted = (gain > GAIN) & (fall > -rounding) & jnp.all(jnp.isfinite(gradient))
            return count + 1, Trial(accepted | ~state.begun, loss, gradient, change, reach, gain)

        begin = (jnp.where(jnp.isfinite(longest), 0, REACHES), _nothing(y))
        going = lambda carried: ~carried[1].accepted & (carried[0] < REACHES)
        return jax.lax.while_loop(going, attempt, begin)[1]

    def _series(
        self, fn: Curvature, y: Vector, args: PyTree, factor: Factor, gradient: Vector
    ) -> Float[Array, "order n"]:
        """p_1, …, p_order."""
        first = jnp.zeros((self.order, y.size), y.dtype).at[0].set(factor.descent(gradient))
        if self.order == 1:
            return first

        def following(k: Array, series: Array) -> Array:
            return series.at[k].set(factor.step(fn.curve(y, list(series), args)[k + 1]))

        return jax.lax.fori_loop(1, self.order, following, first)

    def _small(self, change: Array, value: Array) -> Bool[Array, ""]:
        return jnp.all(jnp.abs(change) < self.atol + self.rtol * jnp.abs(value))


def _nothing(y: Vector) -> Trial:
    zero = jnp.zeros((), y.dtype)
    return Trial(jnp.array(False), zero, jnp.zeros_like(y), jnp.zeros_like(y), zero, zero)
