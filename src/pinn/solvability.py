"""Whether the terms of a problem contradict each other as a whole, as a source and the fluxes at all edges do.

By Gauss' theorem some sums of integrals of residuals are the same for every function: that of -Δu - f over a region and
of its flux minus g over the boundary is -∫f - ∫g. Where such a sum is not zero, no function makes all residuals vanish,
and the loss cannot fall below a number that is known. They are found without knowing the equations, as what does not
change from one random function to the next.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Self

import numpy as np
from jaxtyping import Float

from pinn import fields, sampling, schema
from pinn.config import Config, Equation, FittedParameter, Term, choice
from pinn.expressions import Expression, algebra
from pinn.fields import Constants, Model
from pinn.problems import Problem
from pinn.reader import Reader
from pinn.sampling import Points

ALONG = {1: 64, 2: 40, 3: 14}
"""Gauss points along an axis, by dimension."""

MORE = 8
"""How many more functions there are than integrals."""

SPREAD = 0.2
"""Random numbers that are added to those of a network freshly drawn, whose symmetries no function should have."""

EQUAL = 1e-7
"""How much a sum of integrals may change from function to function, by the size of the integrals: quadrature errors."""

WORTH = 1e-6
"""The value from which on such a sum is not zero, by the same."""

FEWER, AGREED = 3, 0.1
"""Another rule has so many fewer points along an axis, and may differ by this share: else a source is too rough."""

FAINT = 1e-12
"""The least weight in a loss that counts, by the largest of its term."""

AT_A_TIME = 1024
"""Points, so that one program serves all rules."""

PART = 1e-3
"""Share of that least loss from which on a term takes part in it, all weights being one."""


@dataclass(frozen=True)
class Contradiction:
    """Terms that no function satisfies together, and the least loss that any has."""

    terms: tuple[str, ...]
    least: float

    def __str__(self) -> str:
        names = " and ".join(f"'{name}'" for name in self.terms)
        what = f"{names} contradict each other" if len(self.terms) > 1 else f"{names} contradicts what is built in"
        why = "as where sources do not balance what flows through all edges, or loads have a resultant"
        return f"{what} as a whole, {why}: no function has a loss below {self.least:.3g}"


@dataclass(frozen=True)
class _Sum:
    """An integral of residuals over the region of a term, with weights at its points for each component."""

    term: int
    weights: Float[np.ndarray, "n components"]


@dataclass(frozen=True)
class _Rule:
    """A rule for each term, and the sums that are taken by it."""

    readers: Sequence[Reader]
    """The residuals of each term, and its weight in the loss."""
    constants: Constants
    drawn: Sequence[Points]
    sums: Sequence[_Sum]

    @classmethod
    def of(cls, config: Config, terms: Sequence[Term], readers: Sequence[Reader], along: int) -> Self:
        """With so many points along an axis."""
        drawn = [_points(config, term, along) for term in terms]
        sums = [_Sum(i, w) for i, pair in enumerate(zip(terms, drawn, strict=True)) for w in _weights(*pair)]
        return cls(readers, fields.constants(config), drawn, sums)

    def __call__(self, model: Model) -> tuple[list[float], float, list[Float[np.ndarray, " n"]]]:
        """The sums of a function, the mean squares of its residuals, and the weights of these at the points."""
        pairs = zip(self.readers, self.drawn, strict=True)
        asked = [reader.values(model, self.constants, at.points, at.normals) for reader, at in pairs]
        rows = [np.stack(values[:-1], axis=1) for values in asked]
        found = [self.drawn[s.term].weights @ np.sum(s.weights * rows[s.term], axis=1) for s in self.sums]
        squares = sum(float(at.shares @ np.sum(row**2, axis=1)) for at, row in zip(self.drawn, rows, strict=True))
        return found, squares, [values[-1] for values in asked]

    def products(self, weights: Sequence[Float[np.ndarray, " n"]] | None = None) -> Float[np.ndarray, "sums sums"]:
        """How far sums are alike, as forms on residuals whose mean squares, with weights, are the loss."""
        found = np.zeros((len(self.sums), len(self.sums)))
        for i, one in enumerate(self.sums):
            at = self.drawn[one.term]
            factor = np.ones(len(at)) if weights is None else weights[one.term]
            factor = np.maximum(factor, FAINT * factor.max())
            for j, other in enumerate(self.sums[: i + 1]):
                if one.term == other.term:
                    alike = np.sum(one.weights * other.weights, axis=1) / factor
                    found[i, j] = found[j, i] = at.measure**2 * (at.shares @ alike)
        return found


def contradiction(problem: Problem) -> Contradiction | None:
    """What contradicts in a problem; None if nothing does, or where integrals are not accurate enough to tell."""
    config = _plain(problem.config)
    terms = tuple(_told(config))
    if not terms:
        return None
    readers = [Reader(config, [*_residuals(term), term.weight], AT_A_TIME) for term in terms]
    along = ALONG[len(config.domain.coordinates)]
    rule, models = _Rule.of(config, terms, readers, along), _functions(config)
    asked = [rule(next(models)) for _ in range(len(rule.sums) + MORE)]
    found, squares, weights = np.array([one[0] for one in asked]), np.median([one[1] for one in asked]), asked[0][2]
    if not np.isfinite(found).all():
        return None
    plain = rule.products()
    kept = np.flatnonzero(np.diag(plain) > 0)
    sizes = np.sqrt(squares * np.diag(plain)[kept])  # what residuals of the usual size could make of each
    still = _unchanged(found[:, kept] / sizes)
    values = still @ (found.mean(axis=0)[kept] / sizes)
    if not np.linalg.norm(values) > WORTH:
        return None
    again, *_ = _Rule.of(config, terms, readers, along - FEWER)(next(models))
    if not np.linalg.norm(still @ (np.array(again)[kept] / sizes) - values) < AGREED * np.linalg.norm(values):
        return None
    own, alike = np.array([rule.sums[k].term for k in kept.tolist()]), np.ix_(kept, kept)
    _, parts = _least(still, values, plain[alike] / np.outer(sizes, sizes))
    least, _ = _least(still, values, rule.products(weights)[alike] / np.outer(sizes, sizes))
    shares = [float(parts[own == i].sum() / parts.sum()) for i in range(len(terms))]
    return Contradiction(tuple(t.name for t, share in zip(terms, shares, strict=True) if share > PART), least)


def _functions(config: Config) -> Iterator[Model]:
    """Random ones, smooth and without symmetries."""
    (size, unravel), start = fields.unraveling(config), fields.drawn(config)
    for seed in count():
        yield unravel(start + SPREAD * np.random.default_rng(seed).standard_normal(size))


def _plain(config: Config) -> Config:
    """The same for small networks that are smooth everywhere."""
    document, network = config.document, schema.Mlp(kind="mlp", hidden=[16, 16])
    unknowns = document.unknowns
    if not isinstance(unknowns, list):
        unknowns = {name: said.model_copy(update={"network": None}) for name, said in unknowns.items()}
    return replace(config, document=document.model_copy(update={"network": network, "unknowns": unknowns}))


def _told(config: Config) -> Iterator[Term]:
    """The equations that hold at points; none where a rule is not accurate, or numbers are open."""
    is_open = any(isinstance(p, FittedParameter) for p in config.parameters.values())
    if is_open or config.slabs or not choice.has_product_rule(config.domain) or config.document.precision != "float64":
        return
    for term in config.terms:
        is_equation = isinstance(term.content, Equation) and not term.content.bounds
        if is_equation and not (term.is_number or term.functionals or term.estimate or term.handed):
            yield term


def _residuals(term: Term) -> list[Expression]:
    assert isinstance(term.content, Equation)
    return [part for residual in term.content.residuals for part in algebra.components(residual)]


def _points(config: Config, term: Term, along: int) -> Points:
    """Those of a Gauss rule."""
    dimension = max(piece.dimension(config.domain) for piece in term.region.pieces)
    number = max(len(entry.pieces) for entry in term.region.entries) * along**dimension
    return sampling.sample(config.domain, term.region, schema.Sampling(kind="gauss"), number, [0, "solvability"])


def _weights(term: Term, points: Points) -> Iterator[Float[np.ndarray, "n components"]]:
    """One for each component, and by each component of the normal; for vectors also their moments."""
    width = len(_residuals(term))
    normals = np.zeros((len(points), 0)) if points.normals is None else points.normals
    for unit in np.eye(width):
        for factor in (np.ones(len(points)), *normals.T):
            yield factor[:, None] * unit
    if width == points.points.shape[1]:
        for i in range(width):
            for j in range(i):
                moment = np.zeros((len(points), width))
                moment[:, i], moment[:, j] = points.points[:, j], -points.points[:, i]
                yield moment


def _unchanged(found: Float[np.ndarray, "functions sums"]) -> Float[np.ndarray, "combinations sums"]:
    """The combinations of sums that no function changes."""
    _, singular, rows = np.linalg.svd(found - found.mean(axis=0), full_matrices=False)
    return rows[singular < EQUAL * len(found) ** 0.5]


def _least(
    still: Float[np.ndarray, "combinations sums"],
    values: Float[np.ndarray, " combinations"],
    products: Float[np.ndarray, "sums sums"],
) -> tuple[float, Float[np.ndarray, " sums"]]:
    """The least loss where combinations of sums have these values, by Cauchy and Schwarz, and what each adds to it."""
    multipliers = np.linalg.lstsq(still @ products @ still.T, values, rcond=None)[0]
    of = multipliers @ still
    return float(values @ multipliers), of * (products @ of)
