"""Functions of jets with many derivatives by Taylor's formula, and the derivatives of all functions by what is trained.

What a jet adds to its value, h, is nilpotent, so that f(v + h) = Σ f⁽ᵏ⁾(v) h^[k] ends with the degree of the space. The
divided powers h^[k] = h^k / k! start at degree k, where few products of others reach them, and they serve f and f'
alike; the derivatives at v come from the function's equation along a line. A recurrence would need all of f' up to the
last degree before it could end, in products that each repeat those before.
"""

from collections.abc import Callable
from functools import partial, wraps
from math import factorial

import jax
import jax.numpy as jnp
import numpy as np

from pinn.expressions.operators import Operator
from pinn.jets.arithmetic import Coefficient, Coefficients, OnDemand, contraction, scaled, total
from pinn.jets.jet import Jet, jet
from pinn.jets.recurrences import Solved
from pinn.jets.space import Space

Rule = Callable[[Jet], Solved]
"""A function by its differential equation."""


def differentiable(rule: Rule) -> Callable[[Jet], Jet]:
    """The function with the derivative df = f'(x) dx, a product of jets.

    Reverse mode through a recurrence would cost several times as much, and compile as much longer.
    """

    def found(x: Jet) -> Solved:
        return rule(x) if _is_line(x.space) else composed(rule, x)

    function = jax.custom_jvp(lambda x: found(x).y)

    @function.defjvp
    def _(primals: tuple[Jet], tangents: tuple[Jet]) -> tuple[Jet, Jet]:
        here = found(*primals)
        return here.y, here.tangent(*tangents)

    @wraps(rule)
    def apply(x: Jet) -> Jet:
        known = any(isinstance(c, np.ndarray) for c in x.flat)
        return found(x).y if known else function(x)

    return apply


def composed(rule: Rule, x: Jet) -> Solved:
    """f(v + h) = Σ f⁽ᵏ⁾(v) h^[k], where v is the value of x along the curve."""
    degree, span = x.space.degrees[-1], x.order + 1
    outer = rule(_line(x, degree + 1)).y.coefficients
    powers = _powers(x)

    def coefficient(q: int, shift: int) -> Coefficient:
        """Of f, or with shift 1 of f', at a place."""
        p, power = divmod(q, span)
        if p == 0:
            return outer[shift][power]
        pairs = ((outer[k + shift][l], powers[k][q - l]) for k in range(1, degree + 1) for l in range(power + 1))
        return total(*(f * h for f, h in pairs if f is not None and h is not None))

    y = x.with_flat([coefficient(q, 0) for q in range(len(x.flat))])
    second = outer[2][0]
    return Solved(x, y, OnDemand(lambda q: coefficient(q, 1)), None if second is None else jnp.asarray(second))


def _is_line(space: Space) -> bool:
    """Whether there is one element of each degree: the powers of a single direction, where a recurrence is shorter."""
    return len(space) == space.degrees[-1] + 1


def _line(x: Jet, degree: int) -> Jet:
    """v + t along the curve of x, with its derivatives by t up to some degree."""
    space, span = Space.closure([Operator.partial(*[0] * degree)]), x.order + 1
    one = np.ones(x.shape, x.value.dtype)
    return jet(space, x.order, [*x.flat[:span], one, *[None] * (degree * span - 1)])


def _powers(x: Jet) -> list[Coefficients]:
    """h^[0] = 1, which nobody asks for, h, h^[2], …, of which only what is asked for is computed.

    From dh^[k] = h^[k-1] dh, or for an even k as a square, where more products are alike.
    """
    tables = x.tables

    def power(k: int, q: int) -> Coefficient:
        if k == 1:
            return x.flat[q] if q > x.order else None
        if k % 2:
            return contraction(tables.chain[q], powers[1], powers[k - 1])
        square = contraction(tables.squares[q], powers[k // 2], powers[k // 2])
        return scaled(square, factorial(k // 2) ** 2 / factorial(k))

    powers: list[Coefficients] = [OnDemand(partial(power, k)) for k in range(x.space.degrees[-1] + 1)]
    return powers
