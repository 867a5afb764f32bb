"""Places in a domain that a term can hold on: the interior, the boundary or a named part of it, planes, points."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import assert_never

from pinn.expressions.axes import axes
from pinn.expressions.tree import Expression, Logic
from pinn.geometry.curves import Arc, Segment, Vector
from pinn.geometry.domains import Area, Ball, Box, Cloud, Domain, Gaussian, Interval, Shell, Solid
from pinn.geometry.pieces import Curve, Flat, Part, Piece, Scatter, Sphere
from pinn.geometry.shapes import CLOSE, inside, within

SIDE = "side"
"""What surrounds a shape, where coordinates beside it have faces of their own."""


class PlaceError(Exception):
    """A place that the domain does not have; `hint` says what it has."""

    def __init__(self, message: str, hint: str | None = None):
        super().__init__(message)
        self.message, self.hint = message, hint


@dataclass(frozen=True)
class Entry:
    """One entry of a term's `on`, with the pieces it consists of."""

    name: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Region:
    """Where a term holds: one entry, or several."""

    entries: tuple[Entry, ...]

    @property
    def name(self) -> str:
        return ", ".join(entry.name for entry in self.entries)

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return tuple(piece for entry in self.entries for piece in entry.pieces)

    @property
    def has_normal(self) -> bool:
        return all(piece.has_normal for piece in self.pieces)


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
        case Ball() | Area() | Cloud():
            return Entry("boundary", (*side(domain, SIDE if domain.axes else "boundary"), *_ends(domain, domain.axes)))
        case Shell():
            raise PlaceError("a sphere has no boundary", "it is one itself; take a ball if you mean what is inside")
        case Gaussian():
            hint = "it is the whole space; use a box or a ball if you need a boundary"
            raise PlaceError("a gaussian domain has no boundary", hint)
        case _:
            assert_never(domain)


def _ends(domain: Box | Ball | Area | Cloud, axes: Iterable[int]) -> tuple[Piece, ...]:
    """Both faces of each of some spatial coordinates that are not periodic."""
    walled = [i for i in axes if i not in domain.periodic]
    faces = ((i, end) for i in walled for end in (_interval(domain, i).low, _interval(domain, i).high))
    return tuple(piece for i, end in faces for piece in plane(domain, i, end).pieces)


def _interval(domain: Box | Solid, index: int) -> Interval:
    """The ends of a coordinate of a box, or of the one beside a shape."""
    return domain.intervals[index] if isinstance(domain, Box) else domain.beside.intervals[index - len(domain.own)]


def side(domain: Ball | Area | Cloud, name: str) -> tuple[Piece, ...]:
    """What surrounds the shape, without the faces of coordinates beside it.

    Raises `PlaceError` where that is not known.
    """
    match domain:
        case Ball(center=center, radius=radius):
            return (Sphere(name, center, radius),)
        case Area():
            return _part(domain, name, None).pieces
        case Cloud(parts=()):
            raise PlaceError("this cloud has no boundary", "name its parts: 'boundary: {wall: wall.csv}'")
        case Cloud(parts=parts):
            return tuple(Scatter(sheet.name, sheet) for sheet in parts)


def names(domain: Domain) -> tuple[str, ...]:
    """The names of parts of the boundary."""
    found = (SIDE,) if isinstance(domain, Solid) and domain.axes else ()
    if isinstance(domain, Cloud):
        return (*found, *(sheet.name for sheet in domain.parts))
    edges = domain.edges if isinstance(domain, Area) else ()
    return (*found, *dict.fromkeys(name for edge in edges for name in edge.names if "=" not in name))


def part(domain: Domain, name: str) -> Entry:
    """The part of the boundary with one of the `names`."""
    if name == SIDE and isinstance(domain, Ball | Area | Cloud) and domain.axes:
        return Entry(name, side(domain, name))
    if isinstance(domain, Cloud):
        return Entry(name, tuple(Scatter(name, sheet) for sheet in domain.parts if sheet.name == name))
    assert isinstance(domain, Area)
    return _part(domain, name, name)


def _part(domain: Area, title: str, name: str | None) -> Entry:
    """A piece for each curve of the boundary that has a name, or any."""
    found: dict[tuple[str, object], list[Arc]] = {}
    for edge in domain.edges:
        if name is None or name in edge.names:
            found.setdefault((edge.names[0], edge.arc.curve), []).append(edge.arc)
    if len(found) == 1:
        return Entry(title, tuple(Curve(title, tuple(arcs)) for arcs in found.values()))
    pieces: list[Curve] = []
    for (own, _), arcs in found.items():
        same = sum(piece.name.split(".")[0] == own for piece in pieces)
        pieces.append(Curve(f"{own}.{same + 1}" if same else own, tuple(arcs)))
    return Entry(title, tuple(pieces))


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
            return Entry(name, _line(domain, index, value, name))
        case Cloud():
            return Entry(name, _on_plane(domain, index, value, name))
        case _:
            assert_never(domain)


def _line(domain: Area, index: int, value: float, name: str) -> tuple[Curve, ...]:
    """The edges that lie on a line, or where there are none what is inside of it."""
    (x, a), (y, b), *_ = domain.scales
    slack = CLOSE * max(a, b)
    edges = [edge.arc for edge in domain.edges if isinstance(edge.arc.curve, Segment)]
    there = [arc for arc in edges if all(abs(end[index] - value) <= slack for end in arc.ends)]
    if there:
        return tuple(Curve(f"{name}.{k}" if k else name, (arc,)) for k, arc in enumerate(there))
    ends: tuple[Vector, Vector] = ((value, y - b), (value, y + b)) if index == 0 else ((x + a, value), (x - a, value))
    arcs = within(domain.shape, Segment(*ends))
    if not arcs:
        middle, half = domain.scales[index]
        hint = f"{domain.coordinates[index]} runs from {middle - half:.12g} to {middle + half:.12g}"
        raise PlaceError(f"{name} is outside the domain", hint)
    return (Curve(name, arcs, inner=True),)


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
        case Ball() | Area() | Cloud() | Shell():
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


def _within_solid(domain: Ball | Area | Cloud | Shell, values: Mapping[int, float], name: str) -> None:
    """Refuse a point outside, of a cloud outside the box around it; what is beside the shape may be left open."""
    for i in (i for i in values if i >= len(domain.own)):
        _within(_interval(domain, i), values[i], domain.coordinates[i])
    own = {i: x for i, x in values.items() if i < len(domain.own)}
    missing = [coordinate for i, coordinate in enumerate(domain.own) if i not in own]
    if not own:
        return
    if missing and not isinstance(domain, Ball):
        kind = {Area: "shape", Cloud: "cloud", Shell: "sphere"}[type(domain)]
        raise PlaceError(f"a point of a {kind} needs all coordinates; {missing[0]} is missing")
    match domain:
        case Cloud(own_scales=scales):
            for i, (middle, half) in enumerate(scales):
                _within(Interval(middle - half, middle + half), own[i], domain.own[i], "cloud")
        case Area(shape=shape):
            here, slack = (own[0], own[1]), CLOSE * max(half for _, half in domain.own_scales)
            if not inside(shape, here) and not any(e.arc.holds(here, slack) for e in domain.edges):
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
        raise PlaceError(f"there is no face {name}", f"{coordinate} is periodic: its two ends are one")
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
