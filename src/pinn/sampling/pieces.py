"""Points on one piece of a region, with their shares of its measure and their normals."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import assert_never

import numpy as np
from jaxtyping import Float

from pinn.config import Cluster
from pinn.geometry import (
    Area,
    Ball,
    Box,
    Cloud,
    Curve,
    Domain,
    Flat,
    Gaussian,
    Interval,
    Part,
    Piece,
    Scatter,
    Shell,
    Sphere,
)
from pinn.sampling import cells, spheres
from pinn.sampling.clouds import Side, is_moving, on_cloud
from pinn.sampling.clusters import clustered
from pinn.sampling.conditions import holds
from pinn.sampling.rules import Rule, Wish, along_axis, legendre, midpoints
from pinn.sampling.vectors import generator
from pinn.schema import TENSOR, Sampling

PROBES = 2**16
"""Points that tell which share of a piece satisfies a condition: to about 1e-4, on curves 1e-5."""

NUMBERS = 2**22
"""Coordinates of them all at most."""


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


def on_piece(
    domain: Domain,
    piece: Piece,
    said: Sampling,
    count: int,
    seed: Sequence[int | str],
    clusters: Sequence[Cluster],
    side: Side = "all",
) -> Points:
    """Points of a piece; at least `count` of a tensor rule, as many as asked for of others, of a cloud at most."""
    if isinstance(domain, Cloud) and not (isinstance(piece, Part) and is_moving(domain, piece)):
        given = on_cloud(domain, piece, count, seed, side)
        return Points(given.points, given.shares, given.normals, piece.measure(domain) * share_of(domain, piece))
    if isinstance(piece, Part):
        return _on_part(domain, piece, said, count, seed, clusters, side)
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
        case Scatter():
            raise AssertionError("a part of a cloud")
        case _:
            assert_never(piece)
    return Points(points, shares, normals, piece.measure(domain))


def _on_part(
    domain: Domain,
    part: Part,
    said: Sampling,
    count: int,
    seed: Sequence[int | str],
    clusters: Sequence[Cluster],
    side: Side,
) -> Points:
    """Points of the whole piece, those at which the condition holds; their shares add up to one again."""
    share = share_of(domain, part)
    number = math.ceil(count / share) if share else 0
    while True:
        drawn = on_piece(domain, part.whole, said, number, seed, clusters, side)
        chosen = np.flatnonzero(holds(part.condition, drawn.points))
        if len(chosen) >= count:
            break
        number += math.ceil(0.1 * number)
    chosen = chosen if said.kind in TENSOR else chosen[:count]
    shares = drawn.shares[chosen] / drawn.shares[chosen].sum()
    normals = None if drawn.normals is None else drawn.normals[chosen]
    return Points(drawn.points[chosen], shares, normals, drawn.measure * share)


@dataclass(frozen=True)
class _Place:
    """A part of a domain, equal to others by what is written of the domain."""

    part: Part
    text: str
    domain: Domain = field(compare=False)


def share_of(domain: Domain, piece: Piece) -> float:
    """Which share of its whole piece a part is, by many points; 1 for a piece that is whole."""
    return _share(_Place(piece, repr(domain), domain)) if isinstance(piece, Part) else 1.0


@lru_cache
def _share(place: _Place) -> float:
    whole = place.part.whole
    is_line = place.part.dimension(place.domain) <= 1 and not isinstance(whole, Sphere)
    count = min(PROBES, NUMBERS // len(place.domain.coordinates))
    rule = Sampling(kind="grid" if is_line else "sobol", points=count)
    drawn = on_piece(place.domain, whole, rule, count, ["share"], ())
    return float(drawn.shares[holds(place.part.condition, drawn.points)].sum())


def _on_curve(
    domain: Area, piece: Curve, wish: Wish
) -> tuple[Float[np.ndarray, "n dim"], Float[np.ndarray, "n 2"], Float[np.ndarray, " n"]]:
    """Points, normals and shares."""
    timed = domain.time is not None
    if wish.kind == "gauss":
        (unit, times), shares = _with_times(timed, wish, 1, lambda count: cells.gauss_on_arcs(piece.arcs, count))
    else:
        values, shares = wish.in_cube(1 + timed)
        unit, times = np.hsplit(values, [1])
        unit = unit[:, 0]
    points, normals = cells.on_arcs(piece.arcs, unit)
    return _at_times(points, times, domain.span), normals, shares


def _with_times(
    timed: bool, wish: Wish, dimension: int, space: Callable[[int], Rule], line: Callable[[int], Rule] = legendre
) -> tuple[tuple[Float[np.ndarray, "n ..."], Float[np.ndarray, "n times"]], Float[np.ndarray, " n"]]:
    """The product of a rule in space, of this dimension, with one of the unit interval where there is time."""
    count = along_axis(wish.count, dimension + 1) if timed else 1
    places, shares = space(math.ceil(wish.count / count))
    if not timed:
        return (places, np.zeros((len(places), 0))), shares
    times, weights = line(count)
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
        case Ball() | Area() | Shell() if domain.time in free and len(free) == 1:
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
        case Shell():
            return _on_shell(domain, domain.time in free, wish)
        case Cloud():
            raise AssertionError("its points are given")
        case _:
            assert_never(domain)


def _in_area(domain: Area, timed: bool, wish: Wish) -> Rule:
    """Points of a shape, at all times or at none."""
    if wish.kind == "gauss":
        (points, times), shares = _with_times(timed, wish, 2, lambda count: cells.gauss(domain.strips, count))
    else:
        unit, shares = wish.in_cube(2 + timed)
        space, times = np.hsplit(unit, [2])
        points = cells.in_strips(domain.strips, space)
    return _at_times(points, times, domain.span if timed else None), shares


def _on_shell(domain: Shell, timed: bool, wish: Wish) -> Rule:
    """Points of a sphere, at all times or at none."""
    dimension = len(domain.center)
    if wish.kind in TENSOR:
        line = legendre if wish.kind == "gauss" else midpoints
        rule = lambda count: spheres.product(dimension, count, line)
        (unit, times), shares = _with_times(timed, wish, dimension - 1, rule, line)
    else:
        values, shares = spheres.scattered(dimension, wish, timed)
        unit, times = np.hsplit(values, [dimension])
    points = np.array(domain.center) + domain.radius * unit
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
