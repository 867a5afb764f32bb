"""Splines on tensor grids, evaluated on jets: functions that are known by values on a grid.

They are products of B-splines (de Boor, A Practical Guide to Splines, 1978), cubic along coordinates with enough values
and linear along others. Between two grid lines a B-spline is a polynomial, whose derivatives are exact.
"""

from collections.abc import Sequence
from math import factorial
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from pinn.jets import Jet


@final
class Axis(eqx.Module):
    """The B-splines along one coordinate, of which `degree` + 1 are not zero on each piece."""

    breakpoints: Float[Array, " pieces+1"]
    polynomials: Float[Array, "pieces degree+1 degree+1"]
    """On each piece: power of the distance from its lower end, B-spline."""

    def at(self, x: Jet) -> tuple[Array, Jet]:
        """The piece that a coordinate lies on, and the B-splines there, shape `(degree + 1,)`.

        Beyond the ends the outermost polynomials go on.
        """
        piece = jnp.searchsorted(self.breakpoints[1:-1], x.value, side="right")
        distance, rows = x - self.breakpoints[piece], self.polynomials[piece]
        power, total = distance, distance.raised(1) * rows[1] + rows[0]
        for row in rows[2:]:
            power = power * distance
            total = total + power.raised(1) * row
        return piece, total


@final
class Spline(eqx.Module):
    """A function of as many coordinates as it has axes."""

    axes: tuple[Axis, ...]
    coefficients: Float[Array, "..."]

    def __call__(self, arguments: Sequence[Jet]) -> Jet:
        """The function, a scalar, of scalars."""
        pieces, bases = zip(*(axis.at(x) for axis, x in zip(self.axes, arguments, strict=True)), strict=True)
        near = jax.lax.dynamic_slice(self.coefficients, pieces, [basis.shape[0] for basis in bases])
        total = bases[-1].map_arrays(lambda array: jnp.tensordot(array, near, axes=(-1, -1)))
        for basis in reversed(bases[:-1]):
            total = (total * basis).sum_last()
        return total


def interpolating(
    axes: Sequence[Float[np.ndarray, " n"]],
    values: Float[np.ndarray, "..."],
    degrees: Sequence[int],
    periodic: Sequence[bool],
    dtype: str,
) -> Spline:
    """The spline through values on a tensor grid, whose axes rise; along a periodic one both ends have one value.

    Where it is cubic and not periodic, its third derivative is continuous at the second grid line and the last but one.
    """
    from scipy.interpolate import make_interp_spline

    found, coefficients = [], np.asarray(values, np.float64)
    for i, (axis, degree, closed) in enumerate(zip(axes, degrees, periodic, strict=True)):
        condition = "periodic" if closed and degree == 3 else None
        spline = make_interp_spline(axis, np.moveaxis(coefficients, i, 0), k=degree, bc_type=condition)
        coefficients = np.moveaxis(spline.c, 0, i)
        found.append(_axis(spline.t, len(spline.c), degree, dtype))
    return Spline(tuple(found), jnp.asarray(coefficients, dtype))


def _axis(knots: Float[np.ndarray, " knots"], count: int, degree: int, dtype: str) -> Axis:
    """The polynomials of `count` B-splines, piece by piece.

    As there are `degree` + 1 of them on each piece, one after the other, it is enough to know as many sums of every
    (`degree` + 1)-th.
    """
    from scipy.interpolate import BSpline

    together, ends = degree + 1, knots[degree : count + 1]
    sums = BSpline(knots, np.eye(together)[np.arange(count) % together], degree)
    taylor = np.stack([sums(ends[:-1], nu=power) / factorial(power) for power in range(together)], axis=1)
    own = (np.arange(len(ends) - 1)[:, None] + np.arange(together)) % together
    polynomials = np.take_along_axis(taylor, own[:, None, :], axis=2)
    return Axis(jnp.asarray(ends, dtype), jnp.asarray(polynomials, dtype))
