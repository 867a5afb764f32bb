"""The words a config may use. Reading this file is reading the manual of the YAML.

Each section is a pydantic model or a closed union told apart by `kind`. A field's docstring is its manual
entry. Text that holds mathematics has the type `Formula`; `pinn.config` parses and checks it.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from pinn.architectures import Activated as Activated
from pinn.architectures import Corner as Corner
from pinn.architectures import Fourier as Fourier
from pinn.architectures import Kan as Kan
from pinn.architectures import Mlp as Mlp
from pinn.architectures import ModifiedMlp as ModifiedMlp
from pinn.architectures import Network as Network
from pinn.architectures import Pirate as Pirate
from pinn.architectures import Separable as Separable
from pinn.architectures import Siren as Siren
from pinn.drawing import TENSOR as TENSOR
from pinn.drawing import Cluster as Cluster
from pinn.drawing import Refine as Refine
from pinn.drawing import Sampling as Sampling
from pinn.section import Count, Formula, Many, Name, Natural, Pair, Section, as_whole
from pinn.section import one_or_many as one_or_many
from pinn.shapes import Annulus as Annulus
from pinn.shapes import Ball as Ball
from pinn.shapes import Box as Box
from pinn.shapes import Cloud as Cloud
from pinn.shapes import Difference as Difference
from pinn.shapes import Disk as Disk
from pinn.shapes import Domain as Domain
from pinn.shapes import Ellipse as Ellipse
from pinn.shapes import Gaussian as Gaussian
from pinn.shapes import Intersection as Intersection
from pinn.shapes import Line as Line
from pinn.shapes import Patch as Patch
from pinn.shapes import Plane as Plane
from pinn.shapes import Polygon as Polygon
from pinn.shapes import Product as Product
from pinn.shapes import Shape as Shape
from pinn.shapes import Sphere as Sphere
from pinn.shapes import Union as Union
from pinn.shapes import Vector as Vector
from pinn.stages import Adam as Adam
from pinn.stages import AnyStage as AnyStage
from pinn.stages import Auto as Auto
from pinn.stages import Bfgs as Bfgs
from pinn.stages import Converging as Converging
from pinn.stages import Lbfgs as Lbfgs
from pinn.stages import LeastSquares as LeastSquares
from pinn.stages import LevenbergMarquardt as LevenbergMarquardt
from pinn.stages import Limits as Limits
from pinn.stages import MultiStage as MultiStage
from pinn.stages import NaturalGradient as NaturalGradient
from pinn.stages import Spring as Spring
from pinn.stages import Ssbfgs as Ssbfgs
from pinn.stages import Ssbroyden as Ssbroyden
from pinn.stages import Stage as Stage

# --- unknowns and parameters


class Unknown(Section):
    """An unknown function with a network of its own; an empty mapping says no more than that."""

    inputs: Annotated[list[Name], Field(min_length=1)] | None = None
    """The coordinates that it is a function of; left out: all."""
    on: Name | None = None
    """The region that it lives on, a condition named under `regions`, with its edge; left out: the whole domain."""
    positive: bool = False
    """Keep the function above zero: its logarithm is what the network says."""
    scale: Formula | None = None
    """Its size, by which the network's output is multiplied; left out: the largest value asked of it, if above 10."""
    network: Network | None = None
    """Its network, where it differs from the top-level one."""


class Fitted(Section):
    """A number to be found together with the unknowns."""

    kind: Literal["fitted"]
    initial: Formula
    """Where the search starts."""
    positive: bool = False
    """Keep the number above zero: its logarithm is fitted."""
    bounds: Pair | None = None
    """Keep the number strictly between two bounds."""
    scale: Formula = 1.0
    """The size of a natural change; the optimizer sees the number divided by this."""


class Drawn(Section):
    """Numbers drawn once by NumPy's PCG64 and stored in the run."""

    kind: Literal["random"]
    distribution: Literal["normal", "uniform"]
    """Standard normal, or uniform between 0 and 1."""
    dim: Count | None = None
    """Length of the vector; left out for a single number."""
    seed: Natural = 0
    """Other seeds draw other numbers."""


Parameter = Formula | list[Formula] | Annotated[Fitted | Drawn, Field(discriminator="kind")]


# --- terms


