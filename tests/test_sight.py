"""Sources and built-in values that the points of training miss are told before the first step."""

import math
from pathlib import Path

import pytest

from pinn import config, problems, sight

LINE = """unknowns: [u]
parameters: {w: 2e-4}
domain: {kind: box, bounds: {x: [0, 1]}}
define: {peak: exp(-((x - 0.471)/w)^2)/w}
terms:
  - %s
  - {equation: u = %s, on: x=0, hard: true}
"""
PLANE = """unknowns: [u]
domain: {kind: %s}
terms:
  - equation: -laplacian(u) = %s
  - {equation: u = 0, on: boundary, hard: true}
"""


def unseen(text: str) -> list[str]:
    return sight.unseen(problems.build(config.parse(text, "f.yaml", Path())))


def test_a_peak_between_the_points_is_told_with_its_place_and_size():
    (found,) = unseen(LINE % ("equation: -u_xx = peak", 0))
    mean_square = math.sqrt(math.pi / 2) / 2e-4
    assert found.startswith("what 'term_1' asks of zero has the mean square ")
    assert f"and {mean_square:.2g} on 65536: raise sampling.points, for it is largest near x=0.471" in found
    assert found.endswith("sampling.cluster")


@pytest.mark.parametrize(
    "said",
    [
        "minimise: 0.5*u_x^2 - u*(1 + peak)",
        "minimise: integral(0.5*u_x^2 - u*(1 + peak))",
        "equation: [u = 1, -u_xx = peak]",
        "equation: log(1 + u) = u_x + peak",
        "equation: -u_xx = 1/x",
    ],
)
def test_loads_of_energies_and_of_systems_are_seen_too(said):
    (found,) = unseen(LINE % (said, 0))
    assert "asks of zero has the mean square" in found


@pytest.mark.parametrize(
    ("said", "rest"),
    [
        ("equation: -u_xx = sin(40*x) + where(x < 0.3, 5, 0)", ""),
        ("equation: -u_xx = log(x)", ""),
        ("equation: -u_xx = log(u)*peak", ""),
        ("equation: -u_xx = peak", "sampling: {kind: gauss, points: 256, cluster: {x: {at: 0.471, width: w}}}\n"),
        ("equation: -u_xx = peak", "sampling: {kind: sobol, points: 256, redraw_every: 10}\n"),
        ("equation: -u_xx = peak", "sampling: {points: 20000}\n"),
    ],
)
def test_what_points_see_or_will_see_is_left_alone(said, rest):
    assert unseen(LINE % (said, 0) + rest) == []


def test_a_narrow_value_that_is_built_in_is_told():
    text = """unknowns: [u]
domain: {kind: box, bounds: {x: [-1, 1], t: [0, 1]}, time: t}
terms:
  - equation: u_t = 0.01*u_xx
  - {equation: u = exp(-(x/%s)^2), on: t=0, hard: true}
  - {equation: u = 0, on: [x=-1, x=1], hard: true}
"""
    (found,) = unseen(text % 1e-4)
    assert found.startswith("the value of u that is built in has the mean square ")
    assert unseen(text % 0.1) == []


@pytest.mark.parametrize("kind", ["disk", "box, bounds: {x: [-1, 1], y: [-1, 1]}", "ball, coordinates: [x, y, z]"])
def test_every_kind_of_domain(kind):
    assert unseen(PLANE % (kind, "exp(-100*(x^2 + y^2))")) == []
    assert len(unseen(PLANE % (kind, "exp(-(x^2 + y^2)*1e6)"))) == 1
