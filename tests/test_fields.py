"""What is trained and what names stand for: inputs, networks, fitted parameters, the flat vector."""

from functools import reduce
from math import factorial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from pinn import config, fields, jets
from pinn.compiler.plan import VALUE
from pinn.fields import FieldsOf

PLAIN = {
    "identity": lambda x: x,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "sin": np.sin,
    "exp": np.exp,
    "softplus": lambda x: np.log1p(np.exp(x)),
    "swish": lambda x: x / (1 + np.exp(-x)),
    "gelu": lambda x: x * stats.norm.cdf(x),
}


def parse(
    network: str = "{kind: mlp}", domain: str = "{kind: box, bounds: {x: [-1, 3], y: [2, 2.5]}}", extra: str = ""
) -> config.Config:
    text = f"unknowns: [u, v]\ndomain: {domain}\nterms: [{{equation: u = v}}]\nnetwork: {network}\n{extra}"
    return config.parse(text, "test.yaml", Path())


def inputs(known: config.Config, *point: float) -> np.ndarray:
    units = fields.units(known.domain, jets.constant(VALUE, 0, jnp.asarray(point)))
    return np.asarray(fields.initial(known, jnp.uint32(0)).network.inputs(units).value)


def test_every_coordinate_reaches_the_network_with_unit_size():
    known = parse()
    assert inputs(known, -1.0, 2.5).tolist() == [-1, 1]
    assert inputs(known, 1.0, 2.25).tolist() == [0, 0]
    gaussian = parse(domain="{kind: gaussian, coordinates: [x, y], mean: [1, 2], scale: 0.5}")
    assert inputs(gaussian, 1.5, 2.0).tolist() == [1, 0]


def test_a_periodic_coordinate_enters_as_an_angle():
    known = parse(domain="{kind: box, bounds: {x: [-1, 3], y: [2, 2.5]}, periodic: [x]}")
    left, right = inputs(known, -1.0, 2.25), inputs(known, 3.0, 2.25)
    assert left == pytest.approx([-1, 0, 0], abs=1e-15)
    assert right == pytest.approx(left, abs=1e-15)
    assert inputs(known, 2.0, 2.25) == pytest.approx([0, 1, 0], abs=1e-15)


@pytest.mark.parametrize(
    ("activation", "output"),
    [*((name, "identity") for name in PLAIN if name != "identity"), *(("tanh", name) for name in PLAIN)],
)
def test_a_network_is_what_its_formula_says(activation, output):
    known = parse(f"{{kind: mlp, hidden: [4, 3], activation: {activation}, output_activation: {output}}}")
    model = fields.initial(known, jnp.uint32(1))
    x = inputs(known, 0.3, 2.1)
    for layer, (w, b) in enumerate(zip(model.network.function.weights, model.network.function.biases, strict=True)):
        x = PLAIN[activation if layer < 2 else output](np.asarray(w) @ x + np.asarray(b))
    here = jets.constant(VALUE, 0, jnp.asarray((0.3, 2.1)))
    found = FieldsOf.of(known, [model], fields.Constants({})).raw(here)
    assert [float(found[name].value) for name in ("u", "v")] == pytest.approx(list(x), rel=1e-12)


@pytest.mark.parametrize(("initial", "variance"), [("glorot", 2 / 120), ("he", 2 / 60)])
def test_first_weights_have_the_variance_of_their_rule(initial, variance):
    known = parse(f"{{kind: mlp, hidden: [60, 60], initial: {initial}}}")
    network = fields.initial(known, jnp.uint32(0)).network.function
    assert np.var(network.weights[1]) == pytest.approx(variance, rel=0.06)
    assert all(not np.asarray(b).any() for b in network.biases)


def test_seeds_decide_the_first_weights():
    known = parse()
    draw = jax.jit(lambda seed: fields.ravel(fields.initial(known, seed)))
    same, again, other = draw(jnp.uint32(7)), draw(jnp.uint32(7)), draw(jnp.uint32(8))
    assert (same == again).all()
    assert abs(np.corrcoef(same, other)[0, 1]) < 0.2


def test_ravel_and_unravel_undo_each_other():
    known = parse(extra="parameters: {b: {kind: fitted, initial: 2}, a: {kind: fitted, initial: 1}}\n")
    size, unravel = fields.unraveling(known)
    theta = jnp.arange(float(size))
    assert (fields.ravel(unravel(theta)) == theta).all()
    assert size == 2 * 32 + 32 + 32 * 32 + 32 + 32 * 2 + 2 + 2
    model = fields.initial(known, jnp.uint32(3))
    again = unravel(fields.ravel(model))
    assert jax.tree.structure(again) == jax.tree.structure(model)
    assert all((a == b).all() for a, b in zip(jax.tree.leaves(again), jax.tree.leaves(model), strict=True))


FITTED = {
    "plain": "{kind: fitted, initial: -2.5}",
    "scaled": "{kind: fitted, initial: 1e6, scale: 1e6}",
    "positive": "{kind: fitted, initial: 0.02, positive: true, scale: 0.1}",
    "bounded": "{kind: fitted, initial: 0.7, bounds: [0.5, 3]}",
}


@pytest.mark.parametrize("kind", FITTED)
def test_fitted_parameters_start_where_they_should_and_keep_their_limits(kind):
    known = parse(extra=f"parameters: {{p: {FITTED[kind]}}}\n")
    (said,) = fields.fitted(known).values()
    model = fields.initial(known, jnp.uint32(0))
    at = lambda free: float(
        FieldsOf.of(known, [fields.Model(model.network, {"p": free})], fields.Constants({})).parameter("p")[0]
    )
    assert at(model.fitted["p"]) == pytest.approx(said.initial, rel=1e-12)
    for shift in (-30.0, -1.0, 30.0):
        value = at(model.fitted["p"] + shift)
        assert kind != "positive" or value > 0
        assert kind != "bounded" or 0.5 <= value <= 3
    if kind == "scaled":
        assert float(model.fitted["p"]) == 1


@pytest.mark.parametrize("kind", FITTED)
def test_parameters_along_a_curve(kind):
    known = parse(extra=f"parameters: {{p: {FITTED[kind]}}}\n")
    model = fields.initial(known, jnp.uint32(0))
    steps = [model.fitted["p"], 0.4, -0.3, 0.2]
    of = lambda free: fields.Model(model.network, {"p": jnp.asarray(free)})
    found = FieldsOf.of(known, [of(s) for s in steps], fields.Constants({})).parameter("p")
    curve = lambda s: FieldsOf.of(
        known, [of(sum(c * s**k for k, c in enumerate(steps)))], fields.Constants({})
    ).parameter("p")[0]
    for k in range(4):
        expected = reduce(lambda f, _: jax.jacfwd(f), range(k), curve)(0.0) / factorial(k)
        assert float(found[k]) == pytest.approx(float(expected), rel=1e-11)


def test_fixed_parameters_are_arguments_in_the_config_s_precision():
    random = "{kind: random, distribution: normal, dim: 3, seed: 4}"
    known = parse(extra=f"precision: float32\nparameters: {{a: 1/3, b: [1, 2], c: {random}}}\n")
    values = fields.constants(known).parameters
    assert {str(v.dtype) for v in values.values()} == {"float32"}
    assert float(values["a"]) == np.float32(1 / 3)
    assert values["b"].tolist() == [1, 2]
    drawn = np.random.Generator(np.random.PCG64(4)).standard_normal(3)
    np.testing.assert_array_equal(values["c"], drawn.astype(np.float32))
