"""Places in a domain that a term can hold on: the interior, the boundary or a named part of it, planes, points."""

import math
from collections.abc import Iterable, Mapping
from typing import assert_never

from pinn.expressions.axes import axes
from pinn.expressions.tree import Expression, Logic
from pinn.geometry import faces, outlines
from pinn.geometry.bodies import Body
from pinn.geometry.boxes import Box, Gaussian, Interval
from pinn.geometry.domains import Domain
from pinn.geometry.pieces import Flat, Part, Piece, Scatter, Sphere
from pinn.geometry.places import Entry, PlaceError
from pinn.geometry.shapes import CLOSE
from pinn.geometry.solids import Area, Ball, Cloud, Shell, Solid

SIDE = "side"
"""What surrounds a shape, where coordinates beside it have faces of their own."""


def interior() -> Entry:
    """The domain itself."""
    return Entry("interior", (Flat("interior"),))


def boundary(domain: Domain) -> Entry:
    """Every face of the spatial coordinates that are not periodic, and what surrounds a shape.

    Raises `PlaceError` where there is none.
    """
    match domain:
        case Box():
            ends = _ends(domain, domain.spatial)
            if not ends:
                raise PlaceError("this box has no boundary", "all of its spatial coordinates are periodic")
            return Entry("boundary", ends)
        case Ball() | Area() | Body() | Cloud():
            return Entry("boundary", (*side(domain, SIDE if domain.axes else "boundary"), *_ends(domain, domain.axes)))
        case Shell():
            raise PlaceError("a sphere has no boundary", "it is one itself; take a ball if you mean what is inside")
        case Gaussian():
            hint = "it is the whole space; use a box or a ball if you need a boundary"
            raise PlaceError("a gaussian domain has no boundary", hint)
        case _:
            assert_never(domain)


def _ends(domain: Box | Ball | Area | Body | Cloud, axes: Iterable[int]) -> tuple[Piece, ...]:
    """Both faces of each of some spatial coordinates that are not periodic."""
    walled = [i for i in axes if i not in domain.periodic]
    faces = ((i, end) for i in walled for end in (_interval(domain, i).low, _interval(domain, i).high))
    return tuple(piece for i, end in faces for piece in plane(domain, i, end).pieces)


def _interval(domain: Box | Solid, index: int) -> Interval:
    """The ends of a coordinate of a box, or of the one beside a shape."""
    return domain.intervals[index] if isinstance(domain, Box) else domain.beside.intervals[index - len(domain.own)]


def side(domain: Ball | Area | Body | Cloud, name: str) -> tuple[Piece, ...]:
    """What surrounds the shape, without the faces of coordinates beside it.

    Raises `PlaceError` where that is not known.
    """
    match domain:
        case Ball(center=center, radius=radius):
            return (Sphere(name, center, radius),)
        case Area():
            return outlines.part(domain, name, None).pieces
        case Body():
            return faces.patches(domain)
        case Cloud(parts=()):
            raise PlaceError("this cloud has no boundary", "name its parts: 'boundary: {wall: wall.csv}'")
        case Cloud(parts=parts):
            return tuple(Scatter(sheet.name, sheet) for sheet in parts)


def names(domain: Domain) -> tuple[str, ...]:
    """The names of parts of the boundary."""
    found = (SIDE,) if isinstance(domain, Solid) and domain.axes else ()
    if isinstance(domain, Cloud):
        return (*found, *(sheet.name for sheet in domain.parts))
    if isinstance(domain, Body):
        return (*found, *faces.names(domain))
    edges = domain.edges if isinstance(domain, Area) else ()
    return (*found, *dict.fromkeys(name for edge in edges for name in edge.names if "=" not in name))


def part(domain: Domain, name: str) -> Entry:
    """The part of the boundary with one of the `names`."""
    if name == SIDE and isinstance(domain, Ball | Area | Body | Cloud) and domain.axes:
        return Entry(name, side(domain, name))
    if isinstance(domain, Body):
        return Entry(name, faces.named(domain, name))
    if isinstance(domain, Cloud):
        return Entry(name, tuple(Scatter(name, sheet) for sheet in domain.parts if sheet.name == name))
    assert isinstance(domain, Area)
    return outlines.part(domain, name, name)


def where(entries: Iterable[Entry], name: str, condition: Expression) -> Entry:
    """The points of some entries at which a condition holds, under a name."""
    return Entry(name, tuple(_limited(piece, condition) for entry in entries for piece in entry.pieces))


def _limited(piece: Piece, condition: Expression) -> Part:
    if isinstance(piece, Part):
        return Part(piece.whole, Logic("and", (piece.condition, condition)))
    return Part(piece, condition)


def plane(domain: Domain, index: int, value: float) -> Entry:
    """The plane on which a coordinate has one value: a face, or a plane inside with its normal towards +.

    Raises `PlaceError` if the domain does not reach it.
    """
    name = f"{domain.coordinates[index]}={value:.12g}"
    if isinstance(domain, Box) or (isinstance(domain, Solid) and index >= len(domain.own)):
        end = _end(domain, index, value, name)
        return Entry(name, (Flat(name, ((index, value),), end if index in domain.spatial else None),))
    match domain:
        case Gaussian():
            return Entry(name, (Flat(name, ((index, value),), 1.0),))
        case Shell():
            hint = "it has points, and parts by conditions under 'regions': cap: z > 0.5"
            raise PlaceError("a sphere has no planes", hint)
        case Ball(center=center, radius=radius):
            _within(Interval(center[index] - radius, center[index] + radius), value, domain.coordinates[index])
            if not domain.radius_at({index: value}):
                raise PlaceError(f"{name} touches the ball in one point only", "it has planes inside, and points")
            return Entry(name, (Flat(name, ((index, value),), 1.0),))
        case Area():
            return Entry(name, outlines.on_line(domain, index, value, name))
        case Body():
            return Entry(name, faces.on_plane(domain, index, value, name))
        case Cloud():
            return Entry(name, _on_plane(domain, index, value, name))
        case _:
            assert_never(domain)


