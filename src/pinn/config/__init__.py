"""From YAML text to a checked config: read, override, decode, check. No JAX, no NumPy."""

from collections.abc import Sequence
from pathlib import Path

from pinn.config import kinds, modes, overrides
from pinn.config.asked import read_expressions
from pinn.config.check import check
from pinn.config.decode import MOST, decode
from pinn.config.findings import in_order
from pinn.config.mending import mended
from pinn.config.model import (
    Cluster,
    Config,
    During,
    Energy,
    Equation,
    Estimate,
    Extent,
    FittedParameter,
    FixedParameter,
    Functional,
    Given,
    Grid,
    Misfit,
    Parameter,
    Quantity,
    Reference,
    Solved,
    Table,
    Term,
)
from pinn.config.node import Node
from pinn.config.source import read_on
from pinn.errors import ConfigError, Diagnostic, RequestError
from pinn.expressions.growth import TOO_LARGE
from pinn.tables import TableError, columns


def load(path: Path, assignments: Sequence[str] = ()) -> Config:
    """The checked config in a file, with `-o` assignments applied.

    Raises `RequestError` if the file cannot be read, `ConfigError` with all its mistakes.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise RequestError(f"cannot read {path}: {error.strerror}") from None
    return parse(text, str(path), path.parent, assignments)


def parse(text: bytes | str, name: str, base: Path, assignments: Sequence[str] = ()) -> Config:
    """The checked config in a text; `name` heads its mistakes, file names in it are relative to `base`."""
    said, slips = read_on(text, name)
    root, mistakes = overrides.apply_all(said, assignments)
    root = kinds.filled(root)
    if mistakes:
        raise ConfigError([*mistakes, *_in_overrides(root, base)])
    if not modes.asked(root):
        return _checked(root, base, slips)
    one = _checked(modes.single(root), base, slips)
    try:
        return _checked(modes.written_out(root, one), base, slips)
    except ConfigError as error:
        if not any(mistake.message == TOO_LARGE for mistake in error.diagnostics):
            raise
        largest = modes.largest(root, one, lambda fewer: _checked(fewer, base, slips))
        raise ConfigError([modes.too_many(root, largest)]) from None


def _in_overrides(root: Node, base: Path) -> list[Diagnostic]:
    """What is wrong with the assignments that could be carried out; the rest may come of those that could not."""
    try:
        _checked(modes.single(root) if modes.asked(root) else root, base, ())
    except ConfigError as error:
        return [mistake for mistake in error.diagnostics if overrides.is_in_override(mistake)]
    return []


def _checked(root: Node, base: Path, slips: Sequence[Diagnostic]) -> Config:
    document, mistakes = decode(root)
    while document is None:
        better = mended(root) if len(mistakes) < MOST else None
        if better is None:
            raise ConfigError(in_order([*slips, *mistakes]))
        root = better
        document, further = decode(root, guessed=True)
        known = {mistake.mark for mistake in mistakes}
        mistakes += [mistake for mistake in further if mistake.mark not in known]
    return check(root, document, base, [*slips, *mistakes])


__all__ = [
    "Cluster",
    "Config",
    "During",
    "Energy",
    "Equation",
    "Estimate",
    "Extent",
    "FittedParameter",
    "FixedParameter",
    "Functional",
    "Given",
    "Grid",
    "Misfit",
    "Parameter",
    "Quantity",
    "Reference",
    "Solved",
    "Table",
    "TableError",
    "Term",
    "columns",
    "load",
    "parse",
    "read_expressions",
]
