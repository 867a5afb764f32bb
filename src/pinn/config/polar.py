"""Polar coordinates around corners of the domain, as a network reads them."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pinn import schema
from pinn.config.findings import Findings, Path
from pinn.errors import suggestion
from pinn.expressions import Constant, Expression, Scope, algebra, show
from pinn.expressions.tree import Coordinate
from pinn.geometry import Box, Domain, Rim, rims

ALMOST = 1 - 1e-9
"""From where on a place counts as the end of a coordinate that has been brought to [-1, 1]."""


@dataclass(frozen=True)
class Away:
    """The distance from a rim, constant + Σ slope·Δ + bend·Δ², in coordinates brought to [-1, 1]."""

    places: tuple[int, ...]
    """The shape's own coordinates, by their places among those that the network reads."""
    origin: tuple[float, ...]
    constant: float
    slopes: tuple[float, ...]
    bends: tuple[float, ...]


@dataclass(frozen=True)
class Polar:
    """Polar coordinates around a corner, in coordinates brought to [-1, 1]."""

    places: tuple[int, int]
    """Its two coordinates, by their places among those that the network reads."""
    center: tuple[float, float]
    scales: tuple[float, float]
    """The distance along each that counts as one."""
    marching: bool
    """Whether distances along the second count by their root: r² = Δx² + Δt, not Δx² + Δy²."""
    power: float = 1.0
    """The power of the distance that is read."""
    away: Away | None = None
    """What the first coordinate is the distance from, where it is no coordinate of the domain."""

    @property
    def inwards(self) -> tuple[float, float]:
        """In which direction the domain is, by its scale, where the corner is at an end of a coordinate; else 0.

        One inside is left along the first.
        """
        ends = zip(self.center, self.scales, strict=True)
        x, y = (-math.copysign(1.0, at * scale) if abs(at) > ALMOST else 0.0 for at, scale in ends)
        return (0.0 if self.marching and y else x or (0.0 if y else 1.0)), y


def around(said: schema.Network, inputs: tuple[int, ...], domain: Domain) -> Iterator[Polar]:
    """What a network with corners reads around each of them, in coordinates brought to [-1, 1].

    Corners in coordinates that it does not read are left out.
    """
    place = {domain.coordinates[index]: k for k, index in enumerate(inputs)}
    for corner in said.corners if isinstance(said, schema.Mlp) else ():
        marching = marches(corner, domain)
        named = sorted((name for name in corner.at if name in place), key=lambda name: (name == marching, place[name]))
        units = [_in_units(corner, name, domain, *domain.scales[inputs[place[name]]]) for name in named]
        if len(named) == len(corner.at):
            (one, one_scale), (other, other_scale) = units
            places = place[named[0]], place[named[1]]
            yield Polar(places, (one, other), (one_scale, other_scale), marching is not None, corner.power)
            continue
        rim = rim_of(corner, domain)
        own = tuple(place[name] for name in domain.coordinates if name in place)[: len(rim.origin) if rim else 0]
        if rim is None or len(named) != 1 or [inputs[k] for k in own] != list(range(len(rim.origin))):
            continue
        ((at, scale),) = units
        scales = scale_of(corner, next(name for name in corner.at if name != named[0]), domain), scale
        places = own[0], place[named[0]]
        away = _in_unit_box(rim, own, domain)
        yield Polar(places, (0.0, at), scales, marching is not None, corner.power, away)


def _in_units(corner: schema.Corner, name: str, domain: Domain, middle: float, half: float) -> tuple[float, float]:
    """Where a corner is along a coordinate that has been brought to [-1, 1], and its scale."""
    return (corner.at[name] - middle) / half, scale_of(corner, name, domain) / half


def _in_unit_box(rim: Rim, places: tuple[int, ...], domain: Domain) -> Away:
    scales = domain.scales[: len(places)]
    origin = tuple((x - middle) / half for x, (middle, half) in zip(rim.origin, scales, strict=True))
    slopes = tuple(slope * half for slope, (_, half) in zip(rim.slopes, scales, strict=True))
    return Away(places, origin, rim.constant, slopes, tuple(rim.bend * half**2 for _, half in scales))


def rim_of(corner: schema.Corner, domain: Domain) -> Rim | None:
    """The part of the boundary that a corner is at, where it names one."""
    known = {} if set(corner.at) <= set(domain.coordinates) else rims(domain)
    return next((known[name] for name in corner.at if name in known), None)


