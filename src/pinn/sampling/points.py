"""Points in the pieces of a region: how many on each, where, with their shares of its measure and their normals."""

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from pinn.config import Cluster
from pinn.errors import RequestError
from pinn.geometry import (
    Area,
    Body,
    Cloud,
    Curve,
    Domain,
    Entry,
    Part,
    Piece,
    Region,
    Scatter,
    Shell,
    Trimmed,
    interior,
)
from pinn.sampling.clouds import Side, is_moving
from pinn.sampling.pieces import fitted, on_piece, share_of
from pinn.sampling.rules import along_axis
from pinn.sampling.spheres import rings
from pinn.sampling.wholes import Points
from pinn.schema import TENSOR, Sampling

FACE_FACTOR = 2.0
"""A face has this many times (interior points)^((d-1)/d) points unless the term says otherwise.

In more than `FEW` dimensions all faces together have at most this many times as many points as the interior. Curves of
the plane have as many as a square's face, of the same area, has on the same length.
"""

FEW = 3

ALONG, SCATTERED = 24, 2**14
"""Points of what is reported on a part: so many along each axis at least, or in all where corners are not followed."""


def sample(
    domain: Domain,
    region: Region,
    said: Sampling,
    count: int | None,
    seed: Sequence[int | str],
    apart: tuple[Sampling, int | None] | None = None,
    clusters: Sequence[Cluster] = (),
    times: int = 1,
    side: Side = "all",
    reports: bool = False,
) -> Points:
    """Points for every piece of a region; equal arguments give equal points.

    `count` is for each entry of the region; None takes the default rule. Tensor rules round up, and take one more
    along each axis where they would repeat the points of another rule and count, `apart`. Along the coordinates of
    `clusters`, the points of a box are drawn together; their shares make up for it. `times` multiplies all numbers.
    Of a cloud the points of one `side` are taken. What a run `reports` is integrated over parts as well as can be.
    Raises `RequestError` where an entry has no points.
    """
    drawn: list[tuple[Piece, Points]] = []
    for entry in region.entries:
        numbers = [times * number for number in counts(domain, entry, said, count)]
        others = numbers if apart is None else counts(domain, entry, *apart)
        for piece, number, other in zip(entry.pieces, numbers, others, strict=True):
            if apart is not None and said.kind in TENSOR:
                number = _differing(domain, piece, number, other)
            if number:
                own = [*seed, entry.name, piece.name]
                rule, number = _finest(domain, piece, said, number) if reports else (said, number)
                drawn.append((piece, on_piece(domain, piece, rule, number, own, clusters, side)))
    portions = _portions([_log_measure(domain, piece) for piece, _ in drawn])
    parts = [points for _, points in drawn]
    normals = [p.normals for p in parts if p.normals is not None]
    return Points(
        np.concatenate([p.points for p in parts]),
        np.concatenate([portion * p.shares for portion, p in zip(portions, parts, strict=True)]),
        np.concatenate(normals) if len(normals) == len(parts) else None,
        math.fsum(p.measure for p in parts),
    )


def _finest(domain: Domain, piece: Piece, said: Sampling, count: int) -> tuple[Sampling, int]:
    """The rule and number of points for what is reported: on a part whose lines are known those of Gauss, and many."""
    inside = fitted(domain, piece)
    if inside is None or said.kind == "grid" or isinstance(said.points, list):
        return said, count
    least = ALONG ** piece.dimension(domain) if inside.is_exact else SCATTERED
    return said.model_copy(update={"kind": "gauss"}), max(count, least)


def _portions(logarithms: Sequence[float]) -> Float[np.ndarray, " pieces"]:
    """Numbers by their logarithms, divided by their sum; none of them need fit a float."""
    sizes = np.exp(np.array(logarithms) - max(logarithms))
    return sizes / sizes.sum()


def counts(domain: Domain, entry: Entry, said: Sampling, count: int | None) -> list[int]:
    """Number of points asked for on each piece of an entry."""
    inside = math.prod(said.points) if isinstance(said.points, list) else said.points
    if entry.name == "interior":
        return [count or inside]
    logarithms = [_log_measure(domain, piece) for piece in entry.pieces]
    if max(logarithms) == -math.inf:
        message = f"no point of the region '{entry.name}' was found"
        raise RequestError(message, "its condition holds nowhere, or on less than a thousandth of a percent")
    if count is None:
        usual = [_default(domain, piece, inside) for piece in entry.pieces]
        most = FACE_FACTOR * inside
        if len(domain.coordinates) <= FEW or sum(usual) <= most:
            return usual
        count = math.ceil(most)
    portions = _portions(logarithms)
    return [max(int(portion > 0), math.ceil(count * portion - 1e-9)) for portion in portions]


def _log_measure(domain: Domain, piece: Piece) -> float:
    """The logarithm of a piece's measure; -∞ for a part that is empty."""
    share = share_of(domain, piece)
    return piece.log_measure(domain) + math.log(share) if share else -math.inf


def _differing(domain: Domain, piece: Piece, count: int, other: int) -> int:
    """The count, or a larger one if a tensor rule would have the same points for another count."""
    dimension = piece.dimension(domain)
    if isinstance(domain, Shell) and len(domain.center) == 3 and dimension > 1:
        space = lambda n: math.ceil(n / along_axis(n, dimension)) if dimension > 2 else n
        heights = rings(space(other))
        while rings(space(count)) == heights:
            count += heights
        return count
    if dimension == 0:
        return count
    own, others = along_axis(count, dimension), along_axis(other, dimension)
    by_parity = isinstance(domain, Area) or fitted(domain, piece) is not None
    is_alike = (own - others) % 2 == 0 if by_parity else own == others
    return (own + 1) ** dimension if is_alike else count


def _default(domain: Domain, piece: Piece, inside: int) -> int:
    if isinstance(domain, Cloud) and not is_moving(domain, piece):
        return len(domain.inside) + sum(map(len, domain.parts))  # all that there are
    if isinstance(piece, Part):
        return math.ceil(_share_of_whole(domain, piece) * _default(domain, piece.whole, inside))
    if isinstance(piece, Trimmed):
        return _on_trimmed(domain, piece, inside)
    if isinstance(piece, Scatter):
        return max(len(piece.sheet), math.ceil(FACE_FACTOR * inside ** (1 - 1 / len(domain.coordinates))))
    share = piece.dimension(domain) / interior().pieces[0].dimension(domain)
    if share == 1:
        return inside
    size = 1.0
    if isinstance(domain, Area) and isinstance(piece, Curve):
        size = math.fsum(arc.length for arc in piece.arcs) * math.exp(-0.5 * domain.log_inside({}))
    return 1 if share == 0 else math.ceil(FACE_FACTOR * size * inside**share)


def _share_of_whole(domain: Domain, part: Part) -> float:
    whole = share_of(domain, part.whole)
    return share_of(domain, part) / whole if whole else 0.0


def _on_trimmed(domain: Domain, piece: Trimmed, inside: int) -> int:
    """As many as the face of a cube of the body's volume has on the same area."""
    assert isinstance(domain, Body)
    own = len(domain.own)
    area = _log_measure(domain, piece) - domain.log_beside()
    volume = _log_measure(domain, interior().pieces[0]) - domain.log_beside()
    size = math.exp(area - (1 - 1 / own) * volume)
    return math.ceil(FACE_FACTOR * size * inside ** (1 - 1 / len(domain.coordinates)))
