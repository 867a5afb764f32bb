"""A stage stops for the right reason, and gives the same bits however it is cut, saved and restored."""

import random
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optimistix as optx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer_problems import (
    BFGS,
    LBFGS,
    ONE,
    ROSENBROCK,
    ROSENBROCK_START,
    Counted,
    both,
    parabola,
    rosenbrock,
    run,
    with_limits,
)
from pinn import schema
from pinn.errors import StorageError
from pinn.optimizers import build
from pinn.optimizers.driver import Optimizer, State, flatten_state, restore_state
from pinn.optimizers.outcomes import Outcome, Report, reason


def assert_same_bits(one: State, other: State) -> None:
    first, second = flatten_state(one), flatten_state(other)
    assert first.keys() == second.keys()
    for name, array in first.items():
        assert array.dtype == second[name].dtype
        assert array.tobytes() == second[name].tobytes(), name


# --- reasons to stop


@both
def test_max_steps_is_exact_and_can_be_raised(stage: schema.Stage) -> None:
    objective, theta = ROSENBROCK, ROSENBROCK_START
    short = build(with_limits(stage, max_steps=7))
    stopped = short.advance(objective, short.start(theta), ONE, 100)
    assert stopped.report().outcome is Outcome.MAX_STEPS
    assert stopped.report().step == 7
    longer = build(with_limits(stage, max_steps=20))
    resumed = longer.advance(objective, stopped, ONE, 100)
    assert_same_bits(resumed, longer.advance(objective, longer.start(theta), ONE, 100))


@both
def test_no_steps_still_evaluate_the_start(stage: schema.Stage) -> None:
    report = run(with_limits(stage, max_steps=0), ROSENBROCK, ROSENBROCK_START).report()
    assert (report.step, report.evaluations, report.outcome) == (0, 1, Outcome.MAX_STEPS)
    assert report.loss == pytest.approx(float(rosenbrock(ROSENBROCK_START)))
    gradient = np.asarray(jax.grad(rosenbrock)(ROSENBROCK_START))
    assert report.gradient_norm == pytest.approx(float(np.linalg.norm(gradient)))


@both
def test_the_target_stops_at_the_first_point_that_meets_it(stage: schema.Stage) -> None:
    report = run(with_limits(stage, target=1e-3), ROSENBROCK, ROSENBROCK_START).report()
    assert report.outcome is Outcome.TARGET
    assert report.loss <= 1e-3
    before = run(with_limits(stage, max_steps=report.step - 1), ROSENBROCK, ROSENBROCK_START).report()
    assert before.loss > 1e-3


@both
def test_a_looser_tolerance_stops_earlier(stage: schema.Stage) -> None:
    tight = run(stage, ROSENBROCK, ROSENBROCK_START).report()
    loose = run(with_limits(stage, atol=1e-3), ROSENBROCK, ROSENBROCK_START).report()
    assert loose.outcome is Outcome.TOLERANCE
    assert loose.step < tight.step


@jax.custom_jvp
def misled(theta: Any, radius: Any) -> Any:
    """|θ|², with the sign of its gradient wrong inside a radius."""
    return jnp.sum(theta**2)


@misled.defjvp
def _misled_jvp(primals: Any, tangents: Any) -> Any:
    theta, radius = primals
    sign = jnp.where(jnp.sum(theta**2) < radius**2, -2, 2)
    return misled(theta, radius), sign * jnp.dot(theta, tangents[0])


ENDS = {
    "a constant": (lambda theta: 0 * jnp.sum(theta) + 3, Outcome.STATIONARY),
    "a line": (lambda theta: jnp.sum(theta), Outcome.UNBOUNDED),
    "a hilltop": (lambda theta: -jnp.sum(theta**2), Outcome.UNBOUNDED),
    "nan": (lambda theta: jnp.sum(jnp.log(-theta)), Outcome.NON_FINITE),
    "an infinite slope": (lambda theta: jnp.sum(jnp.sqrt(theta - 1)), Outcome.NON_FINITE),
    "a wrong gradient": (lambda theta: misled(theta, 10.0), Outcome.FAILED_AT_START),
    "wrong near the end": (lambda theta: misled(theta - 1e-3, 0.5), Outcome.NO_DECREASE),
}
ENDING = Counted(lambda theta, which: jax.lax.switch(which, [entry[0] for entry in ENDS.values()], theta))


@both
@pytest.mark.parametrize("name", ENDS)
def test_what_cannot_be_minimized_ends_soon(stage: schema.Stage, name: str) -> None:
    _, outcome = ENDS[name]
    state = run(stage, ENDING, jnp.ones(4), jnp.array(list(ENDS).index(name)))
    report = state.report()
    assert report.outcome is outcome
    assert (report.step == 0) == (outcome is not Outcome.NO_DECREASE)
    assert report.evaluations <= 100
    assert np.all(np.asarray(state.theta) == 1) == (report.step == 0)
    assert outcome.broken == (outcome not in (Outcome.STATIONARY, Outcome.NO_DECREASE))


PIT = Counted(lambda theta, _: jnp.sum(1e3 * (theta - 1e-3) ** 2 - 1e4 * theta**4))
"""Its minimum, near 1e-3, lies behind a rim, from which it falls without end."""


@both
def test_a_first_step_that_leaps_over_a_minimum_is_made_again(stage: schema.Stage) -> None:
    state = run(stage, PIT, jnp.full(3, -1e-3))
    assert not state.report().outcome.broken
    np.testing.assert_allclose(np.asarray(state.theta), 1e-3, rtol=1e-3)


