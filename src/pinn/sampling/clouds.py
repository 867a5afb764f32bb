"""Points of a cloud: those that are given, all of them or some picked at random; where there is time, at many times."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from pinn.geometry import Cloud, Flat, Part, Piece, Scatter
from pinn.sampling.conditions import holds
from pinn.sampling.vectors import generator

Side = Literal["training", "others", "all"]
"""Which points of a cloud: those of training, those that are held out, or both."""


@dataclass(frozen=True)
class Given:
    """Points with their shares of a measure and their normals."""

    points: Float[np.ndarray, "n dim"]
    shares: Float[np.ndarray, " n"]
    normals: Float[np.ndarray, "n spatial"] | None

    def rows(self, chosen: np.ndarray) -> "Given":
        """Some of the points, or some of them several times."""
        normals = None if self.normals is None else self.normals[chosen]
        return Given(self.points[chosen], self.shares[chosen], normals)


def is_moving(domain: Cloud, piece: Piece) -> bool:
    """Whether a piece extends along coordinates beside those of the points, such as the time."""
    return bool(_free(domain, piece))


def _free(domain: Cloud, piece: Piece) -> list[int]:
    """The coordinates beside those of the points along which a piece extends."""
    whole = piece.whole if isinstance(piece, Part) else piece
    held = dict(whole.fixed) if isinstance(whole, Flat) else {}
    return [i for i in range(len(domain.own), len(domain.coordinates)) if i not in held]


def on_cloud(domain: Cloud, piece: Piece, count: int, seed: Sequence[int | str], side: Side) -> Given:
    """Points of a piece, their shares adding up to one: `count` of them, at one time as many as there are at most.

    At one time both sides together are all points, whatever the count. Which points are held out does not depend on
    the seed; where there are none on a side, both sides are taken. A part must not be moving.
    """
    found, source = _on_side(domain, piece, side), generator(seed)
    if not len(found.shares):
        found = _on_side(domain, piece, "all")
    size = len(found.shares)
    if not is_moving(domain, piece):
        found = found if side == "all" else found.rows(np.sort(source.permutation(size)[:count]))
        return Given(found.points, found.shares / found.shares.sum(), found.normals)
    order = np.concatenate([source.permutation(size) for _ in range(math.ceil(count / size))])[:count]
    again = found.rows(order)
    shares = again.shares / np.bincount(order)[order]
    points = again.points
    for index in _free(domain, piece):
        unit = (source.permutation(count) + source.random(count)) / count
        interval = domain.beside.intervals[index - len(domain.own)]
        points[:, index] = interval.low + unit * interval.length
    return Given(points, shares / shares.sum(), again.normals)


def _on_side(domain: Cloud, piece: Piece, side: Side) -> Given:
    """The points of a piece on one side, with zeros for the coordinates along which it is moving."""
    if isinstance(piece, Part):
        whole = _on_side(domain, piece.whole, side)
        return whole.rows(np.flatnonzero(holds(piece.condition, whole.points)))
    fixed = dict(piece.fixed) if isinstance(piece, Flat) else {}
    if any(i < len(domain.own) for i in fixed):
        return Given(np.array([[fixed.get(i, 0.0) for i in range(len(domain.coordinates))]]), np.ones(1), None)
    assert isinstance(piece, Flat | Scatter)
    sheet = domain.inside if isinstance(piece, Flat) else piece.sheet
    across = None if isinstance(piece, Flat) else piece.across
    normals = None if isinstance(piece, Flat) or sheet.normals is None else np.stack(sheet.normals, axis=1)
    if across is not None:
        normals = np.tile(np.eye(len(sheet.columns))[across], (len(sheet), 1))
    if isinstance(piece, Flat) and piece.has_normal:
        normals = np.tile(np.array(piece.normal(domain)), (len(sheet), 1))
    elif normals is not None:
        normals = np.pad(normals, ((0, 0), (0, len(domain.axes))))
    rest = (np.full(len(sheet), fixed.get(i, 0.0)) for i in range(len(domain.own), len(domain.coordinates)))
    points = np.stack([*sheet.columns, *rest], axis=1)
    sided = np.ones(len(sheet), bool)
    if side != "all" and sheet.left:
        held = generator(["held out", sheet.name]).permutation(len(sheet))[: sheet.left]
        sided[held] = False
        sided = sided if side == "training" else ~sided
    if isinstance(piece, Scatter) and piece.rows is not None:
        sided &= np.isin(np.arange(len(sheet)), piece.rows)
    return Given(points, np.array(sheet.shares), normals).rows(np.flatnonzero(sided))
