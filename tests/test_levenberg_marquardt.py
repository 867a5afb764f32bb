"""Levenberg–Marquardt follows the curves that it says, solves what is known, and gives the same bits if cut."""

from collections.abc import Sequence
from math import factorial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pinn import config, problems, schema
from pinn.errors import ConfigError
from pinn.optimizers import build, curves
from pinn.optimizers.driver import State, flatten_state
from pinn.optimizers.normal_equations import Equations
from pinn.optimizers.outcomes import Outcome
from pinn.training import Trainer

LM = schema.LevenbergMarquardt(kind="levenberg_marquardt")


class Squares:
    """Residuals from a plain function, differentiated by nested forward mode."""

    curvature: Any = None

    def __init__(self, function: Any):
        self.function = function

    def __call__(self, theta: Any, args: Any) -> Any:
        return self.function(theta, args)

    def jacobian(self, theta: Any, args: Any) -> Any:
        return self.function(theta, args), jax.jacfwd(self.function)(theta, args)

    def curve(self, theta: Any, series: Sequence[Any], args: Any) -> Any:
        terms = [(k, p) for k, p in enumerate(series, 1) if p is not None]
        along = lambda s: self(theta + sum(p * s**k for k, p in terms), args)
        found = [along(jnp.zeros(()))]
        for _ in series:
            along = lambda s, f=along: jax.jvp(f, (s,), (jnp.ones_like(s),))[1]
            found.append(along(jnp.zeros(())))
        return jnp.stack([derivative / factorial(k) for k, derivative in enumerate(found)])

    @property
    def residuals(self) -> "Squares":
        return self

    def value(self, theta: Any, args: Any) -> Any:
        return jnp.sum(self(theta, args) ** 2)


def rosenbrock(theta: Any, scale: Any) -> Any:
    return scale * jnp.concatenate([10 * (theta[1:] - theta[:-1] ** 2), 1 - theta[:-1]])


def bent(theta: Any, scale: Any) -> Any:
    """Twelve residuals of three parameters that cannot all vanish."""
    t = jnp.linspace(0, 1, 12)
    return scale * (theta[0] * jnp.exp(-theta[1] * t) + theta[2] - jnp.exp(-2 * t) + 0.1 * jnp.cos(40 * t))


START = jnp.tile(jnp.array([-1.2, 1.0]), 3)
SQUARES, BENT = Squares(rosenbrock), Squares(bent)


def run(objective: Any, theta: Any, scale: float = 1.0, **limits: Any) -> State:
    optimizer = build(LM.model_copy(update=limits))
    return optimizer.advance(objective, optimizer.start(theta), jnp.asarray(scale), 10**6)


@pytest.mark.parametrize("order", [1, 2, 4])
def test_a_curved_valley_is_solved_to_rounding(order: int) -> None:
    report = run(SQUARES, START, order=order).report()
    assert report.loss < 1e-26
    assert report.step < {1: 60, 2: 40, 4: 30}[order]
    assert report.evaluations == report.step + (2 if report.outcome is Outcome.NO_DECREASE else 1)


@pytest.mark.usefixtures("full_compiler")
@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e9])
def test_a_least_squares_fit_agrees_with_scipy_in_any_unit(scale: float) -> None:
    from scipy.optimize import least_squares

    theta = jnp.array([0.5, 1.0, 0.0])
    slope = jax.jit(jax.jacfwd(lambda x: bent(x, 1.0)))
    jacobian: Any = lambda x: np.asarray(slope(x))
    known = least_squares(lambda x: np.asarray(bent(x, 1.0)), theta, jacobian, method="lm")
    optimizer = build(LM.model_copy(update={"order": 3}))
    report = optimizer.advance(BENT, optimizer.start(theta), jnp.asarray(scale), 10**6).report()
    assert report.loss == pytest.approx(2 * known.cost * scale**2, rel=1e-9)
    assert report.outcome in (Outcome.NO_DECREASE, Outcome.TOLERANCE)
    assert report.gradient_norm < 1e-10 * scale**2
    gradient = jax.grad(lambda x: jnp.sum(bent(x, scale) ** 2))(theta)
    begun = optimizer.advance(BENT, optimizer.start(theta), jnp.asarray(scale), 0).report()
    assert begun.gradient_norm == pytest.approx(float(jnp.linalg.norm(gradient)), rel=1e-12)


