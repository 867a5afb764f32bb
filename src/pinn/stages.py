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


class LevenbergMarquardt(Converging):
    """Levenberg–Marquardt along Taylor curves: for sums of squares with up to some thousand parameters."""

    kind: Literal["levenberg_marquardt"]
    max_steps: Natural = 1000
    """Accepted steps at most, each with one Jacobian."""
    order: Annotated[int, Field(ge=1, le=6)] = 4
    """Order of the curve that a step follows; 1 is the plain method, 2 has geodesic acceleration."""
    damping: float = Field(default=1e-3, gt=0)
    """The first damping, relative to the mean of the normal matrix's diagonal."""


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


Stage = Annotated[LevenbergMarquardt | Bfgs | Ssbfgs | Ssbroyden | Lbfgs | Adam, Field(discriminator="kind")]
AnyStage = Annotated[LevenbergMarquardt | Bfgs | Ssbfgs | Ssbroyden | Lbfgs | Adam | Auto, Field(discriminator="kind")]
