"""Files are whole or absent, whatever happens while they are written; reading notices changes."""

import errno
import math
import os
import resource
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from pinn.errors import StorageError
from pinn.runs import files
from pinn.runs.processes import Process


def names(directory: Path) -> list[str]:
    return sorted(entry.name for entry in directory.iterdir())


def dead_process() -> Process:
    """A process of this host that has certainly ended."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    me = Process.current()
    child.kill()
    child.wait()
    return Process(child.pid, me.host)


def test_write_replaces_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "a"
    files.write_atomic(path, b"old")
    files.write_atomic(path, b"new ", memoryview(b"parts"))
    assert path.read_bytes() == b"new parts"
    assert names(tmp_path) == ["a"]


def test_new_files_have_the_permissions_that_the_user_asked_for(tmp_path):
    before = os.umask(0o027)
    try:
        files.write_atomic(tmp_path / "a", b"")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_a_refusal_names_the_path_and_keeps_the_old_file(tmp_path, monkeypatch, call, number):
    path = tmp_path / "state"
    files.write_atomic(path, b"old")

    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(StorageError) as caught:
        files.write_atomic(path, b"new")
    assert str(path) in str(caught.value) and os.strerror(number) in str(caught.value)
    assert caught.value.exit_code == 5
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["state"]


def test_an_interrupt_while_writing_leaves_the_old_file_and_no_temporary(tmp_path, monkeypatch):
    path = tmp_path / "state"
    files.write_atomic(path, b"old")

    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        files.write_atomic(path, b"new")
    assert path.read_bytes() == b"old" and names(tmp_path) == ["state"]


def test_a_full_disk_midway_through_the_data(tmp_path):
    path = tmp_path / "state"
    files.write_atomic(path, b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(StorageError, match="state"):
            files.write_atomic(path, bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == b"old" and names(tmp_path) == ["state"]


def test_a_missing_parent_and_a_parent_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "absent" / "a", tmp_path / "file" / "a"):
        with pytest.raises(StorageError, match="cannot write") as caught:
            files.write_atomic(path, b"x")
        assert "check that the directory exists" in caught.value.render()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_directory(tmp_path):
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(StorageError, match="Permission denied"):
            files.write_atomic(tmp_path / "a", b"x")
    finally:
        tmp_path.chmod(0o755)


def test_a_directory_that_cannot_be_synchronised_is_no_failure(tmp_path, monkeypatch):
    real = os.fsync

    def fsync(descriptor):
        if os.path.isdir(f"/proc/self/fd/{descriptor}"):  # noqa: PTH112 (a magic link)
            raise OSError(errno.EINVAL, "Invalid argument")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    files.write_atomic(tmp_path / "a", b"x")
    assert (tmp_path / "a").read_bytes() == b"x"


def test_reading_what_is_not_there(tmp_path):
    with pytest.raises(StorageError, match=r"cannot read .*absent"):
        files.read_bytes(tmp_path / "absent")
    with pytest.raises(StorageError, match=r"cannot read .*absent"):
        files.sha256_of_file(tmp_path / "absent")


def test_json_round_trip_with_numbers_that_json_lacks(tmp_path):
    path = tmp_path / "a.json"
    files.write_json(path, {"x": 0.1, "bad": math.nan, "list": (1, [math.inf, None]), "deep": {3: "é\u2028"}})
    assert files.read_json(path) == {
        "x": 0.1,
        "bad": None,
        "list": [1, [None, None]],
        "deep": {"3": "é\u2028"},
    }
    assert "NaN" not in path.read_text() and "Infinity" not in path.read_text()


def test_any_changed_value_in_json_is_noticed(tmp_path):
    path = tmp_path / "a.json"
    values = {"loss": 0.125, "step": 17, "why": "done"}
    files.write_json(path, values)
    whole, seen = path.read_bytes(), 0
    for at in range(len(whole)):
        for bit in range(8):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
            try:
                assert files.read_json(path) == values  # a flip in the white space changes nothing
            except StorageError as error:
                assert str(path) in str(error)
                seen += 1
    assert seen > 0.9 * 8 * len(b"".join(whole.split()))


@pytest.mark.parametrize("text", [b"", b"{", b"[1]", b"null", b'{"a": 1}', b"\xff", b"[" * 100_000])
def test_what_is_no_file_of_ours_is_refused(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_bytes(text)
    with pytest.raises(StorageError, match="damaged"):
        files.read_json(path)


def test_checksums(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, appendix B.1
    assert files.sha256(b"a", memoryview(b"bc")) == known == files.sha256_of_file(tmp_path / "a")


def test_space_is_compared_with_what_the_file_system_has(tmp_path):
    files.require_space(tmp_path, 1)
    with pytest.raises(StorageError, match="are needed"):
        files.require_space(tmp_path, 10**21)


@pytest.mark.parametrize(
    ("free", "size", "said"),
    [(0, 2330, "room for 0 bytes, and 2.33 kB are"), (2_500_000, 3 * 10**9, "room for 2.5 MB, and 3 GB are")],
)
def test_room_is_told_in_units_that_suit_it(tmp_path, monkeypatch, free, size, said):
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=free, f_frsize=1))
    with pytest.raises(StorageError, match=said):
        files.require_space(tmp_path, size)


def test_sweep_removes_what_the_dead_left_and_nothing_else(tmp_path, monkeypatch):
    dead = dead_process()

    def leave(owner: Process) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(Process, "current", classmethod(lambda cls: owner))
            (tmp_path / files._temporary_name()).write_bytes(b"half")

    kept = [
        Process.current(),
        Process(os.getppid(), Process.current().host),
        Process(dead.pid, "another-host/77"),
    ]
    for owner in kept:
        leave(owner)
    (tmp_path / "notes.tmp").write_text("the user's own")
    before = names(tmp_path)
    leave(dead)
    leave(Process(os.getpid(), dead.host, born=1))  # a namesake from before the last restart
    assert len(names(tmp_path)) == len(before) + 2
    files.sweep(tmp_path)
    assert names(tmp_path) == before
    files.sweep(tmp_path / "absent")


def test_a_process_that_was_killed_but_not_awaited_is_gone():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    owner = Process(child.pid, Process.current().host)
    assert not owner.is_gone
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # wait without reaping: it stays a zombie
    assert owner.is_gone
    child.wait()
    assert owner.is_gone
    assert not Process.current().is_gone
    assert Process.from_json(Process.current().as_json()) == Process.current()
    assert Process.from_json({"pid": "1", "host": "x"}) is None
