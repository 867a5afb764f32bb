"""Quasi-Newton methods reach known minima, whatever the loss is measured in, and do not stall above rounding."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optimistix as optx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer_problems import (
    BFGS,
    ROSENBROCK,
    ROSENBROCK_START,
    SSBROYDEN,
    Counted,
    both,
    every,
    parabola,
    rosenbrock,
    run,
    with_limits,
)
from pinn import schema
from pinn.optimizers import build
from pinn.optimizers.outcomes import Outcome


@every
def test_rosenbrock_is_solved_to_rounding(stage: schema.Stage) -> None:
    state = run(stage, ROSENBROCK, ROSENBROCK_START)
    report = state.report()
    assert report.loss < 1e-24
    assert np.max(np.abs(np.asarray(state.theta) - 1)) < 1e-11
    assert report.outcome in (Outcome.TOLERANCE, Outcome.STATIONARY)
    assert report.step < report.evaluations < 300


@both
@pytest.mark.parametrize("scale", [1e-25, 1e-6, 1e12])
def test_the_unit_of_the_loss_does_not_matter(stage: schema.Stage, scale: float) -> None:
    state = run(stage, ROSENBROCK, ROSENBROCK_START, jnp.full((), scale))
    assert np.max(np.abs(np.asarray(state.theta) - 1)) < 1e-10


def test_bfgs_goes_on_where_the_library_stalls() -> None:
    scale, evaluations = 1e-14, 300
    stock = optx.minimise(
        rosenbrock, optx.BFGS(rtol=0, atol=0), ROSENBROCK_START, scale, max_steps=evaluations, throw=False
    )
    optimizer = build(BFGS)
    ours = optimizer.advance(ROSENBROCK, optimizer.start(ROSENBROCK_START), jnp.asarray(scale), 10**6, evaluations)
    assert rosenbrock(stock.value, scale) > 1e-16
    assert ours.report().loss < 1e-40


def test_an_ill_conditioned_quadratic() -> None:
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(30, 30)))[0]
    weights = np.logspace(0, -8, 30)
    state = run(BFGS, lambda theta, q: jnp.sum(weights * (q @ theta) ** 2), jnp.ones(30), jnp.asarray(rotation))
    assert np.max(np.abs(np.asarray(state.theta))) < 1e-8


MINIMA = {
    "far above zero": (lambda theta: 1e6 + parabola(theta, 0.5), 0.5, 1e-8),
    "cosh": (lambda theta: jnp.sum(jnp.cosh(theta - 3)), 3, 1e-7),
    "undefined trials": (lambda theta: jnp.sum(theta - jnp.log(theta)), 1, 1e-7),
    "kinks": (lambda theta: jnp.sum(jnp.arange(1, theta.size + 1) * jnp.abs(theta)), 0, 1e-6),
}
CHOSEN = Counted(lambda theta, which: jax.lax.switch(which, [entry[0] for entry in MINIMA.values()], theta))


@every
@pytest.mark.parametrize("name", MINIMA)
def test_known_minima(stage: schema.Stage, name: str) -> None:
    _, minimum, accuracy = MINIMA[name]
    state = run(stage, CHOSEN, jnp.array([5.0, 0.01, 2.0, 1.0]), jnp.array(list(MINIMA).index(name)))
    assert np.max(np.abs(np.asarray(state.theta) - minimum)) < accuracy


@both
def test_one_parameter(stage: schema.Stage) -> None:
    state = run(stage, lambda theta, a: jnp.sum(jnp.cosh(theta - 3 * a)), jnp.zeros(1))
    assert abs(float(state.theta[0]) - 3) < 1e-7


def test_a_small_network_solves_poisson() -> None:
    """u'' = -π² sin(πx) with u = x (1 - x) N(x); the error is measured against sin(πx)."""
    theta = jnp.asarray(np.random.default_rng(0).normal(size=3 * 10 + 1))

    def u(theta: Any, x: Any) -> Any:
        return x * (1 - x) * (jnp.tanh(x * theta[:10] + theta[10:20]) @ theta[20:30] + theta[30])

    def loss(theta: Any, points: Any) -> Any:
        second = jax.vmap(jax.grad(jax.grad(u, 1), 1), (None, 0))(theta, points)
        return jnp.mean((second + jnp.pi**2 * jnp.sin(jnp.pi * points)) ** 2)

    state = run(with_limits(BFGS, max_steps=2000), loss, theta, jnp.linspace(0, 1, 64))
    found = jax.vmap(u, (None, 0))(state.theta, jnp.linspace(0, 1, 101))
    assert np.max(np.abs(np.asarray(found) - np.sin(np.pi * np.linspace(0, 1, 101)))) < 1e-6
    scaled = run(with_limits(SSBROYDEN, max_steps=2000), loss, theta, jnp.linspace(0, 1, 64))
    assert scaled.report().loss < 0.1 * state.report().loss
    assert int(scaled.memory.pairs) == scaled.report().step  # no fresh start, far beyond what H itself would bear


def test_an_energy_is_minimized_beyond_the_rounding_of_its_value() -> None:
    """Deep Ritz for -u'' = π² sin(πx): values alone, by sqrt(eps), would leave an error near 1e-6."""
    theta = jnp.asarray(np.random.default_rng(0).normal(size=3 * 16 + 1) * 0.7)
    nodes, weights = np.polynomial.legendre.leggauss(100)

    def u(theta: Any, x: Any) -> Any:
        return x * (1 - x) * (jnp.tanh(x * theta[:16] + theta[16:32]) @ theta[32:48] + theta[48])

    def energy(theta: Any, rule: Any) -> Any:
        value, slope = jax.vmap(jax.value_and_grad(u, 1), (None, 0))(theta, rule[0])
        return rule[1] @ (0.5 * slope**2 - jnp.pi**2 * jnp.sin(jnp.pi * rule[0]) * value)

    rule = (jnp.asarray((nodes + 1) / 2), jnp.asarray(weights / 2))

    def error(theta: Any) -> float:
        found = jax.vmap(u, (None, 0))(theta, rule[0])
        return float(np.max(np.abs(np.asarray(found) - np.sin(np.pi * np.asarray(rule[0])))))

    assert error(run(schema.Lbfgs(kind="lbfgs"), energy, theta, rule).theta) < 1e-7
    coarse, points = jax.tree.map(lambda a: a.astype(jnp.float32), (theta, rule))
    ended = run(with_limits(SSBROYDEN, max_steps=20_000), energy, coarse, points)
    assert ended.report().outcome is Outcome.NO_DECREASE  # where rounding makes the steps, all of which are accepted
    assert error(ended.theta) < 1e-3


QUADRATIC = Counted(lambda theta, args: (theta - args[1]) @ args[0] @ (theta - args[1]))


@both
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_any_convex_quadratic(stage: schema.Stage, seed: int) -> None:
    rng = np.random.default_rng(seed)
    root, center, start = rng.normal(size=(4, 4)), rng.normal(size=4), rng.normal(size=4)
    matrix = root @ root.T + 0.1 * np.eye(4)
    state = run(stage, QUADRATIC, jnp.asarray(start), (jnp.asarray(matrix), jnp.asarray(center)))
    assert np.allclose(np.asarray(state.theta), center, atol=1e-7)
