"""`pinn ls`: the runs, how they stand, and why they stopped."""

from typing import Annotated

import typer

from pinn.cli import console, options
from pinn.runs import Run, Status, every
from pinn.runs.status import State


def ls(
    runs: options.Runs = options.DEFAULT_RUNS,
    status: Annotated[State | None, typer.Option("--status", help="Only runs in this state.")] = None,
    json: options.Json = False,
) -> None:
    """List runs, oldest first."""
    found = [(run, run.status()) for run in every(runs)]
    chosen = [(run, stands) for run, stands in found if status in (None, stands.state)]
    if json:
        console.answer_json({"runs": [_facts(run, stands) for run, stands in chosen]})
    elif chosen:
        rows = [_row(run, stands) for run, stands in chosen]
        console.answer(console.table(["run", "status", "step", "loss", "reason"], rows))
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


def _row(run: Run, stands: Status) -> list[str]:
    step = "-" if stands.step is None else str(stands.step)
    return [run.name, stands.state, step, console.number(stands.loss), _short(stands.reason)]


def _short(text: str, most: int = 60) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"
