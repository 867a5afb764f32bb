import inspect
import math
from functools import reduce

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinn import jets
from pinn.expressions.operators import Operator
from pinn.jets import FUNCTIONS, Jet, Space
from pinn.networks.layers import activated

POINT = jnp.array([0.3, 0.7])
LAPLACIAN = Operator.laplacian(range(2))
SPACES = {
    "laplacian": Space.closure([LAPLACIAN]),
    "biharmonic": Space.closure([LAPLACIAN.power(2)]),
    "mixed": Space.closure([Operator.partial(0, 1, 1), Operator.along((1, 2)).power(3)]),
}
ACTIVATIONS = ("tanh", "sigmoid", "sin", "exp", "softplus")
PLAIN = {
    "sin": jnp.sin, "cos": jnp.cos, "tan": jnp.tan, "asin": jnp.arcsin, "acos": jnp.arccos, "atan": jnp.arctan,
    "sinh": jnp.sinh, "cosh": jnp.cosh, "tanh": jnp.tanh, "exp": jnp.exp, "log": jnp.log, "sqrt": jnp.sqrt,
    "abs": jnp.abs, "sign": jnp.sign, "step": lambda x: jnp.where(x > 0, 1.0, 0.0) + 0 * x, "erf": jax.lax.erf,
    "sigmoid": jax.nn.sigmoid, "softplus": jax.nn.softplus,
}  # fmt: skip


@pytest.fixture(autouse=True)
def strict_promotion():
    with jax.numpy_dtype_promotion("strict"):
        yield


# --- oracles


def partial(f, index):
    return lambda x: jax.jvp(f, (x,), (jnp.zeros_like(x).at[index].set(1),))[1]


def applied(operator, f):
    """operator(D)f by nested forward mode."""

    def value(x):
        return sum(c * reduce(partial, monomial, f)(x) for monomial, c in operator.terms)

    return value


def close(found, expected, size=None):
    found, expected = np.asarray(found), np.asarray(expected)
    size = np.max(np.abs(expected)) if size is None else size
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10 * max(size, 1e-30))


def check(jet: Jet, f, x=POINT):
    """Every coefficient of the jet against nested forward mode."""
    expected = jax.jit(lambda x: [applied(operator, f)(x) for operator in jet.space.basis])(x)
    size = max(float(np.max(np.abs(e))) for e in expected)
    for operator, value in zip(jet.space.basis, expected, strict=True):
        close(jet.series(operator)[0], value, size)


def here(space, x=POINT, order=0):
    return [jets.coordinates(space, order, x[i : i + 1], [i])[0] for i in range(len(x))]


def parameters(sizes, seed=0):
    keys = jax.random.split(jax.random.key(seed), len(sizes))
    shapes = list(zip(sizes[1:], sizes[:-1], strict=True))
    weights = [jax.random.normal(k, s) / math.sqrt(s[1]) for k, s in zip(keys, shapes, strict=False)]
    return [(w, 0.3 * jnp.cos(jnp.arange(float(w.shape[0])) + float(seed))) for w in weights]


def mlp(layers, x, activation="tanh"):
    for w, b in layers[:-1]:
        x = PLAIN[activation](w @ x + b)
    w, b = layers[-1]
    return (w @ x + b)[0]


def mlp_jet(series, x, activation="tanh"):
    """The network for Taylor coefficients of its parameters."""
    for at in range(len(series[0])):
        x = jets.linear(x, [layers[at][0] for layers in series], [layers[at][1] for layers in series])
        x = FUNCTIONS[activation](x) if at < len(series[0]) - 1 else x
    return x[0]


# --- functions, networks, compositions


@pytest.mark.parametrize(
    ("name", "sign"), [*((name, 1) for name in FUNCTIONS), ("abs", -1), ("sign", -1), ("step", -1)]
)
def test_every_function_to_sixth_order(name, sign):
    inside = lambda x: sign * (0.4 + 0.3 * x[0] + 0.2 * x[0] * x[0])
    space = Space.closure([Operator.partial(*[0] * 6)])
    check(FUNCTIONS[name](inside(here(space))), lambda x: PLAIN[name](inside(x)))


