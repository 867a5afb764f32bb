"""What jumps: derivatives taken branch by branch lose what happens there, energies are exploited, sources not met."""

import math
from collections.abc import Iterator, Mapping, Sequence

from pinn.config.findings import Findings, Path
from pinn.config.model import Energy, Equation, Misfit, Term
from pinn.config.names import Names
from pinn.config.probes import known_parts, points, value_at
from pinn.config.standins import FIRST, StandIn, at_zero, stand_ins
from pinn.expressions import Expression, Unknown, algebra
from pinn.expressions.printing import show
from pinn.expressions.tree import Call, Coordinate, Derivative, Gradient, Where, walk
from pinn.geometry import Flat, is_inside

ALONG = 65
"""Values along a line in which a jump is sought."""

Found = tuple[Expression, str, str]
"""What jumps, what follows from it, and what to do."""

HALVINGS = 40
JUMP = 1e-6
"""The share of a difference that is left where it is one of a jump."""


SIDES = "give each side an unknown (`on: REGION`), and state at the jump what joins them"
BRANCHES = "its derivative is taken on each side only"
CLIFF = "the minimum has a kink there, where a network may have a cliff that no point sees"
UNMET = "derivatives of order %d of a smooth network do not: they meet it on average only"
SPLIT = "give each side an unknown (`on: REGION`, see 'pinn explain interface'), or write the equation as an energy"
UNSEEN = "no rule of Gauss integrates that exactly, which a network exploits"
LOAD = "write what stands on one side alone as a term of its own: {minimise: …, on: REGION}"


def find(names: Names, terms: Sequence[Term], paths: Mapping[str, Path], findings: Findings) -> None:
    """Warn of the first equation with a derivative of what jumps, or a source that does, and of such an energy."""
    for term in terms:
        if isinstance(term.content, Misfit) or Flat("interior") not in term.region.pieces:
            continue
        is_equation = isinstance(term.content, Equation)
        found = _in_equation(term.content, names) if isinstance(term.content, Equation) else _in_energy(term, names)
        for part, meaning, hint in dict.fromkeys(found):
            for place in places(part, names, range(len(names.domain.coordinates))):
                message = f"'{show(part, names.scope)}' jumps at {place}, and {meaning}"
                findings.warn((*paths[term.name], "equation" if is_equation else "minimise"), message, hint)
                return


def _in_equation(content: Equation, names: Names) -> Iterator[Found]:
    for residual in content.residuals:
        yield from ((part, BRANCHES, SIDES) for part in _differentiated(residual))
    for part in (part for residual in content.residuals for part in algebra.components(residual)):
        order = algebra.max_order(part)
        if order > 1 and names.domain.time is None:
            yield from ((source, UNMET % order, SPLIT) for source in _sources(part, names))


def _in_energy(term: Term, names: Names) -> Iterator[Found]:
    integrands = [f.integrand for f in term.functionals]
    integrands += [term.content.integrand] if isinstance(term.content, Energy) and not term.is_number else []
    for integrand in integrands:
        yield from ((part, CLIFF, SIDES) for part in _stiff(integrand, names))
        yield from ((load, UNSEEN, LOAD) for load in _loads(integrand, names))


def _sources(residual: Expression, names: Names) -> Iterator[Expression]:
    """Branched parts of what is left of a residual where unknowns are zero."""
    found = stand_ins(residual, names)
    return _branched_at_zero(*found) if found else iter(())


def _loads(integrand: Expression, names: Names) -> Iterator[Expression]:
    """Branched parts of what an energy gains with an unknown or a derivative, where all are zero."""
    expression, parts = stand_ins(integrand, names) or (integrand, ())
    for part in parts:
        yield from _branched_at_zero(algebra.differentiate(expression, part.index), parts)


def _branched_at_zero(expression: Expression, parts: Sequence[StandIn]) -> Iterator[Expression]:
    for node in walk(at_zero(expression, (part.index for part in parts))):
        if _is_branched(node) and not node.shape and algebra.coordinates_used(node):
            yield node
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
