"""Corners in which conditions contradict: networks that read polar coordinates there, and points that crowd there.

What jumps in a corner, or has a bend, is a function of the angle times a power of the distance r; a network of the
coordinates alone would need the corner itself to be large. Equations of order p leave r^(degree - p) of what is still
wrong about that function, whose square has no integral: there they count by a weight that makes up for it.
"""

import math
from collections.abc import Sequence

from pinn import schema
from pinn.config import junctions, orders, polar, waves
from pinn.config.blocks import Block, blocks
from pinn.config.clashes import MOST_COORDINATES, Clash
from pinn.config.distances import SAME, corner_of, rounded
from pinn.config.findings import Findings
from pinn.config.model import Term
from pinn.config.names import Names
from pinn.config.orders import Row, System
from pinn.config.polar import marches, scale_of, span_of
from pinn.expressions import ONE, Constant, Expression, algebra
from pinn.geometry import Solid, rims, rings

MOST = 8
"""Corners around which polar coordinates are read at most."""

FAR = 0.05
"""The square of the distance from where on equations count as usual."""

CLOSE = 0.01
"""The width of the points that crowd at a corner, in distances from it."""

TINY = 1e-24
"""Added to the square of a distance, which is nowhere zero then."""


Corners = dict[tuple[str, tuple[tuple[int, float], ...]], tuple[Clash, schema.Corner]]
"""By their rims, if they are at one, and places."""


def choose(
    document: schema.Document,
    names: Names,
    terms: Sequence[Term],
    clashes: Sequence[Clash],
    findings: Findings,
) -> tuple[schema.Document, tuple[str, ...]]:
    """The document with corners, points and weights for what contradicts, and a sentence, where the network is open."""
    plain = document.network
    is_open = isinstance(plain, schema.Mlp) and not findings.written(("network", "corners"))
    if findings.mistakes or not is_open or waves.is_kind_said(findings) or document.training.slabs is not None:
        return document, ()
    asked = orders.system(names, terms) if clashes else None
    found = {} if asked is None else _corners(document, names, asked, clashes)
    if asked is None or not found:
        return document, ()
    corners = [corner for _, corner in found.values()]
    changes: dict[str, object] = {"network": plain.model_copy(update={"corners": corners})}
    clusters = {} if document.sampling.cluster else _clusters(corners, names)
    if clusters:
        changes["sampling"] = document.sampling.model_copy(update={"cluster": clusters})
    weights = _weights(document, found, names, asked, terms)
    changes["terms"] = [
        said.model_copy(update={"weight": weights[i]}) if i in weights and said.weight is None else said
        for i, said in enumerate(document.terms)
    ]
    places = (", ".join(_place(names, *one) for one in corner.at.items()) for corner in corners)
    where = f"around {' and around '.join(places)}, where solutions jump or are singular"
    also = ["more points"] * bool(clusters) + ["equations that count less"] * bool(weights)
    sentence = f"{' and '.join(['polar coordinates', *also])} {where}"
    return document.model_copy(update=changes), (sentence,)


def _place(names: Names, name: str, at: float) -> str:
    """A coordinate's value, or the edge at which a distance is zero."""
    if name in names.domain.coordinates:
        return f"{name}={at + 0.0:.4g}"
    return f"the {name}" if name == "boundary" else f"the edge {name}"


def factor(
    document: schema.Document, names: Names, terms: Sequence[Term], found: Sequence[Clash], unknown: str
) -> Expression:
    """By what the raw output of a network is multiplied, so that it stays bounded in a corner.

    A function that vanishes on the face of a built-in value is then of the size of r^degree, as what is missing there;
    and an unknown that is differentiated less often than the one that contradicts, as pressure beside velocity, of a
    lower power.
    """
    asked = orders.system(names, terms) if found else None
    total: Expression = ONE
    for corner in _read(_block_of(document, names, unknown)):
        here = [clash for clash in found if _is_at(corner, clash, names)]
        powers = [_power(corner, clash, names) for clash in here if clash.unknown == unknown]
        if asked is not None and unknown in asked.unknowns:
            powers += [_lower(asked, clash, unknown, corner, names) - clash.degree for clash in here]
        power = max(powers, default=0)
        if power > 0:
            total = algebra.multiply(
                total, algebra.power(polar.squared(corner, names.domain, TINY), Constant(-0.5 * power))
            )
    return total


def doubt(
    document: schema.Document, names: Names, terms: Sequence[Term], found: Sequence[Clash], findings: Findings
) -> None:
    """Warn of the first corner in which conditions contradict, and of which nothing is known to networks or points."""
    if findings.written(("sampling", "cluster")):
        return
    for clash in found:
        corners = _read(_block_of(document, names, clash.unknown))
        if not clash.message or any(_is_at(corner, clash, names) for corner in corners):
            continue
        remedies = [clash.remedy] * bool(clash.remedy) + _left_out(document, names, terms, clash)
        if remedies:
            findings.warn(clash.path, clash.message, "; best ".join(remedies))
            return


def _left_out(document: schema.Document, names: Names, terms: Sequence[Term], clash: Clash) -> list[str]:
    """Which key is in the way, where the equation is of a kind that a network with corners is for."""
    asked = orders.system(names, terms)
    if asked is None or corner_of(names, asked, clash) is None:
        return []
    own = _block_of(document, names, clash.unknown)
    of_network = (*map(str, own.path), "corners" if _read(own) else "kind")
    key = ".".join(of_network) if document.training.slabs is None else "training.slabs"
    return [f"leave {key} out, so that the network reads polar coordinates there"]


def _block_of(document: schema.Document, names: Names, unknown: str) -> Block:
    return next(block for block in blocks(document, names.domain) if unknown in block.unknowns)


