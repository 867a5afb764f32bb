"""Some points of a domain, its middle and corners among them, in plain Python."""

import itertools
import math
from collections.abc import Iterator

from pinn.geometry.bodies import Body
from pinn.geometry.domains import Domain
from pinn.geometry.pieces import Flat
from pinn.geometry.solids import Area, Ball, Cloud, Shell, Solid
from pinn.geometry.spread import spread

Point = dict[int, float]

MOST = 50
"""Points of shapes that are known by points alone."""


def probes(domain: Domain | Solid) -> Iterator[Point]:
    """Some points of a domain, its middle and corners first."""
    if not isinstance(domain, Solid) or isinstance(domain, Ball):
        size = 3**-0.5 if isinstance(domain, Ball) else 1.0
        for fractions in itertools.product((0.0, -1.0, 1.0, 0.3), repeat=min(len(domain.coordinates), 3)):
            padded = (*fractions, *([0.0] * (len(domain.coordinates) - len(fractions))))
            yield {i: m + f * size * half for i, ((m, half), f) in enumerate(zip(domain.scales, padded, strict=True))}
        return
    for place in _of_shape(domain):
        yield from (place | rest for rest in beside(domain, (0.0, 0.37, 1.0)))


def beside(domain: Solid, shares: tuple[float, ...], held: Point | None = None) -> list[Point]:
    """Places in the box beside a shape: shares of the lengths of its first few coordinates, halves of the others."""
    held = held or {}
    free = [i for i in range(len(domain.own), len(domain.coordinates)) if i not in held]
    found = []
    for taken in itertools.product(shares, repeat=min(len(free), 2)):
        padded = (*taken, *([0.5] * (len(free) - len(taken))))
        place = {i: domain.beside.intervals[i - len(domain.own)] for i in free}
        found.append(held | {i: x.low + s * x.length for (i, x), s in zip(place.items(), padded, strict=True)})
    return found


def _of_shape(domain: Solid) -> Iterator[Point]:
    """Points in every cell; some of a body or a cloud; of a sphere those in the directions of the first axes."""
    match domain:
        case Area(strips=strips):
            shares = (0.5, 0.0, 1.0, 0.13, 0.77)
            for cell in (cell for strip in strips for cell in strip):
                yield from (dict(enumerate(cell.at(*p))) for p in itertools.product(shares, repeat=2))
        case Body():
            found = itertools.islice(spread(domain, Flat("interior")), MOST)
            yield from ({i: point[i] for i in range(len(domain.own))} for point in found)
        case Cloud(inside=inside):
            for i in range(0, len(inside), max(1, len(inside) // MOST)):
                yield {k: column[i] for k, column in enumerate(inside.columns)}
        case Shell(center=center, radius=radius):
            for fractions in itertools.product((0.0, 1.0, -1.0, 0.37), repeat=min(len(center), 3)):
                if size := math.hypot(*fractions):
                    padded = (*fractions, *([0.0] * (len(center) - len(fractions))))
                    yield {i: c + radius * f / size for i, (c, f) in enumerate(zip(center, padded, strict=True))}