@pytest.mark.parametrize("outcome", list(Outcome), ids=lambda outcome: outcome.name)
def test_every_outcome_has_a_reason_with_a_remedy(outcome: Outcome) -> None:
    stage = with_limits(BFGS, target=1e-3, max_steps=12)
    text = reason(Report(outcome, 1e-4, 1e-5, 12, 34), stage)
    sentence, remedy = text.split("; ")
    assert any(character.isdigit() for character in sentence)
    assert len(remedy.split()) >= 3
    assert reason(Report(outcome, 1e-4, 1e-5, 0, 1), stage)
    assert "float" not in text, "float64 is what there is"


@pytest.mark.parametrize("outcome", [Outcome.NO_DECREASE, Outcome.FAILED_AT_START])
def test_rounding_to_single_precision_has_a_remedy_of_its_own(outcome: Outcome) -> None:
    text = reason(Report(outcome, 1e-4, 1e-5, 12, 34), BFGS, is_single=True)
    assert text.endswith(", or precision: float64")


# --- chunks, checkpoints, compilation


def in_pieces(optimizer: Optimizer, objective: Counted, state: State, until: int, rng: random.Random) -> State:
    while (report := state.report()).outcome is Outcome.RUNNING and report.step < until:
        target = min(until, report.step + rng.randint(0, 9))
        state = optimizer.advance(objective, state, ONE, target, rng.randint(1, 7))
    return state


@pytest.mark.usefixtures("full_compiler")
@both
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_split_gives_the_same_bits(stage: schema.Stage, seed: int) -> None:
    objective, optimizer = ROSENBROCK, build(stage)
    whole = optimizer.advance(objective, optimizer.start(ROSENBROCK_START), ONE, 60)
    pieces = in_pieces(optimizer, objective, optimizer.start(ROSENBROCK_START), 60, random.Random(seed))
    assert whole.report().step == 60
    assert_same_bits(whole, pieces)


@pytest.mark.usefixtures("full_compiler")
@both
def test_a_restored_state_goes_on_bit_for_bit(stage: schema.Stage) -> None:
    objective, optimizer = ROSENBROCK, build(stage)
    cut = optimizer.advance(objective, optimizer.start(ROSENBROCK_START), ONE, 1000, 23)
    arrays = {name: array.copy() for name, array in flatten_state(cut).items()}
    template = eqx.filter_eval_shape(build(stage).start, jax.ShapeDtypeStruct((10,), jnp.float64))
    restored = restore_state(template, arrays)
    assert_same_bits(cut, restored)
    later = optimizer.advance(objective, cut, ONE, 80)
    traces = objective.traces
    assert_same_bits(later, build(stage).advance(objective, restored, ONE, 80))
    assert objective.traces == traces


def test_a_state_of_another_stage_is_refused() -> None:
    arrays = flatten_state(build(BFGS).start(jnp.zeros(3)))
    with pytest.raises(StorageError, match=r"float64\[3\].*needs float64\[4\]"):
        restore_state(build(BFGS).start(jnp.zeros(4)), arrays)
    with pytest.raises(StorageError, match="steps"):
        restore_state(build(LBFGS).start(jnp.zeros(3)), arrays)
    with pytest.raises(StorageError, match="float32"):
        restore_state(build(BFGS, "float32").start(jnp.zeros(3, "float32")), arrays)


@both
def test_steps_and_evaluations_are_counted_apart(stage: schema.Stage) -> None:
    objective, optimizer = ROSENBROCK, build(stage)
    state = optimizer.start(ROSENBROCK_START)
    assert (state.report().step, state.report().evaluations) == (0, 0)
    losses = []
    for evaluations in range(1, 40):
        state = optimizer.advance(objective, state, ONE, 1000, 1)
        report = state.report()
        assert report.evaluations == evaluations
        losses.append((report.step, report.loss))
        assert report.loss == pytest.approx(float(rosenbrock(state.theta)), rel=1e-14)
    steps = [step for step, _ in losses]
    assert steps[0] == 0
    assert set(np.diff(steps)) == {0, 1}
    accepted = [loss for (_, loss), new in zip(losses[1:], np.diff(steps), strict=True) if new]
    assert np.all(np.diff(accepted) < 0)


@both
def test_new_values_compile_nothing(stage: schema.Stage) -> None:
    objective = Counted(parabola)
    for center in (1.0, 2.0):
        limited = with_limits(stage, max_steps=50 + int(center), target=center * 1e-20, atol=center * 1e-15)
        optimizer = build(limited)
        state = optimizer.advance(objective, optimizer.start(jnp.zeros(5)), jnp.full(5, center), 3)
        state = optimizer.advance(objective, state, jnp.full(5, center), 100, 1000)
        assert np.allclose(np.asarray(state.theta), center, atol=1e-8)
    assert objective.traces == 1


@both
def test_single_precision_stays_single(stage: schema.Stage) -> None:
    theta = jnp.zeros(5, jnp.float32)
    state = run(stage, lambda theta, c: parabola(theta, c).astype(theta.dtype), theta, jnp.ones(5, jnp.float32))
    floats = [array for array in flatten_state(state).values() if array.dtype.kind == "f"]
    assert len(floats) > 5
    assert all(array.dtype == np.float32 for array in floats)
    assert np.max(np.abs(np.asarray(state.theta) - 1)) < 1e-4


def test_the_methods_are_solvers_for_the_library_too() -> None:
    method = build(BFGS).method
    assert isinstance(method, optx.AbstractMinimiser)
    solution = optx.minimise(rosenbrock, method, ROSENBROCK_START, ONE, max_steps=500)
    assert np.allclose(np.asarray(solution.value), 1, atol=1e-9)
