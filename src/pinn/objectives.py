"""The loss as a function of one flat vector: a number, its terms, and, for sums of squares, residuals and their rows.

Points, weights and data are arguments, never constants of the compiled program.
"""

from collections.abc import Callable, Sequence
from functools import partial
from math import factorial
from typing import NamedTuple, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from pinn import batches, features, fields, terms
from pinn.batches import Arguments, Batch, over_points
from pinn.compiler import Leaves, Site, evaluate
from pinn.fields import Constants, FieldsOf, Model
from pinn.jets import Jet
from pinn.problems import Group, Problem

T = TypeVar("T")


class TermValue(NamedTuple):
    """What a term contributes, and its unweighted size: mean square, or integral of an energy."""

    loss: Float[Array, ""]
    size: Float[Array, ""]


class Objective(eqx.Module):
    """The loss of a problem; `unravel` turns the flat vector into a model."""

    problem: Problem = eqx.field(static=True)
    unravel: Callable[[Float[Array, " n"]], Model] = eqx.field(static=True)

    @classmethod
    def of(cls, problem: Problem, stage: int = 0) -> "Objective":
        """The loss as a function of what a stage trains."""
        return cls(problem, fields.unraveling(problem.config, stage)[1])

    def value(self, theta: Float[Array, " n"], args: Arguments) -> Float[Array, ""]:
        """Σ weight · mean(r²) + Σ weight · ∫ e; one pass over the points, and so is its gradient."""

        def loss(group: Group, drawn: Array | None, theta: Float[Array, " n"], block: Batch) -> Float[Array, ""]:
            found = self._group_terms(group, block, drawn, self.unravel(theta), args.constants).values()
            return _sum([value.loss for value in found])

        groups = zip(self.problem.groups, args.batches, args.drawn, strict=True)
        return _sum([batches.total(partial(loss, group, drawn), theta, batch) for group, batch, drawn in groups])

    def terms(self, theta: Float[Array, " n"], args: Arguments) -> dict[str, TermValue]:
        """Each term by name; their losses add up to `value`."""
        model = self.unravel(theta)
        found: dict[str, TermValue] = {}
        for group, batch, drawn in zip(self.problem.groups, args.batches, args.drawn, strict=True):
            values = partial(self._group_terms, group, drawn=drawn, model=model, constants=args.constants)
            found |= batches.totals(values, batch)
        return {term.name: found[term.name] for term in self.problem.config.terms}

    def squares(
        self, theta: Float[Array, " n"], group: int, batch: Batch, constants: Constants
    ) -> Float[Array, " points"]:
        """Σ weight · |r|² over the squared terms of a group, at each point of a batch and what fills up its blocks."""
        model, said = self.unravel(theta), self.problem.groups[group]

        def at_point(point, normal, shares, targets, precision, initial):
            jets = self.point_values(said, Site(point, normal, initial=initial), [model], constants)
            parts = zip(said.contributions, split(said, [jet.value for jet in jets]), strict=True)
            return _sum([terms.square(c, roots, twins, targets, precision) * w for c, (roots, twins, w) in parts])

        return over_points(at_point, batch)

    @property
    def is_sum_of_squares(self) -> bool:
        return all(c.squared and not c.twins for group in self.problem.groups for c in group.contributions)

    @property
    def residuals(self) -> "Residuals | None":
        """The residual form, where the loss is a sum of squares."""
        return Residuals(self) if self.is_sum_of_squares else None

    @property
    def curvature(self) -> "Curvature":
        """The Gauss–Newton form; nothing in it may be estimated."""
        return Curvature(self)

    def _group_terms(
        self, group: Group, block: Batch, drawn: Array | None, model: Model, constants: Constants
    ) -> dict[str, TermValue]:
        """The terms of a group on one block of its points."""

        def at_point(point, normal, targets, precision, initial):
            jets = self.point_values(group, Site(point, normal, drawn, initial), [model], constants)
            parts = split(group, [jet.value for jet in jets])
            return tuple(
                (terms.square(c, roots, twins, targets, precision) if c.squared else roots[0], weight)
                for c, (roots, twins, weight) in zip(group.contributions, parts, strict=True)
            )

        given = (block.points, block.normals, block.targets, block.precision, block.initial)
        sizes = jax.vmap(at_point)(*given)
        return {
            c.name: TermValue(jnp.sum(share * weight * size), jnp.sum(share * size))
            for c, share, (size, weight) in zip(group.contributions, block.shares, sizes, strict=True)
        }

    def point_values(
        self,
        group: Group,
        site: Site,
        series: Sequence[Model],
        constants: Constants,
        known: Leaves | None = None,
    ) -> list[Jet]:
        """Every expression of a group at one point, along a curve of models, whose networks' outputs may be known."""
        every = [e for c in group.contributions for e in c.expressions]
        return evaluate(every, group.demand, FieldsOf.of(self.problem.config, series, constants), site, known)


