"""Compile programs, check that they agree, and time them against each other in turns."""

import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np
from baselines import Inapplicable

clock: Callable[[], float] = time.perf_counter
"""What times are read from; `time.process_time` where others keep the machine busy and there is one thread."""

Run = Callable[[], Any]
Factory = Callable[[], tuple[Callable[..., Any], tuple[Any, ...]]]
"""Makes a program and its arguments, or raises `Inapplicable`."""


@dataclass(frozen=True)
class Limits:
    """How much one program may take; what takes more is skipped."""

    seconds: float
    """One run of a program."""
    budget: float
    """All timed runs of a row together, though each method runs `least` times."""
    least: int = 5
    most: int = 200


@dataclass
class Result:
    """What was found out about one method; `skipped` says why it was not timed, or is None."""

    skipped: str | None = None
    compile_seconds: float | None = None
    products: int | None = None
    """Matrix products in the program."""
    memory: int | None = None
    """Bytes of temporary storage, by XLA's account."""
    difference: float | None = None
    """Largest relative difference from the first method's numbers."""
    times: list[float] = field(default_factory=list)

    @property
    def seconds(self) -> float | None:
        """The median of all runs."""
        return statistics.median(self.times) if self.times else None

    def as_json(self) -> dict[str, object]:
        if self.skipped is not None:
            return {"skipped": self.skipped, "compile_seconds": self.compile_seconds, "memory": self.memory}
        low, middle, high = statistics.quantiles(self.times, n=4, method="inclusive")
        return {
            "seconds": middle,
            "quartiles": [low, high],
            "runs": len(self.times),
            "compile_seconds": self.compile_seconds,
            "products": self.products,
            "memory": self.memory,
            "difference": self.difference,
        }


Party = tuple[Mapping[str, Result], Callable[[], Mapping[str, float]]]
"""What is known of some programs by name, and a function that runs each once for its seconds."""


def compare(factories: Mapping[str, Factory], limits: Limits, *others: Party) -> dict[str, Result]:
    """Prepare every program, then time them in turns, with others if there are any."""
    results, running = prepared(factories, limits)
    _in_turns([(results, lambda: times(running)), *others], limits)
    return results


def prepared(factories: Mapping[str, Factory], limits: Limits) -> tuple[dict[str, Result], dict[str, Run]]:
    """Compile every program, and run each once to compare the numbers with the first's; those that can be timed."""
    results: dict[str, Result] = {}
    running: dict[str, Run] = {}
    truth = None
    for name, factory in factories.items():
        result = results[name] = Result()
        try:
            run = _compiled(factory, result)
            output = _first(run, limits)
        except (Inapplicable, jax.errors.JaxRuntimeError) as reason:
            result.skipped = str(reason).partition("\n")[0]
            continue
        truth = output if truth is None else truth
        result.difference = difference(output, truth)
        running[name] = run
    return results, running


def times(running: Mapping[str, Run]) -> dict[str, float]:
    """One run of every program."""
    return {name: _timed(run) for name, run in running.items()}


def product_rate(precision: str) -> float:
    """Floating-point operations per second of a large square matrix product, the best of a few."""
    size = 1024 if jax.default_backend() == "cpu" else 8192
    matrix = jax.device_put(np.random.default_rng(0).normal(size=(size, size)).astype(precision))
    product = jax.jit(lambda a: a @ a).lower(matrix).compile()
    return 2.0 * size**3 / min(_timed(lambda: product(matrix)) for _ in range(6))


def difference(found: Any, truth: Any) -> float:
    """The largest difference in any array, over that array's largest number; by NumPy, which compiles nothing.

    Only the rows that both have count: ours may end with rows of zeros that fill up a block of points.
    """
    pairs = zip(jax.tree.leaves(jax.device_get(found)), jax.tree.leaves(jax.device_get(truth)), strict=True)
    return float(np.max([_relative(np.atleast_1d(a), np.atleast_1d(b)) for a, b in pairs]))


def _relative(found: np.ndarray, truth: np.ndarray) -> float:
    rows = min(len(found), len(truth))
    return np.max(np.abs(found[:rows] - truth[:rows])) / np.max(np.abs(truth[:rows]))


def _compiled(factory: Factory, result: Result) -> Run:
    """Trace and compile from nothing; raises `Inapplicable` if there is no program or it needs too much memory.

    Programs take bare arrays: Python's time to find those of a run's arguments, which a run spends once a step, is a
    tenth of that of the smallest programs.
    """
    function, arguments = factory()
    arrays, structure = jax.tree.flatten(arguments)
    jax.clear_caches()
    start = clock()
    lowered = jax.jit(lambda *arrays: function(*jax.tree.unflatten(structure, arrays))).lower(*arrays)
    compiled = lowered.compile()
    result.compile_seconds = clock() - start
    result.products = lowered.as_text().count("stablehlo.dot_general")
    if (analysis := compiled.memory_analysis()) is not None:
        result.memory = analysis.temp_size_in_bytes
        needed = analysis.temp_size_in_bytes + 2 * analysis.output_size_in_bytes
        if needed > _memory():
            raise Inapplicable(f"{needed / 1e9:.1f} GB")
    return lambda: compiled(*arrays)


def _first(run: Run, limits: Limits) -> Any:
    """What a program gives; raises `Inapplicable` if it takes too long."""
    start = time.perf_counter()
    output = jax.block_until_ready(run())
    if time.perf_counter() - start > limits.seconds:
        raise Inapplicable(f"> {limits.seconds:g} s")
    return output


def _in_turns(parties: Sequence[Party], limits: Limits) -> None:
    """Times of all programs, one run of each in a round, so that a busy moment of the machine meets them all."""
    start = time.perf_counter()
    for turn in range(limits.most):
        if turn >= limits.least and time.perf_counter() - start > limits.budget:
            break
        for results, once in parties:
            for name, seconds in once().items():
                results[name].times.append(seconds)


def _timed(run: Run) -> float:
    start = clock()
    jax.block_until_ready(run())
    return clock() - start


def _memory() -> float:
    """Bytes that one program may use: half of the device's, or of the machine's."""
    stats = jax.devices()[0].memory_stats() or {}
    return 0.5 * (stats.get("bytes_limit") or os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