@pytest.mark.parametrize(("name", "plain"), [("swish", jax.nn.silu), ("gelu", lambda x: jax.nn.gelu(x, False))])
def test_activations_that_are_products(name, plain):
    inside = lambda x: 0.4 + 0.3 * x[0] + 0.2 * x[0] * x[0]
    space = Space.closure([Operator.partial(*[0] * 4)])
    check(activated(name, inside(here(space))), lambda x: plain(inside(x)))


@pytest.mark.parametrize(
    ("activation", "name"), [*((name, "mixed") for name in ACTIVATIONS), ("tanh", "laplacian"), ("sin", "biharmonic")]
)
def test_networks_against_nested_forward_mode(activation, name):
    layers = parameters([2, 5, 4, 1])
    x = jets.coordinates(SPACES[name], 0, POINT, [0, 1])
    check(mlp_jet([layers], x, activation), lambda x: mlp(layers, x, activation))


def test_sixth_derivative_along_a_direction():
    layers = parameters([2, 5, 5, 1], seed=3)
    along = Operator.along((0.6, -0.35))
    space = Space.closure([along.power(6)])
    x = jets.coordinates(space, 0, POINT, [0, 1])
    line = lambda t: mlp(layers, POINT + t * jnp.array([0.6, -0.35]))
    expected = jax.jit(lambda t: reduce(lambda f, _: jax.jacfwd(f), range(6), line)(t))(0.0)
    assert len(space) == 7
    close(mlp_jet([layers], x).series(along.power(6))[0], expected)


@pytest.mark.parametrize("power", [1, 2])
def test_laplacian_and_biharmonic_in_three_dimensions(power):
    layers = parameters([3, 4, 1], seed=1)
    point = jnp.array([0.1, -0.4, 0.8])
    operator = Operator.laplacian(range(3)).power(power)
    x = jets.coordinates(Space.closure([operator]), 0, point, range(3))
    laplacian = lambda f: lambda x: jnp.trace(jax.jacfwd(jax.jacfwd(f))(x))
    expected = reduce(lambda f, _: laplacian(f), range(power), lambda x: mlp(layers, x))
    close(mlp_jet([layers], x).series(operator)[0], jax.jit(expected)(point))


trees = st.recursive(
    st.sampled_from([("x", 0), ("x", 1)]),
    lambda inner: st.one_of(
        st.tuples(st.just("call"), st.sampled_from(["sin", "cos", "tanh", "atan", "erf", "sigmoid"]), inner),
        st.tuples(st.sampled_from(["+", "-", "*", "/"]), inner, inner),
        st.tuples(st.just("^"), st.sampled_from([0, 2, 3, 5, -1, -2, 0.5, 1.7]), inner),
        st.tuples(st.just("scale"), st.sampled_from([-1, 2.5, 0]), inner),
    ),
    max_leaves=5,
)


def interpreted(tree, x, call, power):
    """The tree's value with these meanings of functions and powers; arguments are kept where all is smooth."""
    match tree:
        case ("x", index):
            return x[index]
        case ("call", name, a):
            return call(name, interpreted(a, x, call, power))
        case ("^", exponent, a):
            return power(1.5 + call("tanh", interpreted(a, x, call, power)), exponent)
        case ("scale", factor, a):
            return factor * interpreted(a, x, call, power) - 0.25
        case (operation, a, b):
            left, right = interpreted(a, x, call, power), interpreted(b, x, call, power)
            right = 1.5 + call("tanh", right) if operation == "/" else right
            return {
                "+": lambda: left + right,
                "-": lambda: left - right,
                "*": lambda: left * right,
                "/": lambda: left / right,
            }[operation]()
    raise AssertionError(tree)


