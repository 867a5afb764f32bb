"""One writer for each run, however many try and whoever was killed."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from pinn import runs
from pinn.errors import BusyError, StorageError
from pinn.runs.processes import Process


def begin(root: Path, name: str) -> runs.Run:
    run = runs.create(root, "toy", "3fa9", name)
    run.write_meta("3fa9", {})
    return run


def python(text: str, *arguments: Path | str) -> list[str]:
    """The lines that a script prints, run in a process of its own."""
    command = [sys.executable, "-c", textwrap.dedent(text), *map(str, arguments)]
    return subprocess.run(command, check=True, timeout=60, capture_output=True, text=True).stdout.splitlines()


def test_a_lock_excludes_until_it_is_released(tmp_path):
    run = begin(tmp_path, "a")
    for _ in range(3):
        with runs.locked(run):
            with pytest.raises(BusyError, match=f"process {os.getpid()} on ") as caught, runs.locked(run):
                raise AssertionError("two writers")
            assert caught.value.exit_code == 6
    with pytest.raises(ZeroDivisionError), runs.locked(run):
        raise ZeroDivisionError
    with runs.locked(run):
        assert len(list(run.path.glob(".lock.*"))) == 1


def test_the_lock_of_another_host_is_respected_and_the_message_says_how_to_remove_it(tmp_path):
    run = begin(tmp_path, "a")
    lock = run.path / ".lock.3"
    lock.write_text(json.dumps({"pid": 1, "host": "another", "born": 5}))
    with pytest.raises(BusyError) as caught, runs.locked(run):
        raise AssertionError("two writers")
    assert "process 1 on another" in str(caught.value) and f"remove {lock}" in caught.value.render()
    lock.unlink()
    with runs.locked(run):
        pass


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', '{"released": 1}', "[" * 100_000])
def test_an_unreadable_lock_is_respected(tmp_path, text):
    run = begin(tmp_path, "a")
    (run.path / ".lock.1").write_text(text)
    with pytest.raises(BusyError, match="is locked") as caught, runs.locked(run):
        raise AssertionError("two writers")
    assert "remove" in caught.value.render()


def test_the_number_of_a_dead_process_given_to_another_does_not_hold_the_lock(tmp_path):
    run, me = begin(tmp_path, "a"), Process.current()
    (run.path / ".lock.7").write_text(json.dumps(me.as_json() | {"born": 1}))
    with runs.locked(run):
        assert [path.name for path in run.path.glob(".lock.*")] == [".lock.8"]


def test_a_lock_that_cannot_be_written_is_a_storage_error_and_leaves_no_lock(tmp_path, monkeypatch):
    run = begin(tmp_path, "a")
    with pytest.raises(StorageError, match="cannot lock"), runs.locked(runs.Run(tmp_path / "absent")):
        pass

    def full(self):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Process, "as_json", full)
        with pytest.raises(StorageError, match="No space left"), runs.locked(run):
            pass
    with runs.locked(run):
        pass


LOCK_RACE = """
    import os, sys
    from pathlib import Path
    from pinn import runs
    from pinn.errors import BusyError

    run = runs.Run(Path(sys.argv[1]))
    for generation in range(5):
        dead = os.fork()  # leaves a stale lock for all the others to fight for
        if dead == 0:
            with runs.locked(run):
                os._exit(0)
        os.waitpid(dead, 0)
        (gate, start), (done, end) = os.pipe(), os.pipe()
        answers, answer = os.pipe()
        children = []
        for number in range(20):
            child = os.fork()
            if child == 0:
                os.close(start), os.close(end)
                os.read(gate, 1)
                try:
                    with runs.locked(run):
                        os.write(answer, b"w")
                        os.read(done, 1)
                        os._exit(0)
                except BusyError:
                    os.write(answer, b"b")
                os._exit(6)
            children.append(child)
        os.close(start)
        got = b""
        while len(got) < 20:
            got += os.read(answers, 20)
        os.close(end)
        for child in children:
            os.waitpid(child, 0)
        print(bytes(sorted(got)).decode())
"""


def test_of_twenty_that_find_a_stale_lock_exactly_one_takes_it(tmp_path):
    run = begin(tmp_path, "a")
    assert python(LOCK_RACE, run.path) == ["b" * 19 + "w"] * 5


EXCLUSION = """
    import os, sys, time
    from pathlib import Path
    from pinn import runs
    from pinn.errors import BusyError

    run = runs.Run(Path(sys.argv[1]))
    witness, end = run.path / "witness", time.monotonic() + 1.5
    children = []
    for number in range(6):
        child = os.fork()
        if child == 0:
            while time.monotonic() < end:
                try:
                    with runs.locked(run):
                        with witness.open("xb"):  # fails if another is inside
                            pass
                        witness.unlink()
                except BusyError:
                    pass
            os._exit(0)
        children.append(child)
    for child in children:
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_no_two_are_inside_while_locks_come_and_go(tmp_path):
    run = begin(tmp_path, "a")
    assert python(EXCLUSION, run.path) == ["0"] * 6
    (last,) = run.path.glob(".lock.*")
    assert int(last.suffix[1:]) > 10  # as many locks came and went


def test_taking_the_lock_sweeps_what_killed_writers_left(tmp_path):
    script = """
        import os, sys
        from pathlib import Path
        from pinn.runs import files

        os.replace = lambda *_: os.kill(os.getpid(), 9)
        print("ready", flush=True)
        files.write_atomic(Path(sys.argv[1]) / "a", b"x")
    """
    run = begin(tmp_path, "a")
    run.checkpoints.mkdir()
    command = [sys.executable, "-c", textwrap.dedent(script), str(run.checkpoints)]
    assert subprocess.run(command, capture_output=True, timeout=60).returncode == -9
    assert len(list(run.checkpoints.iterdir())) == 1
    with runs.locked(run):
        assert not list(run.checkpoints.iterdir())
