"""`pinn resume`: a run goes on where it stopped, bit for bit."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pinn import runtime
from pinn.cli import console, options
from pinn.cli.interruption import Interruption
from pinn.cli.requirements import measure, requirements
from pinn.cli.session import Asked, Session

if TYPE_CHECKING:
    from pinn.recording import Start
    from pinn.runs import Run


def resume(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A path, a unique prefix of a name, or 'latest'.")],
    override: options.Overrides = None,
    runs: options.Runs = options.DEFAULT_RUNS,
    require: options.Require = None,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Go on with a run; only `training.*` and the limits of stages may change."""
    from pinn import runs as directories

    found = directories.find(runs, run)
    asked = Asked(require or [], threads, quiet, json)
    with runtime.counted():
        if found.status().state == "finished" and not override:
            repeat(found, asked)
        else:
            go_on(found, override or [], asked)


def go_on(run: "Run", assignments: Sequence[str], asked: Asked) -> None:
    """Resume a run, with the threads that it began with unless others are asked for."""
    from pinn import runs as directories

    with directories.locked(run):
        threads = runtime.set_threads(asked.threads or _threads(run))
        runtime.prepare()
        from pinn import problems, recording

        with Interruption().listening() as interruption:
            recording.check_alterations(assignments)
            config = recording.read_config(run, assignments)
            requirements(asked.require, config)
            start = recording.read_start(run)
            if assignments:
                recording.check_steps(run, config, start)
                recording.store_alterations(run, config)
            if not asked.quiet:
                _announce(run, start, threads)
            Session(run, asked, interruption).train(problems.build(config), start)


def repeat(run: "Run", asked: Asked) -> None:
    """Say again what a finished run has said; measure it if something is required of it."""
    from pinn.runs import read_json

    _mend(run, asked)
    required = []
    if asked.require:
        runtime.set_threads(asked.threads or _threads(run))
        runtime.prepare()
        from pinn import recording

        required = requirements(asked.require, recording.read_config(run))
    if not asked.quiet:
        console.say(f"{run.path} is finished: {run.status().reason}")
    if asked.json:
        console.answer_json(read_json(run.result) | {"run": str(run.path)})
    elif asked.answer:
        console.answer(str(run.path))
    measure(run, required)


def _mend(run: "Run", asked: Asked) -> None:
    """Store the solution of a finished run anew from a checkpoint, where it is gone or damaged."""
    from pinn.runs import locked
    from pinn.runs.sealed import is_whole

    if is_whole(run.solution):
        return
    there = run.solution.exists()
    with locked(run):
        runtime.set_threads(asked.threads or _threads(run))
        runtime.prepare()
        from pinn import recording

        start = recording.mend_solution(run)
    assert start.snapshot is not None
    if not asked.quiet:
        fault = "damaged" if there else "gone"
        console.say(f"{run.solution} was {fault}, and is stored anew from the checkpoint at step {start.snapshot.step}")


def _threads(run: "Run") -> int | None:
    return run.read_meta().get("threads")


def _announce(run: "Run", start: "Start", threads: int) -> None:
    """Say where the run goes on, and what is not as it was and may change the bits."""
    for path in start.damaged:
        console.say(f"warning: {path} is damaged; the checkpoint before it is used")
    where = (
        "from the beginning: it has no checkpoint yet" if start.snapshot is None else f"at step {start.snapshot.step}"
    )
    console.say(f"{run.path} goes on {where}")
    meta, now = run.read_meta(), runtime.versions()
    changed = [f"{name} {was} → {now.get(name)}" for name, was in meta["versions"].items() if now.get(name) != was]
    if threads != meta["threads"]:
        changed.append(f"threads {meta['threads']} → {threads}")
    if changed:
        console.say(f"warning: the bits may differ from an undisturbed run: {', '.join(changed)}")
