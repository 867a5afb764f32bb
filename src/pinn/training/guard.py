"""Whether the loss also falls where it is not trained: networks find what lies between the points of training."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np

from pinn import schema
from pinn.training.events import Held

RISE = 1e-3
"""How far an energy on independent points may rise above its lowest, relative to its size or to what it fell by before.

Where the points see the integrand it rises by less than 1e-6 of that, where they do not by far more than all of it.
"""

TIMES = 100.0
"""How many times its lowest a sum of squares on independent points may be; it is 3, where there are enough points."""

SEEN = 1e-5
"""Where rules of Gauss agree on an energy to this share of its size, or of what it fell by, they see its integrand."""

APART = 1e-4
"""Where they differ by this share later on, what they say is worth nothing: it may be too low on both."""

GAIN = 10.0
"""So many times what rules differ by outweighs it, where an energy falls."""

LEFT = 1e-8
"""The share of the loss on independent points below which that of training is worth no more steps, if both are squares.

What is put right at the points changes the solution by a ten-thousandth then of what is wrong between them.
"""

ROUNDING = 1e-13
"""Changes of an energy, relative to it, that are worth nothing."""

LONG = 500
"""Steps without any other change after which an energy is at rest."""


@dataclass
class Guard:
    """Looks at the loss on independent points at fixed steps, and keeps the parameters where it was lowest."""

    is_on: bool
    squares: bool = False
    """Whether the loss is a sum of squares of what should vanish, and no energy."""
    accurate: bool = False
    """Whether it is an energy by rules that agree where they see its integrand."""
    held: Held | None = None
    """The best so far; that of a resumed run is given."""
    seen: float = 0.0
    """The loss where it was looked last."""
    moved: int = 0
    """The last step at which more than rounding was gained; of a resumed run, at which anything was."""
    grows: bool = False
    """Whether points were to be added where the network exploits them, and could be no more."""

    @classmethod
    def of(
        cls,
        said: schema.Stage,
        squares: bool,
        held: Held | None = None,
        weighed: bool = False,
        accurate: bool = False,
        grows: bool = False,
    ) -> Self:
        """The guard of a stage whose method never climbs, and sees the weights of the config."""
        is_on = isinstance(said, schema.Converging) and not weighed
        return cls(is_on, squares, accurate, held, moved=0 if held is None else held.step, grows=grows)

    def is_due(self, step: int) -> bool:
        """Whether it is looked at a step."""
        return step % _every(step) == 0

    def next_look(self, step: int) -> int:
        """The first step after this one at which it is looked."""
        return _every(step) * (step // _every(step) + 1)

    def look(self, step: int, loss: float, trained: float, theta: np.ndarray) -> str | None:
        """A sentence if the loss on independent points has left the one of training, `trained`; else the best is kept.

        What two accurate rules do not agree on may be below the least energy on both, and is not the best.
        """
        held, self.seen = self.held, loss
        if held is None:
            self.held, self.moved = Held(step, loss, loss, theta) if math.isfinite(loss) else None, step
            return None
        gap = abs(loss - trained) / (_size(held) or 1.0) if self.accurate else 1.0
        outweighs = held.loss - loss > GAIN * abs(loss - trained)
        if held.gap <= SEEN and not gap <= APART and not outweighs:
            what = f"the loss on independent points is {loss:.9g} and that of training {trained:.9g}"
        elif not loss <= self._highest(held):
            what = f"the loss on independent points rose from {held.loss:.3e} at step {held.step} to {loss:.3e}"
        else:
            self._keep(held, Held(step, loss, held.first, theta, gap), outweighs)
            return None
        return f"{what} at step {step}, {_MEANING}; this is the solution of step {held.step}; {self._more}, {_REMEDY}"

    def _keep(self, held: Held, found: Held, outweighs: bool) -> None:
        """Take what is lower by more than a doubt about it, or what rules agree on where they did not before."""
        trusted, before = found.gap <= SEEN, held.gap <= SEEN
        if trusted > before or (found.loss < held.loss and (trusted == before or outweighs)):
            self.moved = found.step if held.loss - found.loss > ROUNDING * abs(found.loss) else self.moved
            self.held = found

    def begin(self, step: int, loss: float, theta: np.ndarray) -> None:
        """Have the best be what was looked at last, since constraints count otherwise from here on."""
        held = self.held
        if held is not None and math.isfinite(loss):
            self.held = held._replace(step=step, loss=loss, first=held.first + loss - held.loss, theta=theta)

    def is_beyond(self, loss: float) -> bool:
        """Whether so little of a sum of squares is left in training that nothing is gained elsewhere."""
        return self.squares and self.seen * LEFT > loss

    def remedy(self, step: int) -> str | None:
        """What to say, instead of the usual, at a limit that is reached when an energy has long been at rest."""
        if self.held is None or self.squares or step - self.moved < LONG:
            return None
        return f"the energy has not changed since step {self.moved} but for rounding, so that more steps gain little"

    @property
    def _more(self) -> str:
        """How there may be more points."""
        used = "training.add_points allows no more: raise it"
        return used if self.grows else "raise sampling.points, or let training.add_points do it"

    def _highest(self, held: Held) -> float:
        """What the loss on independent points may be."""
        if self.squares:
            return TIMES * held.loss
        return held.loss + RISE * _size(held)


def _size(held: Held) -> float:
    """The size of an energy: itself, or what it fell by."""
    return max(abs(held.loss), held.first - held.loss)


def _every(step: int) -> int:
    """Steps between two looks: a network may go astray within its first steps, and later within hundreds."""
    return 10 if step < 100 else 50


_MEANING = "so the network exploits what its training points do not see"
_REMEDY = "try a smaller network, and see that nothing jumps or is singular"
