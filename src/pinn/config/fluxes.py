"""Powers of slopes that are infinite where these vanish: fluxes, which are better unknowns of their own."""

import math
from collections.abc import Iterator, Mapping, Sequence

from pinn.config.findings import Findings, Path
from pinn.config.model import Energy, Term
from pinn.config.names import Names
from pinn.config.probes import points, value_at
from pinn.config.standins import stand_ins
from pinn.config.terms import expressions
from pinn.expressions import ONE, Expression, algebra
from pinn.expressions.printing import show
from pinn.expressions.tree import Call, Divide, Power, walk
from pinn.geometry import Flat

ROUNDING = 1e-12
"""Relative differences that rounding makes."""


def find(names: Names, terms: Sequence[Term], paths: Mapping[str, Path], findings: Findings) -> None:
    """Warn of the first such power in each term.

    Near a zero of the slope the residual is as large as one likes, so that training flees every solution that has one.
    """
    for term in terms:
        integrands = (functional.integrand for functional in term.functionals)
        for base, written in (found for e in (*expressions(term.content), *integrands) for found in _inverse(e, names)):
            slopes = _magnitude(base, names)
            if slopes:
                key = "minimise" if isinstance(term.content, Energy) else "equation"
                verb = "vanish" if len(slopes) > 1 else "vanishes"
                message = f"'{show(written, names.scope)}' is infinite where {' and '.join(slopes)} {verb}"
                hint = (
                    "write the flux as an unknown s of its own: d(r*abs(u_r)^(n-1)*u_r, r) = -r*G becomes "
                    "r*s_r + s = -r*G and u_r = sign(s)*abs(s)^(1/n), see 'pinn explain power-law'"
                )
                findings.warn((*paths[term.name], key), message, hint)
                break


def _inverse(expression: Expression, names: Names) -> Iterator[tuple[Expression, Expression]]:
    """What is below a line, or under a negative power that is broken or of an absolute value, and its inverse."""
    for node in walk(expression):
        match node:
            case Power(base=base, exponent=exponent) if not exponent.shape:
                value = value_at(exponent, {}, names)
                if value is not None and value < 0 and (not value.is_integer() or _has_root(base)):
                    yield base, node
            case Divide(right=right) if _has_root(right):
                yield right, algebra.divide(ONE, right)
            case Divide(right=Power(base=base, exponent=exponent)) if not exponent.shape:
                value = value_at(exponent, {}, names)
                if value is not None and value > 0 and not value.is_integer():
                    yield base, algebra.divide(ONE, node.right)


def _has_root(expression: Expression) -> bool:
    return any(isinstance(node, Call) and node.function in {"abs", "sqrt"} for node in walk(expression))


def _magnitude(base: Expression, names: Names) -> Sequence[str]:
    """The slopes of which something is the size: it is made of them alone, has no sign, and vanishes with them.

    A determinant of slopes has a sign, and seldom vanishes where it is divided by.
    """
    found = None if base.shape else stand_ins(base, names)
    if found is None or not found[1] or any(part.order == 0 for part in found[1]):
        return ()
    scalar, parts = found
    for point in points(names, Flat("interior")):
        state = {part.index: (0.7 + 0.31 * k) * part.size for k, part in enumerate(parts)}
        sizes = [value_at(scalar, point | state | {p.index: -state[p.index]}, names) for p in parts]
        size, least = (value_at(scalar, point | s, names) for s in (state, dict.fromkeys(state, 0.0)))
        if least != 0.0 or size is None or not 0 < size < math.inf:
            return ()
        if any(other is None or abs(other - size) > ROUNDING * size for other in sizes):
            return ()
    return [part.name for part in parts]
