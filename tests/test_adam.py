"""Adam makes optax's updates, one evaluation each, and stops where the numbers break."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from optimizer_problems import ONE, ROSENBROCK, ROSENBROCK_START, Counted, parabola, rosenbrock, run, with_limits
from pinn import schema
from pinn.optimizers import build
from pinn.optimizers.driver import flatten_state
from pinn.optimizers.outcomes import Outcome

ADAM = schema.Adam(kind="adam", max_steps=60, learning_rate=0.01, b1=0.8, b2=0.95)
RATES: dict[str, Any] = {
    "constant": lambda k: 0.01,
    "cosine": lambda k: 0.005 * (1 + np.cos(np.pi * k / 60)),
    "exponential": lambda k: 0.01 * 0.01 ** (k / 60),
}


@pytest.mark.parametrize("schedule", RATES)
def test_updates_are_those_of_the_formula(schedule: str) -> None:
    """Kingma & Ba (2015), algorithm 1, written out."""
    theta, mean, square = np.asarray(ROSENBROCK_START), 0.0, 0.0
    slope = jax.jit(jax.grad(rosenbrock))
    for k in range(60):
        g = np.asarray(slope(jnp.asarray(theta)))
        mean, square = 0.8 * mean + 0.2 * g, 0.95 * square + 0.05 * g**2
        direction = mean / (1 - 0.8 ** (k + 1)) / (np.sqrt(square / (1 - 0.95 ** (k + 1))) + 1e-8)
        theta = theta - RATES[schedule](k) * direction
    state = run(with_limits(ADAM, schedule=schedule), ROSENBROCK, ROSENBROCK_START)
    assert np.allclose(np.asarray(state.theta), theta, rtol=1e-10)
    report = state.report()
    assert (report.step, report.evaluations, report.outcome) == (60, 61, Outcome.MAX_STEPS)
    assert report.loss == pytest.approx(float(rosenbrock(state.theta)), rel=1e-14)


@pytest.mark.usefixtures("full_compiler")
def test_any_split_gives_the_same_bits() -> None:
    optimizer = build(ADAM)
    whole = optimizer.advance(ROSENBROCK, optimizer.start(ROSENBROCK_START), ONE, 60)
    state = optimizer.start(ROSENBROCK_START)
    for until, budget in ((0, 9), (5, 3), (5, 1), (6, 9), (40, 20), (60, 1), (60, 99)):
        state = optimizer.advance(ROSENBROCK, state, ONE, until, budget)
    one, other = flatten_state(whole), flatten_state(state)
    assert all(one[name].tobytes() == other[name].tobytes() for name in one)


def test_other_rates_and_limits_compile_nothing() -> None:
    objective = Counted(parabola)
    for rate in (0.1, 0.2):
        stage = schema.Adam(kind="adam", max_steps=int(3000 * rate), learning_rate=rate, schedule="cosine", b1=rate)
        state = run(stage, objective, jnp.zeros(5))
        assert np.allclose(np.asarray(state.theta), 1, atol=1e-3)
    assert objective.traces == 1


def test_a_loss_that_is_not_finite_ends_the_stage_at_the_last_point_that_was() -> None:
    state = run(ADAM, lambda theta, _: jnp.sum(-jnp.sqrt(theta)), 0.055 * jnp.ones(3), ONE)
    assert state.report().outcome is Outcome.MAX_STEPS
    state = run(ADAM, lambda theta, _: jnp.sum(jnp.sqrt(theta)), 0.055 * jnp.ones(3), ONE)
    report = state.report()
    assert (report.outcome, report.step, np.isnan(report.loss)) == (Outcome.NON_FINITE, 5, True)
    assert np.allclose(np.asarray(state.theta), 0.055 - 5 * 0.01, atol=2e-3)


def test_nothing_to_follow_at_the_start_is_said() -> None:
    assert run(ADAM, lambda theta, _: 0 * jnp.sum(theta) + 3, jnp.ones(3)).report().outcome is Outcome.STATIONARY


def test_single_precision_stays_single() -> None:
    theta = jnp.zeros(5, jnp.float32)
    state = run(ADAM, lambda theta, c: parabola(theta, c).astype(theta.dtype), theta, jnp.ones(5, jnp.float32))
    assert {a.dtype for a in flatten_state(state).values() if a.dtype.kind == "f"} == {np.dtype(np.float32)}
    assert state.report().loss < parabola(theta, 1.0)
