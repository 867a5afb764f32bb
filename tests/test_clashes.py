"""Conditions on faces that do not fit together where these meet are doubted, and only those."""

from pathlib import Path

import pytest

from pinn import config

TEXT = """
unknowns: [u, v]
parameters: {a: 2, h: {kind: fitted, initial: 1}}
domain: {kind: box, bounds: {x: [0, 1], y: [-2, 2], t: [0, 3]}, time: t, periodic: [y]}
terms:
  - equation: [u_t = u_xx + u_yy, v_t = v_xx + v_yy]
  - {equation: [u_x = v, v_x = u], on: x=1}
  - {equation: START, on: t=0}
  - {equation: EDGE, on: x=0}
network: {kind: mlp}
"""


def doubts(start: str, edge: str, text: str = TEXT, more: str = "") -> list[str]:
    found = config.parse(text.replace("START", start).replace("EDGE", edge) + more, "test.yaml", Path()).warnings
    return [warning.message for warning in found if "corner" in warning.message]


@pytest.mark.parametrize(
    ("start", "edge", "said"),
    [
        ("u = 1", "u = 0", "this wants u = 0 at x=0"),
        ("u = a*cos(x), hard: true", "u = 3", "this wants u = 3 at x=0"),
        ("2*u = a", "3*u + 1 = t", "wants 1"),
        ("[u = 0, v = x]", "[u = t, v = 1]", "this wants v = 1 at x=0"),
        ("u = 1, hard: true", "u_x = -1", "this wants d(u, x) = -1 at x=0"),
        ("u = x", "u_x = h*0", "has the slope 1"),
        ("u = x, hard: true", "u_x = 2 + t", "this wants d(u, x) = 2 at x=0"),
        ("u_t = 1", "u = 3", "this wants d(u, t) = 1 at x=0"),
        ("u = 1", "u_x = u", "t=0 this is not met by what 'term_3' wants"),
        ("u = 1, hard: true", "u_x = 2*(u^4 - 3)", "this is not met by what a hard condition wants"),
        ("[u = 1, v = 2]", "u_x = v", "this is not met by what 'term_3' wants"),
    ],
)
def test_what_does_not_fit_is_doubted(start: str, edge: str, said: str):
    (found,) = doubts(start, edge)
    assert said in found


@pytest.mark.parametrize(
    ("start", "edge"),
    [
        ("u = 1", "u = exp(-t)"),
        ("u = sin(pi*x) + 1e-9", "u = 0"),
        ("u = exp(-1000*x^2 - y^2)", "u_x = 0"),
        ("u = 1, hard: true", "u_x = -(1 - exp(-t/0.1))"),
        ("u = 1", "v = 0"),
        ("u = 1", "u_x = u - 1"),
        ("u = 1", "u_x = u_xx*u"),
        ("u = 1", "u_x = h*v"),
        ("u = 1", "u_t = 5"),
        ("u_t = 0", "u = 3"),
        ("u = x", "u_xx = 3"),
        ("u = y", "u = y"),
    ],
)
def test_what_fits_is_not(start: str, edge: str):
    assert doubts(start, edge) == []


def test_points_that_are_crowded_are_an_answer():
    assert doubts("u = 1", "u = 0", more="sampling: {cluster: {t: {at: 0, width: 0.01}}}\n") == []


def test_planes_inside_have_no_corners():
    assert doubts("u = 1", "u = 0", TEXT.replace("on: x=0", "on: x=0.5")) == []


PARTS = """
unknowns: [T]
domain: {kind: box, bounds: {x: [0, 1], y: [0, 1]}}
terms:
  - equation: laplacian(T) = 0
  - {equation: T = 1, on: {on: y=1, where: x < 0.5}}
  - {equation: "d(T, n) = 0", on: {on: boundary, where: y == 1 and x > 0.5}}
  - {equation: T = 0, on: [x=0, x=1, y=0]}
"""


def test_parts_of_faces_contradict_where_they_reach_a_corner():
    found = config.parse(PARTS, "test.yaml", Path()).document.network
    assert [corner.at for corner in getattr(found, "corners", [])] == [{"x": 0, "y": 1}, {"x": 0.5, "y": 1}]


def test_a_start_of_two_parts_jumps_between_them():
    text = """
unknowns: [T]
domain: {kind: box, bounds: {x: [0, 1], t: [0, 1]}, time: t}
terms:
  - equation: T_t = T_xx
  - {equation: T = 1, on: {on: t=0, where: x < 0.5}}
  - {equation: T = 0, on: {on: t=0, where: x > 0.5}}
  - {equation: T = 0, on: [x=0, x=1]}
"""
    found = config.parse(text, "test.yaml", Path()).document.network
    assert [corner.at for corner in getattr(found, "corners", [])] == [{"x": 0, "t": 0}, {"x": 0.5, "t": 0}]
