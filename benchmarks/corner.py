"""A reference for -Δu = 1 on an L, u = 0 on its boundary, by functions that satisfy the equation.

u + |z|²/4 is harmonic, z = x + iy. With r the distance from the inner corner and θ the angle from its right edge,
r^(2k/3) sin(2kθ/3), polynomials, and z² log z at each corner, where the load meets two edges at right angles, fit its
boundary values (method of particular solutions; Fox, Henrici & Moler, SIAM J. Numer. Anal. 4, 1967). They converge
exponentially, and by the maximum principle what is missing on the boundary bounds the error inside.
"""

from dataclasses import dataclass

import numpy as np

CORNERS = np.array([-1 - 1j, -1j, 0, 1, 1 + 1j, -1 + 1j])
"""In the order of the edges; the third is the inner one."""
OUTWARDS = np.array([-1 - 1j, 1 - 1j, 1 - 1j, 1 - 1j, 1 + 1j, -1 + 1j]) / np.sqrt(2)
"""Directions in which branches of the logarithm are cut."""


@dataclass(frozen=True)
class Torsion:
    """A solution: the coefficients of its functions."""

    coefficients: np.ndarray
    order: int

    @classmethod
    def of(cls, order: int) -> "Torsion":
        """The solution by so many singular functions of the inner corner, and polynomials of this degree."""
        z = edges(200)
        return cls(np.linalg.lstsq(_functions(z, order), np.abs(z) ** 2 / 4, rcond=1e-15)[0], order)

    def __call__(self, z: np.ndarray) -> np.ndarray:
        """Values at places x + iy."""
        return _functions(z, self.order) @ self.coefficients - np.abs(z) ** 2 / 4

    @property
    def intensity(self) -> float:
        """The factor of r^(2/3) sin(2θ/3)."""
        return float(self.coefficients[0])

    @property
    def bound(self) -> float:
        """The largest value on the boundary, at places between those that were fitted."""
        return float(np.abs(self(edges(1777))).max())


def edges(number: int) -> np.ndarray:
    """Places on each edge, denser towards the corners."""
    share = (1 - np.cos(np.pi * (np.arange(number) + 0.5) / number)) / 2
    return np.concatenate([a + (b - a) * share for a, b in zip(CORNERS, np.roll(CORNERS, -1), strict=True)])


def _functions(z: np.ndarray, order: int) -> np.ndarray:
    """Harmonic functions (columns) at places (rows)."""
    angle = np.angle(-z / OUTWARDS[2]) + 3 * np.pi / 4
    singular = [np.abs(z) ** (2 * k / 3) * np.sin(2 * k * angle / 3) for k in range(1, order + 1)]
    powers = [((z + 0.3 - 0.3j) / 1.4) ** k for k in range(order + 1)]
    logs = [(z - at) ** 2 * (np.log((at - z) / out) + np.log(-out)) for at, out in zip(CORNERS, OUTWARDS, strict=True)]
    return np.stack([*singular, *(part for f in (*powers, *logs) for part in (f.real, f.imag))], axis=-1)
