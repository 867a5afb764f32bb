"""`pinn eval`: what a run is worth, or its values wherever they are wanted."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pinn import runtime
from pinn.cli import console, doubts, grids, options, outside
from pinn.cli.requirements import judge, requirements
from pinn.errors import RequestError, StorageError

if TYPE_CHECKING:
    import numpy as np

    from pinn.evaluation import Report, Solution
    from pinn.runs import Run


def evaluate(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A path, a unique prefix of a name, or 'latest'.")],
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="POINTS", help='Values at points: "x=0,0.5,1; y=1"; a:b:N is a range.'),
    ] = None,
    grid: Annotated[
        str | None, typer.Option("--grid", metavar="AXES", help='Values on a grid: "x=0:1:101; y=0:1:101".')
    ] = None,
    points: Annotated[
        Path | None,
        typer.Option("--points", metavar="FILE", help="Values at the points of a CSV or NPZ file."),
    ] = None,
    expr: Annotated[
        list[str] | None,
        typer.Option(
            "--expr",
            metavar="E",
            help="Evaluate this, not the unknowns; without points a number; repeatable.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write values to a .csv or .npz file.")
    ] = None,
    samples: Annotated[
        int | None, typer.Option("--samples", min=1, help="Interior points for residuals and errors.")
    ] = None,
    runs: options.Runs = options.DEFAULT_RUNS,
    require: options.Require = None,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Measure a run on fresh points, or evaluate it at chosen ones."""
    from pinn import runs as directories

    places = [option for option in (at, grid, points) if option is not None]
    if len(places) > 1:
        raise RequestError("--at, --grid and --points exclude each other")
    if out is not None and out.suffix not in (".csv", ".npz"):
        raise RequestError(f"{out} is neither .csv nor .npz")
    if out is not None and not (places or expr):
        raise RequestError("--out needs points", 'give --at "…", --grid "…" or --points FILE')
    found = directories.find(runs, run)
    runtime.set_threads(threads)
    runtime.prepare()
    from pinn import recording

    solution = recording.read_solution(found)
    if places or expr:
        _values(found, solution, _points(solution, at, grid, points), expr or [], out, quiet, json)
    else:
        _measure(found, solution, samples, require or [], quiet, json)


def _measure(
    run: "Run", solution: "Solution", samples: int | None, require: list[str], quiet: bool, json: bool
) -> None:
    from pinn import evaluation, problems, recording

    required = requirements(require, solution.config)
    report = evaluation.report(
        problems.build(solution.config), solution.model, samples, solution.earlier, solution.slabs
    )
    status, steps = run.status(), recording.solution_step(run)
    said = [*doubts.doubts(report, solution.config), *doubts.of_run(run)]
    if json:
        console.answer_json(
            {
                "run": str(run.path),
                "steps": steps,
                "loss": report.loss,
                "terms": report.terms,
                "errors": report.errors,
                "parameters": report.parameters,
                "report": report.quantities,
                "points": report.points,
                "status": status.state,
                "warnings": said,
            }
        )
    else:
        console.answer(_page(report))
        if not quiet:
            console.say(f"{run.path}: {status.state}, step {steps}; measured on {report.points} {_kind(solution)}")
            outside.warn_rows(solution.config)
    for doubt in () if quiet else said:
        console.say(f"warning: {doubt}")
    judge(required, report)


def _kind(solution: "Solution") -> str:
    """What the points of a measurement are: of a cloud those that were held out."""
    from pinn.geometry import Cloud

    domain = solution.config.domain
    if not isinstance(domain, Cloud):
        return "fresh points"
    return "points that were held out" if domain.inside.left else "points, those of training, for none are held out"


def _page(report: "Report") -> str:
    rows = [["loss", "value", f"{report.loss:.6e}"]]
    for section in (report.terms, report.errors, report.parameters, report.quantities):
        rows += [[name, key, f"{value:.6e}"] for name, numbers in section.items() for key, value in numbers.items()]
    return console.table(["of", "what", "number"], rows)


def _values(
    run: "Run",
    solution: "Solution",
    points: "np.ndarray | None",
    expr: list[str],
    out: Path | None,
    quiet: bool,
    json: bool,
) -> None:
    names = solution.config.domain.coordinates
    columns = solution.ask(expr, points)
    if points is not None:
        outside.warn(solution.config.domain, points)
        columns = {name: points[:, i] for i, name in enumerate(names)} | columns
    said = doubts.of_run(run)
    if out is not None and points is not None and out.suffix == ".npz":
        whole = {name: points[:, list(places)] for name, places in solution.config.domain.vectors.items()}
        within = {names[i] for places in solution.config.domain.vectors.values() for i in places}
        columns = whole | {name: column for name, column in columns.items() if name not in within}
    if out is not None:
        _write(out, columns)
    if json:
        facts = {"run": str(run.path), "status": run.status().state, "warnings": said}
        console.answer_json(facts | (_rows(columns) if out is None else {"out": str(out)}))
    elif out is not None:
        console.answer(str(out))
    else:
        rows = [[f"{v:.12g}" for v in row] for row in zip(*columns.values(), strict=True)]
        console.answer(console.table(list(columns), rows))
    for doubt in () if quiet else said:
        console.say(f"warning: {doubt}")


def _rows(columns: Mapping[str, "np.ndarray"]) -> dict[str, list[dict[str, float]]]:
    """The values as JSON has them, point by point."""
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    return {"values": [dict(zip(columns, row, strict=True)) for row in rows]}


def _points(solution: "Solution", at: str | None, grid: str | None, file: Path | None) -> "np.ndarray | None":
    """The points that are asked for, in the domain's order of coordinates, or None."""
    import numpy as np

    names, axes = solution.config.domain.coordinates, solution.config.scope.axes
    if file is not None:
        from pinn import tables

        return tables.read(file, names)
    if at is not None:
        return np.array(grids.points(at, names, axes))
    return None if grid is None else np.array(grids.product(grid, names, axes))


def _write(path: Path, columns: dict[str, Any]) -> None:
    import csv

    import numpy as np

    try:
        if path.suffix == ".npz":
            np.savez(path, **columns)
            return
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(columns)
            writer.writerows(zip(*(np.asarray(c).tolist() for c in columns.values()), strict=True))
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror}") from None
