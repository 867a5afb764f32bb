"""The cost of a quasi-Newton step beside optimistix's BFGS: `python benchmarks/secant.py [--evaluations 1000]`.

Poisson's equation in a cube, all conditions as penalties, a network 3-32-32-1, 5000 points inside and 800 on the faces.
All begin with the same numbers, see the same points and evaluate the loss as often; a step is one that was accepted.
Processor seconds on one thread, without compilation; medians of several turns.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import accuracy
import report

from pinn import runtime, shipped

KINDS = ("bfgs", "ssbfgs", "ssbroyden")
"""Our methods."""

Run = Callable[[], tuple[int, float]]
"""Trains from the start; the steps that were accepted, and the loss that was found."""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure; the table goes to stdout."""
    parser = argparse.ArgumentParser(prog="secant.py", description="Quasi-Newton steps beside those of optimistix.")
    parser.add_argument("--evaluations", type=int, default=1000, help="evaluations of a training (default 1000)")
    parser.add_argument("--turns", type=int, default=3, help="trainings of each (default 3)")
    options = parser.parse_args(argv)
    runtime.set_threads(1)
    runtime.prepare()
    found = measured(made(options.evaluations), options.turns)
    rows = [
        [name, str(steps), f"{1e3 * seconds / steps:.3g}", f"{1e3 * seconds / options.evaluations:.3g}", f"{loss:.1e}"]
        for name, (steps, seconds, loss) in found.items()
    ]
    print(report.markdown(("method", "steps", "ms per step", "ms per evaluation", "loss at the end"), rows))
    return 0


def made(evaluations: int) -> Mapping[str, Run]:
    """Each method by name, ready to run."""
    from pinn import config as configs
    from pinn import optimizers, problems
    from pinn.training import Trainer

    said = accuracy.PROBLEMS["ssbroyden"]
    loaded = configs.load(shipped.find(said.config or ""), list(said.overrides))
    trainer = Trainer.of(problems.build(loaded))
    args, theta = trainer.arguments("training"), trainer.first()

    def ours(kind: str) -> Run:
        method = optimizers.build(loaded.stages[0].model_copy(update={"kind": kind, "max_steps": evaluations}))

        def run() -> tuple[int, float]:
            found = method.advance(trainer.objective, method.start(theta), args, evaluations, evaluations).report()
            return found.step, found.loss

        return run

    peer = theirs(trainer.objective, theta, args, evaluations)
    return {kind: ours(kind) for kind in KINDS} | {"optimistix.BFGS": peer}


def theirs(objective: Any, theta: Any, args: Any, evaluations: int) -> Run:
    """The same loss by optimistix."""
    import equinox as eqx
    import optimistix as optx

    solver = optx.BFGS(rtol=0.0, atol=0.0)
    limits = {"max_steps": evaluations, "throw": False}
    minimize = eqx.filter_jit(lambda y: optx.minimise(objective.value, solver, y, args, **limits).state)

    def run() -> tuple[int, float]:
        state = minimize(theta)
        return int(state.num_accepted_steps), float(state.f_info.f)

    return run


def measured(runs: Mapping[str, Run], turns: int) -> dict[str, tuple[int, float, float]]:
    """Steps, seconds and the loss at the end; the first turn compiles and is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    ends = {name: run() for name, run in runs.items()}
    for _ in range(turns):
        for name, run in runs.items():
            start = time.process_time()
            run()
            seconds[name].append(time.process_time() - start)
    return {name: (ends[name][0], statistics.median(seconds[name]), ends[name][1]) for name in runs}


if __name__ == "__main__":
    sys.exit(main())
