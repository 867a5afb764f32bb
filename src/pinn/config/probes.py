"""What is asked before training: expressions and their known parts, at a few points."""

import itertools
from collections.abc import Iterator, Mapping

from pinn.config.model import FittedParameter
from pinn.config.names import Names
from pinn.expressions import Expression, algebra, numeric
from pinn.expressions.tree import Where, children
from pinn.geometry import Box, Flat, Gaussian, Piece, spread

FEW = 12
"""Coordinates up to which expressions are asked at points: with more they may have thousands of parts."""

COUNT = 6
"""Points on each piece."""

STEPS = (0.6180339887498949, 0.7548776662466927, 0.8191725133961645, 0.4142135623730951)
"""Steps of a sequence that fills an interval evenly, for the coordinates in turn."""


def points(names: Names, piece: Piece) -> Iterator[dict[int, float]]:
    """A few points spread evenly over a piece."""
    if not isinstance(piece, Flat) or not isinstance(names.domain, Box | Gaussian):
        yield from itertools.islice(spread(names.domain, piece), COUNT)
        return
    held = dict(piece.fixed)
    for number in range(1 if len(held) == len(names.domain.coordinates) else COUNT):
        fractions = [(0.5 + (number + 1) * STEPS[i % len(STEPS)]) % 1.0 for i in range(len(names.domain.coordinates))]
        free = {
            i: m + (2 * f - 1) * half
            for i, ((m, half), f) in enumerate(zip(names.domain.scales, fractions, strict=True))
        }
        yield free | held


def value_at(
    expression: Expression, point: Mapping[int, float], names: Names, fitted: Mapping[str, float] | None = None
) -> float | None:
    """The value, with fitted parameters at their start if nothing else is said; None where it has none."""
    if fitted is None:
        fitted = {name: p.initial for name, p in names.parameters.items() if isinstance(p, FittedParameter)}
    try:
        value = numeric.evaluate(expression, point, {**names.scope.constants, **fitted})
    except numeric.NotNumeric:
        return None
    return value if isinstance(value, float) else None


def known_parts(expression: Expression) -> Iterator[Expression]:
    """The largest scalar parts that no unknown enters, but those of choices: their branches may be singular."""
    if not algebra.depends_on_unknown(expression):
        yield from [expression] if not expression.shape else ()
    elif not isinstance(expression, Where):
        for part in children(expression):
            yield from known_parts(part)
