"""Fewer directions behind a first layer of few sums: the same derivatives, of shorter programs."""

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from pinn import jets
from pinn.expressions.operators import Operator
from pinn.jets import Space, frames
from pinn.networks import mlp, siren
from pinn.networks.inputs import Inputs
from pinn.schema import Mlp, Siren

VALUE = Space.closure([])
DIMENSION = 21
"""Twenty coordinates in the sum, and the last beside it."""
SCALES = np.linspace(0.5, 2.0, DIMENSION)
WEIGHTS = np.linspace(1.0, 3.0, DIMENSION - 1)
SUM = Operator.of({(i, i): c for i, c in enumerate(WEIGHTS)})
SPACE = Space.closure([SUM, Operator.partial(DIMENSION - 1)])
INPUTS = Inputs(tuple(range(DIMENSION)), ())


def built(kind, width=5, seed=0):
    key = jr.key(seed)
    if kind == "mlp":
        return mlp.build(Mlp(kind="mlp", hidden=[width, 6]), INPUTS, 2, key, "float64")
    return siren.build(Siren(kind="siren", hidden=[width, 6], frequency=2.0), INPUTS, 2, key, "float64")


def outputs(series, x):
    """A network of coordinates of many scales, and of a sum with weights."""
    order = len(series) - 1
    inputs = jets.coordinates(SPACE, order, x, range(DIMENSION)) * SCALES
    return (mlp if isinstance(series[0], mlp.Mlp) else siren).forward(series, inputs)


def plain(network, x):
    """The same without jets."""
    x = x * SCALES
    if isinstance(network, mlp.Mlp):
        *before, last = zip(network.weights, network.biases, strict=True)
        for weights, biases in before:
            x = jnp.tanh(weights @ x + biases)
        return last[0] @ x + last[1]
    *before, last = network.layers
    for layer in before:
        x = jnp.sin(network.frequency * (layer.weights @ x + layer.biases))
    return last.weights @ x + last.biases


def answers(network, x):
    """The value, all first derivatives, and the sum, by nested forward mode."""
    slopes = jax.jacfwd(plain, argnums=1)(network, x)
    bends = jnp.einsum(
        "oii,i->o", jax.jacfwd(jax.jacfwd(plain, argnums=1), argnums=1)(network, x)[:, :-1, :-1], WEIGHTS
    )
    return jnp.concatenate([plain(network, x), slopes.T.ravel(), bends])


def found(series, x, k=0):
    """The same from jets, at a power of the curve's parameter."""
    jet = outputs(series, x)
    operators = [Operator.identity(), *(Operator.partial(i) for i in range(DIMENSION)), SUM]
    return jnp.concatenate([jet.derivative(operator, VALUE).series()[k] for operator in operators])


@pytest.fixture
def point():
    return jr.normal(jr.key(7), (DIMENSION,))


def close(a, b):
    for one, other in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-11 * float(jnp.abs(other).max()))


@pytest.mark.parametrize("kind", ["mlp", "siren"])
def test_derivatives_are_those_of_nested_forward_mode(kind, point):
    network = built(kind)
    close(found([network], point), answers(network, point))


@pytest.mark.parametrize("kind", ["mlp", "siren"])
def test_what_is_trained_has_the_same_part_in_them(kind, point):
    network = built(kind)
    close(jax.jacrev(lambda n: found([n], point))(network), jax.jacrev(lambda n: answers(n, point))(network))
    close(jax.jacfwd(lambda n: found([n], point))(network), jax.jacfwd(lambda n: answers(n, point))(network))


@pytest.mark.parametrize("kind", ["mlp", "siren"])
def test_curves_leave_the_basis_and_are_exact(kind, point):
    network, *change = (built(kind, seed=seed) for seed in range(3))

    def moved(s):
        return jax.tree.map(lambda a, b, c: a + s * b + s * s * c, network, *change)

    first = jax.jacfwd(lambda s: answers(moved(s), point))
    close(found([network, *change], point, 1), first(0.0))
    close(found([network, *change], point, 2), jax.jacfwd(first)(0.0) / 2)


def test_a_network_that_stays_keeps_its_basis(point):
    network = built("mlp")
    still = jax.tree.map(lambda _: None, network)
    close(found([network, still, still], point), answers(network, point))
    close(found([network, still, still], point, 2), jnp.zeros(2 * (DIMENSION + 2)))


@pytest.mark.parametrize("factor", [0.0, 1e-200])
def test_rows_that_depend_on_each_other_are_no_trouble(factor, point):
    """Also weights of which all rows are nearly equal, or zero."""
    network = built("mlp")
    assert isinstance(network, mlp.Mlp)
    alike = network.weights[0].at[1:].multiply(factor).at[1:3].add(network.weights[0][0])
    network = mlp.Mlp((alike, *network.weights[1:]), network.biases, network.activation)
    close(found([network], point), answers(network, point))
    close(jax.jacrev(lambda n: found([n], point))(network), jax.jacrev(lambda n: answers(n, point))(network))


def test_points_may_vary(point):
    network = built("mlp")
    close(jax.jacfwd(lambda x: found([network], x))(point), jax.jacfwd(lambda x: answers(network, x))(point))


def test_the_program_has_the_products_of_fewer_directions(monkeypatch, point):
    def work():
        frames._frame.cache_clear()
        value = jax.jit(jax.vmap(lambda x: found([built("mlp")], x)[-2:]))
        counted = value.lower(jnp.tile(point, (64, 1))).compile().cost_analysis()
        assert counted
        return counted["flops"]

    few = work()
    monkeypatch.setattr(frames, "LEAST", 1000)
    assert few < 0.6 * work()
    frames._frame.cache_clear()


def test_spaces_with_fewer_directions():
    laplacian = Operator.laplacian(range(100))
    assert len(frames.narrowed(Space.closure([laplacian]), 8)) == 10
    assert len(frames.narrowed(SPACE, 5)) == 8
    wide = Space.closure([laplacian])
    assert frames.narrowed(wide, 80) == wide


@pytest.mark.parametrize(
    "operators",
    [
        [Operator.of({(i, i): (-1.0) ** i for i in range(100)})],
        [Operator.laplacian(range(100)), Operator.partial(3, 3)],
        [Operator.laplacian(range(100)).power(2)],
        [Operator.of({(i, i + 1): 1.0 for i in range(99)})],
        [Operator.partial(i) for i in range(100)],
        [Operator.laplacian(range(10))],
    ],
)
def test_other_spaces_stay(operators):
    space = Space.closure(operators)
    assert frames.narrowed(space, 2) == space