@settings(max_examples=15, deadline=None)
@given(trees, st.sampled_from([[LAPLACIAN], [Operator.along((1, 2)).power(3)]]))
def test_random_compositions(tree, operators):
    plain = lambda x: interpreted(tree, x, lambda n, a: PLAIN[n](a), lambda a, n: a**n)
    found = interpreted(tree, here(Space.closure(operators)), lambda n, a: FUNCTIONS[n](a), jets.power)
    check(found, plain)


def test_a_jet_to_the_power_of_a_jet():
    space = SPACES["mixed"]
    x, y = here(space)
    check(jets.power(x, y), lambda x: x[0] ** x[1])
    check(jets.power(x - 1.0, jets.constant(space, 0, jnp.array(3.0))), lambda x: (x[0] - 1) ** 3)


def test_real_powers_keep_the_derivatives_that_are_finite_at_zero():
    space = Space.closure([Operator.partial(0, 0)])
    x = jets.coordinates(space, 0, jnp.zeros(1), [0])[0]
    assert [float(jets.power(x, 2.5).series(b)[0]) for b in space.basis] == [0, 0, 0]
    squared = jets.power(x, jets.constant(space, 0, jnp.array(2.0)))
    assert [float(squared.series(b)[0]) for b in space.basis] == [0, 0, 2]


def test_the_slope_of_the_root_at_zero_is_infinite():
    space = Space.closure([Operator.partial(0)])
    root = FUNCTIONS["sqrt"](jets.coordinates(space, 0, jnp.zeros(1), [0])[0])
    assert float(root.series(Operator.partial(0))[0]) == jax.grad(jnp.sqrt)(0.0) == jnp.inf


# --- exact algebra on polynomials


polynomials = st.dictionaries(
    st.tuples(st.integers(0, 3), st.integers(0, 3)), st.integers(-3, 3), min_size=1, max_size=4
)
places = st.tuples(st.integers(-2, 2), st.integers(-2, 2))


def times(a, b):
    product: dict = {}
    for (i, j), c in a.items():
        for (k, l), e in b.items():
            product[i + k, j + l] = product.get((i + k, j + l), 0) + c * e
    return product


def exactly(operator, polynomial, place):
    """operator(D) of a polynomial with whole coefficients, at a whole place, without rounding."""
    result = 0
    for monomial, c in operator.terms:
        a, b = monomial.count(0), monomial.count(1)
        for (i, j), e in polynomial.items():
            if i >= a and j >= b:
                result += c * e * math.perm(i, a) * math.perm(j, b) * place[0] ** (i - a) * place[1] ** (j - b)
    return result


def polynomial_jet(space, polynomial, place):
    x, y = here(space, jnp.array(place, float))
    terms = [jets.power(x, i) * jets.power(y, j) * c for (i, j), c in polynomial.items()]
    return reduce(lambda a, b: a + b, terms)


def all_exact(jet, polynomial, place):
    return all(float(jet.series(b)[0]) == exactly(b, polynomial, place) for b in jet.space.basis)


@settings(max_examples=40, deadline=None)
@given(polynomials, polynomials, places, st.sampled_from(sorted(SPACES)))
def test_the_product_rule_is_exact(a, b, place, name):
    space = SPACES[name]
    left, right = polynomial_jet(space, a, place), polynomial_jet(space, b, place)
    assert all_exact(left, a, place)
    assert all_exact(left * right, times(a, b), place)
    assert all_exact(left.square(), times(a, a), place)


@settings(max_examples=20, deadline=None)
@given(polynomials, places, st.sampled_from(sorted(SPACES)))
def test_the_chain_rule_is_exact_for_powers(a, place, name):
    cube = jets.power(polynomial_jet(SPACES[name], a, place), 3)
    assert all_exact(cube, times(a, times(a, a)), place)


@settings(max_examples=20, deadline=None)
@given(polynomials, places, st.sampled_from([Operator.partial(0), LAPLACIAN, Operator.along((1, 2)).power(2)]))
def test_a_derivative_of_a_jet_is_the_jet_of_the_derivative(a, place, operator):
    target = SPACES["laplacian"]
    derived = polynomial_jet(target.shifted(operator), a, place).derivative(operator, target)
    for b in target.basis:
        assert float(derived.series(b)[0]) == exactly(b.compose(operator), a, place)


