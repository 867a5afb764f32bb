"""`pinn eval`: measures of a run, and values of anything anywhere."""

import csv
import json
import math
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from commands import Pinn
from commands import rows as metrics

from pinn.cli import grids
from pinn.errors import RequestError
from pinn.runs.files import write_json

PLANE = """\
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1], y: [0, 2]}}
define: {double: 2*u}
terms:
  - {equation: laplacian(u) = -pi^2*sin(pi*x), name: pde}
  - {equation: u = 0, on: [x=0, x=1], hard: true}
  - {minimise: 0.001*u^2, name: small}
exact: {u: sin(pi*x)}
sampling: {kind: sobol, points: 32}
network: {kind: mlp, hidden: [5]}
optimizer: {kind: bfgs, max_steps: 60}
training: {validation: 0, errors: true}
"""


AXES = {"x": range(1), "y": range(1, 2)}


@pytest.fixture(scope="module")
def trained(shared: Pinn) -> Pinn:
    """A folder with one finished run, called `first`."""
    said = shared.inside("train", shared.write(PLANE), "--name", "first").err
    assert re.search(r"^relative L2 error of u: \d\.\d\de-\d\d$", said, flags=re.MULTILINE)
    return shared


def values(pinn: Pinn, *options: str | Path) -> list[dict[str, float]]:
    page = pinn.inside("eval", "first", *options, "--json").json
    assert (set(page), page["status"]) == ({"run", "status", "warnings", "values"}, "finished")
    return page["values"]


def test_a_run_is_measured_on_fresh_points(trained: Pinn) -> None:
    answer = trained.inside("eval", "latest", "--json")
    page = answer.json
    assert page["run"] == "runs/first"
    assert page["steps"] == json.loads((trained.folder / "runs/first/status.json").read_text())["step"]
    assert (set(page["terms"]["pde"]), set(page["terms"]["small"])) == ({"rms"}, {"value"})
    assert page["loss"] == pytest.approx(page["terms"]["pde"]["rms"] ** 2 + page["terms"]["small"]["value"])
    errors = page["errors"]["u"]
    assert 0 < errors["relative_l2"] < 1
    assert {"relative_linf", "relative_h1"} < set(errors)
    assert page["points"] == 4 * 32  # both terms, on four times the points of training
    text = trained.inside("eval", "first")
    for piece in ("pde", "rms", "small", "value", "relative_l2"):
        assert piece in text.out
    assert trained.inside("eval", "first", "--json").json == page  # the same points every time
    assert trained.inside("eval", "first", "--samples", "500", "--json").json["points"] >= 500


def test_lines_of_metrics_have_the_errors_of_eval(trained: Pinn) -> None:
    found = [row["errors"]["u"] for row in metrics(trained.folder / "runs/first")]
    assert len(found) >= 2 and found[-1]["relative_l2"] < found[0]["relative_l2"]
    last = trained.inside("eval", "first", "--json").json["errors"]["u"]
    assert found[-1] == {name: pytest.approx(last[name], rel=1e-12) for name in ("relative_l2", "relative_linf")}
    assert json.loads((trained.folder / "runs/first/result.json").read_text())["errors"]["u"] == found[-1]


def test_errors_need_something_known(pinn: Pinn) -> None:
    config = pinn.write(PLANE.replace("exact: {u: sin(pi*x)}\n", ""))
    answer = pinn.inside("check", config, code=2)
    assert "config.yaml:11:27" in answer.err
    assert "nothing is known to measure errors against" in answer.err


def test_the_error_is_what_the_values_say(trained: Pinn) -> None:
    """The relative L2 error by a midpoint rule of our own."""
    rows = values(trained, "--grid", "x=0.0125:0.9875:40; y=0.025:1.975:40")
    found = np.array([row["u"] for row in rows])
    exact = np.sin(np.pi * np.array([row["x"] for row in rows]))
    error = np.linalg.norm(found - exact) / np.linalg.norm(exact)
    page = trained.inside("eval", "first", "--samples", "4000", "--json").json
    assert page["errors"]["u"]["relative_l2"] == pytest.approx(error, rel=0.1)


