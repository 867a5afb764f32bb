"""How soon, and how exactly, the shipped problems are solved: `python benchmarks/accuracy.py NAME … [--seeds 0 1 2]`.

Each seed of each problem is one run of the shipped config in a process of its own, on one thread. The first seed finds
nothing cached, and its are the seconds of the whole process; those of training are without compilation. The table has
the time to relative L2 errors of 1e-2 to 1e-10, on points not trained on, and the best published figure. Times are
medians over seeds: of the wall clock, or with `--processor` of the processor, for a machine that has other work.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import report

from pinn import shipped

GOALS = tuple(10.0**-power for power in range(2, 11))
"""Errors whose first appearance is timed."""

HEAD = ("problem", "parameters", "steps", "train s", "process s", "median", "worst")


@dataclass(frozen=True)
class Problem:
    """What is trained and measured, and the best that was published for the same problem."""

    published: str = "—"
    config: str | None = None
    """The shipped config, where it has another name."""
    overrides: tuple[str, ...] = ()
    spread: str | None = None
    """Points over which the solution is constant, where that is the measure."""
    measure: str = "relative_l2"
    every: int = 1
    """Steps between two measurements."""


PROBLEMS: Mapping[str, Problem] = {
    "toy": Problem(measure="loss", every=50),
    "spread": Problem(
        config="toy",
        overrides=("optimizer={kind: levenberg_marquardt, max_steps: 1000}",),
        spread="x=-10:3:27; y=1",
        measure="spread",
    ),
    "ode": Problem(),
    "beam": Problem(),
    "poisson": Problem("1.2e-7, 1000 s on a GPU (ENGD)"),
    "poisson_hard": Problem("1.2e-7, 1000 s on a GPU (ENGD; as a penalty)"),
    "poisson_3d": Problem("4e-6, 10 000 steps (SSBroyden)"),
    "ssbroyden": Problem(
        "4e-6, 10 000 steps",
        config="poisson_3d",
        overrides=(
            "terms.1.hard=false",
            "terms.1.points=800",
            "sampling.points=5000",
            "network.hidden=[32, 32]",
            "optimizer={kind: ssbroyden, max_steps: 10000}",
        ),
        every=50,
    ),
    "poisson_5d": Problem("3.5e-8, 3000 s on a GPU (ENGD)"),
    "poisson_100d": Problem(every=50),
    "sine_gordon_100d": Problem("3.6e-3 (STDE and Adam)", every=50),
    "ball": Problem(every=50),
    "directional": Problem(),
    "helmholtz": Problem("2.0e-9, 540 s on a GPU (SPRING)"),
    "biharmonic": Problem(),
    "burgers": Problem("2.3e-9 (SCORE); 8.3e-9, 46 min on a GPU (vRBA + SSBroyden)"),
    "burgers_half": Problem("as burgers"),
    "burgers_inverse": Problem(),
    "nu": Problem(config="burgers_inverse", measure="nu.relative_error"),
    "coefficient": Problem(),
    "predators": Problem(
        # what a fit of the solved equations to the same counts finds
        overrides=("exact={birth: 1.2224176, hunt: 0.44052082, growth: 0.08730604, death: 0.34999495}",),
        measure="relative_error",
    ),
    "allen_cahn": Problem("9.4e-7 to 1.9e-6, against a reference with errors of 1.5e-5"),
    "kdv": Problem("8.2e-11, 1210 s on an H100 (DSGNAR)"),
    "kuramoto_sivashinsky": Problem("5.1e-7 until t = 1, 5227 s on an H100 (DSGNAR)"),
    "advection": Problem("6.9e-4 (c = 80, MLP)"),
    "wave": Problem("6.7e-6 (no representable features)"),
    "heat_4d": Problem("3.9e-7, 3000 s on a GPU (ENGD)"),
    "heat_family": Problem(),
    "nonlinear_poisson": Problem(),
    "ritz": Problem(every=50),
    "disk": Problem(every=50),
    "annulus": Problem(),
    "cylinder": Problem(),
    "disk_with_holes": Problem(),
    "perforated_cube": Problem(),
    "cloud": Problem(),
    "sphere": Problem(),
    "permeability": Problem(),
    "materials": Problem(),
    "l_shape": Problem(),
    "l_shape_corner": Problem(),
    "membrane": Problem(measure="relative_error", every=100),
    "intensity": Problem(config="l_shape_corner", measure="c.relative_error"),
    "minimal_surface": Problem(),
    "chain": Problem(every=50),
    "regulator": Problem(),
    "obstacle": Problem(),
    "oscillator": Problem("1e-3 to 1e-6", measure="relative_error", every=50),
    "schrodinger": Problem("1e-3 to 1e-6", measure="relative_error", every=50),
    "quench": Problem(),
    "motz": Problem(),
    "cavity": Problem("1.1e-4, 403 s on an H100 (lid 4x(1 - x))"),
    "cavity_streamfunction": Problem("as cavity", measure="u.relative_l2"),
    "stokes": Problem(measure="u.relative_l2"),
    "pressure": Problem(config="stokes", measure="p.relative_l2"),
    "elasticity": Problem(),
    "rubber": Problem(),
    "self_similar": Problem(measure="relative_error"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run what was asked for; the table goes to stdout, a line for each run to stderr."""
    options = _parser().parse_args(argv)
    found: dict[str, list[dict[str, Any]]] = {}
    for name in options.problems:
        found[name] = []
        with tempfile.TemporaryDirectory() as cache:
            for seed in options.seeds:
                found[name].append(_run(PROBLEMS[name], [*options.override, f"seed={seed}"], cache))
                print(_line(name, seed, found[name][-1]), file=sys.stderr, flush=True)
                if options.out:
                    Path(options.out).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(table(found, "processor" if options.processor else "seconds"))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="accuracy.py", description="Accuracy of the shipped problems against time.")
    parser.add_argument("problems", nargs="+", choices=list(PROBLEMS), metavar="NAME", help=", ".join(PROBLEMS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2], help="one run for each (default 0 1 2)")
    parser.add_argument("-o", dest="override", action="append", default=[], metavar="PATH=VALUE")
    parser.add_argument("--processor", action="store_true", help="times of the processor instead of the wall clock")
    parser.add_argument("--out", metavar="FILE.json", help="write every state of every run there")
    return parser


