"""Curves in the plane, straight or elliptic, and stretches of them with the side on which a shape lies."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

Vector = tuple[float, float]

FULL = 2.0 * math.pi

PANELS = 64
"""Parts of an elliptic arc whose lengths are integrated by three points each: exact to rounding but for needles."""

HALVINGS = 200
THIRDS = 90
STEPS = 64
"""Values of a function whose zeros are sought; between them it has one extremum at most."""


@dataclass(frozen=True)
class Segment:
    """The straight line from `start` to `end`, by its fraction from 0 to 1; the shape is to its left."""

    start: Vector
    end: Vector

    @property
    def period(self) -> None:
        """It does not close."""

    @property
    def range(self) -> tuple[float, float]:
        return 0.0, 1.0

    @cached_property
    def size(self) -> float:
        return math.dist(self.start, self.end)

    def at(self, s: float) -> Vector:
        (x, y), (u, v) = self.start, self.end
        return x + s * (u - x), y + s * (v - y)

    def normal(self, s: float) -> Vector:
        """The unit normal to the right."""
        del s
        (x, y), (u, v) = self.start, self.end
        return (v - y) / self.size, (x - u) / self.size

    def level(self, point: Vector) -> float:
        """The distance of a point to the left of the line."""
        n = self.normal(0.0)
        return -math.fsum(a * (p - b) for a, p, b in zip(n, point, self.start, strict=True))

    def place(self, point: Vector) -> float:
        """The fraction of the foot of a point."""
        (x, y), (u, v) = self.start, self.end
        return ((point[0] - x) * (u - x) + (point[1] - y) * (v - y)) / self.size**2

    def length(self, start: float, end: float) -> float:
        return self.size * (end - start)

    def swept(self, start: float, end: float) -> float:
        """∫ (x dy - y dx)/2."""
        (x, y), (u, v) = self.at(start), self.at(end)
        return 0.5 * (x * v - u * y)

    def tips(self, start: float, end: float) -> list[float]:
        """Where x turns: nowhere."""
        del start, end
        return []


@dataclass(frozen=True)
class Ellipse:
    """A whole ellipse with axes along the coordinates, by its angle from 0 to 2π; the shape is inside."""

    center: Vector
    radii: Vector

    @property
    def period(self) -> float:
        return FULL

    @property
    def range(self) -> tuple[float, float]:
        return 0.0, FULL

    @property
    def size(self) -> float:
        return 2.0 * max(self.radii)

    def at(self, angle: float) -> Vector:
        return (
            self.center[0] + self.radii[0] * math.cos(angle),
            self.center[1] + self.radii[1] * math.sin(angle),
        )

    def normal(self, angle: float) -> Vector:
        """The unit normal away from the center."""
        x, y = math.cos(angle) / self.radii[0], math.sin(angle) / self.radii[1]
        return x / math.hypot(x, y), y / math.hypot(x, y)

    def level(self, point: Vector) -> float:
        """About the distance inside: √(ab)/2 · (1 - ((x-c)/a)² - …)."""
        squares = math.fsum(((p - c) / r) ** 2 for p, c, r in zip(point, self.center, self.radii, strict=True))
        return 0.5 * math.sqrt(self.radii[0] * self.radii[1]) * (1.0 - squares)

    def place(self, point: Vector) -> float:
        """The angle of a point of the ellipse."""
        return math.atan2((point[1] - self.center[1]) / self.radii[1], (point[0] - self.center[0]) / self.radii[0])

    def length(self, start: float, end: float) -> float:
        a, b = self.radii
        if a == b:
            return a * (end - start)
        half, total = 0.5 * (end - start) / PANELS, 0.0
        for panel in range(PANELS):
            middle = start + (2 * panel + 1) * half
            for node, weight in ((-(0.6**0.5), 5 / 9), (0.0, 8 / 9), (0.6**0.5, 5 / 9)):
                angle = middle + node * half
                total += weight * half * math.hypot(a * math.sin(angle), b * math.cos(angle))
        return total

    def swept(self, start: float, end: float) -> float:
        """∫ (x dy - y dx)/2."""
        (x, y), (u, v) = self.at(start), self.at(end)
        whole = self.radii[0] * self.radii[1] * (end - start)
        return 0.5 * (whole + self.center[0] * (v - y) - self.center[1] * (u - x))

    def tips(self, start: float, end: float) -> list[float]:
        """Angles strictly between at which x turns."""
        first = math.ceil(start / math.pi)
        return [k * math.pi for k in range(first, math.floor(end / math.pi) + 1) if start < k * math.pi < end]


Line = Segment | Ellipse


@dataclass(frozen=True)
class Arc:
    """A stretch of a curve; `side` is -1 where the shape lies on the other side than the curve's own."""

    curve: Line
    start: float
    end: float
    side: float = 1.0

    @property
    def length(self) -> float:
        return self.curve.length(self.start, self.end)

    @property
    def swept(self) -> float:
        """Its part of the area of the shape that it bounds, by Green's theorem."""
        return self.side * self.curve.swept(self.start, self.end)

    @property
    def is_closed(self) -> bool:
        return self.curve.period is not None and self.end - self.start >= self.curve.period * (1 - 1e-12)

    @property
    def middle(self) -> Vector:
        return self.at(0.5)

    @property
    def ends(self) -> tuple[Vector, ...]:
        """Its first and last point; none of a closed one."""
        return () if self.is_closed else (self.at(0.0), self.at(1.0))

    def at(self, fraction: float) -> Vector:
        """A point by its share of the parameter's range."""
        return self.curve.at(self.start + fraction * (self.end - self.start))

    def holds(self, point: Vector, slack: float) -> bool:
        """Whether a point lies on it, up to a distance."""
        if abs(self.curve.level(point)) > slack:
            return False
        place, room = self.curve.place(point), slack / self.curve.size
        if self.curve.period is not None:
            place = self.start + (place - self.start + room) % self.curve.period - room
        return self.start - room <= place <= self.end + room


