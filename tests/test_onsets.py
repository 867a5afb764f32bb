"""Starts that agree with a face in values, and with the equation not in how fast these change."""

import math
from pathlib import Path

import pytest

from pinn import config
from pinn.config import Config
from pinn.expressions import algebra, numeric, tree
from pinn.expressions.tree import walk

TEXT = """
unknowns: [T]
domain: {kind: box, bounds: {x: [0, 2], t: [0, 1]}, time: t}
terms:
  - equation: T_t = 0.25*T_xx + SOURCE
  - {equation: T = START, on: t=0, hard: true}
  - {equation: T = WALL, on: x=0, hard: true}
  - {equation: T_x = 0, on: x=2}
"""


def parsed(source: str = "0", start: str = "0", wall: str = "0", more: str = "") -> Config:
    text = TEXT.replace("SOURCE", source).replace("START", start).replace("WALL", wall)
    return config.parse(text + more, "test.yaml", Path())


def places(found: Config) -> list[dict[str, float]]:
    return [corner.at for corner in getattr(found.document.network, "corners", [])]


@pytest.mark.parametrize(
    ("source", "start", "wall", "expected"),
    [
        ("1", "0", "0", True),  # from rest
        ("0", "0", "1 - exp(-10*t)", True),  # a wall that is heated
        ("0", "x*(2 - x)", "0", True),  # the start spreads, the wall is held
        ("0", "sin(pi*x/2)", "0", False),
        ("0", "x", "0", False),
        ("x", "0", "0", False),
        ("0.5", "x*(2 - x)", "0", False),
        ("exp(-t) - T", "0", "t*exp(-t)", False),
        ("0", "exp(-x)", "exp(t/4)", False),
    ],
)
def test_corners_are_where_the_equation_is_not_met_by_what_is_known(source: str, start: str, wall: str, expected: bool):
    found = parsed(source, start, wall)
    assert ({"x": 0, "t": 0} in places(found)) is expected
    assert not found.warnings
    if places(found) == [{"x": 0, "t": 0}]:
        assert not found.document.terms[0].weight  # what is left of the equation is bounded


def test_with_a_kind_of_network_nothing_is_said_of_it():
    found = parsed("1", more="network: {kind: mlp}\n")
    assert not found.warnings
    assert not places(found)


def test_several_unknowns_are_looked_at_together():
    text = """
unknowns: [u, v]
domain: {kind: box, bounds: {x: [0, 1], t: [0, 1]}, time: t}
terms:
  - equation: [u_t = u_xx + v, v_t = v_xx]
  - {equation: [u = 0, v = cos(x)], on: t=0}
  - {equation: [u = t*RATE, v = exp(-t)], on: x=0}
  - {equation: [u_x = 0, v = cos(1)*exp(-t)], on: x=1}
"""
    assert not places(config.parse(text.replace("RATE", "1"), "f", Path()))
    assert places(config.parse(text.replace("RATE", "3"), "f", Path())) == [{"x": 0, "t": 0}]


def test_so_it_is_all_along_the_edge_of_a_disk():
    text = """
unknowns: [T]
domain: {kind: disk, radius: 2, time: {t: [0, 1]}}
terms:
  - equation: T_t = laplacian(T) + SOURCE
  - {equation: T = 0, on: t=0}
  - {equation: T = 0, on: boundary, hard: true}
"""
    assert places(config.parse(text.replace("SOURCE", "1"), "f", Path())) == [{"boundary": 0, "t": 0}]
    assert not places(config.parse(text.replace("SOURCE", "4 - x^2 - y^2"), "f", Path()))


def test_what_is_built_in_on_both_leaves_the_network_bounded():
    """A wall that is heated steadily: T = t f(x/√t), f = (1 + 2s²) erfc(s) - 2s exp(-s²)/√π, s = x/(2√(κt))."""
    ansatz = parsed(wall="t").ansatz["T"]
    (raw,) = {node for node in walk(ansatz) if isinstance(node, tree.Raw)}

    def of(point: dict[int, float], value: float) -> float:
        found = numeric.evaluate(_with(ansatz, raw, value), point, {})
        assert isinstance(found, float)
        return found

    for t in (1e-2, 1e-4, 1e-6):
        for s in (0.3, 1.0, 2.0):
            at = {0: s * 2 * math.sqrt(0.25 * t), 1: t}
            exact = t * ((1 + 2 * s * s) * math.erfc(s) - 2 * s * math.exp(-s * s) / math.sqrt(math.pi))
            assert abs((exact - of(at, 0.0)) / (of(at, 1.0) - of(at, 0.0))) < 30


def _with(expression: tree.Expression, raw: tree.Expression, value: float) -> tree.Expression:
    if expression == raw:
        return tree.Constant(value)
    return algebra.renewed(expression, lambda part: _with(part, raw, value))
