"""Whether the terms of a problem contradict each other as a whole, as a source and the fluxes at all edges do.

By Gauss' theorem some sums of integrals of residuals are the same for every function: that of -Δu - f over a region and
of its flux minus g over the boundary is -∫f - ∫g. Where such a sum is not zero, no function makes all residuals vanish,
and the loss cannot fall below a number that is known. They are found without knowing the equations, as what does not
change from one random function to the next.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from pinn import fields, sampling, schema
from pinn.config import Config, Equation, FittedParameter, Term, choice
from pinn.expressions import Expression, algebra
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


def contradiction(problem: Problem) -> Contradiction | None:
    """What contradicts in a problem; None if nothing does, or where integrals are not accurate enough to tell."""
    config = _plain(problem.config)
    terms = list(_told(config))
    if not terms:
        return None
    size, unravel = fields.unraveling(config)
    start, constants = fields.drawn(config), fields.constants(config)
    drawn = [_points(config, term) for term in terms]
    readers = [Reader(config, [*_residuals(term), term.weight]) for term in terms]
    sums = [_Sum(i, w) for i, pair in enumerate(zip(terms, drawn, strict=True)) for w in _weights(*pair)]
    found, weights, squares = [], [], []
    for seed in range(len(sums) + MORE):
        model = unravel(start + SPREAD * np.random.default_rng(seed).standard_normal(size))
        asked = [reader.values(model, constants, p.points, p.normals) for reader, p in zip(readers, drawn, strict=True)]
        rows, weights = [np.stack(values[:-1], axis=1) for values in asked], [values[-1] for values in asked]
        found.append([drawn[s.term].weights @ np.sum(s.weights * rows[s.term], axis=1) for s in sums])
        squares.append(sum(p.shares @ np.sum(row**2, axis=1) for p, row in zip(drawn, rows, strict=True)))
    plain = _products(drawn, [np.ones(len(points)) for points in drawn], sums)
    kept = np.flatnonzero(np.diag(plain) > 0)
    sizes = np.sqrt(np.median(squares) * np.diag(plain)[kept])  # what residuals of the usual size could make of each
    still = _unchanged(np.array(found)[:, kept] / sizes)
    if not len(still):
        return None
    values = still @ (np.mean(found, axis=0)[kept] / sizes)
    own, alike = np.array([sums[k].term for k in kept]), np.ix_(kept, kept)
    _, parts = _least(still, values, plain[alike] / np.outer(sizes, sizes))
    least, _ = _least(still, values, _products(drawn, weights, sums)[alike] / np.outer(sizes, sizes))
    shares = [float(parts[own == i].sum() / parts.sum()) for i in range(len(terms))]
    return Contradiction(tuple(t.name for t, share in zip(terms, shares, strict=True) if share > PART), least)


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


def _points(config: Config, term: Term) -> Points:
    """Those of a Gauss rule."""
    along, pieces = ALONG[len(config.domain.coordinates)], [len(entry.pieces) for entry in term.region.entries]
    dimension = max(piece.dimension(config.domain) for piece in term.region.pieces)
    count = max(pieces) * along**dimension
    return sampling.sample(config.domain, term.region, schema.Sampling(kind="gauss"), count, [0, "solvability"])


def _weights(term: Term, points: Points) -> Iterator[Float[np.ndarray, "n components"]]:
    """One for each component, and by each component of the normal; for vectors also their moments."""
    count = len(_residuals(term))
    normals = np.zeros((len(points), 0)) if points.normals is None else points.normals
    for unit in np.eye(count):
        for factor in (np.ones(len(points)), *normals.T):
            yield factor[:, None] * unit
    if count == points.points.shape[1]:
        for i in range(count):
            for j in range(i):
                moment = np.zeros((len(points), count))
                moment[:, i], moment[:, j] = points.points[:, j], -points.points[:, i]
                yield moment


def _unchanged(found: Float[np.ndarray, "functions sums"]) -> Float[np.ndarray, "combinations sums"]:
    """The combinations of sums that no function changes, and that are not zero."""
    mean = found.mean(axis=0)
    _, singular, rows = np.linalg.svd(found - mean)
    still = rows[singular < EQUAL * len(found) ** 0.5]
    return still if np.linalg.norm(still @ mean) > WORTH else still[:0]


def _least(
    still: Float[np.ndarray, "combinations sums"],
    values: Float[np.ndarray, " combinations"],
    products: Float[np.ndarray, "sums sums"],
) -> tuple[float, Float[np.ndarray, " sums"]]:
    """The least loss where combinations of sums have these values, by Cauchy and Schwarz, and what each adds to it."""
    multipliers = np.linalg.lstsq(still @ products @ still.T, values, rcond=None)[0]
    of = multipliers @ still
    return float(values @ multipliers), of * (products @ of)


def _products(
    drawn: Sequence[Points], weights: Sequence[Float[np.ndarray, " n"]], sums: Sequence[_Sum]
) -> Float[np.ndarray, "sums sums"]:
    """How far sums are alike, as forms on residuals whose mean squares, with these weights, are the loss."""
    found = np.zeros((len(sums), len(sums)))
    for i, one in enumerate(sums):
        points = drawn[one.term]
        for j, other in enumerate(sums[: i + 1]):
            if one.term == other.term:
                alike = np.sum(one.weights * other.weights, axis=1) / weights[one.term]
                found[i, j] = found[j, i] = points.measure**2 * (points.shares @ alike)
    return found
