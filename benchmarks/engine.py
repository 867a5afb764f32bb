"""Our derivatives against all that could be picked instead: `python benchmarks/engine.py [--quick] [--out FILE.json]`.

Nested reverse mode, forward over forward, `jax.experimental.jet`, folx and the way a run takes, on the same network and
points, in turns within one process. Tables go to stdout, one line for each row to stderr as it is done. The exit code
is 1 if methods disagree. Compile times are from nothing: the cache of compiled programs is off.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

import cells
import orders
import report
from cells import Cell, Mode

from pinn import runtime

TOLERANCE = {"float64": 1e-8, "float32": 1e-3}
"""Largest relative difference between methods."""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what was asked for; 0 if all methods agree."""
    options = _parser().parse_args(argv)
    options.threads = runtime.set_threads(options.threads)
    runtime.collect_seldom()
    runtime.keep_memory()
    runtime.set_compiler()
    prepare()
    if options.busy:
        import measure

        measure.clock = time.process_time
    chosen = cells.orders(*(options.widths or [])[:1]) if options.orders else _chosen(options)
    rows: list[dict[str, Any]] = []
    found = {"machine": _machine(options.threads), "settings": vars(options), "rows": rows}
    for row in _rows(chosen, options):
        rows.append(row)
        _save(found, options.out)
    if options.orders:
        found["orders"] = orders.fitted(rows)
        _save(found, options.out)
        print(orders.table(rows, found["orders"]))
    else:
        print(report.tables(rows))
    wrong = report.disagreements(rows)
    print("", *report.behind(rows), *(wrong or ["All methods agree."]), sep="\n")
    return 1 if wrong else 0


def _save(found: dict[str, Any], file: str | None) -> None:
    """Write what is known so far, so that a run that is cut short has not been in vain."""
    if file is not None:
        Path(file).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="engine.py", description="Benchmark of the derivative engine.")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="five operators on a tiny network")
    size.add_argument("--full", action="store_true", help="every cell and method that is feasible; takes days")
    size.add_argument("--orders", action="store_true", help="time against the order of a directional derivative")
    parser.add_argument("--operators", nargs="+", choices=list(cells.OPERATORS), help="only these")
    parser.add_argument("--dims", nargs="+", type=int, help="only these numbers of coordinates")
    parser.add_argument("--widths", nargs="+", type=int, help="only these widths; with --orders the one width")
    parser.add_argument("--points", nargs="+", type=int, help="only these numbers of points")
    parser.add_argument("--precisions", nargs="+", choices=cells.PRECISIONS, help="only these precisions")
    parser.add_argument("--modes", nargs="+", choices=cells.MODES, default=cells.MODES, help="only these modes")
    parser.add_argument("--threads", type=int, default=1, help="of XLA and BLAS (default 1)")
    parser.add_argument("--limit", type=float, default=10.0, metavar="S", help="skip what runs longer than this")
    parser.add_argument("--budget", type=float, default=3.0, metavar="S", help="timed runs of a row, all methods")
    timing = parser.add_mutually_exclusive_group()
    timing.add_argument("--busy", action="store_true", help="processor seconds, of one thread, on a busy machine")
    timing.add_argument("--plain", action="store_true", help="the others also in a process without a run's settings")
    parser.add_argument("--out", metavar="FILE.json", help="write everything there")
    return parser


def prepare() -> None:
    """What a run fixes, but without the cache of compiled programs; float32 is float32 on every device."""
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_enable_compilation_cache", False)
    jax.config.update("jax_default_matmul_precision", "highest")


def _machine(threads: int) -> dict[str, Any]:
    import jax

    device = jax.devices()[0]
    return {
        "platform": platform.platform(),
        "device": f"{device.platform}: {device.device_kind}",
        "cores": os.cpu_count(),
        "threads": threads,
        "load": os.getloadavg()[0],
        "versions": runtime.versions() | {"folx": metadata.version("folx")},
        "commit": runtime.git_commit(),
    }


def _chosen(options: argparse.Namespace) -> list[Cell]:
    table = cells.quick() if options.quick else cells.full() if options.full else cells.standard()
    wanted = {
        "name": options.operators,
        "dim": options.dims,
        "width": options.widths,
        "points": options.points,
        "precision": options.precisions,
    }
    chosen = [c for c in table if all(not said or getattr(c, key) in said for key, said in wanted.items())]
    if not chosen:
        raise SystemExit("no cell of this table has all of that; --full has every combination")
    return chosen


def _rows(chosen: Sequence[Cell], options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Every mode of every cell, each measured when it is asked for."""
    import plain
    from programs import Instance

    beside = plain.Process(full=options.full, seconds=options.limit) if options.plain else None
    for cell in chosen:
        instance = Instance.of(cell)
        for mode in ("gradient",) if options.orders else options.modes:
            row = _row(instance, mode, options, beside)
            print(report.line(row), file=sys.stderr, flush=True)
            yield row
    if beside is not None:
        beside.close()


def _row(instance: Any, mode: Mode, options: argparse.Namespace, beside: Any) -> dict[str, Any]:
    """One mode of a cell: all methods in turns, and the plan with its floor at the rate measured just before."""
    import measure
    import programs
    from baselines import BASELINES

    cell = instance.cell
    rate = measure.product_rate(cell.precision)
    made = {
        name: lambda name=name: programs.prepared(instance, name, mode, full=options.full)
        for name in ("ours", *BASELINES)
    }
    parties = [] if beside is None else [beside.party(cell, mode)]
    results = measure.compare(made, measure.Limits(options.limit, options.budget), *parties)
    if (compiling := results["ours"].compile_seconds) is not None:
        results["ours"].compile_seconds = compiling + instance.plan.seconds
    return {
        **{key: value for key, value in asdict(cell).items() if key not in ("name", "operator")},
        "operator": cell.name,
        "mode": mode,
        "tolerance": TOLERANCE[cell.precision],
        "plan": _plan(instance, mode, rate),
        "methods": {name: result.as_json() for name, result in results.items()},
        "plain": {name: result.as_json() for results, _ in parties for name, result in results.items()},
    }


def _plan(instance: Any, mode: Mode, rate: float) -> dict[str, float] | None:
    """The plan in numbers, or None where the package has none."""
    import programs

    if isinstance(instance.plan, str):
        return None
    work = programs.flops(instance.cell, instance.plan.coefficients, mode)
    return {
        "coefficients": instance.plan.coefficients,
        "seconds": instance.plan.seconds,
        "flops": work,
        "product_rate": rate,
        "floor_seconds": work / rate,
    }


if __name__ == "__main__":
    sys.exit(main())
