"""Folding keeps values, derivatives agree with differences, printing parses back."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinn.expressions import (
    ONE,
    ZERO,
    Constant,
    Coordinate,
    Derivative,
    Expression,
    ExpressionError,
    NotNumeric,
    Operator,
    Parameter,
    Raw,
    Scope,
    Unknown,
    algebra,
    check,
    check_value,
    evaluate,
    show,
)
from pinn.expressions.functions import FUNCTIONS
from pinn.expressions.tree import Add, At, Multiply, Power, Stack, shared, walk

SCOPE = Scope(
    coordinates=("x", "y"),
    spatial=(0, 1),
    unknowns=("u", "w"),
    parameters={"k": (), "b": (2,)},
    directions={"v": (1.0, 2.0), "s": (0.3, -1.7)},
    has_normal=True,
)
X, Y, U, W, K = Coordinate("x", 0), Coordinate("y", 1), Unknown("u"), Unknown("w"), Parameter("k")
D = Operator.partial
POINT = {0: 0.6, 1: 0.35}
VALUES = {"k": 1.3, "b": (0.4, -2.0)}


def value(text: str, point=POINT):
    return evaluate(check_value(text, SCOPE), point, VALUES)


def number(found: float | tuple[float, ...]) -> float:
    assert isinstance(found, float)
    return found


# --- constructors


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (algebra.add(ZERO, X), X),
        (algebra.add(Constant(2.0), Constant(3.0)), Constant(5.0)),
        (algebra.subtract(X, ZERO), X),
        (algebra.subtract(X, Y), Add(X, Multiply(Constant(-1.0), Y))),
        (algebra.negate(algebra.negate(X)), X),
        (algebra.multiply(ONE, X), X),
        (algebra.multiply(X, ZERO), ZERO),
        (algebra.multiply(X, Constant(2.0)), Multiply(Constant(2.0), X)),
        (algebra.multiply(algebra.multiply(Constant(2.0), X), algebra.multiply(Constant(3.0), Y)),
         Multiply(Constant(6.0), Multiply(X, Y))),
        (algebra.multiply(Constant(1e-200), algebra.multiply(Constant(1e-200), X)),
         Multiply(Constant(1e-200), Multiply(Constant(1e-200), X))),
        (algebra.divide(X, ONE), X),
        (algebra.divide(ZERO, X), ZERO),
        (algebra.power(X, ONE), X),
        (algebra.power(X, ZERO), ONE),
        (algebra.power(Constant(2.0), Constant(-1.0)), Constant(0.5)),
        (algebra.call("cos", (ZERO,)), ONE),
        (algebra.call("max", (ONE, Constant(2.0))), Constant(2.0)),
        (algebra.total(Stack((ONE, ONE, ONE), shape=(3,))), Constant(3.0)),
    ],
)  # fmt: skip
def test_constructors_fold(built: Expression, expected: Expression):
    assert built == expected


def test_zero_times_a_vector_is_a_vector():
    vector = Parameter("b", shape=(2,))
    assert algebra.multiply(ZERO, vector) == algebra.zeros((2,))
    assert algebra.add(algebra.zeros((2,)), X).shape == (2,)
    with pytest.raises(ValueError, match="match"):
        algebra.add(vector, Parameter("c", shape=(3,)))


def test_what_has_no_finite_value_is_left_to_stand():
    assert algebra.divide(ONE, ZERO) != ZERO
    assert math.isnan(number(evaluate(algebra.call("log", (Constant(-1.0),)), {}, {})))
    assert evaluate(algebra.divide(ONE, ZERO), {}, {}) == math.inf
    assert math.isnan(number(evaluate(algebra.power(Constant(-8.0), Constant(1 / 3)), {}, {})))


# --- substitution and places


def test_substitution_is_simultaneous():
    tree = check("x^2 + y", SCOPE)
    assert algebra.substitute(tree, {0: Y, 1: X}) == check("y^2 + x", SCOPE)


def test_substitution_into_unknowns_becomes_a_place():
    assert algebra.substitute(check("x*u", SCOPE), {0: ONE}) == At(U, ((0, ONE),))
    inner = algebra.substitute(check("at(u, x=y)", SCOPE), {1: Constant(2.0)})
    assert inner == At(U, ((0, Constant(2.0)), (1, Constant(2.0))))


def test_substitution_under_a_derivative_waits_for_it():
    tree = check("d(x^2*y, x)", SCOPE)
    assert evaluate(algebra.substitute(tree, {0: Constant(3.0)}), POINT, {}) == pytest.approx(6 * 0.35)
    assert evaluate(algebra.substitute(tree, {1: Constant(2.0)}), POINT, {}) == pytest.approx(4 * 0.6)
    assert evaluate(algebra.substitute(tree, {1: X}), POINT, {}) == pytest.approx(2 * 0.6 * 0.6)


# --- questions


def test_dependence():
    tree = check("k*x + at(u_x, x=0)", SCOPE)
    assert algebra.depends_on_unknown(tree)
    assert not algebra.depends_on_unknown(check("k*x", SCOPE))
    assert algebra.depends_on_unknown(Raw("u"))
    assert algebra.coordinates_used(tree) == {0}
    assert algebra.coordinates_used(check("at(u*x, x=y)", SCOPE)) == {1}
    assert algebra.names_used(tree) == {"k", "x", "u"}


def test_demands():
    tree = check("u_x*u + laplacian(w) = d(u*w_y, x)", SCOPE)
    assert algebra.demands(tree) == {
        "u": {D(0), Operator.identity()},
        "w": {Operator.laplacian((0, 1)), D(0, 1)},
    }
    assert algebra.max_order(tree) == 2
    assert algebra.max_order(check("d(sin(laplacian(u)), x)", SCOPE)) == 3
    assert algebra.max_order(check("u*w", SCOPE)) == 0


# --- numbers


@pytest.mark.parametrize("name", [n for n, f in FUNCTIONS.items() if f.value is not None and f.least == f.most == 1])
@pytest.mark.parametrize("order", [1, 2])
def test_derivatives_agree_with_differences(name: str, order: int):
    def at(x: float) -> float:
        return number(value(f"{name}(x)", {0: x, 1: 0.0}))

    h = 1e-3
    stencil = {
        1: lambda x: (at(x - 2 * h) - 8 * at(x - h) + 8 * at(x + h) - at(x + 2 * h)) / (12 * h),
        2: lambda x: (-at(x - 2 * h) + 16 * at(x - h) - 30 * at(x) + 16 * at(x + h) - at(x + 2 * h)) / (12 * h * h),
    }
    for x in (0.2, 0.6):
        exact = value(f"d({name}(x), x, order={order})", {0: x, 1: 0.0})
        assert exact == pytest.approx(stencil[order](x), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("laplacian(sin(x)*exp(y))", 0.0),
        ("d(x^3*y, x, y)", 3 * 0.36),
        ("d(x^k, x)", 1.3 * 0.6**0.3),
        ("d(k^x, x)", math.log(1.3) * 1.3**0.6),
        ("d(x^y, y)", 0.6**0.35 * math.log(0.6)),
        ("d(x/y, y)", -0.6 / 0.35**2),
        ("d(sin(x)^2, v)", 2 * math.sin(0.6) * math.cos(0.6)),
        ("div([x*y, x*y^2])", 0.35 + 2 * 0.6 * 0.35),
        ("d(max(x^2, y), x)", 1.2),
        ("d(max(x, x^2/0.6), x) - d(min(x, x^2/0.6), x)", 0.0),
        ("d(where(x < y, x, x^2), x)", 1.2),
        ("d(d(sin(x)*y, x)*x, x)", (math.cos(0.6) - 0.6 * math.sin(0.6)) * 0.35),
        ("d(at(sin(x*y), x=2), y)", 2 * math.cos(0.7)),
        ("freeze(x) + d(freeze(x^2), x)", 0.6 + 1.2),
        ("norm([3, 4]) + dot(b, [1, 2]) + sum(b)", 5 + 0.4 - 4 - 1.6),
        ("b[1]*b[0]", -0.8),
        ("where(x < 0.5 or not y > 1, 1, 2)", 1.0),
        ("log(x - x)", -math.inf),
        ("sinh(-2e3*x)", -math.inf),
    ],
)
def test_values(text: str, expected: float):
    assert value(text) == pytest.approx(expected)


def test_vectors_have_tuples_as_values():
    assert value("[x, y] + 1") == pytest.approx((1.6, 1.35))
    assert value("where(x < 0, [x, y], 7)") == (7.0, 7.0)
    assert value("d([x^2, y], x)") == pytest.approx((1.2, 0.0))
    assert value("b[0:1]") == (0.4,)


@pytest.mark.parametrize("text", ["u", "u_x", "n[0]", "1 + at(u, x=0)"])
def test_what_has_no_value(text: str):
    with pytest.raises(NotNumeric):
        value(text)


def test_missing_values_and_large_derivatives():
    with pytest.raises(NotNumeric, match="'y'"):
        value("y", {0: 1.0})
    with pytest.raises(NotNumeric, match="'k'"):
        evaluate(K, {}, {})
    with pytest.raises(NotNumeric, match="too large"):
        value("d(tanh(sin(tanh(x*y))), x, order=20)")


# --- printing


def test_text_reads_well():
    def shown(text: str) -> str:
        return show(check(text, SCOPE), SCOPE)

    assert shown("u_x + u*u_y=k*u_xx") == "d(u, x) + u*d(u, y) = k*d(u, x, x)"
    assert shown("-laplacian(u) = 2*pi*x") == "-laplacian(u) = 6.283185307179586*x"
    assert shown("d(u, v)^2/2") == "d(u, v)^2/2"
    assert shown("pi*(x - (y - 1))^-2") == "pi*(x - (y - 1))^-2"
    assert shown("-(x*y)^2 - 3*x") == "-(x*y)^2 - 3*x"
    assert shown("d(d(u, v), x) - d(u, s, s)") == "d(d(u, x), v) - d(u, s, s)"
    assert shown("laplacian(d(laplacian(u), x))") == "laplacian(laplacian(d(u, x)))"
    assert shown("where(x < 0 and (y < 1 or x > 2), u, 0)") == "where(x < 0 and (y < 1 or x > 2), u, 0)"
    assert show(algebra.multiply(X, Raw("u")), SCOPE) == "x*network.u"


def test_an_operator_without_a_name_is_written_out():
    tree = Derivative(U, Operator.of({(0, 0): 2.0, (1,): -3.0}))
    again = check(show(tree, SCOPE), SCOPE)
    assert again == check("2*u_xx - 3*u_y", SCOPE)


def language() -> st.SearchStrategy[str]:
    """Texts that use every form of the language over scalars."""
    leaves = st.sampled_from(
        ["x", "y", "u", "w", "k", "b[0]", "n[1]", "u_x", "w_xy", "d(u, v)", "d(u, n)", "2", "0.3", "-1", "pi"]
    )

    def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        one = st.sampled_from(
            ["-({})", "sin({})", "({})^2", "({})^-1", "2^({})", "d({}, x)", "laplacian({})", "d({}, v, v)", "d({}, s)",
             "at({}, x=0)", "at({}, y=x^2)", "freeze({})", "norm([{}, 1])", "sum(grad({}))", "dot(b, grad({}))",
             "div([{}, u])", "curl([x, {}])", "exp({})/3", "d({}, n)"]
        )  # fmt: skip
        two = st.sampled_from(
            ["{} + {}", "{} - ({})", "({})*({})", "{}*{}", "({})/({})", "{}/{}", "({})^({})", "min({}, {})",
             "where({} < {}, u, x)", "where(not x < 1 and ({} > {} or y == 0), 1, 2)", "dot([{}, 1], [{}, x])"]
        )  # fmt: skip
        return st.one_of(
            st.builds(lambda form, a: form.format(a), one, inner),
            st.builds(lambda form, a, b: form.format(a, b), two, inner, inner),
        )

    return st.recursive(leaves, grown, max_leaves=10)


@given(language())
@settings(max_examples=500, deadline=None, derandomize=True)
def test_printing_parses_back(text: str):
    try:
        tree = check(text, SCOPE)
    except ExpressionError:
        return
    shown = show(tree, SCOPE)
    again = check(shown, SCOPE)
    assert again == tree or show(again, SCOPE) == shown


@given(language())
@settings(max_examples=300, deadline=None, derandomize=True)
def test_folding_and_expanding_keep_the_value(text: str):
    """With u and w known, the settled tree has the value of its expansion, and of what it prints."""
    known = Scope(
        coordinates=SCOPE.coordinates,
        spatial=SCOPE.spatial,
        parameters={**SCOPE.parameters, "n": (2,)},
        directions=SCOPE.directions,
        definitions={"u": check("sin(x)*y + 2", SCOPE), "w": check("exp(-x*y)", SCOPE)},
    )
    try:
        tree = check(text.replace(", n)", ", v)"), known)
        values = {**VALUES, "n": (0.6, 0.8)}
        settled = number(evaluate(tree, POINT, values))
        again = evaluate(check(show(tree, known), known), POINT, values)
    except (ExpressionError, NotNumeric):
        return
    if math.isfinite(settled) and abs(settled) < 1e12:
        assert again == pytest.approx(settled, rel=1e-8, abs=1e-8)


def test_powers_of_the_same_base_stay_apart():
    assert check("u^2*u", SCOPE) == Multiply(Power(U, Constant(2.0)), U)
    assert check("w + u", SCOPE) == Add(W, U)


def test_equal_parts_become_one_object():
    twice = check("sin(u*x)*cos(u*x) + sin(u*x)^2", SCOPE)
    other = check("exp(sin(u*x))", SCOPE)
    known: dict[Expression, Expression] = {}
    one, two = (shared(tree, known) for tree in (twice, other))
    assert (one, two) == (twice, other)
    products = [node for tree in (one, two) for node in walk(tree) if node == check("u*x", SCOPE)]
    assert len(products) == 4
    assert len({id(node) for node in products}) == 1
    assert len({id(node) for node in walk(twice) if node == products[0]}) == 3
