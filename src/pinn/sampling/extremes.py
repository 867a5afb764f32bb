"""The largest value of something in a region: sought at many places, then closer and closer around the best."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from pinn.errors import RequestError
from pinn.geometry import Cloud, Domain, Part, Piece, Region, Scatter, Trimmed
from pinn.sampling.cuts import cut
from pinn.sampling.narrowing import narrowed
from pinn.sampling.pieces import on_piece
from pinn.sampling.rules import Wish
from pinn.sampling.vectors import generator
from pinn.sampling.wholes import on_whole
from pinn.schema import Sampling

PLACES, FEWEST, MOST = 2**12, 2**8, 2**20
"""Places on all pieces together to begin with, on a piece at least, and coordinates of them where few belong to it."""

STARTS, AROUND, ROUNDS = 8, 64, 24
"""How many of the best are followed, with so many places around each, and how often their distance is halved."""

BATCH = STARTS * AROUND
"""Places that are asked at a time, but for the first."""

Points = Float[np.ndarray, "n dim"]
Normals = Float[np.ndarray, "n spatial"] | None
Values = Callable[[Points, Normals], Float[np.ndarray, " n"]]


@dataclass(frozen=True)
class Extreme:
    """A largest or least value, and where it is."""

    value: float
    place: Float[np.ndarray, " dim"]


@dataclass(frozen=True)
class _Given(Wish):
    """Points of the unit cube that are known, in place of a rule's; what has fewer coordinates reads the first."""

    unit: Float[np.ndarray, "n dim"]

    def _spread(self, dimension: int) -> Float[np.ndarray, "n dim"]:
        return self.unit[:, :dimension]


@dataclass(frozen=True)
class _Found:
    """The best at places in the unit cube, behind which a piece lies."""

    piece: Piece
    unit: Float[np.ndarray, " cube"]
    best: Extreme


def largest(domain: Domain, region: Region, values: Values, seed: Sequence[int | str]) -> Extreme:
    """The largest of `values`, which are asked for points and normals, in a region and on its edge.

    A peak that is thinner than the distance of a few thousand places may be missed; of a cloud the best of its points.
    Raises `RequestError` where no point of the region is found.
    """
    found = [one for piece in region.pieces for one in _begun(domain, piece, len(region.pieces), values, seed)]
    if not found:
        message = f"no point of the region '{region.name}' was found"
        raise RequestError(message, "its condition holds nowhere, or on less than a thousandth of a percent")
    starts = _apart(domain, found)
    if isinstance(domain, Cloud):
        return starts[0].best
    return max((one.best for one in _followed(domain, starts, values, seed)), key=lambda best: best.value)


def _begun(domain: Domain, piece: Piece, pieces: int, values: Values, seed: Sequence[int | str]) -> Iterator[_Found]:
    """The best of many places of a piece, spread evenly."""
    own, count = [*seed, piece.name], max(FEWEST, PLACES // pieces)
    if isinstance(domain, Cloud):
        drawn = on_piece(domain, piece, Sampling(kind="sobol", points=count), PLACES, own, ())
        unit, points, normals = np.zeros((len(drawn), 0)), drawn.points, drawn.normals
    else:
        while True:
            unit, _ = Wish("sobol", count, None, generator(own)).in_cube(len(domain.coordinates) + 1)
            points, normals, kept = _placed(domain, piece, unit)
            if kept.sum() >= FEWEST or unit.size >= MOST:
                break
            count *= 4
        unit, points, normals = unit[kept], points[kept], None if normals is None else normals[kept]
    if not len(points):
        return
    known = _numbers(values(points, normals))
    for i in np.argsort(-known)[: STARTS * AROUND]:
        yield _Found(piece, unit[i], Extreme(float(known[i]), points[i]))


def _apart(domain: Domain, found: Sequence[_Found]) -> list[_Found]:
    """The best of those that are not close to a better one."""
    halves = np.array([half for _, half in domain.scales])
    chosen: list[_Found] = []
    for one in sorted(found, key=lambda one: -one.best.value):
        near = 4.0 * _step(domain, one.piece)
        if all(np.abs((one.best.place - other.best.place) / halves).max() > near for other in chosen):
            chosen.append(one)
        if len(chosen) == STARTS:
            break
    return chosen


def _followed(domain: Domain, starts: Sequence[_Found], values: Values, seed: Sequence[int | str]) -> Sequence[_Found]:
    """A better place close to each, and again closer to that."""
    source, share = generator([*seed, "around"]), 2.0
    pieces = list(dict.fromkeys(one.piece for one in starts))
    starts = sorted(starts, key=lambda one: pieces.index(one.piece))
    own = [[one.piece == piece for one in starts] for piece in pieces]
    reach = np.array([_step(domain, one.piece) for one in starts])[:, None, None]
    for _ in range(ROUNDS):
        here = np.stack([one.unit for one in starts])[:, None]
        random = source.random((len(starts), AROUND, here.shape[-1]))
        units = np.clip(here + share * reach * (2.0 * random - 1.0), 0.0, 1.0)
        cubes = [units[rows].reshape(-1, here.shape[-1]) for rows in own]
        placed = [_placed(domain, piece, cube) for piece, cube in zip(pieces, cubes, strict=True)]
        points = np.concatenate([points for points, _, _ in placed])
        normals = [normals for _, normals, _ in placed if normals is not None]
        known = _numbers(values(points, np.concatenate(normals) if len(normals) == len(placed) else None))
        known[~np.concatenate([kept for _, _, kept in placed])] = -np.inf
        each = zip(starts, units, np.split(points, len(starts)), np.split(known, len(starts)), strict=True)
        starts = [_better(*one) for one in each]
        share *= 0.5
    return starts


def _better(one: _Found, units: Float[np.ndarray, "n cube"], points: Points, known: Float[np.ndarray, " n"]) -> _Found:
    """The best of some places, where that is better than what is known."""
    i = int(np.argmax(known))
    if not known[i] > one.best.value:
        return one
    return _Found(one.piece, units[i], Extreme(float(known[i]), points[i]))


def _step(domain: Domain, piece: Piece) -> float:
    """The distance of places in the unit cube to begin with."""
    return PLACES ** (-1.0 / max(1, piece.dimension(domain)))


def _numbers(values: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    return np.where(np.isnan(values), -np.inf, values)


def _placed(
    domain: Domain, piece: Piece, unit: Float[np.ndarray, "n cube"]
) -> tuple[Points, Normals, Bool[np.ndarray, " n"]]:
    """The points of a piece for points of the unit cube, their normals, and which of them belong to it."""
    smaller = narrowed(domain, piece)
    if smaller is not None:
        return _placed(*smaller, unit)
    if (found := cut(domain, piece)) is not None:
        points, normals, kept = _placed(found.domain, found.whole, unit)
        kept = kept & found.keeps(points, normals)
        return points, None if normals is None else found.sign * normals, kept
    assert not isinstance(piece, Part | Scatter | Trimmed)
    drawn = on_whole(domain, piece, _Given("given", len(unit), None, np.random.default_rng(0), unit))
    return drawn.points, drawn.normals, np.ones(len(unit), bool)
