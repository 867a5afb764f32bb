"""The loss as a number and by its terms, and the integrals in them."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from pinn import batches, fields, terms
from pinn.batches import Arguments, Batch, over_points
from pinn.compiler import Leaves, Site, evaluate
from pinn.fields import Constants, FieldsOf, Model, Numbers
from pinn.jets import Jet
from pinn.objectives.curvature import Curvature
from pinn.objectives.residuals import Residuals
from pinn.objectives.rows import split
from pinn.problems import Group, Problem


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

        def loss(group: Group, drawn: Array | None, given: tuple[Array, Numbers], block: Batch) -> Float[Array, ""]:
            theta, numbers = given
            found = self._group_terms(group, block, drawn, self.unravel(theta), numbers, args.constants).values()
            return _sum([value.loss for value in found])

        given = theta, self.integrals([self.unravel(theta)], args)
        return _sum(
            [batches.total(partial(loss, group, drawn), given, batch) for group, batch, drawn in self.each(args)]
        )

    def each(self, args: Arguments) -> list[tuple[Group, Batch, Array | None]]:
        """The groups of terms, with their points and random vectors."""
        every = zip(self.problem.groups, args.batches, args.drawn, strict=True)
        return [(group, batch, drawn) for group, batch, drawn in every if not group.integrates]

    def integrals(self, series: Sequence[Model], args: Arguments) -> Numbers:
        """The integrals that terms have in them, by their Taylor coefficients along a curve of models."""

        def on_block(group: Group, series: Sequence[Model], block: Batch) -> Numbers:
            def at_point(at: Batch) -> list[Array]:
                jets = self.point_values(group, at.site(), series, {}, args.constants)
                return [jnp.stack(roots[0].series()) for roots, _, _ in split(group, jets)]

            values = jax.vmap(at_point)(block)
            parts = zip(group.contributions, block.shares, values, strict=True)
            return {c.name: share @ value for c, share, value in parts}

        found: dict[str, Array] = {}
        for group, batch in zip(self.problem.groups, args.batches, strict=True):
            if group.integrates:
                found |= batches.sums(partial(on_block, group), list(series), batch)
        return found

    def terms(self, theta: Float[Array, " n"], args: Arguments) -> dict[str, TermValue]:
        """Each term by name; their losses add up to `value`."""
        model = self.unravel(theta)
        found: dict[str, TermValue] = {}
        numbers = self.integrals([model], args)
        for group, batch, drawn in self.each(args):
            known = {"drawn": drawn, "model": model, "numbers": numbers, "constants": args.constants}
            found |= batches.totals(partial(self._group_terms, group, **known), batch)
        return {term.name: found[term.name] for term in self.problem.config.terms}

    def squares(
        self, theta: Float[Array, " n"], group: int, batch: Batch, constants: Constants, numbers: Numbers
    ) -> Float[Array, " points"]:
        """Σ weight · |r|² over the squared terms of a group, at each point of a batch and what fills up its blocks."""
        model, said = self.unravel(theta), self.problem.groups[group]

        def at_point(at: Batch) -> Array:
            jets = self.point_values(said, at.site(), [model], numbers, constants)
            parts, wanted = split(said, [jet.value for jet in jets]), terms.targets(said.contributions, at.targets)
            triples = zip(said.contributions, parts, wanted, strict=True)
            return _sum([terms.square(c, roots, twins, t, at.precision) * w for c, (roots, twins, w), t in triples])

        return over_points(at_point, batches.paired(batch))

    @property
    def is_sum_of_squares(self) -> bool:
        terms = [c for group in self.problem.groups if not group.integrates for c in group.contributions]
        return all(c.squared and not c.twins for c in terms)

    @property
    def residuals(self) -> Residuals | None:
        """The residual form, where the loss is a sum of squares."""
        return Residuals(self) if self.is_sum_of_squares else None

    @property
    def curvature(self) -> Curvature:
        """The Gauss–Newton form; nothing in it may be estimated."""
        return Curvature(self)

    def _group_terms(
        self,
        group: Group,
        block: Batch,
        drawn: Array | None,
        model: Model,
        numbers: Numbers,
        constants: Constants,
    ) -> dict[str, TermValue]:
        """The terms of a group on one block of its points."""

        def at_point(at: Batch) -> tuple[tuple[Array, Array], ...]:
            jets = self.point_values(group, at.site(drawn), [model], numbers, constants)
            parts, wanted = split(group, [jet.value for jet in jets]), terms.targets(group.contributions, at.targets)
            return tuple(
                (terms.square(c, roots, twins, target, at.precision) if c.squared else roots[0], weight)
                for c, (roots, twins, weight), target in zip(group.contributions, parts, wanted, strict=True)
            )

        sizes = jax.vmap(at_point)(block)
        return {
            c.name: TermValue(jnp.sum(share * weight * size), jnp.sum(share * size))
            for c, share, (size, weight) in zip(group.contributions, block.shares, sizes, strict=True)
        }

    def point_values(
        self,
        group: Group,
        site: Site,
        series: Sequence[Model],
        numbers: Numbers,
        constants: Constants,
        known: Leaves | None = None,
    ) -> list[Jet]:
        """Every expression of a group at one point, along a curve of models, whose networks' outputs may be known."""
        every = [e for c in group.contributions for e in c.expressions]
        return evaluate(every, group.demand, FieldsOf.of(self.problem.config, series, constants, numbers), site, known)


def _sum(numbers: Sequence[Array]) -> Array:
    return sum(numbers[1:], numbers[0])
