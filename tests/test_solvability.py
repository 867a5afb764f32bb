"""What no function satisfies as a whole, against least losses worked out by hand, and bodies that may turn."""

from pathlib import Path

import pytest

from pinn import config, problems, solvability

SQUARE = "unknowns: [u]\ndomain: {kind: box, bounds: {x: [0, 1], y: [0, 1]}}\nterms:\n"
PLATE = """
unknowns: [u, v]
domain: {kind: box, bounds: {x: [0, 2], y: [0, 1]}}
define: {s: "3*div([u, v])*identity(2) + 2*sym(grad([u, v]))"}
terms:
  - equation: div(s) = 0
  - {equation: "dot(s, n) = RIGHT", on: x=2}
  - {equation: "dot(s, n) = LEFT", on: x=0}
  - {equation: "dot(s, n) = 0", on: [y=0, y=1]}
"""
LINE = """
unknowns: [u]
domain: {kind: line, range: [0, 1]}
terms:
  - {equation: u_xx = 1, name: source}
  - {equation: u_x = 0, on: [x=0, x=1], name: ends}
"""
FLOW = "unknowns: [u, v, p]\ndomain: {kind: box, bounds: {x: [0, 1], y: [0, 1]}}\nterms:\n"
STOKES = '  - equation: ["laplacian(u) = p_x", "laplacian(v) = p_y", "u_x + v_y = 0"]\n'

INSULATED = '  - {equation: "d(u, n) = 0", on: boundary}\n'
ZERO = "  - {equation: u = 0, on: boundary, hard: true}\n"
# With residuals a inside and b, c, d on the edges: what adds up to a number for all functions, and the least loss.
IMPOSSIBLE = {
    "a source without a way out": (LINE, 1 / 5),  # a = b(1) - b(0) - 1, and b counts by its mean square
    "the same in a square": (SQUARE + "  - equation: -laplacian(u) = 1\n" + INSULATED, 1 / 17),  # a + 4 b = -1
    "and in a disk": (
        "unknowns: [u]\ndomain: {kind: disk}\nterms:\n  - equation: laplacian(u) = 1\n" + INSULATED,
        1 / 5,  # π a - 2π b = -π
    ),
    "values at an outflow": (SQUARE + "  - equation: u_x + u_y = 1\n" + ZERO, 1.0),
    "more goes in than out": (FLOW + STOKES + "  - {equation: [u = x, v = 0], on: boundary}\n", 1 / 17),
    "loads with a resultant": (PLATE.replace("RIGHT", "[1, 0]").replace("LEFT", "0"), 1 / 22),  # 2 a = 1 + b + c + 4 d
    "a conservation law": (SQUARE + '  - equation: "d(u^2, x) + d(u^3, y) = 1"\n' + ZERO, 1.0),
}
POSSIBLE = {
    "a source without a way out": (LINE, 1 / 5),  # a = b(1) - b(0) - 1, and b counts by its mean square
    "the same in a square": (
        SQUARE + '  - equation: -laplacian(u) = 1\n  - {equation: "d(u, n) = 0", on: boundary}\n',
        1 / 17,
    ),
    "and in a disk": (
        "unknowns: [u]\ndomain: {kind: disk}\nterms:\n  - equation: laplacian(u) = 1\n"
        '  - {equation: "d(u, n) = 0", on: boundary}\n',
        1 / 5,  # π a - 2π b = -π
    ),
    "values at an outflow": (
        SQUARE + "  - equation: u_x + u_y = 1\n  - {equation: u = 0, on: boundary, hard: true}\n",
        1.0,
    ),
    "more goes in than out": (FLOW + STOKES + "  - {equation: [u = x, v = 0], on: boundary}\n", 1 / 17),
    "loads with a resultant": (PLATE.replace("RIGHT", "[1, 0]").replace("LEFT", "0"), 1 / 22),  # 2 a = 1 + b + c + 4 d
    "a conservation law": (
        SQUARE + '  - equation: "d(u^2, x) + d(u^3, y) = 1"\n  - {equation: u = 0, on: boundary, hard: true}\n',
        1.0,
    ),
}
POSSIBLE = {
    "a source with a way out": LINE.replace("ends}", "ends}\n  - {equation: u = 0, on: x=0}").replace(
        "[x=0, x=1]", "x=1"
    ),
    "a balanced source": LINE.replace("= 1,", "= cos(pi*x),"),
    "loads in balance": PLATE.replace("RIGHT", "[1, 0]").replace("LEFT", "[-1, 0]"),
    "a bending moment": PLATE.replace("RIGHT", "[y - 0.5, 0]").replace("LEFT", "[0.5 - y, 0]"),
    "as much in as out": FLOW + STOKES + "  - {equation: [u = y, v = 0], on: boundary}\n",
    "a rough source in balance": SQUARE + "  - equation: laplacian(u) = where(x < 0.3, 0.7, -0.3)\n" + INSULATED,
    "roots of what may be negative": SQUARE + "  - equation: laplacian(u) = sqrt(u)\n" + INSULATED,
    "terms that count in a part alone": SQUARE
    + "  - {equation: laplacian(u) = cos(pi*x), weight: 'where(x < 0.5, 1, 0)'}\n"
    + INSULATED,
    "a free outflow": SQUARE + "  - equation: u_x + u_y = 1\n  - {equation: u = 0, on: [x=0, y=0]}\n",
}


