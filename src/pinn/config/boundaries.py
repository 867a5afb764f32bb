"""Whether equations in space have as many conditions on the boundary as their orders ask for.

All that may be a condition counts as one, and where equations degenerate, hold in parts of the domain, or stand beside
data or energies, nothing is said.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pinn.config.counts import is_volume
from pinn.config.findings import Findings, Path
from pinn.config.hard import HardCondition
from pinn.config.model import Equation, Term
from pinn.config.names import Names
from pinn.config.orders import System, bound, order, system
from pinn.config.probes import points
from pinn.expressions import algebra
from pinn.geometry import (
    Area,
    Ball,
    Body,
    Box,
    Cloud,
    Curve,
    Flat,
    Gaussian,
    Part,
    Piece,
    PlaceError,
    Scatter,
    Sphere,
    Trimmed,
    boundary,
)

Rounded = Ball | Area | Body | Cloud
"""What has a boundary that is not made of faces."""

STEPS = (-1.0, -0.86, -0.54, -0.18, 0.26, 0.66, 0.92, 1.0)
"""Where a line from face to face is asked, in half widths from its middle."""

CLOSE = 1e-9
"""Relative differences between places that are one."""

SAID = 2
"""So many further coordinates are told by name."""

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")
ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth")


@dataclass(frozen=True)
class _Said:
    """A condition: which unknowns it speaks of, whether of the value of one, and where; nowhere for a number."""

    unknowns: frozenset[str]
    values: frozenset[str]
    piece: Piece | None
    what: Hashable


def find(
    names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], paths: Mapping[str, Path], findings: Findings
) -> None:
    """Warn of a system that has fewer conditions across a coordinate, or on what surrounds a shape, than it takes."""
    domain = names.domain
    if isinstance(domain, Gaussian) or len(domain.coordinates) == 1:
        return
    if not all(isinstance(term.content, Equation) for term in terms) or _on_boundaries(names, terms):
        return
    asked = system(names, terms)
    if asked is None:
        return
    said = [one for one in _said(names, terms, hard) if one.unknowns & {*asked.unknowns}]
    _doubt_faces(names, asked, said, paths, findings)
    if isinstance(domain, Rounded):
        _doubt_surroundings(names, domain, asked, said, paths, findings)


def find_bare(
    names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], paths: Mapping[str, Path], findings: Findings
) -> None:
    """Warn, in many coordinates, of second derivatives in space where no condition stands anywhere in space."""
    domain = names.domain
    walls = {*domain.spatial} - {*domain.periodic}
    if not walls or isinstance(domain, Gaussian) or not all(isinstance(t.content, Equation) for t in terms):
        return
    pieces = [one.piece for one in _said(names, terms, hard)]
    if not all(isinstance(piece, Flat) and not {*_fixed(piece)} & walls for piece in pieces):
        return
    for term in (t for t in terms if not t.is_number and any(is_volume(piece, names) for piece in t.region.pieces)):
        residuals = term.content.residuals if isinstance(term.content, Equation) else ()
        found = (algebra.demands(part) for residual in residuals for part in algebra.components(residual))
        operators = (
            (unknown, operator) for demands in found for unknown, every in demands.items() for operator in every
        )
        bare = next((u for u, o in operators if any(o.order_in(index) > 1 for index in walls)), None)
        if bare is not None:
            message = f"{bare} has second derivatives in space and no condition on the boundary; it takes one there"
            hint = f"say what holds there, such as {{equation: {bare} = 0, on: boundary}}"
            findings.warn((*paths[term.name], "equation"), message, hint)
            return


def _on_boundaries(names: Names, terms: Sequence[Term]) -> bool:
    """Whether there are integrals over faces, by which a condition may hold everywhere on them."""
    pieces = [piece for term in terms for number in term.functionals for piece in number.region.pieces]
    return any(piece.dimension(names.domain) < len(names.domain.coordinates) for piece in pieces)


def _said(names: Names, terms: Sequence[Term], hard: Sequence[HardCondition]) -> Iterator[_Said]:
    for condition in hard:
        own = frozenset([condition.unknown])
        for one in condition.conditions:
            yield _Said(own, own if one.order == 0 else frozenset(), one.piece, (condition.unknown, one.order))
    whole = len(names.domain.coordinates)
    for term in terms:
        residuals = term.content.residuals if isinstance(term.content, Equation) else ()
        integrands = [functional.integrand for functional in term.functionals]
        for part in (part for residual in residuals for part in algebra.components(residual)):
            found = algebra.demands(part)
            unknowns = frozenset(found).union(*map(algebra.demands, integrands))
            values = frozenset(unknown for unknown, operators in found.items() if any(o.is_identity for o in operators))
            for piece in (None,) if term.is_number else term.region.pieces:
                if piece is None or piece.dimension(names.domain) < whole:
                    yield _Said(unknowns, values, piece, part)


# --- from face to face of a coordinate


def _doubt_faces(
    names: Names, asked: System, said: Sequence[_Said], paths: Mapping[str, Path], findings: Findings
) -> None:
    """One warning for all coordinates that lack the same number of conditions."""
    lacking: dict[tuple[int, int], list[int]] = {}
    for index in _walled(names):
        middle, half = names.domain.scales[index]
        own = [one for one in said if one.piece is None or index in _fixed(one.piece)]
        given = len({(one.what, None if one.piece is None else _place(one.piece)) for one in own})
        if given < bound(asked, index):
            around = [{index: middle + step * half} for step in STEPS]
            lines = [[point | here for here in around] for point in points(names, Flat("interior"))]
            needed = order(names, asked, lines, [{index: 1.0}])
            if given < needed:
                lacking.setdefault((needed, given), []).append(index)
    for (needed, given), (first, *others) in lacking.items():
        (_, low), (_, high) = ends = _ends(names, first)
        also = "".join(f", and so by {names.domain.coordinates[i]}" for i in others[:SAID])
        also += f", and so by {len(others) - SAID} more" if len(others) > SAID else ""
        conditions = f"{_count(given)} condition{'s' * (given > 1)} on {low} and {high} together"
        by = names.domain.coordinates[first]
        unknown = _barest(asked, [one for one in said if _is_across(one, first)], first)
        there = [[o for o in said if unknown in o.unknowns and _is_across(o, first, value)] for value, _ in ends]
        on, (_, face) = min(zip(there, ends, strict=True), key=lambda pair: len(pair[0]))
        what = f'"d({unknown}, {by}) = 0"' if any(unknown in one.values for one in on) else f"{unknown} = 0"
        on_face = f'"{face}"' if "[" in face else face
        hint = f"say what holds on {face}, such as {{equation: {what}, on: {on_face}}}"
        message = f"{_orders(asked, needed, by)} and {conditions}; {_takes(asked, needed)}{also}"
        findings.warn((*paths[_culprit(asked, unknown, first)], "equation"), message, hint)


def _walled(names: Names) -> list[int]:
    """The coordinates of space that run from one face to another."""
    domain = names.domain
    found = domain.spatial if isinstance(domain, Box) else () if isinstance(domain, Gaussian) else domain.axes
    return [index for index in found if index not in domain.periodic]


def _ends(names: Names, index: int) -> list[tuple[float, str]]:
    """The two ends of a coordinate, and what the faces there are called."""
    middle, half = names.domain.scales[index]
    return [(value, f"{names.domain.coordinates[index]}={value:.6g}") for value in (middle - half, middle + half)]


def _fixed(piece: Piece) -> dict[int, float]:
    """The coordinates that are fixed on a piece."""
    flat = piece.whole if isinstance(piece, Part) else piece
    return dict(flat.fixed) if isinstance(flat, Flat) else {}


def _place(piece: Piece) -> Hashable:
    """What two pieces share that are one place, whatever they are called; other ones are told apart."""
    return piece.fixed if isinstance(piece, Flat) else id(piece)


def _is_across(said: _Said, index: int, value: float | None = None) -> bool:
    """Whether a condition stands at a value of a coordinate, or at any."""
    at = None if said.piece is None else _fixed(said.piece).get(index)
    return at is not None and (value is None or abs(at - value) <= CLOSE * max(1.0, abs(value)))


# --- on what surrounds a shape


def _doubt_surroundings(
    names: Names, domain: Rounded, asked: System, said: Sequence[_Said], paths: Mapping[str, Path], findings: Findings
) -> None:
    """Each part of the boundary takes half of the order, but where another one has more, as Cauchy data are."""
    own = len(domain.own)
    try:
        pieces = [piece for piece in boundary(domain).pieces if _parts(piece, own)]
    except PlaceError:
        return
    given = dict.fromkeys((part for piece in pieces for part in _parts(piece, own) or ()), 0)
    for one in said:
        parts = None if one.piece is None else _parts(one.piece, own)
        for part in given if parts is None else parts:
            given[part] = given.get(part, 0) + 1
    most = min(bound(asked, index) for index in range(own))
    if not given or min(given.values()) >= most // 2:
        return
    line = [point for piece in (Flat("interior"), *pieces) for point in points(names, piece)]
    between = {index: 1.0 + index for index in range(own)}
    needed = order(names, asked, [line], [*({index: 1.0} for index in range(own)), between])
    least = min(given.values())
    if least < needed // 2 and max(given.values()) <= needed // 2:
        bare = next(part for part, count in given.items() if count == least)
        everywhere = "side" if domain.axes else "boundary"
        name = _called(domain, bare, pieces) if max(given.values()) > least else everywhere
        unknown = _barest(asked, said, 0)
        on = [o for o in said if o.piece is not None and bare in (_parts(o.piece, own) or ()) and unknown in o.unknowns]
        what = f'"d({unknown}, n) = 0"' if any(unknown in one.values for one in on) else f"{unknown} = 0"
        hint = f"say what holds there, such as {{equation: {what}, on: {name}}}"
        conditions = f"{_count(least)} condition{'s' * (least > 1)} on {name}"
        message = f"{_orders(asked, needed)} and {conditions}; {_takes(asked, needed // 2)} there"
        findings.warn((*paths[_culprit(asked, unknown, 0)], "equation"), message, hint)


def _parts(piece: Piece, own: int) -> frozenset[Hashable] | None:
    """The parts of the boundary of a shape that a piece has; None for a place inside, which counts as all of them.

    `own` is how many coordinates are the shape's own.
    """
    match piece:
        case Part(whole=whole):
            return _parts(whole, own)
        case Flat(fixed=fixed):
            return None if any(index < own for index, _ in fixed) else frozenset()
        case Sphere():
            return frozenset(["boundary"])
        case Curve(arcs=arcs, inner=False):
            return frozenset(arcs)
        case Scatter(sheet=sheet, across=None):
            return frozenset([sheet.name])
        case Trimmed(member=int()):
            return frozenset([piece.surface])
        case _:
            return None


def _called(domain: Rounded, part: Hashable, pieces: Sequence[Piece]) -> str:
    """The name of a part of the boundary."""
    edges = domain.edges if isinstance(domain, Area) else ()
    name = next((edge.names[0] for edge in edges if edge.arc == part), None)
    return name or next(p.name for p in pieces if part in (_parts(p, len(domain.own)) or ())).split("#")[0]


# --- words


def _count(number: int) -> str:
    return NUMBERS[number] if number < len(NUMBERS) else str(number)


def _orders(asked: System, needed: int, by: str | None = None) -> str:
    """What derivatives there are, in words."""
    who, along = ", ".join(asked.unknowns), f" by {by}" if by else ""
    if len(asked.unknowns) > 1:
        return f"{who} have derivatives{along} of order {needed} in all"
    return f"{who} has {ORDINALS[needed] if needed < len(ORDINALS) else f'{needed}th'} derivatives{along}"


def _takes(asked: System, needed: int) -> str:
    return f"{'they take' if len(asked.unknowns) > 1 else 'it takes'} {_count(needed)}"


def _barest(asked: System, said: Sequence[_Said], index: int) -> str:
    """The unknown that has the fewest conditions, beside its order in a coordinate."""
    orders = {u: asked.order_in(u, index) for u in asked.unknowns}
    return max(orders, key=lambda u: (orders[u] - sum(u in one.unknowns for one in said), orders[u]))


def _culprit(asked: System, unknown: str, index: int) -> str:
    """The term that has the highest derivative of an unknown by a coordinate."""
    rows = {row.term: row.order_in(unknown, index) for row in reversed(asked.rows)}
    return max(reversed(rows), key=rows.__getitem__)
