"""Functions with wanted values and slopes on planes, and those that vanish there.

Between the planes of one coordinate Hermite's interpolation takes what is wanted; the coordinates are joined by Boolean
sums (transfinite interpolation; Gordon & Hall, Numer. Math. 21, 1973). It exists for any set of planes as long as the
data agree where two of them meet.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

from pinn.expressions import algebra
from pinn.expressions.tree import Constant, Coordinate, Expression
from pinn.geometry.boxes import Box
from pinn.geometry.domains import Domain

Planes = Mapping[int, Mapping[float, Sequence[Expression]]]
"""What is wanted on each plane, by coordinate and position: the value, the slope across it, and so on."""


def slope(expression: Expression, index: int, order: int = 1) -> Expression:
    """∂^order/∂x_index^order of a known expression."""
    for _ in range(order):
        expression = algebra.differentiate(expression, index)
    return expression


def common(planes: Planes, start: Expression | None) -> Expression | None:
    """A value that meets everything wanted as it is, so that it needs no interpolation."""
    wanted = [(index, at, said) for index, values in planes.items() for at, said in values.items()]
    value = start if start is not None else wanted[0][2][0] if wanted else Constant(0.0)
    for index, position, said in wanted:
        for order, expression in enumerate(said):
            own = slope(value, index, order)
            if expression not in (own, algebra.substitute(own, {index: Constant(position)})):
                return None
    return value


def lift(domain: Domain, planes: Planes, start: Expression | None) -> Expression:
    """A function with everything that is wanted on every plane: one coordinate's planes after the other.

    It begins with one that has the values on curves or a sphere, if there are any.

    It is made of the values there alone, so that data singular elsewhere, or the solution itself, stay out.
    """
    found = common(planes, start)
    if found is not None:
        return found
    found = Constant(0.0) if start is None else start
    for index, wanted in planes.items():
        correction: Expression = Constant(0.0)
        for position, said in sorted(wanted.items()):
            for order, expression in enumerate(said):
                missing = algebra.subtract(expression, slope(found, index, order))
                missing = algebra.substitute(missing, {index: Constant(position)})
                blend = _blend(domain, index, position, order, {p: len(e) for p, e in wanted.items()})
                correction = algebra.add(correction, algebra.multiply(blend, missing))
        found = algebra.add(found, correction)
    return found


def vanishing(domain: Domain, planes: Planes) -> Expression:
    """A product of distances to the planes, of size one inside; squared where a slope is wanted, and so on."""
    product: Expression = Constant(1.0)
    for index, wanted in planes.items():
        middle, half = domain.scales[index]
        size = half if len(wanted) > 1 or not isinstance(domain, Box) else 2.0 * half
        x = Coordinate(domain.coordinates[index], index)
        for position, said in sorted(wanted.items()):
            ahead = position > middle and len(wanted) > 1
            distance = algebra.subtract(*((Constant(position), x) if ahead else (x, Constant(position))))
            factor = algebra.multiply(Constant(1.0 / size), distance)
            product = algebra.multiply(product, algebra.power(factor, Constant(float(len(said)))))
    return product


def _blend(domain: Domain, index: int, position: float, order: int, counts: Mapping[float, int]) -> Expression:
    """Hermite's polynomial in one coordinate whose derivative of this order is 1 at `position`; all others are 0.

    `counts` has the number of derivatives that are wanted at each position.
    """
    x = Coordinate(domain.coordinates[index], index)
    away = algebra.subtract(x, Constant(position))
    others = {p: count for p, count in counts.items() if p != position}
    scale = math.prod((position - p) ** count for p, count in others.items())
    rest = list(_inverse({position - p: count for p, count in others.items()}, counts[position] - order))
    series = algebra.add_all(
        [algebra.multiply(Constant(c), algebra.power(away, Constant(float(k)))) for k, c in enumerate(rest)]
    )
    product = algebra.multiply(Constant(1.0 / scale / math.factorial(order)), series)
    product = algebra.multiply(product, algebra.power(away, Constant(float(order))))
    for p, count in others.items():
        there = algebra.power(algebra.subtract(x, Constant(p)), Constant(float(count)))
        product = algebra.multiply(product, there)
    return product


def _inverse(distances: Mapping[float, int], terms: int) -> Iterator[float]:
    """The first coefficients of Π_j (1 + h/d_j)^(-m_j) by powers of h."""
    series = [1.0] + [0.0] * (terms - 1)
    for distance, count in distances.items():
        for _ in range(count):
            for k in range(1, terms):
                series[k] -= series[k - 1] / distance
    yield from series
