"""The matrix of an energy is its Hessian where the network is linear, and steps by it reach many digits."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pinn import config, fields, problems
from pinn.batches import arguments
from pinn.errors import ConfigError
from pinn.evaluation import Solution, errors
from pinn.objectives import Objective
from pinn.optimizers.normal_equations import Equations
from pinn.training import Saved, Trainer

HEAD = """
unknowns: [u]
parameters: {k: {kind: fitted, initial: 0.7}}
domain: {kind: box, bounds: {x: [0, 1], y: [0, 2]}}
sampling: {kind: gauss, points: [4, 5]}
network: {kind: mlp, hidden: [5]}
training: {validation: 0}
terms:
  - {equation: u = 1 + x*y, on: x=0, hard: true}
"""
ENERGIES = {
    "quadratic": ['{minimise: "0.5*dot(grad(u), grad(u)) - (x + y)*u"}'],
    "minimal surface": ['{minimise: "sqrt(1 + u_x^2 + u_y^2)", weight: 2 + x}'],
    "power": ['{minimise: "dot(grad(u), grad(u))^2/4 - u"}'],
    "a fitted parameter": ["{minimise: u_x^2 + u^2 - k*u + k^2}"],
    "beside squares": [
        "{minimise: exp(u) - u}",
        "{equation: laplacian(u) = u, weight: 3}",
        "{equation: u = k, on: y=2}",
    ],
    "squares alone": ["{equation: laplacian(u) = k*sin(x)}", "{minimise: u_y^2}"],
    "at another place": ['{minimise: "u^2 - at(u, y=1)*u + at(u, y=1)^2 - u_x"}'],
}


def problem(terms: list[str], *changes: str) -> problems.Problem:
    lines = "".join(f"  - {term}\n" for term in terms)
    return problems.build(config.parse(HEAD + lines, "test.yaml", Path(), changes))


def ready(built: problems.Problem) -> tuple[Objective, Any, Any]:
    """The objective, some parameters, and the points."""
    theta = fields.ravel(fields.initial(built.config, jnp.uint32(3)))
    rng = np.random.default_rng(5)
    theta = theta + 0.3 * jnp.asarray(rng.normal(size=theta.shape), theta.dtype)
    return Objective.of(built), theta, arguments(built, built.points("training"))


def linear(known: config.Config, size: int) -> np.ndarray:
    """The trained numbers in which the unknown is linear: those of the last layer, and fitted parameters."""
    model = fields.unraveling(known)[1](jnp.arange(float(size)))
    last = [model.network.function.weights[-1], model.network.function.biases[-1], *model.fitted.values()]
    return np.concatenate([np.ravel(part) for part in last]).astype(int)


@pytest.mark.parametrize("name", ENERGIES)
def test_the_matrix_is_the_hessian_where_the_network_is_linear(name: str) -> None:
    built = problem(ENERGIES[name])
    objective, theta, args = ready(built)
    rows = np.asarray(jax.jit(objective.curvature.rows)(theta, args))
    known = np.asarray(jax.jit(jax.hessian(objective.value))(theta, args))
    places = linear(built.config, theta.size)
    block = np.ix_(places, places)
    assert np.abs(known[block]).max() > 0.1
    assert np.allclose((rows.T @ rows)[block], known[block], rtol=1e-9, atol=1e-10)


def test_the_value_and_its_gradient_are_those_of_the_loss() -> None:
    objective, theta, args = ready(problem(ENERGIES["beside squares"]))
    value, gradient = jax.jit(objective.curvature.value)(theta, args)
    assert value == pytest.approx(float(objective.value(theta, args)), rel=1e-13)
    assert np.allclose(gradient, jax.grad(objective.value)(theta, args), rtol=1e-11)


def test_what_is_concave_is_left_out() -> None:
    """Of u² - u_x² the matrix is that of u², which is known as a square."""
    changes = ("terms.0.hard=false",)
    concave, theta, args = ready(problem(["minimise: u^2 - u_x^2"], *changes))
    square = ready(problem(["minimise: u^2"], *changes))[0]
    found, known = (np.asarray(o.curvature.rows(theta, args)) for o in (concave, square))
    assert np.allclose(found.T @ found, known.T @ known, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["quadratic", "a fitted parameter", "squares alone"])
def test_curves_are_derivatives_of_what_the_rows_are_slopes_of(name: str) -> None:
    """For quadratic integrands: z' = A p_1, z''/2 = A p_2 + (dA/ds) p_1/2."""
    objective, theta, args = ready(problem(ENERGIES[name]))
    fn, rng = objective.curvature, np.random.default_rng(2)
    one, two = jnp.asarray(rng.normal(size=(2, theta.size)))
    _, first, second = jax.jit(lambda t: fn.curve(t, [one, two], args))(theta)
    forward = jax.jit(lambda t: fn.rows(t, args) @ one)
    h = 1e-5
    bent = (forward(theta + h * one) - forward(theta - h * one)) / (2 * h)
    assert np.allclose(first, forward(theta), rtol=1e-10, atol=1e-12)
    assert np.allclose(second, fn.rows(theta, args) @ two + bent / 2, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("damping", [1e-4, 1.0])
@pytest.mark.parametrize("shape", [(7, 12), (12, 7)])
def test_descent_solves_the_damped_system_by_either_matrix(shape: tuple[int, int], damping: float) -> None:
    rng = np.random.default_rng(0)
    jacobian, gradient = rng.normal(size=shape), rng.normal(size=shape[1])
    found = Equations.of(jnp.asarray(jacobian)).damped(jnp.asarray(damping)).descent(jnp.asarray(gradient))
    known = -np.linalg.solve(jacobian.T @ jacobian + damping * np.eye(shape[1]), gradient)
    assert np.allclose(found, known, rtol=1e-9, atol=1e-9)


LINE = """
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1]}}
terms:
  - {minimise: "ENERGY", name: energy}
  - {equation: u = exact.u, on: boundary, hard: true}
exact: {u: exp(x)*sin(2*x)}
sampling: {kind: gauss, points: 40}
network: {kind: mlp, hidden: [10]}
training: {validation: 0, checkpoint_every: 1}
"""
QUADRATIC = LINE.replace("ENERGY", "0.5*u_x^2 + u*d(exact.u, x, x)")
QUARTIC = LINE.replace("ENERGY", "0.25*u_x^4 + u*d(d(exact.u, x)^3, x)")


def trained(text: str, *changes: str) -> list[Any]:
    """The snapshots of a run."""
    trainer = Trainer.of(problems.build(config.parse(text, "test.yaml", Path(), [*changes])))
    return [event.snapshot for event in trainer.run(None, lambda: None) if isinstance(event, Saved)]


@pytest.mark.parametrize("text", [QUADRATIC, QUARTIC])
def test_an_energy_is_minimised_far_below_what_its_value_shows(text: str) -> None:
    """Near the minimum an error of 1e-9 changes the energy by its rounding."""
    *_, last = trained(text, "optimizer={kind: natural_gradient, max_steps: 40}")
    known = config.parse(text, "test.yaml", Path())
    solution = Solution(known, fields.unraveling(known)[1](jnp.asarray(last.theta)))
    assert errors(solution, 400)["u"]["relative_l2"] < 1e-8


def test_units_of_the_energy_change_nothing() -> None:
    said = "optimizer={kind: natural_gradient, max_steps: 6}"
    one, other = (trained(QUADRATIC, said, f"terms.energy.weight={weight}")[-1] for weight in (1, 1e6))
    assert other.report.loss == pytest.approx(1e6 * one.report.loss, rel=1e-10)
    assert np.allclose(one.theta, other.theta, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("said", ["{kind: natural_gradient, max_steps: 6, order: 2}", "{kind: spring, max_steps: 6}"])
def test_a_run_goes_on_bit_for_bit_from_every_checkpoint_with_points_drawn_afresh(said: str) -> None:
    changes = [f"optimizer={said}", "sampling={kind: sobol, points: 32, redraw_every: 2}", "training.log_every=1"]
    trainer = Trainer.of(problems.build(config.parse(QUADRATIC, "test.yaml", Path(), changes)))
    saved = [event for event in trainer.run(None, lambda: None) if isinstance(event, Saved)]
    assert [event.snapshot.step for event in saved] == [1, 2, 3, 4, 5, 6]
    for start in saved[:-1:2]:
        *_, last, _ = trainer.run(start.snapshot, lambda: None)
        for name, array in saved[-1].snapshot.arrays.items():
            assert array.tobytes() == last.snapshot.arrays[name].tobytes()  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    ("said", "place", "words"),
    [
        ("{kind: natural_gradient, order: 7}", "7", ("'optimizer.order' must be at most 6",)),
        ("{kind: natural_gradient, damping: 0}", "0", ("'optimizer.damping' must be above 0",)),
        (
            "{kind: natural_gradient, momentum: 0.9}",
            "momentum",
            ("unknown key 'optimizer.momentum'", "it goes with kind spring"),
        ),
        ("{kind: spring, learning_rate: 0}", "0", ("'optimizer.learning_rate' must be above 0",)),
        ("{kind: spring, momentum: 1}", "1", ("'optimizer.momentum' must be below 1",)),
        ("{kind: spring, damping: -1}", "-1", ("'optimizer.damping' must be above 0",)),
        ("{kind: spring, longest: 0}", "0", ("'optimizer.longest' must be above 0",)),
        ("{kind: spring, schedule: linear}", "linear", ("'optimizer.schedule' cannot be 'linear'", "cosine")),
        ("{kind: spring, atol: 1}", "atol", ("unknown key 'optimizer.atol'",)),
    ],
)
def test_mistakes_are_said_where_they_are(said: str, place: str, words: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        config.parse(QUADRATIC + f"optimizer: {said}\n", "test.yaml", Path())
    (found,) = caught.value.diagnostics
    assert found.mark is not None
    assert found.mark.text[found.mark.column - 1 :].startswith(place)
    assert all(word in f"{found.message} {found.hint}" for word in words)
