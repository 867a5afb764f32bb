"""CSV and NPZ files as people write them."""

import numpy as np
import pytest

from pinn import tables
from pinn.tables import TableError


def written(tmp_path, content, name="t.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    "content",
    [
        "x,u\n1,2\n3,4\n",
        "x , u \r\n 1 , 2\r\n3,4\r\n",
        "\ufeffx,u\n1,2\n3,4",
        "# x, u\n1,2\n3,4\n",
        "# measured on Monday\nx,u\n1,2\n# a pause\n\n3,4\n",
        "# measured on Monday\n# x,u\n1e0,2.0\n3,4\n",
        'x,"u"\n"1",2\n3,4\n',
        "u,x\n2,1\n4,3\n",
        "x,note,u\n1,fine,2\n3,,4\n",
    ],
)
def test_csv_as_people_write_it(tmp_path, content):
    path = written(tmp_path, content)
    assert set(tables.columns(path)) >= {"x", "u"}
    assert tables.read(path, ("x", "u")).tolist() == [[1, 2], [3, 4]]


def test_empty_cells_are_nan_and_rows_know_their_line(tmp_path):
    path = written(tmp_path, "# c\nx,u\n\n1,\n# c\n3,nan\n")
    values = tables.read(path, ("x", "u"))
    assert values[:, 0].tolist() == [1, 3]
    assert np.isnan(values[:, 1]).all()
    assert [tables.place(path, row) for row in (0, 1)] == [f"{path}, line 4", f"{path}, line 6"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("x,u\n1,2\n3,four\n", "line 3: 'four' in the column 'u' is no number"),
        ("x,u\n1,2,3\n", "line 2 has 3 cells for 2 columns"),
        ("x,u\n", "has no rows"),
        ("x,x\n1,2\n", "two columns called 'x'"),
        ("x,v\n1,2\n", "has no column 'u'"),
        (b"x,u\n\xff\xfe,2\n", "cannot be read|line 2"),
    ],
)
def test_bad_tables_are_refused(tmp_path, content, message):
    path = written(tmp_path, content)
    with pytest.raises(TableError, match=message):
        tables.read(path, ("x", "u"))


def test_arrays(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.arange(6.0).reshape(2, 3), u=np.arange(6), short=np.zeros(2))
    assert tables.columns(path) == ("x", "u", "short")
    assert tables.read(path, ("u", "x")).tolist() == [[i, i] for i in range(6)]
    with pytest.raises(TableError, match="'short' has 2 values, 'x' 6"):
        tables.read(path, ("x", "short"))
    assert tables.place(path, 4) == f"{path}, entry 4"


def test_pickled_arrays_are_never_opened(tmp_path):
    path = tmp_path / "p.npz"
    np.savez(path, x=np.array([{"a": 1}], dtype=object))
    with pytest.raises(TableError, match="cannot be read"):
        tables.read(path, ("x",))


def test_complex_arrays_are_refused(tmp_path):
    path = tmp_path / "c.npz"
    np.savez(path, x=np.zeros(2), u=np.array([1, 1j]))
    for reader in (tables.read, tables.arrays):
        with pytest.raises(TableError, match="the array 'u' is complex; write its real and imaginary parts as two"):
            reader(path, ("x", "u"))


@pytest.mark.parametrize("sign", [";", "\t", " "])
def test_other_separators_than_commas_are_named(tmp_path, sign):
    with pytest.raises(TableError) as caught:
        tables.read(written(tmp_path, f"x{sign}u\n1{sign}2\n"), ("x", "u"))
    assert caught.value.diagnostics[0].hint == f"its cells are separated by {sign!r}; write commas"


def test_files_that_are_not_there_or_not_tables(tmp_path):
    with pytest.raises(TableError, match="there is no file"):
        tables.columns(tmp_path / "none.csv")
    with pytest.raises(TableError, match="cannot be read as a table"):
        tables.columns(written(tmp_path, "not a zip", "bad.npz"))
