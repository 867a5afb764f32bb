"""Whether the exact solution that a config says satisfies its equations and conditions, at a few points."""

import math
from collections.abc import Iterator, Mapping, Sequence

from pinn.config.findings import Findings, Path
from pinn.config.hard import HardCondition, without_normal
from pinn.config.model import Equation, Term
from pinn.config.names import Names
from pinn.config.probes import FEW, points, value_at
from pinn.config.standins import LARGEST
from pinn.expressions import Expression, Unknown, algebra
from pinn.expressions.tree import Add, walk
from pinn.geometry import Flat, Piece, on_piece

ALLOWED = 1e-6
"""The largest residual, relative to what its summands come to inside the domain, that counts as rounding."""


def find(
    names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], paths: Mapping[str, Path], findings: Findings
) -> None:
    """Warn of equations that `exact` does not satisfy; `paths` has the terms by name."""
    if not names.exact or len(names.domain.coordinates) > FEW:
        return
    for term in terms:
        if isinstance(term.content, Equation) and not term.functionals:
            found = ((piece, residual) for piece in term.region.pieces for residual in term.content.residuals)
            _doubt(found, paths[term.name], names, findings)
    for condition in hard:
        own = Unknown(condition.unknown)
        found = (
            (c.piece, algebra.subtract(algebra.derivative(own, c.operator), on_piece(c))) for c in condition.conditions
        )
        _doubt(found, condition.path, names, findings)


def _doubt(every: Iterator[tuple[Piece, Expression]], path: Path, names: Names, findings: Findings) -> None:
    for piece, residual in every:
        for part in algebra.components(without_normal(residual, piece, names.domain)):
            known = _filled(part, names.exact)
            if known is None:
                continue
            largest = _largest(known, names)
            for point in points(names, piece):
                gap = value_at(known, point, names, names.exact_numbers)
                if gap is None or not abs(gap) > ALLOWED * largest:
                    continue
                place = ", ".join(f"{names.domain.coordinates[i]}={v:.4g}" for i, v in point.items())
                message = f"'exact' does not satisfy this: the sides differ by {abs(gap):.3g} at {place}"
                findings.warn(path, message, "mend the one or the other, or leave 'exact' out")
                return


def _filled(expression: Expression, exact: Mapping[str, Expression]) -> Expression | None:
    """The expression with exact solutions for the unknowns; None where one of them has none."""
    if any(isinstance(leaf, Unknown) and leaf.name not in exact for leaf in walk(expression)):
        return None

    def filled(node: Expression) -> Expression:
        return exact[node.name] if isinstance(node, Unknown) else algebra.renewed(node, filled)

    return filled(expression)


def _largest(known: Expression, names: Names) -> float:
    """What the summands of a residual, and the solution itself, come to inside the domain."""
    try:
        summands = _sizes(algebra.expanded(known, LARGEST))
    except (ValueError, KeyError):
        summands = _sizes(known)
    asked = [summands, *map(_sizes, names.exact.values())]
    found = [value_at(e, point, names, names.exact_numbers) for e in asked for point in points(names, Flat("interior"))]
    return max((size for size in found if size is not None and math.isfinite(size)), default=0.0)


def _sizes(expression: Expression) -> Expression:
    """The sum of the sizes of what is added."""
    if isinstance(expression, Add):
        return algebra.add(_sizes(expression.left), _sizes(expression.right))
    return algebra.call("abs", (expression,))
