"""How good a solution is: values of any expression, residuals on fresh points, errors against what is known."""

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import jax
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Float
from numpy.typing import ArrayLike

from pinn import config as config_
from pinn import fields, sampling, uncertainty
from pinn.accuracy import Accuracy, Errors, fresh_points, usual
from pinn.batches import arguments
from pinn.config import Config, Functional, Quantity
from pinn.errors import RequestError
from pinn.expressions import Expression, Parameter, Unknown, algebra, flat
from pinn.fields import Earlier, FieldsOf, Model
from pinn.objectives import Objective, split
from pinn.problems import Problem, exact, total
from pinn.quantities import Quantities
from pinn.reader import Reader
from pinn.slabs import Past, Slabs


@dataclass(frozen=True, repr=False)
class Solution:
    """A trained model together with the config that gives it meaning."""

    config: Config
    model: Model
    earlier: Earlier | None = None
    """The networks of earlier stages."""
    slabs: tuple[Model, ...] = ()
    """The models of the slabs of time before that of `model`."""

    def values(
        self, expressions: Sequence[Expression], points: Float[np.ndarray, "n dim"]
    ) -> list[Float[np.ndarray, "n ..."]]:
        """The values of checked expressions at points, in the domain's order of coordinates.

        Raises `RequestError` for points in slabs of time that are not trained yet.
        """
        if self.config.slabs:
            return self.pieces.everywhere((*self.slabs, self.model), expressions, points)
        constants = fields.constants(self.config, self.earlier)
        return Reader(self.config, expressions).values(self.model, constants, points)

    @cached_property
    def pieces(self) -> Slabs:
        """The slabs of time, where the config has any."""
        return Slabs.of(self.config)

    @cached_property
    def past(self) -> Past | None:
        """What came before the last slab of time, where the config has slabs."""
        return Past(self.pieces, self.slabs) if self.config.slabs else None

    def ask(
        self, texts: Sequence[str], points: Float[np.ndarray, "n dim"] | None = None
    ) -> dict[str, Float[np.ndarray, " n"]]:
        """Values by text of any expression of the config's language; without texts, of every unknown.

        The components of a vector or a matrix get columns of their own; where an unknown does not live, its values are
        NaN. Integrals are taken by the rule of `report`. Without points one value of each, which may not depend on
        the point. Raises `ConfigError` if a text is wrong.
        """
        said = texts or self.config.unknowns
        asked, functionals = config_.read_expressions(self.config, said, are_numbers=points is None)
        if points is None:
            points = np.array([[middle for middle, _ in self.config.domain.scales]])
        numbers = self._numbers(functionals)
        asked = [algebra.settled(e, numbers) for e in asked]
        values = [np.array(value) for value in self.values([flat(e) for e in asked], points)]
        found: dict[str, np.ndarray] = {}
        for text, e, value in zip(said, asked, values, strict=True):
            value[~sampling.lives(self.config.extents, e, points)] = np.nan
            places = ["".join(f"[{i}]" for i in place) for place in np.ndindex(e.shape)]
            found |= dict(zip([text + place for place in places], value.reshape(len(points), -1).T, strict=True))
        return found

    def _numbers(self, functionals: Sequence[Functional]) -> dict[str, float]:
        """The values of functionals by name. Raises `RequestError` while there are slabs that are not trained."""
        sought = tuple(Quantity(f.name, f.name, Parameter(f.name), (f,)) for f in functionals)
        found = Quantities(replace(self.config, report=sought), self.past).of(self.model, self.earlier)
        if sought and not found:
            raise RequestError("an integral is of all slabs of time, and not all are trained yet", "pinn resume RUN")
        return found

    def __call__(self, *texts: str, **coordinates: ArrayLike) -> dict[str, np.ndarray]:
        """Values at NumPy arrays of coordinates, which are broadcast against each other and give the shape.

        Without coordinates they are numbers of the whole problem, such as integrals. The components of a coordinate
        vector lie along the last axis of its array, which does not count; a single number stands for all of them.
        Points outside of the domain are counted in a warning. Raises `RequestError` if a coordinate is missing or
        unknown or its array does not fit, `ConfigError` if a text is wrong.
        """
        axes, vectors = self.config.scope.axes, self.config.domain.vectors
        if not coordinates:
            return {text: value[0] for text, value in self.ask(texts).items()}
        if set(coordinates) != set(axes):
            raise RequestError(f"the coordinates are {', '.join(axes)}, not {', '.join(coordinates) or 'none'}")
        arrays = {name: _numbers(name, coordinates[name], vectors.get(name)) for name in axes}
        try:
            shape = np.broadcast_shapes(*(array.shape[:-1] for array in arrays.values()))
        except ValueError:
            shapes = ", ".join(f"{name}: {array.shape[:-1]}" for name, array in arrays.items())
            raise RequestError(f"the arrays of coordinates have shapes that do not fit together: {shapes}") from None
        columns = [np.broadcast_to(array, (*shape, array.shape[-1])) for array in arrays.values()]
        points = np.concatenate(columns, axis=-1).reshape(-1, len(self.config.domain.coordinates))
        for sentence in sampling.strays(self.config.domain, points):
            warnings.warn(sentence, stacklevel=2)
        return {text: value.reshape(shape) for text, value in self.ask(texts, points).items()}

    def __repr__(self) -> str:
        unknowns, axes = ", ".join(self.config.unknowns), ", ".join(self.config.scope.axes)
        return f"<pinn solution: {unknowns} over {axes}>"


