"""Functions of jets, elementwise, by the differential equations they satisfy.

From y = f(x) follows dy = z dx with z = f'(x) for every derivation d. Counting the degree is a derivation, so each
coefficient of y follows from those of x and earlier ones of z, and z is a polynomial in y, or a function met before:
tanh' = 1 - tanh². The cost is quadratic in the order, where Faà di Bruno's formula is exponential. (Griewank & Walther,
Evaluating Derivatives, ch. 13, for power series; the same recurrence holds in any closed space.)
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import final

import jax
import jax.numpy as jnp
from jaxtyping import Array

from pinn.jets.arithmetic import Coefficient, OnDemand, contraction, difference, scaled, total
from pinn.jets.jet import Jet, constant, where
from pinn.jets.trigonometry import sine_and_cosine

Known = Sequence[Coefficient]


def tanh(x: Jet) -> Jet:
    """tanh' = 1 - tanh²."""
    y = jnp.tanh(x.value)
    first = 1 - y * y
    return _solve(x, y, lambda y, q: first if q == 0 else scaled(_square(x, y, q), -1), -2 * y * first)


def sigmoid(x: Jet) -> Jet:
    """1/(1 + exp(-x)); the derivative is y - y²."""
    y = jax.nn.sigmoid(x.value)
    first = y * (1 - y)
    return _solve(x, y, lambda y, q: first if q == 0 else difference(y[q], _square(x, y, q)), (1 - 2 * y) * first)


def softplus(x: Jet) -> Jet:
    """log(1 + exp(x)); the derivative is the sigmoid."""
    slope = sigmoid(x)
    return _solve(x, jax.nn.softplus(x.value), lambda _, q: slope.flat[q], slope.value * (1 - slope.value))


def exp(x: Jet) -> Jet:
    y = jnp.exp(x.value)
    return _solve(x, y, lambda y, q: y[q], y)


def log(x: Jet) -> Jet:
    return _integral(x, jnp.log(x.value), 1 / x)


def sin(x: Jet) -> Jet:
    sine, cosine = sine_and_cosine(x.value)
    return _oscillation(x, sine, cosine, -1)


def cos(x: Jet) -> Jet:
    sine, cosine = sine_and_cosine(x.value)
    return _oscillation(x, cosine, -sine, -1)


def sinh(x: Jet) -> Jet:
    return _oscillation(x, jnp.sinh(x.value), jnp.cosh(x.value), 1)


def cosh(x: Jet) -> Jet:
    return _oscillation(x, jnp.cosh(x.value), jnp.sinh(x.value), 1)


def tan(x: Jet) -> Jet:
    """tan' = 1 + tan²."""
    y = jnp.tan(x.value)
    first = 1 + y * y
    return _solve(x, y, lambda y, q: first if q == 0 else _square(x, y, q), 2 * y * first)


def asin(x: Jet) -> Jet:
    return _integral(x, jnp.arcsin(x.value), 1 / sqrt(1 - x.square()))


def acos(x: Jet) -> Jet:
    return _integral(x, jnp.arccos(x.value), -1 / sqrt(1 - x.square()))


def atan(x: Jet) -> Jet:
    return _integral(x, jnp.arctan(x.value), 1 / (1 + x.square()))


def erf(x: Jet) -> Jet:
    """The error function; the derivative is 2/√π exp(-x²)."""
    return _integral(x, jax.lax.erf(x.value), exp(-x.square()) * (2 / math.sqrt(math.pi)))


def sqrt(x: Jet) -> Jet:
    """From y² = x. At 0 the derivatives are infinite, as they should be."""
    root = jnp.sqrt(x.value)
    inverse = 0.5 / root
    y: list[Coefficient] = [root]
    for terms, above in zip(x.tables.squares[1:], x.flat[1:], strict=True):
        known = [term for term in terms if term.blocks[0] != 0]
        rest = difference(above, contraction(known, y, y))
        y.append(None if rest is None else rest * inverse)
    return x.with_flat(y)


def absolute(x: Jet) -> Jet:
    """|x| branch by branch; at 0 every derivative is 0."""
    sign_of_value = jnp.sign(x.value)
    return x.with_flat([jnp.abs(x.value), *(None if c is None else sign_of_value * c for c in x.flat[1:])])


def sign(x: Jet) -> Jet:
    """-1, 0 or 1, constant in between."""
    return constant(x.space, x.order, jnp.sign(x.value))


def step(x: Jet) -> Jet:
    """1 where x > 0, else 0, constant in between."""
    return constant(x.space, x.order, (x.value > 0).astype(x.value.dtype))


