"""`check`, `show`, `ls`, `init`, `schema`, and manners that all commands share."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commands import CONFIGS, POISSON, Pinn, changed


@pytest.fixture(scope="module")
def trained(shared: Pinn) -> Pinn:
    """A folder with one finished run, called `first`."""
    shared.inside("train", shared.write(POISSON), "--name", "first", "-q")
    return shared


def test_check_says_what_is_wrong_with_every_config(pinn: Pinn) -> None:
    good, bad = pinn.write(POISSON, "good.yaml"), pinn.write(changed(POISSON, ("hidden", "hiden")), "bad.yaml")
    answer = pinn.inside("check", good, bad, good, code=2)
    assert answer.out.count("good.yaml: ok") == 2
    assert "bad.yaml:8:22" in answer.err
    pages = pinn.inside("check", good, bad, "--json", code=2).json["configs"]
    assert [page["ok"] for page in pages] == [True, False]
    (mistake,) = pages[1]["diagnostics"]
    assert (mistake["line"], mistake["column"], mistake["hint"]) == (8, 22, "did you mean 'hidden'?")


def test_check_reads_stdin(pinn: Pinn) -> None:
    assert pinn("check", "-", stdin=POISSON).out.startswith("<stdin>: ok")
    assert pinn("check", "-", "--json", stdin=POISSON).json["config"] == "<stdin>"
    assert " --> <stdin>:8:22" in pinn("check", "-", stdin=changed(POISSON, ("hidden", "hiden")), code=2).err


def test_check_accepts_every_shipped_config_and_applies_overrides(pinn: Pinn) -> None:
    shipped = sorted(CONFIGS.glob("*.yaml"))
    answer = pinn.inside("check", *shipped)
    assert answer.out.count(": ok") == len(shipped) >= 9
    assert not answer.err
    toy = CONFIGS / "toy.yaml"
    assert "v has 3 components" in pinn.inside("check", toy, "-o", "directions.v=[1, 2, 3]", code=2).err
    page = pinn.inside("check", toy, "--json").json
    assert page["ok"] is True
    assert page["unknowns"] == ["u"]


def test_check_deep_says_what_training_will_cost(pinn: Pinn) -> None:
    config = pinn.write(POISSON)
    page = pinn.inside("check", config, "--deep", "--json").json
    assert page["unknowns"] == ["u"]
    assert page["parameters"] == 19  # 1·6 + 6 weights and biases, then 6·1 + 1
    assert page["optimizer_memory"]
    (group,) = page["groups"]
    assert (group["region"], group["points"], group["terms"]) == ("interior", 16, ["pde"])
    assert "u_xx" in group["plan"]
    assert "kflop" in group["cost"]
    assert group["known"].startswith("4 numbers a point, ")  # x(1 - x) with two derivatives, and the source
    text = pinn.inside("check", config, "--deep").out
    for piece in ("pde", "16", "19", "MB", "u_xx"):
        assert piece in text


def test_show_prints_a_run_and_a_resolved_config(trained: Pinn) -> None:
    facts = trained.inside("show", "latest", "--json").json
    assert (facts["run"], facts["status"], facts["step"]) == ("runs/first", "finished", facts["steps"])
    assert facts["seconds"]["total"] > 0
    text = trained.inside("show", "fir").out
    assert "status: finished" in text
    assert POISSON in text
    assert trained.inside("show", "first", "--path").out == "runs/first\n"
    resolved = trained.inside("show", "config.yaml").out
    assert "activation" in resolved  # a default, said
    (trained.folder / "resolved.yaml").write_text(resolved)
    assert trained.inside("show", "resolved.yaml").out == resolved
    assert trained.inside("show", "config.yaml", "-o", "seed=7", "--json").json["seed"] == 7


def test_ls_lists_runs_and_how_they_stand(trained: Pinn) -> None:
    (trained.folder / "runs" / "half").mkdir(exist_ok=True)
    found = {Path(entry["run"]).name: entry for entry in trained.inside("ls", "--json").json["runs"]}
    assert found["first"]["status"] == "finished"
    assert found["first"]["step"] > 0
    assert found["half"]["status"] == "broken"
    lines = trained.inside("ls").out.splitlines()
    assert lines[0].split() == ["run", "status", "step", "loss", "validation", "reason"]
    assert len(lines) == 3
    assert trained.inside("ls", "--status", "finished").out.splitlines()[1].startswith("first ")
    assert "interrupted" in trained.inside("ls", "--status", "stopped", code=2).err
    empty = trained.inside("ls", "--runs", "elsewhere")
    assert (empty.out, empty.err) == ("", "no runs in elsewhere\n")


def test_ls_names_columns_that_no_run_has(trained: Pinn) -> None:
    assert trained.inside("ls", "--column", "optimizer.max_steps", "--column", "seconds.total").err == ""
    said = trained.inside("ls", "--column", "optimizer.max_step", "--column", "total", "--column", "?", "--json")
    first, second, third = said.err.splitlines()
    assert first.startswith("warning: no run has a value for the column 'optimizer.max_step'")
    assert first.endswith("did you mean 'optimizer.max_steps'?")
    assert second.endswith("the column 'total'; there is seconds.total")
    assert "pinn show RUN" in third
    assert said.json["runs"][0]["total"] is None
    assert trained.inside("ls", "--column", "nonsense", "--runs", "elsewhere").err == "no runs in elsewhere\n"


def test_a_run_that_does_not_exist_is_answered_with_the_nearest_names(trained: Pinn) -> None:
    for command in ("eval", "resume", "show"):
        answer = trained.inside(command, "frist", code=2)
        assert "there is no run 'frist'" in answer.err
        assert "did you mean 'first'?" in answer.err
        assert answer.out == ""


def test_init_writes_a_shipped_problem_and_never_overwrites(pinn: Pinn) -> None:
    names = pinn.inside("init").out.split()
    assert {"toy", "poisson", "burgers_inverse"} <= set(names)
    answer = pinn.inside("init", "burgers_inverse")
    assert answer.out == "burgers_inverse.yaml\n"
    assert (pinn.folder / "burgers_inverse.yaml").read_text() == (CONFIGS / "burgers_inverse.yaml").read_text()
    pinn.inside("check", "burgers_inverse.yaml")  # the files that it names came along
    (pinn.folder / "burgers_inverse.yaml").write_text("mine")
    assert "exists already" in pinn.inside("init", "burgers_inverse", code=2).err
    assert (pinn.folder / "burgers_inverse.yaml").read_text() == "mine"
    assert pinn.inside("init", "toy", "--out", "-").out == (CONFIGS / "toy.yaml").read_text()
    assert not (pinn.folder / "toy.yaml").exists()
    assert "did you mean 'poisson'?" in pinn.inside("init", "poison", code=2).err
    assert "cannot write" in pinn.inside("init", "toy", "--out", "burgers_inverse.yaml/toy.yaml", code=5).err


def test_schema_is_a_json_schema_of_draft_7(pinn: Pinn) -> None:
    schema = json.loads(pinn("schema").out)
    assert "draft-07" in schema["$schema"]
    assert {"unknowns", "domain", "terms"} <= set(schema["properties"])
    assert schema["additionalProperties"] is False


def test_help_and_check_import_no_numerics(pinn: Pinn) -> None:
    """Start-up stays fast only if this holds."""
    for command in (["--help"], ["check", str(CONFIGS / "toy.yaml")], ["ls"]):
        found = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "pinn", *command],
            cwd=pinn.folder,
            capture_output=True,
            text=True,
            check=True,
        )
        imported = set(re.findall(r"\| +([A-Za-z_]\w*)$", found.stderr, re.MULTILINE))
        assert "pinn" in imported
        assert not imported & {"jax", "jaxlib", "numpy", "scipy", "equinox", "optimistix"}


def test_a_reader_that_went_away_is_no_mistake(trained: Pinn) -> None:
    python, folder = sys.executable, trained.folder
    command = f"set -o pipefail; {python} -m pinn schema | head -1; {python} -m pinn ls >&-; {python} -m pinn ls 2>&-"
    found = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=True)
    assert found.stdout.startswith("{\n")
    assert found.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_an_answer_that_cannot_be_written_is_a_failure_of_the_file_system(trained: Pinn) -> None:
    command = f"{sys.executable} -m pinn schema > /dev/full"
    found = subprocess.run(["bash", "-c", command], cwd=trained.folder, capture_output=True, text=True, check=False)
    assert found.returncode == 5
    assert found.stderr == "error: cannot write to stdout: No space left on device\n"


def test_nothing_is_colored_where_it_is_read_by_programs(trained: Pinn) -> None:
    for extra in ({"NO_COLOR": "1"}, {"FORCE_COLOR": "1", "COLUMNS": "40", "LC_ALL": "C"}):
        for command in (["ls"], ["--help"], ["check", "config.yaml"]):
            answer = trained(*command, env=extra)
            assert "\x1b" not in answer.out + answer.err


def test_a_command_that_does_not_exist_and_no_command_are_wrong_requests(pinn: Pinn) -> None:
    assert "train" in pinn("trian", code=2).err
    nothing = pinn(code=2)
    assert "Usage" in nothing.out + nothing.err
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*\n|unknown: not installed\n", pinn("--version").out)


def test_a_damaged_run_is_listed_with_the_reason(trained: Pinn) -> None:
    shutil.copytree(trained.folder / "runs" / "first", trained.folder / "copies" / "first")
    (trained.folder / "copies" / "first" / "status.json").write_text('{"state": "finished"}')
    (entry,) = trained.inside("ls", "--runs", "copies", "--json").json["runs"]
    assert entry["status"] == "broken"
    assert "status.json is damaged" in entry["reason"]


def test_characters_that_stdout_does_not_have_are_escaped(pinn: Pinn) -> None:
    answer = pinn("explain", "max", env={"PYTHONIOENCODING": "latin-1"})
    assert answer.out.startswith(r"max(a, b, \u2026)")
    assert not answer.err
