"""What a stage of the optimizer may say: one model for each method, told apart by `kind`."""

from typing import Annotated, Literal

from pydantic import Field

from pinn.section import Count, Natural, Section


class Limits(Section):
    """What ends any stage."""

    max_steps: Natural = 5000
    """Accepted steps at most."""
    target: float | None = None
    """Stop when the loss is at or below this."""
    max_seconds: float | None = Field(default=None, gt=0)
    """Stop this stage after so many seconds of training."""


class Converging(Limits):
    """What also ends a stage whose method converges."""

    rtol: float = Field(default=0.0, ge=0)
    """Stop when step and decrease fall below atol + rtol · size."""
    atol: float = Field(default=1e-14, ge=0)
    """See `rtol`."""
    patience: Natural | None = None
    """Stop when the loss, a sum of squares, fell by less than a tenth in so many steps; 0 is never.

    Default 1000, and 50 for levenberg_marquardt.
    """
    reduction: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Stop when the loss, a sum of squares, is at most this share of the stage's first; 0 is never."""


class Bfgs(Converging):
    """BFGS with a dense inverse Hessian: up to some thousand parameters."""

    kind: Literal["bfgs"]


class Ssbfgs(Converging):
    """BFGS that scales its inverse Hessian in every step (Al-Baali): up to some thousand parameters."""

    kind: Literal["ssbfgs"]


class Ssbroyden(Converging):
    """The self-scaled method of Broyden's family that suits networks best: up to some thousand parameters."""

    kind: Literal["ssbroyden"]


class Lbfgs(Converging):
    """Limited-memory BFGS: for many parameters."""

    kind: Literal["lbfgs"]
    history: Count = 50
    """Number of steps that are remembered."""


class Adam(Limits):
    """Adam: one gradient a step, for a rough start and for points that are redrawn often."""

    kind: Literal["adam"]
    learning_rate: float = Field(default=1e-3, gt=0)
    """Length of a step in each parameter, roughly."""
    schedule: Literal["constant", "cosine", "exponential"] = "constant"
    """How the learning rate falls over `max_steps`: not, to 0 along a cosine, or evenly to a hundredth."""
    b1: float = Field(default=0.9, ge=0, lt=1)
    """Memory of the mean gradient."""
    b2: float = Field(default=0.999, ge=0, lt=1)
    """Memory of the mean squared gradient."""


class LeastSquares(Converging):
    """What methods say that take curves through sums of squares."""

    max_steps: Natural = 1000
    """Accepted steps at most, each with one Jacobian."""
    order: Annotated[int, Field(ge=1, le=6)] = 4
    """Order of the curve that a step follows; 1 is the plain method, 2 has geodesic acceleration."""
    damping: float = Field(default=1e-3, gt=0)
    """The first damping, relative to the mean of the normal matrix's diagonal."""


class LevenbergMarquardt(LeastSquares):
    """Levenberg–Marquardt along Taylor curves: for sums of squares with up to some thousand parameters."""

    kind: Literal["levenberg_marquardt"]


class MultiStage(LeastSquares):
    """A further network for what the stages before have left, trained by levenberg_marquardt; they are kept as is."""

    kind: Literal["multi_stage"]
    hidden: list[Count] | None = Field(default=None, min_length=1)
    """Width of each hidden layer of the further network; left out, those of `network`."""
    frequency: float | None = Field(default=None, gt=0)
    """How fast its first layer varies over inputs in [-1, 1]; left out, as fast as the remaining residual."""


class NaturalGradient(Converging):
    """Gauss–Newton along Taylor curves, with the integrand's own Hessian: for energies, to some thousand parameters."""

    kind: Literal["natural_gradient"]
    max_steps: Natural = 1000
    """Accepted steps at most, each with one matrix."""
    order: Annotated[int, Field(ge=1, le=6)] = 4
    """Order of the curve that a step follows; 1 is a straight line."""
    damping: float = Field(default=1e-3, gt=0)
    """The first damping, relative to the mean of the matrix's diagonal."""


class Spring(Limits):
    """Natural gradient with momentum, for points redrawn at each step: many dimensions and wide networks."""

    kind: Literal["spring"]
    max_steps: Natural = 1000
    """Steps, each with one Jacobian."""
    learning_rate: float = Field(default=0.3, gt=0)
    """Share of the Gauss–Newton step that is taken."""
    schedule: Literal["constant", "cosine", "exponential"] = "cosine"
    """How the learning rate falls over `max_steps`: not, to 0 along a cosine, or evenly to a hundredth."""
    momentum: float = Field(default=0.9, ge=0, lt=1)
    """Share of the direction before that a direction keeps where its points say nothing else."""
    damping: float = Field(default=1e-8, gt=0)
    """Relative to the mean of the normal matrix's diagonal."""
    longest: float = Field(default=10.0, gt=0)
    """The largest norm of a step."""


class Auto(Section):
    """The method that fits: `levenberg_marquardt` for squares if not too large, else `ssbroyden` or `lbfgs`."""

    kind: Literal["auto"]
    max_steps: Natural | None = None
    """Accepted steps at most; left out, what the chosen method has by itself."""
    rtol: float = Field(default=0.0, ge=0)
    """Stop when step and decrease fall below atol + rtol · size."""
    atol: float = Field(default=1e-14, ge=0)
    """See `rtol`."""
    target: float | None = None
    """Stop when the loss is at or below this."""
    max_seconds: float | None = Field(default=None, gt=0)
    """Stop this stage after so many seconds of training."""
    patience: Natural | None = None
    """Stop when the loss, a sum of squares, fell by less than a tenth in so many steps; 0 is never."""
    reduction: Annotated[float, Field(ge=0, lt=1)] = 1e-18
    """Stop when the loss, a sum of squares, is at most this share of its first; 0 is never."""


Stage = Annotated[
    LevenbergMarquardt | MultiStage | NaturalGradient | Bfgs | Ssbfgs | Ssbroyden | Lbfgs | Adam | Spring,
    Field(discriminator="kind"),
]
AnyStage = Annotated[
    LevenbergMarquardt | MultiStage | NaturalGradient | Bfgs | Ssbfgs | Ssbroyden | Lbfgs | Adam | Spring | Auto,
    Field(discriminator="kind"),
]