def split(group: Group, values: Sequence[T]) -> list[tuple[list[T], list[T], T]]:
    """The values of a group's expressions by contribution: roots, twins and weight."""
    parts, left = [], iter(values)
    for c in group.contributions:
        roots, twins = [next(left) for _ in c.roots], [next(left) for _ in c.twins]
        parts.append((roots, twins, next(left)))
    return parts


class Residuals(eqx.Module):
    """The loss as |r(θ)|²: what least-squares methods see.

    Rows are ordered by group, point, term, component; points that only fill up a block have zero rows.
    """

    objective: Objective

    def __call__(self, theta: Float[Array, " n"], args: Arguments) -> Float[Array, " rows"]:
        """r(θ), each row scaled by the root of its weight: one evaluation of the jets."""
        return self._rows([self.objective.unravel(theta)], args)[0]

    def jacobian(
        self, theta: Float[Array, " n"], args: Arguments
    ) -> tuple[Float[Array, " rows"], Float[Array, "rows n"]]:
        """r and dr/dθ by one reverse sweep for each row of each point.

        It takes about three evaluations of the jets, and the time to write the matrix.
        """
        model = self.objective.unravel(theta)

        def rows(group: Group, model: Model, *point: Array) -> tuple[Array, Array]:
            (found,) = self.point_rows(group, [model], args.constants, *point)
            return found, found

        parts = [
            over_points(lambda *point, g=group: jax.jacrev(partial(rows, g), has_aux=True)(model, *point), batch)
            for group, batch in zip(self.objective.problem.groups, args.batches, strict=True)
        ]
        slopes, values = zip(*parts, strict=True)
        return jnp.concatenate([part.ravel() for part in values]), jnp.concatenate([_matrix(part) for part in slopes])

    def curve(
        self, theta: Float[Array, " n"], series: Sequence[Float[Array, " n"]], args: Arguments
    ) -> Float[Array, "orders rows"]:
        """r, dr/ds, …, d^k r/ds^k at s = 0 along θ(s) = θ + p_1 s + p_2 s²/2! + …, for k = len(series).

        One evaluation with k + 1 coefficients in the parameter direction, and of a coefficient's product with the
        weights one, two, …, k + 1 products.
        """
        models, factorials = _along(self.objective, theta, series)
        rows = self._rows(models, args)
        return rows * jnp.asarray(factorials, rows.dtype)[:, None]

    def slopes(
        self, theta: Float[Array, " n"], args: Arguments, group: int
    ) -> tuple[Float[Array, "points rows"], Float[Array, "points rows dim"]]:
        """r and dr/dx at the points of a group: how fast the residual varies in space."""
        model, said = self.objective.unravel(theta), self.objective.problem.groups[group]

        def at_point(point: Array, *rest: Array) -> tuple[Array, Array]:
            rows = lambda x: self.point_rows(said, [model], args.constants, x, *rest)[0]
            return rows(point), jax.jacfwd(rows)(point)

        return over_points(at_point, args.batches[group])

    def _rows(self, models: Sequence[Model], args: Arguments) -> Float[Array, "orders rows"]:
        parts = [
            over_points(lambda *point, g=group: self.point_rows(g, models, args.constants, *point), batch)
            for group, batch in zip(self.objective.problem.groups, args.batches, strict=True)
        ]
        return jnp.concatenate([jnp.moveaxis(part, 1, 0).reshape(len(models), -1) for part in parts], axis=1)

    def point_rows(self, group, models, constants, point, normal, shares, targets, precision, initial):
        """The rows of one point, by their Taylor coefficients along a curve of models."""
        values = self.objective.point_values(group, Site(point, normal, initial=initial), models, constants)
        parts = [
            (c, [root.series() for root in roots], jnp.sqrt(share * weight.value))
            for c, (roots, _, weight), share in zip(group.contributions, split(group, values), shares, strict=True)
            if c.squared
        ]

        def rows(order: int) -> Array:
            target = targets if order == 0 or targets is None else jnp.zeros_like(targets)
            found = [terms.residuals(c, [r[order] for r in roots], target, precision) * s for c, roots, s in parts]
            return jnp.concatenate(found)

        return jnp.stack([rows(order) for order in range(len(models))])


