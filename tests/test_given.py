"""What depends on the points alone is worked out once for each set of them, and changes no number of any objective."""

import re
from collections import Counter
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pinn import batches, config, fields, problems
from pinn.batches import Arguments, arguments
from pinn.compiler import plan
from pinn.compiler.plan import MOST
from pinn.objectives import Objective
from pinn.problems import Problem
from pinn.training import March, build
from pinn.training.redraws import Redraws

EVERYTHING = """
unknowns: [u, v]
parameters: {k: 3, nu: {kind: fitted, initial: 0.4}}
domain: {kind: box, bounds: {x: [0, 2], y: [0, 1]}}
define: {s: sin(k*x)*exp(y), m: nu*cos(x)}
terms:
  - {equation: u = s, on: x=0, hard: true}
  - {equation: laplacian(u) = laplacian(s)*v + m, weight: 1 + x^2*y}
  - equation: "at(u, x=1) + at(s, y=nu) + integral(s*v) = 0"
  - equation: "where(u > 0.2 and x^2 > y, log(x - 1)*u, s) + where(x*y > 0.3, v, s) = 0"
  - {equation: "d(v, n)*norm([x, y + 1]) = sum(n*[s, y])", on: boundary, points: 8}
  - {minimise: u*v*s - freeze(s)*v, on: y=1}
sampling: {kind: sobol, points: 24}
network: {kind: mlp, hidden: [5]}
"""
SLABS = """
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1], t: [0, 2]}, time: t}
terms:
  - {equation: u = sin(3*x)*exp(x), on: t=0, hard: true}
  - {equation: u = t, on: x=0, hard: true}
  - equation: u_t = u_xx + cos(x*t)
sampling: {kind: sobol, points: 16}
network: {kind: mlp, hidden: [4]}
training: {slabs: 2, validation: 0}
"""


def read(text: str, *assignments: str) -> Problem:
    return problems.build(config.parse(text, "test.yaml", Path(), assignments))


def theta_of(problem: Problem) -> jax.Array:
    drawn = fields.ravel(fields.initial(problem.config, jnp.uint32(3)))
    return drawn + 0.3 * jnp.sin(jnp.arange(float(len(drawn))) + 1)


def without(args: Arguments) -> Arguments:
    """The same points, at which nothing is known."""
    return args._replace(batches=tuple(batch._replace(given=None) for batch in args.batches))


def given(problem: Problem) -> list[int]:
    """How many numbers are known at a point of each group."""
    return [sum(part.size for part in group.demand.given) for group in problem.groups]


@pytest.fixture(scope="module")
def everything() -> tuple[Problem, Arguments]:
    problem = read(EVERYTHING)
    return problem, arguments(problem, problem.points("training"))


def test_no_objective_changes(everything: tuple[Problem, Arguments]) -> None:
    problem, args = everything
    objective, theta = Objective.of(problem), theta_of(problem)
    assert all(given(problem))

    @jax.jit
    def found(args: Arguments) -> object:
        value = jax.value_and_grad(objective.value)(theta, args)
        return value, objective.curvature.curve(theta, [0.1 * theta, jnp.cos(theta)], args)

    ours, theirs = jax.tree.leaves(found(args)), jax.tree.leaves(found(without(args)))
    assert len(ours) == len(theirs) == 3
    for a, b in zip(ours, theirs, strict=True):
        assert np.isfinite(a).all()
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-12)


def test_functions_of_the_points_are_not_in_the_programs_of_steps(everything: tuple[Problem, Arguments]) -> None:
    problem, args = everything
    theta = theta_of(problem)

    def operations(args: Arguments) -> Counter[str]:
        program = str(jax.make_jaxpr(Objective.of(problem).value)(theta, args))
        return Counter(re.findall(r"= (\w+)", program))

    ours, theirs = operations(args), operations(without(args))
    assert theirs["log"] and theirs["sqrt"] and theirs["exp"] > 1
    assert not ours["log"] and not ours["sqrt"] and ours["exp"] == 1  # that of s where y is nu, which is trained
    assert ours.total() < theirs.total() / 2


def test_what_is_trained_or_drawn_at_every_step_is_not_known() -> None:
    problem = read(EVERYTHING, 'terms=[{equation: "u = nu*k + x"}, {equation: "v = at(s, x=nu, y=0.5)"}]')
    assert given(problem) == [0]
    text = """
    unknowns: [u]
    domain: {kind: ball, coordinates: {x: 20}}
    terms: [{equation: laplacian(u) = laplacian(sin(sum(x))), estimate: {kind: hutchinson, directions: 4}}]
    """
    assert given(read(text)) == [0]


