"""The `parameters` section: numbers that are fixed, drawn or fitted."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from pinn import schema
from pinn.config.findings import Findings, Path
from pinn.config.model import FittedParameter, FixedParameter, Parameter
from pinn.expressions import Scope

EMPTY = Scope(coordinates=(), spatial=(), unknowns=())
"""The scope of an expression that may use no name."""


def constant_scope(constants: Mapping[str, float]) -> Scope:
    """The scope of expressions that are plain numbers."""
    return replace(EMPTY, parameters=dict.fromkeys(constants, ()), constants=constants)


def read(document: schema.Document, coordinates: Iterable[str], findings: Findings) -> Iterator[tuple[str, Parameter]]:
    """Parameters in the order written; each may use the fixed single numbers before it."""
    constants: dict[str, float] = {}
    advice = "a parameter is a number: put what differs from point to point under 'define'"
    varying = dict.fromkeys((*coordinates, *document.unknowns), advice)
    for name, said in document.parameters.items():
        later = dict.fromkeys(
            document.parameters.keys() - constants.keys(), "a parameter may use the fixed numbers above it"
        )
        scope = replace(constant_scope(dict(constants)), forbidden=varying | later)
        path = ("parameters", name)
        match said:
            case schema.Fitted():
                yield name, _fitted(said, path, scope, findings)
            case schema.Drawn():
                yield name, FixedParameter(_drawn(said))
            case list():
                values = [findings.number((*path, i), part, scope) for i, part in enumerate(said)]
                if not values:
                    findings.report(path, f"'{name}' is an empty list")
                yield name, FixedParameter(tuple(1.0 if v is None else v for v in values))
            case _:
                value = findings.number(path, said, scope)
                constants[name] = 1.0 if value is None else value
                yield name, FixedParameter(constants[name])


def single(parameters: Mapping[str, Parameter]) -> dict[str, float]:
    """The values of the fixed parameters that are single numbers."""
    return {
        name: p.value
        for name, p in parameters.items()
        if isinstance(p, FixedParameter) and not isinstance(p.value, tuple)
    }


def fitted(parameters: Mapping[str, Parameter]) -> dict[str, FittedParameter]:
    """The parameters that are trained, by name."""
    return {name: p for name, p in parameters.items() if isinstance(p, FittedParameter)}


def shape(parameter: Parameter) -> tuple[int, ...]:
    """`()` for a single number, `(n,)` for a vector."""
    match parameter:
        case FixedParameter(value=tuple() as value):
            return (len(value),)
        case _:
            return ()


def _fitted(said: schema.Fitted, path: Path, scope: Scope, findings: Findings) -> FittedParameter:
    initial = findings.number((*path, "initial"), said.initial, scope)
    scale = findings.number((*path, "scale"), said.scale, scope)
    bounds = None if said.bounds is None else _bounds(said.bounds, (*path, "bounds"), scope, findings)
    if said.bounds is not None and said.positive:
        hint = "leave one out"
        findings.report((*path, "positive"), "a parameter has 'positive' or 'bounds', not both", hint)
    if said.bounds is not None and scale not in (None, 1.0):
        hint = "the bounds are its scale; leave one out"
        findings.report((*path, "scale"), "a parameter has 'scale' or 'bounds', not both", hint)
    if initial is not None and bounds is not None and not bounds[0] < initial < bounds[1]:
        findings.report((*path, "initial"), "the initial value must lie strictly between the bounds")
    if said.positive and initial is not None and initial <= 0:
        findings.report((*path, "initial"), "a positive parameter must start above zero")
    if scale is not None and scale <= 0:
        findings.report((*path, "scale"), "a scale is a size and must be above zero")
    return FittedParameter(initial or 0.0, scale or 1.0, said.positive, bounds)


def _bounds(said: schema.Pair, path: Path, scope: Scope, findings: Findings) -> tuple[float, float] | None:
    low, high = (findings.number((*path, i), end, scope) for i, end in enumerate(said))
    if low is None or high is None:
        return None
    if not low < high:
        findings.report(path, f"the bounds are {low:.12g} and {high:.12g}", "write the lower end first")
        return None
    return low, high


def _drawn(said: schema.Drawn) -> float | tuple[float, ...]:
    import numpy as np  # only drawn parameters need it

    generator = np.random.Generator(np.random.PCG64(said.seed))
    draw = generator.standard_normal if said.distribution == "normal" else generator.random
    return float(draw()) if said.dim is None else tuple(float(v) for v in draw(said.dim))
