"""Where the unknowns live: coordinates, their roles, and the measure that integrals use.

Coordinates are flat; those of a vector x are called `x[0]`, `x[1]`, … and `vectors` has their places.
"""

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

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
class Round:
    """What has a center and a radius, at all times of `span` where there is one, the last coordinate."""

    coordinates: tuple[str, ...]
    center: tuple[float, ...]
    radius: float
    vectors: Mapping[str, range] = field(default_factory=dict)
    span: Interval | None = None
    periodic: frozenset[int] = frozenset()

    @property
    def time(self) -> int | None:
        return None if self.span is None else len(self.center)

    @property
    def spatial(self) -> tuple[int, ...]:
        return tuple(range(len(self.center)))

    @property
    def scales(self) -> tuple[tuple[float, float], ...]:
        """Center and radius of each coordinate, middle and half length of the time."""
        return (*((c, self.radius) for c in self.center), *_times(self.span))


@dataclass(frozen=True)
class Ball(Round):
    """All points within `radius` of `center`."""

    @property
    def measure(self) -> str:
        return " ".join(f"d{name}" for name in axes(self.coordinates, self.vectors))

    @property
    def log_volume(self) -> float:
        """The logarithm of the volume, which itself may be too small for a float."""
        return log_volume(len(self.center), self.radius)


@dataclass(frozen=True)
class Area:
    """A shape of the plane, at all times of `span` where there is one, the last coordinate."""

    coordinates: tuple[str, ...]
    shape: Shape
    span: Interval | None = None
    vectors: Mapping[str, range] = field(default_factory=dict)
    periodic: frozenset[int] = frozenset()

    @property
    def time(self) -> int | None:
        return None if self.span is None else 2

    @property
    def spatial(self) -> tuple[int, ...]:
        return 0, 1

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """The boundary, empty where the shape is."""
        return outline(self.shape)

    @cached_property
    def strips(self) -> tuple[Strip, ...]:
        """Its parts between values of x, from left to right."""
        return strips([edge.arc for edge in self.edges])

    @cached_property
    def log_volume(self) -> float:
        """The logarithm of the area."""
        return math.log(area(self.edges))

    @cached_property
    def scales(self) -> tuple[tuple[float, float], ...]:
        """Middle and half length of the smallest box around it."""
        around = [Interval(*ends) for ends in bounds([edge.arc for edge in self.edges])]
        return (*((i.middle, 0.5 * i.length) for i in around), *_times(self.span))

    @property
    def measure(self) -> str:
        return " ".join(f"d{name}" for name in self.coordinates)


@dataclass(frozen=True)
class Cloud:
    """Points inside and on parts of a boundary, all that is known of a shape; at all times of `span`, the last."""

    coordinates: tuple[str, ...]
    inside: Sheet
    parts: tuple[Sheet, ...] = ()
    span: Interval | None = None
    vectors: Mapping[str, range] = field(default_factory=dict)
    periodic: frozenset[int] = frozenset()

    @property
    def time(self) -> int | None:
        return None if self.span is None else len(self.inside.columns)

    @property
    def spatial(self) -> tuple[int, ...]:
        return tuple(range(len(self.inside.columns)))

    @cached_property
    def scales(self) -> tuple[tuple[float, float], ...]:
        """Middle and half length of the smallest box around the points."""
        every = [[sheet.columns[i] for sheet in (self.inside, *self.parts)] for i in self.spatial]
        around = [Interval(min(map(min, columns)), max(map(max, columns))) for columns in every]
        return (*((i.middle, 0.5 * i.length) for i in around), *_times(self.span))

    @property
    def measure(self) -> str:
        if not self.inside.is_measured:
            return f"the mean over the points of {self.inside.name}"
        return " ".join(f"d{name}" for name in self.coordinates)


@dataclass(frozen=True)
class Shell(Round):
    """All points at the distance `radius` from `center`."""

    @property
    def measure(self) -> str:
        surface = "the length of the circle" if len(self.center) == 2 else "the area of the sphere"
        return surface if self.span is None else f"{surface} and the time"

    @property
    def log_area(self) -> float:
        """The logarithm of the area."""
        return log_area(len(self.center), self.radius)


Domain = Box | Gaussian | Ball | Area | Cloud | Shell


def _times(span: Interval | None) -> tuple[tuple[float, float], ...]:
    return () if span is None else ((span.middle, 0.5 * span.length),)


def log_volume(dimension: int, radius: float) -> float:
    """The logarithm of a ball's volume π^(d/2) R^d / Γ(d/2 + 1)."""
    half = 0.5 * dimension
    return half * math.log(math.pi) - math.lgamma(half + 1.0) + dimension * math.log(radius)


def log_area(dimension: int, radius: float) -> float:
    """The logarithm of a sphere's area, d/R times the volume inside."""
    return log_volume(dimension, radius) + math.log(dimension / radius)


def probes(domain: Domain) -> Iterator[dict[int, float]]:
    """Some points of a domain, its middle and corners first."""
    if isinstance(domain, Area):
        yield from _in_cells(domain)
        return
    if isinstance(domain, Cloud):
        yield from _given(domain)
        return
    if isinstance(domain, Shell):
        yield from _around(domain)
        return
    size = 3**-0.5 if isinstance(domain, Ball) else 1.0
    for fractions in itertools.product((0.0, -1.0, 1.0, 0.3), repeat=min(len(domain.coordinates), 3)):
        padded = (*fractions, *([0.0] * (len(domain.coordinates) - len(fractions))))
        yield {i: m + f * size * half for i, ((m, half), f) in enumerate(zip(domain.scales, padded, strict=True))}


def _around(domain: Shell) -> Iterator[dict[int, float]]:
    """Points in the directions of the first axes and between them, at the first, a middle and the last time."""
    dimension, span = len(domain.center), domain.span
    for fractions in itertools.product((0.0, 1.0, -1.0, 0.37), repeat=min(dimension, 3)):
        if not (size := math.hypot(*fractions)):
            continue
        padded = (*fractions, *([0.0] * (dimension - len(fractions))))
        place = {i: c + domain.radius * f / size for i, (c, f) in enumerate(zip(domain.center, padded, strict=True))}
        times = [] if span is None else [{dimension: t} for t in (span.low, span.middle, span.high)]
        yield from (place | time for time in times or [{}])


def _given(domain: Cloud) -> Iterator[dict[int, float]]:
    """Some of the points, evenly through their list, at the first, a middle and the last time."""
    count, span = len(domain.inside), domain.span
    for i in range(0, count, max(1, count // 50)):
        place = {k: column[i] for k, column in enumerate(domain.inside.columns)}
        times = [] if span is None else [{len(place): t} for t in (span.low, span.middle, span.high)]
        yield from (place | time for time in times or [{}])


def _in_cells(domain: Area) -> Iterator[dict[int, float]]:
    """Points of every cell, its corners among them, at the first, a middle and the last time."""
    span = domain.span
    times = [{}] if span is None else [{2: t} for t in (span.low, span.low + 0.37 * span.length, span.high)]
    shares = (0.5, 0.0, 1.0, 0.13, 0.77)
    for cell in (cell for strip in domain.strips for cell in strip):
        for across, up in itertools.product(shares, repeat=2):
            x, y = cell.at(across, up)
            yield from ({0: x, 1: y} | time for time in times)
