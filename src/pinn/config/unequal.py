"""Residuals of very unequal size, which no optimizer balances: they are divided by their sizes, or told."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pinn import schema
from pinn.config.counts import is_volume
from pinn.config.findings import Findings, Path
from pinn.config.magnitudes import divided, magnitudes
from pinn.config.model import Equation, Term
from pinn.config.names import Names
from pinn.config.probes import FEW, points, value_at

APART = 300.0
"""Sizes that differ by more than this are too unequal, if nobody has weighed them: what is healthy stays below 50."""

WEIGHED_APART = 1e5
"""The same where weights are said."""


def settle(
    document: schema.Document,
    names: Names,
    terms: Sequence[Term],
    scales: Mapping[str, float],
    paths: Mapping[str, Path],
    findings: Findings,
) -> tuple[schema.Document, tuple[Term, ...], tuple[str, ...]]:
    """Divide residuals by their sizes where these are far apart and nothing is said of them; a sentence if so.

    `scales` has the sizes of unknowns that are not of size one, `paths` the terms by name. Beside energies and data,
    whose share decides the result, and beside weights that are said, there is a warning instead.
    """
    if len(names.domain.coordinates) > FEW or document.training.balance_every is not None:
        return document, tuple(terms), ()
    found = {term.name: magnitudes(names, term, scales) for term in terms}
    sizes = [size for of_term in found.values() for size in of_term]
    known = [size for size in sizes if size]
    is_open = not any(findings.written((*paths[t.name], key)) for t in terms for key in ("weight", "scale"))
    if not is_open or None in sizes or not all(isinstance(t.content, Equation) and not t.estimate for t in terms):
        _doubt(names, terms, found, paths, findings)
        return document, tuple(terms), ()
    if not known or max(known) <= APART * min(known):
        return document, tuple(terms), ()
    return _settled(document, terms, {name: tuple(map(_rounded, of_term)) for name, of_term in found.items()}, paths)


def _rounded(size: float | None) -> float:
    """A power of ten, which 0 has none."""
    return 10.0 ** round(math.log10(size)) if size else 1.0


def _settled(
    document: schema.Document,
    terms: Sequence[Term],
    sizes: Mapping[str, tuple[float, ...]],
    paths: Mapping[str, Path],
) -> tuple[schema.Document, tuple[Term, ...], tuple[str, ...]]:
    """The document that says the sizes, the terms divided by them, and the sentence."""
    of_entry = {paths[name]: list(of_term) for name, of_term in sizes.items() if of_term}
    said = [
        entry.model_copy(update={"scale": of_entry[("terms", i)]}) if ("terms", i) in of_entry else entry
        for i, entry in enumerate(document.terms)
    ]
    contents = [(t, sizes[t.name], t.content) for t in terms]
    over = tuple(replace(t, content=divided(c, s)) if s and isinstance(c, Equation) else t for t, s, c in contents)
    told = [f"'{name}' {_shown(of_term)}" for name, of_term in sizes.items() if any(size != 1 for size in of_term)]
    why = "what residuals are divided by, whose sizes are far apart"
    return document.model_copy(update={"terms": said}), over, (f"{', '.join(told)}: {why}",)


def _shown(sizes: Sequence[float]) -> str:
    found = [f"{size:.3g}" for size in sizes]
    return found[0] if len(set(found)) == 1 else f"[{', '.join(found)}]"


def _doubt(
    names: Names,
    terms: Sequence[Term],
    sizes: Mapping[str, Sequence[float | None]],
    paths: Mapping[str, Path],
    findings: Findings,
) -> None:
    """Warn of a residual that is much larger than others."""
    found = [(t, size * _root_of_weight(names, t)) for t in terms for size in sizes[t.name] if size]
    found = sorted((pair for pair in found if pair[1]), key=lambda pair: pair[1])
    if len(found) < 2:
        return
    (least, smallest), (most, largest) = found[0], found[-1]
    usual = found[(len(found) - 2) // 2][1]  # of the others
    are_weighed = any(findings.written((*paths[term.name], "weight")) for term in terms)
    inside = any(is_volume(piece, names) for piece in most.region.pieces)
    if not ((inside and not are_weighed and largest > APART * usual) or largest > WEIGHED_APART * smallest):
        return
    only = all(isinstance(term.content, Equation) for term in terms)
    sums = "without any 'weight' residuals are divided by their sizes; else " if are_weighed and only else ""
    what = f"a residual of '{most.name}' is about {largest:.0e} and one of '{least.name}' {smallest:.0e}"
    scale = _shown(tuple(map(_rounded, sizes[most.name])))
    hint = f"{sums}give '{most.name}' a 'scale' such as {scale}, see pinn explain units"
    findings.warn(paths[most.name], f"for unknowns of the usual size {what}", hint)


def _root_of_weight(names: Names, term: Term) -> float:
    """The root of a weight, of its mean over a few points."""
    values = [value_at(term.weight, point, names) for point in points(names, term.region.pieces[0])]
    known = [value for value in values if value is not None and math.isfinite(value)]
    return math.sqrt(max(0.0, statistics.fmean(known))) if known else 1.0
