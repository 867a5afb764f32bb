"""Whether a stage still gains: its loss against the one some steps before, on the same points, and the first."""

import math
from dataclasses import dataclass, field

from pinn import schema
from pinn.optimizers.outcomes import Outcome, Report
from pinn.training.advice import Advice
from pinn.training.events import Look

EVERY = 10
"""Steps between two looks at how much of the first loss is left."""

FAR = 1e-4
"""A loss that stays above this share of the first is that of noise, or of no solution."""

DONE = 1e-16
"""A loss below this share of the first is near what rounding leaves."""

SMALL = 1e-10
"""A loss below this share of the first is small enough for most ends."""

ENOUGH = 1e-12
"""A loss on independent points below this share of the first needs no more of them."""

SHARE = 0.1
"""The loss should fall at least by this share of itself within the patience of a stage."""


@dataclass
class Watch:
    """Looks at the loss at fixed steps; a patience of 0 never ends anything, nor does a reduction of 0."""

    patience: int
    reduction: float = 0.0
    looked: Look | None = None
    """What the loss is compared with next; that of a resumed run is given."""
    is_energy: bool = False
    """Whether the lowest value may be any."""
    advice: Advice = field(default_factory=Advice)
    at_rest: float = 0.0
    """The loss of networks that are zero; 0 where it is not known."""

    @classmethod
    def of(
        cls, said: schema.Stage, squares: bool, looked: Look | None, is_energy: bool, advice: Advice, at_rest: float
    ) -> "Watch":
        """The watch of a stage; shares of an energy, whose value may be anything, mean nothing."""
        if not squares or not isinstance(said, schema.Converging):
            return cls(0, is_energy=not squares, advice=advice)
        usual = 50 if isinstance(said, schema.LeastSquares) else 1000
        patience = usual if said.patience is None else said.patience
        return cls(patience, said.reduction, looked, is_energy, advice, at_rest)

    @property
    def whole(self) -> float:
        """What losses are shares of; 0 where it is not known."""
        return 0.0 if self.looked is None else self.looked.whole

    def next_step(self, step: int) -> float:
        """The first step of the stage after this one at which it is looked."""
        gained = math.inf if self.looked is None or not self.patience else self.looked.step + self.patience
        return min(gained, EVERY * (step // EVERY + 1)) if self.reduction else gained

    def begin(self, report: Report) -> None:
        """Compare with this from now on: losses on other points say nothing."""
        first = self.looked.first if self.looked else report.loss
        self.looked = Look(report.step, report.loss, first, self.at_rest)

    def verdict(self, report: Report) -> str | None:
        """A sentence if the stage no longer gains; what it rests on is kept, so that a resumed run says the same."""
        if self.looked is None and report.evaluations:
            self.begin(report)
        if self.looked is None:
            return None
        if self.reduction and report.step % EVERY == 0 and self._is_reduced(report.loss, self.looked):
            share = f"the loss {report.loss:.3e} is less than {self.reduction:g} of the first, {self.looked.first:.3e},"
            return f"{share} at step {report.step}; lower reduction if more is wanted"
        if not self.patience or report.step < self.looked.step + self.patience:
            return None
        if report.loss < (1 - SHARE) * self.looked.loss:
            self.begin(report)
            return None
        fell = f"the loss fell by less than {SHARE:.0%} in {self.patience} steps, from {self.looked.loss:.3e} to"
        remedy = _LEAST if self.is_energy else self.advice.stuck if self._is_far(report) else self.advice.near
        return f"{fell} {report.loss:.3e} at step {report.step}; {remedy}"

    def remedy(self, report: Report) -> str | None:
        """What to say, instead of the usual, where nothing is solved, and where little more can be gained."""
        if report.outcome.rests:
            small = f"lower atol and rtol if more is wanted; {self.advice.other}" if self._is_cut(report) else None
            return self.advice.stuck if self._is_far(report) else small
        if self.looked is None or not 0 <= report.loss <= SMALL * self.looked.whole:
            return None if self.is_energy else self.advice.longer
        share = f"the loss is {report.loss / self.looked.whole:.0e} of {self.looked.named}"
        if report.loss > DONE * self.looked.whole:
            return f"{share}; raise max_steps, or add a stage, only if less is wanted"
        return f"{share}, so that more steps gain little; a stage of multi_stage goes on where the solution is smooth"

    def _is_reduced(self, loss: float, looked: Look) -> bool:
        """Whether a loss is as small as was asked for, and small beside that of a solution that is zero."""
        return loss <= self.reduction * looked.first and loss <= max(self.reduction, ENOUGH) * looked.whole

    def _is_cut(self, report: Report) -> bool:
        """Whether steps have become small where much can be left, as at a kink."""
        if report.outcome != Outcome.TOLERANCE or self.looked is None or self.is_energy:
            return False
        return report.loss > SMALL * self.looked.whole > 0

    def is_vain(self, report: Report) -> bool:
        """Whether what has come to an end is no solution, nor the noise of data."""
        return self._is_far(report) and not self.advice.has_data

    def _is_far(self, report: Report) -> bool:
        """Whether so much of the first loss is left that nothing is solved."""
        return self.looked is not None and not self.is_energy and report.loss > FAR * self.looked.whole > 0


_LEAST = "that seems to be the least value of the energy; raise patience if not"
