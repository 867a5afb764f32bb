"""Embeddings: what the first layer of a network reads of a point, in which nothing trained has a part."""

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from math import pi
from typing import Protocol

import numpy as np

from pinn import jets
from pinn.config.layouts import POLAR
from pinn.config.polar import Polar
from pinn.jets import Jet
from pinn.jets.blocks import chosen

BESIDE = 32.0
"""How far inside a corner its distances are taken, so that none is zero, in units of what rounding leaves there."""


class Embedding(Protocol):
    """A fixed function of all coordinates of the domain, brought to [-1, 1], with values of shape `(width,)`.

    Equal embeddings are the same function.
    """

    @property
    def is_plain(self) -> bool:
        """Whether it does no more than select coordinates."""
        ...

    def __call__(self, units: Jet) -> Jet: ...


@dataclass(frozen=True)
class Inputs:
    """The coordinates that a network reads, periodic ones as cosine and sine of their angle, and corners around them.

    Plain ones stay as they are, in their order, with a periodic one as two numbers that are equal at its two ends.
    """

    indices: tuple[int, ...]
    """Which of the domain's coordinates."""
    periodic: tuple[int, ...]
    """Which of these, by their places here."""
    corners: tuple[Polar, ...] = ()
    """Around which polar coordinates are read."""

    @property
    def count(self) -> int:
        """How many coordinates there are."""
        return len(self.indices)

    @property
    def width(self) -> int:
        """How many numbers are read."""
        return self.count + len(self.periodic) + POLAR * len(self.corners)

    @property
    def is_plain(self) -> bool:
        """See `Embedding`."""
        return not (self.periodic or self.corners)

    @property
    def plain(self) -> tuple[int, ...]:
        """The coordinates that are not periodic."""
        return tuple(i for i in range(self.count) if i not in self.periodic)

    def only(self, index: int) -> "Inputs":
        """A single coordinate."""
        return Inputs((self.indices[index],), (0,) if index in self.periodic else ())

    def selected(self, units: Jet) -> Jet:
        """These among all coordinates of the domain, as they are."""
        return units if self.count == units.shape[0] else taken(units, self.indices)

    def __call__(self, units: Jet) -> Jet:
        """What is read of a point."""
        units = self.selected(units)
        coordinates = self._with_angles(units)
        if not self.corners:
            return coordinates
        return jets.concatenate([coordinates, *(around(corner, units) for corner in self.corners)])

    def _with_angles(self, units: Jet) -> Jet:
        if not self.periodic:
            return units
        angular, plain = np.array(self.periodic), np.array(self.plain, int)
        angles = taken(units, angular) * pi
        parts = [jets.FUNCTIONS["cos"](angles), jets.FUNCTIONS["sin"](angles)]
        if plain.size:
            parts.append(taken(units, plain))
        order = np.argsort(np.concatenate([angular, angular, plain]), kind="stable")
        return taken(jets.concatenate(parts), order)


def around(corner: Polar, units: Jet) -> Jet:
    """Three numbers: the distance r from a corner, Δx/r, and Δy/r or, where it marches in t, Δt/r².

    Solutions that jump there, or bend, are smooth functions of these, and of no other coordinates (a harmonic function
    of the angle, a solution of the heat equation of x/√t). In the corner itself they are those beside it.
    """
    close = BESIDE * float(np.finfo(units.value.dtype).eps)
    x, y = (
        away * (1 / scale) + side * close * max(1.0, 1 / abs(scale))
        for away, scale, side in zip(_away(corner, units), corner.scales, corner.inwards, strict=True)
    )
    squared = x * x + (y if corner.marching else y * y)
    inverse = jets.power(squared, -0.5)
    rest = y * inverse * inverse if corner.marching else y * inverse
    distance = squared * inverse if corner.power == 1 else jets.power(squared, corner.power / 2)
    return jets.stack([distance, x * inverse, rest])


def _away(corner: Polar, units: Jet) -> tuple[Jet, Jet]:
    """How far a place is from a corner along its two coordinates."""
    (first, second), (x, y) = corner.places, corner.center
    if corner.away is None:
        return units[first] - x, units[second] - y
    own = corner.away
    steps = [units[place] - origin for place, origin in zip(own.places, own.origin, strict=True)]
    parts = [step * slope for step, slope in zip(steps, own.slopes, strict=True) if slope]
    parts += [step * step * bend for step, bend in zip(steps, own.bends, strict=True) if bend]
    return reduce(operator.add, parts) + own.constant, units[second] - y


def taken(vector: Jet, indices: Sequence[int] | np.ndarray) -> Jet:
    """Some components of a vector."""
    places = chosen(np.asarray(indices), vector.shape[0])
    return vector if places is ... else vector.map_arrays(lambda array: array[..., places])


@dataclass(frozen=True)
class Waves:
    """Cosines and sines of so many periods over the width of the domain along each coordinate; not trained."""

    inputs: Inputs
    periods: tuple[tuple[float, ...], ...]
    """For each wave the number along each coordinate."""
    with_plain: bool = False
    """Whether the coordinates that are not periodic are read too, before the waves."""

    @property
    def is_plain(self) -> bool:
        """See `Embedding`."""
        return False

    def __call__(self, units: Jet) -> Jet:
        """What is read of a point."""
        units = self.inputs.selected(units)
        frequencies = np.asarray(pi * np.array(self.periods), units.value.dtype)
        unknown = [None] * units.order
        phases = jets.linear(units, [frequencies, *unknown], [None, *unknown])
        found = [jets.FUNCTIONS["cos"](phases), jets.FUNCTIONS["sin"](phases)]
        if self.with_plain and self.inputs.plain:
            found.insert(0, taken(units, self.inputs.plain))
        return jets.concatenate(found)


def drawn(count: int, scale: float, seed: int, inputs: Inputs) -> tuple[tuple[float, ...], ...]:
    """Normal numbers of periods, by NumPy's PCG64; whole ones along periodic coordinates."""
    periods = scale * np.random.Generator(np.random.PCG64(seed)).standard_normal((count, inputs.count))
    angular = list(inputs.periodic)
    periods[:, angular] = np.round(periods[:, angular])
    return tuple(map(tuple, periods.tolist()))
