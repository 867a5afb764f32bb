"""A domain of points by the command line: files that a run keeps, what is said of held-out points, runs that move."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from commands import Pinn

DISK = """\
unknowns: [u]
domain: {kind: points, file: mesh/inside.csv, coordinates: [x, y], boundary: {rim: mesh/rim.npz}, measure: pi}
terms:
  - {equation: laplacian(u) = 4}
  - {equation: "d(u, n) = 2", on: rim}
  - {equation: u = 1, on: rim}
exact: {u: x^2 + y^2}
report: {volume: integral(u)}
network: {hidden: [8]}
optimizer: {kind: bfgs, max_steps: 250}
"""


@pytest.fixture(scope="module")
def run(shared: Pinn) -> Path:
    """A trained run on a disk, whose files are gone."""
    mesh, turns = shared.folder / "mesh", 2 * np.pi * 0.381966 * np.arange(300)
    mesh.mkdir()
    radii = np.sqrt((np.arange(300) + 0.5) / 300)
    inside = np.c_[radii * np.cos(turns), radii * np.sin(turns)]
    np.savetxt(mesh / "inside.csv", inside, delimiter=",", header="x,y", comments="")
    angles = 2 * np.pi * np.arange(40) / 40
    x, y = np.cos(angles), np.sin(angles)
    np.savez(mesh / "rim.npz", x=x, y=y, n_x=x, n_y=y, weight=np.full(40, 2 * np.pi / 40))
    found = shared.path(shared.inside("train", shared.write(DISK), "--name", "disk"))
    shutil.rmtree(mesh)
    return found


def test_the_run_keeps_its_points_and_can_be_moved(shared: Pinn, run: Path) -> None:
    assert sorted(path.name for path in (run / "inputs").iterdir()) == ["inside.csv", "rim.npz"]
    elsewhere = shared.folder / "elsewhere"
    shutil.copytree(run, elsewhere)
    answer = shared.inside("eval", elsewhere)
    found = {(row[0], row[1]): float(row[2]) for row in map(str.split, answer.out.splitlines()[1:])}
    assert found["u", "relative_l2"] < 1e-3
    assert found["volume", "value"] == pytest.approx(np.pi / 2, rel=1e-2)
    assert "measured on 68 points that were held out" in answer.err


def test_values_beyond_the_points_are_doubted(shared: Pinn, run: Path) -> None:
    assert "1 of 2 points lie outside of x = -" in shared.inside("eval", run, "--at", "x=0,3; y=0").err
