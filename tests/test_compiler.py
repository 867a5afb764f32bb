"""Compiled expressions against nested differentiation, a network written by hand, and curves in parameter space."""

import math
from functools import reduce
from math import factorial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinn import config, fields, problems
from pinn.batches import arguments
from pinn.compiler import Site, evaluate, nested_value, plan
from pinn.fields import FieldsOf
from pinn.objectives import Objective

HEAD = """
unknowns: [u, v]
parameters:
  k: 0.7
  c: [1, -2]
  nu: {kind: fitted, initial: 0.3, positive: true, scale: 0.5}
  q: {kind: fitted, initial: 0.2, bounds: [-1, 3]}
directions: {w: [1, 2]}
define: {g: u*exp(x)}
network: {kind: mlp, hidden: [6, 5], activation: tanh}
"""
BOX = "domain: {kind: box, bounds: {x: [-1, 2], y: [0.5, 2]}}\n"
PERIODIC = "domain: {kind: box, bounds: {x: [-1, 2], y: [0.5, 2]}, periodic: [x]}\n"
FREE = "terms: [{equation: u = v}]\n"
HARD = """
terms:
  - equation: u = v
  - {equation: u = sin(y), on: x=-1, hard: true}
  - {equation: u = sin(2)*exp(x + 1), on: y=2, hard: true}
"""
POINTS = jnp.array([[0.3, 1.1], [-0.7, 0.6], [1.9, 1.8]])


@pytest.fixture(autouse=True)
def strict_promotion():
    with jax.numpy_dtype_promotion("strict"):
        yield


def parse(text: str) -> config.Config:
    return config.parse(text, "test.yaml", Path())


def model_of(known: config.Config, seed: int = 3) -> fields.Model:
    """A model whose biases and fitted parameters are not special."""
    size, unravel = fields.unraveling(known)
    drawn = fields.ravel(fields.initial(known, jnp.uint32(seed)))
    return unravel(drawn + 0.2 * jnp.sin(jnp.arange(float(size)) + 1.0))


def by_jets(known, trees, model, points=POINTS):
    demand = plan(trees, known.ansatz)
    at = lambda x: [
        jet.value for jet in evaluate(trees, demand, FieldsOf.of(known, [model], fields.constants(known)), Site(x))
    ]
    return jax.jit(jax.vmap(at))(points)


def by_nesting(known, trees, model, points=POINTS):
    at = lambda x: [nested_value(t, FieldsOf.of(known, [model], fields.constants(known)), Site(x)) for t in trees]
    return jax.jit(jax.vmap(at))(points)


def agree(found, expected, labels, tolerance=1e-10):
    for a, b, label in zip(found, expected, labels, strict=True):
        a, b = np.asarray(a), np.asarray(b)
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * max(1.0, np.abs(b).max()), err_msg=label)


# --- a network written by hand


def partial(f, *indices):
    return reduce(lambda g, i: lambda p: jax.jacfwd(g)(p)[i], indices, f)


def along(f, times):
    return reduce(lambda g, _: lambda p: jnp.dot(jax.jacfwd(g)(p), jnp.array([1.0, 2.0])), range(times), f)


def laplacian(f):
    return lambda p: jnp.trace(jax.jacfwd(jax.jacfwd(f))(p))


def network(model, p, periodic):
    unit = jnp.array([(p[0] - 0.5) / 1.5, (p[1] - 1.25) / 0.75])
    if periodic:
        unit = jnp.array([jnp.cos(jnp.pi * unit[0]), jnp.sin(jnp.pi * unit[0]), unit[1]])
    *hidden, last = zip(model.network.function.weights, model.network.function.biases, strict=True)
    for w, b in hidden:
        unit = jnp.tanh(w @ unit + b)
    return last[0] @ unit + last[1]


def fitted(model):
    return 0.5 * jnp.exp(model.fitted["nu"]), -1 + 4 / (1 + jnp.exp(-model.fitted["q"]))


