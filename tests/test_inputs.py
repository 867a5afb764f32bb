"""The files that a config names travel with the run."""

import pytest

from pinn import runs
from pinn.errors import StorageError
from pinn.runs import inputs


def test_inputs_are_copied_and_checked(tmp_path):
    run = runs.create(tmp_path / "runs", "toy", "3fa9")
    for directory, text in (("a", "x,u\n"), ("b", "y,u\n")):
        (tmp_path / directory).mkdir()
        (tmp_path / directory / "data.csv").write_text(text)
    sources = {"a/data.csv": tmp_path / "a/data.csv", "../b/data.csv": tmp_path / "b/data.csv"}
    records = runs.copy_inputs(run, sources)
    assert [record["path"] for record in records.values()] == ["inputs/data.csv", "inputs/data-2.csv"]
    assert all(record["size"] == 4 and len(record["sha256"]) == 64 for record in records.values())
    for source in sources.values():
        source.unlink()
    moved = runs.Run(run.path.rename(tmp_path / "moved"))
    assert runs.input_path(moved, records["../b/data.csv"]).read_text() == "y,u\n"
    (moved.inputs / "data.csv").write_text("x,v\n")
    with pytest.raises(StorageError, match="not the file that the run began with"):
        runs.input_path(moved, records["a/data.csv"])
    (moved.inputs / "data.csv").unlink()
    with pytest.raises(StorageError, match="cannot read"):
        runs.input_path(moved, records["a/data.csv"])


def test_very_large_inputs_stay_where_they_are(tmp_path, monkeypatch):
    monkeypatch.setattr(inputs, "LARGEST_COPY", 10)
    run = runs.create(tmp_path / "runs", "toy", "3fa9")
    source = tmp_path / "big.npz"
    source.write_bytes(bytes(11))
    record = runs.copy_inputs(run, {"big.npz": source})["big.npz"]
    assert record == {"path": str(source), "sha256": runs.sha256(bytes(11)), "size": 11}
    assert not list(run.inputs.iterdir()) and runs.input_path(run, record) == source


def test_inputs_that_cannot_be_read(tmp_path):
    run = runs.create(tmp_path / "runs", "toy", "3fa9")
    assert runs.copy_inputs(run, {}) == {}
    with pytest.raises(StorageError, match=r"cannot copy .*absent"):
        runs.copy_inputs(run, {"absent": tmp_path / "absent"})
