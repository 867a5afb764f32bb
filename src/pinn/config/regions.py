"""The `regions` section: parts of the domain and of its boundary, by conditions on the coordinates."""

from dataclasses import replace

from pinn import schema
from pinn.config import places, shapes
from pinn.config.findings import Findings, Path
from pinn.config.names import Names
from pinn.geometry import (
    Area,
    Entry,
    PlaceError,
    Region,
    drawn,
    interior,
    where,
)
from pinn.geometry import names as parts

WORDS = ("interior", "boundary")


def read(document: schema.Document, names: Names, findings: Findings) -> Names:
    """The names with all regions; each may use those above it."""
    for name, said in document.regions.items():
        path = ("regions", name)
        if name in (*WORDS, *parts(names.domain)):
            hint = "choose another name"
            findings.report_at(findings.key(path), f"'{name}' is already a region of this domain", hint)
        entry = _entry(name, said, path, names, findings)
        if entry is not None and not places.occurs(entry, names.domain):
            message = f"no point of the region '{name}' was found"
            place = path if isinstance(said, str) else (*path, "where")
            findings.report(place, message, "its condition holds nowhere, or on less than a thousandth of a percent")
        names = replace(names, regions={**names.regions, name: entry})
    return names


def _entry(name: str, said: str | schema.Part, path: Path, names: Names, findings: Findings) -> Entry | None:
    """The region, or None with its mistakes noted."""
    if isinstance(said, str):
        condition = places.condition(said, path, names, findings)
        return None if condition is None else where((interior(),), name, condition)
    if said.outline is None:
        found = places.region(said.on, (*path, "on"), names, findings)
    else:
        found = _outline(name, said.outline, (*path, "outline"), names, findings)
        if said.on != ["interior"]:
            findings.report((*path, "on"), "an outline has no 'on'", "it is a place itself; 'where' may limit it")
    if said.where is None:
        return None if found is None else Entry(name, found.pieces)
    condition = places.condition(said.where, (*path, "where"), names, findings)
    return None if found is None or condition is None else where(found.entries, name, condition)


def _outline(name: str, said: schema.Shape, path: Path, names: Names, findings: Findings) -> Region | None:
    """The outline of a shape inside the domain, or None with its mistakes noted."""
    domain = names.domain
    if not isinstance(domain, Area):
        hint = "such as a disk, or a box of two coordinates that are not periodic, with a time behind them"
        findings.report(path, "an outline is drawn into a shape of the plane, and this domain is none", hint)
        return None
    shape = shapes.drawn(said, domain, names.constant, findings, path)
    try:
        return None if shape is None else Region((drawn(domain, shape, name),))
    except PlaceError as error:
        findings.report(path, error.message, error.hint)
        return None