def test_values_at_points_are_zipped_and_single_ones_repeated(trained: Pinn) -> None:
    rows = values(trained, "--at", "x=-10,-5,1,2,3; y=1")
    assert [(row["x"], row["y"]) for row in rows] == [(-10, 1), (-5, 1), (1, 1), (2, 1), (3, 1)]
    assert all(math.isfinite(row["u"]) for row in rows)
    assert rows[2]["u"] == pytest.approx(0, abs=1e-12)  # the hard condition
    assert values(trained, "--at", "y=1;x=1") == rows[2:3]
    table = trained.inside("eval", "first", "--at", "x=0:1:3; y=0.5").out.splitlines()
    assert table[0].split() == ["x", "y", "u"]
    assert [line.split()[0] for line in table[1:]] == ["0", "0.5", "1"]


def test_numbers_of_the_whole_problem_need_no_points(trained: Pinn) -> None:
    """Integrals against a midpoint rule of our own, and inside of expressions at points."""
    rows = values(trained, "--grid", "x=0.0025:0.9975:200; y=0.01:1.99:100", "--expr", "u", "--expr", "u_x^2")
    mean, slope = (2 * float(np.mean([row[key] for row in rows])) for key in ("u", "u_x^2"))
    asked = ["integral(u)", "sqrt(integral(u_x^2))", "at(u, x=0.5, y=1)", "integral(d(u, n), over=x=1)"]
    (found,) = values(trained, *(piece for text in asked for piece in ("--expr", text)))
    assert found["integral(u)"] == pytest.approx(mean, rel=1e-4)
    assert found["sqrt(integral(u_x^2))"] == pytest.approx(math.sqrt(slope), rel=1e-4)
    (middle,) = values(trained, "--at", "x=0.5; y=1")
    assert found["at(u, x=0.5, y=1)"] == pytest.approx(middle["u"], rel=1e-14)
    edge = values(trained, "--grid", "x=1; y=0.01:1.99:100", "--expr", "u_x")
    assert found["integral(d(u, n), over=x=1)"] == pytest.approx(2 * np.mean([r["u_x"] for r in edge]), rel=1e-4)
    (scaled,) = values(trained, "--at", "x=0.5; y=1", "--expr", "u/integral(u)")
    assert scaled["u/integral(u)"] == pytest.approx(middle["u"] / found["integral(u)"], rel=1e-12)
    out = trained.inside("eval", "first", "--expr", "integral(u)", "--out", "number.npz").out
    assert out.strip() == "number.npz"
    with np.load(trained.folder / "number.npz") as archive:
        assert archive["integral(u)"] == [found["integral(u)"]]


def test_points_beyond_the_box_are_counted(trained: Pinn) -> None:
    said = "warning: 3 of 4 points lie outside of x = 0 to 1\n"
    assert said in trained.inside("eval", "first", "--at", "x=-1,1.00000000000001,2,1.1; y=2").err
    assert "outside" not in trained.inside("eval", "first", "--grid", "x=0:1:3; y=0,2").err


def test_points_in_holes_are_counted(pinn: Pinn) -> None:
    text = "unknowns: [u]\ndomain: {kind: annulus, center: [0, 0], inner: 0.5, outer: 1}\n"
    text += "terms: [{equation: laplacian(u) = 1}]\nnetwork: {hidden: [2]}\noptimizer: {kind: adam, max_steps: 1}\n"
    run = pinn.path(pinn.inside("train", pinn.write(text)))
    on_the_edges = "x=0.5,0,1,0.6; y=0,-1,0,0.8"
    assert "outside" not in pinn.inside("eval", run, "--at", on_the_edges).err
    assert (
        "warning: 7 of 15 points lie outside of the domain"
        in pinn.inside("eval", run, "--grid", "x=-1:1:5; y=0:1:3").err
    )
    said = pinn.inside("eval", run, "--grid", "x=-1.2:1.2:120; y=-1:1:100", "--out", pinn.folder / "table.csv").err
    assert "warning: 2000 of 12000 points lie outside of x = -1 to 1" in said
    (count,) = re.findall(r"about (\d+) of 12000 points lie outside of the domain", said)
    assert int(count) == pytest.approx((1 - math.pi * 0.75 / 4) * 10000, rel=0.1)


