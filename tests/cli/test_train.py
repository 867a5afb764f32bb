"""`pinn train`: streams, exit codes, names, shell loops, and numbers that break."""

import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest
from commands import CONFIGS, POISSON, Pinn, changed, rows, status

EXACT = changed(POISSON, ("max_steps: 40", "max_steps: 200"))


@pytest.fixture(scope="module")
def trained(shared: Pinn) -> Pinn:
    """A folder with one finished run, called `first`."""
    shared.inside("train", shared.write(EXACT), "--name", "first", "-q", "--threads", "1")
    return shared


def test_stdout_is_the_path_of_a_whole_run(pinn: Pinn) -> None:
    (pinn.folder / "here").mkdir()
    config = pinn.write(POISSON, "here/poisson.yaml")
    answer = pinn("train", config, "--threads", "1")
    run = pinn.path(answer)
    assert answer.out == f"{run.relative_to(pinn.folder)}\n"
    assert run.name.startswith("poisson-")
    assert "19 parameters, bfgs" in answer.err
    assert f"next: pinn eval {answer.out}" in answer.err
    assert (run / "config.yaml").read_text() == POISSON
    assert {path.name for path in run.iterdir() if not path.name.startswith(".")} == {
        "config.yaml", "resolved.yaml", "meta.json", "metrics.jsonl", "checkpoints",
        "solution.safetensors", "result.json", "status.json",
    }  # fmt: skip
    meta = json.loads((run / "meta.json").read_text())
    assert (meta["threads"], meta["seed"], meta["precision"]) == (1, 0, "float64")
    assert meta["argv"][1:] == ["train", "here/poisson.yaml", "--threads", "1"]
    assert {"jax", "python", "optimistix"} <= set(meta["versions"])
    row = rows(run)[0]
    assert {"stage", "step", "evaluations", "seconds", "loss", "terms", "gradient_norm", "validation"} <= set(row)
    assert (row["step"], set(row["terms"])) == (5, {"pde"})


MASS = """\
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1]}}
terms:
  - minimise: u_x^2
  - {equation: integral(u) = 1, name: mass}
  - {equation: u = 0, on: boundary, hard: true}
network: {hidden: [4]}
optimizer: {kind: bfgs, max_steps: 15}
"""


def test_an_equation_that_an_energy_leaves_unmet_is_named_at_the_end(pinn: Pinn) -> None:
    """The least of 12 m² + 100 (m - 1)² is at m = 100/112, where it stays before the first multiplier."""
    config = pinn.write(MASS, "mass.yaml")
    said = pinn.inside("train", config, "--runs", "two words", "--name", "light").err
    assert "; not met: 'mass' adds 1.1e-02 to an energy of 9.6e+00; see that everything can hold at once" in said
    assert "next: pinn eval 'two words/light'" in said
    said = pinn.inside("train", config, "-o", "optimizer.max_steps=1500").err
    assert "not met" not in said and "multiplier of mass = 24" in said


def test_a_source_between_the_points_is_told_before_the_first_step_and_kept(pinn: Pinn) -> None:
    config = pinn.write(
        changed(POISSON, ("-pi^2*sin(pi*x)", "exp(-((x - 0.47)/1e-4)^2)"), ("max_steps: 40", "max_steps: 2"))
    )
    answer = pinn("train", config, "--name", "peak")
    said = "warning: what 'pde' asks of zero has the mean square "
    assert said in answer.err and answer.err.index(said) < answer.err.index("finished")
    kept, unsolved = json.loads((pinn.folder / "runs/peak/result.json").read_text())["warnings"]
    assert "this is no solution yet" in unsolved, "two steps are few"
    assert f"warning: {kept}" in answer.err
    assert f"warning: {kept}" in pinn("eval", "peak").err


def test_json_is_one_object_with_all_that_matters(pinn: Pinn) -> None:
    result = pinn("train", pinn.write(POISSON), "--json", "-q").json
    assert result["status"] == "finished"
    assert "max_steps=40 was reached" in result["reason"]
    assert (result["steps"], result["evaluations"] >= 40) == (40, True)
    assert 0 < result["loss"] < 1
    seconds = result["seconds"]
    assert set(seconds) == {"import", "compile", "train", "total"}
    assert 0 < seconds["import"] < seconds["total"]
    assert seconds["train"] < seconds["total"]
    stored = json.loads((pinn.folder / result["run"] / "result.json").read_text())
    assert {key: stored[key] for key in result} == result


