"""The benchmark of accuracy: references that converge, errors on fresh points, times read off a course."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pinn import config, shipped
from pinn.cli.requirements import requirements

FOLDER = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture
def module(monkeypatch):
    """A function that imports a module of the benchmark, which lies outside the package."""
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module


def test_solitons_on_a_ring_converge_in_nodes_and_steps(module):
    kdv, table = module("spectral").kdv, module("spectral").table
    fine, fewer_nodes, fewer_steps = (table(kdv(*said), 64)["u"] for said in ((256, 4000), (128, 4000), (256, 2000)))
    size = np.linalg.norm(fine)
    assert np.linalg.norm(fine - fewer_nodes) < 5e-3 * size
    assert np.linalg.norm(fine - fewer_steps) < 2e-7 * size


def reference(name: str, columns: int) -> tuple[np.ndarray, np.ndarray]:
    with np.load(shipped.folder() / "data" / f"{name}.npz") as file:
        x, t, u = (file[key].reshape(51, columns) for key in "xtu")
    assert np.all(np.diff(t[:, 0]) > 0)
    return x[0], u


def test_the_reference_of_kdv_keeps_what_the_equation_keeps():
    """The means of u and of u²."""
    x, u = reference("kdv", 128)
    assert np.abs(u.mean(axis=1)).max() < 1e-9 and np.ptp((u**2).mean(axis=1)) < 1e-6
    assert u[0] == pytest.approx(np.cos(np.pi * x), abs=1e-14)


def test_the_reference_of_allen_cahn_stays_between_its_two_states():
    """Where the start is above zero it ends near 1, where it is below near -1."""
    x, u = reference("allen_cahn", 65)
    assert sorted(x) == pytest.approx(np.linspace(0, 1, 65))
    assert np.abs(u).max() <= 1 and u[0] == pytest.approx(x**2 * np.cos(np.pi * x), abs=1e-14)
    assert u[-1, x == 1] == pytest.approx(-1, abs=1e-2) and abs(u[-1, x == 0]) < 0.1


def test_the_flow_in_a_cavity_meets_its_lid_and_converges(module):
    cavity, places = module("cavity"), np.linspace(0, 1, 9)
    fine, coarse = (cavity.table(cavity.solved(order), places, places) for order in (16, 12))
    u, v, psi = (fine[name].reshape(9, 9) for name in ("u", "v", "psi"))
    assert u[:, -1] == pytest.approx(16 * places**2 * (1 - places) ** 2, abs=1e-14)
    assert max(np.abs(e).max() for e in (u[[0, -1]], u[:, 0], v[[0, -1]], v[:, [0, -1]], psi[[0, -1]])) < 1e-14
    assert max(np.abs(fine[name] - coarse[name]).max() for name in ("psi", "u", "v")) < 1e-4
    assert 0 < -psi.min() < 0.084 and psi[5:, 6].sum() < psi[:4, 6].sum(), "the vortex is carried downstream"


def test_without_inertia_the_flow_in_a_cavity_has_a_plane_of_symmetry(module):
    cavity, places = module("cavity"), np.linspace(0, 1, 9)
    u = cavity.table(cavity.solved(10, 1e-9), places, places)["u"].reshape(9, 9)
    assert np.abs(u - u[::-1]).max() < 1e-9 < np.abs(u).max()


def test_the_shipped_flow_is_that_of_the_solver(module):
    cavity, places = module("cavity"), (np.arange(40) + 0.5) / 40
    ours = cavity.table(cavity.solved(16), places, places)
    with np.load(shipped.folder() / "data" / "cavity.npz") as file:
        assert max(np.abs(file[name] - ours[name]).max() for name in ("x", "y", "psi", "u", "v")) < 1e-4


def test_the_torsion_of_an_l_is_known_by_its_boundary(module):
    """The largest value on the boundary bounds the error; inside Δu = -1 by differences."""
    torsion = module("corner").Torsion.of(20)
    assert torsion.bound < 1e-7 and torsion.intensity == pytest.approx(0.4019310, abs=1e-7)
    step, z = 0.05, np.array([-0.5 - 0.5j, -0.3 + 0.4j, 0.6 + 0.5j])
    around = sum(torsion(z + step * d) for d in (1, -1, 1j, -1j)) - 4 * torsion(z)
    assert around / step**2 == pytest.approx(-1, abs=1e-2)
    with np.load(shipped.folder() / "data" / "l_shape_corner.npz") as file:
        assert len(file["u"]) == 2700 and np.abs(torsion(file["x"] + 1j * file["y"]) - file["u"]).max() < 1e-7


def run(flags: str, *words: str) -> subprocess.CompletedProcess[str]:
    around = os.environ | {"PYTHONPATH": str(FOLDER.parent / "src"), "XLA_FLAGS": flags}
    return subprocess.run(
        [sys.executable, *words], cwd=FOLDER, env=around, capture_output=True, text=True, timeout=200
    )  # fmt: skip


def test_one_command_trains_measures_and_tells(tmp_path, quick_flags):
    """The toy is constant along x to what its loss allows, and the first states are not."""
    out = tmp_path / "found.json"
    done = run(quick_flags, "accuracy.py", "spread", "--seeds", "0", "-o", "optimizer.max_steps=40", "--out", str(out))
    assert done.returncode == 0, done.stderr
    head, _, row = (line.split("|")[1:-1] for line in done.stdout.splitlines())
    cells = dict(zip((h.strip() for h in head), (c.strip() for c in row), strict=True))
    assert cells["problem"] == "spread" and cells["parameters"] == "81" and cells["steps"] == "40"
    (found,) = json.loads(out.read_text())["spread"]
    errors, seconds = ([state[key] for state in found["states"]] for key in ("error", "seconds"))
    assert errors[0] > 1e-3 > errors[-1] and sorted(seconds) == seconds
    assert float(cells["1e-03"]) == pytest.approx(seconds[int(np.argmax(np.array(errors) <= 1e-3))], rel=0.01)
    assert float(cells["process s"]) > float(cells["train s"]) > 0 and "seed 0" in done.stderr


def test_the_error_of_a_course_is_that_of_fresh_points(tmp_path, quick_flags):
    """With all its weights scaled to nothing the solution is zero, whose relative error is 1."""
    file = tmp_path / "line.yaml"
    file.write_text(
        "unknowns: [u]\ndomain: {kind: box, bounds: {x: [0, 1]}}\n"
        "terms: [{equation: u = 0}]\nexact: {u: 1 + x}\nnetwork: {kind: mlp, hidden: [4]}\n"
        "optimizer: {kind: levenberg_marquardt, max_steps: 30}\n"
    )
    done = run(quick_flags, "course.py", str(file))
    assert done.returncode == 0, done.stderr
    last = json.loads(done.stdout)["states"][-1]
    assert last["relative_l2"] == pytest.approx(1, abs=1e-6) and last["loss"] < 1e-12


def test_a_run_that_never_arrives_counts_as_endless(module):
    accuracy = module("accuracy")
    state = lambda step, seconds, error: {"step": step, "seconds": seconds, "processor": seconds / 2, "error": error}
    runs = [
        {"parameters": 7, "seconds": {"total": 9.0, "processor": 4.5}, "states": [state(1, s, 5e-2), state(9, 8.0, e)]}
        for s, e in ((1.0, 5e-4), (2.0, 5e-3), (3.0, 5e-3))
    ]
    row = accuracy.table({"heat_4d": runs}).splitlines()[-1]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[:9] == ["heat_4d", "7", "9", "8", "9", "5.0e-03", "5.0e-03", "8", "—"]
    assert "ENGD" in cells[-1] and "4.5" in accuracy.table({"heat_4d": runs}, "processor")


def test_every_shipped_config_has_a_problem_of_its_name(module):
    problems = module("accuracy").PROBLEMS
    assert set(shipped.names()) <= set(problems)
    assert {said.config or name for name, said in problems.items()} == set(shipped.names())


def test_what_a_problem_is_measured_by_is_known_of_its_config(module):
    for name, said in module("accuracy").PROBLEMS.items():
        if said.spread is None:
            requirements([f"{said.measure}=1"], config.load(shipped.find(said.config or name), said.overrides))


def test_a_course_measures_each_unknown_that_is_known_and_every_number(tmp_path, quick_flags):
    """With v = u the line u = 1 + x has the integral 3/2; nothing is known of w, and the parameter is 2."""
    file = tmp_path / "line.yaml"
    file.write_text(
        "unknowns: [u, v, w]\nparameters: {k: {kind: fitted, initial: 1}}\n"
        "domain: {kind: box, bounds: {x: [0, 1]}}\n"
        "terms: [{equation: [u = 1 + x, v = u, w = 0, k = 2]}]\nexact: {u: 1 + x, v: 2 + 2*x, k: 2, area: 1}\n"
        "report: {area: integral(u)}\nnetwork: {kind: mlp, hidden: [4]}\n"
        "optimizer: {kind: levenberg_marquardt, max_steps: 30}\n"
    )
    done = run(quick_flags, "course.py", str(file))
    assert done.returncode == 0, done.stderr
    last = json.loads(done.stdout)["states"][-1]
    assert last["u.relative_l2"] < 1e-4 and last["v.relative_l2"] == pytest.approx(0.5, abs=1e-4)
    assert last["relative_l2"] == last["v.relative_l2"] and "w.relative_l2" not in last
    assert last["k.relative_error"] < 1e-4 and last["area.relative_error"] == pytest.approx(0.5, abs=1e-4)
    assert last["relative_error"] == last["area.relative_error"]


def test_orders_are_compared_by_medians_and_what_is_not_reached_counts_as_endless(module):
    curves = module("curves")
    run = lambda *errors: curves.Course([0.5 * (i + 1) for i in range(len(errors))], errors)
    slow, quick = [run(1, 0.1), run(1, 1e-5), run(1, 0.3)], [run(1e-9, 1e-10), run(1, 1e-9, 3e-10), run(1, 1)]
    *_, row = curves.table({"ode": {1: slow, 4: quick}}).splitlines()
    assert [cell.strip() for cell in row.strip("|").split("|")] == [
        "ode", "1e-09", "never; 1e-01", "2 steps, 1 s; 3e-10"
    ]  # fmt: skip


def test_every_problem_on_which_orders_are_compared_is_a_config_with_a_known_solution(module):
    for case in module("curves").CASES.values():
        said = config.load(shipped.find(case.config), [*case.overrides])
        assert said.exact or said.reference
