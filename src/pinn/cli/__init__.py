"""The command line: parses, calls one function, says the result, and turns failures into exit codes."""

import gc
import os
import sys

os.environ.setdefault("TYPER_USE_RICH", "0")  # plain help starts in half the time
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # searching for some takes longer than reading a config
gc.disable()  # nothing that starts a command is garbage; numerics switches it on again

import typer

from pinn.cli import console
from pinn.cli.commands import Commands
from pinn.errors import PinnError

app = typer.Typer(
    name="pinn",
    cls=Commands,
    help="Solve differential equations and minimise functionals with small neural networks, from one YAML file.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(asked: bool) -> None:
    if asked:
        from pinn.runtime import versions

        console.answer(versions().get("pinn-solver", "unknown: not installed"))
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    del version


def main() -> None:
    """Run a command; every failure has its exit code."""
    try:
        app()
    except PinnError as error:
        console.say(error.render())
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception:
        import traceback

        console.say(traceback.format_exc())
        console.say("This is a bug in pinn. Please report it with the text above and the config that led to it.")
        sys.exit(70)
