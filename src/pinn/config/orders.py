"""How many conditions a system of equations takes across a direction: the order of its symbol's determinant there."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from pinn.config.counts import is_volume
from pinn.config.model import Equation, Term
from pinn.config.names import Names
from pinn.config.probes import value_at
from pinn.config.standins import StandIn, stand_ins
from pinn.expressions import Expression, algebra
from pinn.expressions.operators import Factor, Operator, parts
from pinn.geometry import Flat

LARGEST = 8
"""Unknowns up to which a determinant is worked out."""

NOTHING = 1e-9
"""Factors that are zero but for rounding, beside the largest one of their equation."""

CANCELLED = 1e-6
"""What is left of a determinant's leading products where they cancel, beside the sum of their magnitudes."""

SMALL = 0.03
"""A leading factor that falls below this share of its largest may as well vanish."""

STATES = (0.0, 0.7, 3.0)
"""How large the solutions are around which equations are linearized, beside one of size one."""

SLOPE = 0.6180339887498949
"""By which numbers differ that have nothing to do with each other."""

Point = Mapping[int, float]
Vector = Mapping[int, float]
"""Components by the index of their coordinate."""
Polynomial = tuple[float, ...]
"""Its coefficients, the constant first; none for zero."""


@dataclass(frozen=True)
class Row:
    """A scalar equation, the term that it is of, and its slope in each unknown and derivative that it has."""

    term: str
    slopes: tuple[tuple[StandIn, Expression], ...]

    def order_in(self, unknown: str, index: int) -> int:
        """How often it differentiates an unknown by a coordinate."""
        own = (part.operator for part, _ in self.slopes if part.unknown == unknown)
        return max((operator.order_in(index) for operator in own if operator is not None), default=0)


@dataclass(frozen=True)
class System:
    """Equations that hold in all of the domain, as many as unknowns."""

    unknowns: tuple[str, ...]
    rows: tuple[Row, ...]

    def order_in(self, unknown: str, index: int) -> int:
        """How often an unknown is differentiated by a coordinate."""
        return max(row.order_in(unknown, index) for row in self.rows)


def system(names: Names, terms: Sequence[Term]) -> System | None:
    """The equations inside; None where they hold in parts of the domain, speak of other places, or are not as many
    as unknowns. Functions of some of the coordinates count as coefficients."""
    inside = [t for t in terms if not t.is_number and any(is_volume(piece, names) for piece in t.region.pieces)]
    rows: list[Row] = []
    for term in inside:
        if names.extents or not all(isinstance(p, Flat) and not p.fixed for p in term.region.pieces):
            return None
        for residual in term.content.residuals if isinstance(term.content, Equation) else ():
            for part in algebra.components(residual):
                found = stand_ins(algebra.multiply(term.weight, part), names)
                if found is None or not all(p.unknown for p in found[1]):
                    return None
                expression, parts = found
                slopes = ((p, algebra.differentiate(expression, p.index)) for p in parts)
                rows.append(Row(term.name, tuple(slopes)))
    used = {part.unknown for row in rows for part, _ in row.slopes} - names.partial
    unknowns = [unknown for unknown in names.scope.unknowns if unknown in used]
    return System(tuple(unknowns), tuple(rows)) if 0 < len(rows) == len(unknowns) <= LARGEST else None


def bound(asked: System, index: int) -> int:
    """At least what a system takes across a coordinate."""
    return sum(asked.order_in(unknown, index) for unknown in asked.unknowns)


def order(names: Names, asked: System, lines: Sequence[Sequence[Point]], directions: Sequence[Vector]) -> int:
    """How many conditions a system takes across some directions, at both ends of a line through the domain together.

    It is what the least regular solution leaves. 0 where the equations degenerate somewhere on the lines of points,
    which are to have their ends on the boundary: there, conditions may have to be absent.
    """
    found: list[tuple[int, bool]] = []
    for size in STATES:
        around = _around(asked, size)
        known: set[tuple[int, bool]] = set()
        for line in lines:
            leading = [_leading(names, asked, point, around, way) for point in line for way in directions]
            sound = [one for one in leading if one is not None]
            if len(sound) < len(leading) or not all(map(_is_even, (zip(*(one[1:] for one in sound), strict=True)))):
                return 0
            known |= {(power, written > 0) for power, _, written in sound}
        if len(known) != 1:
            return 0
        found += known
    least = min(power for power, _ in found)
    return least if len({sign for power, sign in found if power == least}) == 1 else 0


