"""How well fitted parameters are determined: their covariance from the Gauss–Newton matrix of the loss."""

import math
from collections.abc import Iterator, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from pinn import batches, fields
from pinn.batches import Arguments
from pinn.config import Misfit
from pinn.fields import Constants, Earlier, FieldsOf, Model
from pinn.objectives import Objective, Residuals
from pinn.problems import Problem, total

MOST_ENTRIES = 2**26
"""Residuals times trained numbers up to which the matrix is formed: half a gigabyte."""

REACHED = 1e-9
"""The share of their freedom below which data tell nothing about their errors."""

UNSEEN = 1e-3
"""A parameter is not identifiable if so much of its direction, squared, changes no residual."""


def covariance(problem: Problem, model: Model, earlier: Earlier | None = None) -> Float[np.ndarray, "k k"] | None:
    """The covariance of the fitted parameters, in their order, from the residuals on the points of training.

    With the rows J of the residuals r and G = d(parameters)/dθ the parameters answer to a change of the residuals by
    A = G (JᵀJ)⁺ Jᵀ. Data have the standard errors that are said, or one for each column that follows from how they are
    missed (Seber & Wild, Nonlinear Regression, 1989, ch. 2), also where a network follows them. What is left of
    equations counts by itself, Σ (a_i r_i)² (White, Econometrica 48, 1980): nothing where they are met. A parameter
    that no residual determines has an infinite variance. None where the loss is no sum of squares, or the matrix is too
    large.
    """
    names = tuple(fields.fitted(problem.config))
    size, _ = fields.unraveling(problem.config)
    objective = Objective.of(problem)
    points = problem.points("training")
    if not names or not objective.is_sum_of_squares or size * total(problem, points) > MOST_ENTRIES:
        return None
    args = batches.arguments(problem, points, earlier=earlier)
    theta = fields.ravel(model)
    rows, matrix, slopes = _linear(objective, theta, args, names)
    noises = [(np.asarray(noise, np.float64), is_known) for noise, is_known in _noises(objective, theta, args)]
    linear = (np.asarray(array, np.float64) for array in (rows, matrix, slopes))
    return _spread(*linear, noises=noises)


def _noises(
    objective: Objective, theta: Float[Array, " n"], args: Arguments
) -> Iterator[tuple[Float[Array, " rows"], bool]]:
    """For each column of data by how much one standard error changes each row, and whether it is known."""
    contents = {term.name: term.content for term in objective.problem.config.terms}
    rows = eqx.filter_jit(Residuals(objective))
    before = rows(theta, args)
    for number, (group, batch) in enumerate(zip(objective.problem.groups, args.batches, strict=True)):
        content = contents.get(group.contributions[0].name)
        if group.measurements is None or not isinstance(content, Misfit):
            continue
        assert batch.targets is not None and batch.precision is not None
        precision = group.measurements.precision
        share = len(precision) / np.count_nonzero(precision, axis=0)
        for column in range(precision.shape[1]):
            one = jnp.arange(precision.shape[1]) == column
            shift = jnp.where(one & (batch.precision > 0), jnp.sqrt(share[column]) / batch.precision, 0.0)
            changed = batch._replace(targets=batch.targets - shift)
            after = args._replace(batches=(*args.batches[:number], changed, *args.batches[number + 1 :]))
            yield rows(theta, after) - before, content.is_sigma_known


@eqx.filter_jit
def _linear(
    objective: Objective, theta: Float[Array, " n"], args: Arguments, names: tuple[str, ...]
) -> tuple[Float[Array, " rows"], Float[Array, "rows n"], Float[Array, "k n"]]:
    """Residuals, their rows, and the slopes of the parameters' values."""

    def values(theta: Array) -> Array:
        return jnp.stack([value(objective, objective.unravel(theta), args.constants, name) for name in names])

    return *Residuals(objective).jacobian(theta, args), jax.jacrev(values)(theta)


def value(objective: Objective, model: Model, constants: Constants, name: str) -> Float[Array, ""]:
    """The value of a fitted parameter."""
    return FieldsOf.of(objective.problem.config, [model], constants).parameter(name)[0]


def _spread(
    rows: Float[np.ndarray, " rows"],
    matrix: Float[np.ndarray, "rows n"],
    slopes: Float[np.ndarray, "k n"],
    noises: Sequence[tuple[Float[np.ndarray, " rows"], bool]],
) -> Float[np.ndarray, "k k"]:
    q, r = np.linalg.qr(matrix)
    left, sizes, right = np.linalg.svd(r)
    kept = sizes > np.finfo(np.float64).eps * max(matrix.shape) * sizes[0]
    seen = slopes @ right[: len(sizes)][kept].T
    basis = q @ left[:, kept]
    answers, leverages = (seen / sizes[kept]) @ basis.T, (basis**2).sum(axis=1)
    rest, found = np.full(len(rows), True), np.zeros((len(slopes), len(slopes)))
    for noise, is_known in noises:
        own = noise != 0.0
        rest &= ~own
        felt = answers[:, own] * noise[own]
        size, spread = 1.0 if is_known else variance(rows[own], noise[own], basis[own]), felt @ felt.T
        found += np.multiply(size, spread, out=np.zeros_like(spread), where=spread != 0.0)
    left_over = answers[:, rest] * rows[rest]
    found += left_over @ left_over.T * (rest.sum() / max(rest.sum() - leverages[rest].sum(), 1.0))
    unseen = 1 - (seen**2).sum(axis=1) / (slopes**2).sum(axis=1)
    found[np.diag_indices_from(found)] += np.where(unseen > UNSEEN, np.inf, 0.0)
    return found


def variance(
    rows: Float[np.ndarray, " rows"], noise: Float[np.ndarray, " rows"], basis: Float[np.ndarray, "rows rank"]
) -> float:
    """The variance of data in units of `noise`, the change of each row with its datum, from the rows that are left.

    Of errors e the rows (I - H) e are left, with H from an orthonormal basis of what the trained numbers reach; the
    squares are compared with their mean. Infinite where all is reached.
    """
    free = len(rows) - 2.0 * (basis**2).sum()
    free += ((basis / noise[:, None]).T @ (basis / noise[:, None]) * ((basis.T * noise**2) @ basis)).sum()
    return float(((rows / noise) ** 2).sum() / free) if free > REACHED * len(rows) else math.inf


def said(names: tuple[str, ...], spread: Float[np.ndarray, "k k"] | None) -> dict[str, dict[str, float]]:
    """The standard error of each parameter, and its correlations with those before it."""
    if spread is None:
        return {}
    errors = np.sqrt(np.diag(spread))
    found = {name: {"standard_error": float(error)} for name, error in zip(names, errors, strict=True)}
    for i, name in enumerate(names):
        for j, other in enumerate(names[:i]):
            if np.isfinite(errors[i] * errors[j]) and errors[i] * errors[j]:
                found[name][f"correlation_{other}"] = float(spread[i, j] / (errors[i] * errors[j]))
    return found
