"""Numbers that converge: quadrature at its order, and training to the accuracy that the method should reach."""

from itertools import pairwise
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from pinn import config, evaluation, fields, problems
from pinn.batches import arguments
from pinn.evaluation import Solution
from pinn.objectives import Objective
from pinn.training import Ended, Saved, Trainer

ENERGY = """
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1]}}
terms:
  - {equation: u = 0, on: x=0, hard: true}
  - minimise: 0.5*u_x^2 - exp(x)*u
network: {kind: mlp, hidden: [2]}
"""
SOLVE = """
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1], y: [0, 1]}}
terms:
  - TERM
  - {equation: u = 0, on: boundary, hard: true}
exact: {u: sin(pi*x)*sin(pi*y)}
sampling: {kind: gauss, points: 196}
network: {kind: mlp, hidden: [16], activation: tanh}
optimizer: {kind: bfgs, max_steps: STEPS}
training: {validation: 0, checkpoint_every: 500, log_every: 500}
"""


def energy(kind: str, size: int) -> float:
    """The energy of u = 2x, which the network makes by saying 2 everywhere; its true value is 0."""
    built = problems.build(config.parse(f"{ENERGY}sampling: {{kind: {kind}, points: {size}}}\n", "test.yaml", Path()))
    count, _ = fields.unraveling(built.config)
    theta = jnp.zeros(count).at[-1].set(2.0)
    return float(Objective.of(built).value(theta, arguments(built, built.points("training"))))


def test_the_midpoint_rule_converges_at_second_order():
    errors = [abs(energy("grid", n)) for n in (8, 16, 32)]
    rates = np.log2(np.divide(errors[:-1], errors[1:]))
    assert rates == pytest.approx([2, 2], abs=0.02)


def test_the_gauss_rule_converges_faster_than_any_order():
    errors = [abs(energy("gauss", n)) for n in (1, 2, 3, 4)]
    assert all(after < before / 50 for before, after in pairwise(errors))
    assert abs(energy("gauss", 8)) < 1e-13


def trained(text: str) -> Solution:
    known = config.parse(text, "test.yaml", Path())
    trainer = Trainer.of(problems.build(known))
    events = list(trainer.run(None, lambda: None))
    end = events[-1]
    assert isinstance(end, Ended) and end.last
    last = [event.snapshot for event in events if isinstance(event, Saved)][-1]
    return Solution(known, trainer.objective.unravel(jnp.asarray(last.theta)))


def test_poisson_with_hard_boundary_values_reaches_1e_4_in_500_steps():
    equation = "equation: -laplacian(u) = 2*pi^2*sin(pi*x)*sin(pi*y)"
    solution = trained(SOLVE.replace("TERM", equation).replace("STEPS", "500"))
    found = evaluation.errors(solution, 500)["u"]
    assert found["relative_l2"] < 1e-4
    assert found["relative_h1"] < 1e-3


def test_the_energy_of_the_same_problem_has_the_same_minimiser():
    term = 'minimise: "0.5*dot(grad(u), grad(u)) - 2*pi^2*sin(pi*x)*sin(pi*y)*u"'
    solution = trained(SOLVE.replace("TERM", term).replace("STEPS", "300"))
    assert evaluation.errors(solution, 500)["u"]["relative_l2"] < 1e-3