class Data(Section):
    """Measured values that the unknowns should meet."""

    file: str
    """CSV or NPZ with a column for every input; relative to the config file."""
    columns: dict[str, Name] = {}
    """Column name → the coordinate or unknown that it holds, where they differ."""
    fit: dict[str, Formula] = {}
    """Column name → expression that should equal it, beside the unknowns themselves."""
    sigma: Formula = 1.0
    """Standard error of the values: a number, or the name of a column.

    The misfit counts 1/sigma² times; a `weight` of sigma² brings it back to the size of an equation.
    """
    missing: Literal["refuse", "skip"] = "refuse"
    """What to do with empty or NaN values."""


class Hutchinson(Section):
    """Random signs in all spatial coordinates at once; normal numbers where a power of the Laplacian stands."""

    kind: Literal["hutchinson"]
    directions: Annotated[int, Field(ge=2), BeforeValidator(as_whole)] = 16
    """How many random vectors there are at each step."""


class Stde(Section):
    """Spatial coordinates picked at random."""

    kind: Literal["stde"]
    directions: Annotated[int, Field(ge=2), BeforeValidator(as_whole)] = 16
    """How many coordinates are picked at each step."""


Estimate = Annotated[Hutchinson | Stde, Field(discriminator="kind")]

Place = str | dict[Name, Formula | list[Formula]]
"""`interior`, `boundary`, a plane `x=expr`, a point `{x: 0, y: 0}` (a vector takes a number or a list), a name, or a
part that is told here, `{on: x=0, where: y < 0.5}`."""


class Part(Section):
    """A named region: places, or the points of them at which a condition holds."""

    on: Many[Place] = ["interior"]
    """Places as in a term, or regions that are named above."""
    outline: Shape | None = None
    """In the place of `on`: the boundary of a shape of the plane, as far as it lies inside the domain."""
    where: str | None = None
    """A condition on the coordinates, such as `abs(x) < 0.4 and y > 0`."""


class Term(Section):
    """One contribution to the loss: exactly one of `equation`, `require`, `minimise`, `data`."""

    equation: Many[Formula] | None = None
    """`lhs = rhs`, or a list of them; contributes weight · mean((lhs - rhs)²); beside an energy it holds exactly."""
    require: Many[Formula] | None = None
    """`lhs >= rhs` or `lhs <= rhs`, or a list of them; contributes weight · mean(max(0, what is missing)²).

    Beside an energy it holds exactly.
    """
    minimise: Formula | None = None
    """An integrand; contributes weight · its integral over the region, not squared.

    A number, of integrals or of values at fixed places, counts once.
    """
    modes: Annotated[int, Field(ge=2, le=9)] | None = None
    """With `minimise` of a quotient of integrals: so many of the lowest states, as unknowns `u1`, `u2`, …, at once.

    Four are possible for most quotients."""
    data: str | Data | None = None
    """A file of measurements; contributes weight · mean(((model - data)/sigma)²)."""
    on: Many[Place] | None = None
    """Where the term holds: `interior` (the default), `boundary`, a plane, a point, a name, or a list of these."""
    hard: bool = False
    """Build the condition into the unknown, so that it holds exactly and needs no points."""
    points: Count | None = None
    """Number of points; for each entry where `on` is a list."""
    sampling: Sampling | None = None
    """How this term's points are chosen, where it differs from the top-level `sampling`."""
    estimate: Estimate | None = None
    """Estimate `laplacian` and its powers along random directions, drawn anew for every step: for many dimensions."""
    weight: Formula | None = None
    """Multiplies after squaring; may depend on the coordinates. Default 1."""
    scale: Many[Formula] | None = None
    """What its residual is divided by before squaring, or each; left out: 1, or sizes where these are far apart."""
    name: Name | None = None
    """Heads this term's column in every table. Default `term_1`, `term_2`, …"""

    @model_validator(mode="after")
    def _one_kind(self) -> "Term":
        kinds = ("equation", "require", "minimise", "data")
        given = [key for key in kinds if getattr(self, key) is not None]
        if len(given) != 1:
            said = "none of them" if not given else "both " + " and ".join(f"'{k}'" for k in given)
            raise ValueError(
                f"a term says exactly one of 'equation', 'require', 'minimise', 'data'; this one says {said}"
            )
        return self


# --- training and the whole


