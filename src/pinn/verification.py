"""The start-up self-test: compiled derivatives against nested ones, and hard conditions on points where they hold.

It runs once for each problem and set of versions, and is remembered in the cache folder.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from pinn import fields, runtime, sampling, schema
from pinn.compiler import Site, evaluate, nested_value
from pinn.config import Config, Given, Grid, Solved
from pinn.errors import NumericsError
from pinn.evaluation import Solution
from pinn.expressions import Expression, Unknown, algebra
from pinn.expressions.tree import Known, walk
from pinn.fields import FieldsOf, Model
from pinn.geometry import Condition, Entry, Region, along_normal, on_piece
from pinn.problems import Group, Problem

POINTS = 3
TOLERANCE = {"float64": 1e-8, "float32": 1e-2}
"""Largest relative difference that passes; high derivatives lose some digits in both ways of computing them."""

TABLES = 1e-3
"""By how much built-in values may differ where they meet, if some are interpolated from tables."""

ENGINE = frozenset({"jets", "compiler", "networks", "expressions", "geometry", "fields.py", "splines.py"})
"""The parts of this package that are tested here."""


def verify(problem: Problem) -> None:
    """Check a problem once; what passed before with the same versions is not repeated.

    Raises `NumericsError` if derivatives disagree or a hard condition does not hold.
    """
    mark = runtime.cache() / "verified" / _key(problem)
    if mark.exists():
        return
    model = fields.unraveling(problem.config)[1](fields.drawn(problem.config))
    every = problem.points("verification", 4 * POINTS), problem.vectors("verification")
    for group, points, drawn in zip(problem.groups, *every, strict=True):
        chosen = np.linspace(0, len(points) - 1, min(POINTS, len(points))).astype(int)
        normals = None if points.normals is None else points.normals[chosen]
        _compare(problem.config, group, model, points.points[chosen], normals, drawn)
    _check_conditions(problem.config, model)
    _remember(mark)


def differences(
    config: Config,
    group: Group,
    model: Model,
    points: np.ndarray,
    normals: np.ndarray | None,
    drawn: np.ndarray | None = None,
) -> tuple[list[Expression], Float[np.ndarray, "expressions"]]:
    """Largest relative difference between jets and nested derivatives for each expression of a group."""
    expressions = [e for c in group.contributions for e in c.expressions]
    constants = fields.constants(config)
    dtype = config.document.precision
    numbers = {name: jnp.ones(1, dtype) for name in group.reads}  # derivatives are compared, whatever these are

    def at_point(point: Array, normal: Array | None) -> list[tuple[Array, Array]]:
        site, known = Site(point, normal, vectors), FieldsOf.of(config, [model], constants, numbers)
        ours = evaluate(expressions, group.demand, known, site)
        return [(jet.value, nested_value(e, known, site)) for jet, e in zip(ours, expressions, strict=True)]

    cast, vectors = (None if array is None else jnp.asarray(array, dtype) for array in (normals, drawn))
    found = jax.jit(jax.vmap(at_point))(jnp.asarray(points, dtype), cast)
    gaps = [_gap(np.asarray(a), np.asarray(b)) for a, b in found]
    return expressions, np.array(gaps)


def _compare(config: Config, group: Group, model: Model, points: np.ndarray, *others: np.ndarray | None) -> None:
    _, gaps = differences(config, group, model, points, *others)
    if not (gaps <= TOLERANCE[config.document.precision]).all():
        names = ", ".join(c.name for c in group.contributions)
        raise NumericsError(
            f"self-test: derivatives by jets and by nested differentiation differ by {gaps.max():.1e} in {names}",
            "this is a bug in pinn, or a singular point of an expression; please report the config",
        )


def _check_conditions(config: Config, model: Model) -> None:
    """Every hard condition on random points of its piece, all of time in one; one program finds all values."""
    config = replace(config, slabs=())
    rule = schema.Sampling(kind="random", points=4 * POINTS)
    asked: dict[Expression, None] = {}
    checks: list[tuple[str, Condition, Expression, Expression, np.ndarray]] = []
    for unknown, condition in ((u, c) for u, conditions in config.conditions.items() for c in conditions):
        region = Region((Entry(condition.piece.name, (condition.piece,)),))
        points = sampling.sample(config.domain, region, rule, 4 * POINTS, ["verification"]).points
        for own, value in _built_in(config, Unknown(unknown), condition):
            asked |= {own: None, value: None}
            checks.append((unknown, condition, own, value, points))
    if not checks:
        return
    found = Solution(config, model).values(list(asked), np.concatenate([points for *_, points in checks]))
    by_expression, start = dict(zip(asked, found, strict=True)), 0
    for unknown, condition, own, value, points in checks:
        here = slice(start, start + len(points))
        _demand_agreement(config, unknown, condition, by_expression[own][here], by_expression[value][here])
        start = here.stop


def _built_in(config: Config, unknown: Unknown, condition: Condition) -> Iterator[tuple[Expression, Expression]]:
    """What a condition is about, and what it wants; on a curve the slope across it too, where that is kept."""
    value = on_piece(condition)
    yield algebra.derivative(unknown, condition.operator), value
    if condition.keeps_slope:
        own, wanted = (along_normal(config.domain, condition.piece, e) for e in (unknown, value))
        yield own, wanted


def _demand_agreement(config: Config, unknown: str, condition: Condition, ours: np.ndarray, wanted: np.ndarray) -> None:
    gap = float(np.abs(ours - wanted).max()) / max(1.0, float(np.abs(wanted).max()))
    if not gap <= (TABLES if _has_tables(config) else TOLERANCE[config.document.precision]):
        raise NumericsError(
            f"the hard condition on {unknown} at {condition.piece.name} is missed by {gap:.1e}",
            "it may differ from another one where they meet, or be singular inside the domain; "
            "let them agree, or use the soft form: drop 'hard: true'",
        )


def _has_tables(config: Config) -> bool:
    """Whether known functions are built in."""
    values = (condition.value for said in config.conditions.values() for condition in said)
    return any(isinstance(node, Known) for value in values for node in walk(value))


def _gap(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Relative to the largest value; infinities and NaNs agree with themselves."""
    both = np.isfinite(ours) & np.isfinite(theirs)
    if not (np.isfinite(ours) == np.isfinite(theirs)).all():
        return float("inf")
    size = max(1.0, float(np.abs(theirs[both]).max(initial=0.0)))
    return float(np.abs(ours[both] - theirs[both]).max(initial=0.0)) / size


