"""Which network stands for which unknowns: one for all of a list, one for each of a mapping."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from pinn import schema
from pinn.config.findings import Findings, Path
from pinn.config.layouts import Layout, layout
from pinn.errors import suggestion
from pinn.expressions.axes import axes
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

    @property
    def inwards(self) -> tuple[float, float]:
        """In which direction the domain is, by its scale, where the corner is at an end of a coordinate; else 0."""
        ends = zip(self.center, self.scales, strict=True)
        x, y = (-math.copysign(1.0, at * scale) if abs(at) > ALMOST else 0.0 for at, scale in ends)
        return (0.0 if self.marching and y else x), y


@dataclass(frozen=True)
class Block:
    """Unknowns that are the outputs of one network."""

    unknowns: tuple[str, ...]
    said: schema.Network
    path: Path
    """Where it is said."""
    inputs: tuple[int, ...]
    """Indices of the coordinates that the unknowns are functions of."""
    periodic: tuple[int, ...]
    """Those that are periodic, by their places among `inputs`."""
    corners: tuple[Polar, ...] = ()
    """Around which polar coordinates are read."""

    def network(self, document: schema.Document, stage: int) -> schema.Network:
        """The network that a stage trains.

        Those after the first are fully connected, whatever the first one is.
        """
        said = self.said
        further = [s for s in document.optimizer[: stage + 1] if isinstance(s, schema.MultiStage)]
        if not further:
            return said
        like = said if isinstance(said, schema.Activated) else schema.Activated()
        hidden = further[-1].hidden or said.hidden
        plain = {"hidden": hidden, "activation": like.activation, "initial": like.initial}
        corners = said.corners if isinstance(said, schema.Mlp) else []
        return schema.Mlp(kind="mlp", corners=corners, **plain)

    def layout(self, document: schema.Document, stage: int) -> Layout:
        """What the network that a stage trains is made of."""
        counts = len(self.inputs), len(self.periodic), len(self.corners)
        return layout(self.network(document, stage), *counts, len(self.unknowns))


def blocks(document: schema.Document, domain: Domain) -> tuple[Block, ...]:
    """All networks of a stage, their outputs in the order of the unknowns."""
    if isinstance(document.unknowns, list):
        every = tuple(range(len(domain.coordinates)))
        return (_block(tuple(document.unknowns), document.network, ("network",), every, domain),)
    found = []
    for name, said in document.unknowns.items():
        own = said.network
        path = ("network",) if own is None else ("unknowns", name, "network")
        found.append(_block((name,), own or document.network, path, indices(said, domain), domain))
    return tuple(found)


def restricted(document: schema.Document) -> dict[str, schema.Unknown]:
    """The unknowns of which more is said than their network, by name."""
    if isinstance(document.unknowns, list):
        return {}
    return {name: said for name, said in document.unknowns.items() if said.inputs is not None or said.positive}


def check(document: schema.Document, domain: Domain, findings: Findings) -> None:
    """Inputs must be coordinates; a wave has a frequency along each of them, whole where it is periodic."""
    known = axes(domain.coordinates, domain.vectors)
    for name, said in restricted(document).items():
        for i, coordinate in enumerate(said.inputs or ()):
            path = ("unknowns", name, "inputs", i)
            if coordinate not in known:
                hint = suggestion(coordinate, known) or f"the coordinates are {', '.join(known)}"
                findings.report(path, f"there is no coordinate '{coordinate}'", hint)
            elif said.inputs and coordinate in said.inputs[:i]:
                findings.report(path, f"{coordinate} is an input of {name} already", "leave it out")
    for block in blocks(document, domain):
        _check_frequencies(block, domain, findings)
        _check_corners(block, domain, findings)


def _block(
    unknowns: tuple[str, ...], said: schema.Network, path: Path, inputs: tuple[int, ...], domain: Domain
) -> Block:
    periodic = tuple(place for place, index in enumerate(inputs) if index in domain.periodic)
    return Block(unknowns, said, path, inputs, periodic, tuple(_polar(said, inputs, domain)))


def _polar(said: schema.Network, inputs: tuple[int, ...], domain: Domain) -> Iterator[Polar]:
    """The corners of a network in coordinates that it reads."""
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
        yield Polar(places, (one, other), (one_scale, other_scale), marching is not None)


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


def indices(said: schema.Unknown, domain: Domain) -> tuple[int, ...]:
    """The coordinates of an unknown's inputs, in the domain's order; all of them if nothing is said."""
    known = axes(domain.coordinates, domain.vectors)
    names = known if said.inputs is None else [name for name in known if name in said.inputs]
    return tuple(index for name in names for index in known[name])


def _check_frequencies(block: Block, domain: Domain, findings: Findings) -> None:
    said = block.said
    if not isinstance(said, schema.Fourier) or said.frequencies is None:
        return
    names = [domain.coordinates[index] for index in block.inputs]
    for i, given in enumerate(said.frequencies):
        path = (*block.path, "frequencies", i)
        if isinstance(given, list) and len(given) != len(names):
            shown = ", ".join(names) if len(names) <= MOST_LISTED else f"{len(names)} coordinates"
            message = f"this has {len(given)} components, and the network reads {shown}"
            findings.report(path, message, "one for each of them, or a single number for all")
            continue
        along = given if isinstance(given, list) else [given] * len(names)
        for k in block.periodic:
            if not float(along[k]).is_integer():
                message = f"{names[k]} is periodic, and {along[k]:g} is no whole number of periods"
                findings.report(path, message, "frequencies are counted in periods over the width of the domain")


def _check_corners(block: Block, domain: Domain, findings: Findings) -> None:
    """A corner is in two coordinates that the network reads, none of them periodic, and nothing is before it."""
    names = [domain.coordinates[index] for index in block.inputs]
    angular = {names[place] for place in block.periodic}
    for i, corner in enumerate(block.said.corners if isinstance(block.said, schema.Mlp) else ()):
        path = (*block.path, "corners", i)
        for key, found in (("at", corner.at), ("scale", corner.scale or {})):
            for name in found:
                if name not in domain.coordinates:
                    hint = suggestion(name, names) or f"there are {', '.join(names)}"
                    findings.report_at(findings.key((*path, key, name)), f"'{name}' is not a coordinate", hint)
                elif name in angular:
                    message = f"{name} is periodic, and has no corner"
                    findings.report_at(findings.key((*path, key, name)), message, "leave it out")
        if corner.scale and set(corner.scale) != set(corner.at):
            findings.report_at(findings.key((*path, "scale")), "a scale is for the two coordinates of 'at'")
        marching = marches(corner, domain)
        if marching is not None and marching not in corner.at:
            findings.report((*path, "marching"), f"{marching} is not a coordinate of this corner", "see 'at'")
        for name in set(corner.at) & set(names) - {marching}:
            middle, half = domain.scales[domain.coordinates.index(name)]
            if isinstance(domain, Box) and abs(corner.at[name] - middle) > half * (1 + 1e-9):
                message = f"{name}={corner.at[name]:.6g} is outside of the box"
                findings.report(
                    (*path, "at", name), message, f"{name} is from {middle - half:.6g} to {middle + half:.6g}"
                )
        if marching is None or marching not in corner.at or marching not in domain.coordinates:
            continue
        middle, half = domain.scales[domain.coordinates.index(marching)]
        if abs(corner.at[marching] - middle) < half * ALMOST:
            message = f"{marching} goes from {middle - half:.6g} to {middle + half:.6g}, on both sides of this corner"
            findings.report((*path, "at", marching), message, "it marches away from it, to one side")


MOST_LISTED = 8
"""Coordinates that are named one by one."""
