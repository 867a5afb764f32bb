"""Points in a region of the plane and on its boundary, from those of the unit square or interval, or by Gauss rules.

Areas of strips are known in closed form, so that the map from the unit square keeps areas: uniform points become
uniform ones, and a Sobol sequence stays evenly spread. Gauss rules are products in each cell, closer together towards
inward corners, where solutions are singular, and where a curve is vertical at the end of a cell, which takes the root
out of its height.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate, pairwise

import numpy as np
from jaxtyping import Float

from pinn.geometry import Arc, Branch, Cell, Ellipse, Strip, Vector
from pinn.sampling.rules import Rule, along_axis, legendre, midpoints

HALVINGS = 60
CLOSE = 1e-6
"""Shares of a cell or an arc that count as none."""

KNOTS = 4097
"""Of the table of an elliptic arc's length: points are uniform to about 1e-7."""

Values = Float[np.ndarray, " n"]


def in_strips(strips: Sequence[Strip], unit: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, "n 2"]:
    """The points of the region for points of the unit square; equal areas go to equal areas."""
    areas = [float(_area(strip, np.array(strip[0].left), np.array(strip[0].right))) for strip in strips]
    ends = np.array(list(accumulate(areas)))
    sought = unit[:, 0] * ends[-1]
    chosen = np.minimum(np.searchsorted(ends, sought, side="right"), len(strips) - 1)
    points = np.empty_like(unit)
    for k, strip in enumerate(strips):
        rows = np.flatnonzero(chosen == k)
        if len(rows):
            points[rows] = _in_strip(strip, sought[rows] - (ends[k] - areas[k]), unit[rows, 1])
    return points


def _in_strip(strip: Strip, sought: Values, up: Values) -> Float[np.ndarray, "n 2"]:
    """x with the sought area to its left, and y that has the share `up` of the strip below it."""
    start = np.array(strip[0].left)
    low, high = np.full(len(sought), strip[0].left), np.full(len(sought), strip[0].right)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        below = _area(strip, start, middle) < sought
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    x = 0.5 * (low + high)
    bottoms = [_height(cell.lower, x) for cell in strip]
    sizes = [np.maximum(_height(cell.upper, x) - bottom, 0.0) for cell, bottom in zip(strip, bottoms, strict=True)]
    left, y = up * np.sum(sizes, axis=0), bottoms[0]
    for k, (bottom, size) in enumerate(zip(bottoms, sizes, strict=True)):
        here = (left >= 0) if k else np.full(len(x), True)
        y = np.where(here, bottom + np.clip(left, 0.0, size), y)
        left = left - size
    return np.stack([x, y], axis=1)


def gauss(strips: Sequence[Strip], count: int, corners: Sequence[Vector] = ()) -> Rule:
    """A Gauss rule of each cell, at least `count` points in all, spread evenly but around corners."""
    cells = [cell for strip in strips for cell in strip]
    areas = [float(_area((cell,), np.array(cell.left), np.array(cell.right))) for cell in cells]
    odd = along_axis(count, 2) % 2
    numbers = [count * area / sum(areas) for area in areas]
    parts = [_in_cell(*one, corners, odd) for one in zip(cells, areas, numbers, strict=True)]
    points, sizes = (np.concatenate(both) for both in zip(*parts, strict=True))
    return points, sizes / sizes.sum()


def _in_cell(cell: Cell, area: float, count: float, corners: Sequence[Vector], odd: int) -> Rule:
    """About as many points as asked for, no fewer, with areas that they stand for."""
    width = cell.right - cell.left
    ratio = width / (area / width)
    there = set(_shares(cell, corners))
    across, wide = _line((count * ratio) ** 0.5, {side for side, _ in there}, odd)
    if cell.is_round:
        across, wide = 0.5 - 0.5 * np.cos(math.pi * across), wide * 0.5 * math.pi * np.sin(math.pi * across)
    up, high = _line((count / ratio) ** 0.5, {share for _, share in there}, odd)
    x = cell.left + width * across
    bottom = _height(cell.lower, x)
    size = np.maximum(_height(cell.upper, x) - bottom, 0.0)
    y = bottom[:, None] + size[:, None] * up
    points = np.stack([np.broadcast_to(x[:, None], y.shape).ravel(), y.ravel()], axis=1)
    return points, (width * (wide * size)[:, None] * high).ravel()


def _shares(cell: Cell, corners: Sequence[Vector]) -> Iterator[tuple[float, float]]:
    """Corners on the left and right sides of a cell, as shares of its width and of its height there."""
    for x, y in corners:
        for side, end in ((0.0, cell.left), (1.0, cell.right)):
            low, high = cell.lower.height(end), cell.upper.height(end)
            share = (y - low) / (high - low) if high > low else 0.0
            if abs(x - end) <= CLOSE * (cell.right - cell.left) and -CLOSE <= share <= 1.0 + CLOSE:
                yield side, round(share) if min(abs(share), abs(share - 1.0)) <= CLOSE else share


