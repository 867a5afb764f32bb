"""The commands, each imported when it is asked for: none waits for what only the others need."""

from collections import UserDict
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

MODULES = {
    "train": "train",
    "resume": "resume",
    "eval": "evaluate",
    "check": "check",
    "convergence": "convergence",
    "show": "show",
    "ls": "ls",
    "init": "init",
    "explain": "explain",
    "schema": "schema",
}
"""The module of each command, in the order of the help; its function has the module's name."""


class _Commands(UserDict[str, Any]):
    def __getitem__(self, name: str) -> Any:
        module = super().__getitem__(name)
        alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
        alone.command(name)(getattr(import_module(f"pinn.cli.{module}"), module))
        return get_command(alone)


class Commands(TyperGroup):
    """The group of all commands."""

    def __init__(self, **settings: Any):
        super().__init__(**settings)
        self.commands = _Commands(MODULES)
