"""Sums of products of coefficients in which None is a known zero and costs nothing."""

from collections.abc import Callable, Iterable
from functools import reduce
from operator import add
from typing import Protocol, final

from pinn.jets.blocks import Numbers, Term

Coefficient = Numbers | None


class Coefficients(Protocol):
    """Anything that gives a coefficient by its place."""

    def __getitem__(self, place: int, /) -> Coefficient: ...


@final
class OnDemand:
    """Coefficients that are computed when they are first asked for."""

    def __init__(self, rule: Callable[[int], Coefficient]):
        self._rule = rule
        self._known: dict[int, Coefficient] = {}

    def __getitem__(self, place: int) -> Coefficient:
        if place not in self._known:
            self._known[place] = self._rule(place)
        return self._known[place]


def scaled(coefficient: Coefficient, factor: float) -> Coefficient:
    """factor · coefficient; a factor of ±1 multiplies nothing."""
    if coefficient is None or factor == 0:
        return None
    if factor == 1:
        return coefficient
    return -coefficient if factor == -1 else factor * coefficient


def total(*coefficients: Coefficient) -> Coefficient:
    """The sum; None if nothing is known to differ from zero."""
    known = [coefficient for coefficient in coefficients if coefficient is not None]
    return reduce(add, known) if known else None


def difference(a: Coefficient, b: Coefficient) -> Coefficient:
    """a - b."""
    if a is None:
        return scaled(b, -1)
    return a if b is None else a - b


def combination(terms: Iterable[tuple[float, Coefficient]]) -> Coefficient:
    """Σ factor · coefficient, with one multiplication for each different factor."""
    groups: dict[float, list[Numbers]] = {}
    for factor, coefficient in terms:
        if coefficient is not None:
            groups.setdefault(factor, []).append(coefficient)
    return total(*(scaled(reduce(add, group), factor) for factor, group in groups.items()))


def contraction(terms: Iterable[Term], *operands: Coefficients) -> Coefficient:
    """Σ factor · product; later operands are not asked where an earlier one is zero."""
    return combination((term.factor, _product(term, operands)) for term in terms)


def _product(term: Term, operands: tuple[Coefficients, ...]) -> Coefficient:
    taken = []
    for place, operand in zip(term.blocks, operands, strict=True):
        coefficient = operand[place]
        if coefficient is None:
            return None
        taken.append(coefficient)
    return term.of(*taken)
