"""What `network` may say: one model for each kind of trainable function, told apart by `kind`."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from pinn.section import Count, Natural, Section

Activation = Literal["tanh", "sigmoid", "sin", "exp", "softplus", "swish", "gelu"]

Positive = Annotated[float, Field(gt=0)]


class Layers(Section):
    """What is said of every network."""

    hidden: list[Count] = Field(default=[32, 32], min_length=1)
    """Width of each hidden layer; left out, [24, 24] for one coordinate, [16, 16] for slabs of it."""
    output_activation: Literal["identity"] | Activation = "identity"
    """What is applied to the last sums; `identity` leaves them as they are."""


class Activated(Layers):
    """What is said of a network with a choice of functions in its hidden layers."""

    activation: Activation = "tanh"
    """What each hidden layer applies to its sums."""
    initial: Literal["glorot", "he"] = "glorot"
    """How the first weights are drawn: normal, with variance 2/(inputs + outputs) or 2/inputs."""


class Corner(Section):
    """A place in two coordinates at which solutions jump or are singular."""

    at: Annotated[dict[str, float], Field(min_length=2, max_length=2)]
    """Where it is along each of the two; one may be an edge of the shape, at whose distance 0 it is."""
    scale: Annotated[dict[str, Positive], Field(min_length=2, max_length=2)] | None = None
    """The distance along each of the two that counts as one; left out, the width of the domain."""
    marching: str | None = None
    """The one of the two whose distance counts by its root, as time in diffusion; left out, time if it is one."""
    power: Positive = 1.0
    """The power of the distance that solutions are smooth functions of: 0.5 where a value meets a slope on an edge."""


class Mlp(Activated):
    """A fully connected network with one output for each unknown."""

    kind: Literal["mlp"]
    corners: list[Corner] = []
    """Corners around which it reads polar coordinates too; left out, those in which conditions contradict."""


class RandomWaves(Section):
    """What is said of a network that reads waves of frequencies drawn at random."""

    scale: Positive = 1.0
    """Standard deviation of the drawn frequencies, in periods over the width of the domain."""
    seed: Natural = 0
    """Other seeds draw other frequencies; the top-level `seed` leaves them as they are."""


class Fourier(RandomWaves, Activated):
    """A fully connected network of cosines and sines of the coordinates: for solutions with many short waves."""

    kind: Literal["fourier"]
    features: Count = 32
    """How many frequencies are drawn, each for a cosine and a sine."""
    frequencies: Annotated[list[float | list[float]], Field(min_length=1)] | None = None
    """Frequencies in place of drawn ones, in periods over the width of the domain.

    A number holds along each coordinate alone; a list has one for each coordinate.
    """

    @model_validator(mode="after")
    def _drawn_or_given(self) -> "Fourier":
        fields = type(self).model_fields
        drawing = [key for key in ("features", "scale", "seed") if getattr(self, key) != fields[key].default]
        if self.frequencies is not None and drawing:
            raise ValueError(f"'frequencies' are given, and '{drawing[0]}' is of drawn ones; leave one of them out")
        return self


class Siren(Layers):
    """Sines throughout, with first weights that keep their size from layer to layer: for waves."""

    kind: Literal["siren"]
    frequency: Positive = 5.0
    """Multiplies the sums of every hidden layer; larger is for shorter waves."""


class Gated(Activated):
    """What is said of a network whose hidden layers are mixed with two further ones, the gates."""

    @field_validator("hidden")
    @classmethod
    def _alike(cls, hidden: list[int]) -> list[int]:
        if len(set(hidden)) > 1:
            raise ValueError("all layers pass the same gates, so that their widths in 'hidden' must be equal")
        return hidden


class ModifiedMlp(Gated):
    """Every hidden layer chooses between two transforms of the coordinates: for steep fronts."""

    kind: Literal["modified_mlp"]


class Pirate(RandomWaves, Gated):
    """Blocks of three gated layers that begin as the identity, behind random frequencies, half as many as the width."""

    kind: Literal["pirate"]

    @field_validator("hidden")
    @classmethod
    def _even(cls, hidden: list[int]) -> list[int]:
        if hidden[0] % 2:
            raise ValueError("each frequency has a cosine and a sine, so that widths in 'hidden' must be even")
        return hidden


class Kan(Layers):
    """A trained function on every edge, a sum of Chebyshev polynomials: few units for smooth solutions."""

    kind: Literal["kan"]
    degree: Count = 4
    """The highest polynomial."""


class Separable(Activated):
    """Sums of products of functions of one coordinate each, every one of them a fully connected network."""

    kind: Literal["separable"]
    rank: Count = 8
    """How many products are added for each unknown."""


Network = Annotated[Mlp | Fourier | Siren | ModifiedMlp | Pirate | Kan | Separable, Field(discriminator="kind")]
