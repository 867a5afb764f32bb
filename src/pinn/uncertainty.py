"""How well fitted parameters are determined: their covariance from the Gauss–Newton matrix of the loss."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from pinn import batches, fields
from pinn.batches import Arguments
from pinn.fields import Constants, Earlier, FieldsOf, Model
from pinn.objectives import Objective, Residuals
from pinn.problems import Problem, total

MOST_ENTRIES = 2**26
"""Residuals times trained numbers up to which the matrix is formed: half a gigabyte."""

UNSEEN = 1e-3
"""A parameter is not identifiable if so much of its direction, squared, changes no residual."""


def covariance(problem: Problem, model: Model, earlier: Earlier | None = None) -> Float[np.ndarray, "k k"] | None:
    """The covariance of the fitted parameters, in their order, from the residuals on the points of training.

    With the rows J of the residuals r and G = d(parameters)/dθ it is Σ (a_i r_i)² for a = G (JᵀJ)⁺ Jᵀ, which allows
    residuals of unequal variance (White, Econometrica 48, 1980), times rows/(rows - rank). A parameter that no residual
    determines has an infinite variance. None where the loss is no sum of squares, or the matrix too large.
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
    return _sandwich(*(np.asarray(array, np.float64) for array in (rows, matrix, slopes)))


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


def _sandwich(
    rows: Float[np.ndarray, " rows"], matrix: Float[np.ndarray, "rows n"], slopes: Float[np.ndarray, "k n"]
) -> Float[np.ndarray, "k k"]:
    q, r = np.linalg.qr(matrix)
    left, sizes, right = np.linalg.svd(r)
    kept = sizes > np.finfo(np.float64).eps * max(matrix.shape) * sizes[0]
    seen = slopes @ right[: len(sizes)][kept].T
    influence = (seen / sizes[kept]) @ (q @ left[:, kept]).T * rows
    found = influence @ influence.T * (len(rows) / max(len(rows) - kept.sum(), 1))
    unseen = 1 - (seen**2).sum(axis=1) / (slopes**2).sum(axis=1)
    found[np.diag_indices_from(found)] += np.where(unseen > UNSEEN, np.inf, 0.0)
    return found


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
