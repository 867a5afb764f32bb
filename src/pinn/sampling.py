"""Points in the pieces of a region, with their shares of its measure and normals. NumPy and SciPy, imported late."""

import math
import warnings
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

import numpy as np
from jaxtyping import Float

from pinn.config import Estimate
from pinn.geometry import Ball, Box, Domain, Entry, Flat, Gaussian, Piece, Region, Sphere
from pinn.schema import TENSOR, Sampling

FACE_FACTOR = 2.0
"""A face has this many times (interior points)^((d-1)/d) points unless the term says otherwise.

In more than `FEW` dimensions all faces together have at most this many times as many points as the interior.
"""

FEW = 3

Rule = tuple[Float[np.ndarray, "n ..."], Float[np.ndarray, " n"]]
"""Points, and shares that add up to one; on a line the points have one axis only."""


@dataclass(frozen=True)
class Points:
    """Points of a region with their shares of its measure, which add up to one."""

    points: Float[np.ndarray, "n dim"]
    shares: Float[np.ndarray, " n"]
    normals: Float[np.ndarray, "n spatial"] | None
    measure: float = 1.0
    """Of the region; 0 or infinite where a float cannot hold it."""

    @property
    def weights(self) -> Float[np.ndarray, " n"]:
        """Quadrature weights, which add up to the measure."""
        return self.shares * self.measure

    def __len__(self) -> int:
        return len(self.shares)


def sample(
    domain: Domain,
    region: Region,
    said: Sampling,
    count: int | None,
    seed: Sequence[int | str],
    apart: tuple[Sampling, int | None] | None = None,
) -> Points:
    """Points for every piece of a region; equal arguments give equal points.

    `count` is for each entry of the region; None takes the default rule. Tensor rules round up, and take one more
    along each axis where they would repeat the points of another rule and count, `apart`.
    """
    parts = []
    portions = _portions([piece.log_measure(domain) for piece in region.pieces])
    for entry in region.entries:
        numbers = counts(domain, entry, said, count)
        others = numbers if apart is None else counts(domain, entry, *apart)
        for piece, number, other in zip(entry.pieces, numbers, others, strict=True):
            if apart is not None and said.kind in TENSOR:
                number = _differing(number, other, piece.dimension(domain))
            parts.append(_on_piece(domain, piece, said, number, [*seed, entry.name, piece.name]))
    normals = [p.normals for p in parts if p.normals is not None]
    return Points(
        np.concatenate([p.points for p in parts]),
        np.concatenate([portion * p.shares for portion, p in zip(portions, parts, strict=True)]),
        np.concatenate(normals) if len(normals) == len(parts) else None,
        math.fsum(p.measure for p in parts),
    )


def _portions(logarithms: Sequence[float]) -> Float[np.ndarray, " pieces"]:
    """Numbers by their logarithms, divided by their sum; none of them need fit a float."""
    sizes = np.exp(np.array(logarithms) - max(logarithms))
    return sizes / sizes.sum()


def counts(domain: Domain, entry: Entry, said: Sampling, count: int | None) -> list[int]:
    """Number of points asked for on each piece of an entry."""
    inside = math.prod(said.points) if isinstance(said.points, list) else said.points
    if entry.name == "interior":
        return [count or inside]
    if count is None:
        usual = [_default(domain, piece, inside) for piece in entry.pieces]
        most = FACE_FACTOR * inside
        if len(domain.coordinates) <= FEW or sum(usual) <= most:
            return usual
        count = math.ceil(most)
    portions = _portions([piece.log_measure(domain) for piece in entry.pieces])
    return [max(1, math.ceil(count * portion - 1e-9)) for portion in portions]


def vectors(said: Estimate, dimension: int, seed: Sequence[int | str]) -> Float[np.ndarray, "vectors dim"]:
    """Random vectors for estimates; equal arguments give equal vectors.

    Each half has its axes without repetition, as far as there are enough.
    """
    generator = _generator(seed)
    indices, found = np.asarray(said.indices), np.zeros((said.vectors, dimension))
    match said.kind:
        case "signs":
            found[:, indices] = generator.choice((-1.0, 1.0), (said.vectors, len(indices)))
        case "normal":
            found[:, indices] = generator.standard_normal((said.vectors, len(indices)))
        case "axes":
            for half in said.estimators:
                rows = np.asarray(half.vectors)
                found[rows, indices[generator.permutation(len(indices))[: len(rows)]]] = 1.0
        case _:
            assert_never(said.kind)
    return found


def _generator(seed: Sequence[int | str]) -> np.random.Generator:
    words = [zlib.crc32(s.encode()) if isinstance(s, str) else s for s in seed]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))


def _differing(count: int, other: int, dimension: int) -> int:
    """The count, or a larger one if a tensor rule would have the same points for another count."""
    if dimension == 0 or _along_axis(count, dimension) != _along_axis(other, dimension):
        return count
    return (_along_axis(count, dimension) + 1) ** dimension


def _along_axis(count: int, dimension: int) -> int:
    return math.ceil(count ** (1.0 / dimension) - 1e-9)


def _default(domain: Domain, piece: Piece, inside: int) -> int:
    share = piece.dimension(domain) / len(domain.coordinates)
    return 1 if share == 0 else math.ceil(FACE_FACTOR * inside**share)


