"""Elementwise functions of jets by the differential equations they satisfy, and their derivatives.

From y = f(x) follows dy = z dx with z = f'(x) for every derivation d. Counting the degree is a derivation, so each
coefficient of y follows from those of x and earlier ones of z, and z is a polynomial in y, or a function met before:
tanh' = 1 - tanh². The cost is quadratic in the order, where Faà di Bruno's formula is exponential. (Griewank & Walther,
Evaluating Derivatives, ch. 13, for power series; the same recurrence holds in any closed space.) Differentiation by
what is trained is a derivation too: its dy = z dx is one product of jets. Of spaces with several elements of one degree
`pinn.jets.composition` asks less.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

from jaxtyping import Array

from pinn.jets.arithmetic import Coefficient, Coefficients, OnDemand, contraction, scaled, total
from pinn.jets.jet import Jet

Known = Sequence[Coefficient]


@final
@dataclass(frozen=True)
class Solved:
    """y = f(x), with f'(x), of which only what is asked for is computed, and f'' of the value if it is known."""

    x: Jet
    y: Jet
    slope: Coefficients
    second: Array | None = None

    def tangent(self, dx: Jet) -> Jet:
        """f'(x) dx. First derivatives of f'(x) are f'' · x: a factor that is taken out of their products."""
        tables = self.x.tables
        if self.second is None:
            return dx.with_flat([contraction(terms, dx.flat, self.slope) for terms in tables.products])
        flat = []
        for near, far in zip(tables.tangent_near, tables.tangent_far, strict=True):
            pairs = contraction(near, dx.flat, self.x.flat)
            flat.append(total(contraction(far, dx.flat, self.slope), None if pairs is None else self.second * pairs))
        return dx.with_flat(flat)


def solved(x: Jet, value: Array, slope: Callable[[Known, int], Coefficient], second: Array) -> Solved:
    """y = f(x) with y' = z(y): `value` is f, `second` f'', and slope(y, q) is z at place q, from y up to that place."""
    y: list[Coefficient] = [value]
    z = OnDemand(lambda q: slope(y, q))
    for near, far in zip(x.tables.near[1:], x.tables.far[1:], strict=True):
        pairs = contraction(near, x.flat, x.flat)
        y.append(total(contraction(far, x.flat, z), None if pairs is None else second * pairs))
    return Solved(x, x.with_flat(y), z, second)


def integral(x: Jet, value: Array, slope: Jet) -> Solved:
    """y with the given value and dy = slope dx."""
    y = x.with_flat([value, *(contraction(row, x.flat, slope.flat) for row in x.tables.chain[1:])])
    return Solved(x, y, slope.flat)


def oscillation(x: Jet, value: Array, first: Array, sign_of_second: int) -> Solved:
    """y'' = ±y: the circular and hyperbolic functions."""
    chain = x.tables.chain

    def slope(y: Known, q: int) -> Coefficient:
        return first if q == 0 else scaled(contraction(chain[q], x.flat, y), sign_of_second)

    return solved(x, value, slope, sign_of_second * value)


def square(x: Jet, y: Known, place: int) -> Coefficient:
    """y² at a place, for the coefficients of a jet like x."""
    return contraction(x.tables.squares[place], y, y)
