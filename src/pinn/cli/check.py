"""`pinn check`: everything that is wrong with a config, before anything runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pinn.cli import console, options, outside
from pinn.cli.train import load, named
from pinn.errors import RequestError

if TYPE_CHECKING:
    from pinn.config import Config


def check(
    configs: Annotated[list[Path], typer.Argument(metavar="CONFIG…", help="YAML files; '-' is stdin.")],
    override: options.Overrides = None,
    deep: Annotated[
        bool,
        typer.Option("--deep", help="Also build everything abstractly: derivative plan, parameters, memory."),
    ] = False,
    json: options.Json = False,
) -> None:
    """Say everything that is wrong with configs; exit with 2 if anything is."""
    pages: list[dict[str, Any]] = []
    wrong = False
    for path in configs:
        page: dict[str, Any] = {"config": named(path)}
        try:
            page |= _examine(path, override or [], deep, json)
        except RequestError as error:
            wrong = True
            page |= {"ok": False, "diagnostics": [d.as_json() for d in error.diagnostics]}
            if not json:
                console.say(error.render())
        pages.append(page)
    if json:
        console.answer_json(pages[0] if len(pages) == 1 else {"configs": pages})
    if wrong:
        raise typer.Exit(2)


def _examine(path: Path, assignments: list[str], deep: bool, json: bool) -> dict[str, Any]:
    from pinn.config import summary

    _, loaded = load(str(path), assignments)
    facts = summary.facts(loaded)
    if deep:
        facts |= _deep(loaded)
        outside.warn_rows(loaded)
    if not json:
        for warning in loaded.warnings:
            console.say(warning.render())
        console.answer(f"{named(path)}: ok\n{_page(facts)}")
    return {"ok": True, "diagnostics": [w.as_json() for w in loaded.warnings]} | facts


def _deep(loaded: "Config") -> dict[str, Any]:
    from pinn import runtime

    runtime.prepare()
    from pinn import problems, sight, solvability
    from pinn.training import build

    built = build(problems.build(loaded))
    return problems.describe(built.problem) | {
        "unseen": sight.unseen(built.problem),
        "contradiction": (found := solvability.contradiction(built.problem)) and str(found),
        "parameters": built.parameters,
        "optimizer_memory": [
            f"{stage.kind}: {size / 1e6:.3g} MB" for stage, size in zip(built.stages, built.memory, strict=True)
        ],
    }


def _page(facts: dict[str, Any], indent: str = "  ") -> str:
    """Facts as indented lines; lists of mappings as one line each."""
    lines = []
    for key, value in facts.items():
        match value:
            case dict():
                lines += [f"{indent}{key}:", _page(value, indent + "  ")]
            case list() if value and isinstance(value[0], dict):
                lines += [f"{indent}{key}:", *(indent + "  " + _line(item) for item in value)]
            case None | []:
                continue
            case list():
                lines.append(f"{indent}{key}: {', '.join(map(str, value))}")
            case _:
                lines.append(f"{indent}{key}: {value}")
    return "\n".join(line for line in lines if line)


def _line(item: dict[str, Any]) -> str:
    return "; ".join(f"{key} {_word(value)}" for key, value in item.items() if value not in (None, []))


def _word(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
