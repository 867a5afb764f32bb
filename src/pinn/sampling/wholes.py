"""Points on whole pieces, by the rule that fits their shape."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

import numpy as np
from jaxtyping import Float

from pinn.config import Cluster
from pinn.geometry import (
    RADIAL,
    Area,
    Ball,
    Body,
    Box,
    Cloud,
    Curve,
    Domain,
    Flat,
    Gaussian,
    Interval,
    Piece,
    Shell,
    Solid,
    Sphere,
    rings,
)
from pinn.sampling import cells, spheres
from pinn.sampling.clusters import clustered
from pinn.sampling.rules import Rule, Wish, along_axis, legendre, midpoints
from pinn.sampling.vectors import generator
from pinn.schema import TENSOR, Sampling


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


def on_whole(
    domain: Domain,
    piece: Flat | Sphere | Curve,
    wish: Wish,
    clusters: Sequence[Cluster] = (),
) -> Points:
    """Points of a piece that no condition limits."""
    match piece:
        case Flat():
            points, shares = _on_flat(domain, piece, wish, clusters)
            normal = piece.normal(domain)
            normals = None if normal is None else np.tile(np.asarray(normal), (len(points), 1))
        case Sphere():
            assert isinstance(domain, Ball)
            unit, shares = spheres.scattered(len(piece.center), wish, len(domain.beside.intervals))
            normals, rest = np.hsplit(unit, [len(piece.center)])
            rest, shares = _beside(domain, rest, shares, clusters)
            points = _with_rest(domain, np.array(piece.center) + piece.radius * normals, rest)
        case Curve():
            assert isinstance(domain, Area)
            points, normals, shares = _on_curve(domain, piece, wish, clusters)
        case _:
            assert_never(piece)
    if not isinstance(piece, Flat) and normals is not None:
        normals = np.pad(normals, ((0, 0), (0, len(domain.spatial) - normals.shape[1])))
    return Points(points, shares, normals, piece.measure(domain))


def _on_curve(
    domain: Area, piece: Curve, wish: Wish, clusters: Sequence[Cluster]
) -> tuple[Float[np.ndarray, "n dim"], Float[np.ndarray, "n 2"], Float[np.ndarray, " n"]]:
    """Points, normals and shares."""
    more = len(domain.beside.intervals)
    if wish.kind == "gauss":
        rule = lambda count: cells.gauss_on_arcs(piece.arcs, count, domain.inward)
        (unit, rest), shares = _with_lines(more, wish, 1, rule)
    else:
        values, shares = wish.in_cube(1 + more)
        unit, rest = np.hsplit(values, [1])
        unit = unit[:, 0]
    points, normals = cells.on_arcs(piece.arcs, unit)
    rest, shares = _beside(domain, rest, shares, clusters)
    return _with_rest(domain, points, rest), normals, shares


def _with_lines(
    more: int, wish: Wish, dimension: int, space: Callable[[int], Rule], line: Callable[[int], Rule] = legendre
) -> tuple[tuple[Float[np.ndarray, "n ..."], Float[np.ndarray, "n more"]], Float[np.ndarray, " n"]]:
    """The product of a rule in space, of this dimension, with one of the unit interval for each further coordinate."""
    count = along_axis(wish.count, dimension + more)
    places, shares = space(math.ceil(wish.count / count**more))
    rest = np.zeros((len(places), 0))
    nodes, weights = line(count)
    for _ in range(more):
        places = np.repeat(places, count, axis=0)
        rest = np.hstack([np.repeat(rest, count, axis=0), np.tile(nodes, len(rest))[:, None]])
        shares = np.outer(shares, weights).ravel()
    return (places, rest), shares


def _with_rest(
    domain: Solid, points: Float[np.ndarray, "n own"], unit: Float[np.ndarray, "n more"], free: Sequence[int] = ()
) -> Float[np.ndarray, "n dim"]:
    """Points of the shape with values of the other free coordinates, all unless said, for numbers from 0 to 1."""
    chosen = _chosen(domain, unit, free)
    low = np.array([domain.beside.intervals[i].low for i in chosen])
    return np.hstack([points, low + unit * np.array([domain.beside.intervals[i].length for i in chosen])])


def _chosen(domain: Solid, unit: Float[np.ndarray, "n more"], free: Sequence[int]) -> Sequence[int]:
    """Which of the coordinates beside a shape the columns are."""
    return [i - len(domain.own) for i in free if i >= len(domain.own)] or range(unit.shape[1])


def _beside(
    domain: Solid,
    unit: Float[np.ndarray, "n more"],
    shares: Float[np.ndarray, " n"],
    clusters: Sequence[Cluster],
    free: Sequence[int] = (),
) -> tuple[Float[np.ndarray, "n more"], Float[np.ndarray, " n"]]:
    """Numbers from 0 to 1 for the coordinates beside a shape, drawn together along some."""
    for column, index in enumerate(_chosen(domain, unit, free)):
        interval = domain.beside.intervals[index]
        for cluster in (c for c in clusters if c.index == index + len(domain.own)):
            values, density = clustered(unit[:, column], cluster, interval)
            unit = unit.copy()
            unit[:, column] = (values - interval.low) / interval.length
            shares = _evened(shares, density)
    return unit, shares


def _outwards(
    domain: Ball | Area | Body | Shell,
    points: Float[np.ndarray, "n own"],
    shares: Float[np.ndarray, " n"],
    clusters: Sequence[Cluster],
) -> tuple[Float[np.ndarray, "n own"], Float[np.ndarray, " n"]]:
    """Points of a ball, a disk or an annulus, drawn towards its boundary by the volume that is closer to its center."""
    around, crowding = rings(domain), [cluster for cluster in clusters if cluster.index == RADIAL]
    if around is None or not crowding:
        return points, shares
    dimension, center = len(around.center), np.array(around.center)
    low, high = around.inner**dimension, around.outer**dimension
    radii = np.linalg.norm(points - center, axis=1)
    volumes = np.clip((radii**dimension - low) / (high - low), 0.0, 1.0)
    drawn, density = clustered(volumes, crowding[0], Interval(0.0, 1.0))
    factors = (low + drawn * (high - low)) ** (1 / dimension) / np.maximum(radii, np.finfo(float).tiny)
    return center + (points - center) * factors[:, None], _evened(shares, density)


def _evened(shares: Float[np.ndarray, " n"], density: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Shares of points that were drawn with a density, which add up to one."""
    return shares / density / np.sum(shares / density)


