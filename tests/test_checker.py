"""Names, shapes, derivatives: what each form of the language means, and every mistake at its place."""

import time
from dataclasses import replace

import pytest

from pinn.expressions import (
    Constant,
    Coordinate,
    Derivative,
    Equation,
    Expression,
    ExpressionError,
    Operator,
    Parameter,
    Scope,
    Unknown,
    algebra,
    check,
    check_equation,
    check_value,
    constant,
)
from pinn.expressions.tree import Add, At, Call, Freeze, Index, Multiply, Normal, Power, Stack, Sum, Where, walk

SCOPE = Scope(
    coordinates=("x", "y", "t"),
    spatial=(0, 1),
    unknowns=("u", "w"),
    parameters={"nu": (), "p": (), "b": (3,)},
    constants={"p": 3.0},
    directions={"v": (1.0, 2.0, 0.0)},
    time="t",
)
BOUNDARY = replace(SCOPE, has_normal=True)
U, W = Unknown("u"), Unknown("w")
X, Y, T = Coordinate("x", 0), Coordinate("y", 1), Coordinate("t", 2)
D = Operator.partial


def du(*indices: int) -> Expression:
    return Derivative(U, D(*indices))


def mistakes(text: str, scope: Scope = SCOPE):
    with pytest.raises(ExpressionError) as caught:
        check(text, scope)
    return caught.value.mistakes


def vector(*parts: Expression) -> Stack:
    return Stack(parts, shape=(len(parts),))


# --- names


def test_names_become_nodes():
    tree = check("u + x*nu - p", SCOPE)
    assert {type(node) for node in walk(tree)} >= {Unknown, Coordinate, Parameter}
    assert Parameter("p") in list(walk(tree))
    assert [node.index for node in walk(tree) if isinstance(node, Coordinate)] == [0]


def test_spans_lead_back_to_the_text():
    text = "u_t + sin(x)*w"
    places = {text[slice(*node.span)] for node in walk(check(text, SCOPE))}
    assert places >= {"u_t", "sin(x)", "x", "w", "sin(x)*w", text}


def test_definitions_are_written_out_and_exact_is_a_name_of_its_own():
    scope = replace(SCOPE, definitions={"f": check("u^2 + x", SCOPE)}, exact={"u": check("sin(x)*t", SCOPE)})
    assert check("2*f", scope) == check("2*(u^2 + x)", SCOPE)
    assert check("exact.u", scope) == check("sin(x)*t", SCOPE)
    assert check("exact.u_t", scope) == check("d(sin(x)*t, t)", SCOPE)
    assert check("f_x", scope) == check("d(u^2 + x, x)", SCOPE)
    assert "exact.w" in mistakes("exact.w", scope)[0].message


def test_all_mistakes_are_told_in_the_order_of_the_text():
    text = "foo + sinn(x)*u_q - [1, 2]*b + div(b)"
    found = mistakes(text)
    assert [text[slice(*m.span)] for m in found] == ["foo", "sinn", "u_q", "[1, 2]*b", "div(b)"]
    assert [m.severity for m in found] == ["error"] * 5


