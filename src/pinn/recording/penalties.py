"""Beside an energy an equation is a penalty, which is paid where that costs less than what it asks for."""

from collections.abc import Mapping, Sequence

from pinn.config.model import Energy, Equation, Term

NUMBER = 1e-3
"""The same for an equation of one number, such as a norm, however large the energy is."""

SHARE = 1e-3
"""A penalty above this share of the energy is worth a word; where the energy is convex in what is missing, it is too
low by twice the penalty at least."""


def unmet(terms: Sequence[Term], losses: Mapping[str, float]) -> str:
    """A clause on the equations and inequalities that the energy's gain has left unmet, by what each term adds to the
    loss; empty where there are none, or where data share the loss."""
    energies = [losses.get(term.name, 0.0) for term in terms if isinstance(term.content, Energy)]
    if not energies or not all(isinstance(term.content, Energy | Equation) for term in terms):
        return ""
    bound = SHARE * abs(sum(energies))
    paid = {term.name: losses.get(term.name, 0.0) for term in terms if isinstance(term.content, Equation)}
    numbers = {term.name for term in terms if term.is_number}
    found = [
        f"'{n}' adds {loss:.1e}" for n, loss in paid.items() if loss > (min(bound, NUMBER) if n in numbers else bound)
    ]
    if not found:
        return ""
    said = f"; not met: {', '.join(found)} to an energy of {sum(energies):.1e}"
    return f"{said}, give a larger weight to it, by which what is missing is divided"
