"""The grammar of points on the command line: `x=0,0.5,1; y=0:1:101`."""

import itertools
import math
from collections.abc import Mapping, Sequence

from pinn.errors import RequestError, suggestion

MOST = 10_000_000
"""Points at most."""


def points(text: str, coordinates: Sequence[str], axes: Mapping[str, range]) -> list[list[float]]:
    """Lists zipped point by point; single values are repeated. Raises `RequestError`."""
    given = parse(text, coordinates, axes)
    sizes = {len(values) for values in given.values() if len(values) > 1}
    if len(sizes) > 1:
        lengths = ", ".join(f"{name} has {len(values)}" for name, values in given.items())
        raise RequestError(f"the lists of --at differ in length: {lengths}", "--grid makes their product")
    size = max(sizes, default=1)
    columns = [values * (size if len(values) == 1 else 1) for values in given.values()]
    return [list(row) for row in zip(*columns, strict=True)]


def product(text: str, coordinates: Sequence[str], axes: Mapping[str, range]) -> list[list[float]]:
    """Every combination of the listed values. Raises `RequestError`."""
    given = parse(text, coordinates, axes)
    count = math.prod(len(values) for values in given.values())
    if count > MOST:
        raise RequestError(f"this grid has {count} points; {MOST} are allowed")
    return [list(row) for row in itertools.product(*given.values())]


def parse(text: str, coordinates: Sequence[str], axes: Mapping[str, range]) -> dict[str, list[float]]:
    """Values of every coordinate, in their order; all must be given. Raises `RequestError`.

    `x=0` for a vector x means all of its components, but for those that have values of their own: `x=0; x[1]=0:1:11`.
    """
    given: dict[str, list[float]] = {}
    for part in filter(None, (p.strip() for p in text.split(";"))):
        name, equals, values = (piece.strip() for piece in part.partition("="))
        if not equals:
            raise RequestError(f"'{part}' is not coordinate=values", 'such as "x=0,0.5,1; y=0:1:11"')
        if name not in coordinates and name not in axes:
            hint = suggestion(name, (*axes, *coordinates)) or f"there are {', '.join(axes)}"
            raise RequestError(f"'{name}' is not a coordinate of this run", hint)
        if name in given:
            raise RequestError(f"{name} is given twice")
        given[name] = [number for item in values.split(",") for number in _range(item.strip())]
        if name not in coordinates and len(given[name]) > 1:
            message = f"{name} is a vector of {len(axes[name])} coordinates and takes a single number here"
            raise RequestError(message, f"give lists to its components, as in {name}[0]=0:1:11")
    every = {coordinates[i]: given[name] for name, places in axes.items() if name in given for i in places} | given
    missing = [[coordinates[i] for i in places if coordinates[i] not in every] for places in axes.values()]
    if any(missing):
        first = ", ".join(absent[0] for absent in missing if absent)
        raise RequestError(f"{first} is missing", f"every coordinate needs values: {', '.join(axes)}")
    return {name: every[name] for name in coordinates}


def _range(text: str) -> list[float]:
    parts = text.split(":")
    try:
        if len(parts) == 1:
            return [_finite(parts[0])]
        low, high, count = _finite(parts[0]), _finite(parts[1]), int(parts[2])
        if len(parts) != 3 or not 1 <= count <= MOST:
            raise ValueError
    except (ValueError, IndexError):
        raise RequestError(f"'{text}' is neither a number nor a range", "a range is first:last:count") from None
    step = (high - low) / max(count - 1, 1)
    return [low + i * step for i in range(count - 1)] + [high if count > 1 else low]


def _finite(text: str) -> float:
    """A number, or what a constant expression such as `pi/2` is; ValueError if it is neither."""
    try:
        value = float(text)
    except ValueError:
        return _constant(text)
    if not math.isfinite(value):
        raise ValueError
    return value


def _constant(text: str) -> float:
    from pinn.expressions import ExpressionError, Scope, constant

    try:
        return constant(text, Scope())
    except ExpressionError as error:
        raise ValueError from error
