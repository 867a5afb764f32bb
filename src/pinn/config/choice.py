"""Which optimizer a config gets that leaves the choice to us: by the form of its loss and the size of its Jacobian."""

from collections.abc import Sequence

from pinn import schema
from pinn.config import sizes
from pinn.config.model import Term

JACOBIAN = 3000
"""The most parameters for which a dense Jacobian and its normal matrix are the default."""

WORK = 1e11
"""The most multiplications for a normal matrix: about 2 seconds on one core."""

MATRIX = 5000
"""The most parameters for which a dense inverse Hessian is the default."""


def settled(
    document: schema.Document, terms: Sequence[Term], parameters: int
) -> tuple[tuple[schema.Stage, ...], tuple[str, ...]]:
    """The stages of a document, with `auto` decided, and a sentence for each decision."""
    stages, reasons = [], []
    for said in document.optimizer:
        if isinstance(said, schema.Auto):
            said, reason = _chosen(said, document, terms, parameters)
            reasons.append(f"{said.kind}: {reason}")
        stages.append(said)
    return tuple(stages), tuple(reasons)


def _chosen(
    said: schema.Auto, document: schema.Document, terms: Sequence[Term], parameters: int
) -> tuple[schema.Stage, str]:
    """The stage, with the limits that were said, and why it is this one."""
    limits = said.model_dump(include=said.model_fields_set - {"kind"}, exclude_none=True)
    squares, rows = not any(term.is_energy for term in terms), sizes.rows(document, terms)
    smaller, larger = sorted((rows, parameters))
    if any(term.estimate for term in terms):
        known = {name: value for name, value in limits.items() if name in schema.Adam.model_fields}
        return schema.Adam(kind="adam", schedule="cosine", **known), "estimates that differ from step to step"
    double = document.precision == "float64"
    if squares and double and parameters <= JACOBIAN and float(smaller) ** 2 * larger <= WORK:
        stage = schema.LevenbergMarquardt(kind="levenberg_marquardt", **limits)
        return stage, f"a sum of squares with {parameters:,} parameters"
    why = f"{parameters:,} parameters" if squares and double else "single precision" if squares else "an energy"
    if parameters <= MATRIX:
        return schema.Ssbroyden(kind="ssbroyden", **limits), why
    return schema.Lbfgs(kind="lbfgs", **limits), f"{parameters:,} parameters"
