"""Coefficients that jump: derivatives taken branch by branch lose what happens there, and energies are exploited."""

import math
from collections.abc import Iterator, Mapping, Sequence

from pinn.config.findings import Findings, Path
from pinn.config.model import Equation, Misfit, Term
from pinn.config.names import Names
from pinn.config.probes import known_parts, points, value_at
from pinn.config.standins import FIRST, stand_ins
from pinn.expressions import Expression, Unknown, algebra
from pinn.expressions.printing import show
from pinn.expressions.tree import Call, Coordinate, Derivative, Gradient, Where, walk
from pinn.geometry import Flat, is_inside

ALONG = 65
"""Values along a line in which a jump is sought."""

HALVINGS = 40
JUMP = 1e-6
"""The share of a difference that is left where it is one of a jump."""


def find(names: Names, terms: Sequence[Term], paths: Mapping[str, Path], findings: Findings) -> None:
    """Warn of the first equation with a derivative of what jumps, and of an energy whose stiffness does."""
    for term in terms:
        if isinstance(term.content, Misfit) or Flat("interior") not in term.region.pieces:
            continue
        if isinstance(term.content, Equation):
            key, parts = "equation", (part for e in term.content.residuals for part in _differentiated(e))
            meaning = "its derivative is taken on each side only"
        else:
            integrands = [f.integrand for f in term.functionals] if term.is_number else [term.content.integrand]
            key, parts = "minimise", (part for e in integrands for part in _stiff(e, names))
            meaning = "the minimum has a kink there, where a network may have a cliff that no point sees"
        for part in dict.fromkeys(parts):
            for place in places(part, names, range(len(names.domain.coordinates))):
                message = f"'{show(part, names.scope)}' jumps at {place}, and {meaning}"
                hint = "give each side an unknown (`on: REGION`), and state at the jump what joins them"
                findings.warn((*paths[term.name], key), message, hint)
                return


def _differentiated(expression: Expression) -> Iterator[Expression]:
    """Known scalars with branches that stand, beside an unknown, in something that is differentiated."""
    for node in walk(expression):
        if isinstance(node, Derivative | Gradient) and not isinstance(node.operand, Unknown):
            yield from (part for part in known_parts(node.operand) if any(map(_is_branched, walk(part))))


def _stiff(integrand: Expression, names: Names) -> Iterator[Expression]:
    """Known scalars with branches on which it depends how an energy bends with a derivative of an unknown."""
    found = stand_ins(integrand, names)
    if found is None:
        return
    expression, parts = found
    for part in (part for part in parts if part.order):
        bend = algebra.differentiate(algebra.differentiate(expression, part.index), part.index)
        for node in walk(bend):
            coordinates = (leaf.index for leaf in walk(node) if isinstance(leaf, Coordinate))
            if _is_branched(node) and all(index < FIRST for index in coordinates):
                yield node


def _is_branched(node: Expression) -> bool:
    return isinstance(node, Where) or (isinstance(node, Call) and node.function in ("step", "sign"))


def places(expression: Expression, names: Names, along: Sequence[int]) -> Iterator[str]:
    """The places of jumps along a few lines through the domain, on which these coordinates change."""
    for point in points(names, Flat("interior")):
        for i in along:
            middle, half = names.domain.scales[i]
            line = [middle + half * (2 * k / (ALONG - 1) - 1) for k in range(ALONG)]
            values = [value_at(expression, {**point, i: x}, names) for x in line]
            for k in range(ALONG - 1):
                ends = ({**point, i: line[k]}, {**point, i: line[k + 1]})
                if not all(is_inside(names.domain, end) for end in ends):
                    continue
                if values[k] == values[k + 1]:
                    continue
                x = _bisected(expression, point, i, (line[k], line[k + 1]), names)
                if x is not None:
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
