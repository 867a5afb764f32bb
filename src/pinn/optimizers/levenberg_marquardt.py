"""Levenberg–Marquardt along Taylor curves: many derivatives from one factor.

The step follows the curve θ(s) = θ + Σ_k p_k s^k/k!. Its direction p_1 is the damped Gauss–Newton step; each p_k solves
the same factorized system against d^k r/ds^k along the curve so far, so that the derivatives of the residuals that
the Jacobian can reach vanish one after the other. Order 2 is geodesic acceleration (Transtrum & Sethna 2012); higher
orders carry over the asymptotic numerical method (Damil & Potier-Ferry 1990). How far the series reaches is read off
its own terms, and shorter reaches are tried before a factor is thrown away.
"""

from collections.abc import Callable
from math import factorial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import optimistix as optx
from jaxtyping import Array, Bool, Float, Int, PyTree, Scalar

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

REACH = 0.5
"""The last term of the series may be this large, relative to the first."""

REACHES = 3
"""How many lengths along a curve are tried, each half of the one before."""

GAIN = 1e-3
"""A step is taken if the loss falls by this share of what the linear model predicts."""

GOOD = 0.5
"""The damping falls after a whole step with at least this share."""

FALL, RISE, JUMP = 0.2, 2.0, 4.0
"""Factors of the damping: after a good whole step, after one cut short, after a factor without any step."""

FACTORS = 25
"""Factors without a step before the stage ends: the damping has then grown by 10^15."""

STALLS, STILL = 5, 100.0
"""The stage ends after so many successive steps that change the loss by less than so many units of rounding."""

FLOOR = 1e-12
"""The damping stays above this share of the rounding of the normal matrix."""


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
        equations = Equations.of(*fn.jacobian(y, args))
        here = jnp.sum(equations.residuals**2)
        stay = lambda: (state.damping, _nothing(y))
        damping, trial = jax.lax.cond(state.begun, lambda: self._search(fn, y, args, equations, state), stay)
        there = jnp.where(trial.accepted, y + trial.change, y)
        loss = jnp.where(trial.accepted, trial.loss, here)
        fall = state.loss - loss
        still = fall <= STILL * jnp.finfo(y.dtype).eps * loss
        following = State(
            begun=jnp.array(True),
            loss=loss,
            gradient_norm=2 * jnp.linalg.norm(equations.residuals @ equations.jacobian),
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
        self, fn: Residuals, y: Vector, args: PyTree, equations: Equations, state: State
    ) -> tuple[Array, Trial]:
        """Raise the damping until a step along the curve is accepted, or give up."""
        fresh = jnp.isnan(state.damping)
        damping = jnp.where(fresh, self.damping * equations.scale, state.damping)
        floor = jnp.finfo(y.dtype).eps * equations.scale * FLOOR

        def attempt(carried: tuple[Array, Array, Trial]) -> tuple[Array, Array, Trial]:
            count, damping, _ = carried
            trial = self._trial(fn, y, args, equations, damping)
            return count + 1, jnp.maximum(damping * _factor(trial), floor), trial

        going = lambda carried: ~carried[2].accepted & (carried[0] < FACTORS)
        return jax.lax.while_loop(going, attempt, (jnp.array(0), damping, _nothing(y)))[1:]

    def _trial(self, fn: Residuals, y: Vector, args: PyTree, equations: Equations, damping: Array) -> Trial:
        """The first of some reaches along the curve of one factor that lowers the loss enough."""
        series = self._series(fn, y, args, equations, equations.damped(damping))
        loss = jnp.sum(equations.residuals**2)
        linear = equations.jacobian @ series[0]
        longest = _reach(series)

        def attempt(carried: tuple[Array, Trial]) -> tuple[Array, Trial]:
            count, _ = carried
            reach = longest * 0.5**count
            change = sum((p * (reach**k / factorial(k)) for k, p in enumerate(series, 1)), jnp.zeros_like(y))
            found = jnp.sum(fn(y + change, args) ** 2)
            gain = (loss - found) / (loss - jnp.sum((equations.residuals + reach * linear) ** 2))
            return count + 1, Trial((found < loss) & (gain > GAIN), found, change, reach, gain)

        begin = (jnp.where(jnp.isfinite(longest), 0, REACHES), _nothing(y))
        going = lambda carried: ~carried[1].accepted & (carried[0] < REACHES)
        return jax.lax.while_loop(going, attempt, begin)[1]

    def _series(
        self, fn: Residuals, y: Vector, args: PyTree, equations: Equations, factor: Factor
    ) -> Float[Array, "order n"]:
        """p_1, …, p_order; one program to the highest order serves for all, since its compilation takes longest."""
        first = jnp.zeros((self.order, y.size), y.dtype).at[0].set(factor.step(equations.residuals))
        if self.order == 1:
            return first

        def following(k: Array, series: Array) -> Array:
            return series.at[k].set(factor.step(fn.curve(y, list(series), args)[k + 1]))

        return jax.lax.fori_loop(1, self.order, following, first)

    def _small(self, change: Array, value: Array) -> Bool[Array, ""]:
        return jnp.all(jnp.abs(change) < self.atol + self.rtol * jnp.abs(value))


def _reach(series: Float[Array, "order n"]) -> Float[Array, ""]:
    """How far the curve is trusted: to s = 1, or to where the last term is a share `REACH` of the first."""
    order = len(series)
    first, last = jnp.linalg.norm(series[0]), jnp.linalg.norm(series[-1]) / factorial(order)
    if order == 1:
        return jnp.where(jnp.isfinite(first), 1.0, jnp.nan).astype(first.dtype)
    return jnp.minimum(1, (REACH * first / last) ** (1 / (order - 1)))


def _nothing(y: Vector) -> Trial:
    zero = jnp.zeros((), y.dtype)
    return Trial(jnp.array(False), zero, jnp.zeros_like(y), zero, zero)


def _factor(trial: Trial) -> Float[Array, ""]:
    """What the damping is multiplied by after a trial."""
    whole = trial.reach >= 1
    after = jnp.where(whole & (trial.gain > GOOD), FALL, jnp.where(trial.reach > 0.5, 1, RISE))
    return jnp.where(trial.accepted, after, JUMP)