def test_each_term_of_the_series_cancels_what_the_jacobian_can_reach() -> None:
    """(JᵀJ + λ) p_k = -Jᵀ r_k for the Taylor coefficient r_k of the residuals with p_k left out of the curve."""
    theta, damping, one = jnp.array([0.9, 1.1, 0.4]), jnp.asarray(1e-3), jnp.asarray(1.0)
    residuals, jacobian = BENT.jacobian(theta, one)
    equations = Equations.of(jacobian)
    factor = equations.damped(damping)
    series = jax.jit(lambda b: curves.continued(factor.step(b), 4, factor, lambda s: BENT.curve(theta, s, one)))(
        residuals
    )
    assert len(series) == 4
    matrix = jacobian.T @ jacobian + damping * jnp.eye(3)
    for k, p in enumerate(series):
        right = residuals if k == 0 else BENT.curve(theta, [*series[:k], jnp.zeros(3)], one)[-1]
        assert np.allclose(p, -jnp.linalg.solve(matrix, jacobian.T @ right), rtol=1e-9)


@pytest.mark.parametrize("damping", [1e-6, 1.0])
def test_both_normal_matrices_give_the_same_step(damping: float) -> None:
    """Wide and tall: compared with the least-squares solution of the stacked system."""
    rng = np.random.default_rng(0)
    for rows, columns in ((7, 12), (12, 7), (450, 230), (230, 450)):
        jacobian, b = jnp.asarray(rng.normal(size=(rows, columns))), jnp.asarray(rng.normal(size=rows))
        factor = Equations.of(jacobian).damped(jnp.asarray(damping))
        stacked = np.vstack([jacobian, damping**0.5 * np.eye(columns)])
        known = np.linalg.lstsq(stacked, -np.concatenate([b, np.zeros(columns)]))[0]
        assert np.allclose(factor.step(b), known, rtol=1e-9, atol=1e-12)
        assert np.allclose(Equations.of(jacobian).scale, np.sum(np.asarray(jacobian) ** 2) / columns)


@pytest.mark.parametrize("shape", [(60, 20), (20, 60)])
def test_small_damping_is_not_lost_in_rounding(shape: tuple[int, int]) -> None:
    """Singular values from 1 to 1e-10, whose squares the normal matrix cannot hold."""
    rng = np.random.default_rng(1)
    left, right = (np.linalg.qr(rng.normal(size=(n, 20)))[0] for n in shape)
    sizes, damping = np.logspace(0, -10, 20), 1e-20
    b = left @ (sizes * rng.normal(size=20))
    factor = Equations.of(jnp.asarray(left * sizes @ right.T)).damped(jnp.asarray(damping))
    known = -right @ (sizes / (sizes**2 + damping) * (left.T @ b))
    assert np.linalg.norm(factor.step(jnp.asarray(b)) - known) < 1e-3 * np.linalg.norm(known)


@pytest.mark.parametrize("shape", [(60, 20), (20, 60)])
def test_what_a_step_leaves_of_the_residuals_is_not_lost_in_rounding(shape: tuple[int, int]) -> None:
    """Each part of b shrinks by λ/(σ² + λ), though (JJᵀ + λ)⁻¹ b is a billion times larger than the step."""
    rng = np.random.default_rng(2)
    left, right = (np.linalg.qr(rng.normal(size=(n, 20)))[0] for n in shape)
    sizes, damping = np.logspace(2, -8, 20), 1e-15
    parts = 1e-9 * rng.normal(size=20)
    jacobian = jnp.asarray(left * sizes @ right.T)
    left_over = jnp.asarray(left @ parts) + jacobian @ Equations.of(jacobian).damped(jnp.asarray(damping)).step(
        jnp.asarray(left @ parts)
    )
    known = left @ (damping / (sizes**2 + damping) * parts)
    assert np.linalg.norm(left_over - known) < 1e-3 * np.linalg.norm(known)


@pytest.mark.usefixtures("full_compiler")
def test_any_split_gives_the_same_bits() -> None:
    optimizer, one = build(LM), jnp.asarray(1.0)
    whole = optimizer.advance(SQUARES, optimizer.start(START), one, 6)
    state = optimizer.start(START)
    for until, budget in ((0, 9), (3, 2), (3, 1), (4, 9), (6, 1), (6, 99)):
        state = optimizer.advance(SQUARES, state, one, until, budget)
    one_, other = flatten_state(whole), flatten_state(state)
    assert all(one_[name].tobytes() == other[name].tobytes() for name in one_)
    assert whole.report().step == 6