class Curvature(eqx.Module):
    """The generalised Gauss–Newton matrix of the loss as AᵀA, and how the rows of A vary.

    With the features w of a point, the matrix is Σ share · (∂w/∂θ)ᵀ H₊ (∂w/∂θ), where H₊ is the positive part of the
    integrands' own second derivative in w (Schraudolph 2002; energy natural gradients, Müller & Zeinhofer 2023), and
    2 JᵀJ for the rows J of `Residuals`.
    """

    objective: Objective

    def value(self, theta: Float[Array, " n"], args: Arguments) -> tuple[Float[Array, ""], Float[Array, " n"]]:
        """The loss and its gradient."""
        return jax.value_and_grad(self.objective.value)(theta, args)

    def rows(self, theta: Float[Array, " n"], args: Arguments) -> Float[Array, "rows n"]:
        """A."""
        model = self.objective.unravel(theta)

        def rows(group: Group, model: Model, *point: Array) -> Array:
            return self._point_rows(group, [model], args.constants, *point)[0]

        parts = [
            over_points(lambda *point, g=group: jax.jacrev(partial(rows, g))(model, *point), batch)
            for group, batch in zip(self.objective.problem.groups, args.batches, strict=True)
        ]
        return jnp.concatenate([_matrix(part) for part in parts])

    def curve(
        self, theta: Float[Array, " n"], series: Sequence[Float[Array, " n"]], args: Arguments
    ) -> Float[Array, "orders rows"]:
        """A's rows as functions of θ, with H₊ held, by their derivatives along a curve; see `Residuals.curve`."""
        models, factorials = _along(self.objective, theta, series)
        parts = [
            over_points(lambda *point, g=group: self._point_rows(g, models, args.constants, *point), batch)
            for group, batch in zip(self.objective.problem.groups, args.batches, strict=True)
        ]
        rows = jnp.concatenate([jnp.moveaxis(part, 1, 0).reshape(len(models), -1) for part in parts], axis=1)
        return rows * jnp.asarray(factorials, rows.dtype)[:, None]

    def _point_rows(self, group, models, constants, point, normal, shares, targets, precision, initial):
        """The functions of one point whose slopes are the rows of A, by their Taylor coefficients."""
        squared, parts = [c.squared for c in group.contributions], []
        site = Site(point, normal, initial=initial)
        if any(squared):
            found = Residuals(self.objective).point_rows(
                group, models, constants, point, normal, shares, targets, precision, initial
            )
            parts.append(2**0.5 * found)
        if not all(squared):
            root = self._root(group, site, models[0], constants, shares)
            parts.append(features.series(self.objective.problem.config, group, site, models, constants) @ root)
        return jnp.concatenate(parts, axis=1)

    def _root(self, group: Group, site: Site, model: Model, constants: Constants, shares) -> Array:
        """The root of H₊ of all integrands of a group together."""
        w, back = features.reader(self.objective.problem.config, group, site, model, constants)

        def energy(w: Array) -> Array:
            leaves, model = back(w)
            values = [jet.value for jet in self.objective.point_values(group, site, [model], constants, leaves)]
            parts = zip(group.contributions, split(group, values), shares, strict=True)
            return _sum([share * weight * roots[0] for c, (roots, _, weight), share in parts if not c.squared])

        return jax.lax.stop_gradient(features.positive_root(jax.hessian(energy)(jax.lax.stop_gradient(w))))


def _along(
    objective: Objective, theta: Float[Array, " n"], series: Sequence[Float[Array, " n"]]
) -> tuple[list[Model], list[float]]:
    """The models of θ + p_1 s + p_2 s²/2! + … by powers of s, and the factorials."""
    factorials = [float(factorial(k)) for k in range(len(series) + 1)]
    scaled = [theta, *(p / f for p, f in zip(series, factorials[1:], strict=True))]
    return [objective.unravel(t) for t in scaled], factorials


def _matrix(slopes: Model) -> Float[Array, "rows n"]:
    """Columns in the order of the flat vector; joined only here, since a sweep that writes whole rows is slow."""
    leaves = [leaf.reshape(*leaf.shape[:2], -1) for leaf in jax.tree.leaves(slopes)]
    joined = jnp.concatenate(leaves, axis=-1)
    return joined.reshape(-1, joined.shape[-1])


def _sum(numbers: Sequence[Array]) -> Array:
    return sum(numbers[1:], numbers[0])