def _is_even(numbers: Sequence[float]) -> bool:
    magnitudes = [abs(number) for number in numbers]
    return min(magnitudes) >= SMALL * max(magnitudes)


def _around(asked: System, size: float) -> list[dict[int, float]]:
    """Numbers for what is unknown in each equation, of either sign, and the same for the same."""
    sizes = {part.name: part.size for row in asked.rows for part, _ in row.slopes}
    numbers = {name: size * s * math.cos(3.0 * k + size) for k, (name, s) in enumerate(sizes.items(), 1)}
    return [{part.index: numbers[part.name] for part, _ in row.slopes} for row in asked.rows]


def _leading(
    names: Names, asked: System, point: Point, around: Sequence[Mapping[int, float]], way: Vector
) -> tuple[int, float, float] | None:
    """The degree of the determinant along a direction and its factor there, with equations of size one and as written.

    None where something is no number, or the products of highest degree cancel, so that lower terms would decide.
    """
    matrix: list[dict[str, Polynomial]] = []
    scales: list[float] = []
    for row, state in zip(asked.rows, around, strict=True):
        factors = [(part, value_at(slope, {**point, **state}, names)) for part, slope in row.slopes]
        known = [(part, value) for part, value in factors if value is not None and math.isfinite(value)]
        scale = max((abs(value) * part.size for part, value in known), default=0.0)
        if len(known) < len(factors) or not scale:
            return None
        entries: dict[str, Polynomial] = dict.fromkeys(asked.unknowns, ())
        for part, value in known:
            if part.unknown in entries and abs(value) * part.size > NOTHING * scale:
                own = _symbol(part.operator or Operator.identity(), value / scale, way, names)
                entries[part.unknown] = _sum(entries[part.unknown], own)
        matrix.append(entries)
        scales.append(scale)
    determinant, products = _determinant([[_trimmed(entry) for entry in row.values()] for row in matrix])
    if not products or len(determinant) < len(products) or abs(determinant[-1]) <= CANCELLED * products[-1]:
        return None
    return len(products) - 1, determinant[-1], determinant[-1] * math.prod(scales)


def _symbol(operator: Operator, factor: float, way: Vector, names: Names) -> Polynomial:
    """An operator where the derivative by each coordinate is a number, which grows along a direction."""
    halves = [half for _, half in names.domain.scales]

    def linear(along: Factor) -> Polynomial:
        shares = [(i, c / halves[i]) for i, c in parts(along) if isinstance(i, int)]
        here = math.fsum(share * (0.5 + SLOPE * (i + 1) % 1) for i, share in shares)
        return (here, math.fsum(share * way.get(i, 0.0) for i, share in shares)) if shares else (1.0,)

    found: Polynomial = ()
    for monomial, c in operator.terms:
        found = _sum(found, reduce(_product, map(linear, monomial), (c * factor,)))
    return found


def _determinant(matrix: Sequence[Sequence[Polynomial]]) -> tuple[Polynomial, Polynomial]:
    """The determinant, and the sum of the magnitudes of its products: the latter's degree is that of the products."""
    known: dict[frozenset[int], tuple[Polynomial, Polynomial]] = {frozenset(): ((1.0,), (1.0,))}
    for row in matrix:
        longer: dict[frozenset[int], tuple[Polynomial, Polynomial]] = {}
        for columns, (value, bound) in known.items():
            for k in (k for k, entry in enumerate(row) if entry and k not in columns):
                sign = -1.0 if sum(column > k for column in columns) % 2 else 1.0
                before = longer.get(columns | {k}, ((), ()))
                signed = tuple(sign * x for x in row[k])
                magnitude = tuple(map(abs, row[k]))
                longer[columns | {k}] = (
                    _sum(before[0], _product(value, signed)),
                    _sum(before[1], _product(bound, magnitude)),
                )
        known = longer
    return next(iter(known.values()), ((), ()))


def _sum(a: Polynomial, b: Polynomial) -> Polynomial:
    size = max(len(a), len(b))
    return tuple(x + y for x, y in zip(_filled(a, size), _filled(b, size), strict=True))


def _filled(a: Polynomial, size: int) -> Iterator[float]:
    yield from a
    yield from (0.0 for _ in range(size - len(a)))


def _product(a: Polynomial, b: Polynomial) -> Polynomial:
    found = [0.0] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            found[i + j] += x * y
    return tuple(found)


def _trimmed(a: Polynomial) -> Polynomial:
    """Without the highest powers that are not there."""
    size = max((k for k, x in enumerate(a, 1) if abs(x) > NOTHING), default=0)
    return a[:size]
