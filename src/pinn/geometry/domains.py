"""Where the unknowns live: coordinates, their roles, and the measure that integrals use.

Coordinates are flat; those of a vector x are called `x[0]`, `x[1]`, … and `vectors` has their places.
"""

import math
from collections.abc import Mapping
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
class Ball:
    """All points within `radius` of `center`."""

    coordinates: tuple[str, ...]
    center: tuple[float, ...]
    radius: float
    vectors: Mapping[str, range] = field(default_factory=dict)
    time: None = None
    periodic: frozenset[int] = frozenset()

    @property
    def spatial(self) -> tuple[int, ...]:
        return tuple(range(len(self.coordinates)))

    @property
    def scales(self) -> tuple[tuple[float, float], ...]:
        """Center and radius of each coordinate."""
        return tuple((c, self.radius) for c in self.center)

    @property
    def measure(self) -> str:
        return " ".join(f"d{name}" for name in axes(self.coordinates, self.vectors))

    @property
    def log_volume(self) -> float:
        """The logarithm of the volume, which itself may be too small for a float."""
        return log_volume(len(self.coordinates), self.radius)


Domain = Box | Gaussian | Ball


def log_volume(dimension: int, radius: float) -> float:
    """The logarithm of a ball's volume π^(d/2) R^d / Γ(d/2 + 1)."""
    half = 0.5 * dimension
    return half * math.log(math.pi) - math.lgamma(half + 1.0) + dimension * math.log(radius)


def reach(domain: Domain) -> float:
    """The share of each scale by which three coordinates at once may leave the middle without leaving the domain."""
    return 3**-0.5 if isinstance(domain, Ball) else 1.0
