"""Runs with known functions, of which they keep what they need."""

import json
import shutil

import numpy as np
import pytest
from commands import POISSON, Pinn, changed, untimed

SECOND = """\
unknowns: [v]
domain: {kind: box, bounds: {x: [0, 1]}}
known: {u: {run: runs/first}, k: {file: data/grid.csv, columns: {conductivity: k}}}
define: {f: "-d(k*u_x, x)"}
terms:
  - {equation: "-d(k*v_x, x) = f"}
  - {equation: v = u, on: boundary, hard: true}
exact: {v: u}
sampling: {kind: gauss, points: 16}
network: {kind: mlp, hidden: [6]}
optimizer: {kind: bfgs, max_steps: 40}
training: {log_every: 5, checkpoint_every: 10, validation: 0}
"""


@pytest.fixture(scope="module")
def folder(shared: Pinn) -> Pinn:
    """A folder with a finished run, called `first`, a file, and a run that knows both, called `whole`."""
    shared.inside("train", shared.write(POISSON, "first.yaml"), "--name", "first", "-q")
    x = np.linspace(0, 1, 11)
    (shared.folder / "data").mkdir()
    table = np.stack([x, 1 + x**2], axis=1)
    np.savetxt(shared.folder / "data" / "grid.csv", table, delimiter=",", header="x,conductivity", comments="")
    shared.inside("train", shared.write(SECOND), "--name", "whole", "-q")
    return shared


def test_a_run_goes_on_without_the_run_and_the_file_that_it_knows(folder: Pinn) -> None:
    whole = folder.folder / "runs" / "whole"
    part = folder.path(folder.inside("train", "config.yaml", "--name", "part", "-q", "-o", "optimizer.max_steps=20"))
    assert sorted(path.name for path in (part / "inputs").iterdir()) == ["grid.csv", "solution.safetensors"]
    away = folder.folder / "elsewhere"
    away.mkdir()
    moved = shutil.move(part, away)
    for name in ("runs/first", "data"):
        shutil.move(folder.folder / name, away)
    try:
        folder.inside("resume", moved, "-q", "-o", "optimizer.max_steps=40")
        assert untimed(away / "part") == untimed(whole)
        asked = [word for text in ("k", "k_x", "v - u", "at(k*v_x, x=0)") for word in ("--expr", text)]
        (row,) = folder.inside("eval", moved, "--at", "x=0.5", *asked, "--json").json["values"]
        assert row == pytest.approx({"x": 0.5, "k": 1.25, "k_x": 1.0, "v - u": 0.0, "at(k*v_x, x=0)": np.pi}, abs=1e-2)
        solution = away / "part" / "inputs" / "solution.safetensors"
        solution.write_bytes(solution.read_bytes()[:-1] + b"x")
        refused = folder.inside("resume", moved, "-o", "optimizer.max_steps=50", code=5)
        assert "solution.safetensors is not the file that the run began with" in refused.err
    finally:
        shutil.move(away / "first", folder.folder / "runs")
        shutil.move(away / "data", folder.folder)


def test_a_name_holds_for_the_same_known_functions_only(folder: Pinn) -> None:
    assert "is finished" in folder.inside("train", "config.yaml", "--name", "whole").err
    refused = folder.inside("check", "config.yaml", "-o", "known.u={run: runs/whole, unknown: v}", code=2)
    assert "runs/whole cannot be used: it has known functions of its own" in refused.err
    assert "make a file of it by pinn eval RUN" in refused.err
    folder.inside("eval", "whole", "--grid", "x=0:1:21", "--out", "whole.npz")
    said = "known.u={file: whole.npz, columns: {v: u}}"
    refused = folder.inside("train", "config.yaml", "--name", "whole", "-o", said, code=2)
    assert "known.u.file is left out there and whole.npz here" in refused.err


def test_a_run_that_has_no_solution_yet_is_refused_with_what_to_do(pinn: Pinn) -> None:
    (pinn.folder / "runs" / "first").mkdir(parents=True)
    pinn.write(changed(SECOND, (", k: {file: data/grid.csv, columns: {conductivity: k}}", ""), ("*u_x", "*x")))
    refused = pinn.inside("check", "config.yaml", "--json", code=2)
    first = json.loads(refused.out)["diagnostics"][0]
    assert first["message"] == "runs/first has no solution yet"
    assert (first["line"], first["column"], first["hint"]) == (3, 18, "pinn resume runs/first")
