"""Options that several commands share, written once."""

from pathlib import Path
from typing import Annotated

import typer

Overrides = Annotated[
    list[str] | None,
    typer.Option("-o", "--override", metavar="PATH=VALUE", help="Change a value of the config; repeatable."),
]
Runs = Annotated[Path, typer.Option("--runs", metavar="DIR", help="The folder that holds the runs.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but errors and the answer.")]
Threads = Annotated[
    int | None,
    typer.Option("--threads", min=1, metavar="N", help="Threads for linear algebra and compiled programs."),
]
Require = Annotated[
    list[str] | None,
    typer.Option("--require", metavar="NAME=BOUND", help="Exit with 3 unless NAME is at most BOUND; repeatable."),
]
DEFAULT_RUNS = Path("runs")
