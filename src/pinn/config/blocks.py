"""Which network stands for which unknowns: one for all of a list, one for each of a mapping."""

from dataclasses import dataclass

from pinn import schema
from pinn.config import polar
from pinn.config.findings import Findings, Path
from pinn.config.layouts import Layout, layout
from pinn.config.polar import Polar
from pinn.errors import suggestion
from pinn.expressions.axes import axes
from pinn.geometry import Domain


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
        polar.check(block.said, block.path, block.inputs, domain, findings)


def _block(
    unknowns: tuple[str, ...], said: schema.Network, path: Path, inputs: tuple[int, ...], domain: Domain
) -> Block:
    periodic = tuple(place for place, index in enumerate(inputs) if index in domain.periodic)
    return Block(unknowns, said, path, inputs, periodic, tuple(polar.around(said, inputs, domain)))


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


MOST_LISTED = 8
"""Coordinates that are named one by one."""
