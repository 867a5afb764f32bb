"""Taylor's formula for functions of jets: the same numbers as by recurrences, for f, f' and f''."""

import inspect

import jax.numpy as jnp
import numpy as np
import pytest

from pinn import jets
from pinn.expressions.operators import Operator
from pinn.jets import FUNCTIONS, Jet, Space
from pinn.jets.composition import composed

LAPLACIAN = Operator.laplacian(range(2))
SPACES = {
    "line": Space.closure([Operator.partial(0).power(5)]),
    "biharmonic": Space.closure([LAPLACIAN.power(2)]),
    "sixth order": Space.closure([LAPLACIAN.power(3)]),
    "odd": Space.closure([Operator.partial(0, 0, 1), Operator.partial(1)]),
}
RULES = ("tanh", "sigmoid", "softplus", "exp", "log", "sin", "cosh", "tan", "asin", "erf")


def varied(space: Space, order: int) -> Jet:
    """Two numbers with every coefficient different from zero."""
    draw = np.random.default_rng(3)
    flat = [jnp.asarray(draw.uniform(0.2, 0.6, 2)) for _ in range(len(space) * (order + 1))]
    return jets.jet(space, order, flat)


def close(found, expected):
    assert found is not None and expected is not None
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("order", [0, 2])
@pytest.mark.parametrize("name", SPACES)
def test_both_ways_agree_in_the_function_and_its_derivatives(name, order):
    x = varied(SPACES[name], order)
    for rule in (inspect.unwrap(FUNCTIONS[name]) for name in RULES):
        ours, theirs = composed(rule, x), rule(x)
        for q in range(len(x.flat)):
            close(ours.y.flat[q], theirs.y.flat[q])
            close(ours.slope[q], theirs.slope[q])
        if theirs.second is not None:
            close(ours.second, theirs.second)


def test_constants_stay_known():
    x = jets.constant(SPACES["biharmonic"], 0, 0.3)
    assert FUNCTIONS["tanh"](x).is_constant


def test_biharmonic_of_a_known_function():
    x, y = (jets.coordinates(SPACES["biharmonic"], 0, jnp.array([v]), [i])[0] for i, v in enumerate((0.3, -0.4)))
    found = FUNCTIONS["exp"](x + 2 * y) + FUNCTIONS["sin"](x * 3)
    (value,) = found.series(LAPLACIAN.power(2))
    assert float(value) == pytest.approx(25 * np.exp(0.3 - 0.8) + 81 * np.sin(0.9), rel=1e-12)
