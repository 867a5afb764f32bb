"""What a checked config says, in plain facts: for `pinn check`."""

from typing import Any

from pinn.config.model import Config, Energy, Equation, FittedParameter, Misfit, Term
from pinn.expressions import algebra, show
from pinn.geometry import Box, Piece


def facts(config: Config) -> dict[str, Any]:
    """Unknowns, coordinates with their roles, parameters, terms with region and measure, hard conditions."""
    return {
        "unknowns": list(config.unknowns),
        "coordinates": _coordinates(config),
        "parameters_of_problem": [
            f"{name} (fitted)" if isinstance(p, FittedParameter) else name for name, p in config.parameters.items()
        ],
        "terms": [_term(config, term) for term in config.terms],
        "hard": [
            f"{unknown} = {show(c.value, config.scope)} on {c.piece.name}"
            for unknown, cs in config.conditions.items()
            for c in cs
        ],
        "measured_against": [f"exact.{name}" for name in config.exact] + (["reference"] if config.reference else []),
    }


def _coordinates(config: Config) -> list[str]:
    domain = config.domain
    roles = []
    for i, name in enumerate(domain.coordinates):
        role = "time" if i == domain.time else "space" if i in domain.spatial else "family"
        roles.append(f"{name} ({role}{', periodic' if i in domain.periodic else ''})")
    return roles


def _term(config: Config, term: Term) -> dict[str, Any]:
    match term.content:
        case Equation(residuals=residuals):
            kind, trees = "mean square of", residuals
        case Energy(integrand=integrand):
            kind, trees = f"integral over {_measure(config, term)} of", (integrand,)
        case Misfit(models=models):
            kind, trees = "misfit of", models
    return {
        "name": term.name,
        "is": f"{kind} {term.text}",
        "on": term.region.name,
        "order": max(algebra.max_order(tree) for tree in trees),
    }


def _measure(config: Config, term: Term) -> str:
    """What an energy is integrated over: a measure where the term has one piece, else its region."""
    domain = config.domain
    match term.region.pieces:
        case (Piece(fixed=()),):
            return domain.measure
        case (piece,) if isinstance(domain, Box) and piece.free(domain):
            return " ".join(f"d{domain.coordinates[i]}" for i in piece.free(domain))
        case _:
            return term.region.name
