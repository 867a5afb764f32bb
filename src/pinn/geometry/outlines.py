"""Pieces of the boundary of a shape of the plane, by their names and by the lines that they lie on."""

from pinn.geometry.curves import Arc, Segment, Vector
from pinn.geometry.pieces import Curve
from pinn.geometry.places import Entry, PlaceError
from pinn.geometry.shapes import CLOSE, Shape, outline, within
from pinn.geometry.solids import Area


def drawn(domain: Area, shape: Shape, title: str) -> Entry:
    """The outline of another shape, as far as it lies inside, with its outward normal: a piece for each curve.

    Raises `PlaceError` where nothing of it does.
    """
    found: dict[object, list[Arc]] = {}
    for edge in outline(shape):
        if arcs := within(domain.shape, edge.arc):
            found.setdefault(edge.arc.curve, []).extend(arcs)
    if not found:
        raise PlaceError("this outline has no part inside of the domain", "a boundary is named by the domain itself")
    pieces = (Curve(f"{title}#{k + 1}" if k else title, tuple(arcs), True) for k, arcs in enumerate(found.values()))
    return Entry(title, tuple(pieces))


def part(domain: Area, title: str, name: str | None) -> Entry:
    """The part of the boundary with a name, or all of it: a piece for each curve of the boundary."""
    found: dict[tuple[str, object], list[Arc]] = {}
    for edge in domain.edges:
        if name is None or name in edge.names:
            found.setdefault((edge.names[0], edge.arc.curve), []).append(edge.arc)
    if len(found) == 1:
        return Entry(title, tuple(Curve(title, tuple(arcs)) for arcs in found.values()))
    pieces: list[Curve] = []
    for (own, _), arcs in found.items():
        same = sum(piece.name.split("#")[0] == own for piece in pieces)
        pieces.append(Curve(f"{own}#{same + 1}" if same else own, tuple(arcs)))
    return Entry(title, tuple(pieces))


def on_line(domain: Area, index: int, value: float, name: str) -> tuple[Curve, ...]:
    """The edges that lie on a line, or where there are none what is inside of it."""
    (x, a), (y, b), *_ = domain.scales
    slack = CLOSE * max(a, b)
    edges = [edge.arc for edge in domain.edges if isinstance(edge.arc.curve, Segment)]
    there = [arc for arc in edges if all(abs(end[index] - value) <= slack for end in arc.ends)]
    if there:
        return tuple(Curve(f"{name}#{k + 1}" if k else name, (arc,)) for k, arc in enumerate(there))
    ends: tuple[Vector, Vector] = ((value, y - b), (value, y + b)) if index == 0 else ((x + a, value), (x - a, value))
    arcs = within(domain.shape, Arc(Segment(*ends), 0.0, 1.0))
    if not arcs:
        middle, half = domain.scales[index]
        hint = f"{domain.coordinates[index]} runs from {middle - half:.12g} to {middle + half:.12g}"
        raise PlaceError(f"{name} is outside the domain", hint)
    return (Curve(name, arcs, inner=True),)