@pytest.mark.parametrize(
    ("text", "part", "message", "hint"),
    [
        ("nuu*u", "nuu", "unknown name 'nuu'", "did you mean 'nu'?"),
        ("zeta", "zeta", "unknown name 'zeta'", "the names are x, y, t, u, w, nu"),
        ("lambda", "lambda", "unknown name", None),
        ("uxy", "uxy", "unknown name 'uxy'", "write u_xy"),
        ("du", "du", "unknown name 'du'", "write d(u, x)"),
        ("dudt", "dudt", "unknown name 'dudt'", "write d(u, t)"),
        ("1/dn", "dn", "unknown name 'dn'", "write d(u, n)"),
        ("1 + sin", "sin", "'sin' is a function", "write sin(x)"),
        ("cosh2(x)", "cosh2", "unknown function 'cosh2'", "did you mean 'cosh'?"),
        ("u(x)", "u", "takes no arguments", "at(u, x=0)"),
        ("2*x(y + 1)", "x", "'*' is missing after 'x'", "write x*(…)"),
        ("u_z", "u_z", "'u_z' is not a derivative of 'u'", "x, y, t"),
        ("u_v", "u_v", "not a derivative", "write d(u, v)"),
        ("u_xz", "u_xz", "not a derivative", "a row of coordinates"),
        ("n[0]*u", "n", "here is none", "a term on the boundary"),
        ("exact", "exact", "name of an unknown", "exact.u"),
        ("exact.u", "exact.u", "there is no 'exact.u'", "under 'exact'"),
        ("ln(x)", "ln", "unknown function 'ln'", "write log(x)"),
        ("np.sin(x)", "np.", "a dot stands only in exact.u", "write sin"),
        ("x.y", "x.", "a dot stands only in exact.u", None),
        ("sin(x, y)", "sin(x, y)", "does not take 2 arguments", "sin(x)"),
        ("1 + min(x)", "min", "'min' of one expression cannot stand here", "write min(a, b, …)"),
        ("sin(x, order=2)", "order", "no argument 'order'", None),
        ("d(u, x, ordr=2)", "ordr", "no argument 'ordr'", "did you mean 'order'?"),
        ("d(u)", "d(u)", "does not take 1 argument", "write d(e, x)"),
        ("d(u, 2)", "2", "by a coordinate, a named direction or n", None),
        ("d(u, q)", "q", "not 'q'", None),
        ("d(u, nu)", "nu", "not 'nu'", None),
        ("d(u, n)", "n", "normal of a boundary", None),
        ("d(u, x, order=0)", "0", "from 1 to", None),
        ("d(u, x, order=2.5)", "2.5", "whole number", None),
        ("d(u, x, order=nu)", "nu", "whole number", None),
        ("d(u, x, y, order=2)", "order", "one coordinate or direction", "order=4"),
        ("d(u, x, order=99)", "99", "from 1 to 32", None),
        ("grad(grad([u, w]))", "grad(grad([u, w]))", "a scalar or a vector, not a matrix", "each row"),
        ("sinc(x)", "sinc", "unknown function", "sin(x)/x"),
        ("besselj(nu, x)", "nu", "first argument, must be a whole number from 0 to 100", "write besselj(0, x)"),
        ("u + besseli(1.5, x)", "1.5", "the order of besseli", "besseli(0, x)"),
        ("besselj(101, x)", "101", "from 0 to 100", None),
        ("besselj(-1, x)", "-1", "from 0 to 100", None),
        ("besselj(x, 0)", "x", "whole number", None),
        ("besselj(b, x)", "b", "whole number", None),
        ("besselj(x)", "besselj(x)", "does not take 1 argument", "write besselj(0, x)"),
        ("besselj(0, [[x, y], [y, x]])", "[[x, y], [y, x]]", "numbers and vectors", None),
        ("besselj(0, 201)", "besselj(0, 201)", "not a finite", "from -200 to 200"),
        ("J0(x)", "J0", "unknown function", "write besselj(0, x)"),
        ("j1(x)", "j1", "unknown function", "write besselj(1, x)"),
        ("J_2(x)", "J_2", "unknown function", "write besselj(2, x)"),
        ("jv(0, x)", "jv", "unknown function", "write besselj(0, x)"),
        ("I0(x)", "I0", "unknown function", "write besseli(0, x)"),
        ("iv(0, x)", "iv", "unknown function", "write besseli(0, x)"),
        ("besselk(0, x)", "besselk", "there is no function", "under 'known'"),
        ("Y0(x)", "Y0", "there is no function", "infinite at zero"),
        ("int(u)", "int", "unknown function", "integral(u)"),
        ("PI*u", "PI", "unknown name", "'pi'"),
        ("d(u, x, 2)", "2", "by a coordinate", "order=2"),
        ("div(u, w)", "div(u, w)", "does not take 2", "div([a, b])"),
        ("div(u)", "div(u)", "a vector of 2 components, not a scalar", None),
        ("div(b)", "div(b)", "not one of 3", None),
        ("curl(b)", "curl(b)", "a vector of 2 components", None),
        ("sum(u)", "sum(u)", "needs a vector", None),
        ("dot(b, [1, 2])", "dot(b, [1, 2])", "do not fit together", None),
        ("b = [1, 2]", "b = [1, 2]", "the left side is a vector of 3", None),
        ("[b, 1]", "b", "must be a scalar", None),
        ("u[0]", "u[0]", "no components", None),
        ("b[3]", "b[3]", "3 components, counted from 0", None),
        ("b[-4]", "b[-4]", "counted from 0", None),
        ("b[2:2]", "b[2:2]", "counted from 0", None),
        ("b[x]", "x", "whole number", None),
        ("where(u, 1, 2)", "u", "a condition is needed", None),
        ("where(b < 1, 1, 2)", "b", "must be a scalar", None),
        ("1 + (u and w)", "u and w", "only inside where", None),
        ("at(u)", "at(u)", "needs a place", "at(u, x=0)"),
        ("at(u, nu=1)", "nu", "'nu' is not a coordinate", None),
        ("at(u, x=w)", "w", "cannot depend on an unknown", None),
        ("at(u, x=b)", "b", "must be a scalar", None),
        ("d(at(u, x=t), t)", "d(at(u, x=t), t)", "moves with the coordinate", "inside at"),
        ("1/0", "1/0", "division by zero", None),
        ("x + sqrt(-1)", "sqrt(-1)", "not a finite real number", None),
        ("(-8)^(1/3)", "(-8)^(1/3)", "not a finite real number", None),
        ("integral(u^2, over=boundary)", "integral", "'integral' cannot stand here", "under 'report'"),
        ("i*u_t", "i", "unknown name 'i'", "as two unknowns, with an equation each"),
        ("u + 1e-3j", "1e-3j", "unknown name 'j'", "unknowns are real"),
        ("b[i]", "i", "unknown name 'i'", None),
        ("sin^2(x)*u", "sin^2(", "a power stands behind the brackets", "write sin(…)^2"),
        ("w_t = (w^3 - w)_xx", ")_xx", "a derivative is written by d", "write d(…, x, x)"),
        ("1.0D-3*u", "1.0D-3", "an exponent of ten has an e", "write 1.0e-3"),
        ("1 000*u", "1 000", "the digits of a number stand together", "write 1000"),
        ("u - 12,000,000.5", "12,000,000.5", "the digits of a number stand together", "write 12000000.5"),
        ("1_000*u_x", "1_000", "the digits of a number stand together", "write 1000"),
        ("1'000", "1'000", "the digits of a number stand together", "write 1000"),
        ("5e*u", "5e", "an exponent of ten has digits", "write 5, or 5e3"),
        ("max(1,000, u, w2)", "w2", "unknown name 'w2'", None),
        ("2e^x*u", "2e", "'*' is missing", "write 2*e"),
        ("u - integral(u, 0, t)", "integral(u, 0, t)", "an integral goes over a whole region", "W_t = u"),
        ("dw/dt = 1", "dw/dt", "a derivative is written by d", "write d(w, t), or w_t"),
        ("2*du/dn", "du/dn", "a derivative is written by d", "write d(u, n)"),
        ("d2u/dx2 + 1", "d2u/dx2", "a derivative is written by d", "or u_xx"),
        ("d^2u/dx^2 = 0", "d^2u/dx^2", "a derivative is written by d", "write d(u, x, order=2), or u_xx"),
        ("d^2u/dxdt", "d^2u/dxdt", "a derivative is written by d", "write d(u, x, t), or u_xt"),
        ("u.diff(x, 2)", "u.diff(x, 2)", "a derivative is written by d", "d(u, x, order=2)"),
        ("diff(u, x, 2)", "diff(u, x, 2)", "a derivative is written by d", "d(u, x, order=2)"),
        ("Derivative(u, (x, 2), t)", "Derivative(u, (x, 2), t)", "a derivative is written by d", "d(u, x, x, t)"),
        ("u_xx == 0", "u_xx == 0", "only inside where", "an equation has a single ="),
        ("u_{xx} = 0", "u_{xx}", "a subscript has no braces", "write u_xx"),
        ("1 + nabla^2 u", "nabla^2 u", "operators have names here", "write laplacian(u)"),
        ("nabla^2*w_t", "nabla^2*w_t", "operators have names here", "write laplacian(w_t)"),
        ("∇²u = 0", "∇²u", "operators have names here", "write laplacian(u)"),
        ("nabla u", "nabla u", "operators have names here", "write grad(u)"),
        ("∇·b", "∇·", "operators have names here", "write div(v)"),
        (r"\frac{\partial u}{\partial t} = 0", r"\frac{\partial u}{\partial t}", "written by d", "d(u, t), or u_t"),
        (r"\frac{\partial^2 u}{\partial x^2}", r"\frac{\partial^2 u}{\partial x^2}", "written by d", "or u_xx"),
        (r"\partial_x u", r"\partial_x u", "written by d", "d(u, x), or u_x"),
        (r"\frac{\partial f}{\partial x}", r"\frac{\partial f}{\partial x}", "this is LaTeX", "d(u, x)"),
        (r"u = \sin(x)", r"\sin", "this is LaTeX", "write sin"),
        ("u = x if x < 1 else 0", "x if x < 1 else 0", "a choice", "write where(x < 1, x, 0)"),
        ("2*(x if x < 1 else 0)", "2*(x if x < 1 else 0)", "a choice", "where(condition, a, b)"),
    ],
)
def test_mistakes(text: str, part: str, message: str, hint: str | None):
    (found,) = mistakes(text)
    assert text[slice(*found.span)] == part
    assert message in found.message
    assert hint is None or hint in (found.hint or "")


