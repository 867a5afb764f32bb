"""Expressions of what lies around a center: the way from it, and a sphere as a surface of its own."""

import math

from pinn.expressions import Surface, algebra
from pinn.expressions.axes import axes
from pinn.expressions.tree import Constant, Coordinate, Coordinates, Expression
from pinn.geometry.boxes import Box, Gaussian
from pinn.geometry.solids import Shell, Solid

Domain = Box | Gaussian | Solid


def from_center(domain: Domain, center: tuple[float, ...]) -> dict[str, Expression]:
    """x - c, vector by vector and coordinate by coordinate, by name."""
    found: dict[str, Expression] = {}
    for name, places in axes(domain.coordinates, domain.vectors).items():
        if places.start >= len(center):
            continue
        own = [Constant(center[i]) for i in places]
        x: Expression = Coordinate(name, places.start)
        if name in domain.vectors:
            x = Coordinates(name, places.start, shape=(len(places),))
        found[name] = algebra.subtract(x, _joined(own, bool(x.shape)))
    return found


def squared_distance(away: dict[str, Expression]) -> Expression:
    """|x - c|²."""
    squares = [algebra.power(part, Constant(2.0)) for part in away.values()]
    return algebra.add_all([algebra.total(square) if square.shape else square for square in squares])


def inwards(away: dict[str, Expression], radius: float) -> Expression:
    """(R² - |x - c|²)/(2R): to first order the distance to the sphere, positive inside."""
    rest = algebra.subtract(Constant(radius**2), squared_distance(away))
    return algebra.multiply(Constant(0.5 / radius), rest)


def components(away: dict[str, Expression]) -> tuple[Expression, ...]:
    """The components of vectors and scalars, one after the other."""
    return tuple(part for whole in away.values() for part in algebra.components(whole))


def surface(domain: Domain) -> Surface | None:
    """What the names of coordinates stand for on a sphere; None where they stand for themselves."""
    if not isinstance(domain, Shell) or math.isinf(domain.radius):
        return None
    away, size = from_center(domain, domain.center), Constant(1.0 / domain.radius)
    distance = algebra.multiply(size, algebra.call("sqrt", (squared_distance(away),)))
    back = {name: algebra.divide(part, distance) for name, part in away.items()}
    whole = next(iter(back.values()))
    outward = whole if len(back) == 1 and whole.shape else algebra.stack(components(back))
    places = axes(domain.coordinates, domain.vectors)
    nearest = {
        name: algebra.add(_joined([Constant(domain.center[i]) for i in places[name]], bool(part.shape)), part)
        for name, part in back.items()
    }
    return Surface(nearest, dict(enumerate(components(nearest))), distance, algebra.multiply(size, outward))


def _joined(numbers: list[Constant], is_vector: bool) -> Expression:
    """A vector of numbers, or the number that all of them are."""
    same = all(number == numbers[0] for number in numbers)
    return numbers[0] if not is_vector or same else algebra.stack(tuple(numbers))
