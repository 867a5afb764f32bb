"""`pinn train --from`: runs that begin with the trained numbers of another run."""

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from commands import Pinn, changed, rows, status

from pinn import config
from pinn.errors import RequestError
from pinn.fields import Earlier
from pinn.recording import Warm, read_solution
from pinn.runs import Run

FITTED = """\
unknowns: [u]
parameters: {k: 1, c: {kind: fitted, initial: 0.5, positive: true}}
domain: {kind: box, bounds: {x: [0, 1]}}
terms:
  - {equation: u_xx = -k*pi^2*sin(pi*x), name: pde}
  - {equation: u = 0, on: boundary, hard: true}
  - {equation: c*u = 2, on: x=0.5, name: middle}
sampling: {kind: gauss, points: 16}
network: {kind: mlp, hidden: [6]}
optimizer: {kind: bfgs, max_steps: 30}
training: {log_every: 5, checkpoint_every: 10, validation: 16}
"""
"""A network and a parameter, trained until the loss still falls."""

DECAY = """\
unknowns: [u]
domain: {kind: box, bounds: {t: [0, 2]}, time: t}
terms:
  - equation: u_t = -u
  - {equation: u = 1, on: t=0, hard: true}
sampling: {kind: gauss, points: 16}
network: {kind: mlp, hidden: [6]}
optimizer: {kind: bfgs, max_steps: 30}
training: {slabs: 2, validation: 0}
"""


@pytest.fixture(scope="module")
def first(shared: Pinn) -> Pinn:
    """A folder with a finished run, called `first`."""
    shared.inside("train", shared.write(FITTED), "--name", "first", "-q")
    return shared


@pytest.fixture(scope="module")
def marched(shared: Pinn) -> Pinn:
    """A folder with a finished run of two slabs of time, called `marched`."""
    shared.inside("train", shared.write(DECAY, "decay.yaml"), "--name", "marched", "-q")
    return shared


def loss(run: Path) -> float:
    return json.loads((run / "result.json").read_text())["loss"]


def test_a_warm_start_begins_at_the_loss_where_the_other_ended(first: Pinn) -> None:
    old = first.folder / "runs" / "first"
    before = {path: path.read_bytes() for path in old.rglob("*") if path.is_file()}
    answer = first.inside("train", "config.yaml", "--from", "first", "-o", "optimizer.max_steps=0")
    assert f"{answer.out.strip()} begins with the trained numbers of runs/first" in answer.err
    assert loss(first.path(answer)) == loss(old) > 1e-9
    assert {path: path.read_bytes() for path in old.rglob("*") if path.is_file()} == before
    solution = old / "solution.safetensors"
    source = {"path": str(solution.resolve()), "sha256": hashlib.sha256(solution.read_bytes()).hexdigest()}
    assert first.inside("show", answer.out.strip(), "--json").json["from"] == source
    assert str(solution.resolve()) in first.inside("show", answer.out.strip()).out
    assert "from" not in first.inside("show", "first", "--json").json


def test_a_fitted_parameter_keeps_its_value_whatever_bounds_it_has(first: Pinn) -> None:
    bounded = "parameters.c={kind: fitted, initial: 3, bounds: [0, 10]}"
    answer = first.inside("train", "config.yaml", "--from", "first", "-q", "-o", bounded, "-o", "optimizer.max_steps=0")
    assert loss(first.path(answer)) == pytest.approx(loss(first.folder / "runs" / "first"), rel=1e-10)


def test_a_run_cut_off_before_its_first_checkpoint_begins_again_without_the_other(first: Pinn, pinn: Pinn) -> None:
    shutil.copytree(first.folder / "runs" / "first", pinn.folder / "runs" / "old")
    options = ("-q", "-o", "parameters.k=1.2", "-o", "training.max_seconds=1000")
    pinn.inside("train", pinn.write(FITTED), "--name", "it", "--from", "old", *options)
    run = pinn.folder / "runs" / "it"
    solution, metrics = (run / "solution.safetensors").read_bytes(), [row["loss"] for row in rows(run)]
    shutil.rmtree(pinn.folder / "runs" / "old")
    shutil.rmtree(run / "checkpoints")
    (run / "solution.safetensors").unlink()
    answer = pinn.inside("resume", "it", "-o", "training.max_seconds=1000")
    assert "from the beginning" in answer.err
    assert status(run) == "finished"
    assert (run / "solution.safetensors").read_bytes() == solution
    assert [row["loss"] for row in rows(run)] == metrics
    (run / "start.safetensors").write_bytes(b"damaged")
    assert "start.safetensors" in pinn.inside("resume", "it", "-o", "training.max_seconds=1000", code=5).err


