"""Shapes of space that are put together: boxes, balls and cylinders, in any number of dimensions.

Whether a point belongs to one is known exactly; measures and points are found by points of simple shapes around it.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, assert_never

from pinn.expressions import algebra
from pinn.expressions.axes import axes
from pinn.expressions.tree import Constant, Coordinate, Expression
from pinn.geometry import formulas, planar
from pinn.geometry.boxes import Box, Interval
from pinn.geometry.formulas import Formula, Joined, Plane, Side, opposite
from pinn.geometry.radial import from_center, inwards
from pinn.geometry.solids import Area, Ball, Solid

Simple = Box | Ball | Area
"""What bodies are made of: each with a box beside it, a cylinder is one of them."""


@dataclass(frozen=True)
class Member:
    """A simple shape that bodies are made of."""

    domain: Simple
    names: tuple[str, ...] = ()
    """Those of what is left of its boundary."""


@dataclass(frozen=True)
class Compound:
    """All parts together, what they have in common, or the first without the others."""

    kind: Literal["union", "intersection", "difference"]
    parts: tuple["Member | Compound", ...]
    name: str | None = None
    """That of what is left of all their boundaries."""


@dataclass(frozen=True)
class Body(Solid):
    """What boxes, balls and cylinders are put together to."""

    tree: Compound

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """All simple shapes, in order, with the names of what they are parts of."""
        return tuple(_members(self.tree))

    @cached_property
    def outwards(self) -> tuple[float, ...]:
        """For each member 1 where its inside counts, -1 where its outside does."""
        return tuple(_signs(self.tree, 1.0))

    @cached_property
    def formula(self) -> Formula:
        """What holds inside."""
        return _formula(self.tree, iter(range(len(self.members))))

    @cached_property
    def hull(self) -> Simple:
        """A simple shape around it."""
        return _hull(self.tree)

    @cached_property
    def surrounding(self) -> Simple:
        """The same, with what is beside it."""
        return self.hull.times(self.beside)

    @cached_property
    def around(self) -> tuple[Interval, ...]:
        """The smallest box that is known to hold it; intervals may be empty where the body is."""
        return _around(self.tree)

    @property
    def own_scales(self) -> tuple[tuple[float, float], ...]:
        return tuple((i.middle, 0.5 * i.length) for i in self.around)

    @property
    def own_measure(self) -> str:
        return " ".join(f"d{name}" for name in axes(self.own, self.own_vectors))

    def log_inside(self, held: Mapping[int, float]) -> float:
        """That of the hull, which is not less: which share of it this is, only points can tell."""
        return 0.0 if held else _log_size(self.hull)

    def member_domain(self, index: int) -> Simple:
        """One of the members, a box as far as the body reaches."""
        domain = self.members[index].domain
        if not isinstance(domain, Box):
            return domain
        both = zip(domain.intervals, self.around, strict=True)
        return replace(domain, intervals=tuple(_overlap(a, b) or a for a, b in both))

    def contains(self, point: Mapping[int, float], slack: float = 0.0) -> bool:
        """Whether a point belongs to the body, or lies as close to it as `slack`."""
        return _contains(self.tree, point, slack)

    def member_contains(self, index: int, point: Mapping[int, float], slack: float = 0.0) -> bool:
        """Whether a point belongs to one of the members, or lies as close to it as `slack`."""
        return _contains(self.members[index], point, slack)

    def member_formula(self, index: int) -> Formula:
        """What holds inside one of the members."""
        return simple(self.members[index].domain, index)


Tree = Member | Compound


def _members(tree: Tree) -> Iterator[Member]:
    if isinstance(tree, Member):
        yield tree
        return
    for part in tree.parts:
        own = (tree.name,) if tree.name else ()
        yield from (Member(member.domain, (*member.names, *own)) for member in _members(part))


def _signs(tree: Tree, sign: float) -> Iterator[float]:
    if isinstance(tree, Member):
        yield sign
        return
    for i, part in enumerate(tree.parts):
        yield from _signs(part, -sign if i and tree.kind == "difference" else sign)


def _contains(tree: Tree, point: Mapping[int, float], slack: float) -> bool:
    match tree:
        case Member(domain=Box(intervals=intervals)):
            return _within(intervals, point, 0, slack)
        case Member(domain=Ball(center=center, radius=radius, beside=beside)):
            is_near = math.dist([point[i] for i in range(len(center))], center) <= radius + slack
            return is_near and _within(beside.intervals, point, len(center), slack)
        case Member(domain=Area() as area):
            return area.contains(point, slack) and _within(area.beside.intervals, point, 2, slack)
        case Compound(kind="union", parts=parts):
            return any(_contains(part, point, slack) for part in parts)
        case Compound(kind="intersection", parts=parts):
            return all(_contains(part, point, slack) for part in parts)
        case Compound(parts=(first, *others)):
            return _contains(first, point, slack) and not any(_contains(part, point, -slack) for part in others)
        case _:
            return False


def _within(intervals: Sequence[Interval], point: Mapping[int, float], start: int, slack: float) -> bool:
    return all(i.low - slack < point[k] < i.high + slack for k, i in enumerate(intervals, start))


# --- what surrounds it


def _around(tree: Tree) -> tuple[Interval, ...]:
    match tree:
        case Member(domain=domain):
            return tuple(Interval(middle - half, middle + half) for middle, half in domain.scales)
        case Compound(kind="difference", parts=(first, *_)):
            return _around(first)
        case Compound(kind=kind, parts=parts):
            lowest, highest = (min, max) if kind == "union" else (max, min)
            columns = list(zip(*(_around(part) for part in parts), strict=True))
            return tuple(Interval(lowest(i.low for i in c), highest(i.high for i in c)) for c in columns)


def _overlap(first: Interval, second: Interval) -> Interval | None:
    low, high = max(first.low, second.low), min(first.high, second.high)
    return Interval(low, high) if low < high else None


def _hull(tree: Tree) -> Simple:
    match tree:
        case Member(domain=domain):
            return domain
        case Compound(kind="difference", parts=(first, *_)):
            return _hull(first)
        case Compound(kind="intersection", parts=parts):
            return min((_hull(part) for part in parts), key=_log_size)
        case Compound():
            domain = next(_members(tree)).domain
            return Box(domain.coordinates, _around(tree), vectors=domain.vectors)


def _log_size(domain: Simple) -> float:
    if isinstance(domain, Box):
        return math.fsum(math.log(interval.length) for interval in domain.intervals)
    return domain.log_inside({}) + domain.log_beside()


# --- formulas


def _formula(tree: Tree, numbers: Iterator[int]) -> Formula:
    match tree:
        case Member(domain=domain):
            return simple(domain, next(numbers))
        case Compound(kind=kind, parts=parts):
            found = [_formula(part, numbers) for part in parts]
            if kind == "difference":
                found[1:] = map(opposite, found[1:])
            return Joined("or" if kind == "union" else "and", tuple(found))


def simple(domain: Simple, number: int) -> Formula:
    """That of a simple shape; its surfaces go by its number and what they are within it."""
    match domain:
        case Box():
            return Joined("and", tuple(_walls(domain, number, 0)))
        case Ball(center=center, radius=radius):
            ball = Side((number, None), inwards(from_center(domain, center), radius), size=radius)
            return Joined("and", (ball, *_walls(domain.beside, number, len(domain.own))))
        case Area(shape=shape):
            flat = formulas.numbered(planar.formula(shape, domain.own), number)
            return Joined("and", (flat, *_walls(domain.beside, number, len(domain.own))))
        case _:
            assert_never(domain)


def _walls(box: Box, number: int, start: int) -> Iterator[Side]:
    for i, (name, interval) in enumerate(zip(box.coordinates, box.intervals, strict=True), start):
        x: Expression = Coordinate(name, i)
        low, high = Constant(interval.low), Constant(interval.high)
        planes = Plane(((i, 1.0),), -interval.low), Plane(((i, -1.0),), interval.high)
        yield Side((number, ((i, interval.low),)), algebra.subtract(x, low), plane=planes[0])
        yield Side((number, ((i, interval.high),)), algebra.subtract(high, x), plane=planes[1])
