"""Places of `at(…)` that lie outside of the domain, where nothing determines an unknown."""

from collections.abc import Iterator, Mapping, Sequence

from pinn.config.findings import Findings, Path
from pinn.config.model import Term
from pinn.config.names import Names
from pinn.config.probes import points, value_at
from pinn.config.terms import expressions
from pinn.expressions import Expression, show
from pinn.expressions.tree import At, Where, children
from pinn.geometry import Box

SLACK = 1e-9
"""How far outside rounding may bring a place, in half widths of the domain."""


def find(names: Names, terms: Sequence[Term], paths: Mapping[str, Path], findings: Findings) -> None:
    """Warn of the first one of each term."""
    domain = names.domain
    if not isinstance(domain, Box):
        return
    for term in (term for term in terms if not term.is_number):
        pieces = term.region.pieces
        asked = [(node, i, value) for e in expressions(term.content) for node in _asked(e) for i, value in node.places]
        for node, index, place in (found for found in asked if found[1] not in domain.periodic):
            middle, half = domain.scales[index]
            values = [value_at(place, point, names) for piece in pieces for point in points(names, piece)]
            beyond = [v for v in values if v is not None and abs(v - middle) > half * (1 + SLACK)]
            if beyond:
                there = f"{domain.coordinates[index]}={beyond[0]:.4g}"
                message = f"'{show(node, names.scope)}' reaches {there}, outside of the domain"
                hint = "nothing holds the solution there: choose by where(…), or begin later"
                findings.warn(paths[term.name], message, hint)
                break


def _asked(expression: Expression) -> Iterator[At]:
    """Values at other places, but those that are chosen."""
    if isinstance(expression, At):
        yield expression
    if not isinstance(expression, Where):
        for part in children(expression):
            yield from _asked(part)
