"""Where a function of one coordinate jumps, or has a kink: by halving, in plain Python."""

import math
from collections.abc import Callable, Iterator
from itertools import pairwise

ALONG = 64
"""Intervals in which one place each is sought."""

START = 0.381966
"""Where the first of them begins, in its own width, so that round numbers lie inside."""

STEP = 1e-6
"""Over which slopes are taken, and how well a kink is known, in widths."""

JUMP, BEND = 1e-2, 5e-2
"""What is left of a difference of values, or of slopes, by their size, where it is one of a jump or a kink."""

Function = Callable[[float], float | None]


def breaks(function: Function, low: float, high: float) -> Iterator[tuple[float, int]]:
    """Places between two numbers where a function jumps, with 0, or has a kink, with 1; at most one in 64th of it."""
    width = high - low
    places = [low + width * min(max((k + START) / ALONG, 2 * STEP), 1 - 2 * STEP) for k in range(-1, ALONG + 1)]

    def slope(x: float) -> float | None:
        before, after = function(x - STEP * width), function(x + STEP * width)
        return None if before is None or after is None else (after - before) / (2 * STEP * width)

    jumps = list(_left(function, places, JUMP, 4 * STEP * width, 0.0))
    yield from ((_round(x, width), 0) for x in jumps)
    least = _size(function, places) / width
    for x in _left(slope, places, BEND, 8 * STEP * width, least):
        if all(abs(x - jump) > width / ALONG for jump in jumps):
            yield _round(x, width), 1


def _left(function: Function, places: list[float], share: float, shortest: float, least: float) -> Iterator[float]:
    """Where a difference of values stays, by their size, however close they are."""
    size = max(_size(function, places), least)
    for a, b in pairwise(places):
        left, right = function(a), function(b)
        while left is not None and right is not None and abs(right - left) > share * size and b - a > shortest:
            middle = 0.5 * (a + b)
            value = function(middle)
            if value is None or not math.isfinite(value):
                break
            if abs(value - left) >= abs(right - value):
                b, right = middle, value
            else:
                a, left = middle, value
        if b - a <= shortest:
            yield 0.5 * (a + b)


def _size(function: Function, places: list[float]) -> float:
    values = [value for value in map(function, places) if value is not None and math.isfinite(value)]
    return max(map(abs, values), default=0.0)


def _round(x: float, width: float) -> float:
    """A number that can be read, as close as it is known."""
    unit = 10.0 ** math.floor(math.log10(width) - 4)
    return round(x / unit) * unit if unit >= 1 else round(x, round(-math.log10(unit)))
