"""A checkpoint is what was saved, bit for bit, or it is refused."""

import json
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors import safe_open

from pinn import checkpoints
from pinn.errors import StorageError
from pinn.runs.files import sha256

TYPES = [np.float64, np.float32, np.float16, np.int64, np.int32, np.uint8, np.uint32, np.bool_, np.complex64]


def same(left, right) -> bool:
    left, right = np.asarray(left), np.asarray(right)
    return (
        left.dtype == right.dtype.newbyteorder("=")
        and left.shape == right.shape
        and left.tobytes() == right.astype(left.dtype).tobytes()
    )


def seal(header: dict, data: bytes = b"", prefix: bytes | None = None) -> bytes:
    """A file with a valid checksum around any header, as an attacker could make it."""
    text = json.dumps(header, separators=(",", ":")).encode() if prefix is None else prefix
    text += b" " * (-len(text) % 8)
    whole = len(text).to_bytes(8, "little") + text + data
    return whole.replace(b"0" * 64, sha256(whole).encode(), 1)


def about(**changes: str) -> dict[str, str]:
    values = {"sha256": "0" * 64, "format": "pinn-checkpoint", "version": "1", "metadata": "{}"}
    return values | changes


arrays = st.one_of(
    [hnp.arrays(kind, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)) for kind in TYPES]
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(max_size=8), arrays, max_size=4), st.booleans())
def test_round_trip(tmp_path_factory, values, transpose):
    path = tmp_path_factory.mktemp("c") / "a.safetensors"
    values = {name: value.T if transpose else value for name, value in values.items() if name != "__metadata__"}
    metadata = {"step": 3, "config": {"π": [1.5, None, True, "x"]}}
    checkpoints.save(path, values, metadata)
    loaded, found = checkpoints.load(path)
    assert found == metadata
    assert loaded.keys() == values.keys()
    assert all(same(loaded[name], value) for name, value in values.items())


def test_memory_layouts_scalars_and_byte_order(tmp_path):
    path = tmp_path / "a.safetensors"
    grid = np.arange(12.0).reshape(3, 4)
    values = {
        "transposed": grid.T,
        "every second": grid[:, ::2],
        "backwards": grid[::-1],
        "fortran": np.asfortranarray(grid),
        "zero-d": np.array(2.5),
        "scalar": np.float32(1.5),
        "python": 7,
        "big-endian": grid.astype(">f8"),
        "broadcast": np.broadcast_to(np.int32(3), (2, 2)),
        "empty": np.zeros((0, 3)),
        "nan": np.array([np.nan, -0.0, np.inf]),
    }
    checkpoints.save(path, values, {})
    loaded, _ = checkpoints.load(path)
    assert all(same(loaded[name], value) for name, value in values.items())
    assert loaded["zero-d"].shape == () and loaded["transposed"].shape == (4, 3)
    loaded["transposed"][0, 0] = 1.0  # what is loaded may be written to


def test_the_order_of_the_names_does_not_matter(tmp_path):
    values = {"b": np.ones(3), "a": np.zeros(2, bool), "c": np.ones(1, np.float32)}
    checkpoints.save(tmp_path / "1", values, {"x": 1, "y": 2})
    checkpoints.save(tmp_path / "2", dict(reversed(values.items())), {"y": 2, "x": 1})
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
    checkpoints.save(tmp_path / "3", *checkpoints.load(tmp_path / "1"))
    assert (tmp_path / "1").read_bytes() == (tmp_path / "3").read_bytes()


def test_other_readers_of_safetensors_understand_the_file(tmp_path):
    checkpoints.save(tmp_path / "a", {"w": np.eye(3)}, {"step": 3})
    with safe_open(tmp_path / "a", framework="np") as file:
        assert np.array_equal(file.get_tensor("w"), np.eye(3))
        assert file.metadata()["metadata"] == '{"step":3}'


def test_arrays_that_the_format_lacks_are_a_mistake_of_the_caller(tmp_path):
    for value in (np.zeros(2, complex), np.array(["text"]), np.array([{}], object)):
        with pytest.raises(TypeError, match="cannot store w"):
            checkpoints.save(tmp_path / "a", {"w": value}, {})
    assert not list(tmp_path.iterdir())