def test_all_of_a_foreign_notation_is_one_mistake_beside_others():
    text = "foo + dw/dt - du/dn = Derivative(u, x)"
    assert [text[slice(*m.span)] for m in mistakes(text)] == ["foo", "dw/dt", "du/dn", "Derivative(u, x)"]
    text = "dw/dt = nabla^2 u + u_{xx} + 1e-3j"
    assert [text[slice(*m.span)] for m in mistakes(text)] == ["dw/dt", "nabla^2 u", "u_{xx}", "1e-3j"]
    found = mistakes("Derivative(u, x) == 0")
    assert [m.hint for m in found] == ["write d(u, x), or u_x", "an equation has a single ="]


def test_what_is_declared_is_no_foreign_notation():
    scope = replace(SCOPE, parameters={"i": (), "du": (), "dx": ()})
    assert check("i*u + du/dx", scope)
    assert [m.message for m in mistakes("i*u + du/dx + foo", scope)] == ["unknown name 'foo'"]
    scope = replace(SCOPE, parameters={"nabla": ()}, has_functionals=True)
    text = "nabla*u + nabla^2*u + integral(u, over=i) + foo"
    assert [m.message for m in mistakes(text, scope)] == ["unknown name 'foo'"]


def test_primes_on_a_line_have_a_meaning():
    (found,) = mistakes("1 + u''", Scope(coordinates=("x",), spatial=(0,), unknowns=("u",)))
    assert (found.span, found.hint) == ((4, 7), "write d(u, x, order=2), or u_xx")


