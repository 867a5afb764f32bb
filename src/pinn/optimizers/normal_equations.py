"""Damped linear least squares by one triangular factor of the smaller of the two normal matrices.

With J of m rows and n columns, the step p that minimizes |J p + b|² + λ|p|² is -(JᵀJ + λ)⁻¹ Jᵀ b, which equals
-Jᵀ(JJᵀ + λ)⁻¹ b. The product is the work: its lower blocks are computed, the upper ones copied. Products with Jᵀ are
written b @ J, for J.T @ b makes XLA lay out J anew. Where the damping is lost in the rounding of the product, the same
factor comes from J by QR, which takes several times longer. Each solution is refined once, which makes up for squaring:
what is corrected is p with the rounding that it has, for z = (JJᵀ + λ)⁻¹ b is larger than p by up to 1/√λ, and the
rounding of a second Jᵀz could be larger than b when J has mapped it back.
"""

from itertools import pairwise

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from pinn.optimizers.protocol import Rows, Vector

BLOCK = 100
"""Columns of a block of the product, at least; more than four blocks gain little."""


class Equations(eqx.Module):
    """A Jacobian, and its product with itself along its longer side."""

    jacobian: Float[Array, "rows n"]
    product: Float[Array, "small small"]

    @classmethod
    def of(cls, jacobian: Float[Array, "rows n"]) -> "Equations":
        rows, columns = jacobian.shape
        return cls(jacobian, _gram(jacobian.T if rows < columns else jacobian))

    @property
    def scale(self) -> Float[Array, ""]:
        """The mean of the squared lengths of the Jacobian's columns."""
        return jnp.trace(self.product) / self.jacobian.shape[1]

    def damped(self, damping: Float[Array, ""]) -> "Factor":
        """The factor for λ = `damping`; it may be all NaN where that is lost in rounding."""
        small = damping < jnp.finfo(damping.dtype).eps * jnp.trace(self.product)  # at least the largest eigenvalue
        factor = jax.lax.cond(small, lambda: self._by_qr(damping), lambda: self._by_cholesky(damping))
        return Factor(self.jacobian, damping, factor)

    def _by_cholesky(self, damping: Array) -> Array:
        identity = jnp.eye(len(self.product), dtype=self.product.dtype)
        return jax.lax.linalg.cholesky(self.product + damping * identity, symmetrize_input=False)

    def _by_qr(self, damping: Array) -> Array:
        """The same factor, up to signs, without the product and the rounding in it."""
        rows, columns = self.jacobian.shape
        tall = self.jacobian.T if rows < columns else self.jacobian
        root = jnp.sqrt(damping) * jnp.eye(tall.shape[1], dtype=tall.dtype)
        return jnp.linalg.qr(jnp.concatenate([tall, root]), mode="r").T


class Factor(eqx.Module):
    """The triangular factor of a damped normal matrix, for any right-hand side."""

    jacobian: Float[Array, "rows n"]
    damping: Float[Array, ""]
    factor: Float[Array, "small small"]

    def step(self, b: Rows) -> Vector:
        """The p that minimizes |J p + b|² + λ|p|², refined once."""
        rows, columns = self.jacobian.shape
        if rows < columns:
            z = self._solve(b)
            p = -(z @ self.jacobian)
            return p - self._solve(b + self.jacobian @ p - self.damping * z) @ self.jacobian
        p = -self._solve(b @ self.jacobian)
        return p - self._solve((b + self.jacobian @ p) @ self.jacobian + self.damping * p)

    def descent(self, gradient: Vector) -> Vector:
        """-(JᵀJ + λ)⁻¹ times any vector, refined once; by Woodbury's formula where JJᵀ is smaller."""
        p = self._inverted(-gradient)
        return p + self._inverted(-gradient - (self.jacobian @ p) @ self.jacobian - self.damping * p)

    def _inverted(self, b: Vector) -> Vector:
        rows, columns = self.jacobian.shape
        if rows < columns:
            return (b - self._solve(self.jacobian @ b) @ self.jacobian) / self.damping
        return self._solve(b)

    def _solve(self, b: Array) -> Array:
        return jax.scipy.linalg.cho_solve((self.factor, True), b)


def _gram(matrix: Float[Array, "rows n"]) -> Float[Array, "n n"]:
    """matrixᵀ matrix, by blocks of columns."""
    count = min(4, max(1, matrix.shape[1] // BLOCK))
    cuts = [matrix.shape[1] * i // count for i in range(count + 1)]
    parts = [matrix[:, start:stop] for start, stop in pairwise(cuts)]
    lower = [[part.T @ other for other in parts[: i + 1]] for i, part in enumerate(parts)]
    whole = [[lower[i][j] if j <= i else lower[j][i].T for j in range(count)] for i in range(count)]
    return jnp.block(whole)
