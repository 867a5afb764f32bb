"""From a decoded document to a checked config: every rule that needs more than one field at once."""

from collections.abc import Mapping, Sequence
from pathlib import Path as File

from pinn import schema
from pinn.config import (
    blocks,
    causal,
    choice,
    clashes,
    clouds,
    corners,
    data,
    doubts,
    functionals,
    guesses,
    junctions,
    methods,
    names,
    onsets,
    picks,
    regions,
    scales,
    sizes,
    slabs,
    starts,
    terms,
    truths,
    unequal,
    unused,
    waves,
)
from pinn.config.clashes import Clash
from pinn.config.extents import check_extents, with_extents
from pinn.config.findings import Findings, Path, in_order
from pinn.config.hard import SOFT, HardCondition
from pinn.config.model import Config, Energy, Misfit, Reference, Term
from pinn.config.names import Names
from pinn.config.source import Node
from pinn.errors import ConfigError, Diagnostic
from pinn.expressions import Constant, Expression, algebra
from pinn.expressions.axes import listed
from pinn.geometry import Area, Ball, Body, Cloud, Condition, Domain, Shell, fulfil

TOO_MANY = 4
"""A product rule may have this many times the points that were asked for."""

SCATTERED = 10
"""Points that an energy should have for each trained number, where its points are scattered."""


def check(root: Node, document: schema.Document, base: File, mistakes: Sequence[Diagnostic] = ()) -> Config:
    """The checked config; file names in it are relative to `base`.

    Raises `ConfigError` with all mistakes at once, those already known (`mistakes`) among them.
    """
    findings = Findings(root)
    named = names.resolve(document, base, findings)
    named = with_extents(document, regions.read(document, named, findings), findings)
    is_said = "sampling" in document.model_fields_set
    document, chosen = choice.points(document, named.domain)
    document = choice.slim(document, named.domain)
    numbers = functionals.Functionals(named, findings)
    checked, hard = terms.read(document, named, base, findings, numbers)
    guess = guesses.read(document, named, findings)
    report = functionals.report(document, named, findings, numbers)
    reference = None if document.reference is None else data.reference(document.reference, named, base, findings)
    if document.training.errors and not named.exact and reference is None:
        hint = "give the solution under 'exact', or a file under 'reference'"
        findings.report_at(findings.key(("training", "errors")), "nothing is known to measure errors against", hint)
    _check_sampling(document, named.domain, findings)
    picks.check_counts(document, named.domain, checked, findings)
    blocks.check(document, named.domain, findings)
    said = scales.check(document, named, findings)
    document, chosen_network = waves.choose(document, named, checked, hard, findings)
    paths = {said.name or f"term_{i + 1}": ("terms", i) for i, said in enumerate(document.terms)}
    clashing = () if findings.mistakes or mistakes else _contradictions(named, checked, hard, paths)
    document, chosen_corners = corners.choose(document, named, checked, clashing, findings)
    if chosen_corners:
        checked, hard = terms.read(document, named, base, findings, numbers)
    _check_restricted(document, hard, findings)
    stages, reasons = choice.settled(document, checked, sizes.trained(document, named.domain))
    if not is_said:
        document, chosen = choice.growing(document, named.domain, checked, stages, chosen)
    methods.check(document, stages, checked, findings)
    _check_added(document, checked, stages, findings)
    cuts = slabs.read(document, named, checked, hard, report, findings)
    _check_balance(document, checked, findings)
    causal.check(document, named.domain, checked, hard, findings)
    _doubt_points(document, named.domain, checked, stages, findings)
    sizes.check(document, named.domain, checked, stages, findings)
    check_extents(checked, hard, report, paths, named, findings)
    sizes_of: dict[str, float] = {}
    chosen_scales: tuple[str, ...] = ()
    if not findings.mistakes and not mistakes:
        sizes_of = scales.find(said, named, checked, hard, paths)
        doubts.find(named, checked, hard, paths, findings)
        document, checked, chosen_scales = unequal.settle(document, named, checked, sizes_of, paths, findings)
        corners.doubt(document, named, checked, clashing, findings)
        truths.find(named, checked, hard, paths, findings)
        unused.find(findings)
    if not checked and not findings.mistakes and not mistakes:
        findings.report(("terms",), "every term is a hard condition: there is nothing to minimise")
    if findings.mistakes or mistakes:
        raise ConfigError(in_order([*mistakes, *findings.mistakes]))
    conditions = {u: tuple(c for h in hard if h.unknown == u for c in h.conditions) for u in named.scope.unknowns}
    scaled = {u: (sizes_of.get(u, 1.0), corners.factor(document, named, checked, clashing, u)) for u in conditions}
    return Config(
        document=document.model_copy(update={"optimizer": list(stages)}),
        base=base,
        domain=named.domain,
        unknowns=named.scope.unknowns,
        parameters=named.parameters,
        terms=checked,
        ansatz={u: _ansatz(document, named.domain, u, c, *scaled[u]) for u, c in conditions.items()},
        exact=named.exact,
        exact_numbers=named.exact_numbers,
        reference=reference,
        scope=named.scope,
        conditions=conditions,
        stages=stages,
        choices=reasons,
        chosen_points=chosen,
        chosen_network=(*chosen_network, *chosen_corners),
        chosen_scales=chosen_scales,
        files=tuple(dict.fromkeys((*clouds.files(document.domain, base), *_files(checked, reference, named)))),
        report=report,
        warnings=tuple(dict.fromkeys(findings.warnings)),
        known=named.given,
        extents=named.extents,
        scales=sizes_of,
        guess=guess,
        slabs=cuts,
    )


