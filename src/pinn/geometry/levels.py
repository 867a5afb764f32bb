"""Functions that are positive where a formula holds and negative elsewhere, as expression trees.

"And" and "or" are R-functions a + b ∓ √(a² + b²) (Rvachev 1963; Shapiro, Acta Numerica 16, 2007), singular only where
both vanish. At an inward corner of planes the function is the harmonic one that vanishes there, r^(π/ω) cos(πφ/ω) with
the angle ω inside and φ from its middle (Grisvard, Elliptic Problems in Nonsmooth Domains, 1985): what vanishes on both
sides and has a Laplacian that can be squared and integrated begins with it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pinn.expressions import algebra
from pinn.expressions.tree import Constant, Expression
from pinn.geometry.formulas import Formula, Plane, Side

TWO, HALF = Constant(2.0), Constant(0.5)

STRAIGHT = 1e-9
"""Cosines of angles between planes that count as none, and what they may lack to be parallel."""

TINY = 1e-30
"""Kept from zero is the denominator of an angle at the very corner; normal in float32."""


def positive(formula: Formula, bounded: bool = False) -> Expression:
    """A function that is positive where a formula of at least one side holds, negative elsewhere.

    Where it is to be `bounded`, that of the outside of an ellipse or a ball approaches a constant.
    """
    if isinstance(formula, Side):
        level = formula.level
        if bounded and formula.sign < 0 and formula.size is not None:
            share = algebra.multiply(Constant(1.0 / formula.size), level)
            level = algebra.divide(level, algebra.subtract(Constant(1.0), share))
        return algebra.multiply(Constant(formula.sign), level)
    if formula.word == "or" and (corner := _Corner.of(formula.parts)) is not None:
        return corner.harmonic()
    return _joined(formula.word, [positive(part, bounded) for part in formula.parts])


def _joined(word: Literal["and", "or"], parts: Sequence[Expression]) -> Expression:
    """a + b ∓ √(a² + b²), in pairs, so that no part is repeated more often than it must be."""
    if len(parts) == 1:
        return parts[0]
    a, b = (_joined(word, half) for half in (parts[: len(parts) // 2], parts[len(parts) // 2 :]))
    root = _length(a, b)
    return algebra.add(algebra.add(a, b), root if word == "or" else algebra.negate(root))


@dataclass(frozen=True)
class _Corner:
    """Two distances, the domain being where either is positive, and the cosine of the angle between their gradients."""

    first: Expression
    second: Expression
    cosine: float

    @classmethod
    def of(cls, parts: Sequence[Formula]) -> "_Corner | None":
        """That of an "or" of planes in two directions, at a right angle where one has several planes."""
        groups: list[tuple[Plane, list[Expression]]] = []
        for part in parts:
            if not isinstance(part, Side) or part.plane is None:
                return None
            plane, function = part.plane.signed(part.sign), positive(part)
            for normal, functions in groups:
                if abs(normal.cosine(plane)) > 1.0 - STRAIGHT:
                    functions.append(function)
                    break
            else:
                groups.append((plane, [function]))
        if len(groups) != 2:
            return None
        (normal, first), (other, second) = groups
        cosine = normal.cosine(other)
        if len(parts) > 2 and abs(cosine) > STRAIGHT:
            return None
        return cls(_joined("or", first), _joined("or", second), cosine)

    def harmonic(self) -> Expression:
        """r^(π/ω) cos(πφ/ω) for the angle ω of the domain, from the distances along the middle and across it."""
        share = math.pi / (math.pi + math.acos(self.cosine))
        both, apart = algebra.add(self.first, self.second), algebra.subtract(self.second, self.first)
        along = algebra.multiply(Constant((2.0 + 2.0 * self.cosine) ** -0.5), both)
        across = algebra.multiply(Constant((2.0 - 2.0 * self.cosine) ** -0.5), apart)
        radius = _length(along, across)
        rest = algebra.add(algebra.add(along, radius), Constant(TINY))
        angle = algebra.multiply(Constant(2.0 * share), algebra.call("atan", (algebra.divide(across, rest),)))
        return algebra.multiply(algebra.power(radius, Constant(share)), algebra.call("cos", (angle,)))


def trimmed(f: Expression, t: Expression) -> Expression:
    """√(f² + (√(t² + f⁴) - t)²/4), zero where f is and t ≥ 0 (Sukumar & Srivastava, CMAME 389, 2022)."""
    rest = algebra.multiply(HALF, algebra.subtract(_length(t, algebra.power(f, TWO)), t))
    return _length(f, rest)


def _length(a: Expression, b: Expression) -> Expression:
    """√(a² + b²)."""
    return algebra.call("sqrt", (algebra.add(algebra.power(a, TWO), algebra.power(b, TWO)),))
