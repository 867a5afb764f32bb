"""Where the unknowns live: coordinates, their roles, and the measure that integrals use."""

from dataclasses import dataclass


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
        return " ".join(f"d{name}" for name in self.coordinates)


@dataclass(frozen=True)
class Gaussian:
    """The whole space, measured by a normal density with independent coordinates."""

    coordinates: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
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
        return f"the normal density of {', '.join(self.coordinates)}"


Domain = Box | Gaussian
