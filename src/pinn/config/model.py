"""A checked config: every word decided, every expression a tree, every place found. All later stages start here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pinn.errors import Diagnostic
from pinn.expressions import Expression, Scope, algebra, tree
from pinn.geometry import Condition, Domain, Flat, Region
from pinn.schema import Document, Sampling, Stage

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class FixedParameter:
    """A number, or a vector of numbers, that does not change."""

    value: float | tuple[float, ...]


@dataclass(frozen=True)
class FittedParameter:
    """A number that is found together with the unknowns."""

    initial: float
    scale: float
    positive: bool
    bounds: tuple[float, float] | None


Parameter = FixedParameter | FittedParameter


@dataclass(frozen=True)
class Table:
    """Columns of a CSV or NPZ file: where it is, and which column holds what."""

    path: Path
    inputs: tuple[str, ...]
    """Column of each coordinate, in the domain's order."""
    values: tuple[str, ...]
    """Columns that hold values of something."""
    sigma: str | None = None
    """Column that holds standard errors."""
    skip_missing: bool = False


@dataclass(frozen=True)
class Equation:
    """weight · mean((left - right)²), a residual for each component."""

    residuals: tuple[Expression, ...]
    bounds: bool = False
    """Whether it is an inequality, whose residuals are what is missing: max(0, e) where e is to be at most zero."""

    @property
    def roots(self) -> tuple[Expression, ...]:
        """What is to vanish, or of an inequality what is to be at most zero."""
        return tuple(map(_bounded, self.residuals)) if self.bounds else self.residuals


def _bounded(lack: Expression) -> Expression:
    """The e of max(0, e)."""
    match lack:
        case tree.Call(function="max", arguments=(tree.Constant(value=0.0), inner)):
            return inner
        case _:  # a number
            return lack


@dataclass(frozen=True)
class Energy:
    """weight · the integral of `integrand`.

    Where the integrand is a non-negatively weighted sum of squares, `squares` has it as pairs (factor, root).
    """

    integrand: Expression
    squares: tuple[tuple[float, Expression], ...] | None


@dataclass(frozen=True)
class Misfit:
    """weight · mean(((model - column)/sigma)²) over the rows of a file."""

    table: Table
    models: tuple[Expression, ...]
    """What each of the table's value columns measures."""
    sigma: float
    during: "During | None" = None
    """The rows that count, where not all do."""

    @property
    def is_sigma_known(self) -> bool:
        """Whether standard errors were said, by a number or a column."""
        return self.sigma != 1.0 or self.table.sigma is not None


@dataclass(frozen=True)
class During:
    """A slab of time, `low < t <= high` in the time of the whole; the slab's own begins at `start`."""

    index: int
    """Of the coordinate that is time."""
    low: float
    high: float
    start: float


@dataclass(frozen=True)
class Estimate:
    """How sums over coordinates are estimated: from random `vectors`, drawn anew for every step."""

    kind: Literal["axes", "signs", "normal"]
    """What a random vector is: a coordinate axis, signs, or normal numbers, over `indices`."""
    vectors: int
    indices: tuple[int, ...]

    @property
    def estimators(self) -> tuple[algebra.Estimator, algebra.Estimator]:
        """Two, each from half of the vectors: the mean of the product of independent estimates has no bias."""
        half = self.vectors // 2
        halves = range(half), range(half, self.vectors)
        first, second = (algebra.Estimator(self.indices, vectors, self.kind == "axes") for vectors in halves)
        return first, second


@dataclass(frozen=True)
class Cluster:
    """Training points drawn together along a coordinate: a share of them, around some values."""

    index: int
    centers: tuple[float, ...]
    width: float
    share: float


@dataclass(frozen=True)
class Functional:
    """A number of the whole problem: the integral of `integrand` over `region`, or its largest or least value there.

    Expressions have it as a parameter of this name.
    """

    name: str
    reduction: tree.Reduction
    integrand: Expression
    region: Region
    points: int | None
    sampling: Sampling
    clusters: tuple[Cluster, ...] = ()


@dataclass(frozen=True)
class Quantity:
    """A number that a run is asked for under `report`."""

    name: str
    text: str
    expression: Expression
    functionals: tuple[Functional, ...]


