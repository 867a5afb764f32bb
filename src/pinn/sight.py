"""Whether the points of training see the sources of a problem: what is asked of zero, and values that are built in."""

from collections.abc import Iterator, Sequence

import jax
import numpy as np
from jaxtyping import Float

from pinn import fields, sampling, schema
from pinn.config import Energy, Equation, FittedParameter, Functional, Misfit
from pinn.config.standins import slopes_at_zero
from pinn.expressions import Expression, algebra
from pinn.expressions.tree import Normal, walk
from pinn.geometry import Box, Flat, Scatter
from pinn.problems import Group, Problem
from pinn.reader import Reader

FEW = 3
"""Coordinates up to which points can be so many that nothing of a size worth mentioning stays unseen."""

MANY = 2**16
"""Points with which those of training are compared."""

FACTOR = 2.0
"""Mean squares that differ by more are worth a word; a jump changes them by far less."""


def unseen(problem: Problem) -> list[str]:
    """A sentence for each source that the points of training miss, or see too much of.

    Points that are drawn anew see all of it in time, and of a cloud there are no others.
    """
    config = problem.config
    if len(config.domain.coordinates) > FEW or config.slabs:
        return []
    said = {term.name: (term.content, term.functionals) for term in config.terms}
    said |= {f.name: (Energy(f.integrand, None), ()) for term in config.terms for f in term.functionals}
    found: list[str] = []
    for group in problem.groups:
        is_fixed = all(isinstance(piece, Scatter) for piece in group.region.pieces) or group.measurements is not None
        if is_fixed or group.sampling.redraw_every is not None:
            continue
        known = {f"what '{c.name}' asks of zero": list(_sources(*said[c.name])) for c in group.contributions}
        if Flat("interior") in group.region.pieces:
            known |= {f"the value of {unknown} that is built in": each for unknown, each in _values(problem).items()}
        found += _compared(problem, group, {name: sources for name, sources in known.items() if sources})
    return list(dict.fromkeys(found))


def _sources(content: Equation | Energy | Misfit, functionals: Sequence[Functional]) -> Iterator[Expression]:
    """What depends on the point alone: residuals of zero, and the slopes of an energy there."""
    if isinstance(content, Misfit):
        return
    said = content.residuals if isinstance(content, Equation) else (content.integrand,)
    numbers = {functional.name for functional in functionals}
    for scalar in (part for expression in said for part in algebra.components(expression)):
        for source in slopes_at_zero(scalar, int(isinstance(content, Energy))):
            is_open = numbers & algebra.names_used(source) or any(isinstance(node, Normal) for node in walk(source))
            if algebra.coordinates_used(source) and not is_open:
                yield source


def _values(problem: Problem) -> dict[str, list[Expression]]:
    """What is built in and changes from point to point, by unknown."""
    every = {unknown: [c.value for c in said] for unknown, said in problem.config.conditions.items()}
    return {unknown: [e for e in said if algebra.coordinates_used(e)] for unknown, said in every.items()}


def _compared(problem: Problem, group: Group, sources: dict[str, list[Expression]]) -> Iterator[str]:
    """The sentences about the sources of a group, by what they are on many more points."""
    if not sources:
        return
    config, own = problem.config, problem.points_of(group, "training")
    rule = schema.Sampling(kind="sobol", points=MANY)
    many = sampling.sample(config.domain, group.region, rule, MANY, [config.document.seed, "sight"])
    starts = {name: p.initial for name, p in config.parameters.items() if isinstance(p, FittedParameter)}
    reader = Reader(config, [algebra.settled(e, starts) for each in sources.values() for e in each])
    model = jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), fields.shape(config)[0])  # none of it is read
    found = reader.values(model, fields.constants(config), np.concatenate([own.points, many.points]))
    squares = (np.nan_to_num(np.square(value), posinf=0.0) for value in found)
    for name, each in sources.items():
        total = np.sum([next(squares) for _ in each], axis=0)
        here, there = own.shares @ total[: len(own)], many.shares @ total[len(own) :]
        if not here <= FACTOR * there or not there <= FACTOR * here:
            peak = many.points[np.argmax(total[len(own) :])]
            sizes = f"{name} has the mean square {here:.2g} on its {len(own)} points, and {there:.2g} on {len(many)}"
            yield f"{sizes}: {_remedy(problem, peak)}"


def _remedy(problem: Problem, peak: Sequence[float] | Float[np.ndarray, " dim"]) -> str:
    names = problem.config.domain.coordinates
    place = ", ".join(f"{name}={value:.4g}" for name, value in zip(names, peak, strict=True))
    crowd = ", or crowd them there by sampling.cluster" if isinstance(problem.config.domain, Box) else ""
    return f"raise sampling.points, for it is largest near {place}{crowd}"
