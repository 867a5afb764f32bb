"""Why a stage stops: a closed list of outcomes, each a sentence with its numbers and what to try next.

Imports no JAX, so whatever reads a run can speak of its end.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import assert_never

from pinn.schema import Converging, Stage


class Outcome(IntEnum):
    """How a stage stands; the numbers are stored in checkpoints and never change their meaning."""

    RUNNING = 0
    TOLERANCE = 1
    TARGET = 2
    MAX_STEPS = 3
    STATIONARY = 4
    NO_DECREASE = 5
    FAILED_AT_START = 6
    UNBOUNDED = 7
    NON_FINITE = 8

    @property
    def broken(self) -> bool:
        """Whether the numbers broke (exit code 4), as against a normal end."""
        return self in (Outcome.FAILED_AT_START, Outcome.UNBOUNDED, Outcome.NON_FINITE)

    @property
    def rests(self) -> bool:
        """Whether the method found nothing more to gain."""
        return self in (Outcome.TOLERANCE, Outcome.STATIONARY, Outcome.NO_DECREASE)


@dataclass(frozen=True)
class Report:
    """The scalars of an optimizer's state, as Python numbers."""

    outcome: Outcome
    loss: float
    gradient_norm: float
    step: int
    evaluations: int


def reason(report: Report, stage: Stage, at_limit: str | None = None, is_single: bool = False) -> str:
    """One sentence on why `stage` stands where it does, with the numbers, and one on what to try next.

    `at_limit` is the latter where no further steps are made and more of them are not what helps; `is_single` says that
    the numbers are of float32, so that float64 may help.
    """
    limits = (Outcome.MAX_STEPS, Outcome.NO_DECREASE, Outcome.TOLERANCE)
    remedy = at_limit if at_limit and report.outcome in limits else _remedy(report, is_single)
    return f"{_sentence(report, stage)}; {remedy}"


def _sentence(report: Report, stage: Stage) -> str:
    where = f"at step {report.step}"
    match report.outcome:
        case Outcome.RUNNING:
            return f"stopped from outside {where}, loss {report.loss:.3e}"
        case Outcome.TOLERANCE:
            assert isinstance(stage, Converging)
            return f"the last change was within atol={stage.atol:g}, rtol={stage.rtol:g} {where}"
        case Outcome.TARGET:
            return f"the loss {report.loss:.3e} reached the target {stage.target:g} {where}"
        case Outcome.MAX_STEPS:
            return f"max_steps={stage.max_steps} was reached, loss {report.loss:.3e}"
        case Outcome.STATIONARY:
            return f"the gradient is exactly zero {where}, loss {report.loss:.3e}"
        case Outcome.NO_DECREASE:
            return f"no further decrease at rounding level {where}, {_numbers(report)}"
        case Outcome.FAILED_AT_START:
            return f"the line search found no lower loss along the very first gradient, {_numbers(report)}"
        case Outcome.UNBOUNDED:
            return f"the loss falls without end along a straight line {where}, {_numbers(report)}"
        case Outcome.NON_FINITE:
            return f"the loss or its gradient is not finite {where} (loss {report.loss})"
        case _:
            assert_never(report.outcome)


def _remedy(report: Report, is_single: bool) -> str:
    match report.outcome:
        case Outcome.RUNNING:
            return "resume to continue"
        case Outcome.TOLERANCE:
            return "lower atol and rtol if more is wanted"
        case Outcome.TARGET:
            return "lower target if more is wanted"
        case Outcome.MAX_STEPS:
            return "raise max_steps, or add a stage"
        case Outcome.STATIONARY if report.step == 0:
            return "check that every term contains an unknown and that the start does not saturate the network"
        case Outcome.STATIONARY:
            return "nothing is left to do for a method that uses gradients"
        case Outcome.NO_DECREASE:
            double = ", or precision: float64" if is_single else ""
            return f"for a smaller error use more points or a larger network{double}"
        case Outcome.FAILED_AT_START:
            double = ", or precision: float64" if is_single else ""
            return f"look for kinks (abs, max, sqrt at 0), or try another seed{double}"
        case Outcome.UNBOUNDED:
            return "check the signs of the minimised terms, and bound the solution by conditions, or by require"
        case Outcome.NON_FINITE:
            return "look for log, sqrt or division at 0, and exp of large numbers, in the terms, or try another seed"
        case _:
            assert_never(report.outcome)


def _numbers(report: Report) -> str:
    return f"loss {report.loss:.3e}, gradient norm {report.gradient_norm:.1e}, {report.evaluations} evaluations"
