"""Places on an edge where a value meets a slope, and corners that turn inwards: what is chosen for them."""

import math
from pathlib import Path

import jax
import jax.numpy as jnp
import pytest

from pinn import config
from pinn.config import Config

EDGE = """
unknowns: [u]
domain: {kind: box, bounds: {x: [-1, 1], y: [0, 1]}}
regions:
  left: {on: y=0, where: x < 0.25}
  right: {on: y=0, where: x > 0.25}
terms:
  - equation: u_xx + u_yy = 0
  - {equation: u = 0, on: left}
  - {equation: u_y = 0, on: right}
  - {equation: u = 1, on: y=1}
  - {equation: u_x = 0, on: [x=-1, x=1]}
"""
L = """
unknowns: [u]
domain: {kind: polygon, vertices: [[-1, -1], [0, -1], [0, 0], [1, 0], [1, 1], [-1, 1]]}
terms:
  - equation: laplacian(u) = 0
  - {equation: FIRST, on: edge_2}
  - {equation: SECOND, on: edge_3}
  - {equation: u = x*y, on: [edge_1, edge_4, edge_5, edge_6]}
"""


def parsed(text: str) -> Config:
    return config.parse(text, "test.yaml", Path())


def powers(found: Config) -> list[tuple[tuple[float, ...], float]]:
    corners = getattr(found.document.network, "corners", [])
    return [(tuple(corner.at.values()), round(corner.power, 4)) for corner in corners]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", [((0.25, 0), 0.5)]),
        ("u_y = 0, on: right", "u_y = 3*(u - 2), on: right", [((0.25, 0), 0.5)]),
        ("u_y = 0", '"d(u, n) = 1"', [((0.25, 0), 0.5)]),
        ("u_y = 0, on", "u = 1, on", [((0.25, 0), 1)]),  # values that jump: a function of the angle
        ("u_y = 0, on", "u = (x - 0.25)^2*(1.375 - x), on", []),
        ("u = 0, on: left", "u_y = 1, on: left", []),
        ("u_xx + u_yy", "u_xx + 4*u_yy", [((0.25, 0), 0.5)]),
        ("u_xx + u_yy", "u_xx - u_yy", []),  # waves carry what is singular away
        ("x > 0.25", "x > 0.3", []),  # nothing is known in between
        ("x > 0.25", "x > 0", []),  # Cauchy data
        ("  - {equation: u_y = 0, on: right}\n", "", []),
    ],
)
def test_where_a_value_meets_a_slope_solutions_are_like_a_root(old: str, new: str, expected: list[object]):
    assert powers(parsed(EDGE.replace(old, new))) == expected


def test_the_place_is_one_for_all_times():
    text = EDGE.replace("y: [0, 1]}}", "y: [0, 1], t: [0, 2]}, time: t}").replace("u_xx + u_yy", "u_xx + u_yy - u_t")
    assert powers(parsed(text)) == [((0.25, 0), 0.5)]
    assert not powers(parsed(text.replace("0.25", "0.1*t")))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("u = 0", "u = 0", [0.6667]),
        ("u = 0, hard: true", "u = 0, hard: true", []),  # the built-in factor is singular in the same way
        ('"d(u, n) = 0"', '"d(u, n) = y"', [0.6667]),
        ("u = 0", '"d(u, n) = 0"', [0.3333]),
    ],
)
def test_edges_that_turn_inwards_decide_the_power(first: str, second: str, expected: list[float]):
    text = L.replace("FIRST", first).replace("SECOND", second)
    assert powers(parsed(text)) == [((0, 0), power) for power in expected]


def test_at_other_angles_it_is_another_one():
    """A hexagon has 120 degrees: r^(3/4) between a value and a slope, and nothing singular between two of a kind."""
    corners = [[math.cos(k * math.pi / 3), math.sin(k * math.pi / 3)] for k in range(6)]
    text = f"""
unknowns: [u]
domain: {{kind: polygon, vertices: {corners}}}
terms:
  - equation: laplacian(u) = -1
  - {{equation: u = 0, on: [edge_1, edge_2, edge_3]}}
  - {{equation: "d(u, n) = 0", on: [edge_4, edge_5, edge_6]}}
"""
    found = powers(parsed(text))
    assert [power for _, power in found] == [0.75, 0.75]
    assert {round(at[0], 9) for at, _ in found} == {1, -1}


def test_round_edges_have_such_places_too():
    text = """
unknowns: [u]
domain: {kind: disk, center: [0, 1], radius: 2}
regions: {up: {on: boundary, where: y > 1}, low: {on: boundary, where: y < 1}}
terms:
  - equation: laplacian(u) = -1
  - {equation: u = 0, on: up}
  - {equation: "d(u, n) = 0", on: low}
"""
    assert dict(powers(parsed(text))) == {(-2, 1): 0.5, (2, 1): 0.5}


def test_equations_and_slopes_count_less_there_as_they_are_more_singular():
    """Times the root of its weight, what r^½ leaves of an equation, and of a slope, is bounded."""
    found = parsed(EDGE)
    equation, _, slope, *_ = (str(term.weight) for term in found.document.terms)
    assert equation.endswith("^1.5")
    assert slope.endswith("^0.5")
    assert not found.warnings


def test_where_a_kind_is_said_a_root_is_doubted_and_a_corner_is_not():
    (doubt,) = parsed(EDGE.replace("terms:", "network: {kind: mlp}\nterms:")).warnings
    assert "values of u end at x=0.25, y=0, where its slopes begin" in doubt.message
    assert "leave network.kind out" in (doubt.hint or "")
    inwards = L.replace("FIRST", "u = 0").replace("SECOND", "u = 0")
    assert not parsed(inwards.replace("terms:", "network: {kind: mlp}\nterms:")).warnings


@pytest.mark.parametrize(("angle", "power"), [(math.pi, 0.5), (1.5 * math.pi, 1 / 3)])
def test_the_powers_are_those_of_harmonic_functions(angle: float, power: float):
    """r^p sin(pφ) is harmonic, vanishes at φ = 0, and has no slope across φ = ω."""

    def function(x: jax.Array) -> jax.Array:
        phi = jnp.mod(jnp.arctan2(x[1], x[0]), math.tau)
        return (x @ x) ** (power / 2) * jnp.sin(power * phi)

    hessian = jax.hessian(function)(jnp.array([-0.3, 0.4]))
    assert float(jnp.trace(hessian)) == pytest.approx(0, abs=1e-12)
    across = jnp.array([-math.sin(angle), math.cos(angle)])
    edge = jnp.array([math.cos(angle - 1e-9), math.sin(angle - 1e-9)])
    assert float(jax.grad(function)(edge) @ across) == pytest.approx(0, abs=1e-8)
