"""The frame of all quasi-Newton methods: one vector, one evaluation a `step`, made to go on where others stop.

They see the gradient at every trial point, test curvature relative to the size of a pair (an absolute test stalls
near a loss of 1e-12), and start afresh from steepest descent before they give up. What they make of a pair, the step
and the change of the gradient along it, is theirs.
"""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PyTree, Scalar

from pinn.optimizers.outcomes import Outcome
from pinn.optimizers.protocol import (
    AbstractComparingMethod,
    AbstractReportingMethod,
    AbstractScalarMethod,
    Status,
    Vector,
    verdict,
)
from pinn.optimizers.search import Bracket, Point, WolfeSearch

KNOWN = 10
"""Pairs after which a tiny step means convergence, and not a fresh start in a steep valley."""

IDLE = 1000
"""Steps after which a method ends if neither value nor gradient was lower than ever: rounding makes the steps."""

SHORTER = 1e-2
"""What a first step is multiplied by where the loss falls without end, which may lie beyond a minimum that it leapt."""

SHORTEST = 1e-3
"""The length below which it is not made shorter."""


class Pair(NamedTuple):
    """An accepted step, and what is known of it without a product with the inverse Hessian."""

    step: Vector
    change: Vector
    """Of the gradient along the step."""
    gradient: Vector
    """At its end."""
    direction: Vector
    """-Hg at its beginning; the step is this times `size`."""
    size: Float[Array, ""]
    first: Bool[Array, ""]
    """Whether none was learned since the fresh start."""

    @property
    def products(self) -> Float[Array, "2 2"]:
        """Of step and change, each with each: one kernel to compile, where three inner products are nine."""
        both = jnp.stack([self.step, self.change])
        return both @ both.T

    @property
    def curvature(self) -> Float[Array, ""]:
        """s · y."""
        return self.products[0, 1]

    @property
    def curved(self) -> Bool[Array, ""]:
        """Whether the curvature stands out of rounding."""
        (steps, curvature), (_, changes) = self.products
        return curvature > jnp.finfo(self.step.dtype).eps * jnp.sqrt(steps) * jnp.sqrt(changes)


class Memory(eqx.Module):
    """The last accepted point, the line that leads on from it, and the inverse Hessian."""

    value: Float[Array, ""]
    gradient: Vector
    direction: Vector
    bracket: Bracket
    inverse: PyTree
    pairs: Int[Array, ""]
    """Learned since the fresh start."""
    steps: Int[Array, ""]
    """Accepted; -1 before the first evaluation."""
    lowest: Float[Array, "2"]
    """Value and gradient norm."""
    idle: Int[Array, ""]
    """Steps since either fell."""
    outcome: Int[Array, ""]


