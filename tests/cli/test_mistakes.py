"""Every mistake: exit code 2, all of it on stderr with its place, no traceback, and no run."""

import time
from dataclasses import dataclass

import pytest
from commands import Pinn, changed, places

BASE = """\
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1], y: [0, 1]}}
directions: {v: [1, 2]}
terms:
  - equation: laplacian(u) = 1
  - {equation: u = 0, on: boundary}
network: {kind: mlp, hidden: [4]}
optimizer: {kind: bfgs, max_steps: 5}
"""
SIDES = """\
{equation: u = 0, on: x=0, hard: true}
  - {equation: u = 1 + x, on: y=0, hard: true}"""


@dataclass(frozen=True)
class Mistake:
    """Changes of the base config, and what is said of them: pieces of the message and places (`line:column`)."""

    changes: tuple[tuple[str, str], ...]
    said: tuple[str, ...]
    places: tuple[str, ...]


def one(old: str, new: str, place: str, *said: str) -> Mistake:
    return Mistake(((old, new),), said, (place,))


MISTAKES = {
    "three misspelt keys": Mistake(
        (("directions", "direction"), ("hidden", "hiden"), ("max_steps", "maxsteps")),
        ("did you mean 'directions'?", "did you mean 'hidden'?", "did you mean 'max_steps'?"),
        ("3:1", "7:22", "8:25"),
    ),
    "wrong types": Mistake(
        (("hidden: [4]", "hidden: four"), ("max_steps: 5", "max_steps: many")),
        ("'network.hidden' must be a list, not the text 'four'", "must be a whole number, not the text 'many'"),
        ("7:30", "8:36"),
    ),
    "unknown name": one("= 1", "= foo*x", "5:30", "unknown name 'foo'"),
    "no time": Mistake(
        (("laplacian(u) =", "u_t + u_xt + d(u, t) ="),),
        ("add 't: [0, 1]' to its bounds and 'time: t'",),
        ("5:15", "5:21", "5:33"),
    ),
    "unbalanced parenthesis": one("laplacian(u)", "laplacian((u)", "5:24", "never closed"),
    "direction too long": one("[1, 2]", "[1, 2, 3]", "3:17", "v has 3 components; it needs 2"),
    "no such face": one("on: boundary", "on: z=0", "6:27", "'z'"),
    "no such region": one("on: boundary", "on: lid", "6:27", "there is no region 'lid'"),
    "corner": one("{equation: u = 0, on: boundary}", SIDES, "7:16", "disagree at x=0, y=0", "0 on x=0", "1 on y=0"),
    "comma": one("equation: laplacian(u) = 1", "{equation: d(u, x, x) = 1}", "5:16", 'quotes: "d(u, x, x) = 1"'),
    "grouped digits": Mistake(
        (("= 1", "= 1_000*x"), ("max_steps: 5", "max_steps: 1 000")),
        ("the digits of a number stand together", "write 1000", "not the text '1 000'"),
        ("5:30", "8:36"),
    ),
    "comma in a number": one("network:", "parameters: {k: 1,000}\nnetwork:", "7:19", "stand together: 1000, not 1,000"),
    "no is a word": one("on: boundary", "on: boundary, hard: no", "6:43", "must be true or false", "write false"),
    "duplicate key": one("network:", "unknowns: [w]\nnetwork:", "7:1", "'unknowns' is given twice", "line 1, column 1"),
    "python": one("= 1", "= __import__('os').system('touch broken-in')", "5:30", "__import__"),
    "no data file": one("{equation: u = 0, on: boundary}", "{data: nothing.csv}", "6:12", "no file nothing.csv"),
    "no column": one("{equation: u = 0, on: boundary}", "{data: narrow.csv}", "6:12", "no column", "y"),
    "unknown domain": one(
        "{kind: box, bounds: {x: [0, 1], y: [0, 1]}}", "{kind: torus, coordinates: [x, y], radius: 1}", "2:16",
        "there is no domain kind 'torus'", "box, line, ball",
    ),
    "nothing before": one(
        "kind: bfgs", "kind: multi_stage", "8:19",
        "multi_stage adds a network for what is left", "put a stage before it",
    ),
    "escape sequence": one("= 1", "= \x1b[31mred", "5:30", "error: "),
}  # fmt: skip

OVERRIDES = {
    "unknown path": (["network.hiden=3"], ["-o #1:1:9", "did you mean 'hidden'?"]),
    "bad value": (["optimizer.max_steps=9", "optimizer.rtol=many"], ["-o #2:1:16", "must be a number"]),
    "no equals sign": (["optimizer.max_steps"], ["-o #1:1:1", "has no '='"]),
    "unclosed": (["sampling.points=[1,"], ["-o #1:1:17", "this '[' is not closed"]),
    "closed twice": (["network.hidden=[1]]"], ["-o #1:1:19", "this ']' closes nothing"]),
    "all of them": (
        ["sampling.points=[1,", "network.hiden=3", "optimizer.rtol=many"],
        ["-o #1:1:17", "-o #2:1:9", "did you mean 'hidden'?", "-o #3:1:16", "must be a number"],
    ),
    "out of range": (["seed=1", "optimizer.max_steps=-1"], ["-o #2:1:21", "must be at least 0"]),
}

