"""Which points of its members' surfaces are those of a body: where it lies on one side and not on the other."""

from collections.abc import Mapping

from pinn.geometry.bodies import Body
from pinn.geometry.curves import Vector
from pinn.geometry.pieces import Curve, Flat, Sphere, Trimmed
from pinn.geometry.shapes import BESIDE

Point = Mapping[int, float]


def is_kept(body: Body, piece: Trimmed, point: Point) -> bool:
    """Whether a point of a whole piece belongs to the body's boundary; of a plane through it, to the body.

    Where surfaces of several members coincide, it is the first of them that has the point.
    """
    inner, outer = beside(body, piece, point)
    if piece.member is None:  # looked at on both sides too: two members may meet there
        return body.contains(inner) and body.contains(outer)
    if body.contains(inner) == body.contains(outer):
        return False
    return all(body.member_contains(i, inner) == body.member_contains(i, outer) for i in range(piece.member))


def beside(body: Body, piece: Trimmed, point: Point) -> tuple[Point, Point]:
    """The places next to a point on the two sides of a piece, first that of the member's inside."""
    away = apart(body)
    normal = dict(zip(piece.domain.spatial, _normal(piece, point), strict=False))
    inner, outer = ({i: x + step * normal.get(i, 0.0) for i, x in point.items()} for step in (-away, away))
    return inner, outer


def apart(body: Body) -> float:
    """How far beside a surface its two sides are looked at."""
    return BESIDE * max(half for _, half in body.own_scales)


def _normal(piece: Trimmed, point: Point) -> tuple[float, ...]:
    """The normal of the member's own piece."""
    match piece.whole:
        case Flat():
            return piece.whole.normal(piece.domain) or ()
        case Sphere(center=center, radius=radius):
            return tuple((point[i] - c) / radius for i, c in enumerate(center))
        case Curve(arcs=arcs):
            place: Vector = point[0], point[1]
            arc = min(arcs, key=lambda arc: abs(arc.curve.level(place)))
            u, v = arc.curve.normal(arc.curve.place(place))
            return arc.side * u, arc.side * v