def _numbers(name: str, value: ArrayLike, places: range | None) -> Float[np.ndarray, "... components"]:
    """An array with the components of a coordinate, one or those of a vector, along its last axis."""
    try:
        array = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        raise RequestError(f"{name} must be a number or an array of numbers") from None
    if places is None:
        return array[..., None]
    if array.ndim == 0:
        return np.full(len(places), array)
    if array.shape[-1] != len(places):
        message = f"{name} is a vector of {len(places)} coordinates: its last axis is to have this length"
        raise RequestError(f"{message}, and the array has the shape {array.shape}")
    return array


@dataclass(frozen=True)
class Report:
    """What `pinn eval` says of a run."""

    loss: float
    terms: Mapping[str, Mapping[str, float]]
    errors: Mapping[str, Mapping[str, float]]
    parameters: Mapping[str, Mapping[str, float]]
    quantities: Mapping[str, Mapping[str, float]]
    points: int


def report(
    problem: Problem,
    model: Model,
    count: int | None = None,
    earlier: Earlier | None = None,
    slabs: tuple[Model, ...] = (),
) -> Report:
    """Residuals of every term on fresh points, integrals by a finer rule, errors against what is known.

    `count` is the number of interior points, by default four times as many as in training.
    """
    inside = count or usual(problem.config)
    solution = Solution(problem.config, model, earlier, slabs)
    if problem.config.slabs:
        loss, terms, used = _stitched(problem, solution, inside)
    else:
        loss, terms, used = residuals(problem, model, inside, earlier)
    found = parameters(solution)
    spread = uncertainty.covariance(problem, model, earlier) if found else None
    for name, words in uncertainty.said(tuple(found), spread).items():
        found[name] |= words
    asked = Quantities(problem.config, solution.past).numbers(model, earlier)
    quantities = {name: {**_judged(name, n.value, problem.config), **n.place} for name, n in asked.items()}
    return Report(loss, terms, errors(solution, inside), found, quantities, used)


def residuals(
    problem: Problem, model: Model, inside: int, earlier: Earlier | None = None
) -> tuple[float, dict[str, dict[str, float]], int]:
    """The loss and each term on points that training did not use: `rms` of squared terms, `value` of energies."""
    problem = exact(problem)
    theta, unravel = ravel_pytree(model)
    objective = Objective(problem, unravel)
    points = problem.points("evaluation", inside)
    args = arguments(problem, points, earlier=earlier)
    values = jax.jit(objective.terms)(theta, args)
    kinds = {c.name: c for group in problem.groups for c in group.contributions}
    terms = {
        name: {"rms": float(v.size) ** 0.5} if kinds[name].average else {"value": float(v.size)}
        for name, v in values.items()
    }
    return float(sum(v.loss for v in values.values())), terms, total(problem, points)


def _stitched(problem: Problem, solution: Solution, inside: int) -> tuple[float, dict[str, dict[str, float]], int]:
    """The same where time is cut into slabs: everything is a mean of squares."""
    points, loss, found = problem.points("evaluation", inside), 0.0, {}
    for group, at in zip(problem.groups, points, strict=True):
        every = [e for c in group.contributions for e in c.expressions]
        values = solution.pieces.everywhere((*solution.slabs, solution.model), every, at.points, at.normals)
        targets = problem.targets(group, at)
        for c, (roots, _, weight) in zip(group.contributions, split(group, values), strict=True):
            rows = np.concatenate([root.reshape(len(at), -1) for root in roots], axis=1)
            squares = np.sum((rows if targets is None else (rows - targets[0]) * targets[1]) ** 2, axis=1)
            loss += float(at.shares @ (weight * squares))
            found[c.name] = {"rms": float(at.shares @ squares) ** 0.5}
    return loss, {term.name: found[term.name] for term in problem.config.terms}, total(problem, points)


def errors(solution: Solution, inside: int) -> Errors:
    """Relative L2 and Linf errors of all that `exact` or `reference` knows, and relative H1 against `exact`."""
    config = solution.config
    found = Accuracy(config, solution.past, inside).of(solution.model, solution.earlier)
    points = fresh_points(config, inside) if config.exact else np.zeros((0, 0))
    for name, known in config.exact.items():
        found[name]["relative_h1"] = _with_slopes(solution, name, known, points)
    return found


def parameters(solution: Solution) -> dict[str, dict[str, float]]:
    """Each fitted parameter's value, and its error where the true value is known."""
    config = solution.config
    known = FieldsOf.of(config, [solution.model], fields.constants(config))
    found: dict[str, dict[str, float]] = {}
    for name in fields.fitted(config):
        found[name] = _judged(name, float(known.parameter(name)[0]), config)
    return found


def _judged(name: str, value: float, config: Config) -> dict[str, float]:
    """A number, and its error where the true one is known."""
    if name not in config.exact_numbers:
        return {"value": value}
    truth = config.exact_numbers[name]
    return {"value": value, "exact": truth, "relative_error": abs(value - truth) / (abs(truth) or 1.0)}


def _with_slopes(solution: Solution, name: str, known: Expression, points: np.ndarray) -> float:
    """The error of an unknown and its gradient, relative to those of what it should be; absolute where these vanish."""
    every = tuple(range(len(solution.config.domain.coordinates)))
    points = points[sampling.lives(solution.config.extents, Unknown(name), points)]
    asked = [Unknown(name), known, algebra.gradient(Unknown(name), every), algebra.gradient(known, every)]
    ours, theirs, our_slopes, their_slopes = solution.values(asked, points)
    missed = math.hypot(np.linalg.norm(ours - theirs), np.linalg.norm(our_slopes - their_slopes))
    return missed / (math.hypot(np.linalg.norm(theirs), np.linalg.norm(their_slopes)) or 1.0)
