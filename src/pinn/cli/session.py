"""What `train` and `resume` share: one training, from its first signal handler to the answer and the exit code."""

import shlex
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pinn.cli import console
from pinn.cli.interruption import Interruption
from pinn.cli.requirements import measure, requirements
from pinn.errors import NumericsError, PinnError, RequirementError, StorageError

if TYPE_CHECKING:
    from pinn.problems import Problem
    from pinn.recording import Recorder, Start
    from pinn.runs import Run
    from pinn.training import Event

STARTED = time.monotonic()
"""When this process began to work."""


@dataclass(frozen=True)
class Asked:
    """What the user wants beside the training itself."""

    require: Sequence[str]
    threads: int | None
    quiet: bool
    json: bool
    answer: bool = True
    """Whether stdout gets the run's path, or its result."""


@dataclass(frozen=True)
class Session:
    """A run at work in this process, which holds its lock."""

    run: "Run"
    asked: Asked
    interruption: Interruption

    def train(self, problem: "Problem", start: "Start") -> None:
        """Train to the end, print the answer, and leave with the exit code that fits.

        Raises `PinnError` where the numbers broke, a requirement was missed or the file system refused.
        """
        required = requirements(self.asked.require, problem.config)
        try:
            result = self._trained(problem, start)
        except PinnError as error:
            self._fail(str(error))
            raise
        self._tell(result)
        if result["status"] == "failed":
            raise NumericsError(result["reason"], f"the run is kept in {self.run.path}")
        if result["status"] == "interrupted":
            resume = f"pinn resume {shlex.quote(str(self.run.path))}"
            if not self.interruption.exit_code:
                raise RequirementError(result["reason"], f"{resume} -o training.max_seconds=…")
            self._say(f"next: {resume}")
            sys.exit(self.interruption.exit_code)
        measure(self.run, required)
        self._say(f"next: pinn eval {shlex.quote(str(self.run.path))}")

    def _trained(self, problem: "Problem", start: "Start") -> dict[str, Any]:
        from pinn import sight, verification
        from pinn.recording import Recorder
        from pinn.training import build

        clock = _Clock()
        trainer = build(problem)
        kinds = ", ".join(stage.kind for stage in trainer.stages)
        self._say(f"{self.run.path}: {trainer.parameters} parameters, {kinds}")
        for choice in (*problem.config.chosen_points, *problem.config.chosen_network, *problem.config.choices):
            self._say(f"chosen {choice}")
        self._say("compiling; known programs are taken from the cache")
        verification.verify(problem)
        doubts = sight.unseen(problem)
        for doubt in doubts:
            self._say(f"warning: {doubt}")
        recorder = Recorder(self.run, trainer, start, clock.seconds, doubts)
        with console.Progress(self.asked.quiet).showing() as progress:
            return recorder.record(self.interruption.halt, lambda event: _show(progress, event, recorder))

    def _fail(self, reason: str) -> None:
        """Keep the reason in the run, as far as the file system lets us, and print the run's path all the same."""
        before = self.run.status()
        with suppress(StorageError):
            self.run.write_status("failed", reason, before.step, before.loss)
        self._answer({"run": str(self.run.path), "status": "failed", "reason": reason})

    def _tell(self, result: dict[str, Any]) -> None:
        if result["status"] != "failed":
            self._say(f"{result['status']}: {result['reason']}")
        seconds = result["seconds"]
        self._say(
            f"loss {result['loss']:.3e} after {result['steps']} steps, {result['evaluations']} evaluations; "
            f"{seconds['total']:.1f} s in all, {seconds['compile']:.1f} s of them compilation"
        )
        for name, errors in result.get("errors", {}).items():
            self._say(f"relative L2 error of {name}: {errors['relative_l2']:.2e}")
        for name, value in result.get("fitted", {}).items():
            self._say(f"{name} = {value:.8g}")
        for name, value in result.get("multipliers", {}).items():
            if value:
                self._say(f"multiplier of {name} = {value:.8g}")
        self._answer(result)

    def _answer(self, result: dict[str, Any]) -> None:
        if self.asked.answer:
            console.answer_json(result) if self.asked.json else console.answer(result["run"])

    def _say(self, text: str) -> None:
        if not self.asked.quiet:
            console.say(text)


def _show(progress: console.Progress, event: "Event", recorder: "Recorder") -> None:
    from pinn.training import Added, Advanced, Calmed

    if isinstance(event, Calmed):
        times = "once" if event.halvings == 1 else f"{event.halvings} times"
        progress.tell(f"the loss of the start is not finite; its weights are halved {times}")
    elif isinstance(event, Added):
        rises = f"is {event.ratio:.3g} times that of training" if event.ratio else "rose, and is put back"
        times = f"the loss on independent points {rises}"
        progress.tell(f"step {event.step}: {times}; there are twice as many interior points from now on")
    elif isinstance(event, Advanced):
        kind = recorder.trainer.stages[event.stage].kind
        slab = "" if event.slab is None else f"slab {event.slab}/{len(recorder.trainer.problem.config.slabs) - 1}  "
        progress.update(
            f"{slab}{kind}  step {event.step}/{event.last_step}  loss {event.loss:.3e}  "
            f"{event.evaluations} evaluations  {recorder.seconds:.0f} s"
        )


class _Clock:
    """Where the seconds of this process went; those that JAX spends on compilation are counted from here on."""

    def __init__(self) -> None:
        from jax import monitoring

        self._imported = time.monotonic()
        self._compiling = 0.0
        monitoring.register_event_duration_secs_listener(self._take)

    def seconds(self) -> dict[str, float]:
        """Seconds until everything was imported, of compilation, and in all."""
        total = time.monotonic() - STARTED
        return {"import": self._imported - STARTED, "compile": self._compiling, "total": total}

    def _take(self, event: str, duration_secs: float, **_: object) -> None:
        if event.startswith("/jax/core/compile/"):
            self._compiling += duration_secs
