"""Shapes that are put together in more than two dimensions, or in one: of boxes, balls and products."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pinn import schema
from pinn.config import shapes
from pinn.config.findings import Findings, Path
from pinn.expressions import Scope
from pinn.expressions.axes import axes, listed
from pinn.geometry import Area, Ball, Body, Box, Compound, Domain, Member, Simple, interior, spread

Read = Callable[[schema.Domain, Path], Domain]
"""How a domain is read, its own mistakes noted."""

Combination = schema.Union | schema.Intersection | schema.Difference | schema.Annulus


def body(said: Combination, times: Box, read: Read, constant: Scope, findings: Findings, path: Path) -> Body | None:
    """The shape, or None with its mistakes noted."""
    reader = _Reader(read, constant, findings)
    tree = reader.combination(said, path)
    if tree is None:
        return None
    first = reader.members[0].domain
    found = Body(first.coordinates, tree, beside=times, own_vectors=first.vectors)
    if isinstance(said, schema.Annulus) or _has_points(found):
        return found
    findings.report(path, "nothing is left of this shape", "its parts do not meet, or cover all of it")
    return None


def _has_points(found: Body) -> bool:
    if any(not side.low < side.high for side in found.around):
        return False
    return next(spread(found, interior().pieces[0]), None) is not None


@dataclass(frozen=True)
class _Reader:
    """Reads shapes with the same coordinates; balls without a name are numbered."""

    read: Read
    constant: Scope
    findings: Findings
    members: list[Member] = field(default_factory=list)

    def combination(self, said: Combination, path: Path) -> Compound | None:
        """The shape, or None with its mistakes noted."""
        if isinstance(said, schema.Annulus):
            return self._annulus(said, path)
        places = [(*path, "of")]
        if isinstance(said, schema.Difference):
            places += [self.findings.item((*path, "minus"), i) for i in range(len(said.minus))]
            said_parts = [said.of, *said.minus]
        else:
            places, said_parts = [(*path, "of", i) for i in range(len(said.of))], said.of
        parts = [self._part(shape, place) for shape, place in zip(said_parts, places, strict=True)]
        known = tuple(part for part in parts if part is not None)
        if len(known) < len(parts):
            return None
        if said.coordinates is not None and not self._are_these(tuple(said.coordinates), path):
            return None
        return Compound(said.kind, known, said.name)

    def _part(self, said: schema.Shape, path: Path) -> Member | Compound | None:
        if not shapes.is_timeless(said, path, self.findings):
            return None
        if isinstance(said, Combination) and (not isinstance(said, schema.Annulus) or self._is_shell(said)):
            return self.combination(said, path)
        name = None if isinstance(said, schema.Line) else said.name
        found = self.read(said if name is None else said.model_copy(update={"name": None}), path)
        return self._member(found, name, path)

    def _member(self, found: Domain, name: str | None, path: Path) -> Member | None:
        """A part of others, with the coordinates of the first; None with its mistakes noted."""
        if not all(math.isfinite(half) for _, half in found.scales):
            return None
        if not isinstance(found, Box | Ball | Area):
            message = "shapes are put together of boxes, balls and products"
            self.findings.report(path, message, "in space a shape of the plane is multiplied by a line")
            return None
        names = () if name is None else (name,)
        if isinstance(found, Ball) and name is None:
            names = (f"sphere_{1 + sum(isinstance(m.domain, Ball) for m in self.members)}",)
        if self.members and not self._has_same(found, path):
            return None
        self.members.append(Member(found, names))
        return self.members[-1]

    def _has_same(self, found: Simple, path: Path) -> bool:
        first = self.members[0].domain
        if (found.coordinates, dict(found.vectors)) == (first.coordinates, dict(first.vectors)):
            return True
        own, whole = listed(found.coordinates, found.vectors), listed(first.coordinates, first.vectors)
        hint = "name the same ones, in the same order"
        if set(found.coordinates) == set(first.coordinates):
            hint += "; a product has those of its shape first, then those of lines and boxes"
        if isinstance(found, Area) and len(found.coordinates) == 2:
            hint = "multiply it: {kind: product, of: [{kind: disk}, {kind: line, coordinates: z, range: [0, 1]}]}"
        self.findings.report(path, f"this has the coordinates {own}, and others have {whole}", hint)
        return False

    def _are_these(self, said: tuple[str, ...], path: Path) -> bool:
        own = tuple(axes(self.members[-1].domain.coordinates, self.members[-1].domain.vectors))
        if said != own:
            message = f"the parts have the coordinates {', '.join(own)}"
            self.findings.report((*path, "coordinates"), message, "name the same ones, in the same order")
        return said == own

    def _is_shell(self, said: schema.Annulus) -> bool:
        """Whether it lies between spheres, not circles: its coordinates are its own or those of others."""
        if said.coordinates is None:
            return bool(self.members)
        return isinstance(said.coordinates, dict) or len(said.coordinates) != 2

    def _annulus(self, said: schema.Annulus, path: Path) -> Compound | None:
        """A ball without a smaller one."""
        found = shapes.radii(said, path, self.constant, self.findings)
        inner, outer = found or (1.0, 1.0)
        names = said.coordinates or list(self.members[0].domain.coordinates)
        ball = self.read(schema.Ball(kind="ball", coordinates=names, center=said.center, radius=outer), path)
        if found is None or not isinstance(ball, Ball):
            return None
        prefix = f"{said.name}_" if said.name else ""
        parts = [self._member(ball, prefix + "outer", path)]
        parts += [self._member(replace(ball, radius=inner), prefix + "inner", path)] if parts[0] else []
        return Compound("difference", tuple(part for part in parts if part), said.name) if all(parts) else None
