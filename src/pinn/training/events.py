"""What training tells, and what has to be kept to go on bit for bit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from pinn.accuracy import Errors
from pinn.fields import Earlier
from pinn.optimizers.outcomes import Outcome, Report

LITTLE, NOTHING = 1e-3, 1e-20
"""Shares of the first loss between which that of networks that are zero is what others are compared with."""


class Slab(NamedTuple):
    """A slab of time that is trained no more: its numbers, and its loss."""

    theta: np.ndarray
    loss: float
    first: float = 0.0
    """The first loss of its last stage; 0 where it is not known."""


class Look(NamedTuple):
    """What was seen when it was last looked whether a stage still gains: a step of it, and the loss there."""

    step: int
    loss: float
    first: float = 0.0
    """The first loss of the stage; 0 where it is not known."""
    at_rest: float = 0.0
    """The loss of networks that are zero; 0 where it is not known."""

    @property
    def whole(self) -> float:
        """What losses are shares of: the first, or that of networks that are zero where it is far below.

        In units where a modulus of 1e11 acts on what should be 1e-3 large and begins near one, a small share of the
        first loss says nothing.
        """
        return self.at_rest if self._is_huge else self.first

    @property
    def named(self) -> str:
        """What that is."""
        return "that of networks that are zero" if self._is_huge else "the first"

    @property
    def _is_huge(self) -> bool:
        """Whether the first loss tells little; what is lower still is rounding."""
        return NOTHING * self.first < self.at_rest < LITTLE * self.first


class Held(NamedTuple):
    """The parameters at which the loss on independent points was lowest: at which step, and how low."""

    step: int
    loss: float
    first: float
    """Where that loss began."""
    theta: np.ndarray
    gap: float = 1.0
    """How far the loss of training was from it, relative to the size of the loss; 1 where that tells nothing."""


class Weighed(NamedTuple):
    """How often the terms were weighed against each other before, and the present factors of their weights."""

    number: int
    factors: Mapping[str, float]


class Front(NamedTuple):
    """How far causal training has come in time, and how often times were weighed before."""

    number: int
    first: float
    """The first loss."""
    falls: int
    """How often the tolerance has fallen."""
    weights: tuple[float, ...]
    """Of the intervals of time, in their order; none once all of time counts fully."""


class Shift(NamedTuple):
    """What constraints beside an energy are to be in place of zero, so that they vanish; see `multipliers`."""

    step: int
    """At which they were last looked at."""
    factor: float
    """What their weights are multiplied by."""
    targets: Float[np.ndarray, " k"]
    """Of every component at every point."""
    seen: Float[np.ndarray, " k"]
    """By how much they were missed then."""
    left: float | None
    """The root of what they added to the loss when the targets last changed; None before."""


@dataclass(frozen=True)
class Snapshot:
    """The stage, what came before it, and the optimizer's arrays by name."""

    stage: int
    steps_before: int
    evaluations_before: int
    report: Report
    arrays: Mapping[str, np.ndarray]
    anchors: Mapping[str, np.ndarray] = field(default_factory=dict)
    """The parameters by whose residuals the present points were drawn, where points are refined."""
    added: tuple[int, ...] = ()
    """The steps from which on there are twice as many interior points as before."""
    looked: Look | None = None
    """The loss that the present one will be compared with."""
    earlier: Earlier | None = None
    """The networks of earlier stages."""
    weighed: Weighed | None = None
    """The factors of the terms' weights, where they are balanced."""
    slabs: tuple[Slab, ...] = ()
    """The slabs of time before the present one."""
    held: Held | None = None
    """The best on independent points."""
    front: Front | None = None
    """The weights of times, where they are causal."""
    shift: Shift | None = None
    """The targets of constraints, where an energy is beside them."""

    @property
    def step(self) -> int:
        """Accepted steps in all stages."""
        return self.steps_before + self.report.step

    @property
    def evaluations(self) -> int:
        """Evaluations of the loss in all stages."""
        return self.evaluations_before + self.report.evaluations

    @property
    def theta(self) -> np.ndarray:
        """The trained numbers."""
        return self.arrays["theta"]

    @property
    def slab(self) -> Slab:
        """What is kept of the present slab of time."""
        return Slab(self.theta, self.report.loss, self.looked.first if self.looked else 0.0)


@dataclass(frozen=True)
class Advanced:
    """A chunk was done; said often, for progress displays."""

    stage: int
    step: int
    evaluations: int
    loss: float
    last_step: int
    """The step at which the stage ends at the latest."""
    slab: int | None = None
    """Which slab of time it is, from 1, where there are any; so below."""


@dataclass(frozen=True)
class Origin:
    """The number of a stage, and the steps and evaluations before it."""

    stage: int
    steps: int
    evaluations: int

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Origin":
        return cls(snapshot.stage, snapshot.steps_before, snapshot.evaluations_before)


@dataclass(frozen=True)
class Logged:
    """A line of metrics, at a fixed step."""

    stage: int
    step: int
    evaluations: int
    loss: float
    """With the weights of the config, also where training has others."""
    terms: Mapping[str, float]
    """What each term contributes to the loss."""
    gradient_norm: float
    validation: float | None
    """The loss on independent points."""
    points: int
    """Training points in all regions."""
    balance: Mapping[str, float] | None = None
    """What the weight of each term is multiplied by in training, where weights are balanced."""
    report: Mapping[str, float] = field(default_factory=dict)
    """The quantities that the run is asked for."""
    errors: Errors = field(default_factory=dict)
    """Against `exact` and `reference`, where they are asked for."""
    slab: int | None = None
    causal: float | None = None
    """The weight of the last times in training, where weights are causal."""
    multipliers: Mapping[str, float] = field(default_factory=dict)
    """Those of constraints beside an energy."""


@dataclass(frozen=True)
class Calmed:
    """The loss of the start was not finite, and its networks' numbers were halved so many times."""

    halvings: int
    slab: int | None = None


@dataclass(frozen=True)
class Added:
    """The interior points were doubled, for the loss on independent ones was `ratio` times that of training.

    None where it rose while that of training fell, and the parameters were put back.
    """

    stage: int
    step: int
    ratio: float | None
    slab: int | None = None


@dataclass(frozen=True)
class Saved:
    """A state worth keeping: at fixed steps, at the end of stages and wherever training stops."""

    snapshot: Snapshot


@dataclass(frozen=True)
class Ended:
    """A stage has come to its end; with `last`, so has the training."""

    stage: int
    outcome: Outcome
    """`RUNNING` where it was stopped from outside."""
    reason: str
    last: bool
    measured: Logged | None = None
    """How it stands, where that was not logged: between the steps at which it is."""
    halted: bool = False
    """Whether the training was told to stop here."""
    doubtful: bool = False
    """Whether the reason is one to doubt the solution."""
    slab: int | None = None


Event = Calmed | Advanced | Logged | Added | Saved | Ended
