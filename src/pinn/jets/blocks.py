"""Many like coefficients as one array: the rows of a table, rewritten for blocks of places.

A *block* is a set of places whose coefficients are kept as one array with a leading axis, so that a program does not
grow with the number of coordinates; a block of one place has no such axis. What the rows of a block take from the same
blocks becomes one `Term`, whatever the table says; the layout decides the speed, never the result.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import mul
from types import EllipsisType
from typing import final

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

Layout = Sequence[Sequence[int]]
"""The places in each block."""

Numbers = Array | np.ndarray
"""Numbers of a program, or those of NumPy that are known while it is built."""

Index = slice | np.ndarray | EllipsisType | None

Entry = tuple[tuple[int, ...], float]
"""A product: the place at which each operand is taken, and the factor."""

Row = Iterable[Entry]
"""A sum of products."""


@final
@dataclass(frozen=True, eq=False)
class Pattern:
    """How elements meet: those of each operand at `indices` of its leading axis are multiplied, weighed and added up.

    The index `...` takes all as they are, None gives a single element the axis. Runs of `depth` products are added up,
    or at 0 all of them.
    """

    indices: tuple[Index, ...]
    weights: np.ndarray | None
    depth: int

    def __call__(self, *blocks: Numbers) -> Numbers:
        product = reduce(mul, map(taken, blocks, self.indices))
        if self.weights is not None:
            product = product * self.weights.astype(product.dtype).reshape(-1, *[1] * (product.ndim - 1))
        if self.depth == 0:
            return jnp.sum(product, axis=0)
        if self.depth == 1:
            return product
        return jnp.sum(product.reshape(-1, self.depth, *product.shape[1:]), axis=1)


@final
@dataclass(frozen=True, eq=False)
class Term:
    """factor · (product of one block of each operand); without a pattern, elementwise."""

    blocks: tuple[int, ...]
    factor: float
    pattern: Pattern | None

    def of(self, *coefficients: Numbers) -> Numbers:
        """The product, without the factor."""
        return reduce(mul, coefficients) if self.pattern is None else self.pattern(*coefficients)


Terms = tuple[Term, ...]


def chosen(places: np.ndarray, size: int) -> Index:
    """The cheapest way to take these of `size` elements; of a single one there is nothing to choose."""
    start, stop = int(places[0]), int(places[-1]) + 1
    if not np.array_equal(places, np.arange(start, stop)):
        return ... if size == 1 else places
    return ... if stop - start == size else slice(start, stop)


def taken(array: Numbers, index: Index) -> Numbers:
    """The chosen elements of the leading axis."""
    return array if index is ... else array[index]


def grouped(rows: Sequence[Row], results: Layout, operands: Layout) -> tuple[Terms, ...]:
    """The sums of products for each block of results, of operands that are laid out in blocks too."""
    located = {place: (block, at) for block, places in enumerate(operands) for at, place in enumerate(places)}
    sizes = [len(places) for places in operands]
    return tuple(_terms([rows[place] for place in places], located, sizes) for places in results)


def _terms(rows: Sequence[Row], located: Mapping[int, tuple[int, int]], sizes: Sequence[int]) -> Terms:
    """One term for each combination of blocks that occurs in the rows of a block."""
    entries: dict[tuple[int, ...], list[list[Entry]]] = {}
    for at, row in enumerate(rows):
        for places, factor in row:
            blocks, within = zip(*(located[place] for place in places), strict=True)
            entries.setdefault(blocks, [[] for _ in rows])[at].append((within, factor))
    return tuple(_term(blocks, found, [sizes[b] for b in blocks]) for blocks, found in entries.items())


def _term(blocks: tuple[int, ...], entries: Sequence[Sequence[Entry]], sizes: Sequence[int]) -> Term:
    """`entries` has the positions in the blocks and the factors for each element of the result."""
    depth = max(map(len, entries))
    weights = np.zeros((len(entries), depth))
    places = np.zeros((len(sizes), len(entries), depth), int)
    for at, row in enumerate(entries):
        for n, (within, factor) in enumerate(row):
            weights[at, n], places[:, at, n] = factor, within
    indices = tuple(chosen(at.ravel(), size) for at, size in zip(places, sizes, strict=True))
    alike = bool((weights == weights[0, 0]).all()) and (max(sizes) > 1 or len(entries) == 1)
    factor = float(weights[0, 0]) if alike else 1.0
    if alike and depth == 1 and all(index is ... for index in indices):
        return Term(blocks, factor, None)
    if max(sizes) == 1:
        indices = (None, *indices[1:])
    return Term(blocks, factor, Pattern(indices, None if alike else weights.ravel(), 0 if len(entries) == 1 else depth))
