"""Every accepted step meets the strong Wolfe conditions, and few trials are spent on it."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer_problems import ONE, ROSENBROCK, ROSENBROCK_START, every, rosenbrock
from pinn import schema
from pinn.optimizers import build
from pinn.optimizers.search import Point, WolfeSearch

LINES = {
    "a parabola": lambda s: (s - 3.0) ** 2,
    "a far minimum": lambda s: (s - 1e6) ** 2 * 1e-12,
    "a near minimum": lambda s: 1e8 * (s - 1e-5) ** 2,
    "a wall": lambda s: -s + jnp.exp(30 * (s - 0.5)),
    "Moré and Thuente 1": lambda s: -s / (s**2 + 2),
    "Moré and Thuente 2": lambda s: (s + 0.004) ** 5 - 2 * (s + 0.004) ** 4,
    "waves": lambda s: -jnp.sin(3 * s) - 0.3 * s + 0.05 * s**2,
    "undefined beyond 0.3": lambda s: -s - 0.1 * jnp.log(0.3 - s),
}
NUMBERED = jax.jit(jax.value_and_grad(lambda s, k: jax.lax.switch(k, list(LINES.values()), s)))
JUDGE = eqx.filter_jit(WolfeSearch.judge)


def searched(line: Any, first: float = 1.0, curvature: float = 0.9) -> tuple[Any, Point, Point, int]:
    """The verdict on the last trial of a search along a line, the line's start, that trial, and how many there were."""
    search = WolfeSearch(curvature=curvature)
    at = lambda size: Point(jnp.asarray(size), *line(jnp.asarray(size)))
    start, bracket = at(jnp.zeros(())), search.first(jnp.asarray(first / search.lengthen))
    for trials in range(1, 100):
        here = at(bracket.trial)
        verdict = JUDGE(search, start, here, bracket)
        if verdict.accepted or verdict.failed:
            return verdict, start, here, trials
        bracket = verdict.bracket
    raise AssertionError("the search does not end")


@pytest.mark.parametrize("name", LINES)
def test_strong_wolfe_holds_on_a_line(name: str) -> None:
    number = list(LINES).index(name)
    for curvature in (0.9, 0.1):
        verdict, start, here, trials = searched(lambda s: NUMBERED(s, number), curvature=curvature)
        assert bool(verdict.accepted)
        assert float(here.value) <= float(start.value) + 1e-4 * float(here.size * start.slope)
        assert abs(float(here.slope)) <= curvature * abs(float(start.slope))
        assert trials <= 15


WAVY = jax.jit(jax.value_and_grad(lambda s, scale, w: scale * ((s - 2) ** 2 + 0.2 * w @ jnp.sin(jnp.arange(1, 5) * s))))


@given(st.lists(st.floats(-1, 1), min_size=4, max_size=4), st.floats(-6, 0))
@settings(max_examples=25, deadline=None)
def test_strong_wolfe_holds_on_any_smooth_line(waves: list[float], exponent: float) -> None:
    verdict, start, here, _ = searched(lambda s: WAVY(s, 10.0**exponent, jnp.asarray(waves)))
    assert bool(verdict.accepted)
    assert float(here.value) <= float(start.value) + 1e-4 * float(here.size * start.slope)
    assert abs(float(here.slope)) <= 0.9 * abs(float(start.slope))


def graded(line: Any) -> Any:
    return jax.value_and_grad(line)


def test_a_kink_ends_with_the_weak_condition() -> None:
    verdict, start, here, trials = searched(graded(lambda s: jnp.abs(s - 0.3)))
    assert bool(verdict.accepted)
    assert float(here.value) < float(start.value)
    assert trials <= 15


def test_a_line_without_end_is_told_from_one_without_decrease() -> None:
    endless = searched(graded(lambda s: -s))[0]
    assert bool(endless.failed) and bool(endless.bracket.endless)
    flat = searched(graded(lambda s: 1.0 + 1e-30 * (s - 1) ** 2 + jnp.where(s > 0, 1e-9, 0.0)))[0]
    assert bool(flat.failed) and not bool(flat.bracket.endless)


def test_rounding_is_left_to_the_slopes() -> None:
    """Around 1, values see nothing of a parabola of height 1e-20; its slopes do."""
    verdict, _, here, _ = searched(graded(lambda s: 1.0 + 1e-20 * (s - 1.2) ** 2), first=0.9)
    assert bool(verdict.accepted)
    assert 0.1 < float(here.size) < 2.3


def test_the_first_trial_follows_the_step_before() -> None:
    search = WolfeSearch()
    assert float(search.first(jnp.asarray(jnp.inf)).trial) == 1
    assert float(search.first(jnp.asarray(0.25)).trial) == pytest.approx(0.4)
    assert float(search.first(jnp.asarray(50.0)).trial) == 1


@every
def test_strong_wolfe_holds_at_every_accepted_point(stage: schema.Stage) -> None:
    optimizer = build(stage)
    state = optimizer.advance(ROSENBROCK, optimizer.start(ROSENBROCK_START), ONE, 0)
    sides = []
    for step in range(1, 41):
        following = optimizer.advance(ROSENBROCK, state, ONE, step)
        move = np.asarray(following.theta - state.theta)
        before, after = (float(np.asarray(s.memory.gradient) @ move) for s in (state, following))
        assert float(following.memory.value) <= float(state.memory.value) + 1e-4 * before
        assert float(following.memory.value) == pytest.approx(float(rosenbrock(following.theta)), rel=1e-12)
        assert abs(after) <= 0.9 * abs(before)
        sides.append(after > 0)
        state = following
    assert any(sides) and not all(sides)
