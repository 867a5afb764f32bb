"""BFGS, SSBFGS and SSBroyden, with a dense inverse Hessian kept as a product H = JJᵀ: it cannot lose its sign.

With s the step, y the change of the gradient, and B the inverse of H, the family is

    H ← (H - Hy (Hy)ᵀ/(y·Hy) + φ (y·Hy) v vᵀ)/τ + ρ s sᵀ,   v = ρ s - Hy/(y·Hy),   ρ = 1/(s·y),   φ = (1 - θ)/(1 + aθ)

with a = b h - 1, b = s·Bs/(s·y), h = y·Hy/(s·y). Al-Baali (1998) and Al-Baali & Khalfan (2005) chose θ and τ so that
eigenvalues which the start has left far too large are corrected soon; Urbán, Stefanou & Pons (2025) found that networks
for equations need this. But then the condition of H grows beyond 10^16, where H itself turns indefinite by
rounding, and that of J only to its root. Products of J with the two gradients of a pair are all that an update needs:
no equation is solved, and every number is read twice and written once a step.
"""

from collections.abc import Callable
from typing import Any, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import optimistix as optx
from jaxtyping import Array, Bool, Float, PyTree, Scalar

from pinn.optimizers.protocol import Vector
from pinn.optimizers.quasi_newton import AbstractSecantMethod, Pair
from pinn.optimizers.search import WolfeSearch

Number = Float[Array, ""]
Rule = Literal["bfgs", "ssbfgs", "ssbroyden"]

ROWS = 64
"""Rows of the matrix that are changed and multiplied together, while they are in the cache."""


class Change(eqx.Module):
    """J ← keep (J + leftᵀ mix right) + shift I.

    `left` holds the direction before a step and Hy, `right` holds Jᵀg before it and Jᵀy; so J rightᵀ = (-1, 1) leftᵀ.
    """

    keep: Number
    shift: Number
    mix: Float[Array, "2 2"]
    left: Float[Array, "2 n"]
    right: Float[Array, "2 n"]

    @classmethod
    def to_multiple(cls, keep: Number, shift: Number, like: Vector) -> "Change":
        """`keep` times what J was and `shift` times the identity."""
        nothing = jnp.zeros((2, like.size), like.dtype)
        return cls(keep, shift, jnp.zeros((2, 2), like.dtype), nothing, nothing)

    @property
    def sound(self) -> Bool[Array, ""]:
        """Whether it is of any worth."""
        return jnp.isfinite(self.keep) & (self.keep > 0) & jnp.all(jnp.isfinite(self.mix))


class Root(eqx.Module):
    """J, in blocks of rows, the last one filled up; a change that is still to be made in it; and its product Jᵀg.

    The next pass makes the change, on rows that are then multiplied while they are in the cache. The gradient g is
    that of the last accepted point, J in the product has the change.
    """

    matrix: Float[Array, "blocks rows n"]
    change: Change
    image: Vector

    def transposed(self, vector: Vector, wanted: Bool[Array, ""]) -> tuple[Float[Array, "blocks rows n"], Vector]:
        """The matrix with the change made, in place, and its transpose times a vector; nothing if not `wanted`."""
        change, (blocks, rows, size) = self.change, self.matrix.shape
        left = change.mix.T @ change.left
        stacked = jnp.pad(jnp.vstack([left, vector]), ((0, 0), (0, blocks * rows - size))).reshape(3, blocks, rows)

        def body(k: Array, carry: tuple[Array, Array]) -> tuple[Array, Array]:
            matrix, image = carry
            first, second, part = jax.lax.dynamic_index_in_dim(stacked, k, 1, keepdims=False)
            outer = first[:, None] * change.right[0] + second[:, None] * change.right[1]
            diagonal = (k * rows + jnp.arange(rows))[:, None] == jnp.arange(size)
            changed = change.keep * (_at(matrix, k) + outer) + jnp.where(diagonal, change.shift, 0)
            return jax.lax.dynamic_update_index_in_dim(matrix, changed, k, 0), image + part @ changed

        return jax.lax.fori_loop(0, jnp.where(wanted, blocks, 0), body, (self.matrix, jnp.zeros_like(vector)))

    def product(self, vector: Vector, wanted: Bool[Array, ""]) -> Vector:
        """The matrix, without the change, times a vector; nothing if not `wanted`."""
        blocks, rows, size = self.matrix.shape
        body = lambda k, image: jax.lax.dynamic_update_index_in_dim(image, _at(self.matrix, k) @ vector, k, 0)
        nothing = jnp.zeros((blocks, rows), vector.dtype)
        return jax.lax.fori_loop(0, jnp.where(wanted, blocks, 0), body, nothing).ravel()[:size]