def _contradictions(
    named: Names, checked: Sequence[Term], hard: Sequence[HardCondition], paths: Mapping[str, Path]
) -> tuple[Clash, ...]:
    """Where conditions ask for solutions that are singular."""
    given = named, checked, hard, paths
    return *clashes.find(*given), *junctions.find(*given), *starts.find(*given), *onsets.find(*given)


def _files(checked: Sequence[Term], reference: Reference | None, named: Names) -> tuple[File, ...]:
    tables = [t.content.table for t in checked if isinstance(t.content, Misfit)]
    tables += [reference.table] if reference else []
    return tuple(said.path for said in (*tables, *named.given.values()))


def _check_restricted(document: schema.Document, hard: Sequence[HardCondition], findings: Findings) -> None:
    """What makes an unknown positive, or a function of few coordinates, leaves no room for hard conditions."""
    for condition in hard:
        name, said = condition.unknown, blocks.restricted(document).get(condition.unknown)
        if said is not None:
            why = "is kept positive" if said.positive else f"is a function of {', '.join(said.inputs or ())} alone"
            findings.report(condition.path, f"no hard condition on {name}, which {why}", SOFT)


def _ansatz(
    document: schema.Document,
    domain: Domain,
    unknown: str,
    found: Sequence[Condition],
    scale: float,
    factor: Expression,
) -> Expression:
    """The unknown over the network's raw output: its conditions built in, or its logarithm trained."""
    said = blocks.restricted(document).get(unknown)
    if said is None or not said.positive:
        return fulfil(domain, unknown, found, scale, factor)
    return algebra.multiply(Constant(scale), algebra.call("exp", (fulfil(domain, unknown, found),)))


def _check_added(
    document: schema.Document, checked: Sequence[Term], stages: Sequence[schema.Stage], findings: Findings
) -> None:
    """Points are added by comparing losses on points of training and others; those of energies must never climb."""
    path, limit = ("training", "add_points"), document.training.add_points
    if limit is None:
        return
    energies = [t.name for t in checked if t.is_energy]
    estimated = [t.name for t in checked if t.estimate]
    inside = sizes.inside(document)
    climbing = [stage.kind for stage in stages if not isinstance(stage, schema.Converging)]
    if (energies and climbing) or estimated:
        kind = f"'{estimated[0]}' is estimated" if estimated else f"{climbing[0]} lets the energy climb now and then"
        message = f"points are added where the loss is larger between them, and {kind}"
        findings.report_at(findings.key(path), message, "leave it out, and raise sampling.points")
    elif document.training.validation == 0:
        hint = "leave 'validation: 0' out"
        findings.report_at(findings.key(path), "points are added by the loss on independent points", hint)
    elif limit < 2 * inside:
        hint = f"twice as many are {2 * inside:,}"
        findings.report(path, f"{limit:,} leaves no room beside the {inside:,} points of the start", hint)