def zeros(function: Callable[[float], float], start: float, end: float) -> list[float]:
    """Where a smooth function changes its sign, two close zeros included."""
    knots = [start + (end - start) * k / STEPS for k in range(STEPS + 1)]
    values = [function(s) for s in knots]
    for k in range(1, STEPS):
        sides = (values[k - 1], values[k + 1])
        if all(v * values[k] > 0 and abs(v) > abs(values[k]) * (1 + 1e-12) for v in sides):
            knots[k], values[k] = _nearest(function, knots[k - 1], knots[k + 1], math.copysign(1.0, values[k]))
    marks = sorted(zip(knots, values, strict=True))
    return [_zero(function, a, b, u) for (a, u), (b, v) in pairwise(marks) if u == 0 or u * v < 0]


def _nearest(function: Callable[[float], float], low: float, high: float, sign: float) -> tuple[float, float]:
    """The least of sign·function between two places, by thirds."""
    for _ in range(THIRDS):
        a, b = low + (high - low) / 3, high - (high - low) / 3
        low, high = (low, b) if sign * function(a) < sign * function(b) else (a, high)
    return low, function(low)


def _zero(function: Callable[[float], float], low: float, high: float, value: float) -> float:
    if value == 0:
        return low
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        low, high = (middle, high) if function(middle) * value > 0 else (low, middle)
    return low


def bounds(arcs: Sequence[Arc]) -> tuple[tuple[float, float], tuple[float, float]]:
    """The smallest interval of x, and that of y, around all arcs."""
    quarters = [k * math.pi / 2 for k in range(-4, 13)]
    points = [p for arc in arcs for p in (arc.at(0.0), arc.at(1.0))]
    points += [
        arc.curve.at(q) for arc in arcs if arc.curve.period is not None for q in quarters if arc.start < q < arc.end
    ]
    (xs, ys) = zip(*points, strict=True)
    return (min(xs), max(xs)), (min(ys), max(ys))
