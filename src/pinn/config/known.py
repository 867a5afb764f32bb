"""The `known` section: functions that are given and not found, by values on a grid or by an earlier run."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path as File
from typing import Any

import yaml

from pinn import schema, tables
from pinn.config import clouds, grids
from pinn.config.findings import Findings, Path
from pinn.config.model import Config, FittedParameter, Given, Grid, Solved
from pinn.errors import PinnError, StorageError, suggestion
from pinn.expressions import Constant, Coordinate, Coordinates, Expression, Known, Operator, Parameter, algebra, tree
from pinn.expressions.axes import axes
from pinn.expressions.operators import Along, Factor
from pinn.geometry import Domain, Gaussian
from pinn.runs import sealed

SOLUTION = "solution.safetensors"
"""The file of a run that its networks are in."""

AS_FILE = 'make a file of it by pinn eval RUN --grid "…" --out FILE.npz, and name that'

SLACK = 1e-9
"""How far the domain may go beyond what is known, by its own length."""


def source(path: File) -> File:
    """The file that a path of this section means: a run stands for its solution."""
    return (path / SOLUTION if path.is_dir() else path).resolve()


@dataclass
class Functions:
    """What the names of the section stand for."""

    expressions: dict[str, Expression] = field(default_factory=dict)
    given: dict[str, Given] = field(default_factory=dict)
    """By the name that expressions have for them."""


def read(said: Mapping[str, str | schema.Known], domain: Domain, base: File, findings: Findings) -> Functions:
    """All known functions; one with mistakes, which are noted, stands for a function of all coordinates."""
    found = Functions()
    for name, entry in said.items():
        reader = _Reader(name, domain, base, findings, found)
        whole = schema.Known(file=entry) if isinstance(entry, str) else entry
        value = reader.grid(whole) if whole.run is None else reader.run(whole, whole.run)
        found.expressions[name] = value or Known(name, _arguments(domain, axes(domain.coordinates, domain.vectors)))
    return found


@dataclass(frozen=True)
class _Reader:
    """One entry of the section."""

    name: str
    domain: Domain
    base: File
    findings: Findings
    functions: Functions

    @property
    def path(self) -> Path:
        return ("known", self.name)

    # --- values on a grid

    def grid(self, said: schema.Known) -> Expression | None:
        """The function by its values on a grid of some coordinates."""
        place, file = (*self.path, "file"), self.base / (said.file or "")
        self._refuse("unknown", said.unknown is not None, "a run has unknowns")
        try:
            held = self._held(tables.columns(file), said.columns, file, place)
            if held is None:
                return None
            inputs = [i for i, coordinate in enumerate(self.domain.coordinates) if coordinate in held]
            names = [self.domain.coordinates[i] for i in inputs]
            lines, values = grids.read(file, [held[name] for name in (*names, self.name)])
        except tables.TableError as error:
            self.findings.report(
                place, str(error), error.diagnostics[0].hint or "paths are relative to the config file"
            )
            return None
        rings = [False] * len(inputs)
        for along, index in enumerate(inputs):
            period = 2 * self.domain.scales[index][1]
            if index in self.domain.periodic and math.isfinite(period):
                try:
                    ring = grids.closed(lines[along], values, along, period)
                except ValueError as error:
                    message = f"{self.name} differs by {error} at the two ends of {names[along]}, which are one"
                    self.findings.report(place, message, "let the file end with the values that it begins with")
                    return None
                if ring is not None:
                    (lines[along], values), rings[along] = ring, True
        bounds = [(float(line[0]), float(line[-1])) for line in lines]
        if not all(self._covers(i, *ends, place) for i, ends in zip(inputs, bounds, strict=True)):
            return None
        known = Grid(file.resolve(), tuple(lines), values, tuple(rings))
        self.functions.given[self.name] = known
        return Known(self.name, tuple(map(Coordinate, names, inputs)), degree=max(known.degrees))

    def _held(
        self, found: tuple[str, ...], renamed: Mapping[str, str], file: File, place: Path
    ) -> dict[str, str] | None:
        """The column of the function and of each coordinate that the file has."""
        sought = (*self.domain.coordinates, self.name)
        held = {name: name for name in found if name in sought and name not in renamed}
        for column, name in renamed.items():
            mark = self.findings.key((*self.path, "columns", column))
            if column not in found:
                hint = suggestion(column, found) or f"it has {', '.join(found)}"
                self.findings.report_at(mark, f"the file has no column '{column}'", hint)
                return None
            if name not in sought:
                hint = suggestion(name, sought) or f"the coordinates are {', '.join(self.domain.coordinates)}"
                self.findings.report_at(mark, f"'{name}' is neither a coordinate nor {self.name}", hint)
                return None
            held[name] = column
        if self.name not in held:
            hint = tables.lacking(found, self.name)
            self.findings.report(place, f"{file.name} has no column for {self.name}", hint)
            return None
        if len(held) == 1:
            hint = tables.lacking(found, self.domain.coordinates[0])
            self.findings.report(place, f"{file.name} has no column for a coordinate", hint)
            return None
        return held

    def _covers(self, index: int, low: float, high: float, place: Path) -> bool:
        """Whether a function is known wherever the domain is, along a coordinate."""
        name, (middle, half) = self.domain.coordinates[index], self.domain.scales[index]
        known = f"{self.name} is known for {name} = {low:.6g} to {high:.6g}"
        if not low < high:
            self.findings.report(place, f"{known} only", "a grid has two values or more along each coordinate")
            return False
        if isinstance(self.domain, Gaussian):
            self.findings.report(place, f"{known}, and the domain is the whole space", "use a box")
            return False
        slack = SLACK * half
        if math.isfinite(half) and not (low <= middle - half + slack and middle + half - slack <= high):
            message = f"{known}, and the domain has {name} = {middle - half:.6g} to {middle + half:.6g}"
            self.findings.report(place, message, "nothing is known beyond: a smaller domain, or more values")
            return False
        return True

    def _refuse(self, key: str, said: bool, why: str) -> None:
        if said:
            self.findings.report_at(self.findings.key((*self.path, key)), f"'{key}' cannot stand here: {why}")

    # --- an earlier run

    def run(self, said: schema.Known, text: str) -> Expression | None:
        """An unknown of an earlier run: its networks, with what is built in around them."""
        place, path = (*self.path, "run"), self.base / text
        self._refuse("columns", bool(said.columns), "a file has columns")
        solution = source(path)
        if not solution.is_file():
            message = f"{path} has no solution yet" if path.is_dir() else f"there is no run {path}"
            hint = f"pinn resume {path}" if path.is_dir() else "paths are relative to the config file"
            self.findings.report(place, message, hint)
            return None
        try:
            there = _config(solution)
        except PinnError as error:
            self.findings.report(place, f"{path} cannot be used: {error}", error.diagnostics[0].hint)
            return None
        if not self._fits(there, path, place):
            return None
        unknown = said.unknown or self.name
        if unknown not in there.unknowns:
            where = (*self.path, "unknown") if said.unknown else place
            hint = f"it has {', '.join(there.unknowns)}"
            hint += "" if said.unknown else f": say one, as in 'unknown: {there.unknowns[0]}'"
            self.findings.report(where, f"{path} has no unknown {unknown}", hint)
            return None
        key = next((k for k, g in self.functions.given.items() if g.path == solution), f"{self.name}.network")
        self.functions.given.setdefault(key, Solved(solution, there))
        return _Carried(key, there, self.domain).over(there.ansatz[unknown])

    def _fits(self, there: Config, path: File, place: Path) -> bool:
        """Whether the domain lies within that of the run."""
        here = axes(self.domain.coordinates, self.domain.vectors)
        for name, indices in axes(there.domain.coordinates, there.domain.vectors).items():
            if len(here.get(name, ())) != len(indices):
                message = f"{path} has the coordinate {name}, and here is none of this name"
                if name in here:
                    message = f"{name} has {len(indices)} components in {path}, and {len(here[name])} here"
                self.findings.report(place, message, "let the coordinates be those of the run, or some more")
                return False
            for i, own in zip(indices, here[name], strict=True):
                middle, half = there.domain.scales[i]
                endless = isinstance(there.domain, Gaussian) or i in there.domain.periodic
                if not endless and not self._covers(own, middle - half, middle + half, place):
                    return False
        return True


def _config(solution: File) -> Config:
    """The config of a run, as far as its unknowns need it: without files.

    Raises `StorageError` where the file is damaged or says more than a single network, `ConfigError` where its config
    cannot be read any more.
    """
    from pinn import config  # a config within a config

    plain: dict[str, Any] = yaml.safe_load(sealed.verified(solution)[1]["config"])
    if plain.pop("known", None):
        raise StorageError("it has known functions of its own", AS_FILE)
    if any(clouds.within(plain["domain"])):
        raise StorageError("its domain is read from files", AS_FILE)
    plain.pop("reference", None)
    first = next(iter(plain["unknowns"]))
    for i, term in enumerate(plain["terms"]):
        if "data" in term:
            plain["terms"][i] = {"equation": f"{first} = 0", "name": term.get("name", f"term_{i + 1}")}
    found = config.parse(json.dumps(plain), str(solution), solution.parent)
    if found.slabs:
        raise StorageError("it has a network for each of its slabs of time", AS_FILE)
    return found


@dataclass(frozen=True)
class _Carried:
    """Expressions of the config of a run, carried over to another domain."""

    key: str
    there: Config
    domain: Domain

    def over(self, node: Expression) -> Expression:
        """What an expression means here, with a known function in place of the networks."""
        match node:
            case tree.Raw(name=name):
                function = Known(self.key, self._inputs, shape=(len(self.there.unknowns),))
                return tree.Index(function, self.there.unknowns.index(name))
            case Coordinate(index=index) | Coordinates(index=index):
                return replace(node, index=self._places[index])
            case Parameter(name=name):
                return self._parameter(name, node)
            case tree.Derivative(operand=operand, operator=operator):
                return algebra.derivative(self.over(operand), self._operator(operator))
            case tree.Gradient(operand=operand, indices=indices):
                return algebra.gradient(self.over(operand), tuple(self._places[i] for i in indices))
            case tree.At(operand=operand, places=places):
                return algebra.at(self.over(operand), {self._places[i]: self.over(value) for i, value in places})
            case _:
                return algebra.renewed(node, self.over)

    @property
    def _places(self) -> dict[int, int]:
        """The index here of each coordinate there."""
        here = self.domain.coordinates
        return {i: here.index(name) for i, name in enumerate(self.there.domain.coordinates)}

    @property
    def _inputs(self) -> tuple[Expression, ...]:
        domain = self.there.domain
        return _arguments(self.domain, axes(domain.coordinates, domain.vectors))

    def _parameter(self, name: str, node: Parameter) -> Expression:
        """A number, or the name under which a fitted one is read from the run."""
        known = self.there.parameters[name]
        if isinstance(known, FittedParameter):
            return replace(node, name=f"{self.key}.{name}")
        if isinstance(known.value, tuple):
            return algebra.stack(tuple(Constant(part) for part in known.value))
        return Constant(known.value)

    def _operator(self, operator: Operator) -> Operator:
        def moved(factor: Factor) -> Factor:
            if isinstance(factor, Along):
                return Along(tuple(sorted((self._places[i], c) for i, c in factor.components)))
            return self._places[factor] if isinstance(factor, int) else factor

        return Operator.of([(tuple(map(moved, monomial)), c) for monomial, c in operator.terms])


def _arguments(domain: Domain, names: Mapping[str, range]) -> tuple[Expression, ...]:
    """Coordinates and coordinate vectors of these names."""
    known = axes(domain.coordinates, domain.vectors)
    single = {n: Coordinate(n, known[n].start) for n in names if n not in domain.vectors}
    return tuple(single.get(n) or Coordinates(n, known[n].start, shape=(len(known[n]),)) for n in names)
