"""How fast a stage is: compiled calls are made short enough that signals are answered soon."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from pinn.optimizers.driver import State
from pinn.optimizers.outcomes import Report

CHUNK_SECONDS = 1.0
"""How long one compiled call should take."""

FIRST_EVALUATIONS = 1
"""Bound of the first calls, before the speed is known."""


@dataclass
class Pace:
    """How many evaluations fit a chunk; it grows with the measured speed."""

    budget: int = FIRST_EVALUATIONS
    compiled: bool = False

    def timed(self, advance: Callable[[State, int], State], state: State, before: Report) -> State:
        """Advance by at most the budget, and set the next one."""
        started = time.monotonic()
        found = advance(state, self.budget)
        done = found.report().evaluations - before.evaluations
        spent = time.monotonic() - started
        if self.compiled and done:
            self.budget = max(1, min(100_000, int(CHUNK_SECONDS * done / max(spent, 1e-6)), 4 * self.budget))
        self.compiled = True
        return found
