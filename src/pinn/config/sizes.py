"""How large a config is, before anything is allocated: trained numbers, the optimizer's memory, points."""

import os
from collections.abc import Sequence
from functools import reduce
from math import prod
from operator import add
from typing import assert_never

from pinn import schema
from pinn.config.blocks import blocks
from pinn.config.findings import Findings
from pinn.config.layouts import Layout
from pinn.config.model import Energy, Equation, Misfit, Term
from pinn.expressions import tree
from pinn.geometry import Domain

BYTES = {"float64": 8, "float32": 4}

ROOM = 2**32
"""Bytes that points which are added unasked may need; the same on all machines, for it decides the result."""


def layout(document: schema.Document, domain: Domain, stage: int = 0) -> Layout:
    """What the networks that a stage trains are made of, together."""
    return reduce(add, (block.layout(document, stage) for block in blocks(document, domain)))


def stage_bytes(stage: schema.Stage, count: int, precision: str = "float64", rows: int = 0) -> int:
    """What a stage's own memory of `count` trained numbers and `rows` residuals takes while it runs.

    The state is there twice, as argument and as result of a chunk.
    """
    dense = isinstance(stage, schema.LeastSquares | schema.NaturalGradient | schema.Spring)
    matrices = 4 * rows * count + 2 * min(rows, count) ** 2 if dense else 0
    return 2 * state_bytes(stage, count, precision) + matrices * BYTES[precision]


def state_bytes(stage: schema.Stage, count: int, precision: str = "float64") -> int:
    """What a stage keeps from step to step, and so in a checkpoint."""
    match stage:
        case schema.Bfgs() | schema.Ssbfgs() | schema.Ssbroyden():
            numbers = count**2
        case schema.Lbfgs():
            numbers = 2 * stage.history * count
        case schema.LevenbergMarquardt() | schema.MultiStage() | schema.NaturalGradient():
            numbers = count
        case schema.Adam() | schema.Spring():
            numbers = 3 * count
        case _:
            assert_never(stage)
    return numbers * BYTES[precision]


def trained(document: schema.Document, domain: Domain, stage: int = 0) -> int:
    """How many numbers a document trains in a stage."""
    fitted = sum(isinstance(p, schema.Fitted) for p in document.parameters.values())
    return layout(document, domain, stage).parameters + fitted


def inside(document: schema.Document) -> int:
    """How many points are asked for in the interior."""
    points = document.sampling.points
    return prod(points) if isinstance(points, list) else points


def points(document: schema.Document, term: Term) -> int | None:
    """How many points a term has; None where that is not written: the default of a face, the rows of a file."""
    if isinstance(term.content, Misfit):
        return None
    if term.is_number:
        return 1
    return term.points or (inside(document) if term.region.name == "interior" else None)


def integration(document: schema.Document, term: Term) -> int | None:
    """How many points an energy is integrated on, or the integrals in it, where that is written."""
    if not term.is_number:
        return points(document, term)
    inner = [f for f in term.functionals if f.region.name == "interior"]
    return term.points or (inside(document) if inner else None)


def rows(document: schema.Document, terms: Sequence[Term]) -> int:
    """How many residuals there are at least, those at points whose number is written."""
    return sum((points(document, term) or 0) * _width(term) for term in terms)


def _width(term: Term) -> int:
    """Residuals at a point; of an energy as many as it reads numbers of the unknowns."""
    match term.content:
        case Equation(residuals=residuals):
            return sum(prod(residual.shape) for residual in residuals)
        case Energy(squares=tuple() as squares):
            return len(squares)
        case Energy(integrand=integrand):
            read = [e for e in tree.walk(integrand) if isinstance(e, tree.Derivative | tree.Gradient)]
            return 1 + sum(prod(e.shape) for e in read if any(isinstance(leaf, tree.Unknown) for leaf in tree.walk(e)))
        case _:
            return 1


def check(
    document: schema.Document, domain: Domain, terms: Sequence[Term], stages: Sequence[schema.Stage], findings: Findings
) -> None:
    """Refuse what cannot fit this machine's memory, with the estimate."""
    residuals = rows(document, terms) * _growth(document)
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    have = f"this machine has {_giga(memory)}"
    for i, stage in enumerate(stages):
        count = trained(document, domain, i)
        needed = stage_bytes(stage, count, document.precision, residuals)
        if needed > memory:
            path = findings.item(("optimizer",), i)
            dense = not isinstance(stage, schema.Lbfgs | schema.Adam)
            hint = "use lbfgs, or a smaller network" if dense else "use a smaller network"
            findings.report(path, f"{stage.kind} on {count:,} parameters needs {_giga(needed)}; {have}", hint)
    needed = inside(document) * layout(document, domain).widest * BYTES[document.precision]
    if needed > memory:
        message = f"one hidden layer on {inside(document):,} points needs {_giga(needed)}; {have}"
        findings.report(("sampling", "points"), message, "use fewer points")


def fits(
    document: schema.Document, domain: Domain, terms: Sequence[Term], stages: Sequence[schema.Stage], times: int
) -> bool:
    """Whether so many times the points take no more than `ROOM` in any stage."""
    residuals = times * rows(document, terms)
    counts = (trained(document, domain, i) for i in range(len(stages)))
    pairs = zip(stages, counts, strict=True)
    return max(stage_bytes(s, count, document.precision, residuals) for s, count in pairs) <= ROOM


def _growth(document: schema.Document) -> int:
    """How many times as many points there may be in the end."""
    return max(1, (document.training.add_points or 0) // inside(document))


def _giga(size: int) -> str:
    return f"{size / 2**30:,.3g} GiB"