def test_quiet_says_nothing_but_the_answer(pinn: Pinn) -> None:
    answer = pinn("train", "-", "-q", stdin=POISSON)
    assert answer.err == ""
    assert answer.out.startswith("runs/stdin-")


def test_requirements_decide_the_exit_code_and_the_path_is_printed_all_the_same(trained: Pinn) -> None:
    again = ("train", "config.yaml", "--name", "first", "-q")
    met = trained.inside(*again, "--require", "relative_l2=1e-3", "--require", "u.relative_linf=1e-2")
    assert (met.out, met.err) == ("runs/first\n", "")
    missed = trained.inside(*again, "--require", "relative_l2=1e-30", code=3)
    assert missed.out == "runs/first\n"
    assert "relative_l2 is " in missed.err
    assert ", not at most 1e-30" in missed.err
    short = ("train", "config.yaml", "-q", "-o", "optimizer.max_steps=2")
    fresh = trained.inside(*short, "--require", "loss=1e-9", code=3)
    assert (trained.path(fresh) / "solution.safetensors").is_file()
    assert "loss is " in fresh.err
    assert "cannot be measured" in trained.inside("resume", "first", "--require", "v.relative_l2=1", code=2).err


def test_a_name_is_skipped_if_finished_and_refused_for_another_config(trained: Pinn) -> None:
    before = sorted(trained.folder.rglob("*"))
    again = trained.inside("train", "config.yaml", "--name", "first", "--json")
    assert again.json["steps"] == json.loads((trained.folder / "runs/first/result.json").read_text())["steps"]
    assert "is finished" in again.err
    changes = ("-o", "seed=1", "-o", "network.hidden=[7]")
    other = trained.inside("train", "config.yaml", "--name", "first", *changes, code=2)
    assert "runs/first was made from another config" in other.err
    assert "seed is 0 there and 1 here" in other.err
    assert "network.hidden.0 is 6 there and 7 here" in other.err
    assert "pinn resume" not in other.err
    many = [part for i in range(9) for part in ("-o", f"parameters.p{i}={i}")]
    assert "and 4 more" in trained.inside("train", "config.yaml", "--name", "first", *many, code=2).err
    limits = "-o training.max_seconds=60 -o optimizer.max_steps=80"
    longer = trained.inside("train", "config.yaml", "--name", "first", *limits.split(), code=2)
    for limit in limits.removeprefix("-o ").split(" -o "):
        assert f"-o {limit}" in longer.err.split("go on with it by pinn resume runs/first ")[1]
    balanced = trained.inside("train", "config.yaml", "--name", "first", "-o", "training.balance_every=5", code=2)
    assert "pinn resume" not in balanced.err, "for resume refuses it"
    assert longer.out == other.out == ""
    assert sorted(trained.folder.rglob("*")) == before


def test_a_shell_loop_makes_whole_runs_and_skips_them_the_second_time(pinn: Pinn) -> None:
    pinn.write(POISSON)
    command = f"printf '%s\\n' 0 1 | xargs -P2 -I{{}} {shlex.quote(sys.executable)} -m pinn train config.yaml -q"
    env = os.environ | {"PINN_CACHE_DIR": str(pinn.cache), "XLA_FLAGS": pinn.flags}

    def loop(options: str) -> list[str]:
        found = subprocess.run(
            ["bash", "-c", f"{command} {options}"], cwd=pinn.folder, env=env, capture_output=True, text=True, check=True
        )
        assert found.stderr == ""
        return sorted(found.stdout.splitlines())

    unnamed = loop("-o seed={}")
    assert len(set(unnamed)) == 2
    assert all(status(pinn.folder / path) == "finished" for path in unnamed)
    for path in pinn.runs:
        path.rename(path.with_name(f"run{json.loads((path / 'meta.json').read_text())['seed']}"))
    named = [f"runs/run{i}" for i in range(2)]
    solutions = [(path / "solution.safetensors").read_bytes() for path in pinn.runs]
    begun = time.monotonic()
    assert loop("-o seed={} --name run{}") == named
    assert time.monotonic() - begun < 60  # nothing is imported, nothing trained
    assert len(pinn.runs) == 2
    assert [(path / "solution.safetensors").read_bytes() for path in pinn.runs] == solutions
    assert len({(pinn.folder / path / "solution.safetensors").read_bytes() for path in named}) == 2


