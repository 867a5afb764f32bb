"""Runs that are stopped by force, by signal, by a full disk or by damage, and go on bit for bit."""

import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from commands import Answer, Pinn, changed, cut_off, ended, rows, status, untimed, wait_for

LONG = """\
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1]}}
terms:
  - {equation: u_xx = -100*pi^2*sin(10*pi*x)}
  - {equation: u = 0, on: boundary, hard: true}
sampling: {kind: gauss, points: 40}
network: {kind: mlp, hidden: [12]}
optimizer: {kind: bfgs, max_steps: 200}
training: {log_every: 1, checkpoint_every: 50, validation: 16}
"""
"""Its metrics grow step by step, so that a test can tell how far it is."""

HEAVY = changed(
    LONG,
    ("{kind: gauss, points: 40}", "{kind: sobol, points: 16384}"),
    ("log_every: 1, checkpoint_every: 50, validation: 16", "log_every: 20, validation: 0"),
    ("max_steps: 200", "max_steps: 1000000"),
)
"""Its chunks take so long that signals arrive within compiled code."""

FULLY_COMPILED = "bfgs"
"""The optimizer whose runs are compiled as users have them; how programs are compiled is nothing to the others."""

OPTIMIZERS = {
    "bfgs": "{kind: bfgs, max_steps: 200}",
    "lbfgs": "{kind: lbfgs, history: 5, max_steps: 200}",
    "adam": "{kind: adam, max_steps: 200, schedule: cosine}",
    "two-stages": "[{kind: lbfgs, history: 5, max_steps: 60}, {kind: bfgs, max_steps: 140}]",
}


@pytest.fixture(scope="module")
def flags() -> str:
    """None: bits are compared, as processes of users have them."""
    return ""


@pytest.fixture(scope="module")
def compiler(quick_flags: str) -> dict[str, dict[str, str]]:
    """The environment of processes, by optimizer."""
    return {name: {} if name == FULLY_COMPILED else {"XLA_FLAGS": quick_flags} for name in OPTIMIZERS}


def training(name: str = "it", optimizer: str = "bfgs") -> tuple[str, ...]:
    """The command that begins a run, or goes on with it."""
    return ("train", "config.yaml", "--name", name, "--threads", "1", "-o", f"optimizer={OPTIMIZERS[optimizer]}")


@pytest.fixture(scope="module")
def undisturbed(shared: Pinn, compiler: dict[str, dict[str, str]]) -> dict[str, Path]:
    """Whole runs, by optimizer; beside them, in `left`, what would be left if they had been killed halfway."""
    shared.write(LONG)
    runs = {name: shared.folder / "runs" / name for name in OPTIMIZERS}
    for name, run in runs.items():
        process = shared.start(*training(name, name), env=compiler[name])
        wait_for(lambda run=run: len(rows(run)) >= 110, process)
        cut_off(process, run, shared.folder / "left" / name)
        assert ended(process).code == 0
    return runs


def stopped(pinn: Pinn, number: signal.Signals, command: tuple[str, ...], after: int) -> tuple[Path, Answer]:
    """The run `it`, which got a signal after some rows of metrics."""
    pinn.write(LONG)
    process = pinn.start(*command)
    run = pinn.folder / "runs" / "it"
    wait_for(lambda: len(rows(run)) >= after, process)
    return run, ended(process, number)


def assert_same(run: Path, whole: Path) -> None:
    """The same bits in the solution, and the same metrics but for the seconds."""
    assert status(run) == "finished"
    assert (run / "solution.safetensors").read_bytes() == (whole / "solution.safetensors").read_bytes()
    steps = [row["step"] for row in rows(run)]
    assert steps == sorted(set(steps))
    assert untimed(run) == untimed(whole)


def kept(run: Path) -> dict[Path, bytes]:
    """All that is in a run but its locks."""
    files = (path for path in run.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path: path.read_bytes() for path in files}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_killed_run_ends_with_the_bits_of_an_undisturbed_one(
    pinn: Pinn, undisturbed: dict[str, Path], compiler: dict[str, dict[str, str]], optimizer: str
) -> None:
    whole, run = undisturbed[optimizer], pinn.folder / "runs" / "it"
    shutil.copytree(whole.parents[1] / "left" / optimizer, run)
    (entry,) = pinn.inside("ls", "--json").json["runs"]
    assert entry["status"] == "killed"
    assert sorted(path.name for path in (run / "checkpoints").glob("step*")) != []
    assert rows(run)[-1]["step"] % 50 != 0  # else nothing was lost, and nothing is shown
    answer = pinn("resume", "it", env=compiler[optimizer])
    assert "goes on at step" in answer.err
    assert "bits may differ" not in answer.err  # one thread, as it began
    assert_same(run, whole)