class Training(Section):
    """What is about the run and not the method."""

    max_seconds: float | None = Field(default=None, gt=0)
    """Stop after so many seconds of training, compilation included."""
    checkpoint_every: Count | None = None
    """Steps between two checkpoints; default 1000, and 50 for levenberg_marquardt."""
    log_every: Count | None = None
    """Steps between two lines of metrics; default 50, and 5 for levenberg_marquardt."""
    validation: Natural | None = None
    """Interior points of an independent set that watches the loss; default as many as in training, 0 is off."""
    errors: bool = False
    """Measure the errors against `exact` and `reference` with every line of metrics, as `pinn eval` does."""
    slabs: Count | list[Formula] | None = None
    """Train slabs of time one after the other: how many of equal length, or the times between them; default 1."""
    causal: bool | Annotated[float, Field(gt=0, lt=1)] = False
    """Let a time count only when so small a share of the first loss is left before it; `true` is 1e-3."""
    balance_every: Count | None = None
    """Weigh equations and data against each other by their Jacobians, at the start and after every so many steps."""
    add_points: Count | None = None
    """Double the interior points where the network exploits them, up to so many.

    That is where the loss on independent points is 10 times that of training, or an energy rises there. Default: none,
    but where `sampling` is not said 8 times the points of equations, and 16 times those of an energy.
    """


class Reference(Section):
    """A file of known values, to measure the error against; never used for training."""

    file: str
    """CSV or NPZ with a column for every input and at least one known value; relative to the config file."""
    columns: dict[str, Name] = {}
    """Column name → the coordinate or unknown that it holds, where they differ."""
    fit: dict[str, Formula] = {}
    """Column name → expression that should equal it, measured beside the unknowns themselves."""


class Known(Section):
    """A function that is given and not found: values on a grid, or the solution of an earlier run."""

    file: str | None = None
    """CSV or NPZ with the values at all points of a grid of some coordinates; relative to the config file."""
    columns: dict[str, Name] = {}
    """Column name → the coordinate or known function that it holds, where they differ."""
    run: str | None = None
    """The directory of a run, or its solution.safetensors; relative to the config file."""
    unknown: Name | None = None
    """Which unknown of the run it is; left out: the one of the same name."""

    @model_validator(mode="after")
    def _one_source(self) -> "Known":
        if (self.file is None) == (self.run is None):
            said = "none of them" if self.file is None else "both"
            raise ValueError(f"a known function says exactly one of 'file', 'run'; this one says {said}")
        return self


class Document(Section):
    """A whole config."""

    title: str | None = None
    """Words for people."""
    notes: str | None = None
    """More words for people."""
    unknowns: Annotated[list[Name], Field(min_length=1)] | Annotated[dict[Name, Unknown], Field(min_length=1)]
    """The functions to be found: a list, as outputs of one network, or a mapping, each with one of its own."""
    parameters: dict[Name, Parameter] = {}
    """Named numbers: fixed, fitted or drawn."""
    domain: Domain
    """Where the unknowns live; names the coordinates."""
    regions: dict[Name, str | Part] = {}
    """Named regions: a condition on points inside (`x < 0.5`), or `{on, where}` for those of other places."""
    directions: dict[Name, Annotated[list[Formula], Field(min_length=1)] | dict[Name, Formula]] = {}
    """Named vectors v for `d(e, v)`, not normalised: a number for each coordinate, or some by name, the rest 0."""
    known: dict[Name, str | Known] = {}
    """Named functions that are given, by a file with values on a grid or by an earlier run; usable like unknowns."""
    define: dict[Name, Formula] = {}
    """Abbreviations, usable in every expression below."""
    terms: Annotated[list[Term], Field(min_length=1)]
    """The loss is the sum of these."""
    exact: dict[Name, Formula] = {}
    """Known solution by unknown (and true value by fitted parameter or quantity); only measured against."""
    reference: str | Reference | None = None
    """Known values in a file; only measured against."""
    guess: dict[Name, Formula] = {}
    """Formulas that unknowns begin with: their networks are fitted to them before the training."""
    report: dict[Name, Formula] = {}
    """Numbers that the run is asked for: integrals and what is made of them, or values at a place."""
    network: Network = Mlp(kind="mlp")
    """The trainable function that stands for the unknowns."""
    sampling: Sampling = Sampling(kind="sobol")
    """How points are chosen."""
    optimizer: Many[AnyStage] = [Auto(kind="auto")]
    """One stage, or a list of stages that run in order. Left out, or `auto`, it is chosen."""
    precision: Literal["float64", "float32"] = "float64"
    """Of all numbers in training and evaluation."""
    seed: Natural = Field(default=0, lt=2**32)
    """Seeds the first weights and the points."""
    training: Training = Training()
    """Limits, checkpoints, logging: what is about the run and not the method."""
