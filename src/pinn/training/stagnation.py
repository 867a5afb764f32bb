"""Whether a stage still gains: its loss against the one some steps before, on the same points."""

import math
from dataclasses import dataclass

from pinn import schema
from pinn.optimizers.outcomes import Report
from pinn.training.events import Look

SHARE = 0.1
"""The loss should fall at least by this share of itself within the patience of a stage."""


@dataclass
class Watch:
    """Looks at the loss at fixed steps; a patience of 0 never ends anything."""

    patience: int
    looked: Look | None = None
    """What the loss is compared with next; that of a resumed run is given."""

    @classmethod
    def of(cls, said: schema.Stage, squares: bool, looked: Look | None = None) -> "Watch":
        """The watch of a stage; shares of an energy, whose value may be anything, mean nothing."""
        if not squares or not isinstance(said, schema.Converging):
            return cls(0)
        usual = 50 if isinstance(said, schema.LeastSquares) else 1000
        return cls(usual if said.patience is None else said.patience, looked)

    @property
    def next_step(self) -> float:
        """The step of the stage at which it is looked next."""
        return math.inf if self.looked is None or not self.patience else self.looked.step + self.patience

    def begin(self, report: Report) -> None:
        """Compare with this from now on: losses on other points say nothing."""
        self.looked = Look(report.step, report.loss)

    def verdict(self, report: Report) -> str | None:
        """A sentence if the stage no longer gains; what it rests on is kept, so that a resumed run says the same."""
        if self.looked is None and report.evaluations:
            self.begin(report)
        if self.looked is None or report.step < self.next_step:
            return None
        if report.loss < (1 - SHARE) * self.looked.loss:
            self.begin(report)
            return None
        fell = f"the loss fell by less than {SHARE:.0%} in {self.patience} steps, from {self.looked.loss:.3e} to"
        return f"{fell} {report.loss:.3e} at step {report.step}; {_REMEDY}"


_REMEDY = "for a smaller error use more points, a larger network or another stage, or raise patience"