def test_a_run_stopped_again_and_again_saves_and_says_how_to_resume(pinn: Pinn, undisturbed: dict[str, Path]) -> None:
    """Killed before its first checkpoint, then interrupted, then terminated."""
    run, _ = stopped(pinn, signal.SIGKILL, training(), 5)
    assert not list(run.glob("checkpoints/step*"))
    assert pinn.inside("ls", "--json").json["runs"][0]["status"] == "killed"
    assert "no solution yet" in pinn.inside("eval", "it", code=2).err
    begins: list[tuple[signal.Signals, tuple[str, ...], int, str]] = [
        (signal.SIGINT, ("resume", "it"), 55, "goes on from the beginning"),
        (signal.SIGTERM, training(), 110, "goes on at step"),
    ]
    for number, command, after, begin in begins:
        run, answer = stopped(pinn, number, command, after)
        assert answer.code == 128 + number
        assert answer.out == "runs/it\n"
        assert begin in answer.err
        assert "finishing this chunk" in answer.err
        assert "next: pinn resume runs/it" in answer.err
        assert f"interrupted by {number.name}" in answer.err
        assert status(run) == "interrupted"
        last = max((run / "checkpoints").iterdir()).name
        assert last == f"step-{rows(run)[-1]['step']:08}.safetensors"
    pinn(*training(), "-q")
    assert_same(run, undisturbed["bfgs"])


def test_a_run_is_busy_until_a_second_interrupt_ends_it_at_once_and_harms_nothing(pinn: Pinn, quick_flags: str) -> None:
    config = pinn.write(HEAVY)
    process = pinn.start("train", config, "--name", "it", env={"XLA_FLAGS": quick_flags})
    run = pinn.folder / "runs" / "it"
    wait_for(lambda: rows(run), process)
    for command in (["resume", "it"], ["train", str(config), "--name", "it"]):
        answer = pinn.inside(*command, code=6)
        assert f"the run runs/it is being written by process {process.pid}" in answer.err
        assert answer.out == ""
    (entry,) = pinn.inside("ls", "--json").json["runs"]
    assert entry["status"] == "running"
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    while b"Ctrl-C again" not in process.stderr.readline():
        pass
    begun = time.monotonic()
    answer = ended(process, signal.SIGINT)
    assert time.monotonic() - begun < 30
    assert answer.code in (-signal.SIGINT, 130)  # 130 if the chunk was over first; shells say 130 for both
    resumed = pinn("resume", "it", "-q", "-o", "training.max_seconds=0.1", code=3, env={"XLA_FLAGS": quick_flags})
    assert resumed.out == "runs/it\n"
    assert status(run) == "interrupted", "for nothing was trained in so short a time"
    assert "max_seconds=0.1 have passed" in pinn.inside("show", "it", "--json").json["reason"]


def test_a_full_disk_and_a_damaged_checkpoint_cost_nothing_but_time(pinn: Pinn, undisturbed: dict[str, Path]) -> None:
    pinn.write(LONG)
    # Of all files the metrics are the one that outgrows this limit, after step 100.
    answer = pinn(*training(), code=5, largest_file=31_000)
    run = pinn.folder / "runs" / "it"
    assert "cannot write runs/it/metrics.jsonl: File too large" in answer.err
    assert (answer.out, status(run)) == ("runs/it\n", "failed")
    older, newer = sorted((run / "checkpoints").glob("step*"))
    data = bytearray(newer.read_bytes())
    data[-5] ^= 1
    newer.write_bytes(bytes(data))
    answer = pinn("resume", "it")
    assert f"{newer.name} is damaged" in answer.err
    assert f"goes on at step {int(older.stem[5:])}" in answer.err
    assert_same(run, undisturbed["bfgs"])


