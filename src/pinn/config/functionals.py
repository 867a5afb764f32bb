"""Integrals in terms and in `report`: each becomes a functional, a number that expressions know by its name."""

from dataclasses import dataclass, field, replace

from pinn import schema
from pinn.config import choice, clusters, places
from pinn.config.findings import Findings, Path
from pinn.config.measures import demand_measure
from pinn.config.model import Functional, Quantity
from pinn.config.names import Names
from pinn.expressions import Expression, Parameter, algebra, show, tree
from pinn.geometry import Region

FINER = 4
"""Quantities are integrated with this many times the points of training, where there is a rule that converges fast."""


@dataclass(frozen=True)
class Functionals:
    """All that were met so far; equal ones on equal points are one."""

    names: Names
    findings: Findings
    known: dict[str, Functional] = field(default_factory=dict)

    def lifted(self, expression: Expression, path: Path, rule: schema.Sampling, points: int | None) -> Expression:
        """The expression with a parameter, the number of a functional, in place of each integral.

        `rule` and `points` say how the points of its integrals are chosen.
        """
        if not isinstance(expression, tree.Integral):
            return algebra.renewed(expression, lambda part: self.lifted(part, path, rule, points))
        region = places.region([expression.over], path, self.names, self.findings)
        if region is None:
            return tree.ONE
        demand_measure(region, path, self.names, self.findings)
        if not region.has_normal and any(isinstance(node, tree.Normal) for node in tree.walk(expression)):
            why = places.on(region, self.names.scope, self.names.domain).forbidden.get("n")
            self.findings.report(path, f"'n' is the normal of a boundary, and {region.name} has none", why)
        return Parameter(self._name(expression, region, rule, points), span=expression.span)

    def used(self, *expressions: Expression) -> tuple[Functional, ...]:
        """The functionals whose numbers occur in expressions."""
        names = frozenset().union(*map(algebra.names_used, expressions))
        return tuple(found for name, found in self.known.items() if name in names)

    def _name(self, said: tree.Integral, region: Region, rule: schema.Sampling, points: int | None) -> str:
        """The name of the functional that an integral is, which is its text where no other has that."""
        drawn = clusters.read(rule, ("sampling",), self.names, Findings(self.findings.root))
        found = Functional("", said.operand, region, points, rule, drawn)
        text = show(said, self.names.scope)
        for number in range(len(self.known) + 1):
            name = f"{text} ({number + 1})" if number else text
            if self.known.setdefault(name, replace(found, name=name)) == replace(found, name=name):
                return name
        raise AssertionError("one of the names is free")


def report(
    document: schema.Document, names: Names, findings: Findings, functionals: Functionals
) -> tuple[Quantity, ...]:
    """The `report` section: numbers that a run is asked for."""
    rule = document.sampling
    if choice.has_product_rule(names.domain) and rule.cluster is None:
        rule = choice.accurate(rule, names.domain, FINER)
    every = [_quantity(name, said, rule, names, functionals, findings) for name, said in document.report.items()]
    return tuple(quantity for quantity in every if quantity is not None)


def _quantity(
    name: str,
    said: schema.Formula,
    rule: schema.Sampling,
    names: Names,
    functionals: Functionals,
    findings: Findings,
) -> Quantity | None:
    path = ("report", name)
    expression = findings.scalar(path, said, names.scope, "a quantity")
    if expression is None:
        return None
    if not algebra.is_number(expression, len(names.domain.coordinates)):
        hint = f"write integral({said}), or at({said}, …) with all coordinates"
        findings.report(path, "this varies from point to point, and a quantity is one number", hint)
        return None
    lifted = functionals.lifted(expression, path, rule, None)
    return Quantity(name, str(said), lifted, functionals.used(lifted))
