"""Conditions on the boundary that equations in space lack, and where they may be absent."""

from pathlib import Path

import pytest

from pinn.config import parse
from pinn.errors import Diagnostic

SQUARE = "{kind: box, bounds: {x: [0, 1], y: [0, 1]}}"
ROD = "{kind: box, bounds: {x: [0, 1], t: [0, 1]}, time: t}"
POLYGON = "{kind: polygon, vertices: [[0, 0], [1, 0], [0, 1]]}"
CYLINDER = "{kind: product, of: [{kind: disk}, {kind: line, coordinates: z, range: [0, 2]}]}"
STOKES = "{equation: [p_x = laplacian(u), p_y = laplacian(v), u_x + v_y = 0]}"


def doubts(unknowns: str, domain: str, terms: list[str], more: str = "", base: Path | None = None) -> list[Diagnostic]:
    """The warnings that speak of conditions on a boundary."""
    said = "".join(f"  - {term}\n" for term in terms)
    text = f"unknowns: {unknowns}\ndomain: {domain}\n{more}terms:\n{said}"
    found = parse(text, "f.yaml", base or Path()).warnings
    return [warning for warning in found if " take" in warning.message]


def start(what: str) -> str:
    return f"{{equation: {what}, on: t=0}}"


def walls(what: str, on: str = "boundary") -> str:
    return f"{{equation: {what}, on: {on}}}"


@pytest.mark.parametrize(
    ("unknowns", "domain", "terms", "said"),
    [
        ("[u]", ROD, ["equation: u_t = u_xx", "{equation: u = sin(pi*x), on: t=0, hard: true}"],
         "u has second derivatives by x and no condition on x=0 and x=1 together; it takes two; "
         "say what holds on x=0, such as {equation: u = 0, on: x=0}"),
        ("[u]", SQUARE, ["equation: laplacian(laplacian(u)) = 1", walls("u = 0")],
         "u has fourth derivatives by x and two conditions on x=0 and x=1 together; it takes four, and so by y; "
         'say what holds on x=0, such as {equation: "d(u, x) = 0", on: x=0}'),
        ("[u]", ROD, ['equation: "u_tt = -d(u, x, order=4)"', walls("u = 0", "[x=0, x=1]"), start("[u = x, u_t = 0]")],
         "u has fourth derivatives by x and two conditions on x=0 and x=1 together; it takes four; "),
        ("[u]", SQUARE, ["equation: laplacian(u) = 0", walls("u = 0", "[x=0, x=1]")],
         "u has second derivatives by y and no condition on y=0 and y=1 together; it takes two; "),
        ("[u]", SQUARE, ["equation: laplacian(u) = 0", walls("u = 0", "[x=0, y=1]")],
         "u has second derivatives by x and one condition on x=0 and x=1 together; it takes two, and so by y; "
         "say what holds on x=1, such as {equation: u = 0, on: x=1}"),
        ("[u, v]", SQUARE, ["equation: [laplacian(u) = v, laplacian(v) = 1]", walls("u = 0")],
         "u, v have derivatives by x of order 4 in all and two conditions on x=0 and x=1 together; they take four, and "
         "so by y; say what holds on x=0, such as {equation: v = 0, on: x=0}"),
        ("[rho, c]", ROD, ['equation: ["rho_t = d(rho_x - rho*c_x, x)", c_t = c_xx + rho - c]',
                           walls("rho_x = 0"), start("[rho = 1, c = 1]")],
         "such as {equation: c = 0, on: x=0}"),
        ("[u]", SQUARE, ['equation: "div((1 + u^2)*grad(u)) = 1"',
                         walls("u = 0", "[x=0, x=1, y=0]")], "such as {equation: u = 0, on: y=1}"),
        ("[u, v, p]", SQUARE, [STOKES, walls("[u = 0, v = 0]", "[x=0, y=0, y=1]"), "equation: integral(p) = 0"],
         "u, v, p have derivatives by x of order 4 in all and three conditions"),  # that of p among them
        ("[u]", ROD, ["equation: u_t + u_x = 0", start("u = x")], "u has first derivatives by x and no condition"),
        ("[u]", "{kind: box, bounds: {x: {dim: 2, range: [0, 1]}}}",
         ["equation: laplacian(u) = 1", "{equation: u = 0, on: ['x[0]=0', 'x[0]=1']}"],
         'such as {equation: u = 0, on: "x[1]=0"}'),
        ("[u]", "{kind: disk}", ["equation: laplacian(laplacian(u)) = 1", walls("u = 0")],
         "u has fourth derivatives and one condition on boundary; it takes two there; "
         'say what holds there, such as {equation: "d(u, n) = 0", on: boundary}'),
        ("[u]", "{kind: disk, time: {t: [0, 1]}}", ["equation: u_t = laplacian(u)", start("u = x")], "on: boundary}"),
        ("[u]", POLYGON, ["equation: laplacian(u) = 1", walls("u = 0", "[edge_1, edge_2]")], "no condition on edge_3"),
        ("[u]", CYLINDER, ["equation: laplacian(u) = 1", walls("u = 0", "side")],
         "u has second derivatives by z and no condition on z=0 and z=2 together; it takes two"),
        ("[u]", CYLINDER, ["equation: laplacian(u) = 1", walls("u = 0", "[z=0, z=2]")], "no condition on side"),
    ],
)  # fmt: skip
def test_a_boundary_without_enough_conditions_is_doubted(
    unknowns: str, domain: str, terms: list[str], said: str
) -> None:
    (warning,) = doubts(unknowns, domain, terms)
    assert said in f"{warning.message}; {warning.hint}"
    assert warning.mark is not None
    assert warning.mark.line == 4  # that of the equation


