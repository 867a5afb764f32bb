"""A line search for the strong Wolfe conditions that ends, with the gradient at every trial.

The bracket is ordered: to its left the loss still falls, to its right it was too high or rises too steeply, so that
what lies between holds an acceptable step (Moré & Thuente 1994). Inside, the next trial is the minimizer of the cubic
through both ends (Nocedal & Wright 2006, algorithm 3.6), or the middle where the bracket hardly shrinks. Near a
minimum, where rounding hides the decrease, Hager & Zhang's (2005) approximate condition looks at the slope instead;
on a kink, which no flat step crosses, the weak condition serves (Lewis & Overton 2013).
"""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PyTree


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


class Verdict(NamedTuple):
    """What becomes of a trial; `bracket` holds the next one if it is neither accepted nor the last."""

    accepted: Bool[Array, ""]
    failed: Bool[Array, ""]
    bracket: Bracket


class WolfeSearch(eqx.Module):
    """Find a step s with f ≤ f₀ + c₁ s f₀′ and |f′| ≤ c₂ |f₀′|, for c₁ = `decrease` and c₂ = `curvature`.

    After `patience` trials f′ ≥ c₂ f₀′ is enough. After `limit` trials the lower end of a closed bracket is taken,
    whatever its slope; if it lies no lower than the start, the search has failed. Values agree up to rounding within
    `noise` units in the last place. Until the bracket closes, trials grow by the factor `growth`.

    A method whose steps come out at a third of their natural length would waste a trial on each: the first trial is
    at most `lengthen` times the size that was accepted last.
    """

    decrease: float = 1e-4
    curvature: float = 0.9
    noise: float = 4.0
    growth: float = 4.0
    lengthen: float = 1.6
    patience: int = 10
    limit: int = 30

    def first(self, before: Float[Array, ""]) -> Bracket:
        """The search after a step of size `before`; infinity if there was none."""
        zero, inf = jnp.zeros_like(before), jnp.full_like(before, jnp.inf)
        trial = jnp.minimum(1, self.lengthen * before)
        return Bracket(Point(zero, zero, zero), Point(inf, inf, inf), trial, jnp.array(0))

    def judge(self, start: Point, here: Point, bracket: Bracket) -> Verdict:
        """What becomes of the trial `here` on a line that begins at `start`."""
        lower = (start.slope < 0) & self._decreases(start, here)
        flat = here.slope >= self.curvature * start.slope
        steep = (here.slope > -self.curvature * start.slope) & (bracket.trials < self.patience)
        settling = bracket.trials >= self.limit
        accepted = lower & ((flat & ~steep) | (settling & (here.value < start.value)))
        narrower, empty = self._narrow(start, bracket, here, lower & ~steep)
        return Verdict(accepted, ~accepted & (empty | settling | ~(start.slope < 0)), narrower)

    def _decreases(self, start: Point, here: Point) -> Bool[Array, ""]:
        """Sufficient decrease, by the values or, where these agree up to rounding, by the slopes."""
        armijo = here.value <= start.value + self.decrease * here.size * start.slope
        rounding = self.noise * jnp.finfo(start.value.dtype).eps * jnp.abs(start.value)
        close = here.value <= start.value + rounding
        level = here.slope <= (2 * self.decrease - 1) * start.slope
        return (armijo | (close & level)) & jnp.isfinite(here.value) & jnp.isfinite(here.slope)

    def _narrow(
        self, start: Point, bracket: Bracket, here: Point, left: Bool[Array, ""]
    ) -> tuple[Bracket, Bool[Array, ""]]:
        """The bracket after a trial that was not accepted, and whether that leaves nothing to take."""
        low = _select(left, here, _select(bracket.low.size == 0, start, bracket.low))
        high = _select(left, bracket.high, here)
        width = high.size - low.size
        slow = width > 2 / 3 * (bracket.high.size - bracket.low.size)  # never true of the first closed bracket
        middle = low.size + width / 2
        inside = jnp.where(slow & (bracket.trials % 2 == 1), middle, _cubic_minimum(low, high))
        inside = jnp.where(jnp.isinf(high.size), self._beyond(low.size), inside)
        spent = (bracket.trials + 1 >= self.limit) | (inside == low.size) | (inside == high.size)
        empty = spent & ((low.value >= start.value) | jnp.isinf(high.size))
        trial = jnp.where(spent, low.size, inside)
        return Bracket(low, high, trial, jnp.where(spent, self.limit, bracket.trials + 1)), empty

    def _beyond(self, size: Float[Array, ""]) -> Float[Array, ""]:
        """A longer trial; the natural length 1 is not passed over."""
        longer = self.growth * size
        return jnp.where(size < 1, jnp.minimum(1, longer), longer)


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
