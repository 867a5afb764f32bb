"""Slabs of time by the command line: what a run says and stores, killed runs that go on, questions to a solution."""

import json
import shutil
from pathlib import Path

import pytest
from commands import Pinn, changed, cut_off, ended, rows, status, untimed, wait_for

DECAY = """\
unknowns: [u]
domain: {kind: box, bounds: {t: [0, 3]}, time: t}
terms:
  - equation: u_t = -u
  - {equation: u = 1, on: t=0, hard: true}
exact: {u: exp(-t), mass: 1 - exp(-3), end: exp(-3)}
report: {mass: integral(u), end: "at(u, t=3)"}
sampling: {kind: gauss, points: 16}
network: {kind: mlp, hidden: [6]}
optimizer: {kind: bfgs, max_steps: 120}
training: {slabs: 3, log_every: 1, checkpoint_every: 40, validation: 16, errors: true}
"""


@pytest.fixture(scope="module")
def whole(shared: Pinn) -> Path:
    """An undisturbed run; beside it, in `left`, what would be left if it had been killed in its second slab."""
    process = shared.start("train", shared.write(DECAY), "--name", "whole", "--threads", "1")
    run = shared.folder / "runs" / "whole"
    wait_for(lambda: sum(row["slab"] == 2 for row in rows(run)) > 10, process)
    cut_off(process, run, shared.folder / "left")
    assert ended(process).code == 0
    return run


def test_a_run_says_which_slab_it_trains_and_what_each_came_to(shared: Pinn, whole: Path) -> None:
    result = json.loads((whole / "result.json").read_text())
    assert [stage["slab"] for stage in result["stages"]] == [1, 2, 3]
    assert len(result["slabs"]) == 3 and all(0 <= loss < 1e-6 for loss in result["slabs"])
    assert result["slabs"][-1] == result["loss"]
    found = rows(whole)
    assert [row["step"] for row in found] == list(range(1, result["steps"] + 1))
    assert {row["slab"] for row in found} == {1, 2, 3}
    assert all(("report" in row) == (row["slab"] == 3) for row in found), "all of time is known in the last one"
    assert result["report"] == found[-1]["report"]
    assert result["report"]["mass"] == pytest.approx(0.9502129316, abs=1e-4)
    facts = shared.inside("check", "config.yaml", "--json").json
    assert "0, 1, 2, 3" in json.dumps(facts)


def test_a_solution_is_asked_at_any_time(shared: Pinn, whole: Path) -> None:
    report = shared.inside("eval", "whole", "--json").json
    last = rows(whole)[-1]["errors"]["u"]
    assert last["relative_l2"] == pytest.approx(report["errors"]["u"]["relative_l2"], rel=1e-9)
    assert all(0 < row["errors"]["u"]["relative_l2"] < 1 for row in rows(whole)[10:]), "until where its slab ends"
    assert report["errors"]["u"]["relative_l2"] < 1e-4
    assert report["report"]["mass"]["relative_error"] < 1e-4
    assert report["report"]["end"]["value"] == pytest.approx(0.0497870684, rel=1e-3)
    asked = (shared.inside("eval", "whole", "--at", at, "--json").json for at in ("t=1", "t=1.000000001", "t=2.5"))
    before, after, late = (page["values"][0]["u"] for page in asked)
    assert after == pytest.approx(before, abs=1e-8)
    assert late == pytest.approx(0.0820849986, rel=1e-4)


def test_a_killed_run_goes_on_in_its_slab_bit_for_bit(pinn: Pinn, whole: Path) -> None:
    run = pinn.folder / "runs" / "it"
    shutil.copytree(whole.parents[1] / "left", run)
    answer = pinn.inside("eval", "it", code=2)
    assert "the slabs of time are trained up to t=" in answer.err
    answer = pinn.inside("resume", "it", "-o", "training.slabs=2", code=2)
    assert "'training.slabs' cannot change on resumption" in answer.err
    assert "goes on at step" in pinn("resume", "it").err
    assert status(run) == "finished"
    assert (run / "solution.safetensors").read_bytes() == (whole / "solution.safetensors").read_bytes()
    assert untimed(run) == untimed(whole)


def test_slabs_without_time_are_a_mistake_with_a_place(pinn: Pinn) -> None:
    answer = pinn.inside("check", pinn.write(changed(DECAY, (", time: t", ""))), code=2)
    assert "slabs cut time, and this domain has none" in answer.err
    assert "11:12" in answer.err
    assert "say which coordinate is time" in answer.err
