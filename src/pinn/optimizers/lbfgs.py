"""L-BFGS: an inverse Hessian that is known by the last pairs alone."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import optimistix as optx
from jaxtyping import Array, Bool, Float, Int, PyTree, Scalar

from pinn.optimizers.protocol import Vector
from pinn.optimizers.quasi_newton import AbstractSecantMethod, Pair
from pinn.optimizers.search import WolfeSearch


class History(eqx.Module):
    """The last pairs, oldest in slot `next`; empty slots weigh nothing."""

    steps: Float[Array, "history n"]
    changes: Float[Array, "history n"]
    weights: Float[Array, " history"]
    scale: Float[Array, ""]
    next: Int[Array, ""]

    def mv(self, vector: Vector) -> Vector:
        """The two-loop recursion (Nocedal & Wright 2006, algorithm 7.4)."""
        size = self.weights.size
        order = (self.next + jnp.arange(size)) % size

        def backward(q: Vector, slot: Array) -> tuple[Vector, Array]:
            share = self.weights[slot] * jnp.dot(self.steps[slot], q)
            return q - share * self.changes[slot], share

        def forward(q: Vector, item: tuple[Array, Array]) -> tuple[Vector, None]:
            slot, share = item
            excess = share - self.weights[slot] * jnp.dot(self.changes[slot], q)
            return q + excess * self.steps[slot], None

        vector, shares = jax.lax.scan(backward, vector, order, reverse=True)
        return jax.lax.scan(forward, self.scale * vector, (order, shares))[0]


class Lbfgs(AbstractSecantMethod):
    """Limited-memory BFGS: the last `history` pairs instead of a matrix."""

    rtol: float
    atol: float
    history: int = 50
    norm: Callable[[PyTree], Scalar] = optx.max_norm
    search: WolfeSearch = WolfeSearch()

    def blank(self, y: Vector) -> History:
        pairs = jnp.zeros((self.history, y.size), y.dtype)
        return History(pairs, pairs, jnp.zeros(self.history, y.dtype), jnp.ones((), y.dtype), jnp.array(0))

    def afresh(self, inverse: History, gradient: Vector, scale: Float[Array, ""], wanted: Bool[Array, ""]) -> History:
        weights = jnp.where(wanted, 0, inverse.weights)
        scale = jnp.where(wanted, scale, inverse.scale)
        return History(inverse.steps, inverse.changes, weights, scale, inverse.next)

    def learn(self, inverse: History, pair: Pair, wanted: Bool[Array, ""]) -> tuple[History, Vector, Bool[Array, ""]]:
        """Overwrite the oldest pair; the newest one sets the scale (Nocedal & Wright 2006, equation 7.20)."""
        slot, curvature, taken = inverse.next, pair.curvature, wanted & pair.curved
        choose = lambda new, old: jnp.where(taken, new, old)
        put = lambda table, new: table.at[slot].set(choose(new, table[slot]))
        history = History(
            put(inverse.steps, pair.step),
            put(inverse.changes, pair.change),
            put(inverse.weights, 1 / curvature),
            choose(curvature / jnp.dot(pair.change, pair.change), inverse.scale),
            choose((slot + 1) % self.history, slot),
        )
        direction = -jax.lax.cond(wanted, lambda: history.mv(pair.gradient), lambda: jnp.zeros_like(pair.gradient))
        return history, direction, jnp.dot(direction, pair.gradient) < 0

    def aim(self, inverse: History, gradient: Vector) -> tuple[History, Vector]:
        return inverse, -inverse.mv(gradient)
