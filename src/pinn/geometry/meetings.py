"""Where two surfaces of a body meet: points of both, by Newton's method from some of one of them."""

from collections.abc import Iterator
from itertools import islice

from pinn.expressions import Expression, numeric
from pinn.geometry import formulas
from pinn.geometry.bodies import Body
from pinn.geometry.pieces import Trimmed
from pinn.geometry.shapes import BESIDE, CLOSE
from pinn.geometry.spread import spread

Point = dict[int, float]

STARTS = 40
STEPS = 20


def meetings(body: Body, first: Trimmed, second: Trimmed) -> Iterator[Point]:
    """Points in the body's own coordinates that lie on both pieces."""
    size = max(half for _, half in body.own_scales)
    levels = [formulas.level(body.formula, piece.surface) for piece in (first, second)]
    for start in islice(spread(first.domain, first.whole), STARTS):
        point = _on_both(levels, {i: start[i] for i in range(len(body.own))}, size)
        if point is not None and all(_touches(body, piece, point, BESIDE * size) for piece in (first, second)):
            yield point


def _on_both(levels: list[Expression], point: Point, size: float) -> Point | None:
    """The shortest steps to the linearised surfaces, one after the other where they are parallel."""
    for _ in range(STEPS):
        f, g = (numeric.shared(level, point) for level in levels)
        if max(abs(f), abs(g)) <= CLOSE * size:
            return point
        a, b = (_slope(level, point, BESIDE * size) for level in levels)
        aa, ab, bb = _dot(a, a), _dot(a, b), _dot(b, b)
        determinant = aa * bb - ab * ab
        if determinant <= CLOSE * aa * bb:
            return None
        s, t = (bb * f - ab * g) / determinant, (aa * g - ab * f) / determinant
        point = {i: x - s * a[i] - t * b[i] for i, x in point.items()}
    return None


def _slope(level: Expression, point: Point, step: float) -> Point:
    """By central differences: exact, since levels are of degree two at most."""
    ends = {i: (point | {i: x + step}, point | {i: x - step}) for i, x in point.items()}
    return {i: (numeric.shared(level, p) - numeric.shared(level, q)) / (2 * step) for i, (p, q) in ends.items()}


def _dot(a: Point, b: Point) -> float:
    return sum(a[i] * b[i] for i in a)


def _touches(body: Body, piece: Trimmed, point: Point, slack: float) -> bool:
    """Whether a point of a surface is one of the member that has it, and of the body."""
    assert piece.member is not None
    return body.contains(point, slack) and body.member_contains(piece.member, point, slack)
