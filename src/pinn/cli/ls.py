"""`pinn ls`: the runs, how they stand, and why they stopped."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from pinn.cli import console, options
from pinn.errors import StorageError
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
    import yaml

    config = _whole(lambda: yaml.safe_load(run.resolved.read_text(encoding="utf-8")))
    config = {key: value for key, value in config.items() if key != "report"}  # formulas, not what they came to
    return {path: _at(config, path.split(".")) if value is None else value for path, value in found.items()}


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
