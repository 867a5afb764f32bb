"""From columns of a file to a tensor grid: the values of each coordinate, and those of a function at all of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pinn import tables
from pinn.tables import TableError

if TYPE_CHECKING:
    import numpy as np

CLOSE = 1e-9
"""Values of a coordinate that differ by this share of their range are one."""

HALF_AGAIN = 1.5
"""The last step around a ring may be so many times the largest other one."""

WHOLE = "a grid has a number at each of its points"
SCATTERED = "interpolate them to a grid, or fit a run to them with 'data' and name that by 'run'"


def read(path: Path, columns: Sequence[str]) -> "tuple[list[np.ndarray], np.ndarray]":
    """The axes, rising, and the values of the last of the columns, with an axis for each of the others.

    The file has a row for each point of the grid, in any order, or, as an NPZ, an array for each coordinate and one
    with as many axes. Raises `TableError` where it is no grid, or has values that are not finite.
    """
    *inputs, values = tables.arrays(path, columns)
    if all(column.shape == values.shape for column in inputs):
        return _from_rows(path, columns, [column.ravel() for column in inputs], values.ravel())
    lengths = tuple(column.size for column in inputs)
    if values.shape != lengths or any(column.ndim != 1 for column in inputs):
        said = f"'{columns[-1]}' has shape {values.shape}, and {_listed(columns[:-1])} {_listed(lengths)} values"
        raise TableError(f"{path}: {said}", f"let its axes be those of {_listed(columns[:-1])}, in this order")
    return _from_axes(path, columns, inputs, values)


def _from_rows(
    path: Path, names: Sequence[str], columns: "Sequence[np.ndarray]", values: "np.ndarray"
) -> "tuple[list[np.ndarray], np.ndarray]":
    """A grid from a row for each of its points."""
    import numpy as np

    wrong = ~np.isfinite([*columns, values]).all(axis=0)
    if wrong.any():
        raise TableError(f"{tables.place(path, int(np.argmax(wrong)))}: a value is missing or not finite", WHOLE)
    found = [_axis(column) for column in columns]
    shape = tuple(len(axis) for axis, _ in found)
    flat = np.ravel_multi_index(tuple(places for _, places in found), shape)
    order = np.argsort(flat, kind="stable")
    twice = np.flatnonzero(np.diff(flat[order]) == 0)
    if twice.size:
        row = tables.place(path, int(order[twice[0] + 1]))
        raise TableError(f"{row}: there is a row for the same {_listed(names[:-1])} above", "leave one of them out")
    if len(flat) != np.prod(shape, dtype=float):
        said = f"{len(flat)} points with {_listed(shape)} values of {_listed(names[:-1])}"
        raise TableError(f"{path} holds no grid: {said}", SCATTERED)
    return [axis for axis, _ in found], values[order].reshape(shape)


def _from_axes(
    path: Path, names: Sequence[str], axes: "Sequence[np.ndarray]", values: "np.ndarray"
) -> "tuple[list[np.ndarray], np.ndarray]":
    """A grid from its axes, in any order of their values."""
    import numpy as np

    for name, array in zip(names, (*axes, values), strict=True):
        if not np.isfinite(array).all():
            raise TableError(f"{path}: a value of '{name}' is not finite", WHOLE)
    rising = []
    for i, axis in enumerate(axes):
        whole, places = _axis(axis)
        if len(whole) < len(axis):
            raise TableError(f"{path}: a value of '{names[i]}' is there twice", "let the values of an axis rise")
        rising.append(whole)
        values = np.take(values, np.argsort(places), axis=i)
    return rising, values


def _axis(column: "np.ndarray") -> "tuple[np.ndarray, np.ndarray]":
    """The different values of a column, rising, and which of them each of its entries is."""
    import numpy as np

    found = np.unique(column)
    slack = CLOSE * (found[-1] - found[0])
    found = found[np.diff(found, prepend=-np.inf) > slack]
    return found, np.searchsorted(found, column + slack, side="right") - 1


def closed(
    axis: "np.ndarray", values: "np.ndarray", along: int, period: float
) -> "tuple[np.ndarray, np.ndarray] | None":
    """An axis with the values along it, whose two ends are one point of a ring, or None if it does not go around once.

    Where the last point is left out it is added. Raises ValueError with the difference between the values at the ends.
    """
    import numpy as np

    length, steps = axis[-1] - axis[0], np.diff(axis)
    first = np.take(values, [0], axis=along)
    if abs(length - period) <= CLOSE * period:
        last = np.take(values, [-1], axis=along)
        difference = float(np.abs(last - first).max())
        if difference > 1e3 * CLOSE * float(np.abs(values).max()):
            raise ValueError(f"{difference:.3g}")
        values = np.take(values, range(len(axis) - 1), axis=along)
        return axis, np.concatenate([values, first], axis=along)
    if 0 < period - length <= HALF_AGAIN * float(steps.max()):
        return np.append(axis, axis[0] + period), np.concatenate([values, first], axis=along)
    return None


def _listed(words: Sequence[object]) -> str:
    *most, last = map(str, words)
    return f"{', '.join(most)} and {last}" if most else last
