"""Products of whole jets as flat tables: a space of operators, times the powers 1, s, …, s^K along a curve.

The coefficient of b_p(D) and s^k has place p·(K + 1) + k. A row of places is a sum of entries (left, right, factor)
that stand for factor · a[left] · b[right]. Jets store blocks of places, so the rows are grouped for these at the end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import final

from pinn.expressions.operators import Operator
from pinn.jets.blocks import Terms, grouped
from pinn.jets.space import Pair, Space, symmetric

Row = tuple[Pair, ...]


@final
@dataclass(frozen=True)
class Tables:
    """What arithmetic in one space and to one order needs; each has one sum of products for each block of places.

    `products` is Leibniz' rule for a·b, `squares` the same for a·a with equal entries merged. `chain` gives the
    coefficients of y with dy = z dx, for a derivation d that counts the degree in D, or in s where that is zero:
    y[q] = Σ factor · x[left] · z[right]. It asks for z only at blocks before q.

    For y = f(x), z = f'(x) is f''(value) · x at a *first* place, one of degree 1 in all. So the entries of `chain` that
    ask for z there are products of x with itself: they are in `near`, equal ones merged, and the others in `far`.
    In the same way `tangent_near` and `tangent_far` divide `products` for the tangent z·dx, the factor dx on the left.
    """

    products: tuple[Terms, ...]
    squares: tuple[Terms, ...]
    chain: tuple[Terms, ...]
    near: tuple[Terms, ...]
    far: tuple[Terms, ...]
    tangent_near: tuple[Terms, ...]
    tangent_far: tuple[Terms, ...]


@lru_cache(maxsize=256)
def tables(space: Space, order: int) -> Tables:
    """The tables of a space along a curve of the given order; order 0 is a point."""
    products = [_with_curve(row, k, order) for row in space.products for k in range(order + 1)]
    chain = _chain(space, order, products)
    first = {q for q, row in enumerate(chain) if q and row == ((q, 0, 1.0),)}
    divided = lambda rows, near: [[pair for pair in row if (pair[1] in first) == near] for row in rows]
    near = [_merged(row) for row in divided(chain, True)]
    squares = [symmetric(row) for row in products]
    layout = [[p * (order + 1) + k for p in block] for block in space.blocks for k in range(order + 1)]

    def blocked(rows: Sequence[Iterable[Pair]]) -> tuple[Terms, ...]:
        return grouped([[((left, right), factor) for left, right, factor in row] for row in rows], layout, layout)

    return Tables(
        products=blocked(products),
        squares=blocked(squares),
        chain=blocked(chain),
        near=blocked(near),
        far=blocked(divided(chain, False)),
        tangent_near=blocked(divided(products, True)),
        tangent_far=blocked(divided(products, False)),
    )


@lru_cache(maxsize=4096)
def selection(space: Space, operator: Operator, target: Space) -> tuple[Terms, ...]:
    """operator(D)f on each block of the target space, as a combination of the blocks of f."""
    parts = (space.coordinates_of(element.compose(operator)) for element in target.basis)
    return grouped([[((i,), factor) for i, factor in row] for row in parts], target.blocks, space.blocks)


def _with_curve(row: Row, k: int, order: int) -> Row:
    """A row of the space's table, for the power s^k of the product."""
    span = order + 1
    return tuple((i * span + l, j * span + k - l, c) for i, j, c in row for l in range(k + 1))


def _chain(space: Space, order: int, products: Sequence[Row]) -> tuple[Row, ...]:
    span = order + 1

    def weight(place: int, product: int) -> int:
        """The degree of a place, as it counts in a row of the product's place."""
        return space.degrees[place // span] if product >= span else place % span

    return tuple(
        tuple((a, b, c * weight(a, q) / weight(q, q)) for a, b, c in row if weight(a, q) > 0)
        for q, row in enumerate(products)
    )


def _merged(pairs: Iterable[Pair]) -> Row:
    """The entries of a product of x with itself, with the sum of the factors where left and right are swapped."""
    factors: dict[tuple[int, int], float] = {}
    for a, b, c in pairs:
        key = (min(a, b), max(a, b))
        factors[key] = factors.get(key, 0.0) + c
    return tuple((a, b, c) for (a, b), c in factors.items())
