"""The Gauss–Newton form of any loss of integrands and squares."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from pinn import features
from pinn.batches import Arguments, Batch
from pinn.compiler import Site
from pinn.fields import Constants, Model, Numbers
from pinn.objectives.residuals import Residuals
from pinn.objectives.rows import along, on_curve, split, with_slopes
from pinn.problems import Group

if TYPE_CHECKING:
    from pinn.objectives.loss import Objective


class Curvature(eqx.Module):
    """The generalised Gauss–Newton matrix of the loss as AᵀA, and how the rows of A vary.

    With the features w of a point, the matrix is Σ share · (∂w/∂θ)ᵀ H₊ (∂w/∂θ), where H₊ is the positive part of the
    integrands' own second derivative in w (Schraudolph 2002; energy natural gradients, Müller & Zeinhofer 2023), and
    2 JᵀJ for the rows J of `Residuals`.
    """

    objective: "Objective"

    def value(self, theta: Float[Array, " n"], args: Arguments) -> tuple[Float[Array, ""], Float[Array, " n"]]:
        """The loss and its gradient."""
        return jax.value_and_grad(self.objective.value)(theta, args)

    def rows(self, theta: Float[Array, " n"], args: Arguments) -> Float[Array, "rows n"]:
        """A."""

        def rows(group: Group, model: Model, numbers: Numbers, at: Batch) -> Array:
            return self._point_rows(group, [model], numbers, args.constants, at)[0]

        return with_slopes(self.objective, theta, args, rows)[1]

    def curve(
        self, theta: Float[Array, " n"], series: Sequence[Float[Array, " n"] | None], args: Arguments
    ) -> Float[Array, "orders rows"]:
        """A's rows as functions of θ, with H₊ held, along a curve; see `Residuals.curve`."""
        return on_curve(self.objective, along(self.objective, theta, series), args, self._point_rows)

    def _point_rows(
        self, group: Group, models: Sequence[Model], numbers: Numbers, constants: Constants, at: Batch
    ) -> Float[Array, "orders rows"]:
        """The functions of one point whose slopes are the rows of A, by their Taylor coefficients."""
        squared, parts = [c.squared for c in group.contributions], []
        if any(squared):
            parts.append(2**0.5 * Residuals(self.objective).point_rows(group, models, numbers, constants, at))
        if not all(squared):
            site = at.site()
            root = self._root(group, site, models[0], constants, at.shares)
            parts.append(features.series(self.objective.problem.config, group, site, models, constants) @ root)
        return jnp.concatenate(parts, axis=1)

    def _root(self, group: Group, site: Site, model: Model, constants: Constants, shares) -> Array:
        """The root of H₊ of all integrands of a group together."""
        w, back = features.reader(self.objective.problem.config, group, site, model, constants)

        def energy(w: Array) -> Array:
            leaves, model = back(w)
            values = [jet.value for jet in self.objective.point_values(group, site, [model], {}, constants, leaves)]
            parts = zip(group.contributions, split(group, values), shares, strict=True)
            return jnp.sum(jnp.stack([share * w * roots[0] for c, (roots, _, w), share in parts if not c.squared]))

        return jax.lax.stop_gradient(features.positive_root(jax.hessian(energy)(jax.lax.stop_gradient(w))))