def test_names_that_may_not_stand_here_say_why():
    scope = replace(SCOPE, unknowns=(), forbidden={"u": "a weight cannot depend on it"})
    for text in ("1 + u", "1 + u_x"):
        (found,) = mistakes(text, scope)
        assert (found.span[0], found.hint) == (4, "a weight cannot depend on it")
    hidden = replace(scope, definitions={"f": U})
    assert "it has the unknown 'u'" in mistakes("f", hidden)[0].message


def test_arguments_of_an_integral_are_checked_too():
    assert [m.message for m in mistakes("integral(q^2)")][-1] == "unknown name 'q'"


# --- derivatives


@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ("u_x", D(0)),
        ("u_xt", D(0, 2)),
        ("u_txx", D(0, 0, 2)),
        ("d(u, x)", D(0)),
        ("d(u, x, x)", D(0, 0)),
        ("d(u, y, x)", D(0, 1)),
        ("d(u, x, order=4)", D(0, 0, 0, 0)),
        ("d(u, x, order=p - 1)", D(0, 0)),
        ("d(u, v)", Operator.of({(0,): 1.0, (1,): 2.0})),
        ("d(u, v, order=2)", Operator.of({(0, 0): 1.0, (0, 1): 4.0, (1, 1): 4.0})),
        ("d(u, v, t)", Operator.of({(0, 2): 1.0, (1, 2): 2.0})),
        ("d(d(u, x), y)", D(0, 1)),
        ("d(u_x, x)", D(0, 0)),
        ("laplacian(u)", Operator.laplacian((0, 1))),
        ("laplacian(laplacian(u))", Operator.of({(0, 0, 0, 0): 1.0, (0, 0, 1, 1): 2.0, (1, 1, 1, 1): 1.0})),
        ("div(grad(u))", Operator.laplacian((0, 1))),
    ],
)
def test_forms_of_derivatives_are_operators(text: str, operator: Operator):
    assert check(text, SCOPE) == Derivative(U, operator)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("d(3, x)", "0"),
        ("d(nu, x)", "0"),
        ("d(b, x)", "[0, 0, 0]"),
        ("d(x, x)", "1"),
        ("d(y, x)", "0"),
        ("d(x, v)", "1"),
        ("d(y, v)", "2"),
        ("d(x, x, x)", "0"),
        ("d(u + w*2, x)", "u_x + 2*w_x"),
        ("d(-u, x)", "-u_x"),
        ("d(nu*u, x)", "nu*u_x"),
        ("d(u/nu, x)", "u_x/nu"),
        ("d([u, w], x)", "[u_x, w_x]"),
        ("d(sum([u, w]), x)", "sum([u_x, w_x])"),
        ("d(freeze(u), x)", "freeze(u_x)"),
        ("grad(u)", "[u_x, u_y]"),
        ("grad(2*u + x)", "[2*u_x + 1, 2*u_y]"),
        ("grad(u)[1]", "u_y"),
        ("div([u, w])", "u_x + w_y"),
        ("div(nu*grad(u))", "nu*u_xx + nu*u_yy"),
        ("div(w*grad(u))", "d(w*u_x, x) + d(w*u_y, y)"),
        ("curl([u, w])", "w_x - u_y"),
        ("laplacian([u, w])", "[laplacian(u), laplacian(w)]"),
        ("d(at(u, x=1), x)", "0"),
        ("d(at(u, x=1), y)", "at(u_y, x=1)"),
        ("d(at(u, x=t), y)", "at(u_y, x=t)"),
        ("laplacian(at(u, x=1))", "at(u_yy, x=1)"),
    ],
)
def test_linear_rules(text: str, same: str):
    assert check(text, SCOPE) == check(same, SCOPE)