CASES = {
    "u": lambda u, v, nu, q: u,
    "d(u*u_x, x)": lambda u, v, nu, q: partial(lambda p: u(p) * partial(u, 0)(p), 0),
    "div(k*v*grad(u))": lambda u, v, nu, q: (
        lambda p: sum(partial(lambda p, i=i: 0.7 * v(p) * partial(u, i)(p), i)(p) for i in range(2))
    ),
    "laplacian(laplacian(u))": lambda u, v, nu, q: laplacian(laplacian(u)),
    "d(u, w, order=3)": lambda u, v, nu, q: along(u, 3),
    "y*at(u_x, x=-1)": lambda u, v, nu, q: lambda p: p[1] * partial(u, 0)(p.at[0].set(-1)),
    "d(v*at(u, x=2*y), x)": lambda u, v, nu, q: lambda p: partial(v, 0)(p) * u(p.at[0].set(2 * p[1])),
    "where(x < 0, u_x, v_y)": lambda u, v, nu, q: lambda p: jnp.where(p[0] < 0, partial(u, 0)(p), partial(v, 1)(p)),
    "d(exp(u)*v/(2 + v^2), x, x, y)": lambda u, v, nu, q: partial(
        lambda p: jnp.exp(u(p)) * v(p) / (2 + v(p) ** 2), 0, 0, 1
    ),
    "d(u, x, order=6)": lambda u, v, nu, q: partial(u, *[0] * 6),
    "laplacian(u^3 + sin(v))": lambda u, v, nu, q: laplacian(lambda p: u(p) ** 3 + jnp.sin(v(p))),
    "d(nu*u_x, x) + q*v": lambda u, v, nu, q: lambda p: nu * partial(u, 0, 0)(p) + q * v(p),
    "d(exp(u)^nu, x, y)": lambda u, v, nu, q: partial(lambda p: jnp.exp(nu * u(p)), 0, 1),
    "d(sqrt(1 + u^2), x, y) + u^(-2)": lambda u, v, nu, q: (
        lambda p: partial(lambda p: jnp.sqrt(1 + u(p) ** 2), 0, 1)(p) + 1 / u(p) ** 2
    ),
    "freeze(u)*v_x": lambda u, v, nu, q: lambda p: u(p) * partial(v, 0)(p),
    "dot(grad(u), grad(v)) + norm(grad(u))^2": lambda u, v, nu, q: (
        lambda p: jnp.dot(jax.jacfwd(u)(p), jax.jacfwd(v)(p) + jax.jacfwd(u)(p))
    ),
    "sum(c*grad(u)) + grad(u)[1]": lambda u, v, nu, q: lambda p: jnp.dot(jax.jacfwd(u)(p), jnp.array([1.0, -1.0])),
    "curl(grad(u))": lambda u, v, nu, q: lambda p: 0 * p[0],
    "g_xx": lambda u, v, nu, q: partial(lambda p: u(p) * jnp.exp(p[0]), 0, 0),
    "max(u, v) + min(u_x, 0) + abs(v) + step(x) + sign(u)": lambda u, v, nu, q: (
        lambda p: (
            jnp.maximum(u(p), v(p))
            + jnp.minimum(partial(u, 0)(p), 0)
            + jnp.abs(v(p))
            + (p[0] > 0) * 1.0
            + jnp.sign(u(p))
        )
    ),
    "atan(u_x) + erf(v) + softplus(u)*sigmoid(v) + log(2 + tanh(u))": lambda u, v, nu, q: (
        lambda p: (
            jnp.arctan(partial(u, 0)(p))
            + jax.scipy.special.erf(v(p))
            + jnp.log1p(jnp.exp(u(p))) / (1 + jnp.exp(-v(p)))
            + jnp.log(2 + jnp.tanh(u(p)))
        )
    ),
}