def _read(own: Block) -> Sequence[schema.Corner]:
    """The corners that a network reads."""
    return own.said.corners if isinstance(own.said, schema.Mlp) else ()


def _corners(document: schema.Document, names: Names, asked: System, clashes: Sequence[Clash]) -> Corners:
    """The corners that can be helped, each with what is worst there."""
    found: Corners = {}
    for clash in clashes if len(names.domain.coordinates) <= MOST_COORDINATES else ():
        held = {i: at for i, at in clash.corner.items() if not clash.rim or i == names.domain.time}
        key = clash.rim, tuple(sorted(held.items()))
        if key in found and found[key][0].degree <= clash.degree:
            continue
        corner = corner_of(names, asked, clash) if _reads(document, names, clash) else None
        if corner is not None:
            found[key] = clash, corner
    return found if len(found) <= MOST else {}


def _reads(document: schema.Document, names: Names, clash: Clash) -> bool:
    """Whether the unknown is what the network of the config says, and a function of the corner's coordinates."""
    own = _block_of(document, names, clash.unknown)
    return own.path == ("network",) and set(clash.corner) <= set(own.inputs)


def _clusters(corners: Sequence[schema.Corner], names: Names) -> dict[str, schema.Cluster]:
    """Points that crowd at all corners, as close across the way of what marches as it has come by then."""
    places: dict[str, list[float]] = {}
    widths: dict[str, float] = {}
    domain = names.domain
    beside = domain.beside.coordinates if isinstance(domain, Solid) else domain.coordinates
    crowded = {*beside, *(rims(domain) if rings(domain) else ())}
    for corner in corners:
        marching = marches(corner, domain)
        scales = {name: abs(scale_of(corner, name, domain)) for name in corner.at}
        spans = {name: span_of(name, domain) for name in corner.at}
        reach = 1.0 if marching is None else min(1.0, spans[marching] / scales[marching])
        for name, at in corner.at.items():
            close = CLOSE**2 * reach if name == marching else CLOSE * math.sqrt(reach)
            width = min(close * scales[name], CLOSE * spans[name])
            widths[name] = min(rounded(width), widths.get(name, math.inf))
            places.setdefault(name, []).append(at)
    ordered = [name for name in (*rims(domain), *domain.coordinates) if name in places and name in crowded]
    return {name: schema.Cluster(at=sorted(set(places[name])), width=widths[name]) for name in ordered}


def _weights(
    document: schema.Document, found: Corners, names: Names, asked: System, terms: Sequence[Term]
) -> dict[int, str]:
    """For what is wrong in corners, of equations and of slopes, a weight by their places: r² over r² and something, to
    a power."""
    numbers = {said.name or f"term_{i + 1}": i for i, said in enumerate(document.terms)}
    factors: dict[int, list[str]] = {}
    for clash, corner in found.values():
        powers: dict[int, float] = {}
        degrees = {unknown: clash.degree - _lower(asked, clash, unknown, corner, names) for unknown in asked.unknowns}
        for row in asked.rows:
            there = {part.unknown for part, _ in row.slopes} & set(asked.unknowns)
            if any(unknown == clash.unknown or degrees[unknown] < clash.degree for unknown in there):
                left = (_order(row, unknown, corner, names) - degrees[unknown] for unknown in there)
                powers[numbers[row.term]] = max(powers.get(numbers[row.term], 0), *left)
        for term in terms:
            for piece in (piece for piece in term.region.pieces if junctions.touches(piece, clash.corner)):
                left = junctions.orders_on(piece, names, term).get(clash.unknown, 0) - clash.degree
                powers[numbers[term.name]] = max(powers.get(numbers[term.name], 0), left)
        squared = polar.shown(corner, names.domain, names.scope)
        for i, power in powers.items():
            if power > SAME:
                text = f"(({squared})/({squared} + {FAR}))" + f"^{power:.6g}" * (power != 1)
                factors.setdefault(i, []).append(text)
    return {i: "*".join(own) for i, own in factors.items()}


def _is_at(corner: schema.Corner, clash: Clash, names: Names) -> bool:
    """Whether a corner is that of a clash."""
    known, halves = names.domain.coordinates, names.domain.scales
    if clash.rim != next((name for name in corner.at if name not in known), ""):
        return False
    places = {known.index(name): at for name, at in corner.at.items() if name in known}
    wanted = {k: at for k, at in clash.corner.items() if not clash.rim or k in places}
    return set(places) == set(wanted) and all(abs(places[k] - at) <= SAME * halves[k][1] for k, at in wanted.items())


def _lower(asked: System, clash: Clash, unknown: str, corner: schema.Corner, names: Names) -> int:
    """How many powers of the distance an unknown has fewer than one that contradicts: as often as it is differentiated
    less, like pressure beside velocity."""
    own, its = (_order(asked, name, corner, names) for name in (unknown, clash.unknown))
    return max(its - own, 0) if own else 0


def _order(asked: System | Row, unknown: str, corner: schema.Corner, names: Names) -> int:
    """How many powers of the distance differentiating an unknown takes: two by what marches, as its root counts."""
    known, rim = names.domain.coordinates, polar.rim_of(corner, names.domain)
    own = () if rim is None else ((1, index) for index in range(len(rim.origin)))
    named = ((1 + (name == marches(corner, names.domain)), known.index(name)) for name in corner.at if name in known)
    return max(powers * asked.order_in(unknown, index) for powers, index in (*own, *named))


def _power(corner: schema.Corner, clash: Clash, names: Names) -> float:
    """How many powers of the distance what vanishes on a built-in face has too many."""
    marching = marches(corner, names.domain)
    own = [2 if names.domain.coordinates[index] == marching else 1 for index in clash.built_in]
    return sum(own) - clash.degree