def _line(count: float, marks: Collection[float], odd: int) -> Rule:
    """A Gauss rule from 0 to 1, of at least `count` points, in parts that are closer together towards the marks.

    Each part has an odd number of points, or an even one: so rules of one more along each axis share no part.
    """
    marks = _distinct(marks)
    between = {0.5 * (low + high) for low, high in pairwise(marks)}
    nodes, weights = [], []
    for low, high in pairwise(sorted({0.0, 1.0, *marks, *between})):
        least = max(1, math.ceil(count * (high - low) - 1e-9))
        s, shares = legendre(least + (least - odd) % 2)
        if low in marks or high in marks:
            s, shares = s**2, shares * 2.0 * s
        start, way = (high, low - high) if high in marks else (low, high - low)
        nodes.append(start + way * s)
        weights.append(abs(way) * shares)
    return np.concatenate(nodes), np.concatenate(weights)


def _distinct(marks: Collection[float]) -> list[float]:
    """Marks in order, one of those that are the same but for rounding; the ends stay what they are."""
    found: list[float] = []
    for mark in sorted({0.0, 1.0} & set(marks)) + sorted(set(marks) - {0.0, 1.0}):
        if all(abs(mark - other) > CLOSE for other in found):
            found.append(mark)
    return sorted(found)


def _height(branch: Branch, x: Values) -> Values:
    if isinstance(branch.curve, Ellipse):
        (a, b), (r, s) = branch.curve.center, branch.curve.radii
        root = s * np.sqrt(np.maximum(0.0, 1.0 - ((x - a) / r) ** 2))
        return b + root if branch.upper else b - root
    (a, b), (c, d) = branch.curve.start, branch.curve.end
    return b + (d - b) * ((x - a) / (c - a))


def _area(strip: Strip, start: Values, end: Values) -> Values:
    """The area of a strip between two values of x."""
    sides = ((cell.upper, cell.lower) for cell in strip)
    return np.sum([_below(up, start, end) - _below(low, start, end) for up, low in sides], axis=0)


def _below(branch: Branch, start: Values, end: Values) -> Values:
    """∫ y dx along a branch."""
    if not isinstance(branch.curve, Ellipse):
        return 0.5 * (_height(branch, start) + _height(branch, end)) * (end - start)
    (a, b), (r, s) = branch.curve.center, branch.curve.radii
    first, last = (np.clip((x - a) / r, -1.0, 1.0) for x in (start, end))
    quarter = lambda u: u * np.sqrt(1.0 - u * u) + np.arcsin(u)
    bow = 0.5 * r * s * (quarter(last) - quarter(first))
    return b * (end - start) + (bow if branch.upper else -bow)


# --- on curves


def on_arcs(arcs: Sequence[Arc], unit: Values) -> tuple[Float[np.ndarray, "n 2"], Float[np.ndarray, "n 2"]]:
    """The points at these shares of the whole length, and the outward normals there."""
    lengths = [arc.length for arc in arcs]
    ends = np.array(list(accumulate(lengths)))
    sought = unit * ends[-1]
    chosen = np.minimum(np.searchsorted(ends, sought, side="right"), len(arcs) - 1)
    points, normals = np.empty((len(unit), 2)), np.empty((len(unit), 2))
    for k, arc in enumerate(arcs):
        rows = chosen == k
        share = np.clip((sought[rows] - (ends[k] - lengths[k])) / lengths[k], 0.0, 1.0)
        points[rows], normals[rows] = _along(arc, share)
    return points, normals


def _along(arc: Arc, share: Values) -> tuple[Float[np.ndarray, "n 2"], Float[np.ndarray, "n 2"]]:
    """Points of one arc by their shares of its length."""
    curve = arc.curve
    if not isinstance(curve, Ellipse):
        (a, b), (c, d) = curve.start, curve.end
        s = (arc.start + share * (arc.end - arc.start))[:, None]
        points = np.array([a, b]) + s * np.array([c - a, d - b])
        return points, np.broadcast_to(arc.side * np.array(curve.normal(0.0)), points.shape)
    radii = np.array(curve.radii)
    knots = np.linspace(arc.start, arc.end, KNOTS)
    speed = np.hypot(radii[0] * np.sin(knots), radii[1] * np.cos(knots))
    lengths = np.concatenate([[0.0], np.cumsum(0.5 * (speed[1:] + speed[:-1]))])
    angle = np.interp(share * lengths[-1], lengths, knots)
    round_ = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    slopes = round_ / radii
    return np.array(curve.center) + radii * round_, arc.side * slopes / np.linalg.norm(slopes, axis=1, keepdims=True)


def gauss_on_arcs(arcs: Sequence[Arc], count: int, corners: Sequence[Vector] = ()) -> Rule:
    """Places, as shares of the whole length, of a Gauss rule for each arc: of a closed one equal steps."""
    lengths = np.array([arc.length for arc in arcs])
    sizes = count * lengths / lengths.sum()
    lines = [
        midpoints(math.ceil(size - 1e-9)) if arc.is_closed else _line(size, _marked(arc, corners), count % 2)
        for arc, size in zip(arcs, sizes, strict=True)
    ]
    starts = np.cumsum(lengths) - lengths
    places = [start + length * nodes for start, length, (nodes, _) in zip(starts, lengths, lines, strict=True)]
    shares = [length * weights for length, (_, weights) in zip(lengths, lines, strict=True)]
    return np.concatenate(places) / lengths.sum(), np.concatenate(shares) / lengths.sum()


def _marked(arc: Arc, corners: Sequence[Vector]) -> set[float]:
    """The ends of an arc that are corners."""
    slack = CLOSE * arc.length
    return {float(k) for k, end in enumerate(arc.ends) if any(math.dist(end, corner) <= slack for corner in corners)}
