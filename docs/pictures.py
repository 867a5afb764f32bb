"""Makes the pictures of the README from fresh runs of the shipped configs: `python docs/pictures.py`.

Needs the extras `plot` and `dev`, and a few minutes.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import pinn

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "pictures"


def train(problem: str, runs: Path) -> Path:
    """The run of a shipped problem."""
    said = ["train", str(ROOT / "configs" / f"{problem}.yaml"), "--runs", str(runs), "-q"]
    found = subprocess.run([sys.executable, "-m", "pinn", *said], check=True, capture_output=True, text=True)
    return Path(found.stdout.strip())


def field(axes: Axes, run: Path, text: str, title: str, bounds: tuple[float, float, float, float]) -> None:
    """A map of an expression over a rectangle (left, right, bottom, top)."""
    solution = pinn.load(run)
    first, second = solution.config.domain.coordinates
    x, y = np.meshgrid(np.linspace(*bounds[:2], 201), np.linspace(*bounds[2:], 201), indexing="ij")
    values = solution(text, **{first: x, second: y})[text]
    image = axes.imshow(values.T, origin="lower", extent=bounds, aspect="auto", cmap="RdBu_r")
    axes.set(xlabel=first, ylabel=second, title=title)
    plt.colorbar(image, ax=axes)


def losses(axes: Axes, run: Path) -> None:
    """Training and validation loss by step."""
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    steps = [row["step"] for row in rows]
    axes.semilogy(steps, [row["loss"] for row in rows], label="training points")
    axes.semilogy(steps, [row["validation"] for row in rows], "--", label="independent points")
    axes.set(xlabel="step", title="loss")
    axes.legend(frameon=False)


def poisson(run: Path) -> Figure:
    """Solution, error and loss of Poisson's equation with exact boundary values."""
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.4), layout="constrained")
    field(axes[0], run, "u", "u", (0, 1, 0, 1))
    field(axes[1], run, "u - exact.u", "u - exact solution", (0, 1, 0, 1))
    losses(axes[2], run)
    return figure


def burgers(run: Path) -> Figure:
    """Solution, some of its profiles and the loss of Burgers' equation whose viscosity is found from data."""
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.4), layout="constrained")
    field(axes[0], run, "u", "u", (-1, 1, 0, 1))
    x = np.linspace(-1, 1, 401)
    for t in (0.1, 0.4, 0.8):
        axes[1].plot(x, pinn.load(run)("u", x=x, t=t)["u"], label=f"t = {t}")
    axes[1].set(xlabel="x", title="profiles")
    axes[1].legend(frameon=False)
    losses(axes[2], run)
    return figure


def orders(found: dict[str, Any]) -> Figure:
    """Time of a derivative against its order: ours with its matrix products, and what others take."""
    figure, axes = plt.subplots(figsize=(6, 3.4), layout="constrained")
    order, own = found["orders"]["orders"], found["orders"]
    axes.semilogy(order, np.multiply(1e3, own["seconds"]), "o", color="C0", label="pinn")
    axes.semilogy(order, np.multiply(1e3, own["fit_seconds"]), color="C0", label="products + parabola")
    axes.semilogy(order, np.multiply(1e3, own["floor_seconds"]), ":", color="C0", label="products alone")
    for color, name in enumerate(("reverse", "forward", "jet"), start=1):
        times = [_milliseconds(row["methods"], name) for row in found["rows"]]
        axes.semilogy(order, times, "x--", color=f"C{color}", label=NAMES[name], linewidth=0.8)
    axes.set(xlabel="order of the derivative", ylabel="ms", title="value and gradient")
    axes.legend(frameon=False, fontsize="small")
    return figure


NAMES = {"reverse": "grad of grad", "forward": "jvp of jvp", "jet": "jax.experimental.jet"}


def _milliseconds(methods: dict[str, dict[str, Any]], name: str) -> float:
    """The fastest form of a method; NaN where it was skipped."""
    times = [said["seconds"] for key, said in methods.items() if key.startswith(name) and "seconds" in said]
    return 1e3 * min(times, default=np.nan)


def measured(folder: Path) -> dict[str, Any]:
    """The benchmark of orders, run afresh."""
    out = folder / "orders.json"
    subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "engine.py"), "--orders", "--out", str(out)],
        check=True,
        capture_output=True,
    )
    return json.loads(out.read_text(encoding="utf-8"))


PICTURES: dict[str, tuple[str, Callable[[Path], Figure]]] = {
    "poisson": ("poisson_hard", poisson),
    "burgers": ("burgers_inverse", burgers),
}
"""File name → shipped problem and what draws its run."""


def main() -> None:
    """Draw every picture."""
    mpl.use("Agg")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as runs:
        for name, (problem, draw) in PICTURES.items():
            draw(train(problem, Path(runs))).savefig(FOLDER / f"{name}.png", dpi=110)
        orders(measured(Path(runs))).savefig(FOLDER / "orders.png", dpi=110)


if __name__ == "__main__":
    main()
