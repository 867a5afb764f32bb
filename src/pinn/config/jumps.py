"""Derivatives of coefficients that jump: taken branch by branch they lose what happens at the jump."""

import math
from collections.abc import Iterator, Mapping, Sequence

from pinn.config.findings import Findings, Path
from pinn.config.model import Equation, Term
from pinn.config.names import Names
from pinn.config.probes import known_parts, points, value_at
from pinn.expressions import Expression, Unknown
from pinn.expressions.printing import show
from pinn.expressions.tree import Call, Derivative, Gradient, Where, walk
from pinn.geometry import Flat

ALONG = 65
"""Values along a line in which a jump is sought."""

HALVINGS = 40
JUMP = 1e-6
"""The share of a difference that is left where it is one of a jump."""


def find(names: Names, terms: Sequence[Term], paths: Mapping[str, Path], findings: Findings) -> None:
    """Warn of the first derivative in an equation inside of what jumps there."""
    for term in terms:
        if not isinstance(term.content, Equation) or Flat("interior") not in term.region.pieces:
            continue
        for part in dict.fromkeys(part for e in term.content.residuals for part in _differentiated(e)):
            for place in _jumps(part, names):
                message = f"'{show(part, names.scope)}' jumps at {place}, and its derivative is taken on each side only"
                hint = "give each side an unknown (`on: REGION`), and state at the jump what joins them"
                findings.warn((*paths[term.name], "equation"), message, hint)
                return


def _differentiated(expression: Expression) -> Iterator[Expression]:
    """Known scalars with branches that stand, beside an unknown, in something that is differentiated."""
    for node in walk(expression):
        if isinstance(node, Derivative | Gradient) and not isinstance(node.operand, Unknown):
            yield from (part for part in known_parts(node.operand) if any(map(_is_branched, walk(part))))


def _is_branched(node: Expression) -> bool:
    return isinstance(node, Where) or (isinstance(node, Call) and node.function in ("step", "sign"))


def _jumps(expression: Expression, names: Names) -> Iterator[str]:
    """The places of jumps along a few lines through the domain."""
    for point in points(names, Flat("interior")):
        for i, (middle, half) in enumerate(names.domain.scales):
            line = [middle + half * (2 * k / (ALONG - 1) - 1) for k in range(ALONG)]
            values = [value_at(expression, {**point, i: x}, names) for x in line]
            for k in range(ALONG - 1):
                if values[k] != values[k + 1] and (x := _bisected(expression, point, i, (line[k], line[k + 1]), names)):
                    yield f"{names.domain.coordinates[i]}={x:.4g}"


def _bisected(
    expression: Expression, point: Mapping[int, float], index: int, ends: tuple[float, float], names: Names
) -> float | None:
    """Where a difference stays, however near its two sides are."""
    low, high = ends
    a, b = (value_at(expression, {**point, index: x}, names) for x in ends)
    whole = math.inf if a is None or b is None else abs(b - a)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        value = value_at(expression, {**point, index: middle}, names)
        if a is None or b is None or value is None:
            return None
        low, high, a, b = (middle, high, value, b) if abs(value - a) < abs(b - value) else (low, middle, a, value)
    return high if a is not None and b is not None and abs(b - a) > JUMP * whole else None