@pytest.mark.parametrize("variant", ["free", "hard", "periodic"])
def test_jets_nested_and_hand_written_networks_agree(variant):
    known = parse(HEAD + (PERIODIC if variant == "periodic" else BOX) + (HARD if variant == "hard" else FREE))
    model = model_of(known)
    raw = lambda i: lambda p: network(model, p, variant == "periodic")[i]
    u = raw(0)
    if variant == "hard":
        lift = lambda p: jnp.sin(p[1]) + jnp.sin(2.0) * (jnp.exp(p[0] + 1) - 1)
        scale = known.scales["u"]  # exp(3) sin(2), as far as points of the edge tell
        assert scale == pytest.approx(math.exp(3) * math.sin(2), rel=0.3)
        u = lambda p: lift(p) + (p[0] + 1) / 3 * (p[1] - 2) / 1.5 * scale * raw(0)(p)
    cases = CASES if variant == "free" else dict(list(CASES.items())[:7])
    trees = config.read_expressions(known, list(cases))[0]
    with jax.numpy_dtype_promotion("standard"):
        truths = [case(u, raw(1), *fitted(model)) for case in cases.values()]
        expected = jax.jit(jax.vmap(lambda p: [truth(p) for truth in truths]))(POINTS)
    found = by_jets(known, trees, model)
    agree(found, expected, cases)
    agree(by_nesting(known, trees, model), expected, cases)


def test_a_periodic_unknown_joins_with_all_its_derivatives():
    known = parse(HEAD + PERIODIC + FREE)
    trees = config.read_expressions(known, ("u", "u_x", "u_xxx", "laplacian(v)"))[0]
    ends = by_jets(known, trees, model_of(known), jnp.array([[-1.0, 1.2], [2.0, 1.2]]))
    for value in ends:
        assert abs(value[0] - value[1]) < 1e-10


leaves = st.sampled_from(["u", "v", "u_x", "v_xy", "x", "y", "k", "nu", "0.5", "at(u, x=1)", "freeze(v)"])


def grown(inner):
    pair = st.tuples(inner, inner)
    return st.one_of(
        pair.map(lambda p: f"({p[0]} + {p[1]})"),
        pair.map(lambda p: f"({p[0]} - 2*{p[1]})"),
        pair.map(lambda p: f"({p[0]}*{p[1]})"),
        pair.map(lambda p: f"({p[0]}/(3 + ({p[1]})^2))"),
        pair.map(lambda p: f"where({p[0]} > 0.1, {p[1]}, {p[0]})"),
        st.tuples(st.sampled_from(["sin", "tanh", "atan", "softplus"]), inner).map(lambda p: f"{p[0]}({p[1]})"),
        st.tuples(inner, st.sampled_from(["2", "3"])).map(lambda p: f"({p[0]})^{p[1]}"),
        st.tuples(inner, st.sampled_from(["x", "y", "w"])).map(lambda p: f"d({p[0]}, {p[1]})"),
        inner.map(lambda t: f"at({t}, y=0.7)"),
        inner.map(lambda t: f"laplacian({t})"),
    )


expressions = st.recursive(leaves, grown, max_leaves=4)


@settings(max_examples=3, deadline=None, derandomize=True)
@given(st.lists(expressions, min_size=6, max_size=6, unique=True))
def test_random_expressions_agree_with_nested_differentiation(texts):
    known = parse(HEAD + BOX + HARD)
    trees = config.read_expressions(known, texts)[0]
    model = model_of(known)
    agree(by_jets(known, trees, model), by_nesting(known, trees, model), texts, tolerance=1e-9)


# --- curves, rows and gradients

PROBLEM = """
  - {equation: "u_y + u*u_x - nu*u_xx = freeze(v)*v", name: first, weight: 2}
  - {equation: ["v_x = at(u, x=-1)", "d(u*v, x) = q"], on: [x=-1, x=2], weight: 1 + y}
  - {minimise: "0.5*dot(grad(u), grad(u)) + 3*(u - v)^2", name: squares}
sampling: {kind: sobol, points: 4}
"""


def small_problem() -> problems.Problem:
    text = HEAD.replace("[6, 5]", "[4]") + BOX + "terms:" + PROBLEM
    return problems.build(parse(text))


def test_curves_against_nested_differentiation_along_the_parameter():
    problem = small_problem()
    objective = Objective.of(problem)
    residuals = objective.residuals
    assert residuals is not None
    args = arguments(problem, problem.points("training"))
    theta = fields.ravel(model_of(problem.config))
    directions = [0.3 * jnp.cos((k + 1.0) * jnp.arange(float(theta.size))) for k in range(4)]

    def bent(s):
        return residuals(theta + sum(p * s ** (k + 1) for k, p in enumerate(directions)), args)

    for order in (1, 4):
        ours = jax.jit(residuals.curve)(theta, directions[:order], args)[order]
        nested = reduce(lambda f, _: jax.jacfwd(f), range(order), bent)
        expected = jax.jit(nested)(jnp.asarray(0.0)) / factorial(order)
        agree([ours], [expected], [f"order {order}"])


