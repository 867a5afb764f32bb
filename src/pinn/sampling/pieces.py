"""Points on one piece of a region, with their shares of its measure and their normals."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from pinn.config import Cluster
from pinn.geometry import ALONE, Body, Cloud, Domain, Part, Piece, Scatter, Sphere, Trimmed, interior, patches
from pinn.sampling.clouds import Side, is_moving, on_cloud
from pinn.sampling.cuts import Cut, cut
from pinn.sampling.frames import Fitted, fit
from pinn.sampling.narrowing import narrowed
from pinn.sampling.wholes import Points, on_whole, wish_for
from pinn.schema import TENSOR, Sampling

PROBES = 2**16
"""Points that tell which share of a piece satisfies a condition: to about 1e-4, on curves 1e-5."""

AGREED = 2e-3
"""How far from that the share by lines may be: else they have missed something."""

NUMBERS = 2**22
"""Coordinates of them all at most."""


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
    smaller = narrowed(domain, piece)
    if smaller is not None and not clusters and not isinstance(said.points, list):
        return on_whole(*smaller, wish_for(*smaller, said, count, seed))
    if said.kind == "gauss" and not clusters and not isinstance(said.points, list):
        inside = fitted(domain, piece)
        if inside is not None:
            return _on_fitted(domain, piece, inside, count)
    found = cut(domain, piece)
    if found is not None:
        return _on_cut(domain, piece, found, said, count, seed, clusters, side)
    assert not isinstance(piece, Part | Scatter | Trimmed)
    return on_whole(domain, piece, wish_for(domain, piece, said, count, seed), clusters)


def _on_cut(
    domain: Domain,
    piece: Piece,
    found: Cut,
    said: Sampling,
    count: int,
    seed: Sequence[int | str],
    clusters: Sequence[Cluster],
    side: Side,
) -> Points:
    """Points of the larger piece, those that are kept; their shares add up to one again."""
    whole = share_of(found.domain, found.whole)
    share = share_of(domain, piece) / whole if whole else 0.0
    number = math.ceil(count / share) if share else 0
    while True:
        drawn = on_piece(found.domain, found.whole, said, number, seed, clusters, side)
        chosen = np.flatnonzero(found.keeps(drawn.points, drawn.normals))
        if len(chosen) >= count or found.whole.dimension(found.domain) == 0:
            break
        number += math.ceil(0.1 * number)
    chosen = chosen if said.kind in TENSOR else chosen[:count]
    shares = drawn.shares[chosen] / drawn.shares[chosen].sum()
    normals = None if drawn.normals is None else found.sign * drawn.normals[chosen]
    return Points(drawn.points[chosen], shares, normals, drawn.measure * share)


def _on_fitted(domain: Domain, piece: Piece, inside: Fitted, count: int) -> Points:
    """Points of a Gauss rule of the part itself."""
    points, normals, shares = inside.gauss(count)
    return Points(points, shares, normals, piece.measure(domain) * share_of(domain, piece))


@lru_cache
def fitted(domain: Domain, piece: Piece) -> Fitted | None:
    """The part by the lines in it; None for a whole piece, and where many points say something else."""
    inside = fit(domain, piece) if isinstance(piece, Part) else None
    if inside is None:
        return None
    by_points = _by_points(domain, piece)
    by_lines = inside.share_of(piece.log_measure(domain))
    return inside if by_lines > 0 < by_points and abs(by_lines - by_points) <= AGREED else None


def share_of(domain: Domain, piece: Piece) -> float:
    """Which share of its whole piece a part is, of its hull a body, by many points; 1 for a piece that is whole."""
    if cut(domain, piece) is None:
        return 1.0
    if smaller := narrowed(domain, piece):
        box, whole = smaller
        return math.exp(whole.log_measure(box) - whole.log_measure(domain))
    if isinstance(domain, Body) and not isinstance(piece, Part):  # what is beside it does not matter
        piece = piece.alone(domain) if isinstance(piece, Trimmed) else interior().pieces[0]
        domain = replace(domain, beside=ALONE)
    return _share(domain, piece)


@lru_cache
def _share(domain: Domain, piece: Piece) -> float:
    by_surfaces = _by_surfaces(domain) if isinstance(domain, Body) and piece in interior().pieces else None
    if by_surfaces is not None:
        return by_surfaces
    inside = fitted(domain, piece)
    return _by_points(domain, piece) if inside is None else inside.share_of(piece.log_measure(domain))


@lru_cache
def _by_points(domain: Domain, piece: Piece) -> float:
    found = cut(domain, piece)
    assert found is not None
    drawn = _probes(found.domain, found.whole)
    kept = found.keeps(drawn.points, drawn.normals)
    return share_of(found.domain, found.whole) * (1.0 if kept.all() else float(drawn.shares[kept].sum()))


def _probes(domain: Domain, piece: Piece) -> Points:
    """Many points of a piece."""
    dimension = piece.dimension(domain)
    is_line = dimension <= 1 and not isinstance(piece, Sphere)
    count = min(PROBES, NUMBERS // len(domain.coordinates)) if dimension else 1
    rule = Sampling(kind="grid" if is_line else "sobol", points=count)
    return on_piece(domain, piece, rule, count, ["share"], ())


def _by_surfaces(body: Body) -> float | None:
    """The share of its hull, by Gauss' theorem d·V = ∮ (x - c)·n; None where numbers cannot hold it.

    Exact where no surface is cut, which a count of points inside is not.
    """
    center = np.array([middle for middle, _ in body.own_scales])
    total = 0.0
    for piece in patches(body):
        drawn = _probes(piece.domain, piece.whole)
        assert drawn.normals is not None
        found = cut(body, piece)
        assert found is not None
        kept = found.keeps(drawn.points, drawn.normals)
        if kept.all() and isinstance(piece.whole, Sphere):  # the mean of its normals is zero
            means = piece.whole.radius
        else:
            means = drawn.shares[kept] @ np.sum((drawn.points - center) * drawn.normals, axis=1)[kept]
        total += piece.side * drawn.measure * means
    hull = interior().pieces[0].measure(body)
    share = total / len(center) / hull if hull else 0.0
    return share if 0.0 < share < math.inf else None
