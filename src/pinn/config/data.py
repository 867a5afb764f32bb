"""Files of measurements and known values: which column holds which coordinate, unknown or quantity."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path as File

from pinn import schema, tables
from pinn.config.findings import Findings, Path
from pinn.config.model import Misfit, Reference, Table
from pinn.config.names import Names
from pinn.errors import suggestion
from pinn.expressions import Expression, Unknown
from pinn.expressions.axes import components
from pinn.expressions.differential import everywhere


def misfit(said: str | schema.Data, path: Path, names: Names, base: File, findings: Findings) -> Misfit | None:
    """What a `data:` entry asks for."""
    data = schema.Data(file=said) if isinstance(said, str) else said
    fit = _fit(data.fit, path, names, findings)
    found = _columns(base / data.file, (*path, "file"), findings)
    if found is None:
        return None
    _need_columns(fit, found, findings, path)
    sigma_column = data.sigma if isinstance(data.sigma, str) and data.sigma in found else None
    sigma = 1.0 if sigma_column else _sigma(data, (*path, "sigma"), names, findings)
    held = _held(found, data.columns, path, names, findings)
    table = _table(base / data.file, held, found, path, names, findings)
    models = {held[u]: Unknown(u) for u in names.scope.unknowns if u in held}
    models |= {column: everywhere(model, names.scope) for column, model in fit.items() if model is not None}
    if not models and not fit:
        _need_unknown(data.file, path, names, found, findings)
    if table is None or not models:
        return None
    table = replace(table, values=tuple(models), sigma=sigma_column, skip_missing=data.missing == "skip")
    return Misfit(table, tuple(models.values()), sigma)


def reference(said: str | schema.Reference, names: Names, base: File, findings: Findings) -> Reference | None:
    """The `reference` section: known values in a file."""
    given = schema.Reference(file=said) if isinstance(said, str) else said
    path = ("reference",)
    fit = _fit(given.fit, path, names, findings)
    found = _columns(base / given.file, (*path, "file"), findings)
    if found is None:
        return None
    _need_columns(fit, found, findings, path)
    held = _held(found, given.columns, path, names, findings)
    table = _table(base / given.file, held, found, path, names, findings)
    known = {u: held[u] for u in names.scope.unknowns if u in held and u not in fit}
    if not known and not fit:
        _need_unknown(given.file, path, names, found, findings)
    models = {u: Unknown(u) for u in known} | {column: model for column, model in fit.items() if model is not None}
    if table is None or not models:
        return None
    return Reference(replace(table, values=tuple(known.get(name, name) for name in models)), models)


def _fit(
    said: Mapping[str, schema.Formula], path: Path, names: Names, findings: Findings
) -> dict[str, Expression | None]:
    """The expressions that columns should equal; None where one is wrong."""
    return {
        column: findings.scalar((*path, "fit", column), formula, names.pointwise, "what a column measures")
        for column, formula in said.items()
    }


def _columns(file: File, path: Path, findings: Findings) -> tuple[str, ...] | None:
    try:
        return tables.columns(file)
    except tables.TableError as error:
        findings.report(path, str(error), error.diagnostics[0].hint or "paths are relative to the config file")
        return None


def _held(
    found: Sequence[str], renamed: Mapping[str, str], path: Path, names: Names, findings: Findings
) -> dict[str, str]:
    """The column of each coordinate and unknown; columns that are not renamed hold what they are called."""
    sought = (*names.domain.coordinates, *names.domain.vectors, *names.scope.unknowns)
    held = {name: name for name in found if name in sought and name not in renamed}
    for column, name in renamed.items():
        place = (*path, "columns", column)
        _need_column(column, found, findings, place)
        if name not in sought:
            hint = suggestion(name, sought) or "columns are renamed as in 'columns: {column: name}'"
            findings.report(place, f"'{name}' is neither a coordinate nor an unknown", hint)
        held[name] = column
    return held


def _table(
    file: File, held: Mapping[str, str], found: Sequence[str], path: Path, names: Names, findings: Findings
) -> Table | None:
    """A table with a column for every coordinate; its value columns are still to be said."""
    columns = dict(held)
    for name, places in names.domain.vectors.items():
        if name in held:  # an array with one axis more
            parts = components(held[name], len(places))
            columns |= {names.domain.coordinates[i]: part for i, part in zip(places, parts, strict=True)}
    missing = [name for name in names.domain.coordinates if name not in columns]
    if missing:
        message = f"{file.name} has no column for the coordinate {missing[0]}"
        findings.report((*path, "file"), message, tables.lacking(found, missing[0]))
        return None
    return Table(file.resolve(), tuple(columns[name] for name in names.domain.coordinates), ())


def _sigma(data: schema.Data, path: Path, names: Names, findings: Findings) -> float:
    """The standard error that all values share."""
    value = findings.number(path, data.sigma, names.constant)
    if value is not None and value <= 0:
        findings.report(path, "a standard error must be above zero")
    return value or 1.0


def _need_columns(fit: Iterable[str], found: Sequence[str], findings: Findings, path: Path) -> None:
    for column in fit:
        _need_column(column, found, findings, (*path, "fit", column))


def _need_column(column: str, found: Sequence[str], findings: Findings, path: Path) -> None:
    if column not in found:
        hint = suggestion(column, found) or f"it has {', '.join(found)}"
        findings.report_at(findings.key(path), f"the file has no column '{column}'", hint)


def _need_unknown(file: str, path: Path, names: Names, found: Sequence[str], findings: Findings) -> None:
    unknowns = ", ".join(names.scope.unknowns)
    message = f"{File(file).name} has no column for an unknown ({unknowns})"
    findings.report((*path, "file"), message, tables.misread(found) or "name one with 'columns' or 'fit'")