@pytest.mark.parametrize(
    ("change", "said", "remedy"),
    [
        (("hidden: [6]", "hidden: [7]"), "network.hidden is [6] there and [7] here", "take the network of that run"),
        (("hidden: [6]", "hidden: [6], activation: sin"), "network.activation is tanh there and sin here", "--from"),
        (("[u]", "[u, v]"), "its unknowns are u, here they are u, v", "the same names"),
        (("[u]", "{u: {positive: true}}"), "'u' is positive here only", "let 'positive' be the same"),
        (("[u]", "{u: {network: {hidden: [7]}}}"), "unknowns.u.network.hidden is [6] there and [7] here", "--from"),
        (("{x: [0, 1]}", "{x: [0, 1], y: [0, 1]}"), "its coordinates are x, here they are x, y", "the same names"),
        (("{x: [0, 1]}", "{x: [0, 1]}, periodic: [x]"), "periodic coordinates are none, here they are x", "periodic"),
        (("c: {kind: fitted, initial: 0.5, positive: true}", "c: 2"), "'c' is fitted there only", "'initial' says"),
        (("positive: true", "bounds: [0.4, 0.6]"), "and here it is kept from that", "between 0.4 and 0.6"),
    ],
    ids=["width", "activation", "unknowns", "positive", "own network", "coordinates", "periodic", "fixed", "bounds"],
)
def test_what_does_not_fit_is_refused_by_name(first: Pinn, change: tuple[str, str], said: str, remedy: str) -> None:
    text = changed(FITTED, change)
    if change[1] == "[u, v]":
        text = changed(text, ("terms:", "terms:\n  - {equation: v = 0}"))
    if "periodic: [" in change[1] or "positive" in said:
        text = changed(text, ("  - {equation: u = 0, on: boundary, hard: true}\n", ""))
    before = first.runs
    answer = first.inside("train", first.write(text, "other.yaml"), "--from", "first", "-q", code=2)
    assert "runs/first cannot begin this run" in answer.err
    assert said in answer.err
    assert remedy in answer.err
    assert first.runs == before


def test_networks_of_several_stages_are_no_beginning_and_precision_is_that_of_the_new_run(first: Pinn) -> None:
    run = Run(first.folder / "runs" / "first")
    solution = read_solution(run)
    single = config.parse(FITTED, "single.yaml", first.folder, ["precision=float32"])
    assert Warm.of(run, solution, single).first.dtype == "float32"
    with pytest.raises(RequestError, match="'multi_stage' has trained several networks"):
        Warm.of(run, replace(solution, earlier=Earlier((solution.model.network,), ())), solution.config)


def test_a_run_without_a_solution_is_no_beginning(first: Pinn, pinn: Pinn) -> None:
    shutil.copytree(first.folder / "runs" / "first", pinn.folder / "runs" / "young")
    (pinn.folder / "runs" / "young" / "solution.safetensors").unlink()
    config = pinn.write(FITTED)
    assert "runs/young has no solution yet" in pinn.inside("train", config, "--from", "young", code=2).err
    assert "there is no run 'old'" in pinn.inside("train", config, "--from", "old", code=2).err


def test_a_name_stands_for_one_beginning(first: Pinn) -> None:
    command = ("train", "config.yaml", "-q", "--name", "second", "-o", "optimizer.max_steps=1")
    first.inside(*command, "--from", "first")
    assert first.inside(*command, "--from", "first").out == "runs/second\n"
    assert "and this is without --from" in first.inside(*command, code=2).err
    assert "that of runs/second" in first.inside(*command, "--from", "second", code=2).err
    assert (
        "began with freshly drawn numbers"
        in first.inside("train", "config.yaml", "--name", "first", "--from", "second", code=2).err
    )


def test_each_slab_of_time_begins_with_its_own(marched: Pinn) -> None:
    answer = marched.inside("train", "decay.yaml", "--from", "marched", "-q", "--json", "-o", "optimizer.max_steps=0")
    result = json.loads((marched.folder / "runs" / "marched" / "result.json").read_text())
    assert answer.json["slabs"] == result["slabs"]
    for slabs, said in ((3, "are 3 slabs of time"), ("null", "is one network")):
        other = ("train", "decay.yaml", "--from", "marched", "-o", f"training.slabs={slabs}")
        assert f"it has 2 slabs of time, here there {said}" in marched.inside(*other, code=2).err


def test_runs_are_compared_by_columns(first: Pinn) -> None:
    """Keys of the result, of the config, and of neither; a fitted parameter as `eval` has it."""
    wanted = ("fitted.c", "parameters.k", "terms.term_2.hard", "optimizer.max_steps", "nothing.at.all")
    pieces = [piece for path in wanted for piece in ("--column", path)]
    (entry,) = (e for e in first.inside("ls", "--json", *pieces).json["runs"] if e["run"].endswith("/first"))
    assert entry["fitted.c"] == first.inside("eval", "first", "--json").json["parameters"]["c"]["value"]
    assert [entry[path] for path in wanted[1:]] == [1, True, 30, None]
    table = [line.split() for line in first.inside("ls", *pieces).out.splitlines()]
    assert table[0] == ["run", "status", "step", "loss", "validation", *wanted, "reason"]
    (row,) = (line for line in table if line[0] == "first")
    assert row[5:10] == [f"{entry['fitted.c']:.6g}", "1", "True", "30", "-"]


def test_a_guess_is_kept_for_resumption(pinn: Pinn) -> None:
    """A run that is stopped before its first checkpoint begins with the same numbers again."""
    text = FITTED.replace("optimizer", "guess: {u: 3*sin(pi*x)}\noptimizer")
    answer = pinn.inside("train", pinn.write(text), "--name", "whole")
    assert "begins with the guess" in answer.err
    cut = pinn.path(pinn.inside("train", pinn.write(text), "--name", "cut", "-q"))
    shutil.rmtree(cut / "checkpoints")
    Run(cut).write_status("interrupted")
    pinn.inside("resume", "cut")
    assert loss(cut) == loss(pinn.folder / "runs/whole")
    assert rows(cut)[0]["loss"] == rows(pinn.folder / "runs/whole")[0]["loss"]
    first = pinn.path(pinn.inside("train", pinn.write(text), "--name", "fresh", "-q", "-o", "guess.u=0"))
    assert rows(first)[0]["loss"] != rows(cut)[0]["loss"]
