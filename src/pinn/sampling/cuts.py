"""What a piece is cut out of, and which points are kept: parts by a condition, surfaces of bodies, bodies of hulls."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from pinn.geometry import Body, Domain, Flat, Part, Piece, Trimmed, apart, condition
from pinn.sampling.conditions import holds

Points = Float[np.ndarray, "n dim"]
Normals = Float[np.ndarray, "n spatial"]


@dataclass(frozen=True)
class Cut:
    """A larger piece, of a domain of its own, and which of its points are kept."""

    domain: Domain
    whole: Piece
    keeps: Callable[[Points, Normals | None], Bool[np.ndarray, " n"]]
    sign: float = 1.0
    """-1 where the normal is opposite."""


def cut(domain: Domain, piece: Piece) -> Cut | None:
    """What a piece is cut out of; None for one that is whole."""
    match piece:
        case Part(whole=whole, condition=wanted):
            return Cut(domain, whole, lambda points, _: holds(wanted, points))
        case Trimmed():
            assert isinstance(domain, Body)
            return Cut(piece.domain, piece.whole, _on_surface(domain, piece), piece.side)
        case Flat() if isinstance(domain, Body) and 0 in piece.free(domain):
            wanted = condition(domain.formula)
            return Cut(domain.surrounding, piece, lambda points, _: holds(wanted, points))
        case _:
            return None


def _on_surface(body: Body, piece: Trimmed) -> Callable[[Points, Normals | None], Bool[np.ndarray, " n"]]:
    """As `is_kept` of the geometry: where the body is on one side only, and no earlier member's surface is."""
    whole = condition(body.formula)
    earlier = [condition(body.member_formula(i)) for i in range(piece.member or 0)]

    def keeps(points: Points, normals: Normals | None) -> Bool[np.ndarray, " n"]:
        assert normals is not None
        away = np.zeros_like(points)
        away[:, list(piece.domain.spatial)] = apart(body) * normals
        inner, outer = points - away, points + away
        if piece.member is None:
            return holds(whole, inner) & holds(whole, outer)
        changes = lambda wanted: holds(wanted, inner) != holds(wanted, outer)
        return changes(whole) & ~np.any([np.zeros(len(points), bool), *map(changes, earlier)], axis=0)

    return keeps
