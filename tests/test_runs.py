"""Run directories: their names, how they are found, and what they say of themselves."""

import errno
import math
import os
import re
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinn import runs
from pinn.errors import BusyError, RequestError, StorageError
from pinn.runs.processes import Process

DIGEST = "3fa9" + "0" * 60


def begin(root: Path, name: str, digest: str = DIGEST) -> runs.Run:
    run = runs.create(root, "toy", digest, name)
    run.write_meta(digest, {"seed": 0})
    run.write_status("running")
    return run


def python(text: str, *arguments: Path | str) -> list[str]:
    """The lines that a script prints, run in a process of its own."""
    command = [sys.executable, "-c", textwrap.dedent(text), *map(str, arguments)]
    return subprocess.run(command, check=True, timeout=60, capture_output=True, text=True).stdout.splitlines()


def killed(text: str, *arguments: Path | str) -> None:
    """Run a script until it prints a line, then kill it."""
    command = [sys.executable, "-c", textwrap.dedent(text), *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
        child.kill()


# --- names


def test_default_names_sort_by_time_and_show_the_config(tmp_path):
    before = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    run = runs.create(tmp_path / "new" / "runs", "toy", DIGEST, None)
    found = re.fullmatch(r"toy-(\d{8}T\d{6}Z)-3fa9", run.name)
    assert found and before <= found[1] <= datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    assert run.path.is_dir() and not list(run.path.iterdir())


@pytest.mark.parametrize("stem", ["../../etc/x", "a b\nc", "-o", ".hidden", "", "é", "\x1b[31m", "x" * 500, "/"])
def test_stems_of_any_kind_stay_inside(tmp_path, stem):
    root = tmp_path / "runs"
    run = runs.create(root, stem, DIGEST)
    assert run.path.parent == root and len(run.name) <= 128
    runs.check_name(run.name)
    assert [entry.name for entry in tmp_path.iterdir()] == ["runs"]


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "a/b", "/etc/x", "a\n", "a\0b", "-x", ".x", "é", "a b", "x" * 129, "latest"],
)
def test_names_that_could_escape_are_refused(tmp_path, name):
    for call in (lambda: runs.create(tmp_path, "toy", DIGEST, name), lambda: runs.open_named(tmp_path, name)):
        with pytest.raises(RequestError, match="cannot name a run") as caught:
            call()
        assert caught.value.exit_code == 2
    assert not list(tmp_path.iterdir())


def test_a_named_run_is_made_once_and_opened_again(tmp_path):
    assert runs.open_named(tmp_path, "best.1_x-y") is None
    run = runs.create(tmp_path, "toy", DIGEST, "best.1_x-y")
    assert run.path == tmp_path / "best.1_x-y"
    assert runs.open_named(tmp_path, run.name) == run and run.digest is None
    run.write_meta(DIGEST, {})
    assert run.digest == DIGEST
    with pytest.raises(BusyError, match="just made"):
        runs.create(tmp_path, "toy", DIGEST, run.name)


def test_names_taken_by_files_and_by_links_out_of_the_root(tmp_path):
    root = tmp_path / "runs"
    root.mkdir()
    (root / "file").write_text("")
    (root / "away").symlink_to(tmp_path)
    (root / "dangling").symlink_to(root / "nowhere")
    for name, word in [("file", "not a directory"), ("away", "out of"), ("dangling", "not a directory")]:
        with pytest.raises(RequestError, match=word):
            runs.open_named(root, name)
    with pytest.raises(StorageError, match="cannot make a run"):
        runs.create(root / "file", "toy", DIGEST)


RACE = """
    import os, sys
    from pathlib import Path
    from pinn import runs
    from pinn.errors import BusyError

    root, name = Path(sys.argv[1]), sys.argv[2] or None
    gate, start = os.pipe()
    children = []
    for number in range(20):
        child = os.fork()
        if child == 0:
            os.close(start)
            os.read(gate, 1)
            try:
                runs.create(root, "toy", "abcd", name)
            except BusyError:
                os._exit(6)
            os._exit(0)
        children.append(child)
    os.close(start)
    for child in children:
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_twenty_parallel_starts_get_twenty_directories(tmp_path):
    assert python(RACE, tmp_path / "runs", "") == ["0"] * 20
    assert len(list((tmp_path / "runs").iterdir())) == 20


def test_twenty_parallel_starts_of_one_name_have_one_winner(tmp_path):
    assert sorted(python(RACE, tmp_path / "runs", "same")) == ["0"] + ["6"] * 19


# --- meta and status


def test_meta_holds_the_format_and_refuses_a_newer_one_by_name(tmp_path):
    run = begin(tmp_path, "a")
    meta = run.read_meta()
    assert meta["format"] == 1 and meta["seed"] == 0 and meta["digest"] == DIGEST == run.digest
    run.write_meta(DIGEST, {"format": 2})
    with pytest.raises(StorageError, match=r"a was written by a newer pinn \(format 2, this one reads 1\)"):
        run.read_meta()
    assert run.status().state == "broken" and "newer pinn" in run.status().reason


def test_status_says_what_was_written(tmp_path):
    run = begin(tmp_path, "a")
    me = Process.current()
    status = run.status()
    assert (status.state, status.pid, status.host) == ("running", os.getpid(), me.host)
    assert status.updated is not None and not status.is_resumable
    run.write_status("finished", "reached the target", step=12, loss=1e-9)
    status = run.status()
    assert (status.state, status.reason, status.step, status.loss) == (
        "finished",
        "reached the target",
        12,
        1e-9,
    )
    run.write_status("failed", "not finite", step=3, loss=math.nan)
    assert run.status().loss is None and run.status().is_resumable


def test_a_failure_is_kept_where_a_full_disk_has_no_room_for_a_second_file(tmp_path, monkeypatch):
    run = runs.create(tmp_path, "toy", "abcd")
    run.write_meta("abcd", {})
    run.write_status("running", step=5)

    def refuse(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StorageError):
        run.write_status("finished", "reached the target", step=12)
    assert (run.status().state, run.status().step) == ("running", 5)
    run.write_status("failed", "no room", step=5)
    assert (run.status().state, run.status().reason) == ("failed", "no room")


BEGIN = """
    import sys, time
    from pathlib import Path
    from pinn import runs

    run = runs.create(Path(sys.argv[1]), "toy", "abcd", sys.argv[2])
    run.write_meta("abcd", {})
    with runs.locked(run):
        run.write_status("running", step=5)
        (run.path / "status.json").with_name(".half").write_text("")
        print("ready", flush=True)
        time.sleep(60)