def test_the_default_of_threads_is_shared_with_running_solvers(pinn: Pinn) -> None:
    cores = len(os.sched_getaffinity(0))
    config = pinn.write(POISSON)
    cache = pinn.folder / "cache"
    (cache / "running").mkdir(parents=True)
    lives, gone = subprocess.Popen(["cat"], stdin=subprocess.PIPE), subprocess.Popen(["true"])
    gone.wait()
    for process in (lives, gone):
        (cache / "running" / str(process.pid)).touch()
    answer = pinn.inside("train", config, "-q", "-o", "optimizer.max_steps=1", env={"PINN_CACHE_DIR": str(cache)})
    lives.communicate()
    meta = json.loads((pinn.path(answer) / "meta.json").read_text())
    assert meta["threads"] == max(1, cores // 2)
    assert [path.name for path in (cache / "running").iterdir()] == [str(lives.pid)]


@pytest.mark.parametrize("folder", ["taken", "taken/below", "/proc/pinn"])
def test_a_runs_folder_that_cannot_be_written_is_a_failure_of_the_file_system(pinn: Pinn, folder: str) -> None:
    (pinn.folder / "taken").write_text("a file")
    answer = pinn.inside("train", pinn.write(POISSON), "--runs", folder, code=5)
    assert answer.err.startswith(f"error: cannot make a run in {folder}: ")
    assert answer.out == ""
    assert (pinn.folder / "taken").read_text() == "a file"
    assert ("it is a file\n  = --runs wants the folder" in answer.err) == (folder == "taken")
    assert "taken is a file" in pinn.inside("eval", "it", "--runs", "taken", code=2).err


def test_a_cache_that_cannot_be_written_costs_only_time(pinn: Pinn) -> None:
    (pinn.folder / "cache").write_text("a file")
    options = ("-q", "-o", "optimizer={kind: adam, max_steps: 2}")
    pinn("train", pinn.write(POISSON), *options, env={"PINN_CACHE_DIR": str(pinn.folder / "cache")})


def test_numbers_that_break_at_the_start_name_the_term(pinn: Pinn) -> None:
    text = changed(POISSON, ("exact:", "  - {equation: log(-exp(u))*u = 1, name: poles}\nexact:"))
    answer = pinn.inside("train", pinn.write(text), "--name", "it", code=4)
    assert answer.out == "runs/it\n"
    assert "not finite at step 0" in answer.err
    assert "not finite: poles" in answer.err
    assert "look for log, sqrt or division at 0, and exp of large numbers" in answer.err
    assert answer.err.count("not finite at step 0") == 1
    run = pinn.folder / "runs" / "it"
    assert status(run) == "failed"
    assert json.loads((run / "result.json").read_text())["loss"] is None
    again = pinn.inside("resume", "it", "--json", code=4)
    assert (again.json["status"], again.json["loss"], again.json["terms"]["poles"]) == ("failed", None, None)
    assert "not finite: poles" in again.err


def test_a_functional_without_a_minimum_is_a_failure_that_keeps_its_run(pinn: Pinn) -> None:
    text = """\
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1]}}
terms: [{minimise: u}]
network: {kind: mlp, hidden: [4]}
optimizer: {kind: bfgs, max_steps: 200}
training: {validation: 0}
"""
    answer = pinn.inside("train", pinn.write(text), code=4)
    assert "without end" in answer.err
    run = pinn.path(answer)
    assert (run / "solution.safetensors").is_file()
    assert f"the run is kept in {answer.out.strip()}" in answer.err


def test_time_ends_a_run_as_asked(pinn: Pinn) -> None:
    text = changed(
        POISSON, ("kind: bfgs, max_steps: 40", "kind: adam, max_steps: 100000000")
    )  # which never ends by itself
    config = pinn.write(text)
    none = pinn.inside("train", config, "--name", "it", "--json", "-o", "training.max_seconds=1e-3", code=3)
    assert (none.json["status"], none.json["steps"]) == ("interrupted", 0), "the start alone is no solution"
    assert "nothing was trained in that time" in none.json["reason"]
    limit = none.json["seconds"]["train"] + 4  # compilation takes a second, or two on a busy machine
    result = pinn.inside("resume", "it", "--json", "-o", f"training.max_seconds={limit}").json
    assert result["status"] == "finished" and result["steps"] > 0
    assert f"training.max_seconds={limit:g} have passed" in result["reason"]
    assert result["seconds"]["train"] < 60  # on a busy machine, where one compilation may take long
    assert result["validation"] is not None
    assert result["terms"]
    time, steps = result["seconds"]["train"] + 60, result["steps"] + 5  # which a quick machine takes long before
    limits = ("-o", f"training.max_seconds={time}", "-o", f"optimizer.max_steps={steps}")
    more = pinn.inside("resume", "it", "--json", *limits).json
    assert more["steps"] > result["steps"]
    assert more["seconds"]["train"] > result["seconds"]["train"]


def test_the_time_of_a_stage_ends_the_stage_only(pinn: Pinn) -> None:
    config = pinn.write(
        changed(POISSON, ("-pi^2*sin(pi*x)", "-400*pi^2*sin(20*pi*x)"), ("hidden: [6]", "hidden: [16, 16]"))
    )
    stages = "[{kind: lbfgs, max_steps: 100000000, atol: 0, max_seconds: 1}, {kind: bfgs, max_steps: 3}]"
    unwatched = ("-o", "training.validation=0")  # else overfitting may end the stage before its time does
    first, second = pinn.inside("train", config, "--json", "-o", f"optimizer={stages}", *unwatched).json["stages"]
    assert first == {"kind": "lbfgs", "reason": "max_seconds=1 of the stage have passed"}
    assert (second["kind"], "max_steps=3 was reached" in second["reason"]) == ("bfgs", True)


def test_data_travel_with_the_run(pinn: Pinn) -> None:
    (pinn.folder / "samples.csv").write_text("x,u\n0.25,1\n0.5,2\n0.75,1\n")
    text = changed(POISSON, ("exact:", "  - {data: samples.csv, name: seen}\nexact:"))
    answer = pinn.inside("train", pinn.write(text), "--name", "it", "-q", "-o", "optimizer.max_steps=5")
    run = pinn.path(answer)
    assert (run / "inputs" / "samples.csv").read_text() == (pinn.folder / "samples.csv").read_text()
    (pinn.folder / "samples.csv").unlink()
    run.rename(pinn.folder / "moved")
    assert set(pinn.inside("eval", "moved", "--json").json["terms"]) == {"pde", "seen"}
    (pinn.folder / "moved" / "inputs" / "samples.csv").write_text("x,u\n0,0\n")
    changed_data = pinn.inside("resume", "moved", "-o", "training.max_seconds=100", code=5)
    assert "is not the file that the run began with" in changed_data.err


def test_the_seed_config_trains_and_has_no_slope_along_v(pinn: Pinn) -> None:
    result = pinn.inside("train", CONFIGS / "toy.yaml", "--json", "-q").json
    assert result["loss"] <= 1e-9
    values = pinn.inside("eval", "latest", "--at", "x=-10,-5,1,2,3; y=1", "--json").json["values"]
    assert [(row["x"], row["y"]) for row in values] == [(-10, 1), (-5, 1), (1, 1), (2, 1), (3, 1)]
    assert max(row["u"] for row in values) - min(row["u"] for row in values) < 1e-3
    assert Path(pinn.inside("show", "latest", "--path").out.strip()).name.startswith("toy-")


def test_a_run_of_what_has_no_solution_says_so(pinn: Pinn) -> None:
    text = """\
unknowns: [u]
domain: {kind: line, range: [0, 1]}
terms:
  - {equation: u_xx = 1, name: source}
  - {equation: u_x = 0, on: boundary, name: ends}
sampling: {points: 16}
network: {kind: mlp, hidden: [6]}
optimizer: {kind: bfgs, max_steps: 60}
"""
    result = pinn.inside("train", pinn.write(text), "--json", "-q", "--threads", "1").json
    assert abs(result["loss"] - 0.2) < 0.01
    assert any("'source' and 'ends' contradict each other as a whole" in word for word in result["warnings"])


def test_a_term_that_holds_nearly_all_of_the_loss_is_named(pinn: Pinn) -> None:
    soft = changed(POISSON, ("hard: true", "name: ends, weight: 1e-3"), ("max_steps: 40", "max_steps: 2"))
    reason = pinn.inside("train", pinn.write(soft), "--json", "-q", "--threads", "1").json["reason"]
    assert reason.endswith("this is no solution yet; 100% of it is the loss of 'pde'")
