"""What a network is made of, before it is built: its linear maps, and what evaluating them takes."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import assert_never

from pinn import schema

Maps = tuple[tuple[int, int], ...]

POLAR = 3
"""What is read around a corner: the distance, and two numbers for the angle."""


@dataclass(frozen=True)
class Layout:
    """A network in numbers."""

    first: Maps
    """Inputs and outputs of each trained map with a shift that acts on coordinates."""
    further: Maps
    """Those of the maps after them."""
    units: int
    """How many numbers of a point elementwise functions are applied to."""
    widest: int
    """How many numbers of a point the largest layer has."""
    others: int = 0
    """Trained numbers beside the maps."""
    sums: int | None = None
    """Through how many sums of the coordinates, and nothing else, a network reads a point, if through one such map."""

    @property
    def parameters(self) -> int:
        """How many numbers are trained."""
        return sum((before + 1) * after for before, after in (*self.first, *self.further)) + self.others

    def __add__(self, other: "Layout") -> "Layout":
        """Two networks on the same points, one after the other."""
        maps = self.first + other.first, self.further + other.further
        sums = None if self.sums is None or other.sums is None else max(self.sums, other.sums)
        most = max(self.widest, other.widest)
        return Layout(*maps, self.units + other.units, most, self.others + other.others, sums)


def layout(said: schema.Network, coordinates: int, periodic: int, corners: int, outputs: int) -> Layout:
    """The layout of a network over some coordinates.

    So many of them are periodic and enter as cosine and sine, and around so many corners there are polar ones.
    """
    hidden, entering = said.hidden, coordinates + periodic
    match said:
        case schema.Mlp():
            chain = _chain([entering + POLAR * corners, *hidden, outputs])
            return chain if periodic or corners else replace(chain, sums=hidden[0])
        case schema.Siren():
            chain = _chain([entering, *hidden, outputs])
            return chain if periodic else replace(chain, sums=hidden[0])
        case schema.Fourier():
            waves = 2 * frequencies(said, coordinates)
            behind = _chain([waves + coordinates - periodic, *hidden, outputs])
            return Layout((), (*behind.first, *behind.further), behind.units + waves, max(waves, behind.widest))
        case schema.ModifiedMlp():
            first = ((entering, hidden[0]),) * 3
            further = (*pairwise(hidden), (hidden[-1], outputs))
            return Layout(first, further, sum(hidden) + 2 * hidden[0], max(hidden))
        case schema.Pirate():
            width, blocks = hidden[0], len(hidden)
            further = (*((width, width),) * (2 + 3 * blocks), (width, outputs))
            return Layout((), further, 3 * width * (1 + blocks), width, blocks)
        case schema.Kan():
            widths = [entering, *hidden, outputs]
            maps = tuple((said.degree * before, after) for before, after in pairwise(widths))
            return Layout((), maps, said.degree * sum(widths[:-1]), said.degree * max(hidden))
        case schema.Separable():
            ends = [said.rank * outputs]
            parts = [_chain([1, *hidden, *ends])] * (coordinates - periodic) + [_chain([2, *hidden, *ends])] * periodic
            first, further = (tuple(m for part in parts for m in getattr(part, k)) for k in ("first", "further"))
            return Layout(first, further, sum(part.units for part in parts), coordinates * max(*hidden, *ends))
        case _:
            assert_never(said)


def frequencies(said: schema.Fourier, coordinates: int) -> int:
    """How many frequencies a network has: those drawn, or those given, a single number for each coordinate."""
    if said.frequencies is None:
        return said.features
    return sum(1 if isinstance(given, list) else coordinates for given in said.frequencies)


def _chain(widths: list[int]) -> Layout:
    """Fully connected layers of these widths, inputs first."""
    first, *further = pairwise(widths)
    return Layout((first,), tuple(further), sum(widths[1:-1]), max(widths[1:-1]))