def test_a_derivative_needs_a_large_enough_space():
    with pytest.raises(ValueError, match="not in the space"):
        here(SPACES["laplacian"])[0].derivative(LAPLACIAN, SPACES["laplacian"])


def test_restriction_keeps_the_values():
    layers = parameters([2, 4, 1])
    whole = mlp_jet([layers], jets.coordinates(SPACES["biharmonic"], 0, POINT, [0, 1]))
    small = whole.restrict(SPACES["laplacian"])
    assert small.space == SPACES["laplacian"]
    check(small, lambda x: mlp(layers, x))


# --- curves in parameter space


def curve(steps):
    """θ(s) = θ + Σ p_k s^k/k! as a function of s, and its Taylor coefficients."""
    along = lambda s: jax.tree.map(lambda *c: sum(ck * s**k / math.factorial(k) for k, ck in enumerate(c)), *steps)
    return along, [jax.tree.map(lambda c, k=k: c / math.factorial(k), step) for k, step in enumerate(steps)]


def taylor(f, order):
    """(1/k!) of the k-th derivatives at 0, by nested forward mode."""
    nest = [f]
    for _ in range(order):
        nest.append(jax.jacfwd(nest[-1]))
    return jax.jit(lambda s: [g(s) / math.factorial(k) for k, g in enumerate(nest)])(0.0)


def test_a_network_along_a_curve_to_fourth_order_with_the_laplacian():
    along, series = curve([parameters([2, 3, 1], seed) for seed in range(5)])
    u = lambda s: lambda x: x[0] * (1 - x[1]) * mlp(along(s), x)
    x, y = here(SPACES["laplacian"], order=4)
    found = (x * (1 - y) * mlp_jet(series, jets.stack([x, y]))).series(LAPLACIAN)
    expected = taylor(lambda s: jnp.trace(jax.jacfwd(jax.jacfwd(u(s)))(POINT)), 4)
    close(jnp.stack(found), jnp.stack(expected))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_along_a_curve(name):
    inside = lambda s, x: 0.4 + 0.2 * s + (0.3 + 0.1 * s * s) * x[0] + 0.1 * x[0] * x[0]
    space, order = Space.closure([Operator.partial(0, 0)]), 2
    along = lambda *c: jets.from_series(space, [None if v is None else jnp.array(v) for v in c])
    (x,) = here(space, POINT[:1], order)
    jet = along(0.4, 0.2, None) + along(0.3, None, 0.1) * x + 0.1 * x * x
    operators = list(space.basis)
    expected = taylor(
        lambda s: jnp.stack([applied(b, lambda x: PLAIN[name](inside(s, x)))(POINT[:1]) for b in operators]), order
    )
    found = [FUNCTIONS[name](jet).series(b) for b in operators]
    close(jnp.array(found).T, jnp.stack(expected))


@pytest.mark.parametrize("exponent", [4, -3, 0.5, 2.7])
def test_powers_and_quotients_along_a_curve(exponent):
    space, order = SPACES["laplacian"], 2
    weight = jets.from_series(space, [jnp.array(0.8), jnp.array(0.3), jnp.array(-0.2)])
    x, y = here(space, order=order)
    found = (jets.power(weight * x + 1.0, exponent) / (2.0 + weight * y * y)).series(LAPLACIAN)
    w = lambda s: 0.8 + 0.3 * s - 0.2 * s * s
    f = lambda s: lambda x: (w(s) * x[0] + 1) ** exponent / (2 + w(s) * x[1] * x[1])
    close(jnp.stack(found), jnp.stack(taylor(lambda s: applied(LAPLACIAN, f(s))(POINT), order)))