"""


def test_a_run_whose_process_was_killed_is_shown_as_killed_and_can_be_taken_over(tmp_path):
    killed(BEGIN, tmp_path, "victim")
    run = runs.find(tmp_path, "victim")
    status = run.status()
    assert status.state == "killed" and status.step == 5 and status.is_resumable
    with runs.locked(run):
        run.write_status("running", step=6)
    assert run.status().state == "running"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"state": "finished"}', b"\0" * 40])
@pytest.mark.parametrize("name", ["meta.json", "status.json"])
def test_a_broken_directory_is_listed_and_never_raises(tmp_path, content, name):
    run = begin(tmp_path, "a")
    (run.path / name).write_bytes(content)
    assert runs.every(tmp_path) == [run]
    assert run.status().state == "broken" and name in run.status().reason


@settings(max_examples=80, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["state", "reason", "step", "loss", "updated", "pid", "host", "born"]),
        st.none() | st.integers() | st.text(max_size=3) | st.lists(st.none(), max_size=1) | st.just("finished"),
    )
)
def test_a_status_of_any_content_is_read_or_broken(tmp_path_factory, values):
    run = begin(tmp_path_factory.mktemp("runs"), "a")
    runs.write_json(run.path / "status.json", values)
    assert run.status().state in ("finished", "broken")


def test_half_made_and_foreign_directories_are_broken_and_never_the_latest(tmp_path):
    run = begin(tmp_path, "a")
    runs.create(tmp_path, "toy", DIGEST, "half")
    (tmp_path / "my notes\n").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "README.md").write_text("")
    assert [(r.name, r.status().state) for r in runs.every(tmp_path)] == [
        ("half", "broken"), ("my notes\n", "broken"), ("a", "running")
    ]  # fmt: skip
    assert runs.find(tmp_path, "latest") == run
    assert runs.every(tmp_path / "absent") == []


# --- finding


def test_runs_are_sorted_by_start_and_the_last_one_is_latest(tmp_path):
    for name in ("c", "a", "b"):
        begin(tmp_path, name)
    assert [run.name for run in runs.every(tmp_path)] == ["c", "a", "b"]
    os.utime(tmp_path / "c", (2**33, 2**33))  # a modification time in the future decides nothing
    assert runs.find(tmp_path, "latest").name == "b"
    begin(tmp_path, "tie").write_meta(DIGEST, {"started": runs.find(tmp_path, "b").read_meta()["started"]})
    assert runs.find(tmp_path, "latest").name == "tie"


def test_a_run_is_found_by_name_prefix_and_path(tmp_path, monkeypatch):
    root = tmp_path / "runs"
    toy, toy2, heat = (begin(root, name) for name in ("toy", "toy-2", "heat"))
    elsewhere = begin(tmp_path / "other", "moved")
    assert runs.find(root, "toy") == toy  # whole names win over prefixes
    assert runs.find(root, "toy-") == toy2
    assert runs.find(root, "h") == heat
    assert runs.find(root, str(elsewhere.path)).path == elsewhere.path
    monkeypatch.chdir(tmp_path)
    assert runs.find(root, "other/moved/").path.samefile(elsewhere.path)
    (tmp_path / "heat").mkdir()
    assert runs.find(root, "heat") == heat


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("t", "2 runs start with 't': toy-1, toy-2"),
        ("tyo", "did you mean 'toy-1'|did you mean 'toy-2'"),
        ("heta-2026", "did you mean 'heat-2026-long-name'"),
        ("zzz", "the last ones are heat-2026-long-name"),
        ("", "no run"),
        ("a" * 5000, "no run"),
        ("a\0", "no run"),
        ("../", "is a directory but not a run"),
    ],
)
def test_what_is_not_found_is_explained(tmp_path, monkeypatch, text, says):
    monkeypatch.chdir(tmp_path)
    for name in ("toy-1", "toy-2", "heat-2026-long-name"):
        begin(tmp_path, name)
    with pytest.raises(RequestError) as caught:
        runs.find(tmp_path, text)
    assert re.search(says, caught.value.render())


def test_a_missing_or_empty_root_says_so(tmp_path):
    for text in ("x", "latest"):
        with pytest.raises(RequestError, match="holds no runs"):
            runs.find(tmp_path, text)
        with pytest.raises(RequestError, match="does not exist"):
            runs.find(tmp_path / "absent", text)


# --- the layers


def test_runs_and_checkpoints_import_nothing_heavy():
    heavy = ("jax", "numpy", "scipy", "pydantic", "yaml", "safetensors")
    loaded = python("import sys, pinn.runs, pinn.checkpoints; print(*sorted(sys.modules), sep='\\n')")
    assert "pinn.checkpoints" in loaded and not [name for name in loaded if name.split(".")[0] in heavy]
