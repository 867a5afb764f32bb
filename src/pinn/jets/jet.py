"""Jets: a function's value together with its derivatives p(D)f for all p of a closed space, along a curve.

The code is that of one point; `jax.vmap` at the edge makes it a batch. Coefficients are arrays of one common shape, or
blocks of these (see `pinn.jets.blocks`) with one more axis in front. What is known while a program is built costs
neither time nor memory in it: None is zero, and the derivatives of coordinates are NumPy's numbers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike

from pinn.expressions.operators import Operator
from pinn.jets.arithmetic import Coefficient, Numbers, contraction, difference, scaled, total
from pinn.jets.blocks import chosen, taken
from pinn.jets.space import Space
from pinn.jets.tables import Tables, selection, tables

_VALUE = Space.closure([])


@final
@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Jet:
    """A function of the coordinates and of a curve parameter s, known near one point.

    `coefficients[p][k]` is (1/k!) ∂^k/∂s^k of b(D)f at s = 0 for the elements b of the space's block p, or None for
    zero; `coefficients[0][0]`, the value, is always an array, and all have its shape, behind the axis of a block of
    several elements. With `order` 0 there is no curve.
    """

    space: Space = field(metadata={"static": True})
    order: int = field(metadata={"static": True})
    coefficients: tuple[tuple[Coefficient, ...], ...]

    @property
    def value(self) -> Array:
        """f itself, at the point and at s = 0."""
        value = self.coefficients[0][0]
        assert isinstance(value, Array)
        return value

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @cached_property
    def flat(self) -> tuple[Coefficient, ...]:
        """The coefficients in the order of the tables: block p and power k at p·(order + 1) + k."""
        return tuple(coefficient for row in self.coefficients for coefficient in row)

    @property
    def tables(self) -> Tables:
        return tables(self.space, self.order)

    @property
    def is_constant(self) -> bool:
        """Whether all but the value is known to be zero."""
        return all(coefficient is None for coefficient in self.flat[1:])

    def series(self, operator: Operator | None = None) -> tuple[Array, ...]:
        """Taylor coefficients in s of operator(D)f, zeros written out; without an operator of f.

        Raises:
            ValueError: the operator is not in the space.
        """
        value = self.derivative(Operator.identity() if operator is None else operator, _VALUE)
        return tuple(jnp.zeros_like(self.value) if part is None else jnp.asarray(part) for part in value.flat)

    def power(self, k: int) -> "Jet":
        """The coefficients of s^k as a jet without a curve; zero is known where that of s⁰ is."""
        rows = [(row[0], row[k]) for row in self.coefficients]
        flat = [jnp.zeros_like(first) if c is None and first is not None else c for first, c in rows]
        return jet(self.space, 0, [None if first is None else c for (first, _), c in zip(rows, flat, strict=True)])

    def with_flat(self, coefficients: Sequence[Coefficient]) -> "Jet":
        """A jet of the same space and order; every coefficient gets the shape of the first."""
        return jet(self.space, self.order, coefficients)

    def map_arrays(self, change: Callable[[Numbers], Numbers]) -> "Jet":
        """`change`, which must be linear, applied to every coefficient that is not zero."""
        return self.with_flat([None if c is None else change(c) for c in self.flat])

    def derivative(self, operator: Operator, target: Space) -> "Jet":
        """operator(D)f on the target space.

        Raises:
            ValueError: this jet's space lacks a product of the operator with an element of the target;
                `target.shifted(operator)` has them all.
        """
        rows = selection(self.space, operator, target)
        powers = list(zip(*self.coefficients, strict=True))
        value, *rest = [contraction(terms, power) for terms in rows for power in powers]
        return jet(target, self.order, [jnp.zeros_like(self.value) if value is None else value, *rest])

    def restrict(self, target: Space) -> "Jet":
        """The same function on a smaller space."""
        return self if target == self.space else self.derivative(Operator.identity(), target)

    def freeze(self) -> "Jet":
        """The same function, taken not to depend on what is trained: no gradient, and constant along the curve."""
        flat = [None if c is None or q % (self.order + 1) else c for q, c in enumerate(self.flat)]
        return self.with_flat(flat).map_arrays(jax.lax.stop_gradient)

    def __getitem__(self, index: int | slice) -> "Jet":
        """A component of a vector, or a stretch of it."""
        return self.map_arrays(lambda array: array[..., index])

    def sum_last(self) -> "Jet":
        """The sum of a vector's components."""
        return self.map_arrays(lambda array: jnp.sum(array, axis=-1))

    def __neg__(self) -> "Jet":
        return self.with_flat([scaled(c, -1) for c in self.flat])

    def __add__(self, other: "Jet | ArrayLike") -> "Jet":
        if not isinstance(other, Jet):
            first = self.raised(jnp.ndim(other))
            return first.with_flat([first.value + other, *first.flat[1:]])
        first, second = matched(self, other)
        return first.with_flat([total(a, b) for a, b in zip(first.flat, second.flat, strict=True)])

    def __sub__(self, other: "Jet | ArrayLike") -> "Jet":
        if not isinstance(other, Jet):
            first = self.raised(jnp.ndim(other))
            return first.with_flat([first.value - other, *first.flat[1:]])
        first, second = matched(self, other)
        return first.with_flat([difference(a, b) for a, b in zip(first.flat, second.flat, strict=True)])

    def __mul__(self, other: "Jet | ArrayLike") -> "Jet":
        if not isinstance(other, Jet):
            return _times_constant(self, other)
        if other is self:
            return self.square()
        first, second = matched(self, other)
        return first.with_flat([contraction(terms, first.flat, second.flat) for terms in first.tables.products])

    def __truediv__(self, other: "Jet | ArrayLike") -> "Jet":
        if not isinstance(other, Jet):
            return self.raised(jnp.ndim(other)).map_arrays(lambda array: array / other)
        return _quotient(*matched(self, other))

    def __radd__(self, other: ArrayLike) -> "Jet":
        return self + other

    def __rsub__(self, other: ArrayLike) -> "Jet":
        return -self + other

    def __rmul__(self, other: ArrayLike) -> "Jet":
        return self * other

    def __rtruediv__(self, other: ArrayLike) -> "Jet":
        return constant(self.space, self.order, jnp.asarray(other, self.value.dtype)) / self

    def square(self) -> "Jet":
        """f², with half of the products of f·f."""
        return self.with_flat([contraction(terms, self.flat, self.flat) for terms in self.tables.squares])

    def raised(self, ndim: int) -> "Jet":
        """The same with as many axes of length 1 as make it broadcast, block by block, against an array of `ndim`."""
        missing = ndim - self.value.ndim
        if missing <= 0:
            return self
        shape = (1,) * missing + self.shape
        return self.map_arrays(lambda array: array.reshape(array.shape[: array.ndim - self.value.ndim] + shape))


