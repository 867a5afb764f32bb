"""Where the unknowns live: coordinates, their roles, and the measure that integrals use.

Coordinates are flat; those of a vector x are called `x[0]`, `x[1]`, … and `vectors` has their places.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

from pinn.expressions.axes import axes
from pinn.geometry.curves import bounds
from pinn.geometry.shapes import Edge, Shape, area, outline
from pinn.geometry.sheets import Sheet
from pinn.geometry.strips import Strip, strips


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
    vectors: Mapping[str, range] = field(default_factory=dict)

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
        family, periodic = self.family | _shifted(other.family, count), self.periodic | _shifted(other.periodic, count)
        return Box(coordinates, intervals, time, family, periodic, _joined(self.vectors, other.vectors, count))


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
    vectors: Mapping[str, range] = field(default_factory=dict)
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


@dataclass(frozen=True)
class Solid(ABC):
    """A shape in its own coordinates times a box in those after them: an axis, the time, what numbers a family."""

    own: tuple[str, ...]
    """Coordinates of the shape."""
    beside: Box = field(default=ALONE, kw_only=True)
    own_vectors: Mapping[str, range] = field(default_factory=dict, kw_only=True)

    @property
    @abstractmethod
    def own_scales(self) -> tuple[tuple[float, float], ...]:
        """Middle and half length of the smallest box around the shape."""

    @property
    @abstractmethod
    def own_measure(self) -> str:
        """The measure of the shape, in words."""

    @abstractmethod
    def log_inside(self, held: Mapping[int, float]) -> float:
        """The logarithm of the measure of the shape, or of what is left of it where coordinates have these values."""

    @cached_property
    def coordinates(self) -> tuple[str, ...]:
        return (*self.own, *self.beside.coordinates)

    @cached_property
    def vectors(self) -> Mapping[str, range]:
        return _joined(self.own_vectors, self.beside.vectors, len(self.own))

    def times(self, box: Box) -> Self:
        """The product with a box, whose coordinates come last."""
        return replace(self, beside=self.beside.times(box))

    @property
    def time(self) -> int | None:
        return None if self.beside.time is None else len(self.own) + self.beside.time

    @property
    def span(self) -> Interval | None:
        """All times, where there are any."""
        return None if self.beside.time is None else self.beside.intervals[self.beside.time]

    @property
    def family(self) -> frozenset[int]:
        return _shifted(self.beside.family, len(self.own))

    @property
    def periodic(self) -> frozenset[int]:
        return _shifted(self.beside.periodic, len(self.own))

    @cached_property
    def spatial(self) -> tuple[int, ...]:
        return (*range(len(self.own)), *self.axes)

    @cached_property
    def axes(self) -> tuple[int, ...]:
        """The spatial coordinates that are not the shape's own."""
        return tuple(len(self.own) + i for i in self.beside.spatial)

    @cached_property
    def scales(self) -> tuple[tuple[float, float], ...]:
        """Middle and half length of each coordinate."""
        return (*self.own_scales, *self.beside.scales)

    @property
    def measure(self) -> str:
        between = " and " if self.own_measure.startswith("the ") else " "
        return between.join(part for part in (self.own_measure, self.beside.measure) if part)

    def log_beside(self, held: Collection[int] = ()) -> float:
        """The logarithm of the measure of the box beside the shape, but for coordinates that are held."""
        first = len(self.own)
        return math.fsum(math.log(x.length) for i, x in enumerate(self.beside.intervals, first) if i not in held)


@dataclass(frozen=True)
class Round(Solid):
    """What has a center and a radius."""

    center: tuple[float, ...]
    radius: float

    @property
    def own_scales(self) -> tuple[tuple[float, float], ...]:
        return tuple((c, self.radius) for c in self.center)


@dataclass(frozen=True)
class Ball(Round):
    """All points within `radius` of `center`."""

    @property
    def own_measure(self) -> str:
        return " ".join(f"d{name}" for name in axes(self.own, self.own_vectors))

    def log_inside(self, held: Mapping[int, float]) -> float:
        """That of a ball of fewer dimensions; the volume itself may be too small for a float."""
        free = len(self.own) - len(held)
        return log_volume(free, self.radius_at(held)) if free else 0.0

    def radius_at(self, held: Mapping[int, float]) -> float:
        """The radius of what is left where some coordinates have these values."""
        away = math.hypot(*(x - self.center[i] for i, x in held.items()))
        return math.sqrt(max(0.0, (self.radius - away) * (self.radius + away)))


@dataclass(frozen=True)
class Area(Solid):
    """A shape of the plane."""

    shape: Shape

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """The boundary, empty where the shape is."""
        return outline(self.shape)

    @cached_property
    def strips(self) -> tuple[Strip, ...]:
        """Its parts between values of x, from left to right."""
        return strips([edge.arc for edge in self.edges])

    def log_inside(self, held: Mapping[int, float]) -> float:
        return 0.0 if held else math.log(area(self.edges))

    @property
    def own_scales(self) -> tuple[tuple[float, float], ...]:
        around = [Interval(*ends) for ends in bounds([edge.arc for edge in self.edges])]
        return tuple((i.middle, 0.5 * i.length) for i in around)

    @property
    def own_measure(self) -> str:
        return " ".join(f"d{name}" for name in self.own)


@dataclass(frozen=True)
class Cloud(Solid):
    """Points inside and on parts of a boundary, all that is known of a shape."""

    inside: Sheet
    parts: tuple[Sheet, ...] = ()

    @property
    def own_scales(self) -> tuple[tuple[float, float], ...]:
        every = [[s.columns[i] for s in (self.inside, *self.parts)] for i in range(len(self.own))]
        around = [Interval(min(map(min, columns)), max(map(max, columns))) for columns in every]
        return tuple((i.middle, 0.5 * i.length) for i in around)

    def log_inside(self, held: Mapping[int, float]) -> float:
        return 0.0 if held else math.log(self.inside.measure)

    @property
    def own_measure(self) -> str:
        if not self.inside.is_measured:
            return f"the mean over the points of {self.inside.name}"
        return " ".join(f"d{name}" for name in self.own)


@dataclass(frozen=True)
class Shell(Round):
    """All points at the distance `radius` from `center`."""

    @property
    def own_measure(self) -> str:
        return "the length of the circle" if len(self.center) == 2 else "the area of the sphere"

    def log_inside(self, held: Mapping[int, float]) -> float:
        return 0.0 if held else log_area(len(self.center), self.radius)


Domain = Box | Gaussian | Ball | Area | Cloud | Shell


def _shifted(indices: Collection[int], by: int) -> frozenset[int]:
    return frozenset(i + by for i in indices)


def _joined(first: Mapping[str, range], last: Mapping[str, range], count: int) -> dict[str, range]:
    """The places of vectors, the last ones behind so many coordinates."""
    return {**first, **{name: range(r.start + count, r.stop + count) for name, r in last.items()}}


def log_volume(dimension: int, radius: float) -> float:
    """The logarithm of a ball's volume π^(d/2) R^d / Γ(d/2 + 1)."""
    half = 0.5 * dimension
    return half * math.log(math.pi) - math.lgamma(half + 1.0) + dimension * math.log(radius)


def log_area(dimension: int, radius: float) -> float:
    """The logarithm of a sphere's area, d/R times the volume inside."""
    return log_volume(dimension, radius) + math.log(dimension / radius)
