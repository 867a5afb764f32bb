"""The benchmark of the derivative engine: every method is right, and one command gives complete tables and JSON."""

import dataclasses
import importlib
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import jax
import jax.numpy as jnp
import numpy as np
import pytest

pytest.importorskip("folx")

FOLDER = Path(__file__).parent.parent / "benchmarks"
METHODS = {"ours", "reverse_loop", "reverse_vmap", "forward", "jet", "folx"}


@pytest.fixture
def module(monkeypatch):
    """A function that imports a module of the benchmark, which lies outside the package."""
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module


# u = sin(x) exp(2y) z: ∂_x² = -1, ∂_y² = 4, ∂_z² = 0, and D^k along (a, b, 0) is z Im((ia + 2b)^k exp(ix + 2y))
POINT = np.array([0.3, -0.2, 0.7])
DIRECTION = np.array([0.6, 0.8, 0.0])


def wave(x):
    return jnp.sin(x[0]) * jnp.exp(2 * x[1]) * x[2]


def truth(cells: ModuleType, operator) -> float:
    along = complex(2 * DIRECTION[1], DIRECTION[0])
    exponential = math.exp(2 * POINT[1]) * complex(math.cos(POINT[0]), math.sin(POINT[0]))
    if isinstance(operator, cells.Laplacian):
        return 3**operator.power * (POINT[2] * exponential).imag
    return (POINT[2] * along**operator.order * exponential).imag


@pytest.mark.parametrize("name", sorted(METHODS - {"ours"}))
def test_a_baseline_by_hand(module, name):
    baselines, cells = module("baselines"), module("cells")
    applied = set()
    for label, operator in cells.OPERATORS.items():
        try:
            derivative = baselines.BASELINES[name].apply(operator, jnp.asarray(DIRECTION), wave)
        except baselines.Inapplicable:
            continue
        applied.add(label)
        assert float(jax.jit(derivative)(jnp.asarray(POINT))) == pytest.approx(truth(cells, operator), rel=1e-11), label
    assert applied >= {"laplacian", "biharmonic"}
    assert name in ("folx", "reverse_vmap") or applied == set(cells.OPERATORS)


@pytest.fixture
def engine(quick_flags):
    """A function that runs the benchmark in a process."""
    return lambda said, out: answered(said, out, quick_flags)


