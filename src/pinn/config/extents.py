"""Unknowns that live on one region only: where they may be used, and what is a mistake."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pinn import schema
from pinn.config.findings import Findings, Path
from pinn.config.hard import HardCondition
from pinn.config.model import Extent, Functional, Misfit, Quantity, Term
from pinn.config.names import Names
from pinn.config.terms import expressions
from pinn.errors import suggestion
from pinn.expressions import Constant, Expression, Unknown, algebra, numeric, tree
from pinn.geometry import Flat, Part, Region, holds, spread
from pinn.geometry.spread import Point

CLOSE = 1e-9
"""How far beyond its region an unknown reaches, by the size of the domain: to its edge, whatever is rounded."""


def with_extents(document: schema.Document, names: Names, findings: Findings) -> Names:
    """The names with the extents of the unknowns that have one."""
    found: dict[str, Extent] = {}
    said = document.unknowns if isinstance(document.unknowns, dict) else {}
    for unknown, about in said.items():
        path = ("unknowns", unknown, "on")
        if about.on is None:
            continue
        if about.on not in names.regions:
            hint = suggestion(about.on, names.regions) or "name it under 'regions', as in 'left: x < 0.5'"
            findings.report(path, f"there is no region '{about.on}'", hint)
            continue
        entry = names.regions[about.on]
        match entry and entry.pieces:
            case (Part(whole=Flat(fixed=()), condition=condition),):
                slack = CLOSE * max(half for _, half in names.domain.scales)
                found[unknown] = Extent(about.on, _closed(condition, slack))
            case (_, *_):
                hint = "a region of points inside is a condition alone, as in 'left: x < 0.5'"
                findings.report(path, f"an unknown lives on points inside, and '{about.on}' is something else", hint)
    return replace(names, extents=found)


def _closed(condition: Expression, slack: float) -> Expression:
    """The condition with its edge, and a little more; with a negative slack less than the condition."""
    match condition:
        case tree.Compare(operator="<" | "<=", left=a, right=b):
            return tree.Compare("<=", a, algebra.add(b, Constant(slack)))
        case tree.Compare(operator=">" | ">=", left=a, right=b):
            return tree.Compare(">=", a, algebra.subtract(b, Constant(slack)))
        case tree.Logic(operator="not", arguments=(part,)):
            return tree.Logic("not", (_closed(part, -slack),))
        case tree.Logic(operator=word, arguments=parts):
            return tree.Logic(word, tuple(_closed(part, slack) for part in parts))
        case _:
            return condition


def check_extents(
    terms: Sequence[Term],
    hard: Sequence[HardCondition],
    report: Sequence[Quantity],
    paths: Mapping[str, Path],
    names: Names,
    findings: Findings,
) -> None:
    """Note where an unknown is used beyond its region; `paths` has the terms by name."""
    if not names.extents:
        return
    for term in terms:
        rows = isinstance(term.content, Misfit)  # which are not read yet
        uses = [] if rows else [(e, term.region) for e in expressions(term.content)]
        demand(uses, paths[term.name], names, findings)
        demand_integrals(term.functionals, paths[term.name], names, findings)
    for quantity in report:
        path = ("report", quantity.name)
        demand([(quantity.expression, None)], path, names, findings)
        demand_integrals(quantity.functionals, path, names, findings)
    for condition in hard:
        extent = names.extents.get(condition.unknown)
        for piece in (c.piece for c in condition.conditions):
            if extent is not None and not any(holds(extent.condition, point) for point in spread(names.domain, piece)):
                message = f"{condition.unknown} lives on {extent.region}, and {piece.name} lies beyond"
                findings.report(condition.path, message, "name the parts of the boundary where it lives")


def demand_integrals(functionals: Sequence[Functional], path: Path, names: Names, findings: Findings) -> None:
    """Note the first unknown that one of the integrals uses where it does not live."""
    demand([(f.integrand, f.region) for f in functionals], path, names, findings, "over=")


def demand(
    uses: Sequence[tuple[Expression, Region | None]], path: Path, names: Names, findings: Findings, said: str = "on: "
) -> None:
    """Note the first unknown that one of the expressions uses where it does not live.

    `said` is how a place is told.
    """
    for expression, region in uses:
        points = [{}] if region is None else (p for piece in region.pieces for p in spread(names.domain, piece))
        for point in points:
            unknown = stray(expression, point, names.extents, names.scope.constants)
            if unknown is not None:
                extent = names.extents[unknown]
                place = ", ".join(f"{names.domain.coordinates[i]}={v:.4g}" for i, v in sorted(point.items())[:3])
                hint = f"say '{said}{extent.region}', or a part of its edge"
                if region is not None and said == "on: " and region.name != "interior":
                    hint = f"say where on this place it lives: 'on: {{on: {region.name}, where: …}}'"
                message = f"{unknown} lives on {extent.region}, and here it is used"
                findings.report(path, f"{message} at {place}" if place else f"{message} elsewhere", hint)
                return


def stray(
    expression: Expression, point: Point, extents: Mapping[str, Extent], constants: Mapping[str, float]
) -> str | None:
    """The first unknown of an expression that does not live at a point, where it is needed there."""
    return next(_strays(expression, point, extents, constants), None)


def _strays(
    node: Expression, point: Point, extents: Mapping[str, Extent], constants: Mapping[str, float]
) -> Iterator[str]:
    """A place of `at`, or a condition of `where`, that is no number before training decides nothing."""
    parts = list(tree.children(node))
    try:
        match node:
            case Unknown(name=name) if name in extents:
                if not holds(extents[name].condition, point):
                    yield name
            case tree.At(operand=operand, places=places):
                parts = [operand]
                point = point | {i: _number(value, point, constants) for i, value in places}
            case tree.Where(condition=condition, yes=yes, no=no):
                chosen = _number(tree.Where(condition, tree.ONE, tree.ZERO), point, constants)
                parts = [yes if chosen else no]
    except numeric.NotNumeric:
        return
    for part in parts:
        yield from _strays(part, point, extents, constants)


def _number(value: Expression, point: Point, constants: Mapping[str, float]) -> float:
    found = numeric.evaluate(value, point, constants)
    assert isinstance(found, float)
    return found
