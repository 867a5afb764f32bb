"""A term's `estimate`: whether sums over coordinates may be estimated there, and from which random vectors."""

from collections.abc import Sequence

from pinn import schema
from pinn.config.findings import Findings, Path
from pinn.config.model import Energy, Equation, Estimate, Misfit
from pinn.config.names import Names
from pinn.expressions import Expression, algebra


def read(
    said: schema.Estimate, content: Equation | Energy | Misfit, path: Path, names: Names, findings: Findings
) -> Estimate | None:
    """What the term's estimate is; None where it would not be cheaper than the sum itself, or with mistakes noted."""
    roots = _roots(content)
    indices = names.domain.spatial
    estimator = algebra.Estimator(indices, range(said.directions), isinstance(said, schema.Stde))
    if roots is None:
        hint = "in an energy that is not a sum of squares, or in data, the estimate would not be unbiased"
        findings.report(path, "an estimate stands in an equation", hint)
        return None
    power = max(algebra.powers(root, estimator) for root in roots)
    if not power:
        hint = "stde knows the laplacian alone" if estimator.axes else "it knows the laplacian and its powers"
        findings.report(path, "there is no sum over all spatial coordinates to estimate", hint)
    elif max(algebra.degree(root, estimator) for root in roots) > 1:
        hint = "write the equation so that they stand outside of products with one another and of functions"
        findings.report(path, "the equation is not linear in its Laplacians, so that an estimate would be biased", hint)
    elif said.directions < len(indices):
        kind = "axes" if estimator.axes else "signs" if power == 1 else "normal"
        return Estimate(kind, said.directions, indices)
    return None


def _roots(content: Equation | Energy | Misfit) -> Sequence[Expression] | None:
    """What is squared; None where it is something else that is averaged."""
    match content:
        case Equation(residuals=residuals):
            return residuals
        case Energy(squares=tuple() as squares):
            return [root for _, root in squares]
        case _:
            return None