@pytest.mark.parametrize(
    ("unknowns", "domain", "terms"),
    [
        # equations that degenerate on a face, or nearly
        ("[u]", ROD, ["equation: x*u_t = x*u_xx + 2*u_x", start("u = 1"), walls("u = 0", "x=1")]),
        ("[u]", ROD.replace("[0, 1],", "[0.001, 1],"),
         ["equation: u_t = u_xx + 2/x*u_x", start("u = 1"), walls("u = 0", "x=1")]),
        ("[V]", ROD, ["equation: V_t + 0.02*x^2*V_xx + 0.05*x*V_x = 0.05*V", walls("V = 1", "x=1"), start("V = x")]),
        ("[p]", ROD, ['equation: "p_t = d(x*(1 - x)*p, x, order=2)"', start("p = 1")]),
        ("[u]", SQUARE, ["equation: y*u_xx + (1 - y)*u_yy = 0", walls("u = 0", "[x=0, x=1]")]),
        ("[u]", "{kind: disk}", ['equation: "div((1 - x^2 - y^2)*grad(u)) = u - x"']),
        # or for some solutions, or inside
        ("[u]", ROD, ["equation: u_t = d(u*u_x, x)", start("u = 1")]),
        ("[u]", SQUARE, ["equation: (y - 0.5)*u_xx + u_yy = 0", walls("u = 0", "[y=0, y=1]")]),
        # transport
        ("[u]", ROD, ["equation: u_t + u_x = 0", start("u = 1"), walls("u = 0", "x=0")]),
        ("[u]", ROD, ["equation: u_t + (x - 0.5)*u_x = 0", start("u = 1")]),
        ("[u]", ROD, ["equation: u_t + u*u_x = 0", start("u = 1")]),
        ("[u]", "{kind: disk, time: {t: [0, 1]}}", ["equation: u_t = x*u_y - y*u_x", start("u = x")]),
        ("[h, u]", ROD, ['equation: ["h_t + d(h*u, x) = 0", u_t + u*u_x + h_x = 0]', start("[h = 1, u = 0]")]),
        ("[E, H]", ROD, ["equation: [E_t = H_x, H_t = E_x]", start("[E = 1, H = 0]"), walls("E = 0")]),
        # no faces
        ("[u]", ROD.replace("time: t", "time: t, periodic: [x]"), ["equation: u_t = u_xx", start("u = 1")]),
        ("[u]", "{kind: gaussian, coordinates: [x, y]}", ["equation: laplacian(u) = u - x"]),
        ("[u]", "{kind: sphere, coordinates: [x, y, z]}", ["equation: laplacian(u) = u - x"]),
        # conditions of other kinds
        ("[u]", SQUARE, ["minimise: 0.5*dot(grad(u), grad(u)) - u", "{equation: u = 0, on: x=0, hard: true}"]),
        ("[u]", SQUARE, ["equation: laplacian(u) = 1", "equation: integral(u^2, over=boundary) = 0"]),
        ("[u]", ROD, ["equation: u_t = u_xx", start("u = x"),
                      '{equation: ["u = at(u, x=1)", "u_x = at(u_x, x=1)"], on: x=0}']),
        ("[u]", ROD, ["equation: u_t = u_xx", start("u = x"), '{equation: "at(u, x=0) + at(u, x=1) = 0"}']),
        ("[u]", SQUARE, ["equation: laplacian(u) = 0", walls("[u = 0, u_y = 0]", "y=0.5"),
                         walls("u = 0", "[x=0, x=1]")]),
        # more on one side, and none on the other
        ("[u]", SQUARE, ["equation: laplacian(u) = 0", walls("[u = 0, u_x = 1]", "x=0"), walls("u = 0", "[y=0, y=1]")]),
        ("[u]", POLYGON, ["equation: laplacian(u) = 0", walls('[u = 0, "d(u, n) = 1"]', "edge_1")]),
        # systems
        ("[u, v]", SQUARE, ["equation: [laplacian(u) = v, laplacian(v) = 1]", walls('[u = 0, "d(u, n) = 0"]')]),
        ("[u, v]", SQUARE, ["equation: [laplacian(u) = v, laplacian(v) = 1]", walls("[u = 0, v = 0]")]),
        ("[u, v, p]", SQUARE, [STOKES, walls("[u = 0, v = 0]"), "equation: integral(p) = 0"]),
        ("[u, v, p]", SQUARE, [STOKES, walls("[u = 0, v = 0]", "[x=0, y=0, y=1]"), walls("[p = 0, v = 0]", "x=1")]),
        ("[u, v, p]", "{kind: disk}", [STOKES, walls("[u = y, v = -x]"), "equation: integral(p) = 0"]),
        ("[u, v, p]", SQUARE, ["equation: [u = -p_x, v = -p_y, u_x + v_y = 1]", walls("p = 0")]),
        # coefficients, and unknowns of a part of the domain
        ("{u: {}, k: {inputs: [x]}}", ROD, ['equation: "u_t = d(k*u_x, x)"', start("u = x"), walls("u = x")]),
    ],
)  # fmt: skip
def test_conditions_that_may_be_absent_are_not_missed(unknowns: str, domain: str, terms: list[str]) -> None:
    assert doubts(unknowns, domain, terms) == []


