"""Between training and a run directory: events pour in, and runs come back from it."""

from pinn.recording.reading import (
    Start,
    check_alterations,
    check_steps,
    read_config,
    read_start,
    store_alterations,
    warnings,
)
from pinn.recording.recorder import Recorder, begin
from pinn.recording.solutions import mend_solution, read_solution, solution_step
from pinn.recording.warm import Warm

__all__ = [
    "Recorder",
    "Start",
    "Warm",
    "begin",
    "check_alterations",
    "check_steps",
    "mend_solution",
    "read_config",
    "read_solution",
    "read_start",
    "solution_step",
    "store_alterations",
    "warnings",
]
