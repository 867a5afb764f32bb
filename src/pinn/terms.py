"""One term at one point: which expressions it needs and how their values enter the loss."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import ArrayLike

from pinn import config, tables
from pinn.config import Energy, Equation, Extent, Misfit, Table
from pinn.errors import RequestError
from pinn.expressions import Expression, algebra
from pinn.sampling import Points, lives


@dataclass(frozen=True)
class Contribution:
    """How a term enters the loss: Σ over points of measure · weight · Σ_k factor_k · (root_k)², or of the integrand.

    `average` terms are means over their region, the others integrals. Where roots are estimates, `twins` are others,
    independent of them, and root_k · twin_k stands in place of the square, whose mean would be too large. Roots that
    `bounds` says of count only where they are above zero, or above what they are to be at most.
    """

    name: str
    squared: bool
    average: bool
    roots: tuple[Expression, ...]
    factors: tuple[float, ...]
    weight: Expression
    twins: tuple[Expression, ...] = ()
    bounds: bool = False

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Everything to be evaluated: roots, twins, the weight."""
        return (*self.roots, *self.twins, self.weight)

    def exchanged(self, change: Callable[[Expression], Expression]) -> "Contribution":
        """The same with changed roots and twins."""
        return replace(self, roots=tuple(map(change, self.roots)), twins=tuple(map(change, self.twins)))

    @property
    def width(self) -> int:
        """Number of residual components at a point."""
        return sum(int(np.prod(root.shape)) for root in self.roots)


def contribution(term: config.Term) -> Contribution:
    """What a checked term contributes to the loss."""
    exact = _exact(term)
    if term.estimate is None:
        return exact
    roots, twins = (tuple(algebra.estimated(root, e) for root in exact.roots) for e in term.estimate.estimators)
    return replace(exact, roots=roots, twins=twins)


def _exact(term: config.Term) -> Contribution:
    match term.content:
        case Equation(roots=roots, bounds=bounds):
            return Contribution(term.name, True, True, roots, (1.0,) * len(roots), term.weight, bounds=bounds)
        case Energy(squares=tuple() as squares):
            factors, roots = zip(*squares, strict=True)
            return Contribution(term.name, True, False, roots, factors, term.weight)
        case Energy(integrand=integrand):
            return Contribution(term.name, False, False, (integrand,), (1.0,), term.weight)
        case Misfit(models=models):
            return Contribution(term.name, True, True, models, (1.0,) * len(models), term.weight)


def square(
    said: Contribution,
    values: list[Float[Array, "..."]],
    twins: list[Float[Array, "..."]],
    targets: Float[Array, " width"] | None,
    precision: Float[Array, " width"] | None,
) -> Float[Array, ""]:
    """|r|² of a squared term at a point, unweighted; of estimates the product with their twins."""
    found = residuals(said, values, targets, precision)
    return jnp.sum(found * (residuals(said, twins, targets, precision) if twins else found))


def residuals(
    said: Contribution,
    values: list[Float[Array, "..."]],
    targets: Float[Array, " width"] | None,
    precision: Float[Array, " width"] | None,
) -> Float[Array, " width"]:
    """The residual components of a squared term at a point, unweighted; see `series`."""
    return series(said, [values], targets, precision)[0]


def series(
    said: Contribution,
    orders: Sequence[list[Float[Array, "..."]]],
    targets: Float[Array, " width"] | None,
    precision: Float[Array, " width"] | None,
) -> list[Float[Array, " width"]]:
    """The residual components at a point by their Taylor coefficients along a curve, from those of the roots.

    `targets` are what they are to be, not zero; `precision` is one over the standard error of a misfit.
    """
    found = [_joined(said, values) for values in orders]
    if targets is not None:
        found[0] = found[0] - targets
    if said.bounds:
        is_missed = found[0] > 0
        found = [jnp.where(is_missed, order, 0.0) for order in found]
    return found if precision is None else [order * precision for order in found]


def _joined(said: Contribution, values: list[Float[Array, "..."]]) -> Float[Array, " width"]:
    parts = [
        jnp.ravel(jnp.broadcast_to(value, root.shape)) * factor**0.5
        for value, root, factor in zip(values, said.roots, said.factors, strict=True)
    ]
    return jnp.concatenate(parts) if len(parts) > 1 else parts[0]


def targets(group: Sequence[Contribution], row: Float[Array, " width"] | None) -> list[Float[Array, " width"] | None]:
    """What the residuals of each contribution are to be, from those of all squared ones of a group."""
    if row is None:
        return [None] * len(group)
    ends = np.cumsum([c.width if c.squared else 0 for c in group]).tolist()
    return [row[end - c.width : end] if c.squared else None for c, end in zip(group, ends, strict=True)]


@dataclass(frozen=True)
class Measurements:
    """The rows of a misfit's file: where, what, and one over the standard error (0 where a value is missing)."""

    points: Points
    targets: Float[np.ndarray, "n width"]
    precision: Float[np.ndarray, "n width"]


def measurements(misfit: Misfit, extents: Mapping[str, Extent]) -> Measurements:
    """Read a misfit's file; each column is averaged over the rows that have it.

    Raises `RequestError` with the line of a value that cannot be used, as where an unknown does not live (`extents`).
    """
    table = misfit.table
    extra = () if table.sigma is None else (table.sigma,)
    rows = _during(misfit, tables.read(table.path, (*table.inputs, *table.values, *extra)))
    inputs, width = len(table.inputs), len(table.values)
    points, values = rows[:, :inputs], rows[:, inputs : inputs + width]
    sigma = rows[:, -1:] if table.sigma else np.full((len(rows), 1), misfit.sigma)
    present = np.isfinite(values) & np.isfinite(sigma)
    for model, column, there in zip(misfit.models, table.values, present.T, strict=True):
        hint = "leave the value empty, and say 'missing: skip'"
        _refuse(table, there & ~lives(extents, model, points), f"'{column}' is measured where it does not live", hint)
    _refuse(table, ~np.isfinite(points).all(axis=1), "a coordinate is missing or not a number")
    _refuse(table, (present & (sigma <= 0)).any(axis=1), "the standard error is not above zero")
    if not table.skip_missing:
        hint = "say 'missing: skip' to leave it out"
        _refuse(table, ~present.all(axis=1), "a value is missing or not a number", hint)
    if not present.any(axis=0).all():
        empty = table.values[int(np.argmin(present.any(axis=0)))]
        raise RequestError(f"{table.path}: the column '{empty}' has no values")
    share = len(rows) / present.sum(axis=0)
    precision = np.where(present, np.sqrt(share) / np.where(present, sigma, 1.0), 0.0)
    weights = np.full(len(rows), 1.0 / len(rows))
    return Measurements(Points(points, weights, None), np.where(present, values, 0.0), precision)


def has_rows(misfit: Misfit) -> bool:
    """Whether a misfit's file has a row in its slab of time."""
    return len(_during(misfit, tables.read(misfit.table.path, misfit.table.inputs))) > 0


def _during(misfit: Misfit, rows: Float[np.ndarray, "n columns"]) -> Float[np.ndarray, "m columns"]:
    """The rows of a slab of time, in its own time; all where there is none."""
    if (during := misfit.during) is None:
        return rows
    times = rows[:, during.index]
    found = rows[(during.low < times) & (times <= during.high)]
    found[:, during.index] -= during.start
    return found


def _refuse(table: Table, wrong: ArrayLike, message: str, hint: str | None = None) -> None:
    """Raise `RequestError` for the first wrong row of a table."""
    if np.any(wrong):
        raise RequestError(f"{tables.place(table.path, int(np.argmax(wrong)))}: {message}", hint)
