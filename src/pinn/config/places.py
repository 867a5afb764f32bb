"""A term's `on`: text and mappings become a region of the domain."""

import re
from collections.abc import Mapping
from dataclasses import replace

from pinn import schema
from pinn.config import slips
from pinn.config.domain import is_whole
from pinn.config.findings import Findings, Path
from pinn.config.names import Names
from pinn.errors import suggestion
from pinn.expressions import (
    Coordinate,
    Coordinates,
    Equation,
    Expression,
    ExpressionError,
    Scope,
    algebra,
    numeric,
    tree,
)
from pinn.expressions.differential import need_settled_time
from pinn.geometry import (
    Body,
    Box,
    Cloud,
    Domain,
    Entry,
    Part,
    PlaceError,
    Region,
    Scatter,
    boundary,
    hidden,
    interior,
    part,
    plane,
    point,
    probes,
    spread,
    where,
)
from pinn.geometry import names as parts

INLINE = frozenset({"on", "where"})
"""The keys of a part that is told where it is used."""

LOOKED_FIRST, LOOKED = 100, 200_000
"""Points of each of its pieces that are looked at first, and numbers before a region is taken to have none."""


def region(said: list[schema.Place] | None, path: Path, names: Names, findings: Findings) -> Region | None:
    """The region of a term, or None with its mistakes noted."""
    if said is None:
        return Region((interior(),))
    entries = [_entry(place, findings.item(path, i), names, findings) for i, place in enumerate(said)]
    for i, entry in enumerate(entries):
        if entry is not None and entry in entries[:i]:
            findings.report(findings.item(path, i), f"{entry.name} is named twice", "its points would count twice")
    known = tuple(entry for entry in entries if entry is not None)
    return Region(known) if len(known) == len(said) else None


def on(region: Region | None, scope: Scope, domain: Domain) -> Scope:
    """The scope of expressions on a region; all is allowed where that is wrong itself."""
    if region is None or region.has_normal:
        return replace(scope, has_normal=True)
    wholes = [piece.whole if isinstance(piece, Part) else piece for piece in region.pieces]
    bare = [piece.sheet.name for piece in wholes if isinstance(piece, Scatter) and not piece.has_normal]
    if not bare:
        return replace(scope, has_normal=False)
    columns = ", ".join(f"n_{domain.coordinates[i]}" for i in domain.spatial)
    why = f"the points of {bare[0]} have no normals: add the columns {columns} to their file"
    return replace(scope, has_normal=False, forbidden={**scope.forbidden, "n": why})


def _entry(place: schema.Place, path: Path, names: Names, findings: Findings) -> Entry | None:
    try:
        if isinstance(place, dict):
            is_part = not INLINE.isdisjoint(place) and INLINE.isdisjoint(names.scope.axes)
            return (_part if is_part else _mapping)(place, path, names, findings)
        return _word(place, path, names, findings)
    except PlaceError as error:
        findings.report(path, error.message, error.hint)
        return None


def _part(
    said: Mapping[str, schema.Formula | list[schema.Formula]], path: Path, names: Names, findings: Findings
) -> Entry | None:
    """The points of other places at which a condition holds, as under `regions` but without a name."""
    for key in sorted(set(said) - INLINE):
        findings.report_at(findings.key((*path, key)), f"unknown key '{key}'", "such a part has 'on' and 'where'")
    here, text = said.get("on", "interior"), said.get("where")
    words: list[schema.Place] = [str(place) for place in (here if isinstance(here, list) else [here])]
    found = region(words, (*path, "on"), names, findings)
    if text is None:
        return None if found is None else Entry(found.name, found.pieces)
    told = condition(str(text), (*path, "where"), names, findings)
    if found is None or told is None:
        return None
    entry = where(found.entries, f"{found.name} where {text}", told)
    if not occurs(entry, names.domain):
        findings.report((*path, "where"), "no point was found where this holds", "it holds nowhere, or hardly anywhere")
    return entry


def _word(said: str, path: Path, names: Names, findings: Findings) -> Entry | None:
    match said.strip():
        case "interior":
            return interior()
        case "boundary" if _is_settled(path, names, findings):
            return boundary(names.domain)
        case "boundary":
            return None
    several = re.split(r"\s*(?:,|\band\b|\bor\b)\s*", said.strip())
    if len(several) > 1 and all(re.match(r"[\w\[\]]+ *=", one) for one in several):
        findings.report(path, "one place stands here", f"list them: [{', '.join(several)}]")
        return None
    if re.search("[<>]", said):
        findings.report(path, f"there is no region '{said}'", slips.named(said))
        return None
    if "=" not in said:
        return _named(said.strip(), path, names, findings)
    return _plane(said, path, names, findings)


def _named(said: str, path: Path, names: Names, findings: Findings) -> Entry | None:
    """A region by its name."""
    known = (*parts(names.domain), *names.regions)
    if said in names.regions:
        return names.regions[said]
    if said in known:
        return part(names.domain, said)
    if isinstance(names.domain, Body) and said in hidden(names.domain):
        hint = "it lies inside or outside of the other parts"
        findings.report(path, f"nothing of the surface of '{said}' is left in the boundary", hint)
    elif is_whole(names.domain):
        vectors = names.domain.vectors
        planes = ", ".join(f"{c}[0]=…" if c in vectors else f"{c}=…" for c in names.scope.axes)
        listed = ", ".join(("interior", "boundary", *known, planes))
        near = suggestion(said, ["interior", "boundary", *known])
        axis = f"{said} is a coordinate; a place is {said}=0, or a region" if said in names.domain.coordinates else None
        hint = axis or near or _side(said, names, findings) or f"there are {listed}"
        findings.report(path, f"there is no region '{said}'", hint)
    return None


