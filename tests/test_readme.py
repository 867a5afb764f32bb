"""The README is true: its commands run, its configs check, its Python works, its tables say what is there."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from pinn import schema
from pinn.config import parse
from pinn.expressions import FUNCTIONS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
CHOOSING = (ROOT / "docs" / "choosing.md").read_text(encoding="utf-8")
SETUP = ".venv/bin/pip install"
WORDS = """unknowns: [u, v]
parameters: {{k: 2}}
domain: {{kind: box, bounds: {{x: [0, 1], y: [0, 1], t: [0, 1]}}, time: t}}
directions: {{w: [1, 2, 0]}}
terms: [{{equation: "u*({}) = 0", on: [x=0, x=1]}}, {{equation: u = v}}]
exact: {{u: x}}
"""


def blocks(language: str) -> list[str]:
    return [text for kind, text in BLOCKS if kind == language]


def cells(table: str) -> list[list[str]]:
    """The rows below the table that begins with a line."""
    below = README.split(table, 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in below]


def codes(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    """A folder as a clone looks to a user: the configs, and a `pinn` to call."""
    folder = tmp_path_factory.mktemp("clone")
    (folder / "cache").symlink_to(cache)
    shutil.copytree(ROOT / "configs", folder / "configs")
    program = folder / "bin" / "pinn"
    program.parent.mkdir()
    start = "import sys; sys.argv[0] = 'pinn'; from pinn.cli import main; main()"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{start}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    (program.parent / "pytest").symlink_to(Path(sys.executable).with_name("pytest"))
    return folder


def shell(place: Path, command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    path = f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"
    source = f"{ROOT / 'src'}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    around = {**os.environ, "PATH": path, "PYTHONPATH": source, "PINN_CACHE_DIR": str(place / "cache"), "COLUMNS": "80"}
    words = ["bash", "-euo", "pipefail", "-c", command]
    return subprocess.run(
        words, cwd=place, env=around | variables, capture_output=True, text=True, timeout=200, stdin=subprocess.DEVNULL
    )


@pytest.fixture(scope="module")
def walked(place: Path, quick_flags: str) -> Path:
    """The folder after every command and every Python block of the README, in order, as written."""
    for kind, text in BLOCKS:
        if kind in ("bash", "python") and SETUP not in text:
            command = text if kind == "bash" else f"{sys.executable} - <<'END'\n{text}\nEND"
            done = shell(place, command, XLA_FLAGS=quick_flags)
            assert done.returncode == 0, f"{text}\n{done.stderr}"
            assert "Traceback" not in done.stderr
    return place


def test_commands_and_python_run_as_written(walked):
    assert len(blocks("bash")) > 5
    assert len(blocks("python")) == 1
    names = ["first", "nu-0.1", "nu-0.3", "ode-width-4", "ode-width-8", *(f"toy-{seed}" for seed in range(3))]
    assert sorted(p.name for p in (walked / "runs").iterdir()) == names
    assert len((walked / "table.csv").read_text().splitlines()) == 11
    assert (walked / "mine.yaml").read_text() == (ROOT / "configs" / "poisson_hard.yaml").read_text()


def keys(value: Any) -> set[str]:
    """All keys of a JSON value, at any depth."""
    if isinstance(value, dict):
        return set(value) | {key for part in value.values() for key in keys(part)}
    return {key for part in value for key in keys(part)} if isinstance(value, list) else set()


@pytest.mark.parametrize(
    ("row", "command", "elsewhere"),
    [
        (0, "train configs/toy.yaml -q -o optimizer.max_steps=50 --runs others", set()),
        (1, "eval first", {"rms", "relative_l2", "relative_linf", "relative_h1"}),
        (2, "eval first --at x=0;y=0", {"out"}),
        (3, "check configs/toy.yaml configs/missing.yaml", set()),
        (4, "ls", set()),
    ],
    ids=["train", "eval", "values", "check", "ls"],
)
def test_json_has_the_keys_of_the_table(walked, quick_flags, row, command, elsewhere):
    """`elsewhere` are keys that this run has no cause for."""
    name, said = cells("| `--json` of |")[row]
    assert codes(name)[0] == command.split()[0]
    words = " ".join(f"'{word}'" for word in command.split())
    found = json.loads(shell(walked, f"pinn {words} --json || true", XLA_FLAGS=quick_flags).stdout)
    assert set(" ".join(codes(said)).split()) <= keys(found) | elsewhere


def test_files_of_a_run_are_those_of_the_table(walked):
    said = {code for row in cells("| file | holds |") for code in codes(row[0])}
    found = {p.name + "/" * p.is_dir() for p in (walked / "runs" / "first").iterdir() if not p.name.startswith(".")}
    assert said - {"inputs/", "start.safetensors"} == found


def after_setup(marker: str) -> str:
    """What the README's set-up line with a marker runs once everything is installed."""
    (line,) = (text.strip() for text in blocks("bash") if SETUP in text and marker in text)
    assert "\n" not in line
    venv, install, command = line.split(" && ")
    assert venv == "python3 -m venv .venv"
    assert re.fullmatch(r"\.venv/bin/pip install -q -e (\.|'\.\[dev\]')", install)
    return command.replace(".venv/bin/", "")