def _check_balance(document: schema.Document, checked: Sequence[Term], findings: Findings) -> None:
    """Weights are balanced between terms that are sums of squares, by the rows of their Jacobians."""
    if document.training.balance_every is None:
        return
    minimised = [t.name for t in checked if isinstance(t.content, Energy)]
    estimated = [t.name for t in checked if t.estimate]
    if minimised:
        message = f"balanced weights are for equations, and '{minimised[0]}' minimises: its weight decides the result"
        hint = "leave it out, and say weights where they are needed"
    elif estimated:
        message = f"weights are balanced by residuals at points that stay, and '{estimated[0]}' is estimated"
        hint = "leave it out, and say weights where they are needed"
    elif len(checked) == 1:
        message = f"weights are balanced between terms, and '{checked[0].name}' is the only one that is not hard"
        hint = "leave it out"
    else:
        return
    findings.report_at(findings.key(("training", "balance_every")), message, hint)


def _doubt_points(
    document: schema.Document, domain: Domain, terms: Sequence[Term], stages: Sequence[schema.Stage], findings: Findings
) -> None:
    """Warn where there are so few points that the network can meet them all and err everywhere else.

    Only where all of them are known here: defaults of faces and rows of files are not.
    """
    count = sizes.trained(document, domain)
    points = [sizes.points(document, term) for term in terms]
    scattered = all(term.sampling.kind not in schema.TENSOR for term in terms)
    rows = sizes.rows(document, terms)
    squares = any(isinstance(stage, schema.LeastSquares) for stage in stages)
    if squares and scattered and all(points) and rows < count:
        message = f"there are {rows:,} residuals for {count:,} trained numbers"
        findings.warn(("sampling",), message, "raise sampling.points, or use a smaller network")
    for term in terms:
        known = sizes.integration(document, term)
        fixed = term.sampling.kind not in schema.TENSOR and term.sampling.redraw_every is None
        if term.is_energy and fixed and known and known < SCATTERED * count:
            message = f"'{term.name}' is an energy on {known:,} scattered points, for {count:,} trained numbers"
            rule = choice.has_product_rule(domain)
            better = "choose gauss points" if rule else f"raise points to {SCATTERED} for each number"
            better = "use a smaller network, or a finer mesh" if isinstance(domain, Cloud) else better
            findings.warn(("terms",), message, f"the network may exploit what lies between them: {better}")
            break


def _check_sampling(document: schema.Document, domain: Domain, findings: Findings) -> None:
    said: list[tuple[Path, schema.Sampling]] = [(("sampling",), document.sampling)]
    said += [(("terms", i, "sampling"), t.sampling) for i, t in enumerate(document.terms) if t.sampling]
    count = len(domain.coordinates)
    for path, sampling in said:
        if sampling.redraw_every is not None and sampling.kind in schema.TENSOR:
            message = f"{sampling.kind} points are the same whenever they are drawn"
            findings.report((*path, "redraw_every"), message, "choose random, sobol, halton or lhs, or leave it out")
        if sampling.refine is not None and sampling.redraw_every is None:
            hint = "say after how many steps, such as 'redraw_every: 100'"
            findings.report_at(findings.key((*path, "refine")), "points are refined where they are drawn afresh", hint)
        if isinstance(domain, Cloud):
            picks.check_rule(sampling, path, findings)
            continue
        if isinstance(domain, Area | Shell) and isinstance(sampling.points, list):
            hint = "give one number, of all points"
            findings.report((*path, "points"), "numbers of points along each coordinate are those of a box", hint)
            continue
        curved = _curved(domain)
        if curved is not None and sampling.kind in schema.TENSOR:
            place = (*path, "kind") if findings.written((*path, "kind")) else path
            hint = "there are random, sobol, halton and lhs"
            findings.report(place, f"'{sampling.kind}' is a product of lines, which {curved} is not", hint)
            continue
        if not isinstance(sampling.points, list):
            if sampling.kind in schema.TENSOR and sampling.points * TOO_MANY < 2**count:
                message = f"{sampling.kind} has at least two points along each of {count} coordinates, 2^{count} in all"
                findings.report((*path, "kind"), message, "choose random, sobol, halton or lhs")
            continue
        if sampling.kind not in schema.TENSOR:
            findings.report((*path, "points"), f"{sampling.kind} points are counted by one number")
        elif path == ("sampling",) and len(sampling.points) != count:
            message = f"there are {count} coordinates, and numbers of points for {len(sampling.points)}"
            hint = f"one for each of {listed(domain.coordinates, domain.vectors)}, or one in all"
            findings.report((*path, "points"), message, hint)


def _curved(domain: Domain) -> str | None:
    """What no product of lines fits, in words."""
    match domain:
        case Ball():
            return "a ball"
        case Body():
            return "this shape"
        case Shell(center=center) if len(center) > 3:
            return f"a sphere in {len(center)} dimensions"
        case _:
            return None