def test_rows_their_squares_and_their_jacobian():
    problem = small_problem()
    objective = Objective.of(problem)
    residuals = objective.residuals
    assert residuals is not None
    args = arguments(problem, problem.points("training"))
    theta = fields.ravel(model_of(problem.config))
    rows, slopes = jax.jit(residuals.jacobian)(theta, args)
    plain = jax.jit(residuals)(theta, args)
    np.testing.assert_allclose(rows, plain, rtol=1e-13)
    np.testing.assert_allclose(jnp.sum(plain**2), objective.value(theta, args), rtol=1e-13)
    agree([slopes], [jax.jit(jax.jacfwd(residuals))(theta, args)], ["jacobian"])
    agree([2 * slopes.T @ rows], [jax.jit(jax.grad(objective.value))(theta, args)], ["gradient"])


def test_where_keeps_a_singularity_out_of_value_and_gradient():
    known = parse(
        HEAD
        + BOX
        + """
terms:
  - equation: where(x > 0.5, nu*u*sqrt(x - 0.5)/(x - 0.5), log(0.6 - x)) = d(where(v > 0, sqrt(v), 0), y)
sampling: {kind: grid, points: [3, 1]}
"""
    )
    problem = problems.build(known)
    args = arguments(problem, problem.points("training"))
    assert 0.5 in np.asarray(args.batches[0].points[0, :, 0])
    theta = fields.ravel(model_of(known))
    value, gradient = jax.jit(jax.value_and_grad(Objective.of(problem).value))(theta, args)
    assert np.isfinite(value)
    assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0


def test_freeze_is_constant_for_training_only():
    known = parse(HEAD + BOX + "terms: [{equation: 'd(freeze(u), x) = v'}]\nsampling: {kind: grid, points: 4}")
    problem = problems.build(known)
    args = arguments(problem, problem.points("training"))
    theta = fields.ravel(model_of(known))
    slope = fields.unraveling(known)[1](jax.grad(Objective.of(problem).value)(theta, args))
    last = slope.network.function.weights[-1]
    assert np.abs(last[0]).max() == 0
    assert np.abs(last[1]).max() > 0


# --- plans


def demand(texts, terms=FREE):
    known = parse(HEAD + BOX + terms)
    return plan(config.read_expressions(known, texts)[0], known.ansatz)


@pytest.mark.parametrize(
    ("texts", "coefficients"),
    [
        (["u"], 1),
        (["u_x"], 2),
        (["laplacian(u)"], 4),
        (["laplacian(u)", "u_x", "u*v"], 4),
        (["laplacian(laplacian(u))"], 9),
        (["laplacian(k*u)"], 4),
        (["u_xx", "u_xy", "u_yy"], 6),
        (["d(u, w, order=3)"], 4),
        (["d(u*u_x, x)"], 3),
    ],
)
def test_plans_need_no_more_coefficients_than_the_closed_space(texts, coefficients):
    assert demand(texts).coefficients == coefficients


def test_hard_conditions_do_not_enlarge_a_plan():
    assert demand(["laplacian(u)"], HARD).coefficients == 4


def test_each_network_is_evaluated_once_for_each_place(monkeypatch):
    known = parse(HEAD + BOX + FREE)
    texts = ["laplacian(u) + u*v", "v_x", "at(u, x=-1)", "at(v_x, x=-1) + at(u, x=1)", "where(u > 0, u_x, v)"]
    trees = config.read_expressions(known, texts)[0]
    calls = []
    original = FieldsOf.raw
    monkeypatch.setattr(FieldsOf, "raw", lambda self, c, *read: calls.append(len(c.space)) or original(self, c, *read))
    by_jets(known, trees, model_of(known))
    assert sorted(calls) == [1, 2, 4]