HOSTILE = {
    "100,000 levels": (b"[" * 100_000, "nested deeper than"),
    "100,000 levels of mappings": (b"{a: " * 100_000, "nested deeper than"),
    "alias bomb": (
        b"a: &a [x, x, x, x, x, x, x, x, x]\n"
        + b"".join(b"%c: &%c [%s]\n" % (c, c, b", ".join([b"*%c" % (c - 1)] * 9)) for c in b"bcdefghi"),
        "values, those repeated by aliases included",
    ),
    "empty": (b"", "a config is a mapping"),
    "a list": (b"[1, 2]", "a config is a mapping"),
    "binary": (bytes(range(256)) * 10, "does not belong to UTF-8"),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_in_a_config_is_shown_where_it_stands_and_nothing_runs(pinn: Pinn, mistake: Mistake) -> None:
    (pinn.folder / "narrow.csv").write_text("x,u\n0,1\n")
    config = pinn.write(changed(BASE, *mistake.changes))
    answer = pinn.inside("train", config, code=2)
    assert answer.out == ""
    assert places(answer) == list(mistake.places)
    assert answer.err.count("error: ") == len(mistake.places)
    assert answer.err.count("^") >= len(mistake.places)
    for piece in mistake.said:
        assert piece in answer.err
    assert "\x1b" not in answer.err
    assert pinn.runs == []
    assert not (pinn.folder / "broken-in").exists()


@pytest.mark.parametrize(("assignments", "said"), OVERRIDES.values(), ids=OVERRIDES.keys())
def test_a_mistake_in_an_override_is_shown_by_its_number(pinn: Pinn, assignments: list[str], said: list[str]) -> None:
    config = pinn.write(BASE)
    answer = pinn.inside("train", config, *(word for text in assignments for word in ("-o", text)), code=2)
    for piece in said:
        assert piece in answer.err
    assert answer.out == ""
    assert pinn.runs == []


@pytest.mark.parametrize(("text", "said"), HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_config_is_refused_in_little_time(pinn: Pinn, text: bytes, said: str) -> None:
    (pinn.folder / "config.yaml").write_bytes(text)
    begun = time.monotonic()
    answer = pinn("train", "config.yaml", code=2)
    assert time.monotonic() - begun < 60  # without the limits: minutes, or all of the memory
    assert said in answer.err
    assert len(places(answer)) == 1
    assert (answer.out, pinn.runs) == ("", [])


def test_a_number_in_exponential_form_is_a_number(pinn: Pinn) -> None:
    config = pinn.write(changed(BASE, ("max_steps: 5", "max_steps: 5, rtol: 1e-3")))
    assert '"rtol": 0.001\n' in pinn.inside("show", config).out


def test_files_that_cannot_be_read_are_named(pinn: Pinn) -> None:
    (pinn.folder / "folder.yaml").mkdir()
    missing = pinn.inside("train", "nowhere.yaml", code=2)
    directory = pinn.inside("train", "folder.yaml", code=2)
    assert "cannot read nowhere.yaml: No such file" in missing.err
    assert "cannot read folder.yaml: Is a directory" in directory.err
    assert (missing.out, directory.out, pinn.runs) == ("", "", [])


def test_a_cell_that_is_no_number_is_found_before_there_is_a_run(pinn: Pinn) -> None:
    (pinn.folder / "samples.csv").write_text("x,y,u\n0,1,2\n0,abc,3\n")
    config = pinn.write(changed(BASE, ("{equation: u = 0, on: boundary}", "{data: samples.csv}")))
    answer = pinn.inside("train", config, code=2)
    assert "samples.csv, line 3: 'abc' in the column 'y' is no number" in answer.err
    assert (answer.out, pinn.runs) == ("", [])


def test_a_file_that_names_no_columns_or_one_twice_is_told_what_it_lacks(pinn: Pinn) -> None:
    config = pinn.write(changed(BASE, ("{equation: u = 0, on: boundary}", "{data: samples.csv}")))
    for text, hint in (
        ("0,1,2\n1,1,3\n", "write one above it with the names of the columns"),
        ("0,0,2\n1,1,3\n", "write one above it with the names of the columns"),
        ("x,y,u,u\n0,0,2,2\n", "let each column have a name of its own"),
    ):
        (pinn.folder / "samples.csv").write_text(text)
        said = pinn.inside("check", config, code=2).err
        assert hint in said
        assert "relative to the config file" not in said and "columns: {column" not in said


def test_bad_options_are_refused_before_anything_runs(pinn: Pinn) -> None:
    config = pinn.write(BASE)
    for options in (
        ["--require", "relative_l2=1e-3"],  # nothing is known to measure against
        ["--require", "loss"],
        ["--require", "loss=small"],
        ["--name", "../outside"],
        ["--threads", "0"],
        ["--unheard-of"],
    ):
        answer = pinn.inside("train", config, *options, code=2)
        assert answer.err
        assert (answer.out, pinn.runs) == ("", [])
    assert "cannot be measured" in pinn.inside("train", config, "--require", "relative_l2=1e-3", code=2).err
    assert "use a–z, A–Z, 0–9, '.', '_'" in pinn.inside("train", config, "--name", "Wärme", code=2).err