def test_derivatives_of_products_are_left_to_the_jets():
    assert check("d(u*w, x)", SCOPE) == Derivative(Multiply(U, W), D(0))
    assert check("d(sin(u), x, x)", SCOPE) == Derivative(Call("sin", (U,)), D(0, 0))


def test_normal_derivatives():
    normal = Normal(shape=(2,))
    n0, n1 = Index(normal, 0), Index(normal, 1)
    assert check("d(u, n)", BOUNDARY) == Add(Multiply(n0, du(0)), Multiply(n1, du(1)))
    assert check("d(d(u, n), t)", BOUNDARY) == Add(Multiply(n0, du(0, 2)), Multiply(n1, du(1, 2)))
    second = check("d(u, n, n)", BOUNDARY)
    assert second == check("d(u, n, order=2)", BOUNDARY)
    assert second == check("n[0]*(n[0]*u_xx) + 2*n[1]*(n[0]*u_xy) + n[1]*(n[1]*u_yy)", BOUNDARY)
    assert check("dot(n, grad(u))", BOUNDARY).shape == ()


def test_curl_in_three_dimensions():
    scope = Scope(coordinates=("x", "y", "z"), spatial=(0, 1, 2), unknowns=("u", "w", "q"))
    assert check("curl([u, w, q])", scope) == check("[q_y - w_z, u_z - q_x, w_x - u_y]", scope)


