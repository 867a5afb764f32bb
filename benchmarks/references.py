"""Writes the reference solutions and samples that the shipped configs name: `python benchmarks/references.py`.

Burgers' equation u_t + u u_x = ν u_xx, u(x, 0) = -sin(πx), u(±1, t) = 0, by the Cole–Hopf transformation:
u(x, t) = -∫ sin(π(x - η)) F(x - η) exp(-η²/4νt) dη / ∫ F(x - η) exp(-η²/4νt) dη, F(y) = exp(-cos(πy)/2πν).
The trapezoidal rule converges exponentially for these integrands; the error is estimated by halving the step. What is
periodic comes from `spectral`; there steps and nodes are halved in turn. Heat in a rod whose conductivity is even at
both ends is a sum of sines, by Galerkin's method, which converges exponentially too. `cavity` has the flow in a
cavity, `corner` the torsion of an L. What a slab with cold faces keeps of its heat is a sum of images, or of sines.
Motz's problem is a sum of r^(k + 1/2) cos((k + 1/2)φ), fitted to the conditions on the three edges away from there.
"""

from collections.abc import Callable
from pathlib import Path

import cavity
import corner
import numpy as np
import spectral
from scipy.integrate import solve_ivp
from scipy.special import erfc

NU = 0.01 / np.pi
FOLDER = Path(__file__).parent.parent / "configs" / "data"


def burgers(x: np.ndarray, t: np.ndarray, nodes: int = 4001) -> np.ndarray:
    """The solution at points (x, t), t > 0, with exponents shifted so that nothing overflows."""
    reach = np.sqrt(4 * NU * t) * 14.0
    eta = np.linspace(-1.0, 1.0, nodes)[None, :] * np.minimum(reach, 6.0)[:, None]
    y = x[:, None] - eta
    exponent = -np.cos(np.pi * y) / (2 * np.pi * NU) - eta**2 / (4 * NU * t[:, None])
    weight = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    return -(np.sin(np.pi * y) * weight).sum(axis=1) / weight.sum(axis=1)


def grid(columns: int = 101, rows: int = 51) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A regular grid of the strip with the solution on it."""
    x, t = (g.ravel() for g in np.meshgrid(np.linspace(-1, 1, columns), np.linspace(0, 1, rows)))
    u = -np.sin(np.pi * x)
    u[t > 0] = burgers(x[t > 0], t[t > 0])
    return x, t, u


def main() -> None:
    """Write the files and say how far each solution is from those with half the nodes or steps."""
    FOLDER.mkdir(exist_ok=True)
    _burgers()
    _predators()
    _rod()
    _quench()
    _motz()
    _cavity()
    _corner()
    _ring("kdv", spectral.kdv, 1024, 32000)
    _ring("allen_cahn", spectral.allen_cahn, 16384, 2000, even=True)
    _ring("kuramoto_sivashinsky", spectral.kuramoto_sivashinsky, 1024, 20000, ring=(0, 2 * np.pi), until=0.5)


def _ring(
    name: str,
    solved: Callable[[int, int], np.ndarray],
    nodes: int,
    steps: int,
    even: bool = False,
    ring: tuple[float, float] = (-1.0, 1.0),
    until: float = 1.0,
) -> None:
    """A solution on 128 columns; of an even one the half 0 ≤ x ≤ 1, whose image is kept by the ring."""
    sizes = (nodes, steps), (nodes // 2, steps), (nodes, steps // 2)
    found, *coarser = (spectral.table(solved(n, s), 128, ring, until) for n, s in sizes)
    fewer_nodes, fewer_steps = (np.linalg.norm(c["u"] - found["u"]) / np.linalg.norm(found["u"]) for c in coarser)
    kept, side = (found["x"] <= 0, -1) if even else (slice(None), 1)
    np.savez_compressed(FOLDER / f"{name}.npz", x=side * found["x"][kept], t=found["t"][kept], u=found["u"][kept])
    print(f"{name}: relative change on doubling the nodes {fewer_nodes:.1e}, the steps {fewer_steps:.1e}")


def _quench() -> None:
    """A slab that is at 1 to begin with, its faces at 0: by images, of which few matter; the sines agree later on."""
    x, root = (g.ravel() for g in np.meshgrid(np.linspace(0, 1, 81), np.linspace(0.02, 1, 50) * np.sqrt(0.2)))
    near = lambda k: (-1) ** k * (erfc((k + x) / (2 * root)) + erfc((k + 1 - x) / (2 * root)))
    images = 1 - sum(near(k) for k in range(12))
    odd = np.pi * np.arange(1, 1200, 2)[:, None]
    sines = (4 / odd * np.exp(-((odd * root) ** 2)) * np.sin(odd * x)).sum(axis=0)
    np.savez_compressed(FOLDER / "quench.npz", x=x, t=root**2, T=images)
    print(f"quench: images and sines differ by at most {np.abs(images - sines).max():.1e}")


def motz(x: np.ndarray, y: np.ndarray, count: int = 64) -> np.ndarray:
    """Laplace's equation with 500 on x = 1, 0 on y = 0 where x < 0, and no slope on the rest of the boundary."""
    powers = np.arange(count) + 0.5
    way = (np.polynomial.legendre.leggauss(4 * count)[0] + 1) / 2
    right, top, left = (np.ones_like(way), way), (2 * way - 1, np.ones_like(way)), (-np.ones_like(way), way)

    def waves(at: tuple[np.ndarray, np.ndarray], order: int = 0) -> np.ndarray:
        """Powers of z, scaled to be of size one on the domain, or their slopes."""
        z = (at[0] + 1j * at[1])[:, None]
        scaled = np.sqrt(2.0) ** -powers
        return scaled * (powers * z ** (powers - 1) if order else z**powers)

    rows = np.concatenate([waves(right).real, -waves(top, 1).imag, waves(left, 1).real])
    sides = np.concatenate([np.full(len(way), 500.0), np.zeros(2 * len(way))])
    return waves((x, y)).real @ np.linalg.lstsq(rows, sides, rcond=1e-15)[0]