def scale_of(corner: schema.Corner, name: str, domain: Domain) -> float:
    """The distance along a coordinate, or from a rim, that counts as one; negative where it marches down."""
    if name not in domain.coordinates:
        return (corner.scale or {}).get(name, span_of(name, domain))
    middle, half = domain.scales[domain.coordinates.index(name)]
    scale = (corner.scale or {}).get(name, 2 * half)
    return -scale if name == marches(corner, domain) and corner.at[name] > middle else scale


def span_of(name: str, domain: Domain) -> float:
    """The width of the domain along a coordinate, or of the shape that a rim is of."""
    if name in domain.coordinates:
        return 2 * domain.scales[domain.coordinates.index(name)][1]
    return 2 * max(half for _, half in domain.scales[: len(rims(domain)[name].origin)])


def squared(corner: schema.Corner, domain: Domain, least: float) -> Expression:
    """The square of the distance from a corner, and something, so that it is nowhere zero."""
    total: Expression = Constant(least)
    for name in corner.at:
        away = algebra.multiply(Constant(1 / scale_of(corner, name, domain)), _away(corner, name, domain))
        total = algebra.add(total, away if name == marches(corner, domain) else algebra.multiply(away, away))
    return total


def shown(corner: schema.Corner, domain: Domain, scope: Scope) -> str:
    """The square of the distance from a corner as text."""
    parts = []
    for name, at in corner.at.items():
        scale = scale_of(corner, name, domain)
        away = f"({name} - {at:.12g})" if at > 0 else f"({name} + {-at:.12g})" if at < 0 else name
        away = away if name in domain.coordinates else f"({show(_away(corner, name, domain), scope)})"
        away = away if scale == 1 else f"({away}/{scale:.12g})" if scale > 0 else f"({away}/({scale:.12g}))"
        parts.append(away if name == marches(corner, domain) else f"{away}^2")
    return " + ".join(parts)


def _away(corner: schema.Corner, name: str, domain: Domain) -> Expression:
    if name not in domain.coordinates:
        return rims(domain)[name].expression(domain)
    return algebra.subtract(Coordinate(name, domain.coordinates.index(name)), Constant(corner.at[name]))


def marches(corner: schema.Corner, domain: Domain) -> str | None:
    """The coordinate of a corner whose distance counts by its root."""
    time = None if domain.time is None else domain.coordinates[domain.time]
    return corner.marching or (time if time in corner.at else None)


def check(said: schema.Network, path: Path, inputs: Sequence[int], domain: Domain, findings: Findings) -> None:
    """A corner is in two coordinates that the network reads, none of them periodic, and nothing is before it."""
    known, angular = set(rims(domain)), {domain.coordinates[index] for index in inputs if index in domain.periodic}
    names = [domain.coordinates[index] for index in inputs]
    for i, corner in enumerate(said.corners if isinstance(said, schema.Mlp) else ()):
        own = (*path, "corners", i)
        for key, found in (("at", corner.at), ("scale", corner.scale or {})):
            for name in found:
                if name not in domain.coordinates and name not in known:
                    hint = suggestion(name, names) or f"there are {', '.join(names)}"
                    findings.report_at(findings.key((*own, key, name)), f"'{name}' is not a coordinate", hint)
                elif name in angular:
                    message = f"{name} is periodic, and has no corner"
                    findings.report_at(findings.key((*own, key, name)), message, "leave it out")
        on_rims = [name for name in corner.at if name in known]
        for name in on_rims:
            if len(on_rims) > 1 or corner.at[name]:
                message = f"a corner is at a distance 0 from {name}, and at a place of one coordinate"
                findings.report((*own, "at", name), message, f"write {{{name}: 0, t: 0}}, if the other one is t")
        if corner.scale and set(corner.scale) != set(corner.at):
            findings.report_at(findings.key((*own, "scale")), "a scale is for the two coordinates of 'at'")
        marching = marches(corner, domain)
        if marching is not None and marching not in corner.at:
            findings.report((*own, "marching"), f"{marching} is not a coordinate of this corner", "see 'at'")
        for name in (set(corner.at) & set(names)) - {marching}:
            middle, half = domain.scales[domain.coordinates.index(name)]
            if isinstance(domain, Box) and abs(corner.at[name] - middle) > half * (1 + 1e-9):
                message = f"{name}={corner.at[name]:.6g} is outside of the box"
                findings.report(
                    (*own, "at", name), message, f"{name} is from {middle - half:.6g} to {middle + half:.6g}"
                )
        if marching is None or marching not in corner.at or marching not in domain.coordinates:
            continue
        middle, half = domain.scales[domain.coordinates.index(marching)]
        if abs(corner.at[marching] - middle) < half * ALMOST:
            message = f"{marching} goes from {middle - half:.6g} to {middle + half:.6g}, on both sides of this corner"
            findings.report((*own, "at", marching), message, "it marches away from it, to one side")
