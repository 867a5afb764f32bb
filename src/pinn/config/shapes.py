"""Shapes of the plane in the `domain` section: from what is said to curves with numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from pinn import schema
from pinn.config.findings import Findings, Path
from pinn.expressions import Scope
from pinn.geometry import ALONE, Area, Box, Combined, Ellipse, Oval, Polygon, Shape, crossing

Vector = tuple[float, float]


def plane(said: schema.Shape, times: Box, scope: Scope, findings: Findings, path: Path) -> Area | None:
    """The region of the plane that is said, or None with its mistakes noted."""
    names = coordinates(said)
    shape = _Reader(names, path, scope, findings).shape(said, path)
    if shape is None:
        return None
    area = Area(names, shape, beside=times)
    if area.edges:
        return area
    findings.report(path, "nothing is left of this shape", "its parts do not meet, or cover all of it")
    return None


def of_box(box: Box) -> Area | Box:
    """A rectangle, at all of its times, as a shape into which outlines can be drawn; other boxes as they are."""
    names, ends = box.coordinates[:2], [(i.low, i.high) for i in box.intervals[:2]]
    is_plain = not (box.family or box.periodic or box.vectors) and all(math.isfinite(h) for _, h in box.scales)
    if box.spatial != (0, 1) or not is_plain:
        return box
    times = ALONE if box.time is None else Box(box.coordinates[2:], box.intervals[2:], 0)
    return Area(names, _rectangle(names, ends), beside=times)


def _rectangle(names: Sequence[str], ends: Sequence[Vector], group: str = "") -> Polygon:
    (x, y), ((a, b), (c, d)) = names, ends
    faces = (f"{y}={c:.12g}", f"{x}={b:.12g}", f"{y}={d:.12g}", f"{x}={a:.12g}")
    return Polygon(((a, c), (b, c), (b, d), (a, d)), faces, group)


def drawn(said: schema.Shape, area: Area, scope: Scope, findings: Findings, path: Path) -> Shape | None:
    """A shape that is drawn into another one, or None with its mistakes noted."""
    if is_planar(said):
        return _Reader(area.own, (), scope, findings).shape(said, path)
    findings.report(path, "an outline is that of a shape of the plane", "such as {kind: disk, radius: 0.5}")
    return None


def is_planar(said: schema.Shape) -> bool:
    """Whether a shape and all of its parts have two single coordinates."""
    match said:
        case schema.Line() | schema.Product():
            return False
        case schema.Box(bounds=bounds):
            return len(bounds) == 2 and not any(isinstance(ends, schema.Vector) for ends in bounds.values())
        case schema.Ball(coordinates=names):
            return isinstance(names, list) and len(names) == 2
        case _:
            own = said.coordinates is None or (isinstance(said.coordinates, list) and len(said.coordinates) == 2)
            return own and all(map(is_planar, parts(said)))


def coordinates(said: schema.Shape) -> tuple[str, ...]:
    """The names of the coordinates: the first that are said, or x and y."""
    return _said(said) or ("x", "y")


def _said(said: schema.Shape) -> tuple[str, ...] | None:
    match said:
        case schema.Box(bounds=bounds):
            return tuple(bounds)
        case schema.Product():
            return None
        case schema.Ball(coordinates=names):
            return tuple(names)
        case _:
            return tuple(said.coordinates or ()) or next(filter(None, map(_said, parts(said))), None)


def parts(said: schema.Shape) -> list[schema.Shape]:
    """What a shape is put together of."""
    match said:
        case schema.Union(of=parts) | schema.Intersection(of=parts):
            return parts
        case schema.Difference(of=first, minus=others):
            return [first, *others]
        case _:
            return []


def is_timeless(said: schema.Shape, path: Path, findings: Findings) -> bool:
    """Whether a part of another shape has no roles of its own for coordinates; what it has is noted."""
    if isinstance(said, schema.Box) and (said.time or said.family or said.periodic):
        hint = "say 'time' of the whole, and multiply that by a box with the others"
        findings.report(path, "a part of another shape has no 'time', 'family' or 'periodic'", hint)
        return False
    if not isinstance(said, schema.Box | schema.Line) and said.time is not None:
        findings.report_at(
            findings.key((*path, "time")), "a part of another shape has no 'time'", "say it of the whole"
        )
        return False
    return True


def radii(said: schema.Annulus, path: Path, scope: Scope, findings: Findings) -> tuple[float, float] | None:
    """The inner and the outer radius, or None with their mistakes noted."""
    inner, outer = (findings.above_zero((*path, key), getattr(said, key), scope) for key in ("inner", "outer"))
    if inner is None or outer is None:
        return None
    if not inner < outer:
        message = f"the inner radius is {inner:.12g}, the outer one {outer:.12g}"
        findings.report((*path, "inner"), message, "the inner one must be smaller")
        return None
    return inner, outer


@dataclass(frozen=True)
class _Reader:
    """Reads shapes with the same coordinates; curves without a name are numbered."""

    names: tuple[str, ...]
    outermost: Path
    scope: Scope
    findings: Findings
    unnamed: list[None] = field(default_factory=list)

    def shape(self, said: schema.Shape, path: Path) -> Shape | None:
        """The shape, or None with its mistakes noted."""
        if path != self.outermost and not self._fits(said, path):
            return None
        match said:
            case schema.Box():
                return self._box(said, path)
            case schema.Disk() | schema.Ball():
                radius = self.findings.above_zero((*path, "radius"), said.radius, self.scope)
                return self._oval(said, path, radius, radius)
            case schema.Ellipse(radii=radii):
                places = ((*path, "radii", i) for i in range(2))
                both = (self.findings.above_zero(at, r, self.scope) for at, r in zip(places, radii, strict=True))
                return self._oval(said, path, *both)
            case schema.Annulus():
                return self._annulus(said, path)
            case schema.Polygon():
                return self._polygon(said, path)
            case schema.Union() | schema.Intersection() | schema.Difference():
                return self._combined(said, path)
            case schema.Line() | schema.Product():
                raise AssertionError("no shape of the plane")
            case _:
                assert_never(said)

    def _fits(self, said: schema.Shape, path: Path) -> bool:
        """Whether a shape can be a part of others: with their coordinates, at no time of its own."""
        own, whole = _said(said), ", ".join(self.names)
        if not is_timeless(said, path, self.findings):
            return False
        if own is None or own == self.names:
            return True
        message = f"this has the coordinates {', '.join(own)}, and others have {whole}"
        self.findings.report(path, message, "name the same ones, in the same order")
        return False

    def _box(self, said: schema.Box, path: Path) -> Shape | None:
        ends = []
        for name, pair in said.bounds.items():
            assert not isinstance(pair, schema.Vector)
            here = (*path, "bounds", name)
            low, high = (self.findings.number((*here, i), end, self.scope) for i, end in enumerate(pair))
            if low is not None and high is not None and not low < high:
                message = f"the bounds of {name} are {low:.12g} and {high:.12g}"
                self.findings.report(here, message, "write the lower end first")
            elif low is not None and high is not None:
                ends.append((low, high))
        if len(ends) < 2:
            return None
        return _rectangle(self.names, ends, said.name or "")

    def _annulus(self, said: schema.Annulus, path: Path) -> Shape | None:
        found = radii(said, path, self.scope, self.findings)
        center = self._center(said, path)
        if found is None or center is None:
            return None
        inner, outer = found
        prefix = f"{said.name}_" if said.name else ""
        circles = [
            Oval(Ellipse(center, (r, r)), prefix + word, said.name or "")
            for word, r in (("outer", outer), ("inner", inner))
        ]
        return Combined("difference", tuple(circles))

    def _oval(self, said: schema.Disk | schema.Ball | schema.Ellipse, path: Path, *radii: float | None) -> Shape | None:
        center = self._center(said, path)
        a, b = radii
        if center is None or a is None or b is None:
            return None
        self.unnamed.extend([] if said.name else [None])
        return Oval(Ellipse(center, (a, b)), said.name or f"curve_{len(self.unnamed)}")

    def _center(self, said: schema.Disk | schema.Ball | schema.Ellipse | schema.Annulus, path: Path) -> Vector | None:
        path = (*path, "center")
        if not isinstance(said.center, list):
            value = self.findings.number(path, said.center, self.scope)
            return None if value is None else (value, value)
        values = [self.findings.number((*path, i), part, self.scope) for i, part in enumerate(said.center)]
        if len(values) != 2:
            hint = "write one for each, or a single one"
            self.findings.report(path, f"{len(values)} numbers for 2 coordinates", hint)
            return None
        x, y = values
        return None if x is None or y is None else (x, y)

    def _polygon(self, said: schema.Polygon, path: Path) -> Shape | None:
        vertices: list[Vector] = []
        for i, pair in enumerate(said.vertices):
            x, y = (self.findings.number((*path, "vertices", i, k), part, self.scope) for k, part in enumerate(pair))
            if x is not None and y is not None:
                vertices.append((x, y))
        if len(vertices) < len(said.vertices):
            return None
        if vertices[0] == vertices[-1]:
            vertices = vertices[:-1]
        if not self._is_simple(vertices, path):
            return None
        prefix = f"{said.name}_" if said.name else ""
        names = [f"{prefix}edge_{k + 1}" for k in range(len(vertices))]
        if _twice_area(vertices) < 0:
            vertices, names = [vertices[0], *vertices[:0:-1]], names[::-1]
        return Polygon(tuple(vertices), tuple(names), said.name or "")

    def _is_simple(self, vertices: list[Vector], path: Path) -> bool:
        """Whether the vertices are those of a polygon that does not cross itself."""
        here = (*path, "vertices")
        for i, vertex in enumerate(vertices):
            if vertex == vertices[i - 1]:
                self.findings.report((*here, i), "this vertex is the same as the one before it", "leave it out")
                return False
        if len(vertices) < 3:
            self.findings.report(here, "a polygon needs three vertices")
            return False
        pair = crossing(tuple(vertices))
        if pair is not None:
            message = f"edges {pair[0]} and {pair[1]} of the polygon meet"
            self.findings.report(here, message, "list the vertices in the order in which they follow each other")
        return pair is None

    def _combined(self, said: schema.Union | schema.Intersection | schema.Difference, path: Path) -> Shape | None:
        if isinstance(said, schema.Difference):
            others = [self.shape(s, self.findings.item((*path, "minus"), i)) for i, s in enumerate(said.minus)]
            parts = [self.shape(said.of, (*path, "of")), *others]
        else:
            parts = [self.shape(part, (*path, "of", i)) for i, part in enumerate(said.of)]
        known = tuple(part for part in parts if part is not None)
        return Combined(said.kind, known, said.name or "") if len(known) == len(parts) else None


def _twice_area(vertices: Sequence[Vector]) -> float:
    """Twice the area inside, positive counterclockwise."""
    return sum(p[0] * q[1] - q[0] * p[1] for p, q in zip(vertices, [*vertices[1:], vertices[0]], strict=True))
