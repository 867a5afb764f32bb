"""Estimates along random vectors: their mean over all vectors is the operator itself."""

import itertools
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pinn import batches, config, fields, problems
from pinn.compiler import Site
from pinn.errors import ConfigError
from pinn.objectives import Objective
from pinn.verification import differences

DIM = 4
CONFIG = """
unknowns: [u]
domain: {{kind: box, bounds: {{x: [-1, 1], y: [-1, 1], z: [0, 1], w: [0, 2], t: [0, 1]}}, time: t}}
terms:
  - {{equation: "{equation}", estimate: {{kind: {kind}, directions: {count}}}}}
sampling: {{kind: random, points: 5}}
network: {{kind: mlp, hidden: [6, 5]}}
optimizer: {{kind: {optimizer}}}
"""
HEAT = "u_t = (1 + x^2)*laplacian(u) + u_xt"


def parse(equation=HEAT, kind="stde", count=2, optimizer="adam"):
    return config.parse(CONFIG.format(equation=equation, kind=kind, count=count, optimizer=optimizer), "c.yaml", Path())


def losses(problem, every):
    """The loss for each pair of halves of the random vectors, and the parameters that it was taken at."""
    objective, points = Objective.of(problem), problem.points("training")
    theta = fields.ravel(fields.initial(problem.config, jnp.uint32(3)))
    args = batches.arguments(problem, points)
    value = jax.jit(jax.vmap(lambda drawn: objective.value(theta, args._replace(drawn=(drawn,)))))
    return np.asarray(value(jnp.asarray(every))), theta


def vectors(problem, purpose="training"):
    (found,) = problem.vectors(purpose)
    assert found is not None
    return found


def exact_loss(problem, theta):
    plain = problems.exact(problem)
    return float(Objective.of(plain).value(theta, batches.arguments(plain, problem.points("training"))))


def pairs(vectors):
    """All pairs of independent vectors, one for each half, with a zero for the time."""
    padded = [(*v, 0.0) for v in vectors]
    return np.array(list(itertools.product(padded, padded)))


def test_the_mean_over_all_axes_is_the_exact_loss():
    problem = problems.build(parse())
    found, theta = losses(problem, pairs(np.eye(DIM)))
    assert found.mean() == pytest.approx(exact_loss(problem, theta), rel=1e-12)
    assert found.std() > 1e-3 * found.mean()


def test_the_mean_over_all_signs_is_the_exact_loss():
    problem = problems.build(parse(kind="hutchinson"))
    found, theta = losses(problem, pairs(list(itertools.product((-1.0, 1.0), repeat=DIM))))
    assert found.mean() == pytest.approx(exact_loss(problem, theta), rel=1e-12)


def test_powers_of_the_laplacian_have_the_mean_of_normal_vectors():
    """Third-order Gauss-Hermite points integrate the fourth powers of the components exactly."""
    problem = problems.build(parse("laplacian(laplacian(u)) = u_t", kind="hutchinson"))
    estimate = problem.groups[0].estimate
    assert estimate is not None and estimate.kind == "normal"
    nodes, weights = np.polynomial.hermite_e.hermegauss(3)
    grid = np.array(list(itertools.product(nodes, repeat=DIM)))
    share = np.prod(list(itertools.product(weights / weights.sum(), repeat=DIM)), axis=1)
    every = jnp.asarray(np.stack([np.c_[grid, np.zeros(len(grid))]] * 2, axis=1))
    objective, args = Objective.of(problem), batches.arguments(problem, problem.points("training"))
    model = fields.initial(problem.config, jnp.uint32(3))

    def root(point, drawn):
        return objective.point_values(problem.groups[0], Site(point, None, drawn), [model], {}, args.constants)[0].value

    roots = jax.jit(jax.vmap(jax.vmap(root, (0, None)), (None, 0)))(args.batches[0].points[0], every)
    mean = jnp.tensordot(jnp.asarray(share), roots, 1)
    assert float(jnp.mean(mean**2)) == pytest.approx(exact_loss(problem, fields.ravel(model)), rel=1e-10)


@pytest.mark.parametrize("kind", ["stde", "hutchinson"])
def test_derivatives_along_random_vectors_against_nested_differentiation(kind):
    problem = problems.build(parse("u_t = laplacian(exp(x*y)*u) + d(laplacian(u), t)", kind=kind, count=3))
    model = fields.initial(problem.config, jnp.uint32(1))
    (points,), drawn = problem.points("training"), vectors(problem)
    _, gaps = differences(problem.config, problem.groups[0], model, points.points, None, drawn)
    assert gaps.max() < 1e-11


def test_vectors_are_drawn_as_said():
    axes = vectors(problems.build(parse(count=3)))
    assert (axes.sum(axis=1) == 1).all() and ((axes == 0) | (axes == 1)).all() and not axes[:, -1].any()
    signs = vectors(problems.build(parse(kind="hutchinson", count=3)))
    assert (np.abs(signs[:, :DIM]) == 1).all() and not signs[:, -1].any()
    again, other = (vectors(problems.build(parse(kind="hutchinson", count=3)), p) for p in ("training", "round 2"))
    assert (signs == again).all() and (signs != other).any()


def test_as_many_directions_as_coordinates_are_the_sum_itself():
    assert problems.build(parse(count=DIM)).groups[0].estimate is None


@pytest.mark.parametrize(
    ("equation", "kind", "message"),
    [
        ("u_t = u_xx", "stde", "no sum over all spatial coordinates"),
        ("laplacian(u)^2 = u_t", "stde", "not linear in its Laplacians"),
        ("laplacian(u)*laplacian(u) = u_t", "hutchinson", "not linear"),
        ("exp(laplacian(u)) = u_t", "hutchinson", "not linear"),
        ("laplacian(u*laplacian(u)) = u_t", "hutchinson", "not linear"),
        ("laplacian(laplacian(u)) = u_t", "stde", "no sum over all spatial coordinates"),
    ],
)
def test_what_has_no_unbiased_estimate_is_refused(equation, kind, message):
    with pytest.raises(ConfigError, match=message):
        parse(equation, kind)


def test_methods_that_compare_steps_are_refused():
    with pytest.raises(ConfigError, match="bfgs cannot minimise the estimates of 'term_1'"):
        parse(optimizer="bfgs")


def test_the_optimizer_that_is_chosen_takes_the_limits_that_it_has():
    known = parse(optimizer="auto, atol: 1e-12, max_steps: 7")
    (stage,) = known.stages
    assert (stage.kind, stage.max_steps) == ("adam", 7)
