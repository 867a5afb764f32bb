"""Shapes with a box beside them: balls, shapes of the plane, clouds of points, spheres."""

import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

from pinn.expressions.axes import axes
from pinn.geometry.boxes import ALONE, Box, Interval, joined, shifted
from pinn.geometry.curves import Vector, bounds
from pinn.geometry.shapes import Edge, Shape, area, inside, inward_corners, outline
from pinn.geometry.sheets import Sheet
from pinn.geometry.strips import Strip, strips


@dataclass(frozen=True)
class Solid(ABC):
    """A shape in its own coordinates times a box in those after them: an axis, the time, what numbers a family."""

    own: tuple[str, ...]
    """Coordinates of the shape."""
    beside: Box = field(default=ALONE, kw_only=True)
    own_vectors: Mapping[str, range] = field(default_factory=dict, kw_only=True, hash=False)

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

    @abstractmethod
    def contains(self, point: Mapping[int, float], slack: float = 0.0) -> bool:
        """Whether a point belongs to the shape, or lies as close to it as `slack`; to a cloud every point does."""

    @cached_property
    def coordinates(self) -> tuple[str, ...]:
        return (*self.own, *self.beside.coordinates)

    @cached_property
    def vectors(self) -> Mapping[str, range]:
        return joined(self.own_vectors, self.beside.vectors, len(self.own))

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
        return shifted(self.beside.family, len(self.own))

    @property
    def periodic(self) -> frozenset[int]:
        return shifted(self.beside.periodic, len(self.own))

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

    def contains(self, point: Mapping[int, float], slack: float = 0.0) -> bool:
        return math.dist([point[i] for i in range(len(self.center))], self.center) <= self.radius + slack

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
    def inward(self) -> tuple[Vector, ...]:
        """Corners at which it turns inwards, where solutions are singular."""
        return inward_corners(self.shape, self.edges)

    @cached_property
    def strips(self) -> tuple[Strip, ...]:
        """Its parts between values of x, from left to right."""
        return strips([edge.arc for edge in self.edges])

    def log_inside(self, held: Mapping[int, float]) -> float:
        return 0.0 if held else math.log(area(self.edges))

    def contains(self, point: Mapping[int, float], slack: float = 0.0) -> bool:
        place = point[0], point[1]
        is_edge = slack != 0 and any(edge.arc.holds(place, abs(slack)) for edge in self.edges)
        return slack > 0 if is_edge else inside(self.shape, place)

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

    def contains(self, point: Mapping[int, float], slack: float = 0.0) -> bool:
        del point, slack
        return True

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

    def contains(self, point: Mapping[int, float], slack: float = 0.0) -> bool:
        del point, slack
        return True


def log_volume(dimension: int, radius: float) -> float:
    """The logarithm of a ball's volume π^(d/2) R^d / Γ(d/2 + 1)."""
    half = 0.5 * dimension
    return half * math.log(math.pi) - math.lgamma(half + 1.0) + dimension * math.log(radius)


def log_area(dimension: int, radius: float) -> float:
    """The logarithm of a sphere's area, d/R times the volume inside."""
    return log_volume(dimension, radius) + math.log(dimension / radius)