def test_what_speaks_against_a_run_is_said(pinn: Pinn) -> None:
    """Rows of a reference beyond the domain, data that are missed, and another solution of the same equation."""
    (pinn.folder / "table.csv").write_text("x,u\n" + "".join(f"{x},{x}\n" for x in (0.1, 0.4, 0.9, 2, 3)))
    head = "unknowns: [u]\ndomain: {kind: box, bounds: {x: [0, 1]}}\nnetwork: {hidden: [4]}\nsampling: {points: 40}\n"
    data = "terms: [{equation: u = 0}, {data: {file: table.csv, sigma: 0.01}, weight: 1e-9}]\nreference: table.csv\n"
    training = pinn.inside("train", pinn.write(head + data))
    assert "2 of 5 rows of data lie outside of x = 0 to 1" in training.err
    assert "2 of 5 rows of data" in pinn.inside("check", "--deep", "config.yaml").err
    said = pinn.inside("eval", pinn.path(training)).err
    assert "2 of 5 rows of the reference lie outside of x = 0 to 1" in said
    assert "the data of 'term_2' are missed by" in said
    two = "terms:\n  - equation: u_x = 0\n  - {equation: u^2 = 1, on: x=0}\nexact: {u: SIGN}\n"
    run = pinn.path(pinn.inside("train", pinn.write(head + two.replace("SIGN", "1"))))
    value = float(pinn.inside("eval", run, "--at", "x=0.5", "--json").json["values"][0]["u"])
    said = pinn.inside("eval", run).err
    assert ("u is another solution" in said) == (value < 0)
    run = pinn.path(pinn.inside("train", pinn.write(head + two.replace("SIGN", f"{-math.copysign(1, value):g}"))))
    assert "u is 200% off: what is known is wrong, or u is another solution" in pinn.inside("eval", run).err
    energy = "terms:\n  - minimise: u_x^2 - 9*u\n  - {equation: u = 0, on: boundary, hard: true}\nexact: {u: 1 + x}\n"
    short = "optimizer: {kind: natural_gradient, max_steps: 3}\n"
    run = pinn.path(pinn.inside("train", pinn.write(head + energy + short)))
    assert "another solution of the same equations" not in pinn.inside("eval", run).err
    (said,) = pinn.inside("eval", run, "--json").json["warnings"]
    assert "off what is known: this is no solution yet, or another one than was sought" in said


def test_what_training_had_against_a_solution_is_said_again(pinn: Pinn) -> None:
    """A shell loop sees it in the answer of `eval`, long after the messages of `train` are gone."""
    text = (
        "unknowns: [u]\ndomain: {kind: box, bounds: {x: [0, 1]}}\nnetwork: {hidden: [4]}\nsampling: {points: 40}\n"
        "terms:\n  - minimise: u_x^2 - 9*u\n  - {equation: u = 0, on: x=0, hard: true}\n"
        "  - {require: u <= 0.1, name: roof}\nexact: {u: 1}\nreport: {end: 'at(u, x=1)'}\n"
        "optimizer: {kind: lbfgs, max_steps: 40}\n"
    )
    run = pinn.path(pinn.inside("train", pinn.write(text.replace("report", "x-report"))))
    found = pinn.inside("eval", run, "--json").json["warnings"]
    assert any("not met: 'roof' adds" in word for word in found)
    assert "warning: not met: 'roof' adds" in pinn.inside("eval", run).err
    text = text.replace("exact: {u: 1}", "exact: {end: 100}")
    run = pinn.path(pinn.inside("train", pinn.write(text)))
    assert any(word.startswith("end is ") for word in pinn.inside("eval", run, "--json").json["warnings"])


def test_a_grid_is_the_product(trained: Pinn) -> None:
    rows = values(trained, "--grid", "x=0:1:3; y=0,2")
    assert [(row["x"], row["y"]) for row in rows] == [(0, 0), (0, 2), (0.5, 0), (0.5, 2), (1, 0), (1, 2)]


def test_any_expression_of_the_language_can_be_asked_for(trained: Pinn) -> None:
    step, options = 1e-4, ("--expr", "u", "--expr", "d(u, x, x)", "--expr", "double - exact.u", "--expr", "grad(u)")
    low, middle, high = values(trained, "--at", f"x=0.3,{0.3 + step},{0.3 + 2 * step}; y=0.7", *options)
    second = (low["u"] - 2 * middle["u"] + high["u"]) / step**2
    assert middle["d(u, x, x)"] == pytest.approx(second, rel=1e-4)
    assert middle["grad(u)[0]"] == pytest.approx((high["u"] - low["u"]) / (2 * step), rel=1e-6)
    assert middle["double - exact.u"] == pytest.approx(2 * middle["u"] - math.sin(math.pi * (0.3 + step)))
    wrong = trained.inside("eval", "first", "--at", "x=0; y=0", "--expr", "d(w, x)", code=2)
    assert "unknown name 'w'" in wrong.err
    assert "^" in wrong.err


