"""Which points of a cloud terms may ask for: they are given, so that they can only be picked, and are so many."""

from collections.abc import Sequence

from pinn import schema
from pinn.config import sizes
from pinn.config.findings import Findings, Path
from pinn.config.model import Term
from pinn.geometry import Cloud, Domain, Flat, Piece, Scatter, Sheet


def check_rule(sampling: schema.Sampling, path: Path, findings: Findings) -> None:
    """The points of a cloud are given: what is left is to pick some of them."""
    if sampling.kind != "random":
        place = (*path, "kind") if findings.written((*path, "kind")) else path
        message = f"the points of a cloud are given, and {sampling.kind} points are not"
        findings.report(place, message, "say 'kind: random', which picks some of them")
    if isinstance(sampling.points, list):
        findings.report((*path, "points"), "the points of a cloud are counted by one number")
    if sampling.refine is not None:
        message = "refined points are picked from many more, and a cloud has only its own"
        findings.report_at(findings.key((*path, "refine")), message, "leave it out")


def check_counts(document: schema.Document, domain: Domain, checked: Sequence[Term], findings: Findings) -> None:
    """At one time a cloud has so many points and no more."""
    if not isinstance(domain, Cloud):
        return
    paths = {said.name or f"term_{i + 1}": ("terms", i, "points") for i, said in enumerate(document.terms)}
    for term in checked:
        path = paths[term.name] if findings.written(paths[term.name]) else ("sampling", "points")
        count = sizes.points(document, term)
        for entry in term.region.entries if count else ():
            sheets = [_sheet(domain, piece) for piece in entry.pieces]
            known = [sheet for sheet in sheets if sheet is not None]
            every, left = sum(map(len, known)), sum(sheet.left for sheet in known)
            if count and len(known) == len(sheets) and count > every - left:
                message = f"{entry.name} has {every - left} points to train on, and {count} are asked for"
                hint = f"{left} of {every} are held out: see domain.held_out" if left else "ask for fewer"
                findings.report(path, message, hint)
                return


def _sheet(domain: Cloud, piece: Piece) -> Sheet | None:
    """The points that a piece has; None where it has as many as it has times."""
    rest = range(len(domain.own), len(domain.coordinates))
    if isinstance(piece, Flat):
        held = {index for index, _ in piece.fixed}
        return domain.inside if held == set(rest) else None
    return piece.sheet if isinstance(piece, Scatter) and not rest else None
