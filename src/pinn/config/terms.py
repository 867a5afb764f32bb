"""The `terms` section: each entry becomes a checked term or a hard condition."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path as File

from pinn import schema
from pinn.config import clusters, data, estimates, hard, magnitudes, places, slopes
from pinn.config.domain import is_whole
from pinn.config.findings import Findings, Path
from pinn.config.functionals import Functionals
from pinn.config.hard import HardCondition
from pinn.config.measures import demand_measure
from pinn.config.model import Cluster, Energy, Equation, Misfit, Term
from pinn.config.names import Names
from pinn.expressions import ONE, Expression, Scope, Unknown, algebra, described, numeric, tree
from pinn.expressions.squares import as_squares
from pinn.geometry import Entry, Region, interior, probes

ONCE = Region((Entry("once", ()),))
"""Where a number of the whole problem stands."""


def read(
    document: schema.Document, names: Names, base: File, findings: Findings, functionals: Functionals
) -> tuple[tuple[Term, ...], tuple[HardCondition, ...]]:
    """All terms and hard conditions of a config."""
    terms: list[Term] = []
    conditions: list[HardCondition] = []
    used: set[str] = set()
    general = clusters.read(document.sampling, ("sampling",), names, findings)
    for i, said in enumerate(document.terms):
        path = ("terms", i)
        name = said.name or f"term_{i + 1}"
        if name in used:
            hint = "names key the tables; give each its own"
            findings.report((*path, "name"), f"the name '{name}' is used twice", hint)
        used.add(name)
        region = _region(said, path, names, findings)
        if said.hard:
            conditions += hard.read(said, path, region, names, findings)
        else:
            terms += _Reader(document, names, base, findings, functionals, said, name, path, region, general).terms()
    conditions = slopes.settled(conditions, names, findings)
    hard.check_corners(conditions, names, findings)
    return tuple(terms), tuple(conditions)


def _region(said: schema.Term, path: Path, names: Names, findings: Findings) -> Region | None:
    if said.data is None:
        return places.region(said.on, (*path, "on"), names, findings)
    for key in ("on", "points", "sampling"):
        if getattr(said, key) is not None:
            hint = "its points are the rows of the file"
            findings.report((*path, key), f"a data term has no '{key}'", hint)
    return Region((interior(),))


@dataclass(frozen=True)
class _Reader:
    """One entry of the section, on its way to a term."""

    document: schema.Document
    names: Names
    base: File
    findings: Findings
    functionals: Functionals
    said: schema.Term
    name: str
    path: Path
    region: Region | None
    """None where `on` has a mistake; the rest is checked nevertheless."""
    general: tuple[Cluster, ...]
    """The clusters of the config's own sampling."""

    def terms(self) -> Iterator[Term]:
        """The term, unless it has mistakes."""
        rule, clusters_ = self._rule(), self._clusters()
        content, text = self._content(rule)
        weight, sizes = self._weight(), self._scales()
        if isinstance(content, Equation) and sizes:
            content = magnitudes.divided(content, sizes)
        if content is None or self.region is None:
            return
        functionals = self.functionals.used(*expressions(content))
        for expression in expressions(content):
            self._demand_effect(expression)
        estimate = None
        if self.said.estimate is not None:
            estimate = estimates.read(self.said.estimate, content, (*self.path, "estimate"), self.names, self.findings)
        self._demand_residual(content, rule, bool(functionals))
        region = self.region
        if functionals and all(map(algebra.is_uniform, expressions(content))):
            region = ONCE
            self._demand_number(weight)
        yield Term(self.name, text, content, region, self._points(), rule, weight, estimate, clusters_, functionals)

    def _demand_number(self, weight: Expression) -> None:
        """A number of the whole problem stands nowhere, so that nothing about it can depend on the point."""
        message = f"'{self.name}' is one number of the whole problem"
        if self.said.on is not None:
            hint = "say the region of an integral inside it: integral(e, over=boundary)"
            self.findings.report_at(self.findings.key((*self.path, "on")), f"{message}: it has no 'on'", hint)
        if not algebra.is_uniform(weight):
            hint = "write the weight inside the integral"
            self.findings.report((*self.path, "weight"), f"{message}: its weight has no coordinates", hint)

    def _content(self, rule: schema.Sampling) -> tuple[Equation | Energy | Misfit | None, str]:
        said = self.said
        if said.equation is not None:
            return self._equation(said.equation, rule), "; ".join(map(str, said.equation))
        if said.require is not None:
            return self._inequality(said.require, rule), "; ".join(map(str, said.require))
        if said.minimise is not None:
            return self._energy(said.minimise, rule), str(said.minimise)
        assert said.data is not None
        found = data.misfit(said.data, (*self.path, "data"), self.names, self.base, self.findings)
        return found, f"{', '.join(found.table.values)} from {found.table.path.name}" if found else ""

    def _scope(self, scope: Scope) -> Scope:
        return places.on(self.region, scope, self.names.domain)

    def _lifted(self, expression: Expression, path: Path, rule: schema.Sampling) -> Expression:
        lifted = self.functionals.lifted(expression, path, rule, self._points(), "integral")
        if self.said.on is not None or self.document.training.slabs is not None:
            return lifted
        return self.functionals.number(lifted, path, rule)

    def _equation(self, said: Sequence[schema.Formula], rule: schema.Sampling) -> Equation | None:
        residuals = []
        for i, formula in enumerate(said):
            here = self.findings.item((*self.path, "equation"), i)
            checked = self.findings.expression(here, formula, self._scope(self.names.scope))
            if isinstance(checked, tree.Equation) and self._matches(checked, here) and self._differs(checked, here):
                residuals.append(self._lifted(algebra.subtract(checked.left, checked.right), here, rule))
            elif checked is not None and not isinstance(checked, tree.Equation):
                hint = f"write '{formula} = 0' if that is meant"
                self.findings.report(here, "an equation needs '='", hint)
        return Equation(tuple(residuals)) if len(residuals) == len(said) else None

    def _inequality(self, said: Sequence[schema.Formula], rule: schema.Sampling) -> Equation | None:
        """An equation for what is missing, which is zero wherever the inequality holds."""
        residuals = []
        for i, formula in enumerate(said):
            here = self.findings.item((*self.path, "require"), i)
            lack = self.findings.inequality(here, str(formula), self._scope(self.names.scope))
            residuals += [] if lack is None else [self._lifted(lack, here, rule)]
        return Equation(tuple(residuals), bounds=True) if len(residuals) == len(said) else None

    def _matches(self, equation: tree.Equation, path: Path) -> bool:
        """Whether both sides are scalars, or vectors; a plain number may stand for every component."""
        left, right = equation.left, equation.right
        if left.shape == right.shape or isinstance(left, tree.Constant) or isinstance(right, tree.Constant):
            return True
        vector = "left" if left.shape else "right"
        message = f"the {vector} side is a vector of {(left.shape or right.shape)[0]} components, the other is not"
        self.findings.report(path, message, "write both sides as vectors, or both as scalars")
        return False

    def _differs(self, equation: tree.Equation, path: Path) -> bool:
        """Whether there is something to solve: two sides that are the same are so for every unknown."""
        if equation.left != equation.right:
            return True
        message = "both sides are the same, so that this holds whatever the unknowns are"
        self.findings.report(path, message, "mend one of them, or leave it out")
        return False

    def _energy(self, said: schema.Formula, rule: schema.Sampling) -> Energy | None:
        here = (*self.path, "minimise")
        integrand = self.findings.value(here, said, self._scope(self.names.scope))
        if integrand is None:
            return None
        if integrand.shape != ():
            hint = "an integrand is a scalar; use dot, inner or sum"
            self.findings.report(here, f"this is {described(integrand)}", hint)
            return None
        if self.region is not None:
            demand_measure(self.region, here, self.names, self.findings)
        integrand = self._lifted(integrand, here, rule)
        return Energy(integrand, as_squares(integrand, self.names.scope.constants))

    def _weight(self) -> Expression:
        """The weight, free of everything that is trained and not negative."""
        if self.said.weight is None:
            return ONE
        here = (*self.path, "weight")
        weight = self.findings.value(here, self.said.weight, self._scope(self.names.known))
        if weight is None:
            return ONE
        fitted = sorted(algebra.names_used(weight).intersection(self.names.fitted))
        if fitted:
            message = f"the weight depends on the fitted parameter {fitted[0]}"
            self.findings.report(here, message, "it would be fitted to zero")
        elif weight.shape != ():
            hint = "split the equation into terms to weigh its components"
            self.findings.report(here, "a weight is a single number", hint)
        else:
            self._refuse_negative(weight, here)
        return weight

    def _scales(self) -> tuple[float, ...]:
        """What each residual is divided by, where it is said."""
        said, here = self.said.scale, (*self.path, "scale")
        if said is None:
            return ()
        residuals = self.said.equation or self.said.require
        if residuals is None:
            self.findings.report(here, "only residuals have a scale", "use 'weight', or 'sigma' of data")
            return ()
        if len(said) not in (1, len(residuals)):
            hint = "say one number for all, or one for each"
            self.findings.report(here, f"{len(said)} scales for {len(residuals)} residuals", hint)
            return ()
        paths = [self.findings.item(here, i) for i in range(len(said))]
        found = [self.findings.above_zero(p, s, self.names.constant) for p, s in zip(paths, said, strict=True)]
        sizes = tuple(1.0 if size is None else size for size in found)
        return sizes if len(sizes) == len(residuals) else sizes * len(residuals)

    def _refuse_negative(self, weight: Expression, path: Path) -> None:
        domain = self.names.domain
        if not is_whole(domain):
            return
        for point in probes(domain):
            try:
                value = numeric.evaluate(weight, point, self.names.scope.constants)
            except numeric.NotNumeric:
                return
            if isinstance(value, float) and value < 0:
                hint = f"it is {value:.6g} here" if not algebra.coordinates_used(weight) else None
                place = ", ".join(f"{domain.coordinates[i]}={v:.6g}" for i, v in list(point.items())[:3])
                self.findings.report(path, "a weight must not be negative", hint or f"it is {value:.6g} at {place}")
                return

    def _rule(self) -> schema.Sampling:
        """How the points are chosen; without a number of its own, a term takes that of the config."""
        general, own = self.document.sampling, self.said.sampling
        if own is None:
            return general
        if "points" not in own.model_fields_set:
            return own.model_copy(update={"points": general.points})
        if isinstance(own.points, list) and self.region is not None:
            for piece in self.region.pieces:
                free = piece.dimension(self.names.domain)
                if free != len(own.points):
                    message = f"{len(own.points)} numbers for the {free} free coordinates of {piece.name}"
                    self.findings.report((*self.path, "sampling", "points"), message)
                    break
        return own

    def _demand_residual(self, content: Equation | Energy | Misfit, rule: schema.Sampling, has_integrals: bool) -> None:
        """Points are drawn by the size of a residual, which energies, estimates and integrals do not have."""
        if rule.refine is None or isinstance(content, Misfit):
            return
        inherited = self.said.sampling is None
        key = self.findings.key((*(() if inherited else self.path), "sampling", "refine"))
        hint = "give the term its own 'sampling' without it" if inherited else "leave it out"
        if isinstance(content, Energy) and content.squares is None:
            message = f"'{self.name}' minimises an energy, which has no residual to draw points by"
            self.findings.report_at(key, message, hint)
        elif self.said.estimate is not None:
            message = f"the residual of '{self.name}' is an estimate, the same direction for all points"
            self.findings.report_at(key, message, hint)
        elif has_integrals:
            message = f"'{self.name}' has integrals, whose points have no residual to be drawn by"
            self.findings.report_at(key, message, hint)

    def _clusters(self) -> tuple[Cluster, ...]:
        own = self.said.sampling
        if own is None:
            return self.general
        return clusters.read(own, (*self.path, "sampling"), self.names, self.findings, self.region)

    def _points(self) -> int | None:
        """The number of points that a term asks for, for each entry of its region."""
        own = self.said.sampling
        if self.said.points is not None or own is None or "points" not in own.model_fields_set:
            return self.said.points
        return math.prod(own.points) if isinstance(own.points, list) else own.points

    def _demand_effect(self, expression: Expression) -> None:
        """A term that nothing trained enters would be a constant."""
        functionals = [known.integrand for known in self.functionals.used(expression)]
        if any(isinstance(node, Unknown) for part in (expression, *functionals) for node in tree.walk(part)):
            return
        if not algebra.names_used(expression).intersection(self.names.fitted):
            known = ", ".join((*self.names.scope.unknowns, *self.names.fitted))
            message = "no unknown enters this term, so it cannot be trained"
            self.findings.report(self.path, message, f"unknowns are {known}")


def expressions(content: Equation | Energy | Misfit) -> tuple[Expression, ...]:
    """What is evaluated at the points of a term."""
    match content:
        case Equation():
            return content.residuals
        case Energy():
            return (content.integrand,)
        case Misfit():
            return content.models
