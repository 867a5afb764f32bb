"""Coefficients in blocks: the layout decides the size of a program and its speed, never a number."""

from functools import reduce
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinn import jets
from pinn.expressions.operators import Operator
from pinn.jets import FUNCTIONS, Space, blocks, space, tables


@pytest.fixture
def layout(monkeypatch):
    """Sets how many elements a space may have before they are kept in blocks."""

    def forget():
        for cached in (space._closure, tables.tables, tables.selection):
            cached.cache_clear()

    def choose(many):
        monkeypatch.setattr(space, "MANY", many)
        monkeypatch.setattr(space, "ALIKE", many)
        forget()

    yield choose
    forget()


def network(sizes, seed=0):
    draw = np.random.default_rng(seed)
    pairs = zip(sizes[1:], sizes[:-1], strict=True)
    return [(jnp.asarray(draw.normal(size=(m, n)) / n**0.5), jnp.asarray(draw.normal(size=m))) for m, n in pairs]


def plain(layers, x):
    for w, b in layers[:-1]:
        x = jnp.tanh(w @ x + b)
    w, b = layers[-1]
    return (w @ x + b)[0]


def by_jets(series, x, space, activation="tanh"):
    h = jets.coordinates(space, len(series) - 1, x, range(len(x)))
    for at in range(len(series[0])):
        h = jets.linear(h, [layers[at][0] for layers in series], [layers[at][1] for layers in series])
        h = FUNCTIONS[activation](h) if at < len(series[0]) - 1 else h
    return h[0]


def laplacian(f):
    return lambda x: jnp.trace(jax.jacfwd(jax.jacfwd(f))(x))


# --- the rows of tables


@st.composite
def sums(draw):
    """Sums of products of operands with 6 places, and a partition of the places."""
    place = st.integers(0, 5)
    row = st.dictionaries(st.tuples(place, place), st.sampled_from([1.0, 2.0, -0.5]), max_size=6)
    rows = draw(st.lists(row, min_size=6, max_size=6))
    ends = sorted({0, 6} | draw(st.sets(st.integers(1, 5))))
    return rows, [range(a, b) for a, b in pairwise(ends)]


@settings(max_examples=60, deadline=None)
@given(sums(), st.integers(0, 100))
def test_grouped_rows_are_the_rows(given, seed):
    rows, layout = given
    left, right = np.random.default_rng(seed).normal(size=(2, 6, 3))
    expected = [sum((c * left[i] * right[j] for (i, j), c in row.items()), np.zeros(3)) for row in rows]
    split = lambda values: [
        values[block[0]] if len(block) == 1 else values[block[0] : block[-1] + 1] for block in layout
    ]
    for block, terms in zip(layout, blocks.grouped([row.items() for row in rows], layout, layout), strict=True):
        parts = [t.factor * t.of(*(split(v)[b] for v, b in zip((left, right), t.blocks, strict=True))) for t in terms]
        found = np.broadcast_to(sum(parts, np.zeros(3)), (len(block), 3))
        np.testing.assert_allclose(found, [expected[place] for place in block], rtol=1e-14, atol=1e-14)


# --- whole jets

HEAT = Operator.of({(0,): 1.0, **{(i, i): -0.1 * i for i in range(1, 4)}})
OPERATORS = {
    "laplacian": [Operator.laplacian(range(3))],
    "biharmonic": [Operator.laplacian(range(3)).power(2)],
    "heat and mixed": [HEAT, Operator.partial(1, 2), Operator.along((1, 2, 0, -1)).power(3)],
}


@pytest.mark.parametrize(
    ("name", "order"), [*((name, 0) for name in OPERATORS), ("laplacian", 2), ("heat and mixed", 1)]
)
def test_blocks_and_separate_arrays_agree(layout, name, order):
    point = jnp.array([0.3, -0.7, 0.2, 0.5])
    series = [network([4, 5, 4, 1], seed) for seed in range(order + 1)]

    def everything(separate):
        space = Space.closure(OPERATORS[name])
        assert (len(space.blocks) == len(space)) == separate
        here = jets.coordinates(space, order, point, range(4))
        x, y = here[0], here[2]
        u, v = (by_jets(series, point, space, activation) for activation in ("tanh", "sin"))
        made = [u * v, x * here, u.square(), (x + 2.0) / (u * u + 1.0), y * u + jnp.ones(2), 1 / (2 + here)]
        made += [jets.stack([u, x, y * y]), jets.where(u.value > 0, u, here), jets.power(x * x + 1.0, 1.5), u.freeze()]
        made += [function(0.4 + 0.1 * u + 0.2 * x) for function in FUNCTIONS.values()]
        made += [jet.derivative(Operator.partial(2), Space.closure([])) for jet in (u, here)]
        return [jet.series(b) for jet in made for b in jet.space.basis]

    found = []
    for many in (1000, 1):
        layout(many)
        found.append(jax.jit(everything, static_argnums=0)(many > 1))
    for separate, blocked in zip(*found, strict=True):
        scale = max(1.0, *(float(np.abs(a).max()) for a in separate))
        np.testing.assert_allclose(np.stack(blocked), np.stack(separate), rtol=1e-12, atol=1e-14 * scale)