def _side(said: str, names: Names, findings: Findings) -> str | None:
    """How a side of a box is written that has no name; None for other words and domains."""
    domain = names.domain
    if not isinstance(domain, Box):
        return None
    sides = _sides(domain, names.scope.time_undecided)
    if said not in sides:
        return None
    index, end, what = sides[said]
    name, interval = domain.coordinates[index], domain.intervals[index]
    written = findings.root.find(("domain", "bounds", name, end))
    value = written.text if written is not None and written.text else f"{(interval.low, interval.high)[end]:.12g}"
    return f"write {name}={value} ({what}), or name it under 'regions'"


def _sides(box: Box, time_undecided: bool) -> dict[str, tuple[int, int, str]]:
    """Words for the sides of a box: the coordinate, at which of its ends, and what is there."""
    what = "end" if len(box.spatial) == 1 else "side"
    axes = {("left", "right"): box.spatial[:1], ("bottom", "top"): () if time_undecided else box.spatial[1:][-1:]}
    found = {w: (i, end, f"its {w} {what}") for words, at in axes.items() for i in at for end, w in enumerate(words)}
    if box.time is not None:
        found |= {word: (box.time, end, f"its {word} time") for end, word in enumerate(("initial", "final"))}
    return found


def _plane(said: str, path: Path, names: Names, findings: Findings) -> Entry | None:
    """The plane that an equation of a coordinate describes."""
    domain = names.domain
    scope = replace(names.constant, coordinates=domain.coordinates, spatial=domain.spatial, vectors=domain.vectors)
    match findings.expression(path, said, scope):
        case None:
            return None
        case Equation(left=Coordinate(index=index), right=right):
            value = _position(right, path, names, findings)
            return None if value is None else plane(names.domain, index, value)
        case Equation(left=Coordinates(name=name)):
            message = f"'{said}' is not a plane: {name} is a vector of {len(domain.vectors[name])} coordinates"
            findings.report(path, message, f"a plane fixes one of them, as in {name}[0]=0")
            return None
    findings.report(path, f"'{said}' is not a plane", "a plane is written coordinate=number, such as x=0")
    return None


def _is_settled(path: Path, names: Names, findings: Findings) -> bool:
    """Whether it is known what is space; asks if not."""
    try:
        need_settled_time("boundary", names.scope, (0, 0))
    except ExpressionError as error:
        findings.report(path, error.mistakes[0].message, error.mistakes[0].hint)
        return False
    return True


def _position(said: Expression, path: Path, names: Names, findings: Findings) -> float | None:
    try:
        value = numeric.evaluate(said, {}, names.scope.constants)
    except numeric.NotNumeric:
        value = None
    if isinstance(value, float):
        return value
    findings.report(path, "a plane lies at a constant value of its coordinate", "such as x=0 or t=pi/2")
    return None


def _mapping(
    said: Mapping[str, schema.Formula | list[schema.Formula]], path: Path, names: Names, findings: Findings
) -> Entry | None:
    values: dict[int, float] = {}
    whole = bool(said)
    for name, formula in said.items():
        places = names.scope.axes.get(name)
        if places is None:
            hint = suggestion(name, names.scope.axes) or f"there are {', '.join(names.scope.axes)}"
            findings.report_at(findings.key((*path, name)), f"'{name}' is not a coordinate", hint)
            whole = False
            continue
        numbers = _numbers(formula, len(places), (*path, name), names, findings)
        known = {i: number for i, number in zip(places, numbers, strict=False) if number is not None}
        whole = whole and len(known) == len(places)
        values |= known
    return point(names.domain, values) if whole else None


def _numbers(
    said: schema.Formula | list[schema.Formula], count: int, path: Path, names: Names, findings: Findings
) -> list[float | None]:
    """A number for each component; a single one stands for all of them."""
    if not isinstance(said, list):
        return [findings.number(path, said, names.constant)] * count
    if len(said) != count:
        findings.report(path, f"{len(said)} numbers for {count} coordinates", "write one for each, or a single one")
        return []
    return [findings.number((*path, i), part, names.constant) for i, part in enumerate(said)]


def occurs(entry: Entry, domain: Domain) -> bool:
    """Whether points of a region are found; those of files and of bodies are looked at when they are taken."""
    if isinstance(domain, Cloud | Body):
        return True
    most = LOOKED // max(3, len(domain.coordinates))
    counts = ((part, count if part.dimension(domain) else 1) for count in (LOOKED_FIRST, most) for part in entry.pieces)
    return any(True for part, count in counts for _ in spread(domain, part, count))


def condition(said: str, path: Path, names: Names, findings: Findings) -> Expression | None:
    """A condition with numbers for parameters, so that it depends on coordinates alone."""
    found = findings.condition(path, said, names.known)
    if found is None:
        return None
    fitted = sorted(algebra.names_used(found).intersection(names.fitted))
    if fitted:
        message = f"the region depends on the fitted parameter {fitted[0]}"
        findings.report(path, message, "its points stay where they are: give it a number")
        return None
    known = next((node.name for node in tree.walk(found) if isinstance(node, tree.Known)), None)
    if known is not None:
        findings.report(path, f"a region is told by coordinates; here is the known function {known}")
        return None
    found = algebra.settled(found, names.scope.constants)
    point = next(probes(names.domain), dict(enumerate(middle for middle, _ in names.domain.scales)))
    try:
        numeric.evaluate(tree.Where(found, tree.ONE, tree.ZERO), point, {})
    except numeric.NotNumeric as error:
        findings.report(path, f"a region is told by coordinates and single numbers; {error}")
        return None
    if any(isinstance(node, tree.Derivative | tree.Gradient | tree.At) for node in tree.walk(found)):
        findings.report(path, "a region is told by coordinates; here is a derivative, or a value at another place")
        return None
    return found
