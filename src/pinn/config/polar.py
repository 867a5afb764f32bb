"""Polar coordinates around corners of the domain, as a network reads them."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pinn import schema
from pinn.config.findings import Findings, Path
from pinn.errors import suggestion
from pinn.geometry import Box, Domain

ALMOST = 1 - 1e-9
"""From where on a place counts as the end of a coordinate that has been brought to [-1, 1]."""


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
        if not set(corner.at) <= set(place):
            continue
        marching = marches(corner, domain)
        first, second = sorted(corner.at, key=lambda name, m=marching: (name == m, place[name]))
        (one, one_scale), (other, other_scale) = (
            _in_units(corner, name, domain, *domain.scales[inputs[place[name]]]) for name in (first, second)
        )
        places = place[first], place[second]
        yield Polar(places, (one, other), (one_scale, other_scale), marching is not None, corner.power)


def _in_units(corner: schema.Corner, name: str, domain: Domain, middle: float, half: float) -> tuple[float, float]:
    """Where a corner is along a coordinate that has been brought to [-1, 1], and its scale."""
    return (corner.at[name] - middle) / half, scale_of(corner, name, domain) / half


def scale_of(corner: schema.Corner, name: str, domain: Domain) -> float:
    """The distance along a coordinate that counts as one, negative where it marches down from the corner."""
    middle, half = domain.scales[domain.coordinates.index(name)]
    scale = (corner.scale or {}).get(name, 2 * half)
    return -scale if name == marches(corner, domain) and corner.at[name] > middle else scale


def marches(corner: schema.Corner, domain: Domain) -> str | None:
    """The coordinate of a corner whose distance counts by its root."""
    time = None if domain.time is None else domain.coordinates[domain.time]
    return corner.marching or (time if time in corner.at else None)


def check(said: schema.Network, path: Path, inputs: Sequence[int], domain: Domain, findings: Findings) -> None:
    """A corner is in two coordinates that the network reads, none of them periodic, and nothing is before it."""
    names = [domain.coordinates[index] for index in inputs]
    angular = {domain.coordinates[index] for index in inputs if index in domain.periodic}
    for i, corner in enumerate(said.corners if isinstance(said, schema.Mlp) else ()):
        own = (*path, "corners", i)
        for key, found in (("at", corner.at), ("scale", corner.scale or {})):
            for name in found:
                if name not in domain.coordinates:
                    hint = suggestion(name, names) or f"there are {', '.join(names)}"
                    findings.report_at(findings.key((*own, key, name)), f"'{name}' is not a coordinate", hint)
                elif name in angular:
                    message = f"{name} is periodic, and has no corner"
                    findings.report_at(findings.key((*own, key, name)), message, "leave it out")
        if corner.scale and set(corner.scale) != set(corner.at):
            findings.report_at(findings.key((*own, "scale")), "a scale is for the two coordinates of 'at'")
        marching = marches(corner, domain)
        if marching is not None and marching not in corner.at:
            findings.report((*own, "marching"), f"{marching} is not a coordinate of this corner", "see 'at'")
        for name in set(corner.at) & set(names) - {marching}:
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
