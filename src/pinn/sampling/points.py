"""Points in the pieces of a region: how many on each, where, with their shares of its measure and their normals."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

import numpy as np
from jaxtyping import Float

from pinn.config import Cluster
from pinn.geometry import Area, Ball, Box, Curve, Domain, Entry, Flat, Gaussian, Interval, Piece, Region, Sphere
from pinn.sampling import cells
from pinn.sampling.clusters import clustered
from pinn.sampling.rules import Rule, Wish, along_axis, legendre
from pinn.sampling.vectors import generator
from pinn.schema import TENSOR, Sampling

FACE_FACTOR = 2.0
"""A face has this many times (interior points)^((d-1)/d) points unless the term says otherwise.

In more than `FEW` dimensions all faces together have at most this many times as many points as the interior. Curves of
the plane have as many as a square's face, of the same area, has on the same length.
"""

FEW = 3


@dataclass(frozen=True)
class Points:
    """Points of a region with their shares of its measure, which add up to one, of refined points on average."""

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
    clusters: Sequence[Cluster] = (),
    times: int = 1,
) -> Points:
    """Points for every piece of a region; equal arguments give equal points.

    `count` is for each entry of the region; None takes the default rule. Tensor rules round up, and take one more
    along each axis where they would repeat the points of another rule and count, `apart`. Along the coordinates of
    `clusters`, the points of a box are drawn together; their shares make up for it. `times` multiplies all numbers.
    """
    parts = []
    portions = _portions([piece.log_measure(domain) for piece in region.pieces])
    for entry in region.entries:
        numbers = [times * number for number in counts(domain, entry, said, count)]
        others = numbers if apart is None else counts(domain, entry, *apart)
        for piece, number, other in zip(entry.pieces, numbers, others, strict=True):
            if apart is not None and said.kind in TENSOR:
                number = _differing(number, other, piece.dimension(domain))
            parts.append(_on_piece(domain, piece, said, number, [*seed, entry.name, piece.name], clusters))
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


def _differing(count: int, other: int, dimension: int) -> int:
    """The count, or a larger one if a tensor rule would have the same points for another count."""
    if dimension == 0 or along_axis(count, dimension) != along_axis(other, dimension):
        return count
    return (along_axis(count, dimension) + 1) ** dimension


def _default(domain: Domain, piece: Piece, inside: int) -> int:
    share = piece.dimension(domain) / len(domain.coordinates)
    size = 1.0
    if isinstance(domain, Area) and isinstance(piece, Curve):
        size = math.fsum(arc.length for arc in piece.arcs) * math.exp(-0.5 * domain.log_volume)
    return 1 if share == 0 else math.ceil(FACE_FACTOR * size * inside**share)


def _on_piece(
    domain: Domain, piece: Piece, said: Sampling, count: int, seed: Sequence[int | str], clusters: Sequence[Cluster]
) -> Points:
    wish = Wish(said.kind, count, _per_axis(said, piece.dimension(domain), count), generator(seed))
    match piece:
        case Flat():
            points, shares = _on_flat(domain, piece, wish, clusters)
            normal = piece.normal(domain)
            normals = None if normal is None else np.tile(np.asarray(normal), (len(points), 1))
        case Sphere():
            assert isinstance(domain, Ball)
            unit, shares = wish.on_sphere(len(piece.center), domain.time is not None)
            normals, times = np.hsplit(unit, [len(piece.center)])
            points = _at_times(np.array(piece.center) + piece.radius * normals, times, domain.span)
        case Curve():
            assert isinstance(domain, Area)
            points, normals, shares = _on_curve(domain, piece, wish)
        case _:
            assert_never(piece)
    return Points(points, shares, normals, piece.measure(domain))


def _on_curve(
    domain: Area, piece: Curve, wish: Wish
) -> tuple[Float[np.ndarray, "n dim"], Float[np.ndarray, "n 2"], Float[np.ndarray, " n"]]:
    """Points, normals and shares."""
    timed = domain.time is not None
    if wish.kind == "gauss":
        (unit, times), shares = _with_gauss_times(timed, wish, 1, lambda count: cells.gauss_on_arcs(piece.arcs, count))
    else:
        values, shares = wish.in_cube(1 + timed)
        unit, times = np.hsplit(values, [1])
        unit = unit[:, 0]
    points, normals = cells.on_arcs(piece.arcs, unit)
    return _at_times(points, times, domain.span), normals, shares


def _with_gauss_times(
    timed: bool, wish: Wish, dimension: int, space: Callable[[int], Rule]
) -> tuple[tuple[Float[np.ndarray, "n ..."], Float[np.ndarray, "n times"]], Float[np.ndarray, " n"]]:
    """The product of a rule in space, of this dimension, with a Gauss rule of the unit interval where there is time."""
    count = along_axis(wish.count, dimension + 1) if timed else 1
    places, shares = space(math.ceil(wish.count / count))
    if not timed:
        return (places, np.zeros((len(places), 0))), shares
    times, weights = legendre(count)
    every = np.repeat(places, count, axis=0), np.tile(times, len(places))[:, None]
    return every, np.outer(shares, weights).ravel()


def _at_times(
    points: Float[np.ndarray, "n space"], unit: Float[np.ndarray, "n times"], span: Interval | None
) -> Float[np.ndarray, "n dim"]:
    """The points with times for numbers from 0 to 1."""
    return points if span is None else np.hstack([points, span.low + unit * span.length])


def _on_flat(domain: Domain, piece: Flat, wish: Wish, clusters: Sequence[Cluster]) -> Rule:
    free = piece.free(domain)
    points, shares = np.zeros((1, len(domain.coordinates))), np.ones(1)
    if free:
        values, shares = _in_free(domain, free, wish, clusters)
        points = np.zeros((len(values), len(domain.coordinates)))
        points[:, list(free)] = values
    for index, value in piece.fixed:
        points[:, index] = value
    return points, shares


def _in_free(domain: Domain, free: tuple[int, ...], wish: Wish, clusters: Sequence[Cluster]) -> Rule:
    """Values of the coordinates that vary."""
    match domain:
        case Box():
            return _in_box(domain, free, wish.in_cube(len(free)), clusters)
        case Gaussian():
            normal, shares = wish.normal(len(free))
            scale = np.array([domain.scale[i] for i in free])
            return np.array([domain.mean[i] for i in free]) + normal * scale, shares
        case Ball() | Area() if domain.time in free and len(free) == 1:
            assert domain.span is not None
            unit, shares = wish.in_cube(1)
            return domain.span.low + unit * domain.span.length, shares
        case Ball():
            timed = domain.time in free
            unit, shares = wish.in_ball(len(domain.center), timed)
            space, times = np.hsplit(unit, [len(domain.center)])
            points = np.array(domain.center) + domain.radius * space
            return _at_times(points, times, domain.span if timed else None), shares
        case Area():
            return _in_area(domain, domain.time in free, wish)
        case _:
            assert_never(domain)


def _in_area(domain: Area, timed: bool, wish: Wish) -> Rule:
    """Points of a shape, at all times or at none."""
    if wish.kind == "gauss":
        (points, times), shares = _with_gauss_times(timed, wish, 2, lambda count: cells.gauss(domain.strips, count))
    else:
        unit, shares = wish.in_cube(2 + timed)
        space, times = np.hsplit(unit, [2])
        points = cells.in_strips(domain.strips, space)
    return _at_times(points, times, domain.span if timed else None), shares


def _in_box(domain: Box, free: tuple[int, ...], unit: Rule, clusters: Sequence[Cluster]) -> Rule:
    """A rule of the unit cube in the coordinates that vary."""
    points, shares = unit
    low = np.array([domain.intervals[i].low for i in free])
    values = low + points * np.array([domain.intervals[i].length for i in free])
    for cluster in clusters:
        if cluster.index in free:
            axis = free.index(cluster.index)
            values[:, axis], density = clustered(points[:, axis], cluster, domain.intervals[cluster.index])
            shares = shares / density / np.sum(shares / density)
    return values, shares


def _per_axis(said: Sampling, free: int, count: int) -> list[int] | None:
    """The numbers along each axis, where they were said for as many axes as there are."""
    listed = said.points if isinstance(said.points, list) else []
    return listed if len(listed) == free and math.prod(listed) == count else None