@pytest.mark.parametrize(("dimension", "many"), [(20, 32), (20, 1), (100, 32)])
def test_the_laplacian_in_many_dimensions(layout, dimension, many):
    layout(many)
    layers = network([dimension, 8, 8, 1])
    operator = Operator.laplacian(range(dimension))
    points = jax.random.normal(jax.random.key(0), (3, dimension))
    space = Space.closure([operator])
    assert (len(space.blocks) == 3) == (dimension + 2 > many)
    value = lambda p, x: by_jets([p], x, space).series(operator)[0]
    exact = lambda p, x: laplacian(lambda x: plain(p, x))(x)
    loss = lambda f: lambda p: jnp.sum(jax.vmap(lambda x: f(p, x))(points) ** 2)
    found, expected = (jax.jit(jax.value_and_grad(loss(f)))(layers) for f in (value, exact))
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13 * float(jnp.abs(b).max()))


def test_the_biharmonic_operator_in_blocks():
    layers = network([7, 4, 1])
    operator = Operator.laplacian(range(7)).power(2)
    x = jnp.linspace(-0.5, 0.8, 7)
    space = Space.closure([operator])
    assert [len(block) for block in space.blocks] == [1, 7, 28, 7, 1]
    expected = jax.jit(reduce(lambda f, _: laplacian(f), range(2), lambda x: plain(layers, x)))(x)
    np.testing.assert_allclose(jax.jit(lambda: by_jets([layers], x, space).series(operator)[0])(), expected, rtol=1e-12)


def test_single_derivatives_are_taken_out_of_blocks():
    layers = network([40, 4, 1])
    x = jnp.linspace(-0.5, 0.8, 40)
    space = Space.closure([Operator.laplacian(range(40)), Operator.partial(3, 5)])
    u = by_jets([layers], x, space)
    hessian = jax.hessian(lambda x: plain(layers, x))(x)
    np.testing.assert_allclose(u.series(Operator.partial(3, 5))[0], hessian[3, 5], rtol=1e-12)
    np.testing.assert_allclose(u.series(Operator.laplacian(range(40)))[0], jnp.trace(hessian), rtol=1e-12)
    gradient = jax.grad(lambda x: plain(layers, x))(x)
    for i in (0, 17, 39):
        np.testing.assert_allclose(u.series(Operator.partial(i))[0], gradient[i], rtol=1e-12)
    along = Operator.along(tuple(range(40)))
    np.testing.assert_allclose(u.series(along)[0], gradient @ jnp.arange(40.0), rtol=1e-12)


# --- the size of programs


def equations(dimension):
    operator = Operator.laplacian(range(dimension))
    space = Space.closure([operator])
    layers = network([dimension, 8, 8, 1])
    value = lambda p, x: by_jets([p], x, space).series(operator)[0]
    return jax.make_jaxpr(jax.grad(value))(layers, jnp.zeros(dimension)).eqns


def test_programs_do_not_grow_with_the_dimension():
    assert len(equations(300)) == len(equations(50)) < 200


@pytest.mark.parametrize("dimension", [3, 50])
def test_the_first_layer_multiplies_nothing_but_the_point(dimension):
    space = Space.closure([Operator.laplacian(range(dimension))])
    (layer, *_) = network([dimension, 8])

    def first(x):
        parts = [jets.coordinates(space, 0, x[i : i + 1], [i])[0] for i in range(len(x))]
        inputs = jets.stack([(part - 0.5) * 2.0 for part in parts])
        return jets.linear(inputs, [layer[0]], [layer[1]])

    program = jax.make_jaxpr(jax.vmap(first))(jnp.zeros((4, dimension)))
    assert sum(eqn.primitive.name == "dot_general" for eqn in program.eqns) == 1
    slopes = first(jnp.zeros(dimension)).series(Operator.partial(1))[0]
    np.testing.assert_array_equal(slopes, 2 * layer[0][:, 1])
