"""The boundary of a body, as what it leaves of its members' boundaries, and planes through it."""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from pinn.geometry import outlines
from pinn.geometry.bodies import Body, Simple
from pinn.geometry.boxes import Box, Interval
from pinn.geometry.curves import Segment
from pinn.geometry.pieces import Curve, Flat, Sphere, Trimmed
from pinn.geometry.places import PlaceError
from pinn.geometry.shapes import CLOSE
from pinn.geometry.solids import Area, Ball
from pinn.geometry.spread import spread

MANY = 1000
"""Points that tell whether anything is left of a surface."""

Whole = Flat | Sphere | Curve


@lru_cache
def patches(body: Body) -> tuple[Trimmed, ...]:
    """A piece for each of a member's surfaces, but for those of which nothing is left, as far as points can tell."""
    found: list[Trimmed] = []
    for number, (member, side) in enumerate(zip(body.members, body.outwards, strict=True)):
        domain = body.member_domain(number).times(body.beside)
        for whole in _surfaces(member.domain, member.names):
            same = sum(piece.name.split("#")[0] == whole.name for piece in found)
            name = f"{whole.name}#{same + 1}" if same else whole.name
            piece = Trimmed(name, domain, whole, number, side)
            found += [piece] if next(spread(body, piece, MANY), None) is not None else []
    return tuple(found)


def _surfaces(domain: Simple, names: tuple[str, ...]) -> Iterator[Whole]:
    """The pieces of a simple shape's boundary; those that are not flat are called by its names or their own."""
    match domain:
        case Ball(center=center, radius=radius):
            yield Sphere(next(iter(names), "sphere"), center, radius)
        case Area(edges=edges):
            title = next(iter(names), edges[0].names[0])
            yield from (piece for piece in outlines.part(domain, title, None).pieces if isinstance(piece, Curve))
    box, start = (domain, 0) if isinstance(domain, Box) else (domain.beside, len(domain.own))
    for i, (coordinate, ends) in enumerate(zip(box.coordinates, box.intervals, strict=True), start):
        yield Flat(f"{coordinate}={ends.low:.12g}", ((i, ends.low),), -1.0)
        yield Flat(f"{coordinate}={ends.high:.12g}", ((i, ends.high),), 1.0)


def names(body: Body) -> tuple[str, ...]:
    """The names of parts of the boundary, of members and of what they are combined to, of which anything is left."""
    return tuple(dict.fromkeys(name for piece in patches(body) for name in _names(body, piece)))


def hidden(body: Body) -> tuple[str, ...]:
    """The names of which nothing is left."""
    given = (name for member in body.members for name in member.names)
    return tuple(dict.fromkeys(name for name in given if name not in names(body)))


def _names(body: Body, piece: Trimmed) -> tuple[str, ...]:
    assert piece.member is not None
    member = body.members[piece.member]
    if not isinstance(member.domain, Area) or not isinstance(piece.whole, Curve):
        return member.names
    edges = [edge for edge in member.domain.edges if edge.arc in piece.whole.arcs]
    return (*member.names, *(name for edge in edges for name in edge.names if "=" not in name))


def named(body: Body, name: str) -> tuple[Trimmed, ...]:
    """The part of the boundary with one of the names."""
    return tuple(piece for piece in patches(body) if name in _names(body, piece))


def on_plane(body: Body, index: int, value: float, name: str) -> tuple[Trimmed, ...]:
    """The faces that lie on a plane, or where there are none what is inside of it.

    Raises `PlaceError` if the plane does not reach the body.
    """
    slack = CLOSE * max(half for _, half in body.own_scales)
    faces = [piece for piece in patches(body) if _lies(piece.whole, index, value, slack)]
    if faces:
        return tuple(faces)
    found: tuple[Trimmed, ...] = ()
    if body.around[index].low < value < body.around[index].high:
        wholes = _section(body.surrounding, index, value, name)
        sections = [Trimmed(whole.name, body.surrounding, whole, None) for whole in wholes]
        found = tuple(piece for piece in sections if next(spread(body, piece), None) is not None)
    ends: Interval = body.around[index]
    if not found and ends.low - slack <= value <= ends.high + slack:
        raise PlaceError(f"nothing of the domain lies on {name}", "what was there is cut off, or a single point")
    if not found:
        hint = f"{body.coordinates[index]} runs from {ends.low:.12g} to {ends.high:.12g}"
        raise PlaceError(f"{name} is outside the domain", hint)
    return found


def _lies(whole: Whole, index: int, value: float, slack: float) -> bool:
    """Whether a piece is part of a plane."""
    match whole:
        case Flat(fixed=((i, position),)):
            return i == index and abs(position - value) <= slack
        case Curve(arcs=arcs) if index < 2:
            ends = [end for arc in arcs for end in arc.ends if isinstance(arc.curve, Segment)]
            return bool(ends) and all(abs(end[index] - value) <= slack for end in ends)
        case _:
            return False


def _section(hull: Simple, index: int, value: float, name: str) -> tuple[Whole, ...]:
    """What the hull has of a plane."""
    if isinstance(hull, Area) and index < len(hull.own):
        return tuple(replace(curve, inner=True) for curve in outlines.on_line(hull, index, value, name))
    return (Flat(name, ((index, value),), 1.0),)
