"""Bessel functions in every part that evaluates or differentiates expressions, against SciPy and nested derivatives."""

from functools import reduce
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special

from pinn import config, jets, problems, verification
from pinn.compiler.bessel import BESSEL
from pinn.errors import ConfigError
from pinn.expressions import Coordinate, Scope, algebra, check_value, evaluate, show
from pinn.expressions.bessel import value
from pinn.expressions.operators import Operator
from pinn.jets import Space

VALUES = {"besselj": special.jv, "besseli": special.iv}
SLOPES = {"besselj": special.jvp, "besseli": special.ivp}
ORDERS = (0, 1, 2, 7, 30, 100)
PLACES = np.array([0, 1e-9, 0.03, 0.6, 1, 2.4, 9.2, 30, 50.5, 75, 99, 100, 101, 160, 199, 200, -0.4, -13, -120])
SCOPE = Scope(coordinates=("x", "y"), spatial=(0, 1), constants={"m": 3.0}, parameters={"m": ()})

each = pytest.mark.parametrize("name", VALUES)


@pytest.fixture(autouse=True)
def strict_promotion():
    with jax.numpy_dtype_promotion("strict"):
        yield


def series(name, order, highest, x):
    """The function and its derivatives by jets."""
    space = Space.closure([Operator.partial(*[0] * highest)])
    found = jets.bessel(name, order)(jets.coordinates(space, 0, x[None], [0])[0])
    return jnp.stack([found.series(b)[0] for b in space.basis])


def by_jets(name, order, highest, x):
    return np.asarray(jax.jit(jax.vmap(lambda x: series(name, order, highest, x)))(jnp.asarray(x)))


# --- values


@each
@pytest.mark.parametrize("order", ORDERS)
def test_values_and_derivatives_are_those_of_scipy(name, order):
    found = by_jets(name, order, 4, PLACES)
    expected = np.stack([SLOPES[name](order, PLACES, k) for k in range(5)], axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-13 if name == "besseli" else 0, atol=1e-14)
    plain = [value(name, order, x) for x in PLACES]
    np.testing.assert_allclose(plain, found[:, 0], rtol=1e-13, atol=1e-14)


@each
@pytest.mark.parametrize("order", ORDERS)
def test_small_values_keep_their_digits(name, order):
    x = np.linspace(1, max(0.9 * order, 1.5), 30)
    np.testing.assert_allclose(by_jets(name, order, 1, x)[:, 0], VALUES[name](order, x), rtol=2e-13)
    np.testing.assert_allclose([value(name, order, at) for at in x], VALUES[name](order, x), rtol=2e-13)


@each
@pytest.mark.parametrize("order", ORDERS)
def test_the_other_integrals_agree(name, order):
    found = np.asarray(BESSEL[name](order, jnp.asarray(PLACES)))
    np.testing.assert_allclose(found, VALUES[name](order, PLACES), rtol=1e-13 if name == "besseli" else 0, atol=1e-14)
    x = np.linspace(0.02, max(0.9 * order, 1.5), 60)
    np.testing.assert_allclose(BESSEL[name](order, jnp.asarray(x)), VALUES[name](order, x), rtol=1e-8)


@each
def test_beyond_their_reach_they_are_undefined_everywhere(name):
    assert np.isnan([value(name, 0, x) for x in (200.5, -1e9, np.inf, np.nan)]).all()
    assert np.isnan(by_jets(name, 0, 2, np.array([200.5, -1e9]))).all()
    assert np.isnan(BESSEL[name](0, jnp.array([200.5, -1e9]))).all()


@each
def test_single_precision_stays_single(name):
    x = np.linspace(-20, 20, 50, dtype=np.float32)
    found = by_jets(name, 2, 3, x)
    assert found.dtype == np.float32 == BESSEL[name](2, jnp.asarray(x)).dtype
    expected = np.stack([SLOPES[name](2, x.astype(float), k) for k in range(4)], axis=1)
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-6)


# --- derivatives