def _on_flat(domain: Domain, piece: Flat, wish: Wish, clusters: Sequence[Cluster]) -> Rule:
    free = piece.free(domain)
    points, shares = np.zeros((1, len(domain.coordinates))), np.ones(1)
    if free:
        values, shares = _in_free(domain, piece, wish, clusters)
        points = np.zeros((len(values), len(domain.coordinates)))
        points[:, list(free)] = values
    for index, value in piece.fixed:
        points[:, index] = value
    return points, shares


def _in_free(domain: Domain, piece: Flat, wish: Wish, clusters: Sequence[Cluster]) -> Rule:
    """Values of the coordinates that vary."""
    free = piece.free(domain)
    match domain:
        case Box():
            return _in_box(domain, free, wish.in_cube(len(free)), clusters)
        case Gaussian():
            normal, shares = wish.normal(len(free))
            scale = np.array([domain.scale[i] for i in free])
            return np.array([domain.mean[i] for i in free]) + normal * scale, shares
        case Ball() | Area() | Body() | Shell():
            own = [i for i in free if i < len(domain.own)]
            points, rest, shares = _in_shape(domain, piece, wish, len(own), len(free) - len(own))
            if len(own) == len(domain.own):
                points, shares = _outwards(domain, points, shares, clusters)
            rest, shares = _beside(domain, rest, shares, clusters, free)
            return _with_rest(domain, points, rest, free), shares
        case Cloud():
            raise AssertionError("its points are given")
        case _:
            assert_never(domain)


def _in_shape(
    domain: Ball | Area | Body | Shell, piece: Flat, wish: Wish, own: int, more: int
) -> tuple[Float[np.ndarray, "n own"], Float[np.ndarray, "n more"], Float[np.ndarray, " n"]]:
    """Points of a shape, or of what is left of it in so many coordinates, further numbers from 0 to 1, and shares."""
    if not own:
        rest, shares = wish.in_cube(more)
        return np.zeros((len(rest), 0)), rest, shares
    match domain:
        case Ball():
            held = {i: x for i, x in piece.fixed if i < len(domain.own)}
            unit, shares = wish.in_ball(own, more)
            center = np.array([c for i, c in enumerate(domain.center) if i not in held])
            return center + domain.radius_at(held) * unit[:, :own], unit[:, own:], shares
        case Area() if wish.kind == "gauss":
            rule = lambda count: cells.gauss(domain.strips, count, domain.inward)
            (points, rest), shares = _with_lines(more, wish, 2, rule)
            return points, rest, shares
        case Area():
            unit, shares = wish.in_cube(2 + more)
            return cells.in_strips(domain.strips, unit[:, :2]), unit[:, 2:], shares
        case Shell():
            unit, rest, shares = _on_shell(own, wish, more)
            return np.array(domain.center) + domain.radius * unit, rest, shares
        case Body():
            raise AssertionError("its points are some of those around it")


def _on_shell(
    dimension: int, wish: Wish, more: int
) -> tuple[Float[np.ndarray, "n own"], Float[np.ndarray, "n more"], Float[np.ndarray, " n"]]:
    """Points of the unit sphere, further numbers from 0 to 1, and shares."""
    if wish.kind in TENSOR:
        line = legendre if wish.kind == "gauss" else midpoints
        rule = lambda count: spheres.product(dimension, count, line)
        (unit, rest), shares = _with_lines(more, wish, dimension - 1, rule, line)
        return unit, rest, shares
    values, shares = spheres.scattered(dimension, wish, more)
    return values[:, :dimension], values[:, dimension:], shares


def _in_box(domain: Box, free: tuple[int, ...], unit: Rule, clusters: Sequence[Cluster]) -> Rule:
    """A rule of the unit cube in the coordinates that vary."""
    points, shares = unit
    low = np.array([domain.intervals[i].low for i in free])
    values = low + points * np.array([domain.intervals[i].length for i in free])
    for cluster in clusters:
        if cluster.index in free:
            axis = free.index(cluster.index)
            values[:, axis], density = clustered(points[:, axis], cluster, domain.intervals[cluster.index])
            shares = _evened(shares, density)
    return values, shares


def wish_for(domain: Domain, piece: Piece, said: Sampling, count: int, seed: Sequence[int | str]) -> Wish:
    """What points are asked for on a piece."""
    return Wish(said.kind, count, _per_axis(said, piece.dimension(domain), count), generator(seed))


def _per_axis(said: Sampling, free: int, count: int) -> list[int] | None:
    """The numbers along each axis, where they were said for as many axes as there are."""
    listed = said.points if isinstance(said.points, list) else []
    return listed if len(listed) == free and math.prod(listed) == count else None
