"""What networks are fitted to before the training itself: a guess, or data where parameters are to be found."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

from pinn import schema
from pinn.config import choice, probes, sizes
from pinn.config.findings import Findings
from pinn.config.model import Config, Energy, Equation, FittedParameter, Misfit, Term
from pinn.config.names import Names
from pinn.errors import suggestion
from pinn.expressions import Constant, Expression, Unknown, algebra
from pinn.geometry import Entry, Flat, Region, interior

STEPS = 200
"""Steps that a network is fitted for, at most."""

SHARE = 1e-4
"""A guess need not be met further than to so little of its square, nor data to so little of their first misfit."""

MOST = 4096
"""Points inside that it is fitted on, at most."""


def read(document: schema.Document, names: Names, findings: Findings) -> tuple[Term, ...]:
    """For each guess the equation of an unknown and its formula, both in the size of the formula."""
    if document.guess and document.training.slabs not in (None, 1):
        hint = "leave it out: each slab begins with what the one before has learned"
        findings.report_at(findings.key(("guess",)), "a guess is for all of time, and slabs cut it", hint)
    found = (_term(unknown, said, document, names, findings) for unknown, said in document.guess.items())
    return tuple(term for term in found if term is not None)


def _term(
    unknown: str, said: schema.Formula, document: schema.Document, names: Names, findings: Findings
) -> Term | None:
    path = ("guess", unknown)
    if unknown not in names.scope.unknowns:
        hint = suggestion(unknown, names.scope.unknowns) or f"there are {', '.join(names.scope.unknowns)}"
        findings.report_at(findings.key(path), f"'{unknown}' is not an unknown", hint)
        return None
    forbidden = dict.fromkeys(names.scope.unknowns, "a guess is a formula of the coordinates")
    forbidden |= dict.fromkeys(names.fitted, "a fitted parameter has a value of its own to begin with: write a number")
    scope = replace(names.scope, unknowns=(), forbidden=forbidden, has_functionals=False)
    value = findings.scalar(path, said, scope, "a guess")
    if value is None:
        return None
    obstacles = [*_obstacles(unknown, value, names)]
    for message, hint in obstacles:
        findings.report(path, message, hint)
    if obstacles:
        return None
    size, own = _size(value, names), Unknown(unknown)
    residual = algebra.divide(algebra.subtract(own, value), Constant(size))
    rule = document.sampling.model_copy(update={"redraw_every": None, "refine": None, "cluster": None})
    if isinstance(rule.points, int):
        rule = rule.model_copy(update={"points": min(rule.points, MOST)})
    text = f"{unknown} = {said}"
    return Term(unknown, text, Equation((residual,)), _region(unknown, names), None, rule, Constant(1.0))


def _obstacles(unknown: str, value: Expression, names: Names) -> Iterator[tuple[str, str | None]]:
    """What an unknown of this kind cannot be: a message and a remedy."""
    inputs = names.inputs.get(unknown)
    if inputs is not None and (strange := algebra.coordinates_used(value) - inputs):
        axes = ", ".join(names.domain.coordinates[i] for i in sorted(strange))
        yield f"{unknown} is no function of {axes}", "write its guess in its own inputs"
    if unknown in names.positive:
        for point, found in _samples(value, names):
            if not found > 0:
                place = ", ".join(f"{names.domain.coordinates[i]}={v:.4g}" for i, v in point.items())
                yield f"{unknown} is positive, and this is {found:.4g} at {place}", None
                return


def _samples(value: Expression, names: Names) -> Iterator[tuple[Mapping[int, float], float]]:
    for point in probes.points(names, Flat("interior")):
        if (found := probes.value_at(value, point, names)) is not None:
            yield point, found


def _size(value: Expression, names: Names) -> float:
    """The root mean square of a guess, 1 where that is not known or zero."""
    squares = [found**2 for _, found in _samples(value, names) if math.isfinite(found)]
    return math.sqrt(sum(squares) / len(squares)) or 1.0 if squares else 1.0


def _region(unknown: str, names: Names) -> Region:
    extent = names.extents.get(unknown)
    entry: Entry | None = names.regions[extent.region] if extent else interior()
    return Region((entry or interior(),))


def first_terms(config: Config) -> tuple[Term, ...]:
    """What networks are fitted to before the training: the guess, or data where parameters are to be found.

    Between data and equations with wrong parameters a network may settle on a solution that neither asks for; one that
    follows the data has the parameters right within some steps.
    """
    if config.guess or config.slabs:
        return config.guess
    fitted = any(isinstance(p, FittedParameter) for p in config.parameters.values())
    return tuple(t for t in config.terms if fitted and _is_of_unknowns(t.content))


def _is_of_unknowns(content: Equation | Energy | Misfit) -> bool:
    return isinstance(content, Misfit) and all(isinstance(model, Unknown) for model in content.models)


def problem(config: Config) -> Config:
    """The config of `first_terms` alone, with the same networks."""
    terms = first_terms(config)
    training = schema.Training(validation=0)
    stage = schema.Auto(kind="auto", max_steps=STEPS, reduction=SHARE)
    if config.guess:
        stage = schema.Auto(kind="auto", max_steps=STEPS, target=SHARE)
    document = config.document.model_copy(update={"training": training, "optimizer": [stage]})
    stages, _ = choice.settled(document, terms, sizes.trained(document, config.domain))
    document = document.model_copy(update={"optimizer": list(stages)})
    return replace(config, document=document, terms=terms, stages=stages, report=(), guess=())
