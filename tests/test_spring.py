"""SPRING's directions solve what they say, keep what new points say nothing about, and never exceed their length."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from optimizer_problems import ONE
from pinn import schema
from pinn.optimizers import build
from pinn.optimizers.driver import State, flatten_state
from pinn.optimizers.outcomes import Outcome

RNG = np.random.default_rng(4)


class Linear:
    """Residuals J θ - b for the `args` (J, b)."""

    curvature: Any = None

    def __call__(self, theta: Any, args: Any) -> Any:
        return args[0] @ theta - args[1]

    def jacobian(self, theta: Any, args: Any) -> Any:
        return self(theta, args), args[0]

    @property
    def residuals(self) -> Any:
        return self

    def value(self, theta: Any, args: Any) -> Any:
        return jnp.sum(self(theta, args) ** 2)


class Energy:
    """The same loss, known by gradient and Gauss–Newton rows alone."""

    residuals = None

    @property
    def curvature(self) -> Any:
        return Halves()


class Halves:
    def value(self, theta: Any, args: Any) -> Any:
        rest = args[0] @ theta - args[1]
        return jnp.sum(rest**2), 2 * rest @ args[0]

    def rows(self, theta: Any, args: Any) -> Any:
        return 2**0.5 * args[0]


def spring(**said: Any) -> schema.Spring:
    plain = {"learning_rate": 1.0, "schedule": "constant", "longest": 1e9, "damping": 1e-2}
    return schema.Spring.model_validate({"kind": "spring", **plain, **said})


def systems(count: int, rows: int, columns: int) -> list[Any]:
    numbers = RNG.normal(size=(count, rows, columns + 1))
    return [(jnp.asarray(system[:, :-1]), jnp.asarray(system[:, -1])) for system in numbers]


def run(stage: schema.Spring, objective: Any, size: int, systems: list[Any]) -> State:
    """Step k, evaluated on system k."""
    optimizer = build(stage)
    state = optimizer.start(jnp.zeros(size))
    for k, system in enumerate(systems):
        state = optimizer.advance(objective, state, system, k)
    return state


@pytest.mark.parametrize("objective", [Linear(), Energy()])
@pytest.mark.parametrize("momentum", [0.0, 0.7])
@pytest.mark.parametrize("shape", [(3, 8), (8, 3)])
def test_directions_are_those_of_the_formula(shape: tuple[int, int], momentum: float, objective: Any) -> None:
    """(JᵀJ + λ) φ = -Jᵀr + λ μ φ', written out; with more rows than columns and fewer, with and without residuals."""
    given = systems(5, *shape)
    theta, direction, rest = np.zeros(shape[1]), np.zeros(shape[1]), np.zeros(0)
    for k, (matrix, right) in enumerate(given):
        if k:
            theta = theta + direction * 0.5 / np.sqrt(1 - momentum ** (2 * k))
        matrix, rest = np.asarray(matrix), np.asarray(matrix @ theta - right)
        damping = 1e-2 * np.sum(matrix**2) / shape[1]
        whole = matrix.T @ matrix + damping * np.eye(shape[1])
        direction = np.linalg.solve(whole, -matrix.T @ rest + damping * momentum * direction)
    state = run(spring(momentum=momentum, learning_rate=0.5), objective, shape[1], given)
    assert np.allclose(state.theta, theta, rtol=1e-9, atol=1e-11)
    assert np.allclose(state.memory.direction, direction, rtol=1e-9, atol=1e-11)
    assert state.report().loss == pytest.approx(float(np.sum(rest**2)), rel=1e-9)
    assert (state.report().step, state.report().evaluations) == (4, 5)


def test_what_points_say_nothing_about_is_kept_in_the_share_of_the_momentum() -> None:
    """First points that know θ_0 alone, then others that know θ_1."""
    eye, one = jnp.eye(2), jnp.ones(1)
    state = run(spring(momentum=0.5, learning_rate=0.1, damping=1e-9), Linear(), 2, [(eye[:1], one), (eye[1:], one)])
    assert np.allclose(state.memory.direction, [0.5, 1], rtol=1e-6)


def test_no_step_is_longer_than_said_and_the_rate_falls() -> None:
    optimizer = build(spring(longest=1e-3, max_steps=4))
    (system,) = systems(1, 3, 8)
    start = optimizer.advance(Linear(), optimizer.start(jnp.zeros(8)), system, 0)
    after = optimizer.advance(Linear(), start, system, 1)
    assert jnp.linalg.norm(after.theta) == pytest.approx(1e-3, rel=1e-12)
    whole, falling = (
        run(spring(schedule=schedule, momentum=0, max_steps=4), Linear(), 8, [system] * 3)
        for schedule in ("constant", "cosine")
    )
    assert whole.report().loss < 0.1 * falling.report().loss < 0.1 * start.report().loss


@pytest.mark.usefixtures("full_compiler")
def test_any_split_gives_the_same_bits() -> None:
    optimizer, (system,) = build(spring(momentum=0.9, learning_rate=0.1)), systems(1, 3, 8)
    whole = optimizer.advance(Linear(), optimizer.start(jnp.zeros(8)), system, 20)
    state = optimizer.start(jnp.zeros(8))
    for until, budget in ((0, 9), (5, 3), (5, 9), (20, 1), (20, 99)):
        state = optimizer.advance(Linear(), state, system, until, budget)
    one, other = flatten_state(whole), flatten_state(state)
    assert all(one[name].tobytes() == other[name].tobytes() for name in one)


def test_a_loss_that_is_not_finite_ends_the_stage_at_the_last_point_that_was() -> None:
    class Edge(Linear):
        def __call__(self, theta: Any, args: Any) -> Any:
            return jnp.sqrt(1 - theta) + 3 * args

        def jacobian(self, theta: Any, args: Any) -> Any:
            return self(theta, args), jnp.diag(-0.5 / jnp.sqrt(1 - theta))

    optimizer = build(spring())
    state = optimizer.advance(Edge(), optimizer.start(jnp.zeros(2)), ONE, 100)
    assert state.report().outcome is Outcome.NON_FINITE
    assert np.isfinite(np.asarray(state.theta)).all()
