"""Trainings that were left before they had solved anything: as a whole, or in a slab of time."""

from collections.abc import Sequence

from pinn.config import Config, Equation
from pinn.training import Look, Slab
from pinn.training.stagnation import FAR


def left_astray(config: Config, slabs: Sequence[Slab]) -> str:
    """A clause on the first that is far from a solution, since those after it go on from there; empty without any.

    It is so by its own first loss and by that of the first slab, for a later one may begin close to its solution.
    """
    if not _must_vanish(config):
        return ""
    for number, slab in enumerate(slabs, 1):
        if slab.first and slab.loss > FAR * max(slab.first, slabs[0].first):
            return (
                f"slab {number} of {len(config.slabs) - 1} was left at a loss of {slab.loss:.1e}, far from a solution, "
                "and those after it go on from there: cut time into more slabs, or try another seed"
            )
    return ""


def unsolved(config: Config, looked: Look, loss: float) -> str:
    """A clause on a loss that a limit has left at a share of the first at which nothing is solved; empty where it is.

    A first loss of 0 is one that says nothing, such as that of a warm start.
    """
    if not _must_vanish(config) or config.document.guess or not loss > FAR * looked.whole > 0:
        return ""
    return f"the loss is still {loss / looked.whole:.1g} of {looked.named}, {looked.whole:.1e}: this is no solution yet"


def _must_vanish(config: Config) -> bool:
    """Whether a solution has no loss at all, neither an energy nor the noise of data."""
    return all(isinstance(term.content, Equation) for term in config.terms)
