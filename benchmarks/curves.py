"""Which order of the curve pays: `python benchmarks/curves.py [NAME …] [--orders 1 … 6] [--seeds 0 1 2]`.

Levenberg–Marquardt with curves of each order on small variations of the shipped problems, each seed for a fixed number
of the processor's seconds, without those of compilation, on one thread. The table has the steps and the seconds to a
relative L2 error, and the error at the end: medians over seeds. One problem takes a few minutes with all orders.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import course
import numpy as np
import report

from pinn import runtime, shipped

if TYPE_CHECKING:
    from pinn.optimizers.driver import Optimizer
    from pinn.training import Trainer

ORDERS = (1, 2, 3, 4, 5, 6)


@dataclass(frozen=True)
class Case:
    """A shipped config with some changes, the error that is timed, and the seconds that a run has."""

    config: str
    goal: float
    seconds: float
    overrides: tuple[str, ...] = ()


CASES: Mapping[str, Case] = {
    "ode": Case("ode", 1e-9, 0.5),
    "poisson_hard": Case("poisson_hard", 1e-8, 2),
    "nonlinear_poisson": Case(
        "nonlinear_poisson", 1e-6, 3, ("parameters.k=3", "network.hidden=[20, 20]", "sampling.points=[28, 28]")
    ),
    "biharmonic": Case("biharmonic", 1e-6, 2.5, ("network.hidden=[16, 16]", "sampling.points=600")),
    "heat_4d": Case("heat_4d", 1e-4, 2.5, ("network.hidden=[16, 16]", "sampling.points=1024", "terms.2.points=800")),
    "burgers": Case("burgers_half", 1e-3, 4, ("network.hidden=[16, 16, 16]", "sampling.points=1536")),
}


@dataclass(frozen=True)
class Course:
    """One seed: the processor's seconds and the error after each step."""

    seconds: Sequence[float]
    errors: Sequence[float]

    def first(self, goal: float) -> tuple[float, float]:
        """The steps and the seconds to an error; infinite where it is not reached."""
        met = next((i for i, error in enumerate(self.errors) if error <= goal), None)
        return (np.inf, np.inf) if met is None else (met + 1, self.seconds[met])


def main(argv: Sequence[str] | None = None) -> int:
    """Run what was asked for; the table goes to stdout, a line for each run to stderr."""
    parser = argparse.ArgumentParser(prog="curves.py", description="Which order of the curve pays.")
    parser.add_argument("cases", nargs="*", default=list(CASES), metavar="NAME", help=", ".join(CASES))
    parser.add_argument("--orders", nargs="+", type=int, choices=ORDERS, default=list(ORDERS), metavar="ORDER")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2], help="one run for each (default 0 1 2)")
    parser.add_argument("--out", type=Path, metavar="FILE.json", help="write every run there")
    options = parser.parse_args(argv)
    if unknown := set(options.cases) - CASES.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(CASES)}")
    runtime.set_threads(1)
    runtime.prepare()
    found: dict[str, dict[int, list[Course]]] = {}
    for name in options.cases:
        found[name] = {order: [] for order in options.orders}
        for order, seed, run in runs(CASES[name], options.orders, options.seeds):
            found[name][order].append(run)
            print(f"{name}, order {order}, seed {seed}: {_said(run, CASES[name].goal)}", file=sys.stderr, flush=True)
    if options.out:
        rows = {n: {o: [vars(run) for run in said] for o, said in orders.items()} for n, orders in found.items()}
        options.out.write_text(json.dumps(rows) + "\n", encoding="utf-8")
    print(table(found))
    return 0


def runs(case: Case, orders: Sequence[int], seeds: Sequence[int]) -> Iterator[tuple[int, int, Course]]:
    """Every order with every seed; what one seed has compiled serves the others."""
    from pinn import config as configs
    from pinn import optimizers, problems
    from pinn.training import Trainer

    stage = "optimizer={kind: levenberg_marquardt, max_steps: 100000, patience: 0}"
    overrides = [*case.overrides, stage, "training.validation=0"]
    loaded = [configs.load(shipped.find(case.config), [*overrides, f"seed={seed}"]) for seed in seeds]
    trainers = [Trainer.of(problems.build(config)) for config in loaded]
    measures = [course.measures(config, None)["relative_l2"] for config in loaded]
    for order in orders:
        method = optimizers.build(loaded[0].stages[0].model_copy(update={"order": order}))
        for seed, trainer, measure in zip(seeds, trainers, measures, strict=True):
            seconds, thetas = trained(method, trainers[0], trainer, case.seconds)
            yield order, seed, Course(seconds, [measure(course.State(0, 0, 0, 0, theta)) for theta in thetas])


def trained(method: "Optimizer", first: "Trainer", trainer: "Trainer", limit: float) -> tuple[list[float], list[Any]]:
    """The seconds and the numbers after each step; `first` is the trainer whose programs are used."""
    args, start = trainer.arguments("training"), method.start(trainer.first())
    method.advance(first.objective, start, args, 1)  # compiles
    seconds, thetas = [], []
    state = method.advance(first.objective, start, args, 0)
    begun = time.process_time()
    while time.process_time() - begun < limit and state.report().outcome == 0:
        state = method.advance(first.objective, state, args, state.report().step + 1)
        state.report()
        seconds.append(time.process_time() - begun)
        thetas.append(np.asarray(state.theta))
    return seconds, thetas


def _said(run: Course, goal: float) -> str:
    steps, seconds = run.first(goal)
    return f"{goal:.0e} after {steps:g} steps, {seconds:.2f} s; {run.errors[-1]:.1e} after {len(run.errors)} steps"


def table(found: Mapping[str, Mapping[int, Sequence[Course]]]) -> str:
    """A row for each problem, a column for each order."""
    orders = sorted({order for said in found.values() for order in said})
    rows = [
        [name, f"{CASES[name].goal:.0e}", *(_cell(said[order], CASES[name].goal) for order in orders)]
        for name, said in found.items()
    ]
    return report.markdown(("problem", "error", *(f"order {order}" for order in orders)), rows)


def _cell(runs: Sequence[Course], goal: float) -> str:
    steps, seconds = (statistics.median(each) for each in zip(*(run.first(goal) for run in runs), strict=True))
    end = statistics.median(run.errors[-1] for run in runs)
    met = "never" if seconds == np.inf else f"{steps:.0f} steps, {report.number(seconds)} s"
    return f"{met}; {end:.0e}"


if __name__ == "__main__":
    sys.exit(main())