class Broyden(AbstractSecantMethod):
    """A method of Broyden's family with a dense inverse Hessian: n² numbers, two passes over them a step."""

    rtol: float
    atol: float
    rule: Rule = eqx.field(static=True)
    norm: Callable[[PyTree], Scalar] = optx.max_norm
    search: WolfeSearch = WolfeSearch()

    def blank(self, y: Vector) -> Root:
        blocks, one = -(-y.size // ROWS), jnp.ones((), y.dtype)
        matrix = jnp.zeros((blocks, -(-y.size // blocks), y.size), y.dtype)
        return Root(matrix, Change.to_multiple(one, jnp.zeros_like(one), y), jnp.zeros_like(y))

    def afresh(self, inverse: Root, gradient: Vector, scale: Number, wanted: Bool[Array, ""]) -> Root:
        root = jnp.sqrt(scale)
        known = (Change.to_multiple(jnp.zeros_like(root), root, gradient), root * gradient)
        return Root(inverse.matrix, *_select(wanted, known, (inverse.change, inverse.image)))

    def learn(self, inverse: Root, pair: Pair, wanted: Bool[Array, ""]) -> tuple[Root, Vector, Bool[Array, ""]]:
        """One product with Jᵀ, one with J; those of the changed J, and so the next direction, are sums."""
        matrix, image = inverse.transposed(pair.gradient, wanted)
        product = Root(matrix, inverse.change, image).product(image, wanted)
        left = jnp.stack([pair.direction, product + pair.direction])
        right = jnp.stack([inverse.image, image - inverse.image])
        keep, mix = update(self.rule, pair, right)
        found = Change(keep, jnp.zeros_like(keep), mix, left, right)
        sound = found.sound
        used = sound & pair.curved
        keep, mix = jnp.where(used, keep, 1), jnp.where(used, mix, 0)
        shares = mix.T @ (left @ pair.gradient)
        turned = keep * (image + shares @ right)
        direction = -keep * (
            keep * (product + (shares * jnp.asarray([-1, 1])) @ left) + (mix @ (right @ turned)) @ left
        )
        change = Change(keep, found.shift, mix, left, right)
        known = _select(wanted, (change, turned), (inverse.change, inverse.image))
        return Root(matrix, *known), direction, sound | ~pair.curved

    def aim(self, inverse: Root, gradient: Vector) -> tuple[Root, Vector]:
        """See `AbstractSecantMethod.aim`; the change is made before, so that J is what it says."""
        always, one = jnp.array(True), jnp.ones((), gradient.dtype)
        matrix, image = inverse.transposed(gradient, always)
        root = Root(matrix, Change.to_multiple(one, jnp.zeros_like(one), gradient), image)
        return root, -root.product(image, always)


def update(rule: Rule, pair: Pair, right: Float[Array, "2 n"]) -> tuple[Number, Float[Array, "2 2"]]:
    """`keep` and `mix` of the change of J by a pair; not finite where the pair is worthless.

    They are a triangular factor of the textbook's update in the plane of Jᵀg and Jᵀy. The first pair sets the scale:
    τ = h/(1 + aθ) (Nocedal & Wright 2006, equation 6.20, for BFGS).
    """
    curvature, (before, bent) = pair.curvature, jnp.diagonal(right @ right.T)
    b, h = pair.size**2 * before / curvature, bent / curvature
    a = jnp.maximum(b * h - 1, 0)
    theta, tau = _parameters(rule, a, b, h, pair.step.size)
    tau = jnp.where(pair.first, h / (1 + a * theta), tau)
    phi = (1 - theta) / (1 + a * theta)
    reach, stretch = pair.size / curvature, phi / (1 + jnp.sqrt(1 + phi * a))
    along = jnp.sqrt(tau / (curvature * bent)) * pair.size - stretch * reach
    mix = jnp.stack([-stretch * bent * reach**2, along, stretch * reach, (stretch - 1) / bent])
    return 1 / jnp.sqrt(tau), mix.reshape(2, 2)


def _parameters(rule: Rule, a: Number, b: Number, h: Number, size: int) -> tuple[Number, Number]:
    """θ and τ: none, SSBFGS-AB, or SSBroyden2 of Al-Baali & Khalfan."""
    if rule == "bfgs":
        return jnp.zeros_like(a), jnp.ones_like(a)
    short = jnp.minimum(1, 1 / b)
    if rule == "ssbfgs":
        return jnp.zeros_like(a), short
    c = jnp.minimum(1, h * (1 - jnp.sqrt(a / (1 + a))))
    theta = jnp.clip((1 - b) / b, (c - 1) / a, 1 / c)
    theta = jnp.where(jnp.isfinite(theta), theta, 0)
    sigma = 1 + theta * a
    root = sigma ** (1 / (1 - max(size, 2)))
    tau = jnp.where(theta <= 0, jnp.minimum(short * root, sigma), short * jnp.minimum(root, 1 / theta))
    return theta, tau


def _at(blocks: Float[Array, "blocks rows n"], k: Array) -> Float[Array, "rows n"]:
    return jax.lax.dynamic_index_in_dim(blocks, k, keepdims=False)


def _select(condition: Bool[Array, ""], yes: Any, no: Any) -> Any:
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), yes, no)
