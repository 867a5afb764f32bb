"""How the error of one run falls with its seconds: `python benchmarks/course.py CONFIG [-o PATH=VALUE …]`.

A run as `pinn train` makes it, in a process of its own and on one thread. Its states are kept with the seconds that had
been spent, and measured when it is over, on points that it has not seen: measuring costs the run nothing. With slabs
of time only states of the last one are solutions. One JSON object goes to stdout.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pinn import runtime

if TYPE_CHECKING:
    from pinn.config import Config
    from pinn.expressions import Expression
    from pinn.training import March, Trainer

STARTED = time.monotonic()
POINTS = 10_000
"""Uniformly distributed points on which a solution is compared with a formula."""


@dataclass(frozen=True)
class State:
    """The trained numbers after a step, and the seconds of training until then, without those of compilation."""

    step: int
    loss: float
    seconds: float
    processor: float
    """The same in seconds that the processor worked for this process: of use where it works for others, too."""
    theta: np.ndarray
    before: tuple[np.ndarray, ...] = ()
    """The numbers of the slabs of time before the present one."""


Measure = Callable[[State], float]


def main(argv: Sequence[str] | None = None) -> int:
    """Train, then measure, and print what was found."""
    parser = argparse.ArgumentParser(prog="course.py", description="The error of one run against its seconds.")
    parser.add_argument("config", type=Path)
    parser.add_argument("-o", dest="override", action="append", default=[], metavar="PATH=VALUE")
    parser.add_argument("--every", type=int, default=1, metavar="STEPS", help="between two measurements")
    parser.add_argument("--spread", metavar="GRID", help="instead of an error: how much u varies over these points")
    options = parser.parse_args(argv)
    runtime.set_threads(1)
    runtime.prepare()
    from pinn import config as configs

    config = configs.load(options.config, [*options.override, f"training.checkpoint_every={options.every}"])
    print(json.dumps(_course(config, options.spread)))
    return 0


def _course(config: "Config", spread: str | None) -> dict[str, Any]:
    from pinn import problems, verification
    from pinn.training import Ended, build

    problem = problems.build(config)
    verification.verify(problem)
    trainer = build(problem)
    happened = list(_happened(trainer, Clock()))
    total, processor = time.monotonic() - STARTED, time.process_time()
    slabs = max(len(config.slabs) - 1, 1)
    states = [said for said in happened if isinstance(said, State) and len(said.before) == slabs - 1]
    (*_, ended) = (said for said in happened if isinstance(said, Ended))
    measured = measures(config, spread)
    return {
        "parameters": trainer.parameters,
        "reason": ended.reason,
        "seconds": {"total": total, "processor": processor},
        "states": [_row(state) | {name: measure(state) for name, measure in measured.items()} for state in states],
    }


def _row(state: State) -> dict[str, float]:
    return {"step": state.step, "seconds": state.seconds, "processor": state.processor, "loss": state.loss}


@dataclass
class Clock:
    """Seconds of training, on the wall and of the processor, between readings; compilation does not count."""

    compiling: float = 0.0
    """Seconds spent on compilation since the clock was made."""

    def __post_init__(self) -> None:
        from jax import monitoring

        self._last = self._now()
        self._trained = np.zeros(2)
        monitoring.register_event_duration_secs_listener(self._take)

    def read(self) -> tuple[float, float]:
        """Seconds of training up to now; of the processor's, compilation takes its share of the time that passed."""
        now = self._now()
        (wall, processor, compiling), self._last = now - self._last, now
        share = 1 - min(compiling / wall, 1.0)
        self._trained += share * np.array([wall, processor])
        return float(self._trained[0]), float(self._trained[1])

    def _now(self) -> np.ndarray:
        return np.array([time.monotonic(), time.process_time(), self.compiling])

    def _take(self, event: str, duration_secs: float, **_: object) -> None:
        if event.startswith("/jax/core/compile/"):
            self.compiling += duration_secs


def _happened(trainer: "Trainer | March", clock: Clock) -> Iterator[Any]:
    """What is worth keeping of a training: its states, and how its stages ended."""
    from pinn.training import Ended, Saved

    limit = trainer.problem.config.document.training.max_seconds or float("inf")
    halt = lambda: "max_seconds" if time.monotonic() - STARTED > limit else None
    for event in trainer.run(None, halt):
        if isinstance(event, Saved):
            kept = event.snapshot
            before = tuple(slab.theta for slab in kept.slabs)
            yield State(kept.step, float(kept.report.loss), *clock.read(), kept.theta, before)
        elif isinstance(event, Ended):
            yield event