def _on_plane(domain: Cloud, index: int, value: float, name: str) -> tuple[Scatter, ...]:
    """The points of the boundary that lie on a plane, or where there are none those inside."""
    slack = CLOSE * max(half for _, half in domain.scales[: len(domain.spatial)])
    found = [(sheet, sheet.on_plane(index, value, slack)) for sheet in domain.parts]
    there = [Scatter(f"{name}.{sheet.name}", sheet, rows) for sheet, rows in found if rows]
    if len(there) == 1:
        return (Scatter(name, there[0].sheet, there[0].rows),)
    rows = () if there else domain.inside.on_plane(index, value, slack)
    if not there and not rows:
        column = [x for sheet in (domain.inside, *domain.parts) for x in sheet.columns[index]]
        nearest = min(column, key=lambda x: abs(x - value))
        hint = f"the nearest ones have {domain.coordinates[index]}={nearest:.12g}"
        raise PlaceError(f"no point of the cloud lies on {name}", hint)
    return tuple(there) or (Scatter(name, domain.inside, rows, index),)


def point(domain: Domain, values: Mapping[int, float]) -> Entry:
    """A single point, or a line or plane of the domain where only some coordinates are given.

    Raises `PlaceError` if it lies outside.
    """
    name = _point_name(domain, values)
    match domain:
        case Box():
            for index, value in values.items():
                _within(domain.intervals[index], value, domain.coordinates[index], "box")
        case Ball() | Area() | Body() | Cloud() | Shell():
            _within_solid(domain, values, name)
        case Gaussian():
            pass
        case _:
            assert_never(domain)
    return Entry(name, (Flat(name, tuple(sorted(values.items()))),))


def _point_name(domain: Domain, values: Mapping[int, float]) -> str:
    """`{x: 0, t: 1}`, with a single number for a vector whose components are equal."""
    parts = []
    for name, places in axes(domain.coordinates, domain.vectors).items():
        given = [f"{values[i]:.12g}" for i in places if i in values]
        if name not in domain.vectors or len(set(given)) == 1:
            parts += [f"{name}: {number}" for number in given[:1]]
        elif given:
            parts.append(f"{name}: [{', '.join(given)}]")
    return "{" + ", ".join(parts) + "}"


def _within_solid(domain: Ball | Area | Body | Cloud | Shell, values: Mapping[int, float], name: str) -> None:
    """Refuse a point outside, of a cloud outside the box around it; what is beside the shape may be left open."""
    for i in (i for i in values if i >= len(domain.own)):
        _within(_interval(domain, i), values[i], domain.coordinates[i])
    own = {i: x for i, x in values.items() if i < len(domain.own)}
    missing = [coordinate for i, coordinate in enumerate(domain.own) if i not in own]
    if not own:
        return
    if missing and not isinstance(domain, Ball):
        kind = {Area: "shape", Body: "shape", Cloud: "cloud", Shell: "sphere"}[type(domain)]
        raise PlaceError(f"a point of a {kind} needs all coordinates; {missing[0]} is missing")
    match domain:
        case Cloud(own_scales=scales):
            for i, (middle, half) in enumerate(scales):
                _within(Interval(middle - half, middle + half), own[i], domain.own[i], "cloud")
        case Area() | Body():
            if not domain.contains(own, CLOSE * max(half for _, half in domain.own_scales)):
                raise PlaceError(f"{name} is outside the domain")
        case Ball(center=center, radius=radius) | Shell(center=center, radius=radius):
            distance = math.hypot(*(x - center[i] for i, x in own.items()))
            beyond, is_ball = distance / radius - 1, isinstance(domain, Ball)
            if not (beyond <= (1e-12 if not missing else -CLOSE) if is_ball else abs(beyond) <= CLOSE):
                hint = f"its distance from the center is {distance:.6g} of {radius:.6g}"
                raise PlaceError(f"{name} is {'outside the ball' if is_ball else 'not on the sphere'}", hint)


def _end(domain: Box | Solid, index: int, value: float, name: str) -> float:
    """-1 on the lower face, +1 elsewhere."""
    coordinate = domain.coordinates[index]
    end = _within(_interval(domain, index), value, coordinate, "box" if isinstance(domain, Box) else "domain")
    if end and index in domain.periodic:
        there = f"for what holds there, such as the phase of an orbit, write on: {{{coordinate}: {value:.12g}}}"
        raise PlaceError(f"there is no face {name}", f"{coordinate} is periodic: its two ends are one; {there}")
    return float(end or 1)


def _within(interval: Interval, value: float, name: str, kind: str = "domain") -> int:
    """-1 at the lower end, +1 at the upper end, 0 between; raises `PlaceError` outside."""
    slack = 1e-12 * interval.length
    if abs(value - interval.low) <= slack:
        return -1
    if abs(value - interval.high) <= slack:
        return 1
    if not interval.low < value < interval.high:
        message = f"{name}={value:.12g} is outside the {kind}"
        raise PlaceError(message, f"{name} runs from {interval.low:.12g} to {interval.high:.12g}")
    return 0
