"""What a checked config says, in plain facts: for `pinn check`."""

from typing import Any

from pinn.config.blocks import restricted
from pinn.config.model import Config, Energy, Equation, FittedParameter, Grid, Misfit, Term
from pinn.expressions import Unknown, algebra, show
from pinn.geometry import RADIAL, Box, Flat

MOST_LISTED = 8
"""Coordinates that are named one by one."""


def facts(config: Config) -> dict[str, Any]:
    """Unknowns, coordinates with their roles, parameters, terms with region and measure, hard conditions."""
    return {
        "unknowns": [_unknown(config, name) for name in config.unknowns],
        "coordinates": _coordinates(config),
        "parameters_of_problem": [
            f"{name} (fitted)" if isinstance(p, FittedParameter) else name for name, p in config.parameters.items()
        ],
        "known": [_known(config, name) for name in config.document.known],
        "terms": [_term(config, term) for term in config.terms],
        "hard": [
            f"{show(algebra.derivative(Unknown(unknown), c.operator), config.scope)} = "
            f"{show(c.value, config.scope)}{' and its slope' * c.keeps_slope} on {c.piece.name}"
            for unknown, cs in config.conditions.items()
            for c in cs
        ],
        "guess": [term.text for term in config.guess],
        "slabs": ", ".join(f"{cut:.6g}" for cut in config.slabs) or None,
        "optimizer": ", ".join(stage.kind for stage in config.stages),
        "chosen_optimizer": list(config.choices),
        "chosen_points": list(config.chosen_points),
        "chosen_network": list(config.chosen_network),
        "chosen_scales": list(config.chosen_scales),
        "report": [f"{quantity.name} = {quantity.text}" for quantity in config.report],
        "measured_against": [f"exact.{name}" for name in (*config.exact, *config.exact_numbers)]
        + (["reference"] if config.reference else []),
    }


def _known(config: Config, name: str) -> str:
    match config.known.get(name):
        case Grid(path=path, axes=axes):
            return f"{name} ({' × '.join(str(len(axis)) for axis in axes)} values of {path.name})"
        case _:
            return f"{name} (an earlier run)"


def _unknown(config: Config, name: str) -> str:
    said = restricted(config.document).get(name)
    shown = f"{name}({', '.join(said.inputs)})" if said is not None and said.inputs else name
    shown += " > 0" if said is not None and said.positive else ""
    return f"{shown} (scale {config.scales[name]:.4g})" if name in config.scales else shown


def _coordinates(config: Config) -> list[str]:
    domain, roles = config.domain, []
    for name, places in config.scope.axes.items():
        i = places[0]
        role = "time" if i == domain.time else "space" if i in domain.spatial else "family"
        size = f"{len(places)} components, " if name in domain.vectors else ""
        roles.append(f"{name} ({size}{role}{', periodic' if i in domain.periodic else ''})")
    return roles


def _term(config: Config, term: Term) -> dict[str, Any]:
    match term.content:
        case Equation() if term.is_number:
            kind, trees = "square of", tuple(f.integrand for f in term.functionals)
        case Energy() if term.is_number:
            kind, trees = "the number", tuple(f.integrand for f in term.functionals)
        case Equation(residuals=residuals):
            kind, trees = "mean square of", residuals
        case Energy(integrand=integrand):
            kind, trees = f"integral over {_measure(config, term)} of", (integrand,)
        case Misfit(models=models):
            kind, trees = "misfit of", models
    if term in config.constraints:
        kind = "by a multiplier, exactly"
    return {
        "name": term.name,
        "is": f"{kind} {term.text}",
        "on": term.region.name,
        "order": max(algebra.max_order(tree) for tree in trees),
        "points": _points(config, term),
    }


def _points(config: Config, term: Term) -> str | None:
    """What is special about a term's points."""
    if isinstance(term.content, Misfit):
        return None
    said = []
    for cluster in term.clusters:
        if cluster.index == RADIAL:
            said.append("drawn together at the round boundary")
            continue
        name, values = config.domain.coordinates[cluster.index], ", ".join(f"{c:.6g}" for c in cluster.centers)
        said.append(f"drawn together at {name} = {values}")
    if (period := term.sampling.redraw_every) is not None:
        where = " where the residual is large" if term.sampling.refine else ""
        said.append(f"drawn afresh{where} every {period} step{'s' if period > 1 else ''}")
    return ", ".join(said) or None


def _measure(config: Config, term: Term) -> str:
    """What an energy is integrated over: a measure where the term has one piece, else its region."""
    domain = config.domain
    match term.region.pieces:
        case (Flat(fixed=()),):
            return domain.measure
        case (Flat() as piece,) if isinstance(domain, Box) and 0 < piece.dimension(domain) <= MOST_LISTED:
            return " ".join(f"d{domain.coordinates[i]}" for i in piece.free(domain))
        case _:
            return term.region.name
