"""What is measured: an operator applied to a network of two hidden layers, at so many points, in one of three modes."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

Mode = Literal["value", "gradient", "rows"]
"""Residuals at all points; mean squared residual with its gradient; residuals with their per-point Jacobian rows."""

Precision = Literal["float64", "float32"]

MODES: tuple[Mode, ...] = ("value", "gradient", "rows")
DIMS = (1, 2, 3, 10, 100)
WIDTHS = (32, 64, 128, 256)
POINTS = (1024, 16384)
PRECISIONS: tuple[Precision, ...] = ("float64", "float32")


@dataclass(frozen=True)
class Directional:
    """The derivative of some order along one direction that mixes all coordinates."""

    order: int

    @property
    def expression(self) -> str:
        return f"d(u, v, order={self.order})"


@dataclass(frozen=True)
class Laplacian:
    """Δ to some power: 2 is the biharmonic operator."""

    power: int

    @property
    def order(self) -> int:
        return 2 * self.power

    @property
    def expression(self) -> str:
        return "laplacian(" * self.power + "u" + ")" * self.power


Operator = Directional | Laplacian

OPERATORS: dict[str, Operator] = {
    "first": Directional(1),
    "laplacian": Laplacian(1),
    "third": Directional(3),
    "fourth": Directional(4),
    "biharmonic": Laplacian(2),
}


@dataclass(frozen=True)
class Cell:
    """One problem; each of its modes is a row of the table."""

    name: str
    operator: Operator
    dim: int
    width: int
    points: int
    precision: Precision

    @property
    def sizes(self) -> tuple[int, ...]:
        """Widths of the network's layers, from the inputs to the output."""
        return (self.dim, self.width, self.width, 1)

    @property
    def direction(self) -> list[float]:
        """The direction of directional derivatives, of length 1."""
        raw = [1.0 + i % 3 for i in range(self.dim)]
        length = sqrt(sum(c * c for c in raw))
        return [c / length for c in raw]

    def __str__(self) -> str:
        return f"{self.name}, d={self.dim}, width {self.width}, {self.points} points, {self.precision}"


def product(
    names: Sequence[str],
    dims: Sequence[int],
    widths: Sequence[int],
    points: Sequence[int],
    precisions: Sequence[Precision],
) -> list[Cell]:
    """All combinations, but for the biharmonic operator at d = 100: no method holds its 10⁴ mixed derivatives."""
    every = itertools.product(names, dims, widths, points, precisions)
    cells = (Cell(name, OPERATORS[name], dim, width, count, precision) for name, dim, width, count, precision in every)
    return [cell for cell in cells if cell.dim < 100 or cell.name != "biharmonic"]


def full() -> list[Cell]:
    """The whole product."""
    return product(list(OPERATORS), DIMS, WIDTHS, POINTS, PRECISIONS)


def standard() -> list[Cell]:
    """One axis at a time around width 64, 1024 points and float64: every dimension, then width, points, precision."""
    names = list(OPERATORS)
    cells = [
        *product(names, DIMS, (64,), (1024,), ("float64",)),
        *product(["laplacian"], (2, 10), WIDTHS, (1024,), ("float64",)),
        *product(["laplacian", "fourth", "biharmonic"], (2,), (64,), (16384,), ("float64",)),
        *product(["laplacian"], (10,), (64,), (16384,), ("float64",)),
        *product(names, (2,), (64,), (1024,), ("float32",)),
        *product(["laplacian"], (10, 100), (64,), (1024,), ("float32",)),
    ]
    return list(dict.fromkeys(cells))


def quick() -> list[Cell]:
    """A look at every operator, and at float32, that takes a minute or two."""
    small = ((2,), (16,), (64,))
    return [*product(list(OPERATORS), *small, ("float64",)), *product(["laplacian"], *small, ("float32",))]


def orders(width: int = 64) -> list[Cell]:
    """Directional derivatives of order 1 to 10 in the plane."""
    return [Cell(f"order {k}", Directional(k), 2, width, 1024, "float64") for k in range(1, 11)]