def test_a_face_of_two_parts_has_one_condition_on_each() -> None:
    regions = "regions: {hot: {on: y=0, where: x < 0.5}, cold: {on: y=0, where: x >= 0.5}}\n"
    terms = [
        "equation: laplacian(u) = 0",
        walls("u = 0", "hot"),
        walls("u_y = 0", "cold"),
        walls("u = 0", "[x=0, x=1, y=1]"),
    ]
    assert doubts("[u]", SQUARE, terms, regions) == []


def test_equations_in_parts_of_the_domain_are_left_in_peace() -> None:
    regions = "regions: {left: x < 0.5, right: x > 0.5}\n"
    inside = ["{equation: laplacian(u) = 0, on: left}", "{equation: laplacian(v) = 0, on: right}"]
    edges = [walls("[u = v, u_x = v_x]", "x=0.5"), walls("u = 0", "x=0"), walls("v = 0", "x=1")]
    assert doubts("{u: {on: left}, v: {on: right}}", SQUARE, [*inside, *edges], regions) == []


def test_what_vanishes_on_the_boundary_by_definition_needs_no_condition() -> None:
    define = "define: {u: x*(1 - x)*y*(1 - y)*w}\n"
    assert doubts("[w]", SQUARE, ["equation: laplacian(u) = 1"], define) == []
    assert doubts("[w]", SQUARE, ["equation: laplacian(u) = 1"], define.replace("y*(1 - y)*", "")) != []


def test_data_may_stand_for_conditions(tmp_path: Path) -> None:
    (tmp_path / "some.csv").write_text("x,t,u\n0.5,0.5,1\n")
    terms = ["equation: u_t = u_xx", start("u = x")]
    assert doubts("[u]", ROD, terms) != []
    assert doubts("[u]", ROD, [*terms, "{data: some.csv}"], base=tmp_path) == []


@pytest.mark.parametrize(
    ("condition", "doubted"),
    [
        ('{equation: "u = dot(x, x)", on: t=1, hard: true}', True),
        ("{equation: u = 0, on: boundary}", False),
        ("{equation: 'd(u, n) = 0', on: boundary}", False),
    ],
)
def test_in_many_dimensions_no_condition_in_space_is_doubted(condition: str, doubted: bool) -> None:
    for domain in (
        "{kind: ball, coordinates: {x: 20}, time: {t: [0, 1]}}",
        "{kind: box, bounds: {x: {dim: 20, range: [0, 1]}, t: [0, 1]}, time: t}",
    ):
        text = f"unknowns: [u]\ndomain: {domain}\nterms:\n  - equation: u_t + laplacian(u) = 0\n  - {condition}\n"
        said = [warning.message for warning in parse(text, "test.yaml", Path()).warnings]
        assert any("no condition on the boundary; it takes one there" in message for message in said) == doubted
