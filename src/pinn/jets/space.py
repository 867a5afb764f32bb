"""Spaces of differential operators with constant coefficients in which Leibniz' rule stays.

A linear space of polynomials p(ξ) that is closed under every ∂/∂ξ_i contains all that the product rule asks for:
p(D)(ab) = Σ_ij C_ij (b_i(D)a)(b_j(D)b), with b_i, b_j from its basis. So the Laplacian needs d + 2
coefficients: itself, the d first derivatives and the value.

The basis is the reduced row echelon form over sorted monomials, degree by degree: every monomial in the space is an
element, each element has a *pivot* monomial (its first, with coefficient 1) that no other element contains, and
coordinates in the basis are read off at the pivots.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import compress, pairwise, product
from typing import final

from pinn.expressions.operators import Factor, Monomial, Operator

Polynomial = dict[Monomial, float]
Pair = tuple[int, int, float]
"""Factor · (coefficient left) · (coefficient right)."""

MANY = 32
"""Up to so many elements the coefficients are separate arrays: no slower, and faster where derivatives of first order
meet in many ways, as in the biharmonic operator. Of more of them the programs would take seconds to compile."""

ALIKE = 7
"""More first derivatives than this are one array where they never meet one another in a product, as in the Laplacian:
no slower, and the program is shorter."""

_ROUNDING = 1e-9
"""What a cancellation leaves below this share is zero: the coefficients of a direction's powers are rounded."""


@final
@dataclass(frozen=True)
class Space:
    """A closed space of operators by its basis: sorted by degree, the identity first. Made by `closure`."""

    basis: tuple[Operator, ...]

    @classmethod
    def closure(cls, operators: Iterable[Operator]) -> "Space":
        """The smallest closed space that contains the identity and the given operators."""
        return _closure(tuple(operators))

    def __len__(self) -> int:
        return len(self.basis)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def degrees(self) -> tuple[int, ...]:
        """Order of differentiation of each element; they are homogeneous."""
        return tuple(operator.order for operator in self.basis)

    @cached_property
    def blocks(self) -> tuple[range, ...]:
        """Runs of elements whose coefficients are kept as one array: all of one degree, or a single one."""
        ends = [bisect_right(self.degrees, degree) for degree in sorted(set(self.degrees))]
        runs = [range(start, end) for start, end in pairwise([0, *ends])]
        together = [len(self) > MANY or self._alike(run) for run in runs]
        return tuple(
            block
            for run, joined in zip(runs, together, strict=True)
            for block in ([run] if joined else [range(p, p + 1) for p in run])
        )

    def _alike(self, run: range) -> bool:
        """Whether these are many first derivatives of which none is ever multiplied with another."""
        if len(run) <= ALIKE or self.degrees[run.start] != 1:
            return False
        return all(i == j for row in self.products for i, j, _ in row if i in run and j in run)

    @cached_property
    def products(self) -> tuple[tuple[Pair, ...], ...]:
        """The product rule: entry p lists (i, j, C) with b_p(D)(fg) = Σ C · b_i(D)f · b_j(D)g, over ordered pairs."""
        place = {pivot: i for i, pivot in enumerate(self._rows)}
        return tuple(_splits(operator, place) for operator in self.basis)

    @cached_property
    def squares(self) -> tuple[tuple[Pair, ...], ...]:
        """The product rule for f·f: the pairs of `products` with i ≤ j, the unequal ones doubled."""
        return tuple(symmetric(pairs) for pairs in self.products)

    def contains(self, operator: Operator) -> bool:
        """Whether the operator is a combination of the basis, up to rounding."""
        return not _reduced(dict(operator.terms), self._rows)

    def coordinates_of(self, operator: Operator) -> tuple[tuple[int, float], ...]:
        """The operator as a combination of the basis: pairs (index, coefficient), without zeros.

        Raises:
            ValueError: the operator is not in the space.
        """
        return _coordinates(self, operator)

    def union(self, other: "Space") -> "Space":
        """The smallest closed space that contains both."""
        return Space.closure(self.basis + other.basis)

    def shifted(self, operator: Operator) -> "Space":
        """Where f must be known so that operator(D)f is known on this space: the closure of all products with it."""
        return Space.closure(element.compose(operator) for element in self.basis)

    @cached_property
    def _rows(self) -> dict[Monomial, Polynomial]:
        return {operator.terms[0][0]: dict(operator.terms) for operator in self.basis}

    @cached_property
    def _hash(self) -> int:
        return hash(self.basis)


