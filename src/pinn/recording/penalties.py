"""What an energy leaves unmet: penalties, which are paid where that costs less, and constraints that cannot hold."""

from collections.abc import Mapping

from pinn.config.model import Config, Energy, Equation, Term
from pinn.expressions import Constant

SHARE = 1e-3
"""A penalty above this share of the energy is worth a word; where the energy is convex in what is missing, it is too
low by twice the penalty at least."""

NUMBER, EXACT = 1e-2, 1e-4
"""By how much one number that is to be bounded, and one that is to be met exactly, may be missed, however large the
energy is."""


def unmet(config: Config, losses: Mapping[str, float]) -> str:
    """A clause on the equations and inequalities that the energy's gain has left unmet, by what each term adds to the
    loss; empty where there are none, or where data share the loss."""
    energies = [losses.get(term.name, 0.0) for term in config.terms if isinstance(term.content, Energy)]
    if not energies or not all(isinstance(term.content, Energy | Equation) for term in config.terms):
        return ""
    bound = SHARE * abs(sum(energies))
    paid = [(t, losses.get(t.name, 0.0)) for t in config.terms if isinstance(t.content, Equation)]
    found = [(t, loss) for t, loss in paid if loss > bound or _is_missed(config, t, loss)]
    if not found:
        return ""
    adding = ", ".join(f"'{t.name}' adds {loss:.1e}" for t, loss in found)
    said = f"not met: {adding} to an energy of {sum(energies):.1e}"
    if all(term in config.constraints for term, _ in found):
        return f"{said}; see that everything can hold at once, take more steps, or try another seed"
    return f"{said}, give a larger weight to it, by which what is missing is divided"


def _is_missed(config: Config, term: Term, loss: float) -> bool:
    """Whether an equation of numbers is missed by much."""
    weight = term.weight.value if isinstance(term.weight, Constant) else 1.0
    if term in config.constraints:
        return loss > weight * EXACT**2
    return term.is_number and loss > weight * NUMBER**2
