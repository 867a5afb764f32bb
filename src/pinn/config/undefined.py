"""Where what is trained is no number: at values that are built in, and where an unknown changes its sign."""

import math
from collections.abc import Iterator, Mapping, Sequence

from pinn.config.findings import Findings, Path
from pinn.config.hard import HardCondition
from pinn.config.model import Energy, Equation, Term
from pinn.config.names import Names
from pinn.config.probes import points, value_at
from pinn.config.standins import StandIn, sizes, stand_ins
from pinn.expressions import Expression, algebra
from pinn.geometry import Flat, Region


def find(
    names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], paths: Mapping[str, Path], findings: Findings
) -> None:
    """Warn of the first place in each term where it has no finite value, though its known parts have."""
    for term in terms:
        key = "minimise" if isinstance(term.content, Energy) else "equation"
        for scalar, region in _scalars(term):
            found = stand_ins(scalar, names)
            said = found and (_built_in(*found, region, hard, names) or _by_sign(*found, region, hard, names))
            if said:
                findings.warn((*paths[term.name], key), *said)
                break


def _scalars(term: Term) -> Iterator[tuple[Expression, Region]]:
    """What a term evaluates at points, and where."""
    if isinstance(term.content, Equation) and not term.is_number:
        yield from ((part, term.region) for r in term.content.residuals for part in algebra.components(r))
    elif isinstance(term.content, Energy) and not term.is_number:
        yield term.content.integrand, term.region
    yield from ((functional.integrand, functional.region) for functional in term.functionals)


def _by_sign(
    expression: Expression,
    parts: Sequence[StandIn],
    region: Region,
    hard: Sequence[HardCondition],
    names: Names,
) -> tuple[str, str] | None:
    """Message and remedy, if it is a number where all is positive and none where one thing is negative."""
    for point in points(names, region.pieces[0]):
        state = point | sizes(tuple(parts))
        whole = value_at(expression, state, names)
        if whole is None or not math.isfinite(whole):
            return None
        for part in parts:
            value = value_at(expression, state | {part.index: -part.size}, names)
            if value is not None and math.isnan(value) and part.name not in names.positive:
                message = f"this is not a real number where {part.name} is negative, as a network may be on its way"
                if part.order:
                    return message, "keep what must not be negative above zero, as in log(max(J, 1e-6))"
                hint = _kept_positive(part.unknown, hard, names)
                return message, f"{hint}write max({part.name}, 0) there, or max({part.name}, 1e-6) below a line"
    return None


def _kept_positive(unknown: str, hard: Sequence[HardCondition], names: Names) -> str:
    """How an unknown is kept above zero, as the first half of a hint; empty where that cannot be.

    It then has no hard conditions, and none that ask it to be zero.
    """
    own = [condition for said in hard if said.unknown == unknown for condition in said.conditions]
    values = [value_at(c.value, p, names) for c in own if c.order == 0 for p in points(names, c.piece)]
    lowest = min((value for value in values if value is not None), default=1.0)
    if not unknown or lowest < 0:
        return ""
    without = f", without 'hard' in the conditions on {unknown}" if own else ""
    small = " and with a small number such as 1e-6 for 0" if lowest == 0 else ""
    return f"say {{{unknown}: {{positive: true}}}} under unknowns{without}{small}, or "


def _built_in(
    expression: Expression, parts: Sequence[StandIn], region: Region, hard: Sequence[HardCondition], names: Names
) -> tuple[str, str] | None:
    """Message and remedy, if it is no finite number at a value that is built in on the edge of its region."""
    if Flat("interior") not in region.pieces:
        return None
    for said in hard:
        own = [part for part in parts if part.order == 0 and part.name == said.unknown]
        for condition in said.conditions if own else ():
            for point in points(names, condition.piece) if condition.order == 0 else ():
                value = value_at(condition.value, point, names)
                if value is None:
                    continue
                state = point | sizes(tuple(parts))
                here, beside = (value_at(expression, state | {own[0].index: v}, names) for v in (value, value + 0.1))
                if here is None or math.isfinite(here) or beside is None or not math.isfinite(beside):
                    continue
                message = (
                    f"this is no finite number at {said.unknown} = {value:.4g}, built in on {condition.piece.name}"
                )
                hint = "let the unknown be something else, such as its square root, or keep the place out of the domain"
                return message, hint
    return None
