"""`pinn init`: a shipped problem becomes a file of the user's."""

import shlex
import shutil
from pathlib import Path
from typing import Annotated

import typer

from pinn import shipped
from pinn.cli import console
from pinn.errors import RequestError, StorageError


def init(
    problem: Annotated[str | None, typer.Argument(metavar="[PROBLEM]", help="Left out: list the problems.")] = None,
    out: Annotated[str | None, typer.Option("--out", metavar="FILE", help="Where to write; '-' is stdout.")] = None,
) -> None:
    """Write a shipped problem as a config of your own."""
    if problem is None:
        console.answer("\n".join(shipped.names()))
        return
    source = shipped.find(problem)
    if out == "-":
        console.answer(source.read_text(encoding="utf-8"))
        return
    target = Path(out or f"{problem}.yaml")
    _copy(source, target)
    console.answer(str(target))
    console.say(f"next: pinn train {shlex.quote(str(target))}")


def _copy(source: Path, target: Path) -> None:
    """Copy a config and the files it names; never overwrite."""
    from pinn import config
    from pinn.config import resolve

    named = resolve.file_names(config.load(source).document)
    pairs = [(source, target), *((source.parent / name, target.parent / name) for name in named)]
    for origin, place in pairs:
        if place.exists() and (origin == source or place.read_bytes() != origin.read_bytes()):
            raise RequestError(f"{place} exists already", "choose another name with --out")
    try:
        for origin, place in pairs:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(origin, place)
    except OSError as error:
        raise StorageError(f"cannot write {error.filename}: {error.strerror}") from None