def minimum(a: Jet, b: Jet) -> Jet:
    """The smaller of two, with its derivatives; the first where they are equal."""
    return where(a.value <= b.value, a, b)


def maximum(a: Jet, b: Jet) -> Jet:
    """The larger of two, with its derivatives; the first where they are equal."""
    return where(a.value >= b.value, a, b)


def power(base: Jet, exponent: "Jet | Array | float") -> Jet:
    """base ^ exponent. Whole numbers are repeated products, other constants need a base ≥ 0, as do jets: exp(b log a).

    An exponent that is a constant jet or an array is a constant that is not known yet, whole or not.
    """
    if isinstance(exponent, Jet):
        if not exponent.is_constant:
            return exp(exponent * log(base))
        return _real_power(base, exponent.value)
    if isinstance(exponent, (int, float)) and float(exponent).is_integer():
        return _integer_power(base, int(exponent))
    return _real_power(base, exponent)


FUNCTIONS: dict[str, Callable[[Jet], Jet]] = {
    "sin": sin,
    "cos": cos,
    "tan": tan,
    "asin": asin,
    "acos": acos,
    "atan": atan,
    "sinh": sinh,
    "cosh": cosh,
    "tanh": tanh,
    "exp": exp,
    "log": log,
    "sqrt": sqrt,
    "abs": absolute,
    "sign": sign,
    "step": step,
    "erf": erf,
    "sigmoid": sigmoid,
    "softplus": softplus,
}
"""The elementwise functions of expressions by their names there."""


def _solve(x: Jet, value: Array, slope: Callable[[Known, int], Coefficient], second: Array) -> Jet:
    """y = f(x) with y' = z(y): `value` is f, `second` f'', and slope(y, q) is z at place q, from y up to that place."""
    y: list[Coefficient] = [value]
    z = OnDemand(lambda q: slope(y, q))
    for near, far in zip(x.tables.near[1:], x.tables.far[1:], strict=True):
        pairs = contraction(near, x.flat, x.flat)
        y.append(total(contraction(far, x.flat, z), None if pairs is None else second * pairs))
    return x.with_flat(y)


def _integral(x: Jet, value: Array, slope: Jet) -> Jet:
    """y with the given value and dy = slope dx."""
    return x.with_flat([value, *(contraction(row, x.flat, slope.flat) for row in x.tables.chain[1:])])


def _oscillation(x: Jet, value: Array, first: Array, sign_of_second: int) -> Jet:
    """y'' = ±y: the circular and hyperbolic functions."""
    chain = x.tables.chain

    def slope(y: Known, q: int) -> Coefficient:
        return first if q == 0 else scaled(contraction(chain[q], x.flat, y), sign_of_second)

    return _solve(x, value, slope, sign_of_second * value)


def _square(x: Jet, y: Known, place: int) -> Coefficient:
    """y² at a place, for the coefficients of a jet like x."""
    return contraction(x.tables.squares[place], y, y)


def _integer_power(base: Jet, exponent: int) -> Jet:
    if exponent == 0:
        return constant(base.space, base.order, jnp.ones_like(base.value))
    if exponent < 0:
        return 1 / _integer_power(base, -exponent)
    half = _integer_power(base, exponent // 2).square() if exponent > 1 else None
    if half is None:
        return base
    return half * base if exponent % 2 else half


def _real_power(base: Jet, exponent: Array | float) -> Jet:
    tower = _PowerTower(base, exponent)
    return base.with_flat([tower.coefficient(0, q) for q in range(len(base.flat))])


@final
@dataclass(frozen=True)
class _PowerTower:
    """x^a by its successive derivatives a x^(a-1), a (a-1) x^(a-2), …

    The shorter recurrence x dy = a y dx divides by x, and so loses the derivatives that are finite at x = 0.
    """

    base: Jet
    exponent: Array | float
    known: dict[tuple[int, int], Coefficient] = field(default_factory=dict)

    def coefficient(self, level: int, place: int) -> Coefficient:
        """Of the derivative of the given level, at a place of the tables."""
        key = (level, place)
        if key not in self.known:
            self.known[key] = self._value(level) if place == 0 else self._chained(level, place)
        return self.known[key]

    def _chained(self, level: int, place: int) -> Coefficient:
        above = OnDemand(lambda q: self.coefficient(level + 1, q))
        return contraction(self.base.tables.chain[place], self.base.flat, above)

    def _value(self, level: int) -> Array:
        factor = math.prod(self.exponent - i for i in range(level))
        exponent = jnp.asarray(self.exponent - level, self.base.value.dtype)
        vanishes = jnp.asarray(factor == 0)
        return factor * jnp.power(self.base.value, jnp.where(vanishes, jnp.ones_like(exponent), exponent))