def test_where_points_are_drawn_afresh_their_numbers_follow() -> None:
    problem = read(
        EVERYTHING, "terms=[{equation: u = exp(x*y)}]", "sampling={kind: random, points: 9, redraw_every: 2}"
    )
    points = Redraws(Objective.of(problem))
    for step in (0, 1, 2, 3, 0):
        (batch,) = points.at(step).batches
        assert batch.given is not None
        known = np.exp(batch.points[..., 0] * batch.points[..., 1])
        np.testing.assert_allclose(jnp.abs(batch.given.expressions[0].value), known, rtol=1e-14)


def test_slabs_of_time_begin_with_known_numbers() -> None:
    march = build(read(SLABS))
    assert isinstance(march, March)
    first = march.trainer
    second = problems.slab(march.slabs, (march.objective.unravel(first.first()),), alike=first.problem)
    for problem in (first.problem, second):
        args, objective = arguments(problem, problem.points("training")), Objective.of(problem)
        theta = theta_of(problem)
        assert given(problem)[0] > 5  # what is made of both conditions on {1, d_x, d_t, d_xx}, and the source
        assert objective.value(theta, args) == pytest.approx(float(objective.value(theta, without(args))), rel=1e-13)


def test_there_is_a_limit_to_what_is_kept_at_a_point() -> None:
    text = """
    unknowns: [u]
    domain: {{kind: ball, coordinates: {{x: {dim}}}}}
    terms: [{{equation: laplacian(u) = sin(sum(x))}}, {{equation: u = exp(sum(x)), on: boundary, hard: true}}]
    """
    few, many = read(text.format(dim=30)), read(text.format(dim=600))
    assert given(few) == [2 * (30 + 2) + 1]
    assert 600 < given(many)[0] <= MOST


def test_at_the_neighbors_of_points_nothing_is_known() -> None:
    problem = read(EVERYTHING, "terms=[{equation: u = sin(x)*exp(y)}]")
    args, objective = arguments(problem, problem.points("training")), Objective.of(problem)
    theta, residuals = theta_of(problem), objective.residuals
    assert residuals is not None
    for a, b in zip(residuals.slopes(theta, args, 0), residuals.slopes(theta, without(args), 0), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11)


def test_a_plan_without_names_of_what_is_trained_knows_nothing() -> None:
    problem = read(EVERYTHING)
    (expression, *_) = problem.groups[1].contributions[0].expressions
    assert plan([expression], problem.config.ansatz).given == ()


CORNERS = """
unknowns: [u, v]
parameters: {nu: {kind: fitted, initial: 0.4}}
domain: {kind: box, bounds: {x: [0, 2], y: [0, 1]}, periodic: [x]}
terms:
  - {equation: "laplacian(u) + at(u, y=0.5)*at(v, y=nu) = v"}
  - {equation: "d(v, n) = u", on: boundary, points: 8}
sampling: {kind: sobol, points: 24}
"""


@pytest.mark.parametrize("kind", ["mlp", "siren", "kan", "fourier", "pirate", "separable", "modified_mlp"])
def test_what_networks_read_is_known_wherever_nothing_trained_moves_it(kind: str) -> None:
    hidden = "[6, 6]" if kind in ("pirate", "modified_mlp") else "[6]"
    problem = read(CORNERS, f"network={{kind: {kind}, hidden: {hidden}}}")
    args, theta = arguments(problem, problem.points("training")), theta_of(problem)
    (inside, boundary), objective = args.batches, Objective.of(problem)
    assert inside.given is not None and boundary.given is not None
    assert [bool(found) for found in inside.given.embedded].count(False) == 1  # where y is nu
    assert all(boundary.given.embedded)

    @jax.jit
    def found(args: Arguments) -> object:
        assert objective.residuals is not None
        return objective.residuals.jacobian(theta, args), objective.residuals.curve(theta, [jnp.cos(theta)], args)

    for a, b in zip(jax.tree.leaves(found(args)), jax.tree.leaves(found(without(args))), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-12)
    ours, theirs = (len(re.findall(r"= \w+", str(jax.make_jaxpr(found)(a)))) for a in (args, without(args)))
    assert ours < theirs


def test_too_much_is_worked_out_where_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_GIVEN", 1)
    problem = read(CORNERS)
    assert all(batch.given is None for batch in arguments(problem, problem.points("training")).batches)
