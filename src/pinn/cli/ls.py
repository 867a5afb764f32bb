"""`pinn ls`: the runs, how they stand, and why they stopped."""

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any

import typer

from pinn.cli import console, options
from pinn.errors import StorageError, suggestion
from pinn.runs import Run, Status, every, read_json
from pinn.runs.status import State

CHECKED = "validation"
"""The loss on independent points, in a result."""


def ls(
    runs: options.Runs = options.DEFAULT_RUNS,
    status: Annotated[State | None, typer.Option("--status", help="Only runs in this state.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="PATH", help="One more column, of the result or the config; repeatable."),
    ] = None,
    json: options.Json = False,
) -> None:
    """List runs, oldest first."""
    found = [(run, run.status()) for run in every(runs)]
    chosen = [(run, stands) for run, stands in found if status in (None, stands.state)]
    asked = [_asked(run, [CHECKED, *(column or ())]) for run, _ in chosen]
    _warn_empty([run for run, _ in chosen], asked, column or ())
    if json:
        rows = [_facts(run, stands) | more for (run, stands), more in zip(chosen, asked, strict=True)]
        console.answer_json({"runs": rows})
    elif chosen:
        rows = [_row(run, stands, more) for (run, stands), more in zip(chosen, asked, strict=True)]
        console.answer(console.table(["run", "status", "step", "loss", CHECKED, *(column or ()), "reason"], rows))
    else:
        console.say(f"no runs in {runs}" if status is None else f"no {status} runs in {runs}")


def _facts(run: Run, stands: Status) -> dict[str, object]:
    return {
        "run": str(run.path),
        "status": stands.state,
        "step": stands.step,
        "loss": stands.loss,
        "reason": stands.reason,
        "updated": stands.updated,
    }


def _row(run: Run, stands: Status, more: dict[str, object]) -> list[str]:
    step = "-" if stands.step is None else str(stands.step)
    checked, *others = more.values()
    losses = [console.number(number if isinstance(number, float) else None) for number in (stands.loss, checked)]
    return [run.name, stands.state, step, *losses, *map(_shown, others), _short(stands.reason)]


def _asked(run: Run, paths: list[str]) -> dict[str, object]:
    """What stands in a run's result, else in its config, at paths of keys with dots; None where nothing does."""
    result = _whole(lambda: read_json(run.result))
    found = {path: _at(result, path.split(".")) for path in paths}
    if all(value is not None for path, value in found.items() if path != CHECKED):
        return found
    config = _config(run)
    return {path: _at(config, path.split(".")) if value is None else value for path, value in found.items()}


def _config(run: Run) -> dict[str, Any]:
    import yaml

    found = _whole(lambda: yaml.safe_load(run.resolved.read_text(encoding="utf-8")))
    return {key: value for key, value in found.items() if key != "report"}  # formulas, not what they came to


def _warn_empty(runs: Sequence[Run], asked: Sequence[dict[str, object]], columns: Sequence[str]) -> None:
    """Say which columns no run has a value for, and what they were probably meant to be."""
    empty = [column for column in columns if asked and all(row[column] is None for row in asked)]
    if not empty:
        return
    held = (part for run in runs for part in (_whole(lambda run=run: read_json(run.result)), _config(run)))
    known = list(dict.fromkeys(path for part in held for path in _paths(part)))
    for column in empty:
        same = [path for path in known if path.endswith(f".{column}")]
        hint = f"there is {', '.join(same[:3])}" if same else suggestion(column, known)
        hint = hint or "pinn show RUN --json has the keys of its result, pinn show RUN those of its config"
        console.say(f"warning: no run has a value for the column '{column}'; {hint}")


def _paths(place: Any) -> Iterator[str]:
    """The paths of all single values, as a column has them."""
    if isinstance(place, list):
        place = {item.get("name", str(i)) if isinstance(item, dict) else str(i): item for i, item in enumerate(place)}
    for key, below in place.items():
        if isinstance(below, dict | list):
            yield from (f"{key}.{path}" for path in _paths(below))
        else:
            yield key


def _whole(read: Callable[[], Any]) -> dict[str, Any]:
    """What a file holds; nothing if it is not there yet or damaged, of which `status` tells."""
    from yaml import YAMLError

    try:
        found = read()
    except (OSError, StorageError, ValueError, YAMLError):
        return {}
    return found if isinstance(found, dict) else {}


def _at(place: Any, keys: list[str]) -> Any:
    """The value under keys, which may be numbers from 0 and names of terms in lists; None where there is none."""
    for key in keys:
        if isinstance(place, list):
            names = [item.get("name", f"term_{i}") for i, item in enumerate(place, 1) if isinstance(item, dict)]
            number = names.index(key) if key in names else int(key) if key.isdecimal() else len(place)
            place = place[number] if number < len(place) else None
        else:
            place = place.get(key) if isinstance(place, dict) else None
    return place


def _shown(value: object) -> str:
    """A value in a table: numbers short, lists as they are written, nothing as a dash."""
    if value is None:
        return "-"
    return f"{value:.6g}" if isinstance(value, float) else _short(str(value), 24)


def _short(text: str, most: int = 60) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"
