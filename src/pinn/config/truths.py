"""Whether the exact solution that a config says satisfies its equations and conditions, at a few points."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pinn.config.findings import Findings, Path
from pinn.config.hard import HardCondition, without_normal
from pinn.config.model import Equation, Functional, Term
from pinn.config.names import Names
from pinn.config.probes import FEW, points, value_at
from pinn.config.standins import LARGEST, filled
from pinn.expressions import Expression, Unknown, algebra
from pinn.expressions.tree import Add, walk
from pinn.geometry import Box, Flat, Piece, on_piece

ALLOWED = 1e-6
"""The largest residual, relative to what its summands come to inside the domain, that counts as rounding."""

SLIGHT = 1e-4
"""A relative residual below this may be that of a domain that is cut off."""

RULES, PLANE = (11, 16), 2
"""Points along a coordinate of the rules that integrals are taken by, and the most coordinates."""

AGREED = 1e-8
"""By what share of the sum of sizes the rules may differ."""


class Sum(NamedTuple):
    """An integral by a rule, and that of the sizes; not a number where the integrand is none at a point."""

    total: float
    size: float


def find(
    names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], paths: Mapping[str, Path], findings: Findings
) -> None:
    """Warn of equations that `exact` does not satisfy; `paths` has the terms by name."""
    if not names.exact or len(names.domain.coordinates) > FEW:
        return
    for term in terms:
        numbers = {f.name: _integral(f, names) for f in term.functionals}
        known = {name: value for name, value in numbers.items() if value is not None}
        if isinstance(term.content, Equation) and known.keys() == numbers.keys():
            pieces = term.region.pieces or (Flat("interior"),)
            found = ((piece, residual) for piece in pieces for residual in term.content.residuals)
            _doubt(found, paths[term.name], names, findings, known)
    for condition in hard:
        own = Unknown(condition.unknown)
        found = (
            (c.piece, algebra.subtract(algebra.derivative(own, c.operator), on_piece(c))) for c in condition.conditions
        )
        _doubt(found, condition.path, names, findings)


def _doubt(
    every: Iterator[tuple[Piece, Expression]],
    path: Path,
    names: Names,
    findings: Findings,
    numbers: Mapping[str, float] | None = None,
) -> None:
    truths = {**names.exact_numbers, **(numbers or {})}
    for piece, residual in every:
        for part in algebra.components(without_normal(residual, piece, names.domain)):
            known = _filled(part, names.exact)
            if known is None:
                continue
            largest = _largest(known, names, truths)
            for point in points(names, piece):
                gap = value_at(known, point, names, truths)
                if gap is None or not abs(gap) > ALLOWED * largest:
                    continue
                place = ", ".join(f"{names.domain.coordinates[i]}={v:.4g}" for i, v in point.items())
                message = f"'exact' does not satisfy this: the sides differ by {abs(gap):.3g} at {place}"
                mend = "mend the one or the other, or leave 'exact' out"
                cut = "where that is so of a domain that is cut off, errors below it mean nothing; else " + mend
                findings.warn(path, message, cut if abs(gap) < SLIGHT * largest else mend)
                return


def _filled(expression: Expression, exact: Mapping[str, Expression]) -> Expression | None:
    """The expression with exact solutions for the unknowns; None where one of them has none."""
    if any(isinstance(leaf, Unknown) and leaf.name not in exact for leaf in walk(expression)):
        return None
    return filled(expression, exact)


def _integral(said: Functional, names: Names) -> float | None:
    """The integral of the exact solution; None where two rules of Gauss do not agree, or none is at hand."""
    domain, total = names.domain, 0.0
    for piece in said.region.pieces:
        if not isinstance(piece, Flat) or not isinstance(domain, Box) or len(free := piece.free(domain)) > PLANE:
            return None
        known = _filled(without_normal(said.integrand, piece, domain), names.exact)
        sums = [] if known is None else [_summed(known, piece, free, count, names) for count in RULES]
        if not sums or not _agree(*sums):
            return None
        total += sums[-1].total
    return total


def _agree(one: Sum, other: Sum) -> bool:
    return abs(one.total - other.total) <= AGREED * other.size < math.inf


def _summed(known: Expression, piece: Flat, free: Sequence[int], count: int, names: Names) -> Sum:
    """By a rule of so many points along each coordinate."""
    import numpy as np

    nodes, weights = (array.tolist() for array in np.polynomial.legendre.leggauss(count))
    total, size = 0.0, 0.0
    for chosen in itertools.product(range(count), repeat=len(free)):
        point, weight = dict(piece.fixed), 1.0
        for i, k in zip(free, chosen, strict=True):
            middle, half = names.domain.scales[i]
            point[i], weight = middle + half * nodes[k], weight * half * weights[k]
        value = value_at(known, point, names, names.exact_numbers)
        if value is None:
            return Sum(math.nan, math.nan)
        total, size = total + weight * value, size + weight * abs(value)
    return Sum(total, size)


def _largest(known: Expression, names: Names, truths: Mapping[str, float]) -> float:
    """What the summands of a residual, and the solution itself, come to inside the domain."""
    try:
        summands = _sizes(algebra.expanded(known, LARGEST))
    except (ValueError, KeyError):
        summands = _sizes(known)
    asked = [summands, *map(_sizes, names.exact.values())]
    found = [value_at(e, point, names, truths) for e in asked for point in points(names, Flat("interior"))]
    return max((size for size in found if size is not None and math.isfinite(size)), default=0.0)


def _sizes(expression: Expression) -> Expression:
    """The sum of the sizes of what is added."""
    if isinstance(expression, Add):
        return algebra.add(_sizes(expression.left), _sizes(expression.right))
    return algebra.call("abs", (expression,))
