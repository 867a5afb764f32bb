"""What causal weights need: a time, a beginning that is known, and equations that hold at all times."""

from collections.abc import Iterator, Sequence

from pinn import schema
from pinn.config.findings import Findings, Path
from pinn.config.hard import HardCondition
from pinn.config.model import Energy, Equation, Term
from pinn.config.times import all_time, is_beginning, time_of
from pinn.geometry import Domain

PATH: Path = ("training", "causal")


def check(
    document: schema.Document,
    domain: Domain,
    terms: Sequence[Term],
    hard: Sequence[HardCondition],
    findings: Findings,
) -> None:
    """Refuse causal weights where they mean nothing."""
    if document.training.causal is False:
        return
    if domain.time is None:
        hint = "say which coordinate is time, as in 'domain: {…, time: t}'"
        findings.report_at(findings.key(PATH), "causal weights follow time, and this domain has none", hint)
        return
    for message, hint in _obstacles(domain, domain.time, terms, hard):
        findings.report_at(findings.key(PATH), message, hint)


def _obstacles(
    domain: Domain, time: int, terms: Sequence[Term], hard: Sequence[HardCondition]
) -> Iterator[tuple[str, str]]:
    """What leaves no times to be weighed: a message and a remedy for each."""
    equations = [term for term in terms if isinstance(term.content, Equation) and not term.is_number]
    low = all_time(domain).low
    begin = f"{domain.coordinates[time]}={low:.12g}"
    pieces = [c.piece for h in hard for c in h.conditions] + [p for term in equations for p in term.region.pieces]
    if not any(is_beginning(piece, domain, low) for piece in pieces):
        yield f"no equation stands on {begin}: from where times follow is not known", f"add one with 'on: {begin}'"
    if not any(time_of(piece, time) is None for term in equations for piece in term.region.pieces):
        yield "no equation holds at all times", "leave 'causal' out"
    for term in terms:
        if isinstance(term.content, Energy):
            hint = "state the problem as equations, or leave 'causal' out"
            yield f"causal weights are for equations, and '{term.name}' minimises: its weight decides the result", hint
        if term.estimate is not None:
            hint = "leave 'estimate' or 'causal' out"
            yield f"times are weighed by residuals, and those of '{term.name}' are estimated", hint
