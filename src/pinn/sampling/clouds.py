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
    """Whether a piece lasts for all times."""
    whole = piece.whole if isinstance(piece, Part) else piece
    return domain.time is not None and not (isinstance(whole, Flat) and domain.time in dict(whole.fixed))


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
    assert domain.span is not None
    unit = (source.permutation(count) + source.random(count)) / count
    times = domain.span.low + unit[:, None] * domain.span.length
    return Given(np.hstack([again.points, times]), shares / shares.sum(), again.normals)


def _on_side(domain: Cloud, piece: Piece, side: Side) -> Given:
    """The points of a piece on one side, without times where it is moving."""
    if isinstance(piece, Part):
        whole = _on_side(domain, piece.whole, side)
        return whole.rows(np.flatnonzero(holds(piece.condition, whole.points)))
    fixed = dict(piece.fixed) if isinstance(piece, Flat) else {}
    if not fixed.keys().isdisjoint(domain.spatial):
        return Given(np.array([[fixed[i] for i in sorted(fixed)]]), np.ones(1), None)
    assert isinstance(piece, Flat | Scatter)
    sheet = domain.inside if isinstance(piece, Flat) else piece.sheet
    across = None if isinstance(piece, Flat) else piece.across
    normals = None if isinstance(piece, Flat) or sheet.normals is None else np.stack(sheet.normals, axis=1)
    if across is not None:
        normals = np.tile(np.eye(len(sheet.columns))[across], (len(sheet), 1))
    points = np.stack([*sheet.columns, *(np.full(len(sheet), fixed[i]) for i in fixed)], axis=1)
    sided = np.ones(len(sheet), bool)
    if side != "all" and sheet.left:
        held = generator(["held out", sheet.name]).permutation(len(sheet))[: sheet.left]
        sided[held] = False
        sided = sided if side == "training" else ~sided
    if isinstance(piece, Scatter) and piece.rows is not None:
        sided &= np.isin(np.arange(len(sheet)), piece.rows)
    return Given(points, np.array(sheet.shares), normals).rows(np.flatnonzero(sided))
