"""The grammar of points on the command line: `x=0,0.5,1; y=0:1:101`."""

import itertools
import math
from collections.abc import Sequence

from pinn.errors import RequestError, suggestion

MOST = 10_000_000
"""Points at most."""


def points(text: str, coordinates: Sequence[str]) -> list[list[float]]:
    """Lists zipped point by point; single values are repeated. Raises `RequestError`."""
    axes = parse(text, coordinates)
    sizes = {len(values) for values in axes.values() if len(values) > 1}
    if len(sizes) > 1:
        lengths = ", ".join(f"{name} has {len(values)}" for name, values in axes.items())
        raise RequestError(f"the lists of --at differ in length: {lengths}", "--grid makes their product")
    size = max(sizes, default=1)
    columns = [axes[name] * (size if len(axes[name]) == 1 else 1) for name in coordinates]
    return [list(row) for row in zip(*columns, strict=True)]


def product(text: str, coordinates: Sequence[str]) -> list[list[float]]:
    """Every combination of the listed values. Raises `RequestError`."""
    axes = parse(text, coordinates)
    count = math.prod(len(values) for values in axes.values())
    if count > MOST:
        raise RequestError(f"this grid has {count} points; {MOST} are allowed")
    return [list(row) for row in itertools.product(*(axes[name] for name in coordinates))]


def parse(text: str, coordinates: Sequence[str]) -> dict[str, list[float]]:
    """Values of every coordinate; all must be given. Raises `RequestError`."""
    axes: dict[str, list[float]] = {}
    for part in filter(None, (p.strip() for p in text.split(";"))):
        name, equals, values = (piece.strip() for piece in part.partition("="))
        if not equals:
            raise RequestError(f"'{part}' is not coordinate=values", 'such as "x=0,0.5,1; y=0:1:11"')
        if name not in coordinates:
            hint = suggestion(name, coordinates) or f"there are {', '.join(coordinates)}"
            raise RequestError(f"'{name}' is not a coordinate of this run", hint)
        if name in axes:
            raise RequestError(f"{name} is given twice")
        axes[name] = [number for item in values.split(",") for number in _range(item.strip())]
    missing = [name for name in coordinates if name not in axes]
    if missing:
        raise RequestError(
            f"{', '.join(missing)} is missing", f"every coordinate needs values: {', '.join(coordinates)}"
        )
    return axes


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
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value
