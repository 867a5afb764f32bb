"""What the methods of an optimizer's stages need of the terms that they minimise, and of each other."""

from collections.abc import Sequence

from pinn import schema
from pinn.config.findings import Findings
from pinn.config.model import Term


def check(
    document: schema.Document, stages: Sequence[schema.Stage], checked: Sequence[Term], findings: Findings
) -> None:
    """Each stage must be able to minimise what the terms are."""
    _check_further(document, findings)
    _check_stages(stages, checked, findings)


def _check_stages(stages: Sequence[schema.Stage], checked: Sequence[Term], findings: Findings) -> None:
    """Least-squares methods need squares, and all but adam the same loss at every step."""
    energies = [t.name for t in checked if t.is_energy]
    general = [t.name for t in checked if t.is_energy and t.functionals]
    estimated = [t.name for t in checked if t.estimate]
    for i, stage in enumerate(stages):
        if energies and isinstance(stage, schema.LeastSquares):
            path = (*findings.item(("optimizer",), i), "kind")
            message = f"{stage.kind} needs a sum of squares, and '{energies[0]}' minimises an energy"
            hint = "use ssbroyden" if general else "use natural_gradient, or state the problem as equations"
            findings.report(path, message, hint)
        elif isinstance(stage, schema.NaturalGradient | schema.Spring) and general:
            path = (*findings.item(("optimizer",), i), "kind")
            message = f"{stage.kind} needs an integrand, and '{general[0]}' minimises a function of integrals"
            findings.report(path, message, "use ssbroyden, or lbfgs for many parameters")
        elif estimated and not isinstance(stage, schema.Adam):
            path = (*findings.item(("optimizer",), i), "kind")
            message = f"{stage.kind} cannot minimise the estimates of '{estimated[0]}', which differ from step to step"
            findings.report(path, message, "use adam, or leave 'estimate' out")
        for key in ("patience", "reduction"):
            path = (*findings.item(("optimizer",), i), key)
            if energies and findings.written(path) and getattr(stage, key, None):
                message = f"{key} counts shares of a sum of squares, and '{energies[0]}' minimises an energy"
                findings.report_at(findings.key(path), message, "leave it out")


def _check_further(document: schema.Document, findings: Findings) -> None:
    """A further network needs one before it, and points that stay, since its size is read off the residual there."""
    further = [i for i, stage in enumerate(document.optimizer) if isinstance(stage, schema.MultiStage)]
    if not further:
        return
    path = (*findings.item(("optimizer",), further[0]), "kind")
    if further[0] == 0:
        hint = "put a stage before it, such as levenberg_marquardt"
        findings.report(path, "multi_stage adds a network for what is left, and nothing was trained before", hint)
    rules = {("sampling",): document.sampling}
    rules |= {("terms", i, "sampling"): t.sampling for i, t in enumerate(document.terms) if t.sampling}
    for place, rule in rules.items():
        if rule.redraw_every is not None:
            message = "multi_stage needs points that stay, and these are drawn afresh"
            findings.report_at(findings.key((*place, "redraw_every")), message, "leave 'redraw_every' out")
    if document.precision != "float64":
        findings.report(("precision",), "multi_stage gains digits that float32 does not have", "use float64")