def _on_piece(domain: Domain, piece: Piece, said: Sampling, count: int, seed: Sequence[int | str]) -> Points:
    wish = _Wish(said.kind, count, _per_axis(said, piece.dimension(domain), count), _generator(seed))
    match piece:
        case Flat():
            points, shares = _on_flat(domain, piece, wish)
            normal = piece.normal(domain)
            normals = None if normal is None else np.tile(np.asarray(normal), (len(points), 1))
        case Sphere():
            normals, shares = wish.on_sphere(len(piece.center))
            points = np.array(piece.center) + piece.radius * normals
        case _:
            assert_never(piece)
    return Points(points, shares, normals, piece.measure(domain))


def _on_flat(domain: Domain, piece: Flat, wish: "_Wish") -> Rule:
    free = piece.free(domain)
    points, shares = np.zeros((1, len(domain.coordinates))), np.ones(1)
    if free:
        values, shares = _in_free(domain, free, wish)
        points = np.zeros((len(values), len(domain.coordinates)))
        points[:, list(free)] = values
    for index, value in piece.fixed:
        points[:, index] = value
    return points, shares


def _in_free(domain: Domain, free: tuple[int, ...], wish: "_Wish") -> Rule:
    """Values of the coordinates that vary."""
    match domain:
        case Box():
            unit, shares = wish.in_cube(len(free))
            low = np.array([domain.intervals[i].low for i in free])
            return low + unit * np.array([domain.intervals[i].length for i in free]), shares
        case Gaussian():
            normal, shares = wish.normal(len(free))
            scale = np.array([domain.scale[i] for i in free])
            return np.array([domain.mean[i] for i in free]) + normal * scale, shares
        case Ball():
            unit, shares = wish.in_ball(len(free))
            return np.array(domain.center) + domain.radius * unit, shares
        case _:
            assert_never(domain)


def _per_axis(said: Sampling, free: int, count: int) -> list[int] | None:
    """The numbers along each axis, where they were said for as many axes as there are."""
    listed = said.points if isinstance(said.points, list) else []
    return listed if len(listed) == free and math.prod(listed) == count else None


@dataclass(frozen=True)
class _Wish:
    """What kind of points, how many, and where random numbers come from."""

    kind: str
    count: int
    per_axis: Sequence[int] | None
    generator: np.random.Generator

    def in_cube(self, dimension: int) -> Rule:
        """Points in the unit cube."""
        match self.kind:
            case "grid":
                return self._tensor(dimension, _midpoints)
            case "gauss":
                return self._tensor(dimension, _legendre)
            case "random":
                return _equal(self.generator.random((self.count, dimension)))
            case _:
                return _equal(self._spread(dimension))

    def normal(self, dimension: int) -> Rule:
        """Points for the standard normal density: drawn, Gauss–Hermite, or quantiles of uniform ones."""
        if self.kind == "random":
            return _equal(self.generator.standard_normal((self.count, dimension)))
        if self.kind == "gauss":
            return self._tensor(dimension, _hermite)
        from scipy.special import ndtri

        unit, weights = self.in_cube(dimension)
        return ndtri(np.clip(unit, 1e-16, 1 - 1e-16)), weights

    def on_sphere(self, dimension: int) -> Rule:
        """Points on the unit sphere: the directions of normal ones."""
        normal, shares = self.normal(dimension)
        return _directions(normal), shares

    def in_ball(self, dimension: int) -> Rule:
        """Points in the unit ball: directions, and radii whose power d is uniform, from one more coordinate."""
        from scipy.special import ndtr

        normal, shares = self.normal(dimension + 1)
        radius = ndtr(normal[:, -1:]) ** (1.0 / dimension)
        return _directions(normal[:, :-1]) * radius, shares

    def _spread(self, dimension: int) -> Float[np.ndarray, "n dim"]:
        from scipy.stats import qmc

        engines = {"sobol": qmc.Sobol, "halton": qmc.Halton, "lhs": qmc.LatinHypercube}
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="The balance properties of Sobol")
            return engines[self.kind](dimension, rng=self.generator).random(self.count)

    def _tensor(self, dimension: int, line: Callable[[int], Rule]) -> Rule:
        """The product of a rule on a line with itself, with at least `count` points in all."""
        sizes = self.per_axis or [_along_axis(self.count, dimension)] * dimension
        lines = [line(size) for size in sizes]
        nodes = np.meshgrid(*(nodes for nodes, _ in lines), indexing="ij")
        weights = np.meshgrid(*(weights for _, weights in lines), indexing="ij")
        return np.stack([n.ravel() for n in nodes], axis=1), np.prod([w.ravel() for w in weights], axis=0)


def _directions(vectors: Float[np.ndarray, "n dim"]) -> Float[np.ndarray, "n dim"]:
    """The vectors at length one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = np.where(lengths > 0, vectors, 1.0)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _equal(points: Float[np.ndarray, "n dim"]) -> Rule:
    return points, np.full(len(points), 1.0 / len(points))


def _midpoints(size: int) -> Rule:
    return (np.arange(size) + 0.5) / size, np.full(size, 1.0 / size)


def _legendre(size: int) -> Rule:
    nodes, weights = np.polynomial.legendre.leggauss(size)
    return 0.5 * (nodes + 1.0), 0.5 * weights


def _hermite(size: int) -> Rule:
    nodes, weights = np.polynomial.hermite_e.hermegauss(size)
    return nodes, weights / weights.sum()
