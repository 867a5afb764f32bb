"""Differential operators with constant coefficients: polynomials p(D) in the partial derivatives.

A monomial is the sorted tuple of what it differentiates by: u_xxy is `(0, 0, 1)`, the identity `()`. Beside indices of
coordinates it may hold whole vectors, whose powers would be long polynomials in the coordinates.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import comb, prod
from typing import cast, final

LONG = 100
"""A power of a direction that would have more terms than this is kept whole."""


class _Vector(ABC):
    """Sorted behind the indices of coordinates."""

    @property
    @abstractmethod
    def place(self) -> tuple[object, ...]:
        """Where it stands among vectors; equal places are equal vectors."""

    @cached_property
    def _hash(self) -> int:
        return hash(self.place)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, _Vector) and self.place == other.place)

    def __lt__(self, other: "Factor") -> bool:
        return isinstance(other, _Vector) and self.place < other.place

    def __gt__(self, other: "Factor") -> bool:
        return not isinstance(other, _Vector) or self.place > other.place


@final
@dataclass(frozen=True, eq=False)
class Along(_Vector):
    """A known vector, by its components that are not zero: pairs (coordinate index, component)."""

    components: tuple[tuple[int, float], ...]

    @classmethod
    def of(cls, vector: Sequence[float]) -> "Along":
        return cls(tuple((i, float(c)) for i, c in enumerate(vector) if c != 0))

    @property
    def place(self) -> tuple[object, ...]:
        return (0, self.components)

    def __str__(self) -> str:
        return "v"


@final
@dataclass(frozen=True, eq=False)
class Drawn(_Vector):
    """The random vector of this number, an argument of the compiled program."""

    number: int

    @property
    def place(self) -> tuple[object, ...]:
        return (1, self.number)

    def __str__(self) -> str:
        return f"r{self.number}"


Factor = int | Along | Drawn
Monomial = tuple[Factor, ...]


def parts(factor: Factor) -> tuple[tuple[Factor, float], ...]:
    """A known vector as a sum over coordinates; anything else is one part."""
    return factor.components if isinstance(factor, Along) else ((factor, 1.0),)


@dataclass(frozen=True)
class Operator:
    """p(D) = Σ coefficient · monomial, stored sorted and without zeros."""

    terms: tuple[tuple[Monomial, float], ...]

    @classmethod
    def of(cls, coefficients: Mapping[Monomial, float] | Iterable[tuple[Monomial, float]]) -> "Operator":
        """Collect coefficients of equal monomials and drop zeros."""
        if isinstance(coefficients, Mapping):
            coefficients = cast("Mapping[Monomial, float]", coefficients).items()
        total: dict[Monomial, float] = {}
        for monomial, value in coefficients:
            key = tuple(sorted(monomial))
            total[key] = total.get(key, 0.0) + float(value)
        return cls(tuple(sorted((m, c) for m, c in total.items() if c != 0.0)))

    @classmethod
    def identity(cls) -> "Operator":
        return cls((((), 1.0),))

    @classmethod
    def partial(cls, *indices: Factor) -> "Operator":
        """∂/∂x_i ∂/∂x_j … for the given coordinate indices."""
        return cls.of({tuple(indices): 1.0})

    @classmethod
    def along(cls, direction: Sequence[float], times: int = 1) -> "Operator":
        """Derivative along a vector, one component for each coordinate, not normalised, so many times."""
        vector = Along.of(direction)
        if comb(len(vector.components) + times - 1, times) > LONG:
            return cls.partial(*[vector] * times)
        return cls.of({(i,): c for i, c in vector.components}).power(times)

    @classmethod
    def laplacian(cls, indices: Iterable[Factor]) -> "Operator":
        return cls.of({(i, i): 1.0 for i in indices})

    @cached_property
    def order(self) -> int:
        """Highest number of differentiations in a monomial; 0 for the identity and for zero."""
        return max((len(m) for m, _ in self.terms), default=0)

    def order_in(self, index: int) -> int:
        """The highest power of one coordinate's derivative."""
        counts = (sum(any(i == index for i, _ in parts(f)) for f in monomial) for monomial, _ in self.terms)
        return max(counts, default=0)

    @property
    def is_identity(self) -> bool:
        return self.terms == (((), 1.0),)

    @cached_property
    def indices(self) -> frozenset[int]:
        """Coordinates that the operator differentiates by."""
        factors = {factor for m, _ in self.terms for factor in m}
        whole = {i for factor in factors if isinstance(factor, Along) for i, _ in factor.components}
        return frozenset(whole.union(factor for factor in factors if isinstance(factor, int)))

    def slope(self, index: int) -> float:
        """p(D) of the coordinate of this index, where p has no constant term and no random vector."""
        linear = [(monomial[0], c) for monomial, c in self.terms if len(monomial) == 1]
        whole = [c * dict(factor.components).get(index, 0.0) for factor, c in linear if isinstance(factor, Along)]
        return sum(whole, sum(c for factor, c in linear if factor == index))

    @property
    def ways(self) -> int:
        """How many products of single factors `written_out` goes through: the powers of a vector have very many."""
        return sum(prod(len(parts(f)) for f in monomial) for monomial, _ in self.terms)

    def written_out(self) -> "Operator":
        """The same with known vectors as sums over coordinates."""
        terms = []
        for monomial, c in self.terms:
            ways = product(*map(parts, monomial))
            terms += [(tuple(f for f, _ in way), c * prod(part for _, part in way)) for way in ways]
        return Operator.of(terms)

    def holding(self, indices: Collection[int]) -> "Operator":
        """The operator on functions that are constant in these coordinates."""
        terms = []
        for monomial, c in self.terms:
            factors = [_holding(factor, indices) for factor in monomial]
            if None not in factors:
                terms.append((tuple(f for f in factors if f is not None), c))
        return Operator.of(terms)

    @cached_property
    def common(self) -> Monomial:
        """The largest monomial that divides every term."""
        if not self.terms:
            return ()
        first, *others = (monomial for monomial, _ in self.terms)
        counts = {f: min(m.count(f) for m in (first, *others)) for f in dict.fromkeys(first)}
        return tuple(f for f, count in counts.items() for _ in range(count))

    def divided(self, monomial: Monomial) -> "Operator":
        """The quotient by a monomial that divides every term."""
        rests = []
        for m, c in self.terms:
            for factor in monomial:
                m = _without(m, factor)
            rests.append((m, c))
        return Operator.of(rests)

    def of_order(self, order: int) -> "Operator":
        """The terms of one order."""
        return Operator.of([(m, c) for m, c in self.terms if len(m) == order])

    def compose(self, other: "Operator") -> "Operator":
        """p(D) q(D)."""
        return Operator.of([(m + n, a * b) for m, a in self.terms for n, b in other.terms])

    def power(self, exponent: int) -> "Operator":
        """p(D) applied `exponent` times."""
        result = Operator.identity()
        for _ in range(exponent):
            result = result.compose(self)
        return result

    def derivative(self, index: Factor) -> "Operator":
        """∂p/∂ξ_index, the polynomial that Leibniz' rule pairs with ∂/∂x_index."""
        return Operator.of([(_without(m, index), c * m.count(index)) for m, c in self.terms if index in m])


def _holding(factor: Factor, indices: Collection[int]) -> Factor | None:
    if isinstance(factor, Along):
        left = tuple((i, c) for i, c in factor.components if i not in indices)
        return Along(left) if left else None
    return None if factor in indices else factor


def _without(monomial: Monomial, index: Factor) -> Monomial:
    at = monomial.index(index)
    return monomial[:at] + monomial[at + 1 :]
