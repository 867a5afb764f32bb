"""Differential operators with constant coefficients: polynomials p(D) in the partial derivatives.

A monomial is the sorted tuple of the coordinate indices it differentiates by: u_xxy is `(0, 0, 1)`, the identity `()`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

Monomial = tuple[int, ...]


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
    def partial(cls, *indices: int) -> "Operator":
        """∂/∂x_i ∂/∂x_j … for the given coordinate indices."""
        return cls.of({tuple(indices): 1.0})

    @classmethod
    def along(cls, direction: Sequence[float]) -> "Operator":
        """Derivative along a vector, one component for each coordinate, not normalised."""
        return cls.of({(i,): c for i, c in enumerate(direction)})

    @classmethod
    def laplacian(cls, indices: Iterable[int]) -> "Operator":
        return cls.of({(i, i): 1.0 for i in indices})

    @cached_property
    def order(self) -> int:
        """Highest number of differentiations in a monomial; 0 for the identity and for zero."""
        return max((len(m) for m, _ in self.terms), default=0)

    @property
    def is_identity(self) -> bool:
        return self.terms == (((), 1.0),)

    @property
    def indices(self) -> frozenset[int]:
        """Coordinates that the operator differentiates by."""
        return frozenset(i for m, _ in self.terms for i in m)

    def compose(self, other: "Operator") -> "Operator":
        """p(D) q(D)."""
        return Operator.of([(m + n, a * b) for m, a in self.terms for n, b in other.terms])

    def power(self, exponent: int) -> "Operator":
        """p(D) applied `exponent` times."""
        result = Operator.identity()
        for _ in range(exponent):
            result = result.compose(self)
        return result

    def derivative(self, index: int) -> "Operator":
        """∂p/∂ξ_index, the polynomial that Leibniz' rule pairs with ∂/∂x_index."""
        return Operator.of([(_without(m, index), c * m.count(index)) for m, c in self.terms if index in m])


def _without(monomial: Monomial, index: int) -> Monomial:
    at = monomial.index(index)
    return monomial[:at] + monomial[at + 1 :]
