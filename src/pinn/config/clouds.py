"""A domain of `points`: files of a mesher become sheets of points with weights and normals. NumPy, imported late."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path as File
from typing import TYPE_CHECKING, Any

from pinn import schema, tables
from pinn.config.findings import Findings, Path
from pinn.errors import suggestion
from pinn.expressions import Scope
from pinn.geometry import Box, Cloud, Sheet

if TYPE_CHECKING:
    import numpy as np

FEWEST = 10
"""Points inside, at least: fewer tell nothing of a shape."""

WORDS = ("interior", "boundary")


def read(said: schema.Cloud, times: Box, base: File, scope: Scope, findings: Findings, path: Path) -> Cloud | None:
    """The cloud, with files relative to `base`, or None with its mistakes noted."""
    before = len(findings.mistakes)
    reader = _Reader(said, path, base, scope, findings)
    inside = reader.inside()
    parts = [reader.part(name) for name in said.boundary]
    reader.check_names()
    if inside is None or len(findings.mistakes) > before:
        return None
    known = _sharing([part for part in parts if part is not None])
    cloud = Cloud(tuple(said.coordinates), inside, known, beside=times)
    for i, (_, half) in enumerate(cloud.own_scales):
        if not half > 0:
            name = said.coordinates[i]
            findings.report((*path, "coordinates", i), f"all points have the same {name}", "leave it out")
    _demand_alike(known, path, findings)
    return None if len(findings.mistakes) > before else cloud


def files(said: schema.Domain, base: File) -> list[File]:
    """The files that a domain names."""
    if isinstance(said, schema.Product):
        return [file for factor in said.of for file in files(factor, base)]
    if not isinstance(said, schema.Cloud):
        return []
    named = [part.file if isinstance(part, schema.Patch) else part for part in said.boundary.values()]
    return [(base / name).resolve() for name in (said.file, *(name for name in named if isinstance(name, str)))]


def within(domain: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The clouds in a domain that is plain data: itself, or factors of a product."""
    if domain["kind"] == "points":
        yield domain
    elif domain["kind"] == "product":
        for factor in domain["of"]:
            yield from within(factor)


def _sharing(parts: Sequence[Sheet]) -> tuple[Sheet, ...]:
    """Where no part of the boundary has a measure, they share 1 by their points, so that all count the same."""
    total = sum(map(len, parts))
    return tuple(part if part.is_measured else replace(part, measure=len(part) / total) for part in parts)


def _demand_alike(parts: Sequence[Sheet], path: Path, findings: Findings) -> None:
    """Where one part of the boundary has a measure, all must have one."""
    measured = [part for part in parts if part.is_measured]
    for part in parts:
        if measured and not part.is_measured:
            message = f"{measured[0].name} has a measure, and {part.name} has neither weights nor a measure"
            hint = f"say it: {part.name}: {{file: …, measure: …}}"
            findings.report((*path, "boundary", part.name), message, hint)


@dataclass(frozen=True)
class _Rows:
    """The numbers of a file, by what they are."""

    path: File
    places: "np.ndarray"
    weights: "np.ndarray | None"
    normals: "np.ndarray | None"
    tags: "np.ndarray | None"


