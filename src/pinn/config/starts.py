"""Where a shape begins with what the conditions on its straight or round edges contradict, all along them."""

import math
from collections.abc import Iterator, Mapping, Sequence

from pinn.config.clashes import BEND, JUMP, MOST_COORDINATES, Clash, implied, magnitude, remainder, shown
from pinn.config.conflicts import Wish, wishes
from pinn.config.findings import Path
from pinn.config.hard import HardCondition, without_normal
from pinn.config.model import Equation, Term
from pinn.config.names import Names
from pinn.config.probes import points
from pinn.config.standins import stand_ins
from pinn.expressions import algebra
from pinn.geometry import Area, Ball, Curve, Flat, Part, Piece, Sphere, rims

CLOSE = 1e-9
"""Distances that count as none, by the size of the shape."""

Point = Mapping[int, float]


def find(
    names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], paths: Mapping[str, Path]
) -> Iterator[Clash]:
    """A clash for each such edge of a ball or a shape of the plane."""
    time = names.domain.time
    if time is None or not isinstance(names.domain, Ball | Area) or len(names.domain.coordinates) > MOST_COORDINATES:
        return
    values = [wish for wish in wishes(names, terms, hard, paths) if wish.operator.is_identity]
    for start in values:
        held = dict(start.piece.fixed) if isinstance(start.piece, Flat) else {}
        if set(held) != {time}:
            continue
        for wish in values:
            if wish.unknown == start.unknown and (rim := rim_name(names, wish.piece)):
                yield from _jump(names, start, wish, rim, held)
        for term in terms:
            for piece in term.region.pieces if isinstance(term.content, Equation) and not term.is_number else ():
                if rim := rim_name(names, piece):
                    own = {one.unknown: one for one in values if one.piece == start.piece}
                    yield from _unmet(names, own, start, term, paths[term.name], piece, rim, held)


def rim_name(names: Names, piece: Piece) -> str:
    """The name of the straight or round edge that a piece is, or is a part of; empty where it is none."""
    piece = piece.whole if isinstance(piece, Part) else piece
    if not isinstance(piece, Curve | Sphere):
        return ""
    places, known = list(points(names, piece)), rims(names.domain)
    slack = CLOSE * max(half for _, half in names.domain.scales)
    found = [name for name, rim in known.items() if places and all(abs(rim.at(place)) <= slack for place in places)]
    return next((name for name in (piece.name, "boundary", *found) if name in found), "")


def _jump(names: Names, start: Wish, edge: Wish, rim: str, when: Point) -> Iterator[Clash]:
    scale = max(magnitude(names, start), magnitude(names, edge))
    for place in ({**point, **when} for point in points(names, edge.piece)):
        ours, theirs = edge.value(place), start.value(place)
        if ours is None or theirs is None or not abs(ours - theirs) > JUMP * max(scale, abs(ours), abs(theirs)):
            continue
        said = f"this wants {edge.of} = {ours:.4g} at {shown(names, place)}, and {start.term} wants {theirs:.4g}"
        message = f"{said}: what jumps where a shape begins is hard to find"
        built_in = (0,) * edge.is_built_in + tuple(when) * start.is_built_in
        yield Clash(start.unknown, place, 0, built_in, edge.path, message, "", rim=rim)
        return


def _unmet(
    names: Names,
    known: Mapping[str, Wish],
    start: Wish,
    term: Term,
    path: Path,
    piece: Piece,
    rim: str,
    when: Point,
) -> Iterator[Clash]:
    """Equations of slopes on an edge that are not met by what a shape begins with."""
    assert isinstance(term.content, Equation)
    time = next(iter(when))
    for scalar in (part for residual in term.content.residuals for part in algebra.components(residual)):
        found = stand_ins(without_normal(scalar, piece, names.domain), names)
        slopes = [part for part in found[1] if part.order] if found else []
        if found is None or not slopes or slopes[0].unknown != start.unknown:
            continue
        if any(p.order > 1 or p.unknown not in known or (p.operator and p.operator.order_in(time)) for p in found[1]):
            continue
        for place in ({**point, **when} for point in points(names, piece)):
            state = {part.index: implied(names, known[part.unknown], part, place) for part in found[1]}
            rest, scale = remainder(names, found[0], found[1], known, place, state)
            if rest is not None and math.isfinite(rest) and abs(rest) > BEND * scale:
                said = f"at {shown(names, place)} this is not met by what {start.term} wants"
                message = f"{said}: the solution is singular where the shape begins"
                yield Clash(start.unknown, place, 1, tuple(when) * start.is_built_in, path, message, "", rim=rim)
                return