def test_a_direction_that_is_not_known_yet_may_be_left_out():
    steps = [parameters([2, 3, 1], seed) for seed in range(2)]
    zeros = jax.tree.map(jnp.zeros_like, steps[0])
    nothing = [(None, None) for _ in steps[0]]
    x = jets.coordinates(SPACES["laplacian"], 2, POINT, [0, 1])
    sparse, dense = (mlp_jet([*steps, last], x).series(LAPLACIAN) for last in (nothing, zeros))
    close(jnp.stack(sparse), jnp.stack(dense))


# --- vectors, branches, constants


def test_vectors_stack_index_and_sum():
    space = SPACES["laplacian"]
    x, y = here(space)
    vector = jets.stack([x * y, FUNCTIONS["sin"](x), jets.constant(space, 0, jnp.array(2.0))])
    assert vector.shape == (3,)
    check(vector, lambda x: jnp.stack([x[0] * x[1], jnp.sin(x[0]), jnp.array(2.0)]))
    check(vector[1], lambda x: jnp.sin(x[0]))
    check(vector[1:].sum_last(), lambda x: jnp.sin(x[0]) + 2.0)
    check(x * vector + y, lambda x: x[0] * jnp.stack([x[0] * x[1], jnp.sin(x[0]), jnp.array(2.0)]) + x[1])


def test_all_coefficients_of_a_sum_have_its_shape():
    x, y = here(SPACES["laplacian"])
    total = x + jets.stack([y, y])
    assert {c.shape for c in total.flat if c is not None} == {(2,)}
    check(total.sum_last(), lambda x: 2 * x[0] + 2 * x[1])


def test_coordinates_as_a_vector_are_the_stacked_coordinates():
    space = SPACES["mixed"]
    together = jets.coordinates(space, 1, POINT, [0, 1])
    for operator in space.basis:
        close(together.series(operator), jets.stack(here(space, order=1)).series(operator), 1.0)


def test_where_chooses_every_coefficient():
    space = SPACES["laplacian"]
    x, y = here(space)
    check(jets.where(x.value > y.value, x * y, jets.constant(space, 0, jnp.array(4.0))), lambda x: 4.0 + 0 * x[0])
    check(jets.where(x.value < y.value, x * y, jets.constant(space, 0, jnp.array(4.0))), lambda x: x[0] * x[1])
    check(jets.minimum(x, y * y), lambda x: jnp.minimum(x[0], x[1] * x[1]))
    check(jets.maximum(x, y * y), lambda x: jnp.maximum(x[0], x[1] * x[1]))


def test_constants_mix_with_jets_from_both_sides():
    x, _ = here(SPACES["laplacian"])
    check(2 - 3 * x + 1 / x - x / 4, lambda x: 2 - 3 * x[0] + 1 / x[0] - x[0] / 4)
    check(jnp.array(2.0) * x - jnp.array(1.0), lambda x: 2 * x[0] - 1)
    assert (x * 0).is_constant


def test_jets_of_different_spaces_do_not_mix():
    one, other = here(SPACES["laplacian"])[0], here(SPACES["mixed"])[0]
    with pytest.raises(ValueError, match="different spaces"):
        one.__add__(other)


# --- sparsity, types, reverse mode, batches


def dense(jet):
    """The same jet with its zeros written out."""
    zero = jnp.zeros_like(jet.value)
    return jet.with_flat([zero if c is None else c for c in jet.flat])