def measures(config: "Config", spread: str | None) -> dict[str, Measure]:
    """What is measured of a state, by name."""
    from pinn.cli.grids import product
    from pinn.expressions import Unknown

    if spread is not None:
        grid = np.array(product(spread, config.domain.coordinates, config.scope.axes))
        values = _values(config, grid, [Unknown(name) for name in config.unknowns])
        return {"spread": lambda state: float(np.ptp(values(state)))}
    found: dict[str, Measure] = {"loss": lambda state: state.loss}
    if known := _known(config):
        models, points, truths = known
        values = _values(config, points, [*models.values()])
        found["relative_l2"] = lambda state: float(np.max(_distances(values(state), truths)))
        if len(models) > 1:
            rows = {name: row for row, name in enumerate(models)}
            found |= {
                f"{n}.relative_l2": lambda s, row=r: float(_distances(values(s), truths)[row]) for n, r in rows.items()
            }
    if config.exact_numbers:
        numbers = _numbers(config)
        found["relative_error"] = lambda state: max(numbers(state).values())
        found |= {f"{n}.relative_error": lambda state, name=n: numbers(state)[name] for n in config.exact_numbers}
    return found


def _numbers(config: "Config") -> "Callable[[State], dict[str, float]]":
    """The relative errors of fitted parameters and of what is under `report`, by name."""
    from pinn import fields
    from pinn.quantities import Quantities

    constants, quantities = fields.constants(config), Quantities(config)

    def errors(state: State) -> dict[str, float]:
        model = _model(config, state.theta)
        known, asked = fields.FieldsOf.of(config, [model], constants), quantities.of(model)
        ours = {n: asked[n] if n in asked else float(known.parameter(n)[0]) for n in config.exact_numbers}
        return {name: abs(ours[name] / truth - 1) for name, truth in config.exact_numbers.items()}

    return errors


def _known(config: "Config") -> "tuple[Mapping[str, Expression], np.ndarray, np.ndarray] | None":
    """What is known by name, as an expression in the unknowns; points; the known values (rows) there, NaN elsewhere."""
    import jax

    from pinn import fields, sampling, schema, tables
    from pinn.evaluation import Solution
    from pinn.expressions import Unknown
    from pinn.geometry import Region, interior

    if config.exact:
        rule = schema.Sampling(kind="random", points=POINTS)
        drawn = sampling.sample(config.domain, Region((interior(),)), rule, None, [config.document.seed, "accuracy"])
        model = fields.initial(config, jax.numpy.asarray(config.document.seed))
        solution = Solution(config, model, slabs=(model,) * (len(config.slabs) - 2))
        truths = np.stack(solution.values([*config.exact.values()], drawn.points))
        models = {name: Unknown(name) for name in config.exact}
        for row, model in zip(truths, models.values(), strict=True):
            row[~sampling.lives(config.extents, model, drawn.points)] = np.nan
        return models, drawn.points, truths
    if config.reference is None:
        return None
    table = config.reference.table
    rows = tables.read(table.path, (*table.inputs, *table.values))
    return config.reference.models, rows[:, : len(table.inputs)], rows[:, len(table.inputs) :].T


def _values(config: "Config", points: np.ndarray, asked: "Sequence[Expression]") -> Callable[[State], np.ndarray]:
    """Expressions (rows) at points as a function of a state, compiled once."""
    import jax

    from pinn import fields
    from pinn.compiler import Site, evaluate, plan
    from pinn.evaluation import Solution

    demand, constants = plan(asked, config.ansatz), fields.constants(config)

    @jax.jit
    def every(theta: jax.Array, points: jax.Array) -> jax.Array:
        known = fields.FieldsOf.of(config, [_model(config, theta)], constants)
        return jax.vmap(lambda x: jax.numpy.stack([v.value for v in evaluate(asked, demand, known, Site(x))]))(points).T

    def stitched(state: State) -> np.ndarray:
        *before, last = (_model(config, jax.numpy.asarray(theta)) for theta in (*state.before, state.theta))
        return np.stack(Solution(config, last, slabs=tuple(before)).values(asked, points))

    return stitched if config.slabs else lambda state: np.asarray(every(state.theta, points))


def _model(config: "Config", theta: Any) -> Any:
    from pinn import fields

    return fields.unraveling(config)[1](theta)


def _distances(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """The relative L2 error of each row, where its true value is known."""
    known = np.isfinite(theirs)
    missed, size = np.where(known, ours - theirs, 0.0), np.where(known, theirs, 0.0)
    return np.linalg.norm(missed, axis=1) / np.linalg.norm(size, axis=1)


if __name__ == "__main__":
    sys.exit(main())
