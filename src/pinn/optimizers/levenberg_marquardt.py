"""Levenberg–Marquardt along Taylor curves: many derivatives from one factor.

The step follows the curve θ(s) = θ + Σ_k p_k s^k/k!. Its direction p_1 is the damped Gauss–Newton step; each p_k solves
the same factorized system against d^k r/ds^k along the curve so far, so that the derivatives of the residuals that
the Jacobian can reach vanish one after the other. Order 2 is geodesic acceleration (Transtrum & Sethna 2012); higher
orders carry over the asymptotic numerical method (Damil & Potier-Ferry 1990). How far the series reaches is read off
its own terms, and shorter reaches are tried before a factor is thrown away.
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
    Objective,
    Residuals,
    Rows,
    Status,
    Vector,
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


class Trial(NamedTuple):
    """What one factor has led to: a change of the parameters with its loss, reach and gain, or nothing."""

    accepted: Bool[Array, ""]
    loss: Float[Array, ""]
    change: Vector
    reach: Float[Array, ""]
    gain: Float[Array, ""]


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
        no, nothing, number = jnp.array(False), jnp.array(0), lambda value: jnp.full((), value, y.dtype)
        return State(no, number(jnp.inf), number(0), number(jnp.nan), nothing, nothing, no, no)

    def step(
        self,
        fn: Any,
        y: Vector,
        args: PyTree,
        options: dict[str, Any],
        state: State,
        tags: frozenset[object],
    ) -> tuple[Vector, State, None]:
        """Evaluate the start, or go on to the next accepted point."""
        residuals, jacobian = fn.jacobian(y, args)
        here, equations = jnp.sum(residuals**2), Equations.of(jacobian)
        stay = lambda: (state.damping, _nothing(y))
        damping, trial = jax.lax.cond(state.begun, lambda: self._search(fn, y, args, residuals, equations, state), stay)
        there = jnp.where(trial.accepted, y + trial.change, y)
        loss = jnp.where(trial.accepted, trial.loss, here)
        fall = state.loss - loss
        still = fall <= STILL * jnp.finfo(y.dtype).eps * loss
        following = State(
            begun=jnp.array(True),
            loss=loss,
            gradient_norm=2 * jnp.linalg.norm(residuals @ jacobian),
            damping=damping,
            steps=state.steps + trial.accepted,
            stalls=jnp.where(still, state.stalls + 1, 0),
            small=trial.accepted & self._small(trial.change, there) & self._small(fall, loss),
            stuck=state.begun & ~trial.accepted,
        )
        return there, following, None

    def renew(self, fn: Any, y: Vector, args: PyTree, state: State) -> State:
        """See `AbstractComparingMethod.renew`; damping and gradient stay."""
        return eqx.tree_at(lambda s: s.loss, state, jnp.sum(fn(y, args) ** 2))

    def status(self, state: State) -> Status:
        """See `AbstractMethod.status`."""
        failed = jnp.where(state.steps == 0, Outcome.FAILED_AT_START, Outcome.NO_DECREASE)
        cases = (
            (~(jnp.isfinite(state.loss) & jnp.isfinite(state.gradient_norm)), Outcome.NON_FINITE),
            (state.gradient_norm == 0, Outcome.STATIONARY),
            (state.stuck, failed),
            (state.small, Outcome.TOLERANCE),
            (state.stalls >= STALLS, Outcome.NO_DECREASE),
        )
        conditions, codes = zip(*cases, strict=True)
        outcome = jnp.select(conditions, [jnp.asarray(code) for code in codes], jnp.asarray(Outcome.RUNNING))
        outcome = jnp.where(state.begun, outcome, Outcome.RUNNING)
        return Status(state.loss, state.gradient_norm, state.steps, outcome)

    def _search(
        self, fn: Residuals, y: Vector, args: PyTree, residuals: Rows, equations: Equations, state: State
    ) -> tuple[Array, Trial]:
        """Raise the damping until a step along the curve is accepted, or give up."""
        fresh = jnp.isnan(state.damping)
        damping = jnp.where(fresh, self.damping * equations.scale, state.damping)
        floor = jnp.finfo(y.dtype).eps * equations.scale * FLOOR

        def attempt(carried: tuple[Array, Array, Trial]) -> tuple[Array, Array, Trial]:
            count, damping, _ = carried
            trial = self._trial(fn, y, args, residuals, equations, damping)
            rise = curves.damping_factor(trial.accepted, trial.reach, trial.gain)
            return count + 1, jnp.maximum(damping * rise, floor), trial

        going = lambda carried: ~carried[2].accepted & (carried[0] < FACTORS)
        return jax.lax.while_loop(going, attempt, (jnp.array(0), damping, _nothing(y)))[1:]

    def _trial(
        self, fn: Residuals, y: Vector, args: PyTree, residuals: Rows, equations: Equations, damping: Array
    ) -> Trial:
        """The first of some reaches along the curve of one factor that lowers the loss enough."""
        series = self._series(fn, y, args, residuals, equations.damped(damping))
        loss = jnp.sum(residuals**2)
        linear = equations.jacobian @ series[0]
        longest = curves.reach(series)

        def attempt(carried: tuple[Array, Trial]) -> tuple[Array, Trial]:
            count, _ = carried
            reach = longest * 0.5**count
            change = curves.change(series, reach)
            found = jnp.sum(fn(y + change, args) ** 2)
            gain = (loss - found) / (loss - jnp.sum((residuals + reach * linear) ** 2))
            return count + 1, Trial((found < loss) & (gain > GAIN), found, change, reach, gain)

        begin = (jnp.where(jnp.isfinite(longest), 0, REACHES), _nothing(y))
        going = lambda carried: ~carried[1].accepted & (carried[0] < REACHES)
        return jax.lax.while_loop(going, attempt, begin)[1]

    def _series(
        self, fn: Residuals, y: Vector, args: PyTree, residuals: Rows, factor: Factor
    ) -> Float[Array, "order n"]:
        """p_1, …, p_order; one program to the highest order serves for all, since its compilation takes longest."""
        first = jnp.zeros((self.order, y.size), y.dtype).at[0].set(factor.step(residuals))
        if self.order == 1:
            return first

        def following(k: Array, series: Array) -> Array:
            return series.at[k].set(factor.step(fn.curve(y, list(series), args)[k + 1]))

        return jax.lax.fori_loop(1, self.order, following, first)

    def _small(self, change: Array, value: Array) -> Bool[Array, ""]:
        return jnp.all(jnp.abs(change) < self.atol + self.rtol * jnp.abs(value))


def _nothing(y: Vector) -> Trial:
    zero = jnp.zeros((), y.dtype)
    return Trial(jnp.array(False), zero, jnp.zeros_like(y), zero, zero)
