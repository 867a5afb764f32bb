"""Slabs of time that were left before they were solved."""

from collections.abc import Sequence

from pinn.config import Config, Equation
from pinn.training import Slab
from pinn.training.stagnation import FAR


def left_astray(config: Config, slabs: Sequence[Slab]) -> str:
    """A clause on the first that is far from a solution, since those after it go on from there; empty without any.

    It is so by its own first loss and by that of the first slab, for a later one may begin close to its solution.
    """
    if any(not isinstance(term.content, Equation) for term in config.terms):
        return ""
    for number, slab in enumerate(slabs, 1):
        if slab.first and slab.loss > FAR * max(slab.first, slabs[0].first):
            return (
                f"slab {number} of {len(config.slabs) - 1} was left at a loss of {slab.loss:.1e}, far from a solution, "
                "and those after it go on from there: cut time into more slabs, or try another seed"
            )
    return ""
