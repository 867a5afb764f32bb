"""The loss as a sum of squares: what least-squares methods see."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from pinn import terms
from pinn.batches import Arguments, Batch, over_points
from pinn.fields import Constants, Model, Numbers
from pinn.objectives.rows import along, on_curve, split, with_slopes
from pinn.problems import Group

if TYPE_CHECKING:
    from pinn.objectives.loss import Objective


class Residuals(eqx.Module):
    """The loss as |r(θ)|²: what least-squares methods see.

    Rows are ordered by group, point, term, component; points that only fill up a block have zero rows.
    """

    objective: "Objective"

    def __call__(self, theta: Float[Array, " n"], args: Arguments) -> Float[Array, " rows"]:
        """r(θ), each row scaled by the root of its weight: one evaluation of the jets."""
        return self._rows([self.objective.unravel(theta)], args)[0]

    def jacobian(
        self, theta: Float[Array, " n"], args: Arguments
    ) -> tuple[Float[Array, " rows"], Float[Array, "rows n"]]:
        """r and dr/dθ by one reverse sweep for each row of each point.

        It takes about three evaluations of the jets, and the time to write the matrix.
        """

        def rows(group: Group, model: Model, numbers: Numbers, at: Batch) -> Array:
            return self.point_rows(group, [model], numbers, args.constants, at)[0]

        return with_slopes(self.objective, theta, args, rows)

    def curve(
        self, theta: Float[Array, " n"], series: Sequence[Float[Array, " n"] | None], args: Arguments
    ) -> Float[Array, "orders rows"]:
        """r, dr/ds, …, (1/k!) d^k r/ds^k at s = 0 along θ(s) = θ + p_1 s + … + p_k s^k for the `series`; None is zero.

        One evaluation with k + 1 coefficients in the parameter direction, and of a coefficient's product with the
        weights one, two, …, k + 1 products.
        """
        return self._rows(along(self.objective, theta, series), args)

    def slopes(
        self, theta: Float[Array, " n"], args: Arguments, group: int
    ) -> tuple[Float[Array, "points rows"], Float[Array, "points rows dim"]]:
        """r and dr/dx at the points of a group: how fast the residual varies in space."""
        model, said = self.objective.unravel(theta), self.objective.problem.groups[group]
        numbers = self.objective.integrals([model], args)

        def at_point(at: Batch) -> tuple[Array, Array]:
            moved = lambda x: at._replace(points=x, given=None)  # what is known of the point is not of its neighbors
            rows = lambda x: self.point_rows(said, [model], numbers, args.constants, moved(x))[0]
            return rows(at.points), jax.jacfwd(rows)(at.points)

        return over_points(at_point, args.batches[group])

    def _rows(self, models: Sequence[Model], args: Arguments) -> Float[Array, "orders rows"]:
        return on_curve(self.objective, models, args, self.point_rows)

    def point_rows(
        self, group: Group, models: Sequence[Model], numbers: Numbers, constants: Constants, at: Batch
    ) -> Float[Array, "orders rows"]:
        """The rows of one point, by their Taylor coefficients along a curve of models."""
        values = self.objective.point_values(group, at.site(), models, numbers, constants)
        wanted = terms.targets(group.contributions, at.targets)
        every = zip(group.contributions, split(group, values), at.shares, wanted, strict=True)
        parts = []
        for c, (roots, _, weight), share, target in every:
            if c.squared:
                orders = list(map(list, zip(*(root.series() for root in roots), strict=True)))
                scale = jnp.sqrt(share * weight.value)
                parts.append([row * scale for row in terms.series(c, orders, target, at.precision)])
        return jnp.stack([jnp.concatenate(rows) for rows in zip(*parts, strict=True)])
