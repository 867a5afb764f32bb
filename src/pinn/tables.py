"""Files of numbers, CSV and NPZ: which columns they have, and the numbers in them. NumPy, imported late.

The first line of a CSV that is no comment (`#`) names its columns; where that line already holds numbers, the last
comment before it does. Empty lines and later comments are passed over.
"""

import csv
import itertools
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pinn.errors import RequestError

if TYPE_CHECKING:
    import numpy as np

_COMPONENT = re.compile(r"(.+)\[([0-9]+)\]")

Line = tuple[int, list[str]]
"""The number of a line, counted from 1, and its cells without surrounding spaces."""


class TableError(RequestError):
    """A file of numbers that cannot be used."""


def columns(path: Path) -> tuple[str, ...]:
    """Names of a CSV's columns or an NPZ's arrays.

    Raises `TableError` if the file is missing, is neither, or names a column twice.
    """
    if not path.is_file():
        raise TableError(f"there is no file {path}")
    try:
        names = _arrays(path) if _is_npz(path) else tuple(next(_lines(path), (0, []))[1])
    except (OSError, UnicodeDecodeError, zipfile.BadZipFile, csv.Error) as error:
        raise TableError(f"{path} cannot be read as a table: {error}", "write CSV in UTF-8, or NPZ") from None
    for name in names:
        if name and names.count(name) > 1:
            hint = misread(names) or "let each column have a name of its own"
            raise TableError(f"{path} has two columns called '{name}'", hint)
    return names


def misread(names: Sequence[str]) -> str | None:
    """What to do about a table whose first line does not read as names of columns."""
    if names and all(map(_is_number, names)):
        return "its first line holds numbers: write one above it with the names of the columns, such as x,u"
    sign = next((sign for sign in ";\t| " if len(names) == 1 and sign in names[0]), None)
    return None if sign is None else f"its cells are separated by {sign!r}; write commas"


def lacking(found: Sequence[str], name: str) -> str:
    """What to do about a table that has no column called `name`, in a config."""
    return misread(found) or f"it has {', '.join(found)}; say which one with 'columns: {{column: {name}}}'"


def read(path: Path, names: Sequence[str]) -> "np.ndarray":
    """The named columns of a file, shape (rows, columns); an empty cell is NaN.

    Raises `TableError` if a cell is not a number, or columns differ in length or are missing.
    """
    known = columns(path)
    missing = [name for name in names if name not in known and not (_is_npz(path) and _vector(name)[0] in known)]
    if missing:
        raise TableError(f"{path} has no column '{missing[0]}'", misread(known) or f"it has {', '.join(known)}")
    values = _npz(path, names) if _is_npz(path) else _csv(path, names)
    if not len(values):
        raise TableError(f"{path} has no rows", "write a line of numbers for each point")
    return values


def arrays(path: Path, names: Sequence[str]) -> "list[np.ndarray]":
    """The named arrays of an NPZ with the shapes that they have there, or columns of a CSV; an empty cell is NaN.

    Raises `TableError` if a cell is not a number or a name is missing.
    """
    import numpy as np

    if not _is_npz(path):
        return list(read(path, names).T)
    try:
        with np.load(path, allow_pickle=False) as archive:
            return [_real(archive[name], name) for name in names]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise TableError(f"{path} cannot be read: {error}") from None


def place(path: Path, row: int) -> str:
    """Where a row of `read` stands in its file, in words: `samples.csv, line 7`."""
    if _is_npz(path):
        return f"{path}, entry {row}"
    number, _ = next(itertools.islice(_lines(path), row + 1, None))
    return f"{path}, line {number}"


def _is_npz(path: Path) -> bool:
    return path.suffix.lower() == ".npz"


def _arrays(path: Path) -> tuple[str, ...]:
    with zipfile.ZipFile(path) as archive:
        return tuple(name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy"))


def _lines(path: Path) -> Iterator[Line]:
    """The line that names the columns, then every row."""
    comment: Line | None = None
    named = False
    with path.open(encoding="utf-8-sig") as stream:
        for number, text in enumerate(stream, start=1):
            bare = text.strip()
            if bare.startswith("#"):
                comment = (number, _cells(bare.lstrip("# ")))
            elif bare:
                cells = _cells(bare)
                if not named and comment is not None and all(map(_is_number, cells)):
                    yield comment
                named = True
                yield number, cells
    if not named and comment is not None:
        yield comment


def _cells(text: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([text], skipinitialspace=True), [])]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _csv(path: Path, names: Sequence[str]) -> "np.ndarray":
    import numpy as np

    lines = _lines(path)
    _, header = next(lines)
    wanted = [header.index(name) for name in names]
    rows = [_row(path, line, header, wanted) for line in lines]
    return np.array(rows, np.float64).reshape(-1, len(names))


def _row(path: Path, line: Line, header: Sequence[str], wanted: Sequence[int]) -> list[float]:
    number, cells = line
    if len(cells) != len(header):
        message = f"{path}, line {number} has {len(cells)} cells for {len(header)} columns"
        raise TableError(message, "leave a cell empty where there is no value, between its commas")
    odd = next((i for i in wanted if cells[i] and not _is_number(cells[i])), None)
    if odd is not None:
        message = f"{path}, line {number}: '{cells[odd]}' in the column '{header[odd]}' is no number"
        raise TableError(message, "every cell must be a number or empty")
    return [float(cells[i]) if cells[i] else float("nan") for i in wanted]


def _npz(path: Path, names: Sequence[str]) -> "np.ndarray":
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as archive:
            parts = Counter(_vector(name)[0] for name in names if name not in archive)
            wholes = {name: _whole(path, archive, name, size) for name, size in parts.items()}
            arrays = [_array(archive, name, wholes).ravel() for name in names]
    except (OSError, ValueError, TypeError) as error:
        raise TableError(f"{path} cannot be read: {error}") from None
    for name, array in zip(names, arrays, strict=True):
        if len(array) != len(arrays[0]):
            sizes = f"{len(array)} values, '{names[0]}' {len(arrays[0])}"
            raise TableError(f"{path}: the array '{name}' has {sizes}", "write out one value for each row")
    return np.stack(arrays, axis=1)


def _vector(name: str) -> tuple[str, int | None]:
    """`x[3]` as the array x and the place 3; a name without brackets is an array as a whole."""
    found = _COMPONENT.fullmatch(name)
    return (found[1], int(found[2])) if found else (name, None)


def _whole(path: Path, archive: "Mapping[str, np.ndarray]", name: str, size: int) -> "np.ndarray":
    """An array whose last axis holds the components of a vector of this size."""
    array = archive[name]
    if array.ndim < 2 or array.shape[-1] != size:
        raise TableError(
            f"{path}: the array '{name}' has shape {array.shape}", f"its last axis must have length {size}"
        )
    return array


def _array(archive: "Mapping[str, np.ndarray]", name: str, wholes: "Mapping[str, np.ndarray]") -> "np.ndarray":
    """An array of an archive, or a component of a vector."""
    whole, component = (name, None) if name in archive else _vector(name)
    return _real(archive[name] if component is None else wholes[whole][..., component], name)


def _real(array: "np.ndarray", name: str) -> "np.ndarray":
    """The array in double precision; TypeError if it is complex."""
    import numpy as np

    if np.iscomplexobj(array):
        raise TypeError(f"the array '{name}' is complex; write its real and imaginary parts as two")
    return np.asarray(array, np.float64)
