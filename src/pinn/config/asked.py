"""What is asked of a finished run: expressions with every name of its config, and the integrals in them."""

import json
from collections.abc import Sequence

from pinn.config import choice, extents, names, regions
from pinn.config.findings import Findings
from pinn.config.functionals import Functionals
from pinn.config.model import Config, Functional
from pinn.config.names import Names
from pinn.config.source import read
from pinn.errors import ConfigError
from pinn.expressions import Equation, Expression, algebra
from pinn.expressions.differential import everywhere


def read_expressions(
    config: Config, texts: Sequence[str], are_numbers: bool = False
) -> tuple[list[Expression], tuple[Functional, ...]]:
    """The expressions of texts, where the numbers of the functionals stand in place of integrals.

    Raises `ConfigError` if one is wrong, or differs from point to point where they `are_numbers`; a normal is not
    known away from boundaries.
    """
    sources = [read(json.dumps(text), "expression") for text in texts]
    if not sources:
        return [], ()
    unfound = Findings(sources[0])  # the config has been read without a mistake
    named = names.resolve(config.document, config.base, unfound)
    named = extents.with_extents(config.document, regions.read(config.document, named, unfound), unfound)
    numbers = Functionals(named, unfound)
    trees: list[Expression] = []
    for text, source in zip(texts, sources, strict=True):
        findings = Findings(source)
        tree = _expression(config, text, named, findings, numbers.known)
        if are_numbers and tree is not None:
            _demand_number(tree, text, named, findings)
        if tree is None or findings.mistakes:
            raise ConfigError(findings.mistakes)
        trees.append(everywhere(tree, config.scope))
    return trees, numbers.used(*trees)


def _expression(
    config: Config, text: str, names: Names, findings: Findings, known: dict[str, Functional]
) -> Expression | None:
    """The checked tree of a text, or None with its mistakes noted; its functionals become `known`."""
    tree = findings.expression((), text, names.scope)
    if tree is None:
        return None
    if isinstance(tree, Equation):
        findings.report((), "there is an '=' where a value is needed", "ask for left - right")
        return None
    rule, numbers = choice.finest(config.document.sampling, config.domain), Functionals(names, findings, known)
    if config.slabs:
        tree = numbers.at_points(tree, (), rule)
    tree = numbers.lifted(tree, (), rule, None)
    extents.demand_integrals(numbers.used(tree), (), names, findings)
    return tree


def _demand_number(tree: Expression, text: str, names: Names, findings: Findings) -> None:
    """Refuse what differs from point to point."""
    found = algebra.varies_with(tree, len(names.domain.coordinates), names.inputs)
    if axes := [name for name, places in names.scope.axes.items() if found.intersection(places)]:
        message = f"this differs from point to point: it changes with {', '.join(axes)}"
        findings.report((), message, f"give points, or ask for a number such as integral({text}) or max({text})")
