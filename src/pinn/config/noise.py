"""Data that outweigh the equations beside them, so that a network follows their noise."""

import contextlib
import math
import statistics
from collections.abc import Mapping, Sequence

from pinn import tables
from pinn.config.findings import Findings, Path
from pinn.config.model import Equation, Misfit, Term
from pinn.errors import RequestError

SURE = 0.03
"""Standard errors below which data count a thousand times as much as equations, or more."""


def find(terms: Sequence[Term], paths: Mapping[str, Path], findings: Findings) -> None:
    """Data with small standard errors, unless they have a weight, count so much that noise is followed."""
    if findings.written(("training", "balance_every")) or not any(isinstance(t.content, Equation) for t in terms):
        return
    for term in terms:
        content, path = term.content, paths[term.name]
        if not isinstance(content, Misfit) or findings.written((*path, "weight")):
            continue
        sigma = _typical(content)
        if sigma <= SURE:
            times = f"with sigma = {sigma:.3g} these data count {sigma**-2:.0e} times as much as an equation"
            hint = f"a weight near sigma^2 prevents it: weight: {sigma**2:.0e}"
            findings.warn((*path, "data"), f"{times}, so that their noise is followed", hint)


def _typical(content: Misfit) -> float:
    """The standard error that data share, or the median of a column of them."""
    if content.table.sigma is None:
        return content.sigma
    with contextlib.suppress(RequestError):
        found = [s for s in tables.read(content.table.path, (content.table.sigma,)).ravel().tolist() if s > 0]
        return statistics.median(found) if found else math.inf
    return math.inf