@dataclass(frozen=True)
class Term:
    """One contribution to the loss."""

    name: str
    text: str
    content: Equation | Energy | Misfit
    region: Region
    points: int | None
    sampling: Sampling
    weight: Expression
    estimate: Estimate | None = None
    clusters: tuple[Cluster, ...] = ()
    functionals: tuple[Functional, ...] = ()
    """The integrals in it."""
    handed: bool = False
    """Whether it stands where a slab of time begins, and its residual is to be that of the slab before."""

    @property
    def is_number(self) -> bool:
        """Whether it is a number of the whole problem, which counts once, and not one at each point."""
        return not self.region.pieces

    def is_spread(self, domain: Domain) -> bool:
        """Whether it holds at many points, and not as a number of the whole problem or at single ones."""
        return not all(isinstance(piece, Flat) and piece.dimension(domain) == 0 for piece in self.region.pieces)

    @property
    def is_energy(self) -> bool:
        """Whether it is minimised as it is, and not a sum of squares."""
        return isinstance(self.content, Energy) and self.content.squares is None


@dataclass(frozen=True)
class Extent:
    """Where an unknown lives."""

    region: str
    condition: Expression
    """What holds there and on the edge; of coordinates alone."""


@dataclass(frozen=True)
class Reference:
    """Known values in a file: of unknowns, and of expressions by the names of their columns."""

    table: Table
    models: Mapping[str, Expression]
    """What each value column of the table, in their order, is compared with."""


CUBIC = 4
"""From so many values along a coordinate on a spline is cubic."""


@dataclass(frozen=True, eq=False)
class Grid:
    """A known function by its values on a tensor grid."""

    path: Path
    axes: tuple["np.ndarray", ...]
    """The values of each coordinate, rising."""
    values: "np.ndarray"
    """With an axis for each coordinate."""
    periodic: tuple[bool, ...]
    """Along which coordinates the ends are one; the values there are equal."""

    @property
    def degrees(self) -> tuple[int, ...]:
        """The degree of its spline along each coordinate: cubic where there are enough values, else linear."""
        return tuple(3 if len(axis) >= CUBIC else 1 for axis in self.axes)


@dataclass(frozen=True, eq=False)
class Solved:
    """The networks of an earlier run: a vector of their outputs, as a function of all coordinates of that run."""

    path: Path
    """Its solution."""
    config: "Config"
    """Its config, without files."""


Given = Grid | Solved


def constraints(terms: Sequence[Term], domain: Domain) -> tuple[Term, ...]:
    """Beside an energy, what holds exactly: at many points where these stay, and there are no data."""
    if not any(isinstance(term.content, Energy) for term in terms):
        return ()
    has_data = any(isinstance(term.content, Misfit) for term in terms)

    def holds(term: Term) -> bool:
        stays = term.sampling.redraw_every is None and term.estimate is None and not has_data
        return isinstance(term.content, Equation) and (stays or not term.is_spread(domain))

    return tuple(filter(holds, terms))


@dataclass(frozen=True)
class Config:
    """Everything that a run is made of."""

    document: Document
    base: Path
    """The folder that file names in the document are relative to."""
    domain: Domain
    unknowns: tuple[str, ...]
    parameters: Mapping[str, Parameter]
    terms: tuple[Term, ...]
    ansatz: Mapping[str, Expression]
    """Each unknown over the network's raw output, hard conditions built in."""
    exact: Mapping[str, Expression]
    exact_numbers: Mapping[str, float]
    """True values of fitted parameters and of quantities under `report`."""
    reference: Reference | None
    scope: Scope
    """What every name stands for, for expressions asked of a finished run."""
    conditions: Mapping[str, tuple[Condition, ...]]
    """The hard conditions of each unknown."""
    stages: tuple[Stage, ...]
    """The optimizer's stages, those that were left open decided."""
    choices: tuple[str, ...]
    """Why a stage that was left open is what it is."""
    chosen_points: tuple[str, ...]
    """The points, and why, where they were left open and are not the usual ones."""
    chosen_network: tuple[str, ...]
    chosen_scales: tuple[str, ...]
    """The same of the network, and of what residuals are divided by."""
    files: tuple[Path, ...]
    """Files that the config names."""
    report: tuple[Quantity, ...]
    """Numbers that the run is asked for."""
    warnings: tuple[Diagnostic, ...]
    known: Mapping[str, Given] = field(default_factory=dict)
    """Functions that are given, by the name that expressions have for them."""
    extents: Mapping[str, Extent] = field(default_factory=dict)
    """Where unknowns live that do not live on the whole domain."""
    scales: Mapping[str, float] = field(default_factory=dict)
    """The sizes of unknowns that are not of size one."""
    guess: tuple[Term, ...] = ()
    """For unknowns that begin with a formula, the equations that say so."""
    slabs: tuple[float, ...] = ()
    """Where slabs of time begin and end, in order; empty where all of time is one."""

    @property
    def constraints(self) -> tuple[Term, ...]:
        """Beside an energy, the equations and inequalities that hold exactly."""
        return constraints(self.terms, self.domain)

    @property
    def spread(self) -> frozenset[str]:
        """The names of constraints that hold at many points."""
        return frozenset(term.name for term in self.constraints if term.is_spread(self.domain))
