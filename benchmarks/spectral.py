"""Reference solutions on a ring, -1 ≤ x < 1, by Fourier series and ETDRK4.

The method is that of Cox & Matthews (2002) in the form of Kassam & Trefethen (2005): the stiff linear part is exact,
and contour integrals of 64 nodes give the coefficients of the rest.
"""

from collections.abc import Callable

import numpy as np

Values = np.ndarray
"""Solutions by time (rows) at the nodes of the ring (columns)."""

ROWS = 51
"""Times from 0 to 1 at which a solution is kept."""


def kdv(nodes: int, steps: int) -> Values:
    """u_t + u u_x + 0.022² u_xxx = 0, u(x, 0) = cos(πx)."""
    waves = _waves(nodes)
    waves[-1] = 0  # odd derivatives of the highest wave vanish at the nodes
    kept = waves < np.pi * nodes / 3
    square = lambda modes: np.fft.rfft(np.fft.irfft(modes * kept) ** 2) * kept
    start = np.fft.rfft(np.cos(np.pi * _places(nodes)))
    return _advanced(start, 0.022**2 * 1j * waves**3, lambda modes: -0.5j * waves * square(modes), steps)


def allen_cahn(nodes: int, steps: int) -> Values:
    """u_t = 1e-4 u_xx + 5u - 5u³, u(x, 0) = x² cos(πx), whose slope jumps by 4 where the ends of the ring meet.

    The series of the start comes from 2²⁰ nodes, so that no wave is counted for another; the values at t = 0 are those
    of the formula, for of the kink itself the series has only what diffusion leaves soon after.
    """
    fine = 2**20
    x = _places(fine)
    start = np.fft.rfft(x**2 * np.cos(np.pi * x))[: nodes // 2 + 1] * (nodes / fine)
    cube = lambda modes: -5 * np.fft.rfft(np.fft.irfft(modes) ** 3)
    values = _advanced(start, 5 - 1e-4 * _waves(nodes) ** 2, cube, steps)
    values[0] = _places(nodes) ** 2 * np.cos(np.pi * _places(nodes))
    return values


def kuramoto_sivashinsky(nodes: int, steps: int) -> Values:
    """u_t + 6.25 u u_x + 0.390625 u_xx + 0.00152587890625 u_xxxx = 0, u = cos x (1 + sin x) at first, until t = 1/2.

    Its ring is 0 ≤ x < 2π: x = π(1 + s) and t = τ/2, where s and τ are those of the ring that is solved.
    """
    waves = _waves(nodes) / np.pi
    kept = waves < nodes / 3
    square = lambda modes: np.fft.rfft(np.fft.irfft(modes * kept) ** 2) * kept
    x = np.pi * (1 + _places(nodes))
    start = np.fft.rfft(np.cos(x) * (1 + np.sin(x)))
    linear = (100 / 16**2 * waves**2 - 100 / 16**4 * waves**4) / 2
    return _advanced(start, linear, lambda modes: -0.25j * 100 / 16 * waves * square(modes), steps)


def table(
    values: Values, columns: int, ring: tuple[float, float] = (-1.0, 1.0), until: float = 1.0
) -> dict[str, Values]:
    """The solution at every so many nodes of a ring and all times, as columns of a file."""
    values = values[:, :: values.shape[1] // columns]
    middle, half = (ring[0] + ring[1]) / 2, (ring[1] - ring[0]) / 2
    x, t = np.meshgrid(middle + half * _places(columns), np.linspace(0, until, len(values)))
    return {"x": x.ravel(), "t": t.ravel(), "u": values.ravel()}


def _places(nodes: int) -> np.ndarray:
    return -1 + 2 * np.arange(nodes) / nodes


def _waves(nodes: int) -> np.ndarray:
    return np.pi * np.arange(nodes // 2 + 1)


def _advanced(modes: np.ndarray, linear: np.ndarray, rest: Callable[[np.ndarray], np.ndarray], steps: int) -> Values:
    """v_t = linear v + rest(v) from 0 to 1, kept at `ROWS` times."""
    scaled = linear[:, None] / steps
    whole, half = np.exp(scaled[:, 0]), np.exp(scaled[:, 0] / 2)
    z = scaled + np.exp(2j * np.pi * (np.arange(64) + 0.5) / 64)
    mean = lambda values: values.mean(axis=1) / steps
    if not np.iscomplexobj(linear):
        mean = lambda values: values.mean(axis=1).real / steps
    middle = mean((np.exp(z / 2) - 1) / z)
    first = mean((-4 - z + np.exp(z) * (4 - 3 * z + z**2)) / z**3)
    second = mean((2 + z + np.exp(z) * (z - 2)) / z**3)
    last = mean((-4 - 3 * z - z**2 + np.exp(z) * (4 - z)) / z**3)
    kept = [np.fft.irfft(modes)]
    for step in range(1, steps + 1):
        here = rest(modes)
        a = half * modes + middle * here
        there = rest(a)
        b = half * modes + middle * there
        again = rest(b)
        end = rest(half * a + middle * (2 * again - here))
        modes = whole * modes + first * here + 2 * second * (there + again) + last * end
        if step % (steps // (ROWS - 1)) == 0:
            kept.append(np.fft.irfft(modes))
    return np.array(kept)