@dataclass(frozen=True)
class _Reader:
    """Reads the files of one domain."""

    said: schema.Cloud
    place: Path
    base: File
    scope: Scope
    findings: Findings
    known: dict[str, "_Rows | None"] = field(default_factory=dict)
    """The files that were read so far."""

    def inside(self) -> Sheet | None:
        """The points of the domain's own file that are on no part of the boundary."""
        path = (*self.place, "file")
        rows = self._rows(self.said.file, path)
        if rows is None:
            return None
        tags = [tag for tag in self.said.boundary.values() if isinstance(tag, int)]
        chosen = [i for i in range(len(rows.places)) if rows.tags is None or rows.tags[i] not in tags]
        if len(chosen) < FEWEST:
            message = f"{rows.path.name} has {len(chosen)} points inside"
            self.findings.report(path, message, f"at least {FEWEST} are needed to tell a shape")
            return None
        measure = self._measure(self.said.measure, (*self.place, "measure"), rows)
        return self._sheet("interior", rows, chosen, measure, path, outward=False)

    def part(self, name: str) -> Sheet | None:
        """The points of a part of the boundary."""
        path, said = (*self.place, "boundary", name), self.said.boundary[name]
        if name in WORDS:
            self.findings.report_at(self.findings.key(path), f"'{name}' is a region already", "choose another name")
        if isinstance(said, int):
            return self._tagged(name, said, path)
        file, path = (said, path) if isinstance(said, str) else (said.file, (*path, "file"))
        rows = self._rows(file, path)
        if rows is None:
            return None
        own = said.measure if isinstance(said, schema.Patch) else None
        measure = self._measure(own, (*self.place, "boundary", name, "measure"), rows)
        return self._sheet(name, rows, range(len(rows.places)), measure, path)

    def _tagged(self, name: str, tag: int, path: Path) -> Sheet | None:
        """The points of the domain's own file that have a number in its column `part`."""
        rows = self._rows(self.said.file, path)
        if rows is None:
            return None
        if rows.tags is None:
            message = f"{rows.path.name} has no column 'part' to find the number {tag} in"
            self.findings.report(path, message, "name a file, or say which column it is: 'columns: {tag: part}'")
            return None
        chosen = [i for i, own in enumerate(rows.tags) if own == tag]
        if not chosen:
            known = ", ".join(f"{value:g}" for value in sorted(set(rows.tags.tolist())))
            self.findings.report(path, f"no point of {rows.path.name} has the part {tag}", f"there are {known}")
            return None
        return self._sheet(name, rows, chosen, None, path)

    def check_names(self) -> None:
        """What columns are renamed to must have a meaning, and be in some file."""
        every = [found for file in dict.fromkeys(self._files()) for found in self._names(file)]
        for column, name in self.said.columns.items():
            path = (*self.place, "columns", column)
            if name not in self._sought:
                hint = suggestion(name, self._sought) or f"there are {', '.join(self._sought)}"
                self.findings.report(path, f"'{name}' is nothing that points have", hint)
            if every and column not in every:
                hint = suggestion(column, every) or f"there are {', '.join(dict.fromkeys(every))}"
                self.findings.report_at(self.findings.key(path), f"no file has a column '{column}'", hint)

    @property
    def _sought(self) -> tuple[str, ...]:
        return *self.said.coordinates, "weight", *self._normals, "part"

    @property
    def _normals(self) -> tuple[str, ...]:
        return tuple(f"n_{name}" for name in self.said.coordinates)

    @property
    def _vectors(self) -> tuple[Sequence[str], Sequence[str]]:
        return self.said.coordinates, self._normals

    def _files(self) -> Iterator[str]:
        yield self.said.file
        for part in self.said.boundary.values():
            if not isinstance(part, int):
                yield part if isinstance(part, str) else part.file

    def _names(self, file: str) -> tuple[str, ...]:
        """The columns of a file, none where it cannot be read."""
        try:
            return tables.columns(self.base / file)
        except tables.TableError:
            return ()

    def _rows(self, file: str, path: Path) -> _Rows | None:
        """The numbers of a file, or None with its mistakes noted once."""
        if file not in self.known:
            self.known[file] = self._read(file, path)
        return self.known[file]

    def _read(self, file: str, path: Path) -> _Rows | None:
        place = self.base / file
        try:
            found = tables.columns(place)
            held = {name: name for name in found if name in self._sought and name not in self.said.columns}
            held |= {name: column for column, name in self.said.columns.items() if column in found}
            if not self._is_complete(file, held, found, path):
                return None
            names = [name for name in self._sought if name in held]
            numbers = tables.read(place, [held[name] for name in names])
        except tables.TableError as error:
            hint = error.diagnostics[0].hint or "paths are relative to the config file"
            self.findings.report(path, str(error), hint)
            return None
        of = dict(zip(names, numbers.T, strict=True))
        places, normals = (numbers[:, [names.index(n) for n in row if n in of]] for row in self._vectors)
        rows = _Rows(place, places, of.get("weight"), normals if normals.size else None, of.get("part"))
        return rows if self._are_numbers(rows, path) else None

    def _is_complete(self, file: str, held: dict[str, str], found: Sequence[str], path: Path) -> bool:
        """Whether a file has all coordinates, and the components of a normal all or none."""
        for name in self.said.coordinates:
            if name not in held:
                message = f"{File(file).name} has no column for the coordinate {name}"
                self.findings.report(path, message, tables.lacking(found, name))
                return False
        missing = [name for name in self._normals if name not in held]
        if 0 < len(missing) < len(self._normals):
            message = f"{File(file).name} has a part of a normal, and no column {missing[0]}"
            self.findings.report(path, message, "give all components, or none")
            return False
        return True

    def _are_numbers(self, rows: _Rows, path: Path) -> bool:
        import numpy as np

        wrong = ~np.isfinite(rows.places).all(axis=1)
        if wrong.any():
            where = tables.place(rows.path, int(np.argmax(wrong)))
            self.findings.report(path, f"{where}: a coordinate is missing or not a number")
        return not wrong.any()

    def _measure(self, said: schema.Formula | None, path: Path, rows: _Rows) -> float | None:
        """The measure that is said; weights have their own."""
        if said is None:
            return None
        if rows.weights is not None:
            self.findings.report(path, f"the weights of {rows.path.name} add up to the measure", "leave it out")
            return None
        value = self.findings.number(path, said, self.scope)
        if value is not None and value <= 0:
            self.findings.report(path, f"the measure is {value:.12g}", "it must be above zero")
            return None
        return value

    def _sheet(
        self, name: str, rows: _Rows, chosen: Sequence[int], measure: float | None, path: Path, outward: bool = True
    ) -> Sheet | None:
        """Some rows of a file as the points of one part."""
        import numpy as np

        index = np.asarray(chosen)
        weights = None if rows.weights is None else rows.weights[index]
        normals = None if rows.normals is None or not outward else rows.normals[index]
        if weights is not None and not (np.isfinite(weights) & (weights >= 0)).all():
            wrong = int(np.argmin(np.isfinite(weights) & (weights >= 0)))
            message = f"{tables.place(rows.path, int(index[wrong]))}: the weight is {weights[wrong]:g}"
            self.findings.report(path, message, "weights are numbers, and at least zero")
            return None
        if weights is not None and not weights.sum() > 0:
            self.findings.report(path, f"all weights of {rows.path.name} are zero", "leave them out")
            return None
        if normals is not None:
            lengths = np.linalg.norm(normals, axis=1, keepdims=True)
            if not (lengths > 0).all():
                where = tables.place(rows.path, int(index[np.argmin(lengths[:, 0] > 0)]))
                self.findings.report(path, f"{where}: the normal has no direction", "its components are numbers")
                return None
            normals = normals / lengths
        listed = None if weights is None else weights.tolist()
        directions = None if normals is None else normals.T.tolist()
        return Sheet.of(name, rows.places[index].T.tolist(), listed, directions, measure, self.said.held_out)