def test_gradient_on_a_line_is_a_vector_of_one():
    scope = Scope(coordinates=("x",), spatial=(0,), unknowns=("u",))
    assert check("grad(u)", scope) == vector(du(0))
    assert check("dot(grad(u), grad(u))", scope).shape == ()


def test_subscripts_with_several_readings_are_refused():
    scope = Scope(coordinates=("x", "xx"), spatial=(0, 1), unknowns=("u", "u_x"))
    assert check("u_x", scope) == Unknown("u_x")
    assert check("u_x_x", scope) == Derivative(Unknown("u_x"), D(0))
    (found,) = mistakes("1 + u_xx", scope)
    assert found.span == (4, 8)
    assert "d(u, x, x)" in found.message
    assert "d(u, xx)" in found.message
    numbered = Scope(coordinates=("x1", "x2"), spatial=(0, 1), unknowns=("u",))
    assert check("u_x1x2", numbered) == Derivative(U, D(0, 1))


def test_undecided_time_is_asked_for():
    scope = replace(SCOPE, spatial=(0, 1, 2), time=None, time_undecided=True, has_normal=True)
    for text in ("laplacian(u)", "grad(u)", "div([u, u, u])", "d(u, n)", "n[0]"):
        (found,) = mistakes(text, scope)
        assert "is t time?" in found.message
        assert "time: t" in (found.hint or "")
    assert check("u_t + u_xx", scope)


def test_space_may_be_empty():
    scope = Scope(coordinates=("t",), spatial=(), unknowns=("u",), time="t")
    assert "spatial" in mistakes("laplacian(u)", scope)[0].message
    assert check("u_tt", scope) == du(0, 0)


# --- values, vectors, conditions


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("u", ()),
        ("[u, w]", (2,)),
        ("2*[u, w] + u", (2,)),
        ("b[1:]", (2,)),
        ("b[:-1]", (2,)),
        ("b[0:1]", (1,)),
        ("b[-1]", ()),
        ("sin(b)", (3,)),
        ("norm(b)", ()),
        ("sum(b)", ()),
        ("dot(b, b)", ()),
        ("where(x < 0, b, 1)", (3,)),
        ("max(b, 0)", (3,)),
        ("grad(u) = 0", (2,)),
        ("laplacian([u, w]) = [1, x]", (2,)),
        ("at([u, w], x=0)", (2,)),
        ("-b^2", (3,)),
    ],
)
def test_shapes(text: str, shape: tuple[int, ...]):
    assert check(text, SCOPE).shape == shape


def test_components_reach_through_arithmetic():
    assert check("(2*[u, w] + x)[1]", SCOPE) == check("2*w + x", SCOPE)
    assert check("sin([u, w])[0]", SCOPE) == check("sin(u)", SCOPE)
    assert check("where(x < 0, [u, w], 1)[1]", SCOPE) == check("where(x < 0, w, 1)", SCOPE)
    assert check("[1, 2, 3][-1]", SCOPE) == Constant(3.0)
    assert check("b[p - 1]", SCOPE) == check("b[2]", SCOPE)


def test_reductions_and_conditions():
    assert check("dot([u, w], [x, y])", SCOPE) == Sum(Multiply(vector(U, W), vector(X, Y), shape=(2,)))
    assert check("min(u, w, x)", SCOPE) == Call("min", (Call("min", (U, W)), X))
    tree = check("where(x < 0 and not (y >= 1 or t != 0), u, -u)", SCOPE)
    assert isinstance(tree, Where)
    assert isinstance(check("freeze(u)", SCOPE), Freeze)
    assert check("at(u, t=0, x=nu)", SCOPE) == At(U, ((0, Parameter("nu")), (2, Constant(0.0))))


