"""How far a model is from what is known of the solution: errors at points that stay."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from jaxtyping import Bool, Float

from pinn import fields, sampling, schema, tables
from pinn.config import Config, Reference
from pinn.expressions import Expression, Unknown
from pinn.fields import Earlier, Model
from pinn.geometry import Region, interior
from pinn.problems import Problem
from pinn.reader import Reader, Values
from pinn.slabs import Past

FINER = 4
"""Errors are measured at this many times the interior points of training."""

Errors = dict[str, dict[str, float]]
"""`relative_l2` and `relative_linf` of all that is known, by name."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Expressions in the unknowns by name, and what they should be at points: other expressions, or rows of a file."""

    points: Float[np.ndarray, "n dim"]
    models: Mapping[str, Expression]
    known: Sequence[Expression]
    rows: Sequence[Float[np.ndarray, " n"]]
    """Where there are no expressions."""
    where: Sequence[Bool[np.ndarray, " n"]]
    """For each, where it lives and something is known of it."""

    @property
    def asked(self) -> list[Expression]:
        """Whose values are needed."""
        return [*self.models.values(), *self.known]

    def errors(self, values: Values, at: Bool[np.ndarray, " n"] | slice = slice(None)) -> Errors:
        """Of the values of what is asked, at some of the points."""
        ours, theirs = values[: len(self.models)], values[len(self.models) :] or [row[at] for row in self.rows]
        parts = zip(self.models, ours, theirs, [part[at] for part in self.where], strict=True)
        return {name: relative(a[there], b[there]) for name, a, b, there in parts}


@dataclass(frozen=True)
class Accuracy:
    """The errors of any model of a config against `exact` and `reference`; compiled where they are first asked for."""

    config: Config
    """That of all time."""
    past: Past | None = None
    """What came before the models that are asked about, where they are those of slabs of time."""
    count: int | None = None
    """Points at which `exact` is compared, by default the usual ones."""

    @classmethod
    def of_problem(cls, problem: Problem) -> "Accuracy":
        """That of a problem, or of all time where it is that of a slab."""
        return cls(problem.config) if problem.past is None else cls(problem.past.slabs.whole, problem.past)

    def after(self, past: Past | None) -> Self:
        """The same where something else came before."""
        return self if past is None else replace(self, past=past)

    def of(self, model: Model, earlier: Earlier | None = None) -> Errors:
        """All errors; with slabs of time those until the end of the model's one.

        `earlier` are the networks of earlier stages.
        """
        found: Errors = {}
        for sample, reader in self._samples:
            if self.past is None:
                constants = fields.constants(self.config, earlier)
                found |= sample.errors(reader.values(model, constants, sample.points))
            else:
                found |= _stitched(self.past, sample, model)
        return found

    @cached_property
    def _samples(self) -> list[tuple[Sample, Reader]]:
        count = self.count or usual(self.config)
        return [(sample, Reader(self.config, sample.asked)) for sample in _samples(self.config, count)]


def usual(config: Config) -> int:
    """How many points inside errors are measured at, where nothing is said."""
    return FINER * int(np.prod(config.document.sampling.points))


def fresh_points(config: Config, count: int) -> Float[np.ndarray, "n dim"]:
    """Random points inside the domain, on which errors are measured."""
    region, rule = Region((interior(),)), schema.Sampling(kind="random", points=count)
    return sampling.sample(config.domain, region, rule, None, [config.document.seed, "errors"], side="others").points


def relative(ours: np.ndarray, theirs: np.ndarray) -> dict[str, float]:
    """Errors relative to the size of the known values; absolute where those are zero."""
    difference = ours - theirs
    return {
        "relative_l2": float(np.linalg.norm(difference) / (np.linalg.norm(theirs) or 1.0)),
        "relative_linf": float(np.max(np.abs(difference), initial=0) / (np.max(np.abs(theirs), initial=0) or 1.0)),
    }


def _samples(config: Config, count: int) -> Iterator[Sample]:
    """That of a file, and that of what is exact, which is asked last and so has the last word on a name."""
    if config.reference is not None:
        yield _of_file(config, config.reference)
    if config.exact:
        points, models = fresh_points(config, count), {name: Unknown(name) for name in config.exact}
        where = [sampling.lives(config.extents, model, points) for model in models.values()]
        yield Sample(points, models, [*config.exact.values()], (), where)


def _of_file(config: Config, reference: Reference) -> Sample:
    """The rows that have all coordinates."""
    table = reference.table
    rows = tables.read(table.path, (*table.inputs, *table.values))
    inputs = len(table.inputs)
    rows = rows[np.isfinite(rows[:, :inputs]).all(axis=1)]
    points, values = rows[:, :inputs], [*rows[:, inputs:].T]
    pairs = zip(reference.models.values(), values, strict=True)
    where = [np.isfinite(value) & sampling.lives(config.extents, model, points) for model, value in pairs]
    return Sample(points, reference.models, (), values, where)


def _stitched(past: Past, sample: Sample, model: Model) -> Errors:
    models = (*past.models, model)
    reached = past.slabs.number(sample.points) < len(models)
    return sample.errors(past.slabs.everywhere(models, sample.asked, sample.points[reached]), reached)