def _motz() -> None:
    x, y = (g.ravel() for g in np.meshgrid((np.arange(60) + 0.5) / 30 - 1, (np.arange(30) + 0.5) / 30))
    found = motz(x, y)
    np.savez_compressed(FOLDER / "motz.npz", x=x, y=y, u=found)
    gap = np.linalg.norm(motz(x, y, 48) - found) / np.linalg.norm(found)
    print(f"motz: relative change from 48 to 64 functions {gap:.1e}")


def _predators() -> None:
    """Lotka and Volterra's equations from (5, 3) at 41 times, with noise of standard deviation 0.1."""
    times = np.linspace(0, 12, 41)
    rates = lambda _, z: (1.1 * z[0] - 0.4 * z[0] * z[1], 0.1 * z[0] * z[1] - 0.4 * z[1])
    found = solve_ivp(rates, (0, 12), (5, 3), "DOP853", times, rtol=1e-12, atol=1e-12)
    rows = np.c_[times, found.y.T + 0.1 * np.random.default_rng(0).standard_normal((41, 2))]
    np.savetxt(FOLDER / "predators.csv", rows, delimiter=",", header="t,prey,predators", comments="", fmt="%.6g")


def _burgers() -> None:
    x, t, u = grid()
    later = t > 0
    gap = np.linalg.norm(burgers(x[later], t[later], 2001) - u[later]) / np.linalg.norm(u)
    np.savez_compressed(FOLDER / "burgers.npz", x=x, t=t, u=u)
    half = x >= 0
    np.savez_compressed(FOLDER / "burgers_half.npz", x=x[half], t=t[half], u=u[half])
    draw = np.random.default_rng(0)
    x, t = draw.uniform(-1, 1, 500), draw.uniform(0.01, 1, 500)
    rows = np.stack([x, t, burgers(x, t)], axis=1)
    np.savetxt(FOLDER / "burgers_samples.csv", rows, delimiter=",", header="x,t,u", comments="", fmt="%.16g")
    print(f"burgers: relative change on doubling the nodes {gap:.1e}")


def rod(x: np.ndarray, t: np.ndarray, modes: int = 128) -> np.ndarray:
    """u_t = (k u_x)_x with u = sin(πx) at first and 0 at both ends, for k = 1 + cos(πx)/2 + 3 cos(3πx)/10."""
    waves = np.pi * np.arange(1, modes + 1)
    nodes = (np.arange(8 * modes) + 0.5) / (8 * modes)
    conductivity = 1 + 0.5 * np.cos(np.pi * nodes) + 0.3 * np.cos(3 * np.pi * nodes)
    slopes = waves * np.cos(np.outer(nodes, waves))
    rates, shapes = np.linalg.eigh(2 * slopes.T @ (conductivity[:, None] * slopes) / len(nodes))
    amplitudes = (np.exp(-np.outer(t, rates)) * shapes[0]) @ shapes.T
    return (np.sin(np.outer(x, waves)) * amplitudes).sum(axis=1)


def _rod() -> None:
    draw = np.random.default_rng(0)
    x, t = draw.uniform(0, 1, 300), draw.uniform(0, 0.2, 300)
    u = rod(x, t)
    rows = np.stack([x, t, u], axis=1)
    np.savetxt(FOLDER / "coefficient_samples.csv", rows, delimiter=",", header="x,t,u", comments="", fmt="%.16g")
    print(f"rod: relative change on doubling the modes {np.linalg.norm(rod(x, t, 64) - u) / np.linalg.norm(u):.1e}")


def _cavity() -> None:
    places = (np.arange(40) + 0.5) / 40
    found, coarser = (cavity.table(cavity.solved(order), places, places) for order in (48, 40))
    gap = max(np.linalg.norm(coarser[name] - found[name]) / np.linalg.norm(found[name]) for name in ("psi", "u", "v"))
    x, y, psi, u, v = found.values()
    np.savez_compressed(FOLDER / "cavity.npz", x=x, y=y, psi=psi, u=u, v=v)
    print(f"cavity: relative change from 40 to 48 functions of each coordinate {gap:.1e}")


def _corner() -> None:
    places = (np.arange(60) + 0.5) / 30 - 1
    x, y = (g.ravel() for g in np.meshgrid(places, places))
    x, y = (g[(x < 0) | (y > 0)] for g in (x, y))
    found = corner.Torsion.of(32)
    np.savez_compressed(FOLDER / "l_shape_corner.npz", x=x, y=y, u=found(x + 1j * y))
    print(f"l_shape_corner: error at most {found.bound:.1e}, intensity {found.intensity:.12f}")


if __name__ == "__main__":
    main()