def test_points_come_from_files_and_values_go_to_files(trained: Pinn) -> None:
    (trained.folder / "points.csv").write_text("name,y,x\n1,1,0.5\n2,2,0.25\n")
    expected = values(trained, "--at", "x=0.5,0.25; y=1,2")
    assert values(trained, "--points", "points.csv") == expected
    answer = trained.inside("eval", "first", "--points", "points.csv", "--out", "values.csv")
    assert answer.out == "values.csv\n"
    page = trained.inside("eval", "first", "--points", "points.csv", "--out", "values.csv", "--json").json
    assert (set(page), page["out"]) == ({"run", "status", "warnings", "out"}, "values.csv")
    with (trained.folder / "values.csv").open(newline="") as stream:
        assert [{key: float(value) for key, value in row.items()} for row in csv.DictReader(stream)] == expected
    trained.inside("eval", "first", "--points", "values.csv", "--out", "values.npz", "--expr", "u_x")
    with np.load(trained.folder / "values.npz") as archive:
        assert set(archive) == {"x", "y", "u_x"}
        np.testing.assert_array_equal(archive["x"], [0.5, 0.25])
    assert values(trained, "--points", "values.npz") == expected


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--at", "x=1; z=2; y=1"], "'z' is not a coordinate"),
        (["--at", "x=1; y=1", "--grid", "x=1; y=1"], "exclude each other"),
        (["--expr", "u"], "this differs from point to point: it changes with x, y"),
        (["--expr", "integral(u) = 1"], "there is an '=' where a value is needed"),
        (["--expr", "integral(u, over=x=5)"], "x=5"),
        (["--out", "values.csv"], "--out needs points"),
        (["--points", "config.yaml"], "config.yaml has no column 'x'"),
        (["--at", "x=1; y=1", "--out", "values.xls"], "neither .csv nor .npz"),
        (["--require", "relative_l3=1"], "did you mean 'relative_l2'?"),
    ],
)
def test_what_cannot_be_understood_is_a_wrong_request(trained: Pinn, options: list[str], said: str) -> None:
    answer = trained.inside("eval", "first", *options, code=2)
    assert said in answer.err
    assert answer.out == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x=1", "y is missing"),
        ("x=1,2; y=1,2,3", "x has 2, y has 3"),
        ("x=one; y=1", "'one' is neither a number nor a range"),
        ("x=0:1; y=1", "neither a number nor a range"),
        ("x=0:1:2:3; y=1", "neither a number nor a range"),
        ("x=0:1:0; y=1", "neither a number nor a range"),
        ("x=nan; y=1", "'nan'"),
        ("x=1; x=2; y=1", "x is given twice"),
        ("1,2", "not coordinate=values"),
        ("", "x, y is missing"),
    ],
)
def test_the_grammar_of_points_refuses(text: str, said: str) -> None:
    with pytest.raises(RequestError, match=re.escape(said)):
        grids.points(text, ["x", "y"], AXES)


def test_constants_stand_for_numbers() -> None:
    assert grids.points("x=pi/2; y=-2^3", ["x", "y"], AXES) == [[pytest.approx(1.5707963), -8.0]]
    assert grids.product("x=0:pi:3; y=1e-3", ["x", "y"], AXES)[2] == [pytest.approx(3.1415927), 1e-3]


def test_a_grid_has_a_limit() -> None:
    with pytest.raises(RequestError, match="100000000 points"):
        grids.product("x=0:1:10000; y=0:1:10000", ["x", "y"], AXES)


def test_requirements_decide_the_exit_code(trained: Pinn) -> None:
    met = trained.inside("eval", "first", "--json", "--require", "relative_l2=1", "--require", "loss=100")
    missed = trained.inside("eval", "first", "--json", "--require", "relative_l2=1e-30", code=3)
    assert met.json == missed.json
    assert "relative_l2 is " in missed.err


def test_a_file_that_cannot_be_written_is_a_failure_of_the_file_system(trained: Pinn) -> None:
    answer = trained.inside("eval", "first", "--at", "x=1; y=1", "--out", "nowhere/values.csv", code=5)
    assert "cannot write nowhere/values.csv: No such file or directory" in answer.err


