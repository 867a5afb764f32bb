"""Runs that are stopped by force, by signal, by a full disk or by damage, and go on bit for bit."""

import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from commands import Answer, Pinn, changed, ended, rows, status, untimed, wait_for

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
    ("{kind: gauss, points: 40}", "{kind: sobol, points: 32768}"),
    ("log_every: 1, checkpoint_every: 50, validation: 16", "log_every: 20, validation: 0"),
    ("max_steps: 200", "max_steps: 1000000"),
)
"""Its chunks take so long that signals arrive within compiled code."""

OPTIMIZERS = {
    "bfgs": "{kind: bfgs, max_steps: 200}",
    "lbfgs": "{kind: lbfgs, history: 5, max_steps: 200}",
    "adam": "{kind: adam, max_steps: 200, schedule: cosine}",
    "two stages": "[{kind: lbfgs, history: 5, max_steps: 60}, {kind: bfgs, max_steps: 140}]",
}


@pytest.fixture(scope="module")
def flags() -> str:
    """None: bits are compared, as processes of users have them."""
    return ""


@pytest.fixture(scope="module")
def undisturbed(shared: Pinn) -> dict[str, Path]:
    """Whole runs, by optimizer."""
    config = shared.write(LONG)
    return {
        name: shared.path(shared("train", config, "-q", "--threads", "1", "-o", f"optimizer={said}"))
        for name, said in OPTIMIZERS.items()
    }


def stopped(pinn: Pinn, number: signal.Signals, optimizer: str = "bfgs", after: int = 110) -> tuple[Path, Answer]:
    """A run that got a signal after some rows of metrics."""
    config = pinn.write(LONG)
    said = f"optimizer={OPTIMIZERS[optimizer]}"
    process = pinn.start("train", config, "--name", "it", "--threads", "1", "-o", said)
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


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_killed_run_ends_with_the_bits_of_an_undisturbed_one(
    pinn: Pinn, undisturbed: dict[str, Path], optimizer: str
) -> None:
    run, _ = stopped(pinn, signal.SIGKILL, optimizer)
    (entry,) = pinn.inside("ls", "--json").json["runs"]
    assert entry["status"] == "killed"
    assert sorted(path.name for path in (run / "checkpoints").glob("step*")) != []
    assert rows(run)[-1]["step"] % 50 != 0  # else nothing was lost, and nothing is shown
    answer = pinn("resume", "it")
    assert "goes on at step" in answer.err
    assert "bits may differ" not in answer.err  # one thread, as it began
    assert_same(run, undisturbed[optimizer])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_chunk_saves_and_says_how_to_resume(
    pinn: Pinn, undisturbed: dict[str, Path], number: signal.Signals
) -> None:
    run, answer = stopped(pinn, number)
    assert answer.code == 128 + number
    assert answer.out == "runs/it\n"
    assert "finishing this chunk" in answer.err
    assert "next: pinn resume runs/it" in answer.err
    assert f"interrupted by {number.name}" in answer.err
    assert status(run) == "interrupted"
    last = max((run / "checkpoints").iterdir()).name
    assert last == f"step-{rows(run)[-1]['step']:08}.safetensors"
    pinn("train", "config.yaml", "--name", "it", "-q", "--threads", "1", "-o", f"optimizer={OPTIMIZERS['bfgs']}")
    assert_same(run, undisturbed["bfgs"])


def test_a_second_interrupt_ends_the_process_at_once_and_harms_nothing(pinn: Pinn) -> None:
    process = pinn.start("train", pinn.write(HEAVY), "--name", "it")
    run = pinn.folder / "runs" / "it"
    wait_for(lambda: rows(run), process)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    while b"Ctrl-C again" not in process.stderr.readline():
        pass
    begun = time.monotonic()
    answer = ended(process, signal.SIGINT)
    assert time.monotonic() - begun < 30
    assert answer.code in (-signal.SIGINT, 130)  # 130 if the chunk was over first; shells say 130 for both
    resumed = pinn("resume", "it", "-q", "-o", "training.max_seconds=0.1")
    assert resumed.out == "runs/it\n"
    assert status(run) == "finished"
    assert "max_seconds=0.1 have passed" in pinn.inside("show", "it", "--json").json["reason"]


def test_a_full_disk_and_a_damaged_checkpoint_cost_nothing_but_time(pinn: Pinn, undisturbed: dict[str, Path]) -> None:
    options = ("--name", "it", "--threads", "1", "-o", f"optimizer={OPTIMIZERS['bfgs']}")
    # Of all files the metrics are the one that outgrows this limit, after step 100.
    answer = pinn("train", pinn.write(LONG), *options, code=5, largest_file=31_000)
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


def test_only_limits_may_change_on_resumption(pinn: Pinn, undisturbed: dict[str, Path]) -> None:
    run = pinn.folder / "runs" / "it"
    shutil.copytree(undisturbed["bfgs"], run)
    for change in ("seed=1", "network.hidden=[3]", "optimizer.0.history=3"):
        answer = pinn.inside("resume", "it", "-o", "training.log_every=2", "-o", change, code=2)
        assert f"-o #2: '{change.partition('=')[0]}' cannot change on resumption" in answer.err
    assert status(run) == "finished"
    result = pinn("resume", "it", "-o", "optimizer.max_steps=210", "--json").json
    assert result["steps"] == 210
    assert "max_steps=210 was reached" in result["reason"]
    assert [row["step"] for row in rows(run)] == list(range(1, 211))
    assert untimed(run)[:200] == untimed(undisturbed["bfgs"])
    assert pinn.inside("show", "it", "--json").json["steps"] == 210


def test_threads_are_those_of_the_beginning_unless_said(pinn: Pinn, undisturbed: dict[str, Path]) -> None:
    run = pinn.folder / "runs" / "it"
    shutil.copytree(undisturbed["bfgs"], run)
    answer = pinn("resume", "it", "--threads", "2", "-o", "training.max_seconds=1000")
    assert "the bits may differ from an undisturbed run: threads 1 → 2" in answer.err


def test_a_run_that_is_being_written_is_busy(pinn: Pinn) -> None:
    config = pinn.write(changed(LONG, ("max_steps: 200", "max_steps: 1000000")))
    process = pinn.start("train", config, "--name", "it", "--threads", "1")
    run = pinn.folder / "runs" / "it"
    wait_for(lambda: rows(run), process)
    for command in (["resume", "it"], ["train", str(config), "--name", "it"]):
        answer = pinn.inside(*command, code=6)
        assert f"the run runs/it is being written by process {process.pid}" in answer.err
        assert answer.out == ""
    (entry,) = pinn.inside("ls", "--json").json["runs"]
    assert entry["status"] == "running"
    assert ended(process, signal.SIGTERM).code == 143


def test_a_run_killed_before_its_first_checkpoint_begins_again(pinn: Pinn, undisturbed: dict[str, Path]) -> None:
    run, _ = stopped(pinn, signal.SIGKILL, after=5)
    assert not list(run.glob("checkpoints/step*"))
    assert "no solution yet" in pinn.inside("eval", "it", code=2).err
    assert "goes on from the beginning" in pinn("resume", "it").err
    assert_same(run, undisturbed["bfgs"])
