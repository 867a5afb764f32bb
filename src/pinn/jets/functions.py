"""Functions of jets, elementwise: each by the equation that its derivative satisfies."""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array

from pinn.jets.arithmetic import Coefficient, contraction, difference, scaled
from pinn.jets.composition import differentiable
from pinn.jets.jet import Jet, constant
from pinn.jets.joined import where
from pinn.jets.recurrences import Solved, integral, oscillation, solved, square
from pinn.jets.towers import differentiated
from pinn.jets.trigonometry import sine_and_cosine


@differentiable
def tanh(x: Jet) -> Solved:
    """tanh' = 1 - tanh²."""
    y = jnp.tanh(x.value)
    first = 1 - y * y
    return solved(x, y, lambda y, q: first if q == 0 else scaled(square(x, y, q), -1), -2 * y * first)


@differentiable
def sigmoid(x: Jet) -> Solved:
    """1/(1 + exp(-x)); the derivative is y - y²."""
    y = jax.nn.sigmoid(x.value)
    first = y * (1 - y)
    return solved(x, y, lambda y, q: first if q == 0 else difference(y[q], square(x, y, q)), (1 - 2 * y) * first)


@differentiable
def softplus(x: Jet) -> Solved:
    """log(1 + exp(x)); the derivative is the sigmoid."""
    slope = sigmoid(x)
    return solved(x, jax.nn.softplus(x.value), lambda _, q: slope.flat[q], slope.value * (1 - slope.value))


@differentiable
def exp(x: Jet) -> Solved:
    y = jnp.exp(x.value)
    return solved(x, y, lambda y, q: y[q], y)


@differentiable
def log(x: Jet) -> Solved:
    return integral(x, jnp.log(x.value), 1 / x)


@differentiable
def sin(x: Jet) -> Solved:
    sine, cosine = sine_and_cosine(x.value)
    return oscillation(x, sine, cosine, -1)


@differentiable
def cos(x: Jet) -> Solved:
    sine, cosine = sine_and_cosine(x.value)
    return oscillation(x, cosine, -sine, -1)


@differentiable
def sinh(x: Jet) -> Solved:
    return oscillation(x, jnp.sinh(x.value), jnp.cosh(x.value), 1)


@differentiable
def cosh(x: Jet) -> Solved:
    return oscillation(x, jnp.cosh(x.value), jnp.sinh(x.value), 1)


@differentiable
def tan(x: Jet) -> Solved:
    """tan' = 1 + tan²."""
    y = jnp.tan(x.value)
    first = 1 + y * y
    return solved(x, y, lambda y, q: first if q == 0 else square(x, y, q), 2 * y * first)


@differentiable
def asin(x: Jet) -> Solved:
    return integral(x, jnp.arcsin(x.value), 1 / sqrt(1 - x.square()))


@differentiable
def acos(x: Jet) -> Solved:
    return integral(x, jnp.arccos(x.value), -1 / sqrt(1 - x.square()))


@differentiable
def atan(x: Jet) -> Solved:
    return integral(x, jnp.arctan(x.value), 1 / (1 + x.square()))


@differentiable
def erf(x: Jet) -> Solved:
    """The error function; the derivative is 2/√π exp(-x²)."""
    return integral(x, jax.lax.erf(x.value), exp(-x.square()) * (2 / math.sqrt(math.pi)))


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
    """x^a by its successive derivatives a x^(a-1), a (a-1) x^(a-2), …

    The shorter recurrence x dy = a y dx divides by x, and so loses the derivatives that are finite at x = 0.
    """

    def derivative(level: int) -> Array:
        factor = math.prod(exponent - i for i in range(level))
        lower = jnp.asarray(exponent - level, base.value.dtype)
        vanishes = jnp.asarray(factor == 0)
        return factor * jnp.power(base.value, jnp.where(vanishes, jnp.ones_like(lower), lower))

    return differentiated(base, derivative).y
