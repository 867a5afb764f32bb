"""A line search that ends: bracketing for the weak Wolfe conditions, with the gradient at every trial.

The bracket is that of Lewis & Overton (2013), sound even on kinks; inside it the next trial is the minimizer
of the cubic through both ends. Near a minimum, where rounding hides the decrease, Hager & Zhang's (2005)
approximate condition looks at the slope instead.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optimistix as optx
from jaxtyping import Array, Bool, Float, Int, PyTree, Scalar

Vector = Float[Array, " n"]
Trial = optx.FunctionInfo.EvalGrad


class Point(eqx.Module):
    """A trial on the line: its step size, value, and derivative in the step size."""

    size: Float[Array, ""]
    value: Float[Array, ""]
    slope: Float[Array, ""]


class Bracket(eqx.Module):
    """What a search remembers between two trials: an acceptable size lies between `low` and `high`."""

    low: Point
    high: Point
    trial: Float[Array, ""]
    trials: Int[Array, ""]

    @property
    def endless(self) -> Bool[Array, ""]:
        """Of a search that failed: whether the loss fell at every trial, however long the step."""
        return jnp.isinf(self.high.size)


class WolfeSearch(optx.AbstractSearch[Vector, Any, Trial, Bracket]):
    """Find a step s with f ≤ f₀ + c₁ s·g₀ and s·g ≥ c₂ s·g₀; the first trial has size 1.

    After `limit` trials the lower end of a closed bracket is taken, whatever its slope. If it lies no lower
    than the start, nothing is accepted and the result is `nonlinear_divergence`. Values agree up to rounding
    within `noise` units in the last place; until the bracket closes, trials grow by the factor `growth`.
    """

    decrease: float = 1e-4
    curvature: float = 0.9
    noise: float = 4.0
    growth: float = 4.0
    limit: int = 30

    def init(self, y: Vector, f_info_struct: Any) -> Bracket:
        zero, inf = jnp.zeros((), y.dtype), jnp.full((), jnp.inf, y.dtype)
        return Bracket(Point(zero, zero, zero), Point(inf, inf, inf), jnp.ones((), y.dtype), jnp.array(0))

    def step(
        self,
        first_step: Bool[Array, ""],
        y: Vector,
        y_eval: Vector,
        f_info: Any,
        f_eval_info: Trial,
        state: Bracket,
    ) -> tuple[Scalar, Bool[Array, ""], Any, Bracket]:
        """Judge one trial; the size returned is that of the next one."""
        move = y_eval - y
        start = Point(jnp.zeros_like(state.trial), f_info.f, jnp.dot(f_info.grad, move) / state.trial)
        here = Point(state.trial, f_eval_info.f, jnp.dot(f_eval_info.grad, move) / state.trial)
        lower = (start.slope < 0) & self._decreases(start, here)
        flat = here.slope >= self.curvature * start.slope
        settling = state.trials >= self.limit
        accept = first_step | (lower & (flat | (settling & (here.value < start.value))))
        wider, failed = self._narrow(start, state, here, lower)
        dead = ~accept & (failed | settling | ~(start.slope < 0))
        bracket = _select(accept, self.init(y, None), wider)
        result = optx.RESULTS.where(dead, optx.RESULTS.nonlinear_divergence, optx.RESULTS.successful)
        return bracket.trial, accept, result, bracket

    def _decreases(self, start: Point, here: Point) -> Bool[Array, ""]:
        """Sufficient decrease, by the values or, where these agree up to rounding, by the slopes."""
        armijo = here.value <= start.value + self.decrease * here.size * start.slope
        rounding = self.noise * jnp.finfo(start.value.dtype).eps * jnp.abs(start.value)
        close = here.value <= start.value + rounding
        level = here.slope <= (2 * self.decrease - 1) * start.slope
        return (armijo | (close & level)) & jnp.isfinite(here.value) & jnp.isfinite(here.slope)

    def _narrow(
        self, start: Point, state: Bracket, here: Point, lower: Bool[Array, ""]
    ) -> tuple[Bracket, Bool[Array, ""]]:
        """The bracket after a trial that was not accepted, and whether that leaves nothing to take."""
        low = _select(lower, here, _select(state.low.size == 0, start, state.low))
        high = _select(lower, state.high, here)
        inside = jnp.where(jnp.isinf(high.size), self.growth * low.size, _cubic_minimum(low, high))
        spent = (state.trials + 1 >= self.limit) | (inside == low.size) | (inside == high.size)
        failed = spent & ((low.value >= start.value) | jnp.isinf(high.size))
        trial = jnp.where(spent, low.size, inside)
        return Bracket(low, high, trial, jnp.where(spent, self.limit, state.trials + 1)), failed


def _cubic_minimum(low: Point, high: Point) -> Float[Array, ""]:
    """Minimizer of the cubic through two points and their slopes, kept 10 % away from both; else the middle.

    Nocedal & Wright (2006), equation 3.59.
    """
    width = high.size - low.size
    bend = low.slope + high.slope - 3 * (high.value - low.value) / width
    root = jnp.sqrt(bend**2 - low.slope * high.slope)
    share = 1 - (high.slope + root - bend) / (high.slope - low.slope + 2 * root)
    share = jnp.where(jnp.isfinite(share), jnp.clip(share, 0.1, 0.9), 0.5)
    return low.size + share * width


def _select(condition: Bool[Array, ""], yes: PyTree, no: PyTree) -> PyTree:
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), yes, no)
