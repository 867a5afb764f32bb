"""`pinn convergence`: a table of errors with observed orders, from runs that are kept."""

import math

import pytest
from commands import POISSON, Pinn

OVER = "optimizer.max_steps=2,8,32"


@pytest.fixture(scope="module")
def compared(shared: Pinn) -> dict[str, object]:
    """The rows of a comparison, as JSON."""
    answer = shared("convergence", shared.write(POISSON), "--over", OVER, "--json", "--samples", "500")
    assert answer.err.splitlines() == [f"optimizer.max_steps = {n}" for n in (2, 8, 32)]
    return answer.json


def test_the_order_is_that_of_the_errors(compared: dict[str, list[dict[str, dict[str, float]]]]) -> None:
    first, second, third = compared["rows"]
    assert first["errors"]["u"] > second["errors"]["u"] > third["errors"]["u"] > 0
    assert first["orders"]["u"] is None
    ratio = math.log(second["errors"]["u"] / third["errors"]["u"]) / math.log(4)
    assert third["orders"]["u"] == pytest.approx(ratio, rel=1e-12)
    assert [row["steps"] for row in compared["rows"]] == [2, 8, 32]


def test_the_errors_are_those_of_eval(compared: dict[str, list[dict[str, dict[str, float]]]], shared: Pinn) -> None:
    row = compared["rows"][-1]
    errors = shared.inside("eval", str(row["run"]), "--samples", "500", "--json").json["errors"]
    assert errors["u"]["relative_l2"] == row["errors"]["u"]


def test_finished_members_are_kept(compared: dict[str, list[dict[str, float]]], shared: Pinn) -> None:
    answer = shared.inside("convergence", "config.yaml", "--over", OVER, "--samples", "500", "-q")
    head, *rows = answer.out.splitlines()
    assert head.split() == ["optimizer.max_steps", "parameters", "steps", "loss", "u", "error", "order", "seconds"]
    assert [float(row.split()[-1]) for row in rows] == [round(r["seconds"], 1) for r in compared["rows"]]
    assert len(shared.runs) == 3


def test_without_a_known_solution_the_last_one_is_the_measure(shared: Pinn) -> None:
    shared.write(POISSON.replace("exact: {u: sin(pi*x)}\n", ""), "unknown.yaml")
    rows = shared.inside("convergence", "unknown.yaml", "--over", OVER, "--json", "--samples", "100").json["rows"]
    assert rows[0]["errors"]["u"] > rows[1]["errors"]["u"] > 0
    assert rows[2]["errors"] == {}


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ("points=4", "points=256,512,1024"),
        ("points", "points=256,512,1024"),
        ("points=4,x", "must be a whole number or a list"),
        ("ponts=4,5", "unknown key 'ponts'"),
    ],
)
def test_a_wrong_comparison_is_refused_before_anything_is_trained(pinn: Pinn, over: str, said: str) -> None:
    assert said in pinn.inside("convergence", pinn.write(POISSON), "--over", over, code=2).err
    assert pinn.runs == []


def test_a_name_that_nothing_speaks_of_is_no_comparison(pinn: Pinn) -> None:
    named = POISSON.replace("exact:", "parameters: {rate: 1}\nexact:").replace("-pi^2*sin", "-rate*pi^2*sin")
    config = pinn.write(named)
    answer = pinn.inside("convergence", config, "--over", "parameters.rat=1,2", "-q", code=2)
    assert "there is no 'rat' under parameters, but rate" in answer.err
    assert "did you mean 'rate'?" in answer.err
    assert "no 'q' under define" in pinn.inside("convergence", config, "--over", "define.q=1,2", code=2).err
    assert pinn.runs == []
    undeclared = pinn.write(named.replace("parameters: {rate: 1}\n", ""))
    few = ("-o", "optimizer.max_steps=1", "--json", "-q")
    rows = pinn.inside("convergence", undeclared, "--over", "parameters.rate=1,2", *few).json["rows"]
    assert rows[0]["loss"] < rows[1]["loss"]