def test_a_flipped_bit_is_noticed_in_every_byte(tmp_path):
    path = tmp_path / "a.safetensors"
    values = {"weights": np.linspace(0, 1, 180), "flag": np.array(True), "n": np.arange(5)}
    checkpoints.save(path, values, {"step": 12, "config": "text " * 20})
    whole = bytearray(path.read_bytes())
    assert 1900 < len(whole) < 2400
    for at in range(len(whole)):
        bit = 1 << (3 * at) % 8
        whole[at] ^= bit
        path.write_bytes(whole)
        with pytest.raises(StorageError) as caught:
            checkpoints.load(path)
        assert str(path) in str(caught.value)
        whole[at] ^= bit
    path.write_bytes(whole)
    assert same(checkpoints.load(path)[0]["weights"], values["weights"])


def test_every_cut_and_every_added_byte_is_noticed(tmp_path):
    path = tmp_path / "a.safetensors"
    checkpoints.save(path, {"w": np.ones(50)}, {})
    whole = path.read_bytes()
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        with pytest.raises(StorageError, match="damaged"):
            checkpoints.load(path)
    path.write_bytes(whole + b"\0")
    with pytest.raises(StorageError, match="damaged"):
        checkpoints.load(path)


def entry(shape: list[int], start: int, end: int, kind: str = "F64") -> dict:
    return {"dtype": kind, "shape": shape, "data_offsets": [start, end]}