def symmetric(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """The pairs of a symmetric bilinear form with left ≤ right, the unequal ones doubled."""
    return tuple((i, j, c if i == j else 2 * c) for i, j, c in pairs if i <= j)


@lru_cache(maxsize=1024)
def _closure(operators: tuple[Operator, ...]) -> Space:
    given: dict[int, list[Polynomial]] = {}
    for operator in operators:
        parts: dict[int, Polynomial] = {}
        for monomial, coefficient in operator.terms:
            parts.setdefault(len(monomial), {})[monomial] = coefficient
        for degree, part in parts.items():
            given.setdefault(degree, []).append(part)
    levels: list[list[Polynomial]] = []
    for degree in range(max(given, default=0), 0, -1):
        below = [partial for row in levels[-1] for partial in _partials(row)] if levels else []
        levels.append(_echelon(given.get(degree, []) + below))
    rows = [row for level in reversed(levels) for row in level]
    return Space((Operator.identity(), *map(Operator.of, rows)))


def _partials(row: Polynomial) -> Iterable[Polynomial]:
    """∂p/∂ξ_i for every i that occurs in p."""
    partials: dict[Factor, Polynomial] = {}
    for monomial, coefficient in row.items():
        for i in set(monomial):
            at = monomial.index(i)
            partials.setdefault(i, {})[monomial[:at] + monomial[at + 1 :]] = coefficient * monomial.count(i)
    return partials.values()


def _echelon(polynomials: Iterable[Polynomial]) -> list[Polynomial]:
    """The reduced row echelon form over sorted monomials, sorted by pivot."""
    steps: dict[Monomial, Polynomial] = {}
    for polynomial in polynomials:
        if row := _reduced(polynomial, steps):
            pivot = min(row)
            steps[pivot] = {monomial: coefficient / row[pivot] for monomial, coefficient in row.items()}
    rows: dict[Monomial, Polynomial] = {}
    for pivot in sorted(steps, reverse=True):
        rest = _reduced({m: c for m, c in steps[pivot].items() if m != pivot}, rows)
        rows[pivot] = {pivot: 1.0} | {monomial: _tidy(coefficient) for monomial, coefficient in rest.items()}
    return [rows[pivot] for pivot in sorted(rows)]


def _reduced(polynomial: Polynomial, rows: Mapping[Monomial, Polynomial]) -> Polynomial:
    """What is left of the polynomial once its pivot monomials have been eliminated by their rows."""
    rest = dict(polynomial)
    size = {monomial: abs(coefficient) for monomial, coefficient in rest.items()}
    while pivots := sorted(monomial for monomial in rest if monomial in rows):
        for pivot in pivots:
            factor = rest.pop(pivot, 0.0)
            for monomial, coefficient in rows[pivot].items():
                if monomial != pivot:
                    rest[monomial] = rest.get(monomial, 0.0) - factor * coefficient
                    size[monomial] = max(size.get(monomial, 0.0), abs(factor * coefficient))
    return {monomial: c for monomial, c in rest.items() if abs(c) > _ROUNDING * size[monomial]}


def _tidy(value: float) -> float:
    """The simple fraction that elimination has rounded, if there is one: equal spaces get equal bases."""
    if value.is_integer():
        return value
    near = float(Fraction(value).limit_denominator(1000))
    return near if abs(near - value) <= 1e-14 * abs(value) else value


@lru_cache(maxsize=4096)
def _coordinates(space: Space, operator: Operator) -> tuple[tuple[int, float], ...]:
    if not space.contains(operator):
        raise ValueError(f"{operator} is not in the space of {len(space)} operators")
    given = dict(operator.terms)
    return tuple((i, given[pivot]) for i, pivot in enumerate(space._rows) if pivot in given)


def _splits(operator: Operator, place: Mapping[Monomial, int]) -> tuple[Pair, ...]:
    """p(ξ + η) = Σ C_ij b_i(ξ) b_j(η): C_ij is the coefficient of ξ^pivot_i η^pivot_j."""
    pairs: dict[tuple[int, int], float] = {}
    for monomial, coefficient in operator.terms:
        for chosen in product((True, False), repeat=len(monomial)):
            left = place.get(tuple(compress(monomial, chosen)))
            right = place.get(tuple(compress(monomial, (not c for c in chosen))))
            if left is not None and right is not None:
                pairs[left, right] = pairs.get((left, right), 0.0) + coefficient
    return tuple((i, j, c) for (i, j), c in sorted(pairs.items()))
