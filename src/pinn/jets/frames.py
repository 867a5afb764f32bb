"""Fewer directions for functions of few sums: the Laplacian of f(Wx) in as many of them as W has rows.

With an orthonormal basis Q of the rows of W, f changes along Q only: Σ_i ∂_i² f = Σ_j (Q_j·∇)² f, and ∇f = Q (Qᵀ∇f).
In 1000 dimensions, behind a layer of 64, that is 64 first derivatives in place of 1000, and nothing is estimated.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from pinn.expressions.operators import Operator
from pinn.jets.arithmetic import Coefficient
from pinn.jets.blocks import chosen, taken
from pinn.jets.jet import Jet, jet
from pinn.jets.space import Space

LEAST = 16
"""A sum over fewer coordinates stays as it is."""

SHARE = 0.75
"""With more directions than this share of the coordinates little is saved."""

_VALUE = Space.closure([])


def narrowed(space: Space, width: int) -> Space:
    """Where functions of so many sums of the coordinates are known to be known on a space: itself, or a smaller one."""
    frame = _frame(space, width)
    return space if frame is None else frame.space


def through(inputs: Jet, layer: Callable[[Jet], Jet], rest: Callable[[Jet], Jet]) -> Jet:
    """rest(layer(inputs)), vectors, where `layer` is affine, in as few directions as it leaves.

    Without a curve, derivatives with respect to what is trained are right to first order and no further: the basis is
    held, and what a change of the layer adds outside of it has a part of first order in gradients, of second in sums.
    With one, the basis is that of the whole curve, and nothing may be differentiated.
    """
    reached = layer(inputs)
    powers = sum(any(c is not None for c in column) for column in zip(*reached.coefficients[1:], strict=True))
    frame = _frame(reached.space, powers * reached.shape[0]) if _is_affine(inputs) else None
    if frame is None:
        return rest(reached)
    slopes = [_slopes(reached, k) for k in range(reached.order + 1)]
    sums = [None if part is None else frame.inner(part) for part in slopes]
    basis = jnp.linalg.qr(jax.lax.stop_gradient(jnp.concatenate([a for a in sums if a is not None], axis=1)))[0]
    found = rest(frame.entered(reached, [None if a is None else (a.T @ basis).T for a in sums], slopes))
    first = sums[0]
    if reached.order or first is None:
        return frame.left(found, basis, None)
    change = first - jax.lax.stop_gradient(first)
    features = jax.jacrev(lambda value: rest(jet(_VALUE, 0, [value])).value)(reached.value)
    beyond = change @ jax.lax.stop_gradient(features).T
    return frame.left(found, basis, beyond - basis @ (basis.T @ beyond))


def _is_affine(inputs: Jet) -> bool:
    """Whether first derivatives are all there are, and the same everywhere."""
    above = zip(inputs.space.blocks[1:], inputs.coefficients[1:], strict=True)
    known = all(
        row[0] is None or (inputs.space.degrees[b.start] == 1 and isinstance(row[0], np.ndarray)) for b, row in above
    )
    return known and all(c is None for row in inputs.coefficients for c in row[1:])


@final
@dataclass(frozen=True, eq=False)
class _Frame:
    """From a space with one sum of second derivatives to one with a shorter sum, and back.

    Places are those among the first derivatives, of `whole` and of `space`: in the sum, and beside it.
    """

    whole: Space
    space: Space
    roots: np.ndarray
    """Those of the coefficients in the sum."""
    places: tuple[np.ndarray, np.ndarray]
    narrow: tuple[np.ndarray, np.ndarray]

    def inner(self, slopes: Array) -> Float[Array, "many width"]:
        """The first derivatives in the sum, so that it is that of their squares."""
        return _among(slopes, self.places[0]) * self._roots(slopes)

    def entered(self, reached: Jet, inner: Sequence[Array | None], slopes: Sequence[Array | None]) -> Jet:
        """A jet without second derivatives, with those of the sum along the basis."""

        def first(k: int) -> Coefficient:
            own, others = inner[k], slopes[k]
            if own is None or others is None:
                return None
            return _placed(self.narrow, own, _among(others, self.places[1]))

        return _jet(self.space, reached, first, None)

    def left(self, found: Jet, basis: Float[Array, "many few"], beyond: Array | None) -> Jet:
        """The jet on the whole space; `beyond` is what first derivatives in the sum have outside of the basis."""

        def first(k: int) -> Coefficient:
            slopes = _slopes(found, k)
            if slopes is None:
                return None
            inner = basis @ _among(slopes, self.narrow[0])
            inner = inner if beyond is None else inner + beyond
            return _placed(self.places, inner / self._roots(slopes), _among(slopes, self.narrow[1]))

        return _jet(self.whole, found, first, found.coefficients[-1])

    def _roots(self, like: Array) -> Array:
        return jnp.asarray(self.roots, like.dtype)[:, None]


@lru_cache(maxsize=64)
def _frame(space: Space, width: int) -> _Frame | None:
    """The way to fewer directions, where there is one sum of many second derivatives, of one sign."""
    firsts, seconds = ([b for b, d in zip(space.basis, space.degrees, strict=True) if d == n] for n in (1, 2))
    if len(seconds) != 1 or space.basis[-1] is not seconds[0]:
        return None
    terms = {monomial[0]: c for monomial, c in seconds[0].terms if monomial[0] == monomial[1]}
    if len(terms) != len(seconds[0].terms) or min(terms.values()) <= 0 or not all(isinstance(i, int) for i in terms):
        return None
    if len(terms) < LEAST or width > SHARE * len(terms):
        return None
    inner = [Operator.partial(i) for i in terms]
    others = [b for b in firsts if b not in inner]
    few = inner[:width]
    less = Space.closure([Operator.laplacian(list(terms)[:width]), *others])
    places, narrow = (_places(space, inner), _places(space, others)), (_places(less, few), _places(less, others))
    return _Frame(space, less, np.sqrt(list(terms.values())), places, narrow)


def _places(space: Space, operators: Sequence[Operator]) -> np.ndarray:
    """Where operators stand among the first derivatives."""
    return np.array([space.basis.index(operator) - 1 for operator in operators], int)


def _slopes(x: Jet, k: int) -> Array | None:
    """The first derivatives at s^k, with an axis for them in front; None is zero."""
    rows = [(b, row[k]) for b, row in zip(x.space.blocks, x.coefficients, strict=True) if x.space.degrees[b.start] == 1]
    if all(c is None for _, c in rows):
        return None
    zeros = jnp.zeros_like(x.value)
    parts = (jnp.broadcast_to(zeros if c is None else c, (len(b), *x.shape)) for b, c in rows)
    return jnp.concatenate(list(parts))


def _among(slopes: Array, places: np.ndarray) -> Array:
    return jnp.asarray(taken(slopes, chosen(places, len(slopes)))) if len(places) else slopes[:0]


def _placed(places: tuple[np.ndarray, np.ndarray], inner: Array, others: Array) -> Array:
    """First derivatives in their order."""
    return _among(jnp.concatenate([inner, others]), np.argsort(np.concatenate(places)))


def _jet(space: Space, like: Jet, first: Callable[[int], Coefficient], second: Sequence[Coefficient] | None) -> Jet:
    """A jet of the values of another, with first derivatives as one array, and one second derivative."""
    powers = range(like.order + 1)
    firsts = [first(k) for k in powers]

    def rows() -> Iterator[Coefficient]:
        for block in space.blocks:
            match space.degrees[block.start]:
                case 0:
                    yield from like.coefficients[0]
                case 1:
                    one = block.start - 1 if len(block) == 1 else slice(block.start - 1, block.stop - 1)
                    yield from (None if part is None else part[one] for part in firsts)
                case _:
                    yield from second or [None for _ in powers]

    return jet(space, like.order, list(rows()))