HOSTILE = {
    "huge header": (2**62).to_bytes(8, "little") + b"{" * 200,
    "pickle": b"\x80\x04\x95" + bytes(300),
    "zip": b"PK\x03\x04" + bytes(300),
    "other safetensors": (2).to_bytes(8, "little") + b"{}" + bytes(300),
    "huge shape": seal({"__metadata__": about(), "w": entry([2**40, 2**40], 0, 8)}, bytes(8)),
    "beyond the end": seal({"__metadata__": about(), "w": entry([10**9], 0, 8 * 10**9)}, bytes(8)),
    "overlap": seal({"__metadata__": about(), "v": entry([1], 0, 8), "w": entry([1], 0, 8)}, bytes(8)),
    "hole": seal({"__metadata__": about(), "w": entry([1], 8, 16)}, bytes(16)),
    "unknown type": seal({"__metadata__": about(), "w": entry([4], 0, 8, "BF16")}, bytes(8)),
    "bad metadata": seal({"__metadata__": about(metadata="[1]")}),
    "no version": seal({"__metadata__": {"sha256": "0" * 64, "format": "pinn-checkpoint"}}),
    "other format": seal({"__metadata__": about(format="other")}),
    "names twice": seal(
        {},
        bytes(8),
        json.dumps({"__metadata__": about()}, separators=(",", ":")).encode()[:-1]
        + b',"w":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}' * 2
        + b"}",
    ),
    "deep": seal({}, b"", json.dumps({"__metadata__": about()}, separators=(",", ":")).encode()[:-1]
                 + b',"w":' + b"[" * 10**6),
    "many arrays": seal({"__metadata__": about()} | {f"w{i}": entry([0], 0, 0) for i in range(100_000)}),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_are_refused_quickly(tmp_path, case):
    path = tmp_path / "a.safetensors"
    path.write_bytes(HOSTILE[case])
    start = time.process_time()
    with pytest.raises(StorageError) as caught:
        checkpoints.load(path)
    assert time.process_time() - start < 10  # without the limits: minutes
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_the_envelope_of_the_hostile_files_is_otherwise_accepted(tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_bytes(seal({"__metadata__": about(), "w": entry([1], 0, 8)}, bytes(8)))
    assert same(checkpoints.load(path)[0]["w"], np.zeros(1))


def test_a_newer_version_is_refused_by_name_and_never_replaced_by_an_older_state(tmp_path):
    checkpoints.save(checkpoints.checkpoint_path(tmp_path, 1), {"w": np.ones(1)}, {})
    newer = checkpoints.checkpoint_path(tmp_path, 2)
    newer.write_bytes(seal({"__metadata__": about(version="2")}))
    with pytest.raises(StorageError, match=r"step-00000002.*newer pinn \(version 2, this one reads 1\)"):
        checkpoints.load(newer)
    with pytest.raises(StorageError, match="newer pinn"):
        checkpoints.latest(tmp_path)


def fill(directory: Path, *steps: int) -> list[Path]:
    paths = [checkpoints.checkpoint_path(directory, step) for step in steps]
    for step, path in zip(steps, paths, strict=True):
        checkpoints.save(path, {"w": np.full(3, float(step))}, {"step": step})
    return paths


def test_latest_falls_back_and_says_so(tmp_path):
    assert checkpoints.latest(tmp_path / "absent") == (None, [])
    one, two, three = fill(tmp_path / "checkpoints", 1000, 99_999_999, 100_000_000)
    assert one.name == "step-00001000.safetensors"
    directory = one.parent
    (directory / "step-best.safetensors").write_bytes(b"")
    assert checkpoints.latest(directory) == (three, [])
    three.write_bytes(three.read_bytes()[:-1])
    assert checkpoints.latest(directory) == (two, [three])
    two.write_bytes(b"")
    one.write_bytes(b"")
    assert checkpoints.latest(directory) == (None, [three, two, one])


def test_retain_keeps_two_whole_ones(tmp_path):
    one, two, three, four = fill(tmp_path, 1, 2, 3, 4)
    checkpoints.retain(tmp_path)
    assert sorted(tmp_path.iterdir()) == [three, four]
    fill(tmp_path, 1, 2)
    four.write_bytes(b"damaged")
    checkpoints.retain(tmp_path)
    assert sorted(tmp_path.iterdir()) == [two, three]
    for path in (two, three):
        path.write_bytes(b"damaged")
    checkpoints.retain(tmp_path, keep=1)
    assert sorted(tmp_path.iterdir()) == [two, three]
    assert not one.exists()


def test_a_failed_save_is_an_error_and_the_old_checkpoint_stays(tmp_path, monkeypatch):
    (path,) = fill(tmp_path, 1)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageError, match=r"step-00000001.safetensors: No space left"):
        checkpoints.save(path, {"w": np.zeros(1)}, {})
    assert same(checkpoints.load(path)[0]["w"], np.full(3, 1.0))
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot write"):
        checkpoints.save(tmp_path / "file" / "a", {}, {})


SAVER = """
    import os, random, sys, time
    from pathlib import Path
    import numpy as np
    from pinn import checkpoints

    directory, rng = Path(sys.argv[1]), random.Random(0)
    for kill in range(25):
        child = os.fork()
        if child == 0:
            step = kill * 1000
            while True:
                step += 1
                array = np.full(20_000, float(step))
                checkpoints.save(checkpoints.checkpoint_path(directory, step), {"w": array}, {"step": step})
                checkpoints.retain(directory)
        time.sleep(rng.uniform(0.0, 0.08))
        os.kill(child, 9)
        os.waitpid(child, 0)
"""


def test_kill_9_at_random_moments_never_leaves_a_torn_file(tmp_path):
    subprocess.run([sys.executable, "-c", textwrap.dedent(SAVER), str(tmp_path)], check=True, timeout=60)
    paths = [path for path in tmp_path.iterdir() if path.suffix == ".safetensors"]
    assert paths
    for path in paths:
        loaded, metadata = checkpoints.load(path)
        assert checkpoints.checkpoint_path(tmp_path, metadata["step"]) == path
        assert same(loaded["w"], np.full(20_000, float(metadata["step"])))


def test_a_hundred_megabytes_do_not_take_long(tmp_path):
    values = {f"w{i}": np.random.default_rng(i).random(1_250_000) for i in range(10)}
    start = time.process_time()
    checkpoints.save(tmp_path / "a", values, {})
    saved = time.process_time()
    loaded, _ = checkpoints.load(tmp_path / "a")
    assert saved - start < 5 and time.process_time() - saved < 5
    assert same(loaded["w9"], values["w9"])