def answered(said, out, flags):
    done = subprocess.run(
        [sys.executable, str(FOLDER / "engine.py"), *said, "--out", str(out)],
        env=os.environ | {"PYTHONPATH": str(FOLDER.parent / "src"), "XLA_FLAGS": flags},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_one_command_gives_tables_and_json_and_all_methods_agree(engine, tmp_path):
    out = tmp_path / "b.json"
    said = ["--quick", "--operators", "laplacian", "--modes", "gradient", "rows"]
    said += ["--precisions", "float64", "--budget", "0.05", "--busy"]
    done = engine(said, out)
    found = json.loads(out.read_text())
    assert found["machine"]["threads"] == 1 and found["machine"]["versions"]["folx"]
    assert [(row["operator"], row["mode"]) for row in found["rows"]] == [
        ("laplacian", "gradient"),
        ("laplacian", "rows"),
    ]
    for row in found["rows"]:
        assert set(row["methods"]) == METHODS
        for result in row["methods"].values():
            assert result["difference"] <= 1e-8
            assert result["seconds"] > 0 and result["runs"] >= 5 and result["quartiles"][0] <= result["quartiles"][1]
            assert result["compile_seconds"] > 0 and result["memory"] > 0 and result["products"] > 0
        plan = row["plan"]
        assert plan["floor_seconds"] == pytest.approx(plan["flops"] / plan["product_rate"])
    lines = [line for line in done.stdout.splitlines() if line.startswith("|")]
    assert len(lines) == 3 * (2 + 2)
    assert all(line.count("×)") == 4 for line in lines[2:4])
    assert "All methods agree." in done.stdout and "Traceback" not in done.stderr


def test_others_run_in_a_process_of_their_own_without_our_settings(engine, module, tmp_path):
    out = tmp_path / "b.json"
    said = ["--quick", "--operators", "first", "--modes", "value", "--plain", "--budget", "0.05"]
    done = engine(said, out)
    (row,) = json.loads(out.read_text())["rows"]
    assert set(row["plain"]) == METHODS - {"ours"}
    for name, result in row["plain"].items():
        shared = row["methods"][name]
        assert result.get("skipped") == shared.get("skipped")
        if "seconds" in shared:
            assert result["seconds"] > 0
            assert [result[key] for key in ("runs", "products")] == [shared[key] for key in ("runs", "products")]
    assert "Median time in ms, the others in a process of their own" in done.stdout
    plain, runtime = module("plain"), importlib.import_module("pinn.runtime")
    assert plain.surroundings({"A": "/", "XLA_FLAGS": f"--b=c {runtime.SUMS}"}) == {"A": "/", "XLA_FLAGS": "--b=c"}


def test_values_agree_where_ours_go_block_by_block(module):
    cells, measure, programs = module("cells"), module("measure"), module("programs")
    instance = programs.Instance.of(cells.Cell("laplacian", cells.Laplacian(1), 2, 256, 1001, "float64"))
    assert len(instance.plan.args.batches[0].points) > 1
    made = {m: lambda m=m: programs.prepared(instance, m, "value", full=False) for m in ("ours", "forward", "folx")}
    for result in measure.compare(made, measure.Limits(60, 0)).values():
        assert result.skipped is None and result.difference < 1e-12 and len(result.times) == 5


def test_a_difference_is_found_in_any_array(module):
    difference = module("measure").difference
    one, two = np.array([1.0, -4.0]), np.array([[2.0, 1.0], [0.0, 8.0], [0.0, 0.0]])
    assert difference((one, two), (one, two[:2])) == 0
    assert difference((one, two + 1e-3), (one, two)) == pytest.approx(1e-3 / 8)
    assert difference((np.array(1.5), one), (np.array(1.0), one)) == pytest.approx(0.5)


def test_what_takes_too_long_is_skipped_with_the_reason(module):
    cells, measure, programs = module("cells"), module("measure"), module("programs")
    instance = programs.Instance.of(cells.Cell("third", cells.Directional(3), 2, 8, 16, "float32"))
    instance = dataclasses.replace(instance, plan="the derivative has too many terms")
    made = {m: lambda m=m: programs.prepared(instance, m, "value", full=False) for m in ("ours", "folx", "forward")}
    found = measure.compare(made, measure.Limits(0, 0))
    said = [found[name].as_json()["skipped"] for name in made]
    assert said == ["the derivative has too many terms", "no such operator", "> 0 s"]


def test_the_plan_counts_the_products_of_every_layer(module):
    cells, programs = module("cells"), module("programs")
    cell = cells.Cell("laplacian", cells.Laplacian(1), 3, 16, 100, "float64")
    assert programs.Plan.of(cell).coefficients == 5
    assert programs.flops(cell, 5, "value") == 2 * 100 * (3 * 16 + 5 * 16 * 16 + 16)
    assert programs.flops(cell, 5, "gradient") == 2 * 100 * (2 * 3 * 16 + 3 * (5 * 16 * 16 + 16))


def test_tables_name_what_disagrees_and_what_is_ahead(module):
    report = module("report")
    key = {"operator": "first", "dim": 2, "width": 16, "points": 64, "precision": "float64", "mode": "value"}
    times = {"ours": 2.0, "reverse_loop": 5.0, "reverse_vmap": 3.0, "forward": 2.05, "jet": 1.0}
    methods: dict[str, dict] = {m: {"seconds": t, "difference": 0.0} for m, t in times.items()}
    row = {**key, "tolerance": 1e-8, "methods": methods | {"folx": {"skipped": "no such operator"}}}
    assert report.others(row) == ["3000 (1.50×)", "2050 (1.02×)", "1000 (0.50×)", "—"]
    assert report.behind([row]) == ["jet is ahead by 100%: first 2 16 64 float64 value"]
    assert report.disagreements([row]) == []
    for wrong in (2e-8, float("nan")):
        methods["forward"]["difference"] = wrong
        (said,) = report.disagreements([row])
        assert said.startswith("forward differs by")


def test_time_is_split_into_the_floor_and_a_parabola(module):
    orders = module("orders")
    rows = [
        {
            "methods": {"ours": {"seconds": 2e-3 * (k + 1) + 1e-3 + 5e-4 * k + 3e-4 * k**2, "products": k}},
            "plan": {"floor_seconds": 2e-3 * (k + 1)},
        }
        for k in range(1, 11)
    ]
    found = orders.fitted(rows)
    assert found["matrix_per_order"] == pytest.approx(2e-3)
    assert found["rest"] == pytest.approx({"quadratic": 3e-4, "linear": 5e-4, "constant": 1e-3})
    assert found["relative_misfit"] < 1e-12
