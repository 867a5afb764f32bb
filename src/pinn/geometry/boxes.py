"""Products of intervals, and the whole space: their coordinates with their roles, and the measure that integrals use.

Coordinates are flat; those of a vector x are called `x[0]`, `x[1]`, … and `vectors` has their places.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from pinn.expressions.axes import axes


@dataclass(frozen=True)
class Interval:
    """[low, high] with low < high."""

    low: float
    high: float

    @property
    def length(self) -> float:
        return self.high - self.low

    @property
    def middle(self) -> float:
        return 0.5 * (self.low + self.high)


@dataclass(frozen=True)
class Box:
    """A product of intervals; coordinates are told apart by role: space, time, family."""

    coordinates: tuple[str, ...]
    intervals: tuple[Interval, ...]
    time: int | None = None
    family: frozenset[int] = frozenset()
    periodic: frozenset[int] = frozenset()
    vectors: Mapping[str, range] = field(default_factory=dict, hash=False)

    @property
    def spatial(self) -> tuple[int, ...]:
        """Indices that `grad`, `div`, `laplacian`, `n` and `boundary` speak of."""
        return tuple(i for i in range(len(self.coordinates)) if i != self.time and i not in self.family)

    @property
    def scales(self) -> tuple[tuple[float, float], ...]:
        """Middle and half length of each coordinate: what brings it to [-1, 1]."""
        return tuple((i.middle, 0.5 * i.length) for i in self.intervals)

    @property
    def measure(self) -> str:
        """The measure of integrals, in words."""
        return " ".join(f"d{name}" for name in axes(self.coordinates, self.vectors))

    def times(self, other: "Box") -> "Box":
        """The product with another box, whose coordinates come last; one of them may have a time."""
        count = len(self.coordinates)
        time = self.time if other.time is None else count + other.time
        coordinates, intervals = (*self.coordinates, *other.coordinates), (*self.intervals, *other.intervals)
        family, periodic = self.family | shifted(other.family, count), self.periodic | shifted(other.periodic, count)
        return Box(coordinates, intervals, time, family, periodic, joined(self.vectors, other.vectors, count))


UNKNOWN = Interval(-math.inf, math.inf)
"""Stands for bounds that are wrong, so that what uses them can still be checked."""

ALONE = Box((), ())
"""The box beside a shape that nothing is beside of."""


@dataclass(frozen=True)
class Gaussian:
    """The whole space, measured by a normal density with independent coordinates."""

    coordinates: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    vectors: Mapping[str, range] = field(default_factory=dict, hash=False)
    time: None = None
    periodic: frozenset[int] = frozenset()

    @property
    def spatial(self) -> tuple[int, ...]:
        return tuple(range(len(self.coordinates)))

    @property
    def scales(self) -> tuple[tuple[float, float], ...]:
        """Mean and standard deviation of each coordinate."""
        return tuple(zip(self.mean, self.scale, strict=True))

    @property
    def measure(self) -> str:
        return f"the normal density of {', '.join(axes(self.coordinates, self.vectors))}"


def shifted(indices: Collection[int], by: int) -> frozenset[int]:
    """Indices of coordinates behind so many others."""
    return frozenset(i + by for i in indices)


def joined(first: Mapping[str, range], last: Mapping[str, range], count: int) -> dict[str, range]:
    """The places of vectors, the last ones behind so many coordinates."""
    return {**first, **{name: range(r.start + count, r.stop + count) for name, r in last.items()}}