def _key(problem: Problem) -> str:
    """What the outcome depends on: expressions, network, domain, versions, and the code of this package."""
    said: Mapping[str, object] = {
        "groups": [(c.expressions, g.demand) for g in problem.groups for c in g.contributions],
        "ansatz": problem.config.ansatz,
        "domain": problem.config.domain,
        "network": (problem.config.document.network, problem.config.document.unknowns),
        "known": {name: _made_of(given) for name, given in problem.config.known.items()},
        "tables": [
            hashlib.sha256(path.read_bytes()).hexdigest() for path in problem.config.files * _has_tables(problem.config)
        ],
        "precision": problem.config.document.precision,
        "parameters": problem.config.parameters,
        "versions": runtime.versions(),
        "code": _code(),
    }
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _made_of(given: Given) -> object:
    """What the derivatives of a known function depend on, beside numbers."""
    match given:
        case Grid(degrees=degrees, periodic=periodic):
            return degrees, periodic
        case Solved(config=config):
            return config.document.network, config.document.unknowns


def _code() -> str:
    """A digest of this package's source, so that a changed engine is tested again."""
    mark = hashlib.sha256()
    home = Path(__file__).parent
    for path in sorted(home.rglob("*.py")):
        if path.relative_to(home).parts[0] in ENGINE:
            mark.update(path.read_bytes())
    return mark.hexdigest()


def _remember(mark: Path) -> None:
    """Leave a mark; a cache that cannot be written only costs the next start some time."""
    try:
        mark.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        mark.touch()
    except OSError:
        pass
