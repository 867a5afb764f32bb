"""All that is to be solved and nothing of how: terms gathered into groups that share their points."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float

from pinn import fields, sampling, schema, terms
from pinn.compiler import Demand, cheapest, cost, plan, within
from pinn.config import Cluster, Config, Estimate, Functional, Misfit, sizes
from pinn.config.layouts import Layout
from pinn.expressions import ONE, Expression, Operator, Raw
from pinn.expressions.tree import shared
from pinn.fields import Model
from pinn.geometry import Region
from pinn.jets import Space
from pinn.sampling import Points
from pinn.slabs import Past, Slabs
from pinn.terms import Contribution, Measurements


@dataclass(frozen=True)
class Group:
    """Terms on the same points, with one evaluation of the network for all of them."""

    region: Region
    sampling: schema.Sampling
    count: int | None
    contributions: tuple[Contribution, ...]
    demand: Demand
    measurements: Measurements | None = None
    estimate: Estimate | None = None
    clusters: tuple[Cluster, ...] = ()
    handed: bool = False
    """Whether its residuals are to be those of the slab before; then it has a single term."""
    integrates: bool = False
    """Whether its contributions are not terms but integrals that terms have in them."""
    reads: tuple[str, ...] = ()
    """The integrals whose numbers its expressions have in them."""

    @property
    def name(self) -> str:
        return "data" if self.measurements is not None else self.region.name

    @property
    def is_number(self) -> bool:
        """Whether its terms are numbers of the whole problem, at no point."""
        return not self.region.pieces


@dataclass(frozen=True, eq=False)
class Problem:
    """A config made ready for numbers; equal to those that have all compiled programs in common with it."""

    config: Config
    groups: tuple[Group, ...]
    past: Past | None = None
    """What came before, where the config is that of a slab of time."""
    programs: object = field(default_factory=object)
    """The same object for all problems with the same programs."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Problem) and self.programs is other.programs

    def __hash__(self) -> int:
        return id(self.programs)

    def points(self, purpose: str, limit: int | None = None) -> list[Points]:
        """Points for each group; those of any other `purpose` than `training` are not the points of training.

        `limit` is a number of interior points that replaces the config's.
        """
        return [self.points_of(group, purpose, limit) for group in self.groups]

    def vectors(self, purpose: str) -> list[Float[np.ndarray, "vectors dim"] | None]:
        """Random vectors for each group that estimates something."""
        seed = [self.config.document.seed, "vectors", purpose]
        dimension = len(self.config.domain.coordinates)
        return [g.estimate and sampling.vectors(g.estimate, dimension, [*seed, g.name]) for g in self.groups]

    def points_of(self, group: Group, purpose: str, limit: int | None = None, times: int = 1) -> Points:
        """Points for one group, `times` as many as usual; see `points`. Errors are measured without clusters."""
        if group.measurements is not None:
            return group.measurements.points
        if group.is_number:
            middle = [middle for middle, _ in self.config.domain.scales]
            return Points(np.array([middle]), np.ones(1), None)
        trained = (group.sampling, group.count)
        rule, count = trained if limit is None else (group.sampling.model_copy(update={"points": limit}), None)
        seed = [self.config.document.seed, purpose]
        training = purpose.startswith("training")
        apart = None if training else trained
        clusters = group.clusters if training or purpose in ("validation", "report") else ()
        reports = purpose == "report"
        side = "training" if training else "all" if reports else "others"
        domain = self.config.domain
        return sampling.sample(domain, group.region, rule, count, seed, apart, clusters, times, side, reports)

    def targets(self, group: Group, points: Points) -> tuple[np.ndarray, np.ndarray] | None:
        """What the residuals of a group are to be, and one over the standard errors; None where they are to vanish."""
        if group.measurements is not None:
            return group.measurements.targets, group.measurements.precision
        if not group.handed or self.past is None:
            return None
        found = self.past.residuals(group.contributions[0].roots, points.points)
        return found, np.ones_like(found)


def exact(problem: Problem) -> Problem:
    """The same problem with nothing estimated: what a solution is judged by."""
    if not any(group.estimate for group in problem.groups):
        return problem
    terms = tuple(replace(term, estimate=None) for term in problem.config.terms)
    return build(replace(problem.config, terms=terms))


def build(config: Config) -> Problem:
    """Group the terms by where and how they are sampled, and plan the derivatives of each group.

    The integrals in them come first. Raises `RequestError` if a data file cannot be used.
    """
    gathered: dict[tuple[object, ...], list[int]] = {}
    for i, term in enumerate(config.terms):
        own = i if isinstance(term.content, Misfit) or term.handed else None
        key = (own, term.region, term.points, term.sampling.model_dump_json(), term.estimate)
        gathered.setdefault(key, []).append(i)
    functionals = {f.name: f for term in config.terms for f in term.functionals}
    groups = (*integrals(config, functionals.values()), *(_group(config, members) for members in gathered.values()))
    return Problem(config, groups)


def integrals(config: Config, functionals: Iterable[Functional]) -> tuple[Group, ...]:
    """Functionals in groups that share their points."""
    gathered: dict[tuple[object, ...], list[Functional]] = {}
    for found in functionals:
        key = (found.region, found.points, found.sampling.model_dump_json(), found.clusters)
        gathered.setdefault(key, []).append(found)
    groups = []
    for members in gathered.values():
        first = members[0]
        plain = [Contribution(f.name, False, False, (f.integrand,), (1.0,), ONE) for f in members]
        contributions = _in_cheapest_form(plain, config)
        demand = _demand(contributions, config)
        group = Group(first.region, first.sampling, first.points, contributions, demand, integrates=True)
        groups.append(replace(group, clusters=first.clusters))
    return tuple(groups)


