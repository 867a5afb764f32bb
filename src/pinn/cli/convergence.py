"""`pinn convergence`: a problem with one thing refined, and how fast the error falls with it."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pinn import runtime
from pinn.cli import console, options
from pinn.cli.session import Asked
from pinn.cli.train import load, obtain
from pinn.errors import ConfigError, RequestError, suggestion

if TYPE_CHECKING:
    from pinn.config import Config
    from pinn.evaluation import Solution
    from pinn.runs import Run

SHORT = {"points": "sampling.points", "width": "network.hidden"}
"""What may be said in a word; other words are paths as `-o` has them."""


DECLARING = ("parameters", "regions", "directions", "define")
"""Sections of names, of which `-o` makes new ones."""


def convergence(
    config: Annotated[str, typer.Argument(metavar="CONFIG", help="A YAML file.")],
    over: Annotated[
        str,
        typer.Option("--over", metavar="WHAT=A,B,…", help="points, width or any path that -o takes, with its values."),
    ],
    override: options.Overrides = None,
    runs: options.Runs = options.DEFAULT_RUNS,
    samples: Annotated[
        int, typer.Option("--samples", min=1, help="Fresh points on which all solutions are measured.")
    ] = 10_000,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Train a config for several values of one thing: a table of errors with observed orders."""
    what, members = _members(config, over, override or [])
    asked = Asked([], threads, quiet=True, json=False, answer=False)
    found = []
    for member in members:
        if not quiet:
            console.say(f"{what} = {member.value}")
        found.append(member.trained(runs, asked))
    runtime.set_threads(threads)
    runtime.prepare()
    rows = _rows(members, found, samples)
    console.answer_json({"over": what, "rows": rows}) if json else console.answer(_page(what, rows))


@dataclass(frozen=True)
class Member:
    """One of the configs that are compared, and the name of its run, which is kept for the next time."""

    value: str
    source: bytes
    config: "Config"
    name: str

    def trained(self, root: Path, asked: Asked) -> "Run":
        """Its run, trained if it is not yet."""
        from pinn import runs as directories

        obtain(self.source, self.config, root, self.name, self.name, asked)
        return directories.find(root, self.name)


def _members(path: str, over: str, overrides: Sequence[str]) -> tuple[str, list[Member]]:
    """What is refined and the configs with its values, all checked before the first is trained."""
    what, equals, values = (part.strip() for part in over.partition("="))
    words = [word.strip() for word in re.split(r",(?![^\[{]*[\]}])", values)]
    if not equals or not what or not all(words) or len(words) < 2:
        raise RequestError(f"--over '{over}' is not WHAT=A,B,…", "such as points=256,512,1024 or width=8,16,32")
    depth = len(load(path, overrides)[1].document.network.hidden) if what == "width" else 0
    members = []
    for word in words:
        value = f"[{', '.join([word] * depth)}]" if depth else word
        source, loaded = load(path, [*overrides, f"{SHORT.get(what, what)}={value}"])
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{Path(path).stem}-{what}-{word}").strip("-")
        members.append(Member(word, source, loaded, name))
    _check_used(path, overrides, what)
    return what, members


def _check_used(path: str, overrides: Sequence[str], what: str) -> None:
    """Refuse a name that the config is whole without: it would be added, and nothing would change with it."""
    section, _, rest = what.partition(".")
    name = rest.split(".")[0]
    if section not in DECLARING or not name:
        return
    try:
        there = getattr(load(path, overrides)[1].document, section)
    except ConfigError:  # it speaks of what is declared here
        return
    if name not in there:
        message = f"--over: there is no '{name}' under {section}" + (f", but {', '.join(there)}" if there else "")
        raise RequestError(
            message, suggestion(name, there) or "nothing would change with a name that nothing speaks of"
        )


def _rows(members: Sequence[Member], found: Sequence["Run"], samples: int) -> list[dict[str, Any]]:
    """A row for each member: its size and cost, its errors, and their orders between it and the one before."""
    from pinn import recording
    from pinn.runs import read_json

    solutions = [recording.read_solution(run) for run in found]
    rows: list[dict[str, Any]] = []
    for member, run, errors in zip(members, found, _errors(solutions, samples), strict=True):
        result = read_json(run.result)
        row = {"value": member.value, "run": str(run.path), "parameters": result["parameters"]}
        row |= {"steps": result["steps"], "loss": result["loss"], "errors": errors}
        before = rows[-1] if rows else None
        row["orders"] = {name: before and _order(before, member.value, name, e) for name, e in errors.items()}
        rows.append(row | {"seconds": result["seconds"]["train"]})
    return rows


def _errors(solutions: Sequence["Solution"], samples: int) -> list[dict[str, float]]:
    """Relative L2 errors by unknown; where nothing is known, relative differences to the last solution."""
    import numpy as np

    from pinn import accuracy, evaluation

    if solutions[0].config.exact or solutions[0].config.reference:
        reports = [evaluation.errors(solution, samples) for solution in solutions]
        return [{name: errors["relative_l2"] for name, errors in report.items()} for report in reports]
    points = accuracy.fresh_points(solutions[0].config, samples)
    values = [solution.ask([], points) for solution in solutions]
    last = values.pop()
    return [
        {name: float(np.linalg.norm(v[name] - last[name]) / (np.linalg.norm(last[name]) or 1.0)) for name in last}
        for v in values
    ] + [{}]


def _order(before: dict[str, Any], value: str, name: str, error: float) -> float | None:
    """p where the error falls like value^-p; None where the values are no numbers."""
    try:
        ratio = float(value) / float(before["value"])
        return math.log(before["errors"][name] / error) / math.log(ratio)
    except (ValueError, ZeroDivisionError):
        return None


def _page(what: str, rows: Sequence[dict[str, Any]]) -> str:
    names = list(rows[0]["errors"])
    heads = [what, "parameters", "steps", "loss", *(h for n in names for h in (f"{n} error", "order")), "seconds"]
    table = []
    for row in rows:
        cells = [row["value"], str(row["parameters"]), str(row["steps"]), console.number(row["loss"])]
        for name in names:
            order = row["orders"].get(name)
            cells += [console.number(row["errors"].get(name), 3), "-" if order is None else f"{order:.1f}"]
        table.append([*cells, f"{row['seconds']:.1f}"])
    return console.table(heads, table)