def matched(a: Jet, b: Jet) -> tuple[Jet, Jet]:
    """Both with the same number of axes.

    Raises:
        ValueError: they differ in space or order.
    """
    if a.order != b.order or a.space != b.space:
        raise ValueError("jets of different spaces or orders cannot be combined")
    return a.raised(b.value.ndim), b.raised(a.value.ndim)


def jet(space: Space, order: int, flat: Sequence[Coefficient]) -> Jet:
    """A jet from coefficients in the order of the tables; every one is broadcast to the shape of the first.

    In blocks the leading axis stays in front.

    Raises:
        ValueError: the first is None.
    """
    value = flat[0]
    if value is None:
        raise ValueError("the value of a jet is an array, also where it is zero")
    flat = [jnp.asarray(value), *flat[1:]]
    span = order + 1
    rows = []
    for p, block in enumerate(space.blocks):
        shape = value.shape if len(block) == 1 else (len(block), *value.shape)
        row = flat[p * span : (p + 1) * span]
        rows.append(tuple(None if c is None else _filled(c, shape) for c in row))
    return Jet(space, order, tuple(rows))


def _filled(coefficient: Numbers, shape: tuple[int, ...]) -> Numbers:
    if coefficient.shape == shape:
        return coefficient
    return (np if isinstance(coefficient, np.ndarray) else jnp).broadcast_to(coefficient, shape)


def constant(space: Space, order: int, value: ArrayLike) -> Jet:
    """A number or vector that depends on nothing."""
    return from_series(space, [jnp.asarray(value), *[None] * order])


def from_series(space: Space, values: Sequence[Coefficient]) -> Jet:
    """A number or vector that depends on s only, by its Taylor coefficients: a fitted parameter along the curve."""
    nothing = [None] * (len(values) * (len(space.blocks) - 1))
    return jet(space, len(values) - 1, [*values, *nothing])


def linear(x: Jet, weights: Sequence[Coefficient], bias: Sequence[Coefficient]) -> Jet:
    """The layer x W(s)ᵀ + b(s) for Taylor series of W, shape (out, in), and b, shape (out,); None is zero.

    Both series have length `x.order + 1`, and `weights[0]` is an array.
    """

    def entry(p: int, k: int) -> Coefficient:
        row = x.coefficients[p]
        pairs = ((row[l], weights[k - l]) for l in range(k + 1))
        return total(*(_mixed(h, w) for h, w in pairs if h is not None and w is not None), bias[k] if p == 0 else None)

    return x.with_flat([entry(p, k) for p in range(len(x.coefficients)) for k in range(x.order + 1)])


def _mixed(h: Numbers, weights: Numbers) -> Numbers:
    """h Wᵀ; the slopes of coordinates only pick columns of W, which in d dimensions saves d² products a column."""
    if not isinstance(h, np.ndarray) or (np.count_nonzero(h, axis=-1) > 1).any():
        return h @ weights.T
    rows = h.reshape(-1, h.shape[-1])
    places = np.abs(rows).argmax(axis=1)
    columns = taken(weights.T, chosen(places, rows.shape[1]))
    return (columns * rows[np.arange(len(rows)), places][:, None]).reshape(*h.shape[:-1], -1)


def _times_constant(x: Jet, factor: ArrayLike) -> Jet:
    if isinstance(factor, (int, float)) and factor == 0:
        return constant(x.space, x.order, jnp.zeros_like(x.value))
    if isinstance(factor, (int, float)):
        return x.with_flat([scaled(c, factor) for c in x.flat])
    return x.raised(jnp.ndim(factor)).map_arrays(lambda array: array * factor)


def _quotient(a: Jet, b: Jet) -> Jet:
    """q with b q = a, place by place."""
    inverse = 1 / b.value
    quotient: list[Coefficient] = [a.value / b.value]
    for terms, above in zip(a.tables.products[1:], a.flat[1:], strict=True):
        known = [term for term in terms if term.blocks[0] != 0]
        rest = difference(above, contraction(known, b.flat, quotient))
        quotient.append(None if rest is None else rest * inverse)
    return a.with_flat(quotient)
