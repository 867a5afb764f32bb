"""`pinn train`: a config becomes a run."""

import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pinn import runtime
from pinn.cli import console, options, outside
from pinn.cli.interruption import Interruption
from pinn.cli.requirements import requirements
from pinn.cli.resume import go_on, repeat
from pinn.cli.session import Asked, Session
from pinn.errors import RequestError

if TYPE_CHECKING:
    from pinn.config import Config
    from pinn.recording import Warm
    from pinn.runs import Run

LEFT_OUT = "left out"
"""What a value is that a config does not have."""

FEW = 6
"""So many differences between two configs are told."""


def train(
    config: Annotated[str, typer.Argument(metavar="CONFIG", help="A YAML file; '-' is stdin.")],
    override: options.Overrides = None,
    runs: options.Runs = options.DEFAULT_RUNS,
    name: Annotated[
        str | None, typer.Option("--name", help="A name for the run: skipped if finished, resumed if not.")
    ] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="RUN", help="Begin with the trained numbers of this run.")
    ] = None,
    require: options.Require = None,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Train a config and print the path of its run."""
    asked = Asked(require or [], threads, quiet, json)
    source, loaded = load(config, override or [])
    for warning in () if quiet else loaded.warnings:
        console.say(warning.render())
    requirements(asked.require, loaded)
    origin = None if from_ is None else _origin(runs, from_)
    obtain(source, loaded, runs, "stdin" if config == "-" else Path(config).stem, name, asked, origin)


def obtain(
    source: bytes,
    loaded: "Config",
    root: Path,
    stem: str,
    name: str | None,
    asked: Asked,
    origin: "Run | None" = None,
) -> None:
    """Train a config in a new run, or that of a name: skipped if finished, resumed if not.

    A new run begins with the trained numbers of `origin`.
    """
    from pinn import runs as directories

    existing = None if name is None else directories.open_named(root, name)
    with runtime.counted():
        if existing is not None and existing.digest is not None:
            _continue(existing, loaded, asked, origin)
        else:
            make = lambda digest: existing or directories.create(root, stem, digest, name)
            _begin(source, loaded, asked, make, origin)


def named(path: str | Path) -> str:
    """What a config is called in all that is said of it."""
    return "<stdin>" if str(path) == "-" else str(path)


def load(path: str, assignments: Sequence[str]) -> tuple[bytes, "Config"]:
    """The source, read once (it may be a pipe), and the config in it."""
    from pinn import config

    if path == "-":
        source = sys.stdin.buffer.read()
        return source, config.parse(source, named(path), Path(), assignments)
    try:
        source = Path(path).read_bytes()
    except OSError as error:
        raise RequestError(f"cannot read {path}: {error.strerror}") from None
    return source, config.parse(source, path, Path(path).parent, assignments)


def _origin(root: Path, text: str) -> "Run":
    """The run that another one is to begin with; raises `RequestError` if it has nothing to begin with."""
    from pinn import runs as directories

    found = directories.find(root, text)
    if not found.solution.exists():
        raise RequestError(f"--from: {found.path} has no solution yet", f"pinn resume {found.path}")
    return found


def _begin(source: bytes, loaded: "Config", asked: Asked, create: Callable[[str], "Run"], origin: "Run | None") -> None:
    """Make the run, once its data are known to be sound, and train it."""
    from pinn import runs as directories
    from pinn.config import resolve

    threads = runtime.set_threads(asked.threads)
    runtime.prepare()
    from pinn import problems, recording

    problem = problems.build(loaded)
    if not asked.quiet:
        outside.warn_rows(loaded)
    warm = None if origin is None else recording.Warm.of(origin, recording.read_solution(origin), loaded)
    if warm is None:
        warm = _guessed(loaded, asked)
    with Interruption().listening() as interruption:
        run = create(resolve.digest(loaded))
        with directories.locked(run):
            recording.begin(loaded, source, run, threads, sys.argv, warm)
            if origin is not None and not asked.quiet:
                console.say(f"{run.path} begins with the trained numbers of {origin.path}")
            Session(run, asked, interruption).train(problem, recording.Start(first=warm and warm.first))


def _guessed(loaded: "Config", asked: Asked) -> "Warm | None":
    """What a config begins with that has a guess, or data and parameters to be found."""
    from pinn import recording
    from pinn.config import guesses
    from pinn.training import guess

    if not guesses.first_terms(loaded):
        return None
    first, gap = guess.fitted(loaded)
    if not asked.quiet:
        met = f"the guess, which the networks meet to {gap:.1e} of its size"
        console.say(f"begins with {met if loaded.guess else 'networks that were fitted to the data'}")
    return recording.Warm(first)


def _continue(run: "Run", loaded: "Config", asked: Asked, origin: "Run | None") -> None:
    """A run of this name exists: skip it if finished, go on if not, refuse if it is another problem."""
    from pinn.config import resolve

    if run.digest != resolve.digest(loaded):
        differences = _differences(run, loaded)
        said = "; ".join(_said(differences))
        message = f"{run.path} was made from another config: {said or 'a file that it names has changed'}"
        values = {key: "null" if here == LEFT_OUT else here for key, (_, here) in differences.items()}
        changes = [f"{key}={value}" for key, value in values.items()]
        command = " ".join([f"pinn resume {run.path}", *(f"-o {change}" for change in changes)])
        resuming = f", or go on with it by {command}" if _is_resumable(changes) else ""
        raise RequestError(message, f"choose another --name{resuming}")
    _check_origin(run, origin)
    if run.status().state == "finished":
        repeat(run, asked)
    else:
        go_on(run, [], asked)


def _is_resumable(changes: Sequence[str]) -> bool:
    """Whether a run can go on with these changes."""
    from pinn import recording

    try:
        recording.check_alterations(changes)
    except RequestError:
        return False
    return bool(changes)


def _check_origin(run: "Run", origin: "Run | None") -> None:
    """Refuse a run of this name that began with other numbers."""
    from pinn.runs import sha256_of_file

    said = run.read_meta().get("from")
    if (said and said["sha256"]) == (origin and sha256_of_file(origin.solution)):
        return
    there = f"with the solution {said['path']}" if said else "with freshly drawn numbers"
    here = f"with another one, that of {origin.path}" if origin else "without --from"
    hint = f"choose another --name, or pinn resume {run.path}"
    raise RequestError(f"{run.path} began {there}, and this is {here}", hint)


def _said(differences: dict[str, tuple[object, object]]) -> Iterator[str]:
    """The first differences, each in words, and how many more there are."""
    for key, (there, here) in islice(differences.items(), FEW):
        yield f"{key} is {there} there and {here} here"
    if len(differences) > FEW:
        yield f"and {len(differences) - FEW} more"


def _differences(run: "Run", loaded: "Config") -> dict[str, tuple[object, object]]:
    """The values there and here in which the config of a run is another than this one, by path."""
    from pinn import config
    from pinn.config import resolve

    places = {Path(name): record["path"] for name, record in run.read_meta().get("inputs", {}).items()}
    there = dict(_leaves(resolve.plain(config.load(run.resolved))))
    here = dict(_leaves(resolve.plain(loaded, places)))
    keys = [key for key in {**there, **here} if there.get(key) != here.get(key)]
    return {key: (there.get(key, LEFT_OUT), here.get(key, LEFT_OUT)) for key in keys}


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, object]]:
    """Every single value of a config, with its path as `-o` has it."""
    match value:
        case dict() if value:
            parts = value.items()
        case list() if value:
            parts = enumerate(value)
        case _:
            yield ".".join(path), value
            return
    for key, part in parts:
        yield from _leaves(part, (*path, str(key)))