@each
@pytest.mark.parametrize("order", [0, 1, 3])
@pytest.mark.parametrize("operator", [Operator.laplacian((0, 1)).power(2), Operator.partial(0, 1, 1)])
def test_jets_in_two_coordinates_against_nested_forward_mode(name, order, operator):
    inside = lambda x, y: 0.3 + x * y - 2.0 * x
    space = Space.closure([operator])

    def ours(point):
        x, y = (jets.coordinates(space, 0, point[i : i + 1], [i])[0] for i in range(2))
        return [jets.bessel(name, order)(inside(x, y)).series(b)[0] for b in space.basis]

    def nested(point):
        plain = lambda p: BESSEL[name](order, inside(p[0], p[1]))
        partial = lambda f, i: lambda p: jax.jvp(f, (p,), (jnp.eye(2)[i],))[1]
        return [sum(c * reduce(partial, m, plain)(point) for m, c in b.terms) for b in space.basis]

    for point in (jnp.array([0.4, 1.7]), jnp.array([3.0, -2.0]), jnp.array([0.3, 1.0])):  # the last where inside is 0
        np.testing.assert_allclose(jax.jit(ours)(point), jax.jit(nested)(point), rtol=1e-10, atol=1e-12)


@each
def test_gradients_by_what_is_trained(name):
    """Once and twice, of a derivative along a curve: the same numbers as from the recurrences of the derivatives."""
    space = Space.closure([Operator.partial(0, 0)])
    x = jets.coordinates(space, 1, jnp.array([0.7]), [0])[0]

    def ours(weight):
        slope = jets.from_series(space, [weight, jnp.array(0.5)])
        return jets.bessel(name, 2)(slope * x).series(Operator.partial(0, 0))

    def plain(weight):
        curve = lambda s: (weight + 0.5 * s) ** 2 * _second(name, (weight + 0.5 * s) * 0.7)
        return jax.jvp(curve, (0.0,), (1.0,))

    for change in (lambda f: f, jax.jacrev, lambda f: jax.jacfwd(jax.jacrev(f))):
        np.testing.assert_allclose(*(change(f)(jnp.array(3.1)) for f in (ours, plain)), rtol=1e-11)


def _second(name, x):
    """The second derivative of the function of order 2."""
    of = lambda n: BESSEL[name](n, x)
    return 0.25 * (of(0) - 2 * of(2) + of(4) if name == "besselj" else of(0) + 2 * of(2) + of(4))


@each
@pytest.mark.parametrize("order", [0, 1, 2, 5])
def test_the_rule_of_symbolic_derivatives(name, order):
    tree = check_value(f"{name}({order}, x)", SCOPE)
    for times in range(1, 5):
        tree = algebra.differentiate(tree, 0)
        for x in (-3.0, 0.0, 0.2, 7.5):
            assert evaluate(tree, {0: x}, {}) == pytest.approx(SLOPES[name](order, x, times), rel=1e-13, abs=1e-15)


# --- in the language


def test_the_order_may_be_a_fixed_parameter_and_is_shown():
    tree = check_value("besselj(m - 1, 2*x)", SCOPE)
    assert tree == check_value(show(tree, SCOPE), SCOPE) == check_value("besselj(2, 2*x)", SCOPE)
    assert evaluate(algebra.substitute(tree, {0: Coordinate("y", 1)}), {1: 0.7}, {}) == pytest.approx(
        special.jv(2, 1.4)
    )
    assert evaluate(check_value("besseli(1, [x, 2*x])[1]", SCOPE), {0: 0.5}, {}) == pytest.approx(special.iv(1, 1))


DRUM = """
unknowns: [u]
domain: {{kind: disk, radius: 1}}
define: {{r: sqrt(x^2 + y^2)}}
terms:
  - equation: laplacian(u) = -{scale}^2*u + besseli(1, u) - besseli(1, exact.u) + besselj(40, r)/besselj(40, 1) - r^40
  - {{equation: "u = besselj(0, {scale}*r)", on: boundary, hard: true}}
exact: {{u: "besselj(0, {scale}*r)"}}
network: {{kind: mlp, hidden: [4]}}
"""


def test_the_self_test_agrees_with_jets_on_a_drum(tmp_path, monkeypatch):
    monkeypatch.setenv("PINN_CACHE_DIR", str(tmp_path))
    known = config.parse(DRUM.format(scale=2.404825557695773), "drum.yaml", Path())
    verification.verify(problems.build(known))


def test_an_argument_out_of_reach_is_refused_with_its_limits():
    with pytest.raises(ConfigError) as caught:
        config.parse(DRUM.format(scale=400), "drum.yaml", Path())
    assert "from -200 to 200" in caught.value.render()