class AbstractSecantMethod(AbstractReportingMethod, AbstractComparingMethod, AbstractScalarMethod):
    """A quasi-Newton method on one vector; `fn` is a loss with nothing beside."""

    rtol: eqx.AbstractVar[float]
    atol: eqx.AbstractVar[float]
    norm: eqx.AbstractVar[Callable[[PyTree], Scalar]]
    search: eqx.AbstractVar[WolfeSearch]

    @abstractmethod
    def blank(self, y: Vector) -> Any:
        """An inverse Hessian of the right shape, to be made afresh before it is used."""

    @abstractmethod
    def afresh(self, inverse: Any, gradient: Vector, scale: Float[Array, ""], wanted: Bool[Array, ""]) -> Any:
        """`scale` times the identity, at a point with this gradient, if that is `wanted`; else `inverse` as it is."""

    @abstractmethod
    def learn(self, inverse: Any, pair: Pair, wanted: Bool[Array, ""]) -> tuple[Any, Vector, Bool[Array, ""]]:
        """The inverse Hessian that maps a pair's change to its step, the direction from its end, and if both are sound.

        A pair without curvature changes nothing. If it is not `wanted`, the inverse stays, the rest means nothing, and
        there is no work. Numbers are selected, not branches, so that a matrix is updated in place.
        """

    @abstractmethod
    def aim(self, inverse: Any, gradient: Vector) -> tuple[Any, Vector]:
        """The direction for another gradient at the same point, with the inverse Hessian as it is."""

    def begin(self, y: Vector) -> Memory:
        """Nothing evaluated; the first trial is `y` itself."""
        inf, zeros = jnp.full((), jnp.inf, y.dtype), jnp.zeros_like(y)
        none, begun, running = jnp.array(0), jnp.array(-1), jnp.asarray(int(Outcome.RUNNING))
        lowest = jnp.full(2, jnp.inf, y.dtype)
        return Memory(inf, zeros, zeros, self.search.first(inf), self.blank(y), none, begun, lowest, none, running)

    def advance(self, fn: Callable[..., Any], y: Vector, args: PyTree, state: Memory) -> tuple[Vector, Memory]:
        """Evaluate one trial point; then accept it, search on, or start afresh where a search failed."""
        size, begins = state.bracket.trial, state.steps < 0
        step = size * state.direction
        value, gradient = _evaluated(fn, y + step, args)
        slope = jnp.dot(state.gradient, state.direction)
        start, here = Point(jnp.zeros_like(size), state.value, slope), Point(size, value, gradient @ state.direction)
        verdict = self.search.judge(start, here, state.bracket)
        moved, accepted = verdict.accepted & ~begins, verdict.accepted | begins
        pair = Pair(step, gradient - state.gradient, gradient, state.direction, size, state.pairs == 0)
        inverse, direction, sound = self.learn(state.inverse, pair, moved)
        failed = verdict.failed & ~accepted
        leaps = failed & (state.pairs == 0) & verdict.bracket.endless & (jnp.linalg.norm(state.direction) > SHORTEST)
        again = begins | (moved & ~sound) | (failed & (state.pairs > 0)) | leaps
        dead = failed & ~again
        known = state.pairs >= min(y.size, KNOWN)
        still = moved & known & self.settled(step, y + step, value - state.value, value)
        value, gradient = _select(accepted, (value, gradient), (state.value, state.gradient))
        norm = jnp.linalg.norm(gradient)
        scale = _inverse_norm(gradient) * jnp.where(leaps, SHORTER * jnp.linalg.norm(state.direction), 1)
        direction = jnp.where(again, -scale * gradient, jnp.where(moved, direction, state.direction))
        lowest, fallen = self._lowest(state.lowest, value, norm)
        idle = jnp.where(fallen, 0, state.idle + moved)
        following = Memory(
            value=value,
            gradient=gradient,
            direction=direction,
            bracket=_select(accepted | again, self.search.first(jnp.where(again, jnp.inf, size)), verdict.bracket),
            inverse=self.afresh(inverse, gradient, scale, again),
            pairs=jnp.where(again, 0, state.pairs + (moved & pair.curved)),
            steps=state.steps + accepted,
            lowest=lowest,
            idle=idle,
            outcome=_outcome(value, gradient, state.steps, still, dead, verdict.bracket.endless, idle),
        )
        return jnp.where(accepted, y + step, y), following

    def status(self, state: Memory) -> Status:
        """See `AbstractMethod.status`."""
        return Status(state.value, jnp.linalg.norm(state.gradient), jnp.maximum(state.steps, 0), state.outcome)

    def renew(self, fn: Callable[..., Any], y: Vector, args: PyTree, state: Memory) -> Memory:
        """See `AbstractComparingMethod.renew`; the inverse Hessian stays, but for one that led nowhere."""
        value, gradient = _evaluated(fn, y, args)
        inverse, direction = self.aim(state.inverse, gradient)
        again = (state.outcome == Outcome.NO_DECREASE) & (state.pairs == 0)
        scale = _inverse_norm(gradient)
        no = jnp.array(False)
        return Memory(
            value=value,
            gradient=gradient,
            direction=jnp.where(again, -scale * gradient, direction),
            bracket=self.search.first(jnp.where(again, jnp.inf, state.bracket.trial)),
            inverse=self.afresh(inverse, gradient, scale, again),
            pairs=state.pairs,
            steps=state.steps,
            lowest=jnp.full_like(state.lowest, jnp.inf),
            idle=jnp.zeros_like(state.idle),
            outcome=_outcome(value, gradient, state.steps, no, no, no, jnp.array(0)),
        )

    def _lowest(self, lowest: Array, value: Array, norm: Array) -> tuple[Float[Array, "2"], Bool[Array, ""]]:
        """Value, but for rounding, and gradient norm at their lowest after another point, and whether one fell."""
        rounding = self.search.noise * jnp.finfo(value.dtype).eps * jnp.abs(value)
        lower = jnp.stack([value + rounding, norm]) < lowest
        return jnp.where(lower, jnp.stack([value, norm]), lowest), jnp.any(lower)


def _evaluated(fn: Callable[..., Any], y: Vector, args: PyTree) -> tuple[Float[Array, ""], Vector]:
    return jax.value_and_grad(lambda z: fn(z, args)[0])(y)


def _inverse_norm(gradient: Vector) -> Float[Array, ""]:
    norm = jnp.linalg.norm(gradient)
    return 1 / jnp.where(norm > 0, norm, 1)


def _outcome(
    value: Float[Array, ""],
    gradient: Vector,
    steps: Int[Array, ""],
    still: Bool[Array, ""],
    dead: Bool[Array, ""],
    endless: Bool[Array, ""],
    idle: Int[Array, ""],
) -> Int[Array, ""]:
    """How the method stands after a trial that followed `steps` accepted ones."""
    return verdict(
        (~(jnp.isfinite(value) & jnp.all(jnp.isfinite(gradient))), Outcome.NON_FINITE),
        (~jnp.any(gradient), Outcome.STATIONARY),
        (dead & endless, Outcome.UNBOUNDED),
        (dead & (steps <= 0), Outcome.FAILED_AT_START),
        (dead | (idle >= IDLE), Outcome.NO_DECREASE),
        (still, Outcome.TOLERANCE),
    )


def _select(condition: Bool[Array, ""], yes: PyTree, no: PyTree) -> PyTree:
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), yes, no)