def test_a_run_without_a_whole_checkpoint_is_not_begun_anew_in_silence(
    pinn: Pinn, undisturbed: dict[str, Path]
) -> None:
    run = pinn.folder / "runs" / "it"
    shutil.copytree(undisturbed["bfgs"], run)
    checkpoints = list((run / "checkpoints").iterdir())
    for path in checkpoints:
        os.truncate(path, path.stat().st_size // 2)
    before = (run / "solution.safetensors").read_bytes()
    answer = pinn.inside("resume", "it", "-o", "training.checkpoint_every=60", code=5)
    assert "every checkpoint is damaged" in answer.err
    assert all(str(path.name) in answer.err for path in checkpoints)
    assert (status(run), answer.out) == ("finished", "")
    assert (run / "solution.safetensors").read_bytes() == before


def test_a_finished_run_is_left_as_it_is(pinn: Pinn, undisturbed: dict[str, Path]) -> None:
    run = pinn.folder / "runs" / "it"
    shutil.copytree(undisturbed["bfgs"], run)
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    answer = pinn.inside("resume", "it")
    assert answer.out == "runs/it\n"
    assert "runs/it is finished: max_steps=200 was reached" in answer.err
    result = pinn.inside("resume", "it", "--json").json
    assert (result["status"], result["steps"], set(result["seconds"])) == (
        "finished",
        200,
        {"import", "compile", "train", "total"},
    )
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("fault", ["gone", "damaged"])
def test_a_lost_solution_is_stored_anew_from_a_checkpoint(pinn: Pinn, undisturbed: dict[str, Path], fault: str) -> None:
    run = pinn.folder / "runs" / "it"
    shutil.copytree(undisturbed["two-stages"], run)
    solution = run / "solution.safetensors"
    solution.unlink() if fault == "gone" else os.truncate(solution, 99)
    answer = pinn.inside("eval", "it", code=2 if fault == "gone" else 5)
    assert "pinn resume runs/it stores it anew from the last checkpoint" in answer.err
    answer = pinn.inside("resume", "it")
    assert f"runs/it/solution.safetensors was {fault}, and is stored anew from the checkpoint at step" in answer.err
    assert answer.out == "runs/it\n"
    assert_same(run, undisturbed["two-stages"])
    os.truncate(solution, 99)
    shutil.rmtree(run / "checkpoints")
    assert "is lost, and no checkpoint is left" in pinn.inside("resume", "it", code=5).err


def test_only_limits_may_change_on_resumption(pinn: Pinn, undisturbed: dict[str, Path]) -> None:
    run = pinn.folder / "runs" / "it"
    shutil.copytree(undisturbed["bfgs"], run)
    for change in ("seed=1", "network.hidden=[3]", "optimizer.0.history=3"):
        answer = pinn.inside("resume", "it", "-o", "training.log_every=2", "-o", change, code=2)
        assert f"-o #2: '{change.partition('=')[0]}' cannot change on resumption" in answer.err
    assert status(run) == "finished"
    result = pinn.inside("resume", "it", "-o", "optimizer.max_steps=210", "--json").json
    assert result["steps"] == 210
    assert "max_steps=210 was reached" in result["reason"]
    assert [row["step"] for row in rows(run)] == list(range(1, 211))
    assert untimed(run)[:200] == untimed(undisturbed["bfgs"])
    assert pinn.inside("show", "it", "--json").json["steps"] == 210


def test_fewer_steps_than_were_taken_change_nothing(pinn: Pinn, undisturbed: dict[str, Path]) -> None:
    run = pinn.folder / "runs" / "it"
    shutil.copytree(undisturbed["two-stages"], run)
    before = kept(run)
    answer = pinn.inside("resume", "it", "-o", "optimizer.1.max_steps=10", code=2)
    assert "runs/it is already beyond max_steps=10: it has taken 140 of this stage" in answer.err
    assert kept(run) == before


def test_threads_are_those_of_the_beginning_unless_said(pinn: Pinn, undisturbed: dict[str, Path]) -> None:
    run = pinn.folder / "runs" / "it"
    shutil.copytree(undisturbed["bfgs"], run)
    answer = pinn.inside("resume", "it", "--threads", "2", "-o", "training.max_seconds=1000")
    assert "the bits may differ from an undisturbed run: threads 1 → 2" in answer.err
