"""Slabs of time: `training.slabs` cuts time into pieces, of which one is trained after the other.

A slab is a config of its own with a time of its own, which begins at 0; when that is, is a parameter. What holds at the
beginning of all time holds at the beginning of each slab, where the slab before gives its value.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from pinn import schema
from pinn.config.blocks import restricted
from pinn.config.findings import Findings, Path
from pinn.config.hard import HardCondition
from pinn.config.model import (
    Config,
    During,
    Energy,
    Equation,
    Extent,
    FittedParameter,
    FixedParameter,
    Misfit,
    Quantity,
    Term,
)
from pinn.config.names import Names
from pinn.config.times import SLACK, all_time, is_beginning, time_of
from pinn.expressions import Coordinate, Expression, Initial, Parameter, algebra, tree
from pinn.geometry import (
    Box,
    Condition,
    Domain,
    Entry,
    Flat,
    Interval,
    Part,
    Piece,
    Region,
    Solid,
    fulfil,
)

START = "slab start"
"""The parameter that says when a slab begins; the blank keeps it apart from all that a config can name."""

PATH: Path = ("training", "slabs")


def read(
    document: schema.Document,
    names: Names,
    terms: Sequence[Term],
    hard: Sequence[HardCondition],
    report: Sequence[Quantity],
    findings: Findings,
) -> tuple[float, ...]:
    """The times at which slabs begin and end, in order; empty where all of time is one, or with mistakes noted."""
    said, domain = document.training.slabs, names.domain
    if said is None or said == 1:
        return ()
    if domain.time is None:
        hint = "say which coordinate is time, as in 'domain: {…, time: t}'"
        findings.report_at(findings.key(PATH), "slabs cut time, and this domain has none", hint)
        return ()
    planes = [(condition.piece, h.unknown) for h in hard for condition in h.conditions]
    for message, hint in _obstacles(document, domain, names.parameters, names.extents, terms, planes, report):
        findings.report_at(findings.key(PATH), message, hint)
    interval, name = all_time(domain), domain.coordinates[domain.time]
    if isinstance(said, int):
        inner = [interval.low + interval.length * i / said for i in range(1, said)]
    else:
        numbers = [findings.number((*PATH, i), cut, names.constant) for i, cut in enumerate(said)]
        inner = [number for number in numbers if number is not None]
    ends = (interval.low, *inner, interval.high)
    if not all(a < b for a, b in pairwise(ends)):
        hint = f"{name} runs from {interval.low:.12g} to {interval.high:.12g}"
        findings.report(PATH, "the times between slabs must rise and lie inside the domain", hint)
    return ends if inner else ()


def are_possible(config: Config) -> bool:
    """Whether a config whose time is one could be cut into slabs."""
    if config.domain.time is None or config.slabs:
        return False
    planes = [(condition.piece, name) for name, own in config.conditions.items() for condition in own]
    given = config.document, config.domain, config.parameters, config.extents, config.terms, planes, config.report
    return not any(_obstacles(*given))


def _obstacles(
    document: schema.Document,
    domain: Domain,
    parameters: Mapping[str, FixedParameter | FittedParameter],
    extents: Mapping[str, Extent],
    terms: Sequence[Term],
    planes: Sequence[tuple[Piece, str]],
    report: Sequence[Quantity],
) -> Iterator[tuple[str, str]]:
    """What has no meaning slab by slab: a message and a remedy for each."""
    time = domain.time
    assert time is not None
    name, low = domain.coordinates[time], all_time(domain).low
    begin = f"{name}={low:.12g}"
    pieces = [piece for piece, _ in planes] + [piece for term in terms for piece in term.region.pieces]
    if not any(is_beginning(piece, domain, low) for piece in pieces):
        yield f"no term stands on {begin}: nothing hands the state from slab to slab", f"add one with 'on: {begin}'"
    if not any(
        isinstance(t.content, Equation) and any(time_of(p, time) is None for p in t.region.pieces) for t in terms
    ):
        yield "no equation holds at all times", "without one a slab would have nothing to train on"
    for piece, unknown in planes:
        if time_of(piece, time) is not None and not is_beginning(piece, domain, low):
            hint = f"with slabs a hard condition holds on {begin} or at all times; drop 'hard: true'"
            yield f"the hard condition on {unknown} holds on {piece.name}", hint
    for name, parameter in parameters.items():
        if isinstance(parameter, FittedParameter):
            yield f"{name} is fitted, and each slab would find a value of its own", "leave 'slabs' out"
    for name, unknown in restricted(document).items():
        why = "is kept positive" if unknown.positive else "has inputs of its own"
        yield f"{name} {why}, which is not built for slabs", "leave 'slabs' out"
    for unknown, extent in extents.items():
        if time in algebra.coordinates_used(extent.condition):
            yield f"the region of {unknown} is cut in time, as slabs are", "leave 'slabs' out"
    for term in terms:
        if isinstance(term.content, Energy):
            yield f"'{term.name}' minimises an integral over all times", "state the problem as equations"
        if term.estimate is not None:
            yield f"'{term.name}' is estimated, which is not built for slabs", "leave 'estimate' or 'slabs' out"
        if term.functionals:
            yield f"'{term.name}' has integrals over all times in it", "leave 'slabs' out"
        if any(isinstance(p, Part) and time in algebra.coordinates_used(p.condition) for p in term.region.pieces):
            yield f"the region of '{term.name}' is cut in time, as slabs are", "leave 'slabs' out"
        if any(isinstance(n, tree.At) and time in dict(n.places) for e in _expressions(term) for n in tree.walk(e)):
            yield f"'{term.name}' reads another time by 'at', which may lie in another slab", "leave 'slabs' out"
    for quantity in report:
        integrands = [f.integrand for f in quantity.functionals]
        if any(isinstance(n, tree.At) and time in dict(n.places) for e in integrands for n in tree.walk(e)):
            yield f"'{quantity.name}' integrates what 'at' reads at another time", "leave 'at' or 'slabs' out"
        if any(isinstance(n, tree.Unknown) for n in tree.walk(quantity.expression)):
            yield f"'{quantity.name}' has integrals in a value at a point", "write the integral outside of 'at'"
    if any(isinstance(stage, schema.MultiStage) for stage in document.optimizer):
        yield "multi_stage adds a network to that of all times", "leave 'multi_stage' or 'slabs' out"


def configs(config: Config) -> tuple[Config, ...]:
    """The config of each slab; slabs of equal length share domain and ansatz."""
    shapes: dict[float, tuple[Domain, dict[str, Expression], dict[str, tuple[Condition, ...]]]] = {}
    found = []
    for low, high in pairwise(config.slabs):
        length = next((known for known in shapes if abs(known - (high - low)) <= SLACK * known), high - low)
        if length not in shapes:
            shapes[length] = _shape(config, length)
        found.append(_slab(config, low, high, *shapes[length]))
    return tuple(found)


def held(config: Config) -> dict[tuple[str, int], Condition]:
    """What is built in at the beginning, by unknown and order of the derivative by time, in the order of its rows."""
    time = config.domain.time
    every = ((unknown, c) for unknown, conditions in config.conditions.items() for c in conditions)
    return {(unknown, c.order): c for unknown, c in every if time_of(c.piece, time) is not None}


def within(expression: Expression, time: int) -> Expression:
    """An expression of all time, in the time of a slab."""
    if isinstance(expression, Coordinate) and expression.index == time:
        return algebra.add(expression, Parameter(START))
    return algebra.renewed(expression, lambda part: within(part, time))


def _shape(config: Config, length: float) -> tuple[Domain, dict[str, Expression], dict[str, tuple[Condition, ...]]]:
    """The domain of a slab, and its unknowns with the conditions that are built in."""
    time, rows, own = config.domain.time, list(held(config)), _lasting(config.domain, length)
    assert time is not None

    def condition(unknown: str, said: Condition) -> Condition:
        if time_of(said.piece, time) is None:
            return replace(said, value=within(said.value, time))
        value = Initial(unknown, rows.index((unknown, said.order)), time)
        return replace(said, piece=_moved(said.piece, time, 0.0), value=value)

    conditions = {u: tuple(condition(u, said) for said in every) for u, every in config.conditions.items()}
    return own, {u: fulfil(own, u, every, config.scales.get(u, 1.0)) for u, every in conditions.items()}, conditions


def _slab(
    config: Config,
    low: float,
    high: float,
    domain: Domain,
    ansatz: dict[str, Expression],
    conditions: dict[str, tuple[Condition, ...]],
) -> Config:
    """The config of one slab; nothing in it is measured against known solutions."""
    assert domain.time is not None
    begin, end = config.slabs[0], config.slabs[-1]
    during = During(domain.time, float("-inf") if low == begin else low, float("inf") if high == end else high, low)
    terms = [_term(term, domain, during, begin) for term in config.terms]
    return replace(
        config,
        domain=domain,
        parameters={**config.parameters, START: FixedParameter(low)},
        terms=tuple(term for term in terms if term is not None),
        ansatz=ansatz,
        conditions=conditions,
        exact={},
        exact_numbers={},
        reference=None,
        report=(),
        slabs=(),
    )


def _term(term: Term, domain: Domain, during: During, begin: float) -> Term | None:
    """A term in the time of a slab, or None where it stands on other times."""
    time = during.index
    kept = [Entry(e.name, tuple(_pieces(e.pieces, domain, during, begin))) for e in term.region.entries]
    entries = tuple(entry for entry in kept if entry.pieces)
    if not entries:
        return None
    match term.content:
        case Equation(residuals=residuals):
            content = Equation(tuple(within(residual, time) for residual in residuals))
        case Misfit(models=models):
            content = replace(term.content, models=tuple(within(m, time) for m in models), during=during)
        case Energy():
            raise AssertionError("refused by `read`")
    region = Region(entries)
    handed = any(time_of(piece, time) == 0.0 for piece in region.pieces)
    clusters = []
    for cluster in term.clusters:
        centers = cluster.centers
        if cluster.index == time:
            centers = tuple(c - during.start for c in centers if during.low < c <= during.high)
        clusters += [replace(cluster, centers=centers)] if centers else []
    weight = within(term.weight, time)
    return replace(term, content=content, region=region, weight=weight, clusters=tuple(clusters), handed=handed)


def _pieces(pieces: Sequence[Piece], domain: Domain, during: During, begin: float) -> Iterator[Piece]:
    """The pieces of a region that reach into a slab, in its own time; what holds at the very beginning always does."""
    time, length = during.index, all_time(domain).length
    for piece in pieces:
        value = time_of(piece, time)
        if value is None:
            yield piece
        elif is_beginning(piece, domain, begin):
            yield _moved(piece, time, 0.0)
        elif during.low < value <= during.high:
            yield _moved(piece, time, min(value - during.start, length))


def _moved(piece: Piece, time: int, value: float) -> Flat | Part:
    """A piece that lies at one time, at another."""
    if isinstance(piece, Part):
        whole = _moved(piece.whole, time, value)
        assert isinstance(whole, Flat)
        return replace(piece, whole=whole)
    assert isinstance(piece, Flat)
    return replace(piece, fixed=tuple((i, value if i == time else v) for i, v in piece.fixed))


def _lasting(domain: Domain, length: float) -> Domain:
    """The same places, with a time from 0 on."""
    span = Interval(0.0, length)
    if isinstance(domain, Box):
        return _at_all(domain, span)
    assert isinstance(domain, Solid)
    return replace(domain, beside=_at_all(domain.beside, span))


def _at_all(box: Box, span: Interval) -> Box:
    """A box with another time."""
    return replace(box, intervals=tuple(span if i == box.time else x for i, x in enumerate(box.intervals)))


def _expressions(term: Term) -> tuple[Expression, ...]:
    match term.content:
        case Equation(residuals=residuals):
            return residuals
        case Misfit(models=models):
            return models
        case Energy(integrand=integrand):
            return (integrand,)
