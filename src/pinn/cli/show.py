"""`pinn show`: one run, or one config with its defaults, in full."""

from pathlib import Path
from typing import Annotated

import typer

from pinn.cli import console, options

MADE = ("started", "from", "fitted_first", "threads", "device", "precision", "seed", "argv", "versions", "git")
"""What is told of how a run was made."""


def show(
    target: Annotated[str, typer.Argument(metavar="RUN|CONFIG", help="A run (path, prefix, 'latest') or a YAML file.")],
    runs: options.Runs = options.DEFAULT_RUNS,
    override: options.Overrides = None,
    path: Annotated[bool, typer.Option("--path", help="Print only the run's path.")] = False,
    json: options.Json = False,
) -> None:
    """Show a run's status, result and config, or a config as it is resolved."""
    from pinn import config
    from pinn.config import resolve

    if Path(target).is_file():
        loaded = config.load(Path(target), override or [])
        console.answer_json(resolve.plain(loaded)) if json else console.answer(resolve.text(loaded))
        return
    _show_run(target, runs, path, json)


def _show_run(target: str, root: Path, path: bool, json: bool) -> None:
    from pinn import runs as directories

    run = directories.find(root, target)
    if path:
        console.answer(str(run.path))
        return
    status = run.status()
    facts = {
        "run": str(run.path),
        "status": status.state,
        "step": status.step,
        "loss": status.loss,
        "reason": status.reason,
    }
    if run.result.exists():
        facts |= {k: v for k, v in directories.read_json(run.result).items() if k not in ("run", "sha256")}
        facts["status"] = status.state
    meta = run.read_meta()
    facts |= {key: meta[key] for key in MADE if key in meta}
    if json:
        console.answer_json(facts)
        return
    lines = [f"{key}: {value}" for key, value in facts.items() if value not in (None, {}, [])]
    console.answer("\n".join(lines) + "\n\n" + run.config.read_text(encoding="utf-8"))
