"""A reference for the flow in a cavity with a moving lid: the stream function, by Legendre–Galerkin.

Δ²ψ/Re = ψ_y Δψ_x - ψ_x Δψ_y on the unit square, u = ψ_y, v = -ψ_x, at rest on the walls, u = 16 x²(1 - x)² on the lid
y = 1. This lid slows down to its ends, so that the corners keep no singularity but Moffatt's, ψ ~ r^3.74, for which
polynomials converge fast. The functions are those of Shen (1994) for clamped edges; a polynomial is added that meets
the lid. Newton's method solves the whole; integrals are exact by a Gauss rule.
"""

import numpy as np
from numpy.polynomial import Polynomial, legendre

Table = dict[str, np.ndarray]

LID = Polynomial([0, 0, 16, -32, 16])
"""Speed of the lid by x."""
RISE = Polynomial([0, 0, -1, 1])
"""y²(y - 1): as a factor of the lid's speed, a stream function that meets it and is at rest on the other walls."""


def solved(order: int, reynolds: float = 100.0) -> np.ndarray:
    """The coefficients of products of `order` clamped functions of x and of y."""
    nodes, weights = legendre.leggauss(3 * (order + 4) // 2 + 4)
    nodes, weights = (nodes + 1) / 2, np.kron(weights, weights) / 4
    one = [_clamped(nodes, order, k) for k in range(3)]
    along, up, bent = (
        np.kron(one[1], one[0]),
        np.kron(one[0], one[1]),
        np.kron(one[2], one[0]) + np.kron(one[0], one[2]),
    )
    lid, rise = ([p.deriv(k)(nodes) for k in range(3)] for p in (LID, RISE))
    lifted = [np.kron(lid[1], rise[0]), np.kron(lid[0], rise[1]), np.kron(lid[2], rise[0]) + np.kron(lid[0], rise[2])]
    found = np.zeros(order**2)
    for _ in range(20):
        x, y, curl = (l + m @ found for l, m in zip(lifted, (along, up, bent), strict=True))
        scaled = weights * curl
        residual = bent.T @ scaled / reynolds + along.T @ (scaled * y) - up.T @ (scaled * x)
        carried = bent * (weights * y)[:, None] + up * scaled[:, None]
        jacobian = bent.T @ (weights[:, None] * bent) / reynolds + along.T @ carried
        carried = bent * (weights * x)[:, None] + along * scaled[:, None]
        step = np.linalg.solve(jacobian - up.T @ carried, residual)
        found -= step
        if np.linalg.norm(step) < 1e-12 * np.linalg.norm(found):
            return found.reshape(order, order)
    raise ArithmeticError("Newton's method does not converge")


def table(coefficients: np.ndarray, x: np.ndarray, y: np.ndarray) -> Table:
    """The stream function and the velocity on the product of two lists of places, as columns of a file."""
    across, upwards = ([_clamped(z, len(coefficients), k) for k in (0, 1)] for z in (x, y))
    on = lambda i, j: LID.deriv(i)(x)[:, None] * RISE.deriv(j)(y) + across[i] @ coefficients @ upwards[j].T
    columns = (*np.meshgrid(x, y, indexing="ij"), on(0, 0), on(0, 1), -on(1, 0))
    return {name: column.ravel() for name, column in zip(("x", "y", "psi", "u", "v"), columns, strict=True)}


def _clamped(x: np.ndarray, order: int, derivative: int) -> np.ndarray:
    """Functions on [0, 1] that vanish at the ends with their slopes (columns), or a derivative, at places x (rows)."""
    k = np.arange(order)
    mixed = np.zeros((order + 4, order))
    mixed[k, k], mixed[k + 2, k], mixed[k + 4, k] = 1, -2 * (2 * k + 5) / (2 * k + 7), (2 * k + 3) / (2 * k + 7)
    mixed /= np.sqrt(2 * (2 * k + 3) ** 2 * (2 * k + 5))
    for _ in range(derivative):
        mixed = 2 * legendre.legder(mixed)
    return legendre.legvander(2 * x - 1, len(mixed) - 1) @ mixed