@pytest.mark.parametrize("damage", ["flipped", "truncated", "gone"])
def test_a_damaged_solution_is_never_evaluated(trained: Pinn, damage: str) -> None:
    run = trained.folder / "copies" / damage
    shutil.copytree(trained.folder / "runs" / "first", run)
    solution = run / "solution.safetensors"
    data = bytearray(solution.read_bytes())
    if damage == "flipped":
        data[len(data) // 2] ^= 4
        solution.write_bytes(bytes(data))
    elif damage == "truncated":
        solution.write_bytes(bytes(data[:-8]))
    else:
        solution.unlink()
    answer = trained.inside("eval", damage, "--runs", "copies", code=2 if damage == "gone" else 5)
    assert answer.out == ""
    assert ("no solution" if damage == "gone" else "solution.safetensors is damaged") in answer.err


def test_values_never_look_better_than_their_run(pinn: Pinn) -> None:
    endless = (
        "unknowns: [u]\ndomain: {kind: box, bounds: {x: [0, 1]}}\nterms: [{minimise: u}]\nnetwork: {hidden: [4]}\n"
    )
    pinn.inside("train", pinn.write(endless), "--name", "endless", "-q", "-o", "training.validation=0", code=4)
    for places in (("--at", "x=0.5"), ("--grid", "x=0:1:3"), ("--expr", "integral(u)")):
        assert "warning: this run failed: " in pinn.inside("eval", "endless", *places).err
    page = pinn.inside("eval", "endless", "--at", "x=0.5", "--json").json
    assert page["status"] == "failed" and "without end" in page["warnings"][0]
    assert "without end" in pinn.inside("eval", "endless", "--json").json["warnings"][0]
    early = ("-o", "training.max_seconds=1e-3", "-q")
    pinn.inside("train", pinn.write(PLANE), "--name", "early", *early, code=3)
    said = pinn.inside("eval", "early", "--at", "x=0.5; y=1").err
    assert "warning: this run is unfinished (interrupted: training.max_seconds=0.001 have passed" in said
    assert pinn.inside("eval", "early", "--at", "x=0.5; y=1", "-q").err == ""


def test_values_come_with_what_training_had_against_them(trained: Pinn) -> None:
    run = trained.folder / "copies" / "doubted"
    shutil.copytree(trained.folder / "runs" / "first", run)
    result = json.loads((run / "result.json").read_text()) | {"warnings": ["too few points"]}
    write_json(run / "result.json", {key: value for key, value in result.items() if key != "sha256"})
    answer = trained.inside("eval", "doubted", "--runs", "copies", "--at", "x=0.5; y=1", "--out", "doubted.csv")
    assert (answer.out, answer.err) == ("doubted.csv\n", "warning: too few points\n")


def test_data_that_are_met_better_than_their_errors_allow_are_named(pinn: Pinn) -> None:
    (pinn.folder / "noisy.csv").write_text("x,u\n" + "".join(f"{k / 9},{(-1) ** (k // 3) * 0.1}\n" for k in range(10)))
    text = """\
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1]}}
terms:
  - {name: counts, data: {file: noisy.csv, sigma: 0.1}}
  - {equation: u_xx = 0, weight: 1e-6, points: 20}
network: {hidden: [16]}
optimizer: {kind: levenberg_marquardt, order: 1, max_steps: 60}
"""
    config = pinn.write(text)
    pinn.inside("train", config, "--name", "follows", "-q")
    pinn.inside("train", config, "--name", "smooths", "-q", "-o", "terms.counts.weight=1e-6")
    assert "the data of 'counts' are met to" in pinn.inside("eval", "follows").err
    assert "warning" not in pinn.inside("eval", "smooths").err


def test_data_of_several_columns_are_judged_by_each_value(pinn: Pinn) -> None:
    """The means of the columns add up; what is missing does not count."""
    rows = "".join(f"{k / 9},0.05,{'' if k % 2 else 0.05}\n" for k in range(10))
    (pinn.folder / "pairs.csv").write_text("x,u,v\n" + rows)
    config = pinn.write("""\
unknowns: [u, v]
domain: {kind: box, bounds: {x: [0, 1]}}
terms:
  - {name: pairs, data: {file: pairs.csv, sigma: 0.1, missing: skip}}
  - {equation: [u = 0, v = 0], weight: 1e9, points: 20}
network: {hidden: [4]}
optimizer: {kind: levenberg_marquardt, order: 1, max_steps: 30}
""")
    pinn.inside("train", config, "--name", "half", "-q")
    answer = pinn.inside("eval", "half")
    assert "pairs   rms    7.07" in answer.out
    assert "the data of 'pairs' are met to 0.5 of their standard errors" in answer.err
