"""Pieces as images of a cube, equal parts of which have equal measures, and where in it a condition holds."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from jaxtyping import Bool, Float

from pinn.expressions import Expression, algebra
from pinn.expressions.tree import Logic
from pinn.geometry import ALONE, Area, Ball, Body, Box, Curve, Domain, Flat, Interval, Part, Piece, Shell, Sphere
from pinn.geometry import condition as inside
from pinn.geometry.bodies import simple
from pinn.sampling import cells, spheres
from pinn.sampling.conditions import holds
from pinn.sampling.lines import Traced, traced
from pinn.sampling.rules import Rule, along_axis, legendre

Unit = Float[np.ndarray, "n dim"]
Image = tuple[Float[np.ndarray, "n dim"], Float[np.ndarray, "n spatial"] | None]
"""Points with their normals, where there are some."""

EDGES = 64
"""Shapes with more edges take too long to be asked where they are."""


@dataclass(frozen=True)
class Frame:
    """A map of the unit cube onto a piece, or onto a box around it, and a condition on the images."""

    image: Callable[[Unit], Image]
    log_measure: float
    """Of the whole image."""
    axes: tuple[int | None, ...]
    """The coordinate that each axis of the cube is; None where several change along it."""
    sizes: tuple[float, ...]
    """How far the axes reach in the domain."""
    held: tuple[int, ...] = ()
    """Coordinates that do not change."""
    conditions: tuple[Expression, ...] = ()

    def axes_of(self, condition: Expression) -> frozenset[int]:
        """The axes along which a condition may change."""
        read = algebra.coordinates_used(condition)
        bent = not read <= {axis for axis in (*self.axes, *self.held) if axis is not None}
        return frozenset(k for k, axis in enumerate(self.axes) if (bent if axis is None else axis in read))

    def holds(self, axes: Sequence[int], conditions: Sequence[Expression], places: Unit) -> Bool[np.ndarray, " n"]:
        """Whether conditions hold at places along these axes, which are all that they change along."""
        unit = np.full((len(places), len(self.axes)), 0.5)
        unit[:, list(axes)] = places
        points, _ = self.image(unit)
        return np.logical_and.reduce([holds(condition, points) for condition in conditions])


def frame(domain: Domain, piece: Piece) -> Frame | None:
    """The map for a piece; None for those that have none here."""
    match piece:
        case Part(whole=whole, condition=condition):
            found = frame(domain, whole)
            return found and replace(found, conditions=(*found.conditions, *_joined(condition)))
        case Flat() if isinstance(domain, Shell) and 0 in piece.free(domain):
            return _round(domain, piece, domain.center, domain.radius)
        case Flat():
            return _flat(domain, piece)
        case Curve() if isinstance(domain, Area):
            return _curve(domain, piece)
        case Sphere() if isinstance(domain, Ball):
            return _round(domain, piece, piece.center, piece.radius)
        case _:
            return None


def _joined(condition: Expression) -> tuple[Expression, ...]:
    """All that have to hold."""
    if isinstance(condition, Logic) and condition.operator == "and":
        return tuple(part for argument in condition.arguments for part in _joined(argument))
    return (condition,)


def _flat(domain: Domain, piece: Flat) -> Frame | None:
    around = _around(domain)
    if around is None:
        return None
    box, conditions = around
    free = list(piece.free(domain))
    low = np.array([box.intervals[i].low for i in free])
    sizes = tuple(box.intervals[i].length for i in free)
    normal = piece.normal(domain)

    def image(unit: Unit) -> Image:
        points = np.empty((len(unit), len(domain.coordinates)))
        points[:, free] = low + unit * np.array(sizes)
        for index, value in piece.fixed:
            points[:, index] = value
        return points, None if normal is None else np.tile(np.asarray(normal), (len(unit), 1))

    return Frame(
        image, math.fsum(map(math.log, sizes)), tuple(free), sizes, tuple(i for i, _ in piece.fixed), conditions
    )


def _around(domain: Domain) -> tuple[Box, tuple[Expression, ...]] | None:
    """The smallest box that is known to hold a domain, and what holds inside of the domain."""
    match domain:
        case Box():
            return domain, ()
        case Area() if len(domain.edges) > EDGES:
            return None
        case Ball() | Area():
            wanted = inside(simple(replace(domain, beside=ALONE), 0))
        case Body():
            wanted = inside(domain.formula)
        case _:
            return None
    own = tuple(Interval(middle - half, middle + half) for middle, half in domain.own_scales)
    return Box(domain.own, own).times(domain.beside), (wanted,)


def _curve(domain: Area, piece: Curve) -> Frame:
    """A curve by its length."""
    length = math.fsum(arc.length for arc in piece.arcs)
    return _beside(domain, piece, (length,), lambda own: cells.on_arcs(piece.arcs, own[:, 0]))


def _round(domain: Ball | Shell, piece: Flat | Sphere, center: Sequence[float], radius: float) -> Frame | None:
    """A circle by its angle, a sphere by angle and height; all of its points if they are not fixed."""
    if not 1 < len(center) <= 3:
        return None

    def place(own: Unit) -> tuple[np.ndarray, np.ndarray]:
        around = spheres.circle(own[:, 0])
        outwards = around if len(center) == 2 else spheres.lifted(around, 2.0 * own[:, 1] - 1.0)
        return np.array(center) + radius * outwards, outwards

    sizes = (2.0 * math.pi * radius, 2.0 * radius)[: len(center) - 1]
    return _beside(domain, piece, sizes, place)


def _beside(
    domain: Ball | Area | Shell,
    piece: Flat | Sphere | Curve,
    own: Sequence[float],
    place: Callable[[Unit], tuple[Unit, Unit]],
) -> Frame:
    """The product of a curve or a surface, of these sizes, with what varies beside it."""
    first = len(domain.own)
    held = dict(piece.fixed) if isinstance(piece, Flat) else {}
    free = [i for i in range(first, len(domain.coordinates)) if i not in held]
    lines = [domain.beside.intervals[i - first] for i in free]
    sizes = (*own, *(line.length for line in lines))

    def image(unit: Unit) -> Image:
        points = np.empty((len(unit), len(domain.coordinates)))
        points[:, :first], outwards = place(unit[:, : len(own)])
        points[:, free] = np.array([line.low for line in lines]) + unit[:, len(own) :] * np.array(sizes[len(own) :])
        for index, value in held.items():
            points[:, index] = value
        normals = np.pad(outwards, ((0, 0), (0, len(domain.spatial) - first))) if piece.has_normal else None
        return points, normals

    return Frame(image, piece.log_measure(domain), (*[None] * len(own), *free), sizes, tuple(held))


EXACT_AXES, MOST_AXES = 2, 3
"""Beyond so many lines are scattered, and no better than points."""


@dataclass(frozen=True)
class Fitted:
    """The part of a piece in which its conditions hold: a product of parts along axes that depend on each other."""

    frame: Frame
    parts: tuple[tuple[tuple[int, ...], Traced], ...]

    def share_of(self, log_measure: float) -> float:
        """Its share of a piece whose measure has this logarithm."""
        return math.prod(part.share for _, part in self.parts) * math.exp(self.frame.log_measure - log_measure)

    @property
    def is_exact(self) -> bool:
        """Whether a Gauss rule follows all corners of the part."""
        return all(len(axes) <= EXACT_AXES for axes, _ in self.parts)

    def gauss(self, count: int) -> tuple[Unit, Unit | None, Float[np.ndarray, " n"]]:
        """At least `count` points with normals and shares: a product with lines along the other axes."""
        dimension = len(self.frame.axes)
        along = along_axis(count, dimension)
        used = {axis for axes, _ in self.parts for axis in axes}
        nodes, weights = legendre(along)
        rules: list[tuple[tuple[int, ...], Rule]] = [
            ((k,), (nodes[:, None], weights)) for k in range(dimension) if k not in used
        ]
        least = count / along ** len(rules)
        for axes, part in self.parts:
            share = len(axes) / len(used)
            rules.append((axes, part.gauss(math.ceil(least**share - 1e-9))))
        unit, shares = np.empty((1, dimension)), np.ones(1)
        for axes, (places, sizes) in rules:
            unit = np.repeat(unit, len(sizes), axis=0)
            unit[:, list(axes)] = np.tile(places, (len(shares), 1))
            shares = np.outer(shares, sizes).ravel()
        return *self.frame.image(unit), shares


def fit(domain: Domain, piece: Piece) -> Fitted | None:
    """The part of a piece by the lines in it; None where conditions have too many axes or no end of corners."""
    found = frame(domain, piece)
    if found is None:
        return None
    parts: list[tuple[tuple[int, ...], Traced]] = []
    for axes, conditions in _apart(found).items():
        order = tuple(sorted(axes))
        if not 0 < len(order) <= MOST_AXES:
            return None
        inside = traced(partial(found.holds, order, conditions), tuple(found.sizes[k] for k in order))
        if inside is None:
            return None
        parts.append((order, inside))
    return Fitted(found, tuple(parts)) if parts else None


def _apart(found: Frame) -> dict[frozenset[int], list[Expression]]:
    """The conditions by the axes that depend on each other; those along none are left out where they hold."""
    groups: dict[frozenset[int], list[Expression]] = {}
    for condition in found.conditions:
        axes, own = found.axes_of(condition), [condition]
        if not axes and found.holds((), own, np.zeros((1, 0))).all():
            continue
        for other in [other for other in groups if other & axes]:
            axes, own = axes | other, own + groups.pop(other)
        groups[axes] = own
    return groups
