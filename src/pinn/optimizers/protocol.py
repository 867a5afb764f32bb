"""What an objective offers to an optimizer, and what an optimizer offers to a run.

An optimizer knows no PDE: it sees one vector of parameters `theta` and a tree of arrays `args` (points,
weights, data) that is passed through to the objective, so that one compiled program serves every redraw.
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import equinox as eqx
import jax.numpy as jnp
import optimistix as optx
from jaxtyping import Array, Bool, Float, Int, PyTree

from pinn.optimizers.outcomes import Outcome

Vector = Float[Array, " n"]
Rows = Float[Array, " rows"]


class Residuals(Protocol):
    """A loss that is the sum of squares of `rows` residuals, weights and means already inside them."""

    def __call__(self, theta: Vector, args: PyTree) -> Rows:
        """The residuals r."""
        ...

    def jacobian(self, theta: Vector, args: PyTree) -> tuple[Rows, Float[Array, "rows n"]]:
        """r and its derivative J with respect to `theta`."""
        ...

    def curve(self, theta: Vector, series: Sequence[Vector | None], args: PyTree) -> Float[Array, "orders rows"]:
        """r, dr/ds, …, (1/k!) d^k r/ds^k at s = 0 along θ + Σ_j p_j s^j for `series` (p_1, …, p_k), None for 0."""
        ...


class Curvature(Protocol):
    """A loss with a Gauss–Newton matrix AᵀA; A is the derivative of a function z(θ), up to what is held constant."""

    def value(self, theta: Vector, args: PyTree) -> tuple[Float[Array, ""], Vector]:
        """The loss and its gradient."""
        ...

    def rows(self, theta: Vector, args: PyTree) -> Float[Array, "rows n"]:
        """A."""
        ...

    def curve(self, theta: Vector, series: Sequence[Vector | None], args: PyTree) -> Float[Array, "orders rows"]:
        """z, dz/ds, …, (1/k!) d^k z/ds^k at s = 0 along θ + Σ_j p_j s^j for `series` (p_1, …, p_k), None for 0."""
        ...


class Objective(Protocol):
    """A scalar function of the parameters; `residuals` is None unless it is a sum of squares."""

    @property
    def residuals(self) -> Residuals | None: ...

    @property
    def curvature(self) -> Curvature: ...

    def value(self, theta: Vector, args: PyTree) -> Float[Array, ""]:
        """The loss, of the dtype of `theta`."""
        ...


class Status(eqx.Module):
    """How a method stands: `steps` counts accepted points after the start; `outcome` is an `Outcome` code."""

    loss: Float[Array, ""]
    gradient_norm: Float[Array, ""]
    steps: Int[Array, ""]
    outcome: Int[Array, ""]


def verdict(*cases: tuple[Bool[Array, ""], Outcome | Array]) -> Int[Array, ""]:
    """The outcome of the first case that is true, or `RUNNING`."""
    conditions, outcomes = zip(*cases, strict=True)
    return jnp.select(conditions, [jnp.asarray(code) for code in outcomes], jnp.asarray(Outcome.RUNNING))


class AbstractMethod(optx.AbstractIterativeSolver[Vector, Any, None, Any]):
    """An optimistix solver, at most one accepted point a `step`, that can say what it needs and how it stands."""

    @abstractmethod
    def form(self, objective: Objective) -> Any:
        """What `step` takes for `fn`."""

    @abstractmethod
    def status(self, state: Any) -> Status:
        """Read the solver's own state; says nothing of targets and step limits, which are the driver's."""


class AbstractReportingMethod(AbstractMethod):
    """A method written as `begin`, `advance` and `status`; the library's interface follows from these."""

    @abstractmethod
    def begin(self, y: Vector) -> Any:
        """The state before anything was evaluated; `y` is where the first evaluation will be."""

    @abstractmethod
    def advance(self, fn: Any, y: Vector, args: PyTree, state: Any) -> tuple[Vector, Any]:
        """Evaluate the start, or go on from `y`, to at most one accepted point; it and the state there."""

    def init(
        self,
        fn: Any,
        y: Vector,
        args: PyTree,
        options: dict[str, Any],
        f_struct: Any,
        aux_struct: Any,
        tags: frozenset[object],
    ) -> Any:
        """See `begin`."""
        return self.begin(y)

    def step(
        self,
        fn: Any,
        y: Vector,
        args: PyTree,
        options: dict[str, Any],
        state: Any,
        tags: frozenset[object],
    ) -> tuple[Vector, Any, None]:
        """See `advance`."""
        return (*self.advance(fn, y, args, state), None)

    def terminate(
        self,
        fn: Any,
        y: Vector,
        args: PyTree,
        options: dict[str, Any],
        state: Any,
        tags: frozenset[object],
    ) -> tuple[Bool[Array, ""], optx.RESULTS]:
        """When the status says that there is nothing to go on with."""
        return self.status(state).outcome != Outcome.RUNNING, optx.RESULTS.successful

    def postprocess(
        self,
        fn: Any,
        y: Vector,
        aux: None,
        args: PyTree,
        options: dict[str, Any],
        state: Any,
        tags: frozenset[object],
        result: optx.RESULTS,
    ) -> tuple[Vector, None, dict[str, Any]]:
        """The point as it is."""
        return y, aux, {}


class AbstractScalarMethod(AbstractMethod, optx.AbstractMinimiser[Vector, None, Any]):
    """A method that sees a loss and its gradient, one evaluation a `step`."""

    def form(self, objective: Objective) -> Callable[[Vector, PyTree], tuple[Float[Array, ""], None]]:
        """The loss as optimistix has it, with nothing beside."""
        return lambda theta, args: (objective.value(theta, args), None)


class AbstractComparingMethod(AbstractMethod):
    """A method that compares values at several parameters, all of which must be of the same points."""

    @abstractmethod
    def renew(self, fn: Any, y: Vector, args: PyTree, state: Any) -> Any:
        """The state of a method that stands at `y`, its values taken afresh there; what it has learned stays.

        One that had come to rest goes on.
        """

    def settled(self, step: Vector, y: Vector, fall: Float[Array, ""], value: Float[Array, ""]) -> Bool[Array, ""]:
        """Whether a step to `y` changes neither the point nor the value by more than `atol` and `rtol`."""
        small = lambda change, here: jnp.all(jnp.abs(change) < self.atol + self.rtol * jnp.abs(here))
        return small(step, y) & small(fall, value)