def test_ends_are_told_apart() -> None:
    cases = {
        Outcome.STATIONARY: lambda theta, _: 0 * theta + 3,
        Outcome.NON_FINITE: lambda theta, _: jnp.log(-theta),
        Outcome.TARGET: rosenbrock,
        Outcome.MAX_STEPS: lambda theta, _: jnp.concatenate([theta**4, theta - 2]),
    }
    limits: dict[Outcome, dict[str, Any]] = {Outcome.TARGET: {"target": 1.0}, Outcome.MAX_STEPS: {"max_steps": 1}}
    for outcome, function in cases.items():
        assert run(Squares(function), jnp.ones(4), **limits.get(outcome, {})).report().outcome is outcome


PROBLEM = """
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1]}}
terms:
  - {equation: u_xx = -pi^2*sin(pi*x)}
  - {equation: u = 0, on: boundary, hard: true}
exact: {u: sin(pi*x)}
sampling: {kind: gauss, points: 30}
network: {kind: mlp, hidden: [8]}
training: {validation: 0}
"""


SECOND = "{kind: levenberg_marquardt, order: 2, target: 1e-10}"


def test_an_equation_is_solved_to_many_digits() -> None:
    trainer = Trainer.of(problems.build(config.parse(PROBLEM, "test.yaml", Path(), [f"optimizer={SECOND}"])))
    *_, saved, ended = trainer.run(None, lambda: None)
    assert ended.outcome is Outcome.TARGET  # pyright: ignore[reportAttributeAccessIssue]
    assert saved.snapshot.step < 200  # pyright: ignore[reportAttributeAccessIssue]


def cut_off(theta: Any, scale: Any) -> Any:
    """Roots of what is cut off at zero: where it is, all curves have derivatives that are no numbers."""
    x, y, z = theta
    return scale * jnp.stack([x - 2 + jnp.maximum(y, 0) ** 1.5, y + 0.3 * x, z - 1 + jnp.maximum(z - 3, 0) ** 1.5])


@pytest.mark.parametrize("order", [1, 2, 4])
def test_where_a_curve_has_no_derivatives_the_step_is_straight(order: int) -> None:
    state = run(Squares(cut_off), jnp.array([5.0, -0.1, -2.0]), order=order, max_steps=40)
    assert state.theta == pytest.approx([2, -0.6, 1], rel=1e-7)


def test_a_run_goes_on_bit_for_bit_from_every_checkpoint_with_points_drawn_afresh() -> None:
    changes = [f"optimizer={SECOND}", "optimizer.max_steps=6", "sampling={kind: sobol, points: 32, redraw_every: 2}"]
    changes += ["training.checkpoint_every=1", "training.log_every=1"]
    trainer = Trainer.of(problems.build(config.parse(PROBLEM, "test.yaml", Path(), changes)))
    saved: list[Any] = [event for event in trainer.run(None, lambda: None) if hasattr(event, "snapshot")]
    for start in saved[:-1]:
        *_, last, _ = trainer.run(start.snapshot, lambda: None)
        for name, array in saved[-1].snapshot.arrays.items():
            assert array.tobytes() == last.snapshot.arrays[name].tobytes()  # pyright: ignore[reportAttributeAccessIssue]


ENERGY = PROBLEM.replace("{equation: u_xx = -pi^2*sin(pi*x)}", "{minimise: u_x^2 - u, name: energy}")


def test_an_energy_is_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        config.parse(ENERGY, "test.yaml", Path(), ["optimizer.kind=levenberg_marquardt"])
    (found,) = caught.value.diagnostics
    assert "needs a sum of squares, and 'energy' minimises an energy" in found.message
    assert "natural_gradient" in str(found.hint)


@pytest.mark.parametrize(
    ("text", "changes", "kind"),
    [
        (PROBLEM, [], "levenberg_marquardt"),
        (PROBLEM, ["optimizer=auto"], "levenberg_marquardt"),
        (PROBLEM, ["optimizer={target: 1e-3}"], "levenberg_marquardt"),
        (PROBLEM, ["precision=float32"], "ssbroyden"),
        (PROBLEM, ["network.hidden=[60, 60]"], "ssbroyden"),
        (PROBLEM, ["network.hidden=[90, 90]"], "lbfgs"),
        (ENERGY, [], "ssbroyden"),
        (ENERGY.replace("u_x^2 - u", "u_x^2"), [], "levenberg_marquardt"),
    ],
)
def test_what_is_left_open_is_chosen_with_a_reason(text: str, changes: list[str], kind: str) -> None:
    known = config.parse(text, "test.yaml", Path(), changes)
    (stage,) = known.stages
    assert stage.kind == kind
    assert known.document.optimizer == [stage]
    assert [reason.split(":")[0] for reason in known.choices] == [kind]
    assert stage.target == (1e-3 if "target" in str(changes) else None)