def found(text: str) -> solvability.Contradiction | None:
    return solvability.contradiction(problems.build(config.parse(text, "test.yaml", Path())))


@pytest.mark.parametrize(("text", "least"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_no_function_satisfies_leaves_a_loss_that_is_known(text: str, least: float):
    said = found(text)
    assert said is not None
    assert said.least == pytest.approx(least, rel=1e-6)


@pytest.mark.parametrize("text", POSSIBLE.values(), ids=POSSIBLE)
def test_what_some_function_satisfies_is_left_alone(text: str):
    assert found(text) is None


def test_a_moment_alone_is_no_balance():
    said = found(PLATE.replace("RIGHT", "[y - 0.5, 0]").replace("LEFT", "0"))
    assert said is not None
    assert said.terms[:2] == ("term_1", "term_2")


TURNING = "nothing keeps [u, v] from turning in the plane of x and y"
DISK = """
unknowns: [u, v]
domain: {kind: disk}
define: {s: "3*div([u, v])*identity(2) + 2*sym(grad([u, v]))"}
terms:
  - equation: div(s) = 0
  - {equation: "dot(s, n) = 2*n", on: boundary}
  - {equation: [u = 0, v = 0], on: {x: 0.25, y: 0}}
"""


def warnings(text: str) -> list[str]:
    return [warning.message for warning in config.parse(text, "test.yaml", Path()).warnings]


def test_bodies_that_may_turn_are_named():
    assert warnings(DISK) == [TURNING]
    solid = DISK.replace("[u, v]", "[u, v, w]").replace("disk", "ball, coordinates: [x, y, z]").replace("(2)", "(3)")
    solid = solid.replace("v = 0]", "v = 0, w = 0]").replace("y: 0}", "y: 0, z: 0}")
    assert warnings(solid) == [
        f"nothing keeps [u, v, w] from turning in the plane of {pair}" for pair in ("x and y", "x and z", "y and z")
    ]


HELD = {
    "by its mean rotation": "  - equation: integral(v_x - u_y) = 0\n",
    "at a second point": "  - {equation: v = 0, on: {x: 0.5, y: 0}}\n",
    "along a line": "  - {equation: v = 0, on: y=0}\n",
    "exactly": "  - {equation: u = 0, on: boundary, hard: true}\n",
}


@pytest.mark.parametrize("more", HELD.values(), ids=HELD)
def test_bodies_that_are_held_are_not(more: str):
    assert TURNING not in warnings(DISK + more)