@pytest.mark.parametrize("order", [0, 2])
def test_known_zeros_never_change_a_result(order):
    space = SPACES["biharmonic"]
    x, y = here(space, order=order)
    operations = [lambda a, b: a * b, lambda a, b: a / b, lambda a, b: a - b, lambda a, b: jets.power(a, 1.5) + b]
    operations += [lambda a, b: jets.where(b.value > 0, a, b), lambda a, b: jets.stack([a, b]).sum_last()]
    operations += [lambda a, b, f=f: f(a * a) + b for f in FUNCTIONS.values()]
    for operation in operations:
        for sparse, full in zip(operation(x, y).flat, operation(dense(x), dense(y)).flat, strict=True):
            np.testing.assert_allclose(0.0 if sparse is None else sparse, full, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
@pytest.mark.parametrize("order", [0, 2])
def test_no_silent_cast(dtype, order):
    space = SPACES["biharmonic"]
    x, y = here(space, POINT.astype(dtype), order)
    one = jets.constant(space, order, jnp.array(1.0, dtype))
    results = [f(0.3 * x + 0.1) for f in FUNCTIONS.values()]
    results += [x * y, x / y, 1 / x, 2 - x, -x, jets.power(x, 3), jets.power(x, -0.5), jets.power(x, y), one * x]
    results += [
        jets.power(x, one),
        jets.minimum(x, y),
        jets.where(x.value > 1, x, one),
        jets.stack([x, one]),
        x.freeze(),
    ]
    results += [
        mlp_jet([jax.tree.map(lambda a: a.astype(dtype), parameters([2, 3, 1]))] * (order + 1), jets.stack([x, y]))
    ]
    assert {c.dtype for jet in results for c in jet.flat if c is not None} == {jnp.dtype(dtype)}


@pytest.mark.parametrize("operator", [LAPLACIAN, Operator.partial(0, 1, 1)])
def test_gradients_through_jets(operator):
    layers = parameters([2, 4, 4, 1])
    points = jax.random.uniform(jax.random.key(1), (6, 2))
    space = Space.closure([operator])
    by_jets = lambda p, x: mlp_jet([p], jets.coordinates(space, 0, x, [0, 1])).series(operator)[0]
    nested = lambda p, x: applied(operator, lambda x: mlp(p, x))(x)
    loss = lambda f: lambda p: jnp.mean((jax.vmap(lambda x: f(p, x))(points) - 1) ** 2)
    found, expected = (jax.jit(jax.grad(loss(f)))(layers) for f in (by_jets, nested))
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", [name for name, function in FUNCTIONS.items() if hasattr(function, "__wrapped__")])
def test_the_rule_for_gradients_of_a_function_is_the_gradient_of_its_recurrence(name):
    operator, order = Operator.partial(0, 0, 0), 1
    space = Space.closure([operator])

    def coefficients(function, theta):
        (x,) = here(space, POINT[:1], order)
        slope = jets.from_series(space, [theta[1], theta[2]])
        found = function(theta[0] * x + slope * x * x)
        return jnp.stack([c for b in space.basis for c in found.series(b)])

    rule, recurrence = FUNCTIONS[name], lambda x: inspect.unwrap(FUNCTIONS[name])(x).y
    theta = jnp.array([0.7, 0.4, 0.3])
    twice = lambda f: jax.jit(jax.jacfwd(jax.jacrev(lambda t: coefficients(f, t))))(theta)
    close(*(jax.jit(jax.jacrev(lambda t, f=f: coefficients(f, t)))(theta) for f in (rule, recurrence)))
    close(twice(rule), twice(recurrence))


def test_freeze_stops_the_gradient_and_the_curve():
    space = SPACES["laplacian"]

    def frozen(weight):
        x, _ = here(space, order=1)
        return (jets.from_series(space, [weight, jnp.array(1.0)]) * x * x).freeze().series(LAPLACIAN)

    value, slope = frozen(jnp.array(3.0))
    assert float(value) == 6.0
    assert float(slope) == 0.0
    assert float(jax.grad(lambda w: frozen(w)[0])(3.0)) == 0.0


def test_a_jet_passes_through_transformations():
    make = jax.jit(jax.vmap(lambda x: FUNCTIONS["tanh"](jets.coordinates(SPACES["laplacian"], 0, x, [0, 1]))))
    batch = make(jnp.stack([POINT, -POINT, 2 * POINT]))
    assert isinstance(batch, Jet)
    assert batch.space == SPACES["laplacian"]
    assert batch.value.shape == (3, 2)


def test_the_value_is_always_an_array():
    with pytest.raises(ValueError, match="value"):
        jets.from_series(SPACES["laplacian"], [None, jnp.array(1.0)])
    slope = here(Space.closure([Operator.partial(0, 0)]))[0].derivative(Operator.partial(0, 0), Space.closure([]))
    assert float(slope.value) == 0.0