def test_the_first_line_trains_the_toy_and_evaluates_it(place):
    done = shell(place, after_setup("toy.yaml"))
    assert done.returncode == 0, done.stderr
    (loss,) = re.findall(r"^loss +value +(\S+)$", done.stdout, flags=re.MULTILINE)
    assert 0 <= float(loss) < 1e-9


def test_the_second_line_runs_the_tests():
    done = subprocess.run(
        [sys.executable, "-m", after_setup("pytest"), "--collect-only", "--assert=plain"],
        cwd=ROOT, capture_output=True, text=True, timeout=200, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "tests/test_readme.py" in done.stdout


def test_ci_runs_the_same_line():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    (pattern,) = re.findall(r"grep -m 1 '(.+)' README\.md", script)
    (found,) = re.findall(f"^.*{pattern}", README, flags=re.MULTILINE)
    assert found.endswith(after_setup("pytest"))
    assert script.splitlines()[-1] == 'bash -c "$tests"'


CONFIGS = [*blocks("yaml"), *re.findall(r"^```yaml\n(.*?)^```$", CHOOSING, flags=re.MULTILINE | re.DOTALL)]


@pytest.mark.parametrize("text", CONFIGS, ids=lambda text: next(iter(yaml.safe_load(text)["unknowns"])))
def test_configs_check(text):
    config = parse(text, "README.md", ROOT / "configs")
    assert not config.warnings


def test_the_toy_of_the_readme_is_the_shipped_one():
    assert yaml.safe_load((ROOT / "configs" / "toy.yaml").read_text()) in [yaml.safe_load(t) for t in blocks("yaml")]


def test_help_is_what_pinn_prints(place):
    (text,) = blocks("text")
    assert shell(place, "pinn --help").stdout == text


def test_expressions_of_the_table_are_in_the_language():
    found = [code for row in cells("| write | meaning |") for code in codes(row[0])]
    assert len(found) > 20
    for code in found:
        parse(WORDS.format(code), code, ROOT)
    spoken = set(re.findall(r"([a-z]+)\(", " ".join(found)))
    assert spoken == set(FUNCTIONS)


def test_keys_of_the_table_are_those_of_the_schema():
    found = {code for row in cells("| key | says | default |") for code in codes(row[0])}
    assert found - {"x-…"} == set(schema.Document.model_fields)


def test_keys_of_terms_are_those_of_the_schema():
    found = {code for row in cells("| key | meaning | default |") for code in codes(row[0])}
    kinds = {codes(row[0])[0].split(":")[0] for row in cells("| kind | adds to the loss |")}
    assert found | kinds == set(schema.Term.model_fields)


def test_every_field_of_the_sections_is_named():
    rows = {codes(row[0])[0]: row[1] for row in cells("| section | fields |")}
    models = {
        "sampling": [schema.Sampling],
        "network": [schema.Mlp],
        "optimizer": [
            schema.LevenbergMarquardt,
            schema.Bfgs,
            schema.Ssbfgs,
            schema.Ssbroyden,
            schema.Lbfgs,
            schema.Adam,
        ],
        "training": [schema.Training],
    }
    for section, members in models.items():
        for name in {name for member in members for name in member.model_fields}:
            assert f"`{name}" in rows[section], f"{section}.{name}"


def test_files_and_links_exist():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).is_file(), target


def test_lines_of_configs_are_counted():
    results = [(row[0], row[-1]) for row in cells("| config |")]
    for config, ours in [*results, *((row[1], row[2]) for row in cells("| problem | config |"))]:
        text = (ROOT / "configs" / f"{codes(config)[0]}.yaml").read_text(encoding="utf-8")
        assert int(ours) == sum(bool(line.split("#")[0].strip()) for line in text.splitlines())


def test_every_result_is_of_a_shipped_config():
    rows = cells("| config |")
    assert {codes(row[0])[0] for row in rows} == {path.stem for path in (ROOT / "configs").glob("*.yaml")}


DIGITS = {"six": 1e-6, "seven": 1e-7}


@pytest.mark.parametrize("row", cells("| config |"), ids=lambda row: row[0])
def test_the_figure_of_a_config_is_the_one_that_was_reached(row):
    """The first number of the result is at most what the comment promises, or not far from it."""
    name, reached = codes(row[0])[0], re.search(r"\d\.\de-\d+", row[4])
    comment = (ROOT / "configs" / f"{name}.yaml").read_text(encoding="utf-8").splitlines()[2]
    if name == "predators":  # what its counts can tell at best is not zero
        assert reached is None
        return
    said = re.search(r"(below|near|within|to)( a relative error of)? (\d+e-\d+|(six|seven) digits)", comment)
    assert said and reached, comment
    figure = DIGITS[said[4]] if said[4] else float(said[3])
    assert float(reached[0]) <= (1.5 if said[1] == "near" else 1) * figure
    assert said[1] != "near" or float(reached[0]) >= figure / 3, "a promise that is too modest"