def _run(problem: Problem, overrides: Sequence[str], cache: str) -> dict[str, Any]:
    """One run in a fresh process, measured; the folder keeps compiled programs for the next seed."""
    name = problem.config or next(key for key, said in PROBLEMS.items() if said is problem)
    words = [str(Path(__file__).with_name("course.py")), str(shipped.find(name)), "--every", str(problem.every)]
    words += [word for override in (*problem.overrides, *overrides) for word in ("-o", override)]
    words += ["--spread", problem.spread] if problem.spread else []
    around = os.environ | {"PINN_CACHE_DIR": cache}
    done = subprocess.run([sys.executable, *words], env=around, stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout)
    for state in found["states"]:
        state["error"] = state[problem.measure]
    return found


def _line(name: str, seed: int, run: Mapping[str, Any]) -> str:
    last, spent = run["states"][-1], run["seconds"]
    clocks = (("seconds", "total", "s"), ("processor", "processor", "s of the processor"))
    times = ", ".join(f"{last[one]:.1f} of {spent[all_]:.1f} {unit} in training" for one, all_, unit in clocks)
    return f"{name}, seed {seed}: error {last['error']:.1e} after {last['step']} steps, {times}; {run['reason']}"


def table(found: Mapping[str, Sequence[Mapping[str, Any]]], clock: str = "seconds") -> str:
    """A row for each problem: medians over its runs, the worst error, and the time to each goal."""
    head = (*HEAD, *(f"{goal:.0e}" for goal in GOALS), "published")
    return report.markdown(head, [_cells(name, runs, clock) for name, runs in found.items() if runs])


def _cells(name: str, runs: Sequence[Mapping[str, Any]], clock: str) -> list[str]:
    last = [run["states"][-1] for run in runs]
    errors = [state["error"] for state in last]
    whole = runs[0]["seconds"]["processor" if clock == "processor" else "total"]
    return [
        name,
        str(runs[0]["parameters"]),
        str(round(statistics.median(state["step"] for state in last))),
        report.number(statistics.median(state[clock] for state in last)),
        report.number(whole),
        f"{statistics.median(errors):.1e}",
        f"{max(errors):.1e}",
        *(_time(runs, goal, clock) for goal in GOALS),
        PROBLEMS[name].published,
    ]


def _time(runs: Sequence[Mapping[str, Any]], goal: float, clock: str) -> str:
    """The median time to an error, a run that never reaches it counting as endless."""
    never = float("inf")
    first = [next((s[clock] for s in run["states"] if s["error"] <= goal), never) for run in runs]
    middle = statistics.median_high(first)
    return "—" if middle == never else report.number(middle)


if __name__ == "__main__":
    sys.exit(main())