def slab(slabs: Slabs, models: Sequence[Model], alike: Problem | None = None) -> Problem:
    """The problem of the slab of time that follows on those of `models`.

    If it has the same programs as the problem `alike`, it is equal to it. Raises `RequestError` if a data file cannot
    be used.
    """
    config = slabs.configs[len(models)]
    measured = (term for term in config.terms if isinstance(term.content, Misfit))
    empty = {term.name for term in measured if isinstance(term.content, Misfit) and not terms.has_rows(term.content)}
    config = replace(config, terms=tuple(term for term in config.terms if term.name not in empty))
    found = replace(build(config), past=Past(slabs, tuple(models)))
    if alike is None or _fixed(found) != _fixed(alike):
        return found
    return replace(found, programs=alike.programs)


def _fixed(problem: Problem) -> object:
    """All that is written into the programs of a slab."""
    config = problem.config
    groups = [(g.contributions, g.demand, g.handed) for g in problem.groups]
    return config.domain, config.ansatz, groups


def _group(config: Config, members: Sequence[int]) -> Group:
    chosen = [config.terms[i] for i in members]
    contributions = _in_cheapest_form([terms.contribution(term) for term in chosen], config)
    demand = _demand(contributions, config)
    first = chosen[0]
    data = terms.measurements(first.content, config.extents) if isinstance(first.content, Misfit) else None
    where = first.region, first.sampling, first.points
    reads = tuple(dict.fromkeys(f.name for term in chosen for f in term.functionals))
    kept = data, first.estimate, first.clusters, first.handed
    return Group(*where, contributions, demand, *kept, reads=reads)


def _demand(contributions: Sequence[Contribution], config: Config) -> Demand:
    """What is needed of the network, and what is known of the points before anything is trained."""
    integrals = [f.name for term in config.terms for f in term.functionals]
    trained = {*fields.fitted(config), *integrals}
    return plan([e for c in contributions for e in c.expressions], config.ansatz, trained=trained)


def _in_cheapest_form(contributions: Sequence[Contribution], config: Config) -> tuple[Contribution, ...]:
    """The same contributions, with their roots in the form that needs the fewest derivatives for all together.

    What occurs in them several times is one object, so that it is worked out once.
    """
    found = iter(cheapest([root for c in contributions for root in (*c.roots, *c.twins)], config.ansatz))
    known: dict[Expression, Expression] = {}
    return tuple(c.exchanged(lambda _: shared(next(found), known)) for c in contributions)


def describe(problem: Problem) -> dict[str, object]:
    """Points, derivative plan and its cost for each group, in plain words, for `pinn check --deep`."""
    config = problem.config
    symbol = config.unknowns[0] if len(config.unknowns) == 1 else "f"
    layout = sizes.layout(config.document, config.domain)
    plain = cost(plan([Raw(config.unknowns[0])], {}), layout)
    pages = []
    for group, points in zip(problem.groups, problem.points("training"), strict=True):
        work = cost(group.demand, layout)
        pages.append(
            {
                "region": group.name,
                "points": len(points),
                "terms": [c.name for c in group.contributions],
                "plan": " and ".join(_planned(space, symbol, config, layout) for _, space in group.demand.spaces),
                "cost": f"{work.products / 1e3:.3g} kflop of products and {work.elementwise / 1e3:.3g} elementwise a "
                f"point, {(work.products + work.elementwise) / (plain.products + plain.elementwise):.2g} networks",
            }
            | _once(group)
        )
    return {"groups": pages}


def _once(group: Group) -> dict[str, str]:
    """What is worked out once for each set of points, if there is anything."""
    given = group.demand.given
    if not given:
        return {}
    return {"known": f"{sum(part.size for part in given)} numbers a point, worked out once for each set of points"}


MOST_LISTED = 12
"""Operators that are named one by one, and terms of an operator."""


def _planned(space: Space, symbol: str, config: Config, layout: Layout) -> str:
    """The operators of a space, and how few are left where the first layer makes few sums of many coordinates."""
    few = len(within(space, layout))
    behind = "" if few == len(space) else f", {few} behind the first layer"
    return _listed(space, symbol, config) + behind


def _listed(space: Space, symbol: str, config: Config) -> str:
    """The operators of a space in brackets, the number of each order where they are many."""
    count = f"{len(space)} coefficient{'s' * (len(space) > 1)}"
    if len(space) <= MOST_LISTED:
        names = config.domain.coordinates
        return f"{count} ({', '.join(_written(operator, symbol, names) for operator in space.basis)})"
    orders = sorted(Counter(space.degrees).items())
    return f"{count} ({', '.join(f'{number} of order {order}' for order, number in orders)})"


def _written(operator: Operator, symbol: str, names: Sequence[str]) -> str:
    """An operator as people write it: `u`, `u_xx + u_yy`; `d(u, x[0], x[0])` by components."""
    if len(operator.terms) > MOST_LISTED:
        return f"a sum of {len(operator.terms)} derivatives of order {operator.order}"
    parts = []
    for monomial, factor in operator.terms:
        by = [names[f] if isinstance(f, int) else str(f) for f in monomial]
        plain = f"{symbol}_{''.join(by)}" if by else symbol
        derivative = f"d({symbol}, {', '.join(by)})" if any(name.endswith("]") for name in by) else plain
        parts.append(("" if factor == 1 else f"{factor:.4g} ") + derivative)
    return " + ".join(parts)


def total(problem: Problem, points: Sequence[Points]) -> int:
    """Number of points in all groups."""
    return sum(len(p) for group, p in zip(problem.groups, points, strict=True) if not group.is_number)
