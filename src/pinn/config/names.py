"""What every name of a config means: parameters, domain, directions, definitions and exact solutions become a Scope."""

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from pathlib import Path as File

from pinn import schema
from pinn.config import blocks
from pinn.config import domain as domains
from pinn.config import known as given
from pinn.config import parameters as numbers
from pinn.config.findings import Findings, Path
from pinn.config.model import Extent, Given, Parameter
from pinn.config.shapes import coordinates, of_box
from pinn.expressions import FUNCTIONS, ONE, RESERVED, Expression, Scope, Surface, algebra
from pinn.expressions.differential import read_as_derivative
from pinn.geometry import Box, Domain, Entry, surface

SPOKEN = ("an unknown", "a parameter", "a known function", "a definition")
"""What stands in expressions under its name."""

_WORD = re.compile(r"(exact\.)?[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Names:
    """All that names stand for; `scope` is the scope of a term in the interior."""

    domain: Domain
    parameters: Mapping[str, Parameter]
    exact: Mapping[str, Expression]
    exact_numbers: Mapping[str, float]
    scope: Scope
    regions: Mapping[str, Entry | None] = field(default_factory=dict)
    """What the names of regions stand for; None for those with mistakes."""
    extents: Mapping[str, Extent] = field(default_factory=dict)
    """Where unknowns live that do not live on the whole domain."""
    positive: frozenset[str] = frozenset()
    """Unknowns that are kept above zero."""
    inputs: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """Unknowns that are functions of some of the coordinates alone, with the indices of these."""
    given: Mapping[str, Given] = field(default_factory=dict)
    """Known functions, by the name that expressions have for them."""

    @property
    def partial(self) -> Set[str]:
        """Unknowns that are functions of some of the coordinates alone."""
        return self.inputs.keys()

    @property
    def fitted(self) -> tuple[str, ...]:
        """Names of the parameters that are trained."""
        return tuple(numbers.fitted(self.parameters))

    @property
    def known(self) -> Scope:
        """The scope of expressions that may not use unknowns."""
        forbidden = dict.fromkeys(self.scope.unknowns, "an unknown cannot be used here")
        return replace(self.scope, unknowns=(), forbidden=forbidden, has_functionals=False)

    @property
    def pointwise(self) -> Scope:
        """The scope of expressions that may not use integrals."""
        return replace(self.scope, has_functionals=False)

    @property
    def constant(self) -> Scope:
        """The scope of expressions that are plain numbers."""
        return numbers.constant_scope(self.scope.constants)


def resolve(document: schema.Document, base: File, findings: Findings) -> Names:
    """Find out what every name means, with files relative to `base`.

    What cannot be read is noted and replaced by something harmless.
    """
    _refuse_doubles(document, findings)
    axes = (name for _, name in _coordinates(document.domain, ("domain",), findings))
    parameters = dict(numbers.read(document, axes, findings))
    constants = numbers.single(parameters)
    constant = numbers.constant_scope(constants)
    domain = domains.read(document.domain, base, constant, findings)
    if isinstance(domain, Box) and any(isinstance(r, schema.Part) and r.outline for r in document.regions.values()):
        domain = of_box(domain)
    functions = given.read(document.known, domain, base, findings)
    live_on = surface(domain)
    scope = Scope(
        coordinates=domain.coordinates,
        spatial=domain.spatial,
        vectors=domain.vectors,
        unknowns=tuple(document.unknowns),
        parameters={name: numbers.shape(p) for name, p in parameters.items()},
        constants=constants,
        directions=domains.directions(document, domain, constant, findings),
        time=None if domain.time is None else domain.coordinates[domain.time],
        definitions=_on_surface(functions.expressions, live_on),
        time_undecided=domains.time_undecided(document.domain),
        has_functionals=True,
        surface=live_on,
    )
    single = {*numbers.fitted(parameters), *document.report}
    truths = {n: findings.number(("exact", n), said, constant) for n, said in document.exact.items() if n in single}
    _refuse_strangers(document, scope, numbers.fitted(parameters), findings)
    known = {name: value for name, value in truths.items() if value is not None}
    scope = _definitions(document, findings, scope, known)
    said = {} if isinstance(document.unknowns, list) else document.unknowns
    inputs = {n: frozenset(blocks.indices(u, domain)) for n, u in said.items() if u.inputs is not None}
    positive = frozenset(name for name, unknown in said.items() if unknown.positive)
    return Names(domain, parameters, scope.exact, known, scope, positive=positive, inputs=inputs, given=functions.given)


def _on_surface(functions: Mapping[str, Expression], live_on: Surface | None) -> dict[str, Expression]:
    """Known functions of the coordinates, on a sphere of those of its points."""
    if live_on is None:
        return {**functions}
    return {name: algebra.substitute(function, live_on.places) for name, function in functions.items()}


def _declared(document: schema.Document, findings: Findings) -> Iterator[tuple[Path, str, str]]:
    """Every declared name with its place and what it is."""
    yield from ((path, name, "a coordinate") for path, name in _coordinates(document.domain, ("domain",), findings))
    if isinstance(document.unknowns, dict):
        yield from ((("unknowns", name), name, "an unknown") for name in document.unknowns)
    else:
        yield from ((("unknowns", i), name, "an unknown") for i, name in enumerate(document.unknowns))
    sections = {"parameters": "a parameter", "regions": "a region", "directions": "a direction"}
    sections |= {"known": "a known function", "define": "a definition", "report": "a quantity"}
    for section, kind in sections.items():
        yield from (((section, name), name, kind) for name in getattr(document, section))


def _coordinates(said: schema.Domain, path: Path, findings: Findings) -> Iterator[tuple[Path, str]]:
    """The names of coordinates with their places; what two factors of a product share is named once."""
    match said:
        case schema.Box(bounds=bounds):
            yield from (((*path, "bounds", name), name) for name in bounds)
        case schema.Gaussian() | schema.Ball() | schema.Sphere() | schema.Cloud():
            names = said.coordinates
            places = names if isinstance(names, dict) else range(len(names))
            yield from (((*path, "coordinates", i), name) for i, name in zip(places, names, strict=True))
        case schema.Line(coordinates=names):
            yield from ((findings.item((*path, "coordinates"), 0), name) for name in names)
        case schema.Plane():
            yield from (((*path, "coordinates", i), name) for i, name in enumerate(coordinates(said)))
        case schema.Product(of=factors):
            every = (c for i, factor in enumerate(factors) for c in _coordinates(factor, (*path, "of", i), findings))
            yield from {name: (place, name) for place, name in every}.values()
    if not isinstance(said, schema.Box | schema.Gaussian):
        yield from (((*path, "time", name), name) for name in said.time or ())


def _refuse_doubles(document: schema.Document, findings: Findings) -> None:
    seen: dict[str, str] = {}
    axes = tuple(name for _, name in _coordinates(document.domain, ("domain",), findings))
    for path, name, kind in _declared(document, findings):
        place = findings.key(path)
        if name in (RESERVED - FUNCTIONS.keys() if kind == "a region" else RESERVED):
            findings.report_at(place, f"'{name}' is a word of the expression language", "choose another name")
        elif name in seen:
            hint = f"every name can be declared once; choose another one under '{path[0]}'"
            findings.report_at(place, f"'{name}' is already {seen[name]}", hint)
        elif kind in SPOKEN and (derivative := read_as_derivative(name, (*document.unknowns, *document.define), axes)):
            findings.report_at(place, f"'{name}' is also {derivative}", "choose another name")
        seen.setdefault(name, kind)


def _refuse_strangers(
    document: schema.Document, scope: Scope, fitted: Mapping[str, object], findings: Findings
) -> None:
    """Refuse entries of `exact` for what is not sought."""
    sought = (*scope.unknowns, *fitted, *document.report)
    for name in document.exact:
        if name not in sought:
            message = f"'{name}' is not an unknown, a fitted parameter or a quantity under 'report'"
            findings.report_at(findings.key(("exact", name)), message, f"there are {', '.join(sought)}")


def _definitions(document: schema.Document, findings: Findings, scope: Scope, truths: Mapping[str, float]) -> Scope:
    """The scope with definitions and exact solutions; each may use the others, as long as there is no circle.

    In exact solutions fitted parameters have their true values, where these are known.
    """
    exact = {f"exact.{u}": document.exact[u] for u in scope.unknowns if u in document.exact}
    pending: dict[str, schema.Formula] = {**document.define, **exact}
    while pending:
        ready = next((n for n, f in pending.items() if not _uses(f) & pending.keys()), None)
        if ready is None:
            circle = next(name for name in pending if _reaches(name, pending))
            path = _place(circle)
            findings.report_at(findings.key(path), f"'{circle}' is defined by itself", "break the circle")
            ready = circle
            formula = 1.0
        else:
            formula = pending[ready]
        del pending[ready]
        scope = _defined(ready, formula, scope, findings, truths)
    return scope


def _defined(
    name: str, formula: schema.Formula, scope: Scope, findings: Findings, truths: Mapping[str, float]
) -> Scope:
    """The scope with one more definition or exact solution."""
    path = _place(name)
    if not name.startswith("exact."):
        anywhere = replace(scope, has_normal="n" not in (*scope.names(), *scope.coordinates))
        value = findings.value(path, formula, anywhere) or ONE
        return replace(scope, definitions={**scope.definitions, name: value})
    forbidden = {u: f"write exact.{u} for the known solution" for u in scope.unknowns}
    known = replace(scope, unknowns=(), forbidden=forbidden, has_functionals=False)
    value = findings.scalar(path, formula, known, "a known solution") or ONE
    return replace(scope, exact={**scope.exact, path[-1]: algebra.settled(value, truths)})


def _reaches(start: str, pending: Mapping[str, schema.Formula]) -> bool:
    """Whether a name is used by its own definition, directly or through others."""
    reached: set[str] = set()
    ahead = _uses(pending[start]) & pending.keys()
    while ahead - reached:
        reached |= ahead
        ahead = {used for name in ahead for used in _uses(pending[name]) & pending.keys()}
    return start in reached


def _place(name: str) -> tuple[str, str]:
    return ("exact", name[6:]) if name.startswith("exact.") else ("define", name)


def _uses(formula: schema.Formula) -> set[str]:
    """Every word of a formula, with the stems of its subscripts: `f_x` may mean the definition f."""
    words = {match.group(0) for match in _WORD.finditer(str(formula))}
    stems = {"_".join(word.split("_")[:k]) for word in words for k in range(1, word.count("_") + 1)}
    return words | stems
