"""What speaks against the numbers of a report, and against a run whatever its numbers are."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinn.config import Config
    from pinn.evaluation import Report
    from pinn.runs import Run

MET, WRONG = 1e-10, 0.1
"""A sum of squares below and a relative error above which the solution may be another one of the same equations."""

ROUGH = 0.01
"""A relative error above this is worth a word, where there is no noise of data."""

MISSED = 5.0
"""Root mean square of residuals, in standard errors, above which a model does not fit its data."""

SMALL = 0.01
"""Share of a parameter's size below which a standard error is small, also for a value near zero."""

FOLLOWED = 0.6
"""Root mean square of residuals, in standard errors, below which a model follows the noise of its data."""


def doubts(report: "Report", config: "Config") -> Iterator[str]:
    """What speaks against the numbers of a report."""
    from pinn.config import Misfit

    if not math.isfinite(report.loss):
        what = "infinite, or negative under a root or logarithm"
        yield f"on fresh points the loss is no number: see that nothing between the points of training is {what}"
    is_squared = not any(term.is_energy for term in config.terms)
    rough = WRONG if any(isinstance(term.content, Misfit) for term in config.terms) else ROUGH
    for name, found in report.errors.items():
        if found["relative_l2"] > WRONG and not (is_squared and report.loss < MET):
            fact = f"{name} is {found['relative_l2']:.0%} off what is known"
            yield f"{fact}: this is no solution yet, or another one than was sought, which a guess leads to"
        elif found["relative_l2"] > WRONG:
            fact = f"the loss is {report.loss:.1e} on fresh points, and {name} is {found['relative_l2']:.0%} off"
            hint = "positive, train --from or one more condition chooses among them"
            yield f"{fact}: what is known is wrong, or {name} is another solution of the same equations; {hint}"
        elif found["relative_l2"] > rough:
            fact = f"{name} is {found['relative_l2']:.1%} off what is known"
            yield f"{fact}: take more steps (a smaller reduction), more points or a larger network"
    for name, found in report.quantities.items():
        if found.get("relative_error", 0.0) > rough:
            yield f"{name} is {found['relative_error']:.0%} off what is known"
    for name, found in report.parameters.items():
        error = found.get("standard_error", 0.0)
        if not error < abs(found["value"]) and not error < SMALL * _size(name, config):
            yield f"{name} is not determined by the data and equations: its standard error is as large as it is"
    for term in config.terms:
        content = term.content
        if isinstance(content, Misfit) and content.is_sigma_known:
            rms = report.terms[term.name]["rms"] / len(content.models) ** 0.5  # the means of the columns add up
            if rms < FOLLOWED:
                met = f"the data of '{term.name}' are met to {rms:.2g} of their standard errors"
                yield f"{met}: sigma is too large, or the noise is followed; a ten times smaller weight tells which"
            if rms > MISSED:
                missed = f"the data of '{term.name}' are missed by {rms:.2g} of their standard errors"
                yield f"{missed}: this is no fit yet, and errors of parameters mean nothing"


def of_run(run: "Run") -> list[str]:
    """What speaks against every value of a run: that its training is not done, and what that had against itself."""
    from pinn import recording

    status = run.status()
    match status.state:
        case "finished":
            said = []
        case "failed":
            said = [f"this run failed: {status.reason}"]
        case "broken":
            said = [f"it is not known how this run stands: {status.reason}"]
        case _:
            said = [f"this run is unfinished ({': '.join(filter(None, (status.state, status.reason)))})"]
    return [*said, *(warning for warning in recording.warnings(run) if not any(warning in one for one in said))]


def _size(name: str, config: "Config") -> float:
    """How large a fitted parameter may be, by all that its config says of it."""
    from pinn import schema
    from pinn.config import FittedParameter

    said, parameter = config.document.parameters[name], config.parameters[name]
    assert isinstance(said, schema.Fitted) and isinstance(parameter, FittedParameter)
    low, high = parameter.bounds or (0.0, 0.0)
    size = max(abs(parameter.initial), (high - low) / 2)
    # A scale of 1 that is not written says nothing, unless nothing else does.
    return max(size, parameter.scale) if "scale" in said.model_fields_set or not size else size