def test_fixed_parameters_are_written_in_only_in_exponents():
    assert check("u^p", SCOPE) == Power(U, Constant(3.0))
    assert check("u^(p - 1)", SCOPE) == Power(U, Constant(2.0))
    assert check("u^nu", SCOPE) == Power(U, Parameter("nu"))
    assert check("p*u", SCOPE) == Multiply(Parameter("p"), U)


def test_kinks_under_high_derivatives_are_warned_of():
    def warned(text: str) -> list[tuple[str, str]]:
        found = []
        check(text, SCOPE, found)
        assert all(m.severity == "warning" for m in found)
        return [(text[slice(*m.span)], m.message.split("'")[1]) for m in found]

    assert warned("u + laplacian(abs(u))") == [("laplacian(abs(u))", "abs")]
    assert warned("d(x*d(max(u, 0), x), y)") == [("d(x*d(max(u, 0), x), y)", "max")]
    assert warned("d(where(x < 0, u, w), x, x)") == [("d(where(x < 0, u, w), x, x)", "where")]
    assert warned("d(abs(u), x) + abs(laplacian(u)) + d(sin(u), x, x)") == []


def test_equations_and_values():
    tree = check_equation("u_t = 1", SCOPE)
    assert tree == Equation(du(2), Constant(1.0))
    assert check_value("u_t - 1", SCOPE) == Add(du(2), Constant(-1.0))
    with pytest.raises(ExpressionError) as caught:
        check_equation("u_t - 1", SCOPE)
    assert caught.value.mistakes[0].hint == "write 'lhs = 0'"
    with pytest.raises(ExpressionError, match="not an equation"):
        check_value("u = 1", SCOPE)


def test_constants():
    scope = Scope(parameters={"k": (), "q": ()}, constants={"k": 3.0})
    assert constant("0.01/pi", scope) == pytest.approx(0.01 / 3.141592653589793)
    assert constant("2*k^2", scope) == 18.0
    for text, message in [
        ("q", "no fixed value"),
        ("[1, 2]", "vector"),
        ("k = 3", "equation"),
        ("1/(k - 3)", "finite"),
    ]:
        with pytest.raises(ExpressionError, match=message):
            constant(text, scope)
    with pytest.raises(ExpressionError, match="depends on 'x'"):
        constant("1 + x", SCOPE)


# --- size and speed


def test_definitions_cannot_explode():
    scope = SCOPE
    with pytest.raises(ExpressionError, match="grows too large"):
        for step in range(40):
            before = f"f{step - 1}*f{step - 1}" if step else "u"
            scope = replace(scope, definitions={**scope.definitions, f"f{step}": check(before, scope)})


def test_definitions_cannot_go_deep():
    scope = SCOPE
    with pytest.raises(ExpressionError, match=r"too large|levels deep"):
        for step in range(40):
            text = "sin(" * 50 + (f"f{step - 1}" if step else "u") + ")" * 50
            scope = replace(scope, definitions={**scope.definitions, f"f{step}": check(text, scope)})


def test_a_hundred_dimensions():
    names = tuple(f"x{i}" for i in range(100))
    scope = Scope(coordinates=names, spatial=tuple(range(100)), unknowns=("u",))
    assert check("laplacian(u)", scope) == check("div(grad(u))", scope)
    twice = check("laplacian(laplacian(u))", scope)
    assert isinstance(twice, Derivative)
    assert len(twice.operator.terms) == 5050
    assert algebra.measure(check("div(u*grad(u))", scope), 1000)[1] < 20


def test_checking_is_quick():
    check("u_t + u*u_x = nu*u_xx", SCOPE)
    start = time.thread_time()
    for _ in range(200):
        check("u_t + u*u_x = nu*u_xx", SCOPE)
    assert (time.thread_time() - start) / 200 < 1e-3


def test_an_integral_up_to_a_coordinate_leads_to_its_recipe():
    with pytest.raises(ExpressionError) as caught:
        check("integral(u, to=x)", SCOPE)
    assert str(caught.value.mistakes[0].hint).endswith("for one up to a coordinate see 'pinn explain volterra'")
