"""Every whole row of a log comes back, and none twice, whatever happened to the file."""

import math
from collections.abc import Sequence
from pathlib import Path

import pytest

from pinn.errors import StorageError
from pinn.runs import metrics


def write_rows(path: Path, steps: Sequence[int]) -> None:
    for step in steps:
        metrics.append(path, {"step": step, "loss": 1.0 / (step + 1)})


def test_rows_come_back_and_what_is_not_finite_is_null(tmp_path):
    path = tmp_path / "metrics.jsonl"
    assert metrics.read(path) == []
    metrics.append(path, {"step": 1, "loss": math.nan, "terms": {"a": math.inf, "b": 0.1}})
    metrics.append(path, {"step": 2, "note": "a\nb"})
    assert metrics.read(path) == [
        {"step": 1, "loss": None, "terms": {"a": None, "b": 0.1}}, {"step": 2, "note": "a\nb"}
    ]  # fmt: skip
    assert len(path.read_text().splitlines()) == 2 and "NaN" not in path.read_text()
    with pytest.raises(StorageError, match="cannot write"):
        metrics.append(tmp_path / "absent" / "metrics.jsonl", {})


def test_a_file_cut_at_any_byte_gives_its_whole_rows_and_can_be_continued(tmp_path):
    path = tmp_path / "metrics.jsonl"
    write_rows(path, range(4))
    whole, rows = path.read_bytes(), metrics.read(path)
    for end in range(len(whole) + 1):
        path.write_bytes(whole[:end])
        kept = whole[:end].count(b"\n")
        assert metrics.read(path) == rows[:kept]
        metrics.cut(path, 100)
        write_rows(path, [kept])
        assert [row["step"] for row in metrics.read(path)] == list(range(kept + 1))


def test_cut_drops_later_steps_so_that_a_resume_repeats_none(tmp_path):
    path = tmp_path / "metrics.jsonl"
    metrics.cut(path, 3)
    assert not path.exists()
    write_rows(path, range(0, 60, 10))
    metrics.append(path, {"event": "resumed"})
    metrics.cut(path, 30)
    write_rows(path, range(40, 80, 10))
    steps = [row["step"] for row in metrics.read(path) if "step" in row]
    assert steps == list(range(0, 80, 10)) and {"event": "resumed"} in metrics.read(path)


def test_garbage_between_rows_does_not_hide_the_others(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b'{"step": 1}\n{"step"{"step": 2}\n\xff\0\n[]\n\n' + b"[" * 10_000 + b'\n{"step": 3}\n')
    assert metrics.read(path) == [{"step": 1}, {"step": 3}]
