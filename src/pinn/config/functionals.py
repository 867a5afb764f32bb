"""Integrals in terms and in `report`, extremes in the latter: functionals, numbers that expressions know by name."""

from dataclasses import dataclass, field, replace

from pinn import schema
from pinn.config import choice, clusters, places
from pinn.config.findings import Findings, Path
from pinn.config.measures import demand_measure
from pinn.config.model import Functional, Quantity
from pinn.config.names import Names
from pinn.expressions import Expression, Parameter, algebra, numeric, show, tree
from pinn.geometry import PlaceError, Region, point
from pinn.geometry import names as parts


@dataclass(frozen=True)
class Functionals:
    """All that were met so far; equal ones on equal points are one."""

    names: Names
    findings: Findings
    known: dict[str, Functional] = field(default_factory=dict)

    def lifted(
        self,
        expression: Expression,
        path: Path,
        rule: schema.Sampling,
        points: int | None,
        only: tree.Reduction | None = None,
    ) -> Expression:
        """The expression with a parameter, the number of a functional, in place of each integral and extreme.

        `rule` and `points` say how the points of its integrals are chosen; `only` one reduction may be allowed.
        """
        if not isinstance(expression, tree.Functional):
            return algebra.renewed(expression, lambda part: self.lifted(part, path, rule, points, only))
        if only is not None and expression.reduction != only:
            message = f"'{expression.reduction}' over a region is asked for under 'report', and trained by no term"
            self.findings.report(path, message, "a bound is a term of its own, such as 'require: u <= 1'")
            return tree.ONE
        over, regions = expression.over, (*parts(self.names.domain), *self.names.regions)
        if (over in self.names.domain.coordinates or len(over) == 1) and over not in regions:
            hint = "over one coordinate it is an unknown of its own: see 'pinn explain fredholm', or volterra"
            what = "an integral goes" if expression.reduction == "integral" else f"'{expression.reduction}' goes"
            self.findings.report(path, f"{what} over a region, and '{over}' is none", hint)
            return tree.ONE
        region = places.region([expression.over], path, self.names, self.findings)
        if region is None:
            return tree.ONE
        if expression.reduction == "integral":
            demand_measure(region, path, self.names, self.findings)
        if not region.has_normal and any(isinstance(node, tree.Normal) for node in tree.walk(expression)):
            why = places.on(region, self.names.scope, self.names.domain).forbidden.get("n")
            self.findings.report(path, f"'n' is the normal of a boundary, and {region.name} has none", why)
        name = self._name(expression, expression.reduction, expression.operand, region, rule, points)
        return Parameter(name, span=expression.span)

    def at_points(self, expression: Expression, path: Path, rule: schema.Sampling) -> Expression:
        """The expression with a parameter, the integral over a point, in place of each value there."""
        domain, constants = self.names.domain, self.names.scope.constants
        count = len(domain.coordinates)
        whole = not algebra.varies_with(expression, count)
        inner = any(isinstance(node, tree.Functional) for node in tree.walk(expression))
        if not isinstance(expression, tree.At) or len(expression.places) < count or not whole or inner:
            return algebra.renewed(expression, lambda part: self.at_points(part, path, rule))
        if expression.shape:
            rows = (algebra.at(row, dict(expression.places)) for row in algebra.components(expression.operand))
            return algebra.stack(tuple(self.at_points(row, path, rule) for row in rows))
        try:
            found = {index: numeric.evaluate(value, {}, constants) for index, value in expression.places}
            region = Region((point(domain, {i: value for i, value in found.items() if isinstance(value, float)}),))
        except PlaceError as error:
            self.findings.report(path, error.message, error.hint)
            return tree.ONE
        except numeric.NotNumeric:
            self.findings.report(path, "with slabs a place is made of constants", "such as at(u, x=0, t=1)")
            return tree.ONE
        name = self._name(expression, "integral", expression.operand, region, rule, None)
        return Parameter(name, span=expression.span)

    def number(self, expression: Expression, path: Path, rule: schema.Sampling) -> Expression:
        """The same, where values at fixed places are all that it has of coordinates and unknowns; else as it was."""
        tried = replace(self, findings=Findings(self.findings.root))
        found = tried.at_points(expression, path, rule)
        return found if algebra.is_uniform(found) and not tried.findings.mistakes else expression

    def used(self, *expressions: Expression) -> tuple[Functional, ...]:
        """The functionals whose numbers occur in expressions."""
        names = frozenset().union(*map(algebra.names_used, expressions))
        return tuple(found for name, found in self.known.items() if name in names)

    def _name(
        self,
        said: Expression,
        reduction: tree.Reduction,
        integrand: Expression,
        region: Region,
        rule: schema.Sampling,
        points: int | None,
    ) -> str:
        """The name of the functional that an integral is, which is its text where no other has that."""
        drawn = clusters.read(rule, ("sampling",), self.names, Findings(self.findings.root))
        found = Functional("", reduction, integrand, region, points, rule, drawn)
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
    rule = choice.finest(document.sampling, names.domain)
    cut = document.training.slabs is not None
    every = [_quantity(name, said, rule, cut, functionals, findings) for name, said in document.report.items()]
    return tuple(quantity for quantity in every if quantity is not None)


def _quantity(
    name: str,
    said: schema.Formula,
    rule: schema.Sampling,
    cut: bool,
    functionals: Functionals,
    findings: Findings,
) -> Quantity | None:
    """The quantity of a name; `cut` if time is, so that values at points have to be asked for where these lie."""
    names = functionals.names
    path = ("report", name)
    expression = findings.scalar(path, said, names.scope, "a quantity")
    if expression is None:
        return None
    if found := algebra.varies_with(expression, len(names.domain.coordinates), names.inputs):
        axes = [name for name, places in names.scope.axes.items() if found.intersection(places)]
        places = ", ".join(f"{name}=…" for name in axes)
        hint = f"it changes with {', '.join(axes)}: write integral({said}), max({said}) or at({said}, {places})"
        findings.report(path, "this varies from point to point, and a quantity is one number", hint)
        return None
    if cut:
        expression = functionals.at_points(expression, path, rule)
    lifted = functionals.lifted(expression, path, rule, None)
    return Quantity(name, str(said), lifted, functionals.used(lifted))
