"""Corners in which conditions contradict: what is chosen for them, and what a network reads there."""

import math
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinn import config, jets
from pinn.config import Config, resolve
from pinn.config.breaks import breaks
from pinn.config.polar import Polar
from pinn.errors import ConfigError
from pinn.expressions import Operator, algebra, numeric, tree
from pinn.expressions.tree import walk
from pinn.jets import Space
from pinn.networks import inputs

QUENCH = """
unknowns: [T]
domain: {kind: box, bounds: {x: [0, 2], t: [0, 0.5]}, time: t}
terms:
  - equation: T_t = 0.25*T_xx
  - {equation: T = 1, on: t=0}
  - {equation: T = 0, on: x=0, hard: true}
  - {equation: T_x = 0, on: x=2}
"""
PLATE = """
unknowns: [T]
domain: {kind: box, bounds: {x: [0, 4], y: [0, 1]}}
terms:
  - equation: 4*T_xx + T_yy = 0
  - {equation: T = 1, on: y=1}
  - {equation: T = 0, on: [x=0, x=4, y=0], hard: true}
"""


def parsed(text: str) -> Config:
    return config.parse(text, "test.yaml", Path())


def corners(found: Config) -> list[tuple[dict[str, float], dict[str, float] | None]]:
    return [(corner.at, corner.scale) for corner in getattr(found.document.network, "corners", [])]


def test_a_jump_at_the_start_has_a_corner_whose_distance_spreads_as_heat_does():
    found = parsed(QUENCH)
    ((at, scale),) = corners(found)
    assert at == {"x": 0, "t": 0}
    assert scale == {"x": 2, "t": pytest.approx(2**2 / (4 * 0.25))}  # x²/4κt is of size one where the solution varies
    (said,) = found.chosen_network
    assert "around x=0, t=0, where solutions jump" in said
    cluster = found.document.sampling.cluster
    assert cluster is not None
    assert {name: one.at for name, one in cluster.items()} == {"x": [0], "t": [0]}
    assert found.document.terms[0].weight
    assert not found.warnings


def test_distances_are_those_in_which_the_equation_is_the_laplacian():
    first, second = corners(parsed(PLATE))
    assert (first[0], second[0]) == ({"x": 0, "y": 1}, {"x": 4, "y": 1})
    assert first[1] is not None
    assert first[1]["x"] / first[1]["y"] == pytest.approx(2, rel=0.05)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("T = 0, on: x=0, hard: true", "T_x = 3*T, on: x=0", True),  # convection: a bend, not a jump
        ("T = 0, on: x=0, hard: true", "T_x = T^4, on: x=0", True),  # radiation
        ("{equation: T = 0, on: x=0, hard: true}", '{equation: "d(T, n) = -3*T", on: [x=0, x=2]}', True),
        ("{equation: T = 0, on: x=0, hard: true}", '{equation: "d(T, n) = 1", on: x=0}', True),
        ("{equation: T = 0, on: x=0, hard: true}", '{equation: "dot(grad(T), n) + 2*T = 0", on: x=0}', True),
        ("{equation: T = 0, on: x=0, hard: true}", '{equation: "d(T, n) = 3*(1 - T)", on: x=0}', False),
        ("T = 0, on: x=0, hard: true", "T_x = 3*(T - 1), on: x=0", False),
        ("T = 0, on: x=0, hard: true", "T = cos(t), on: x=0", False),
        ("T_t = 0.25*T_xx", "T_t = T_x", False),  # jumps travel
        ("terms:", "training: {slabs: 2}\nterms:", False),
        ("terms:", "network: {kind: mlp}\nterms:", False),
        ("terms:", "network: {corners: []}\nterms:", False),
        ("terms:", "network: {hidden: [20, 20]}\nterms:", True),
        ("unknowns: [T]", "unknowns: {T: {network: {kind: siren}}}", False),
    ],
)
def test_corners_are_chosen_where_conditions_contradict_and_nothing_else_is_said(old: str, new: str, expected: bool):
    assert bool(corners(parsed(QUENCH.replace(old, new)))) is expected


def test_where_a_kind_is_said_the_corner_is_doubted():
    (doubt,) = parsed(QUENCH.replace("terms:", "network: {kind: mlp}\nterms:")).warnings
    assert "jumps in a corner" in doubt.message
    assert "leave network.kind out" in (doubt.hint or "")


def test_slabs_of_time_are_told_to_be_in_the_way():
    (doubt,) = parsed(QUENCH.replace("terms:", "training: {slabs: 2}\nterms:")).warnings
    assert "leave training.slabs out" in (doubt.hint or "")


def test_what_is_said_of_points_and_weights_stays():
    text = QUENCH.replace("T_t = 0.25*T_xx", "T_t = 0.25*T_xx\n    weight: 7")
    found = parsed(text + "sampling: {points: 500, cluster: {t: {at: 0.1, width: 0.2}}}\n")
    assert corners(found)
    assert found.document.terms[0].weight == 7
    assert list(found.document.sampling.cluster or ()) == ["t"]
    assert found.document.sampling.points == 500


def test_times_may_run_backwards():
    text = QUENCH.replace("T_t = 0.25*T_xx", "-T_t = 0.25*T_xx").replace("on: t=0", "on: t=0.5")
    ((at, _),) = corners(parsed(text))
    assert at == {"x": 0, "t": 0.5}


@pytest.mark.parametrize("text", [QUENCH, PLATE], ids=["quench", "plate"])
def test_a_resolved_config_is_the_same(text: str):
    found = parsed(text)
    again = config.parse(resolve.text(found).encode(), "resolved.yaml", Path())
    assert again.document == found.document
    assert again.ansatz == found.ansatz
    assert [term.weight for term in again.terms] == [term.weight for term in found.terms]
    assert not again.chosen_network


@pytest.mark.parametrize(
    ("hard", "face"),
    [("T = 0, on: x=0", {0: 0.0, 1: 0.2}), ("T = 1, on: t=0", {0: 0.7, 1: 0.0})],
    ids=["wall", "start"],
)
def test_what_is_built_in_holds_and_leaves_the_network_bounded(hard: str, face: dict[int, float]):
    """Close to the corner the similarity solution is of size one, and so is what the network has to say."""
    text = QUENCH.replace(", hard: true", "").replace(f"{{equation: {hard}}}", f"{{equation: {hard}, hard: true}}")
    text = text.replace(f"equation: {hard}}}", f"equation: {hard}, hard: true}}")
    ansatz = parsed(text).ansatz["T"]
    (raw,) = {node for node in walk(ansatz) if isinstance(node, tree.Raw)}

    def of(point: dict[int, float], value: float) -> float:
        found = numeric.evaluate(_with(ansatz, raw, value), point, {})
        assert isinstance(found, float)
        return found

    assert of(face, 5.0) == pytest.approx(0.0 if "x=0" in hard else 1.0, abs=1e-12)
    for distance in (1e-2, 1e-4, 1e-6):
        for angle in (0.3, 1.0, 2.0):
            t = distance**2
            x = angle * 2 * math.sqrt(0.25 * t)
            at = {0: x, 1: t}
            slope = of(at, 1.0) - of(at, 0.0)
            needed = (math.erf(angle) - of(at, 0.0)) / slope
            assert abs(needed) < 10


def _with(expression: tree.Expression, raw: tree.Expression, value: float) -> tree.Expression:
    if expression == raw:
        return tree.Constant(value)
    return algebra.renewed(expression, lambda part: _with(part, raw, value))


@pytest.mark.parametrize(
    ("marching", "power"), [(False, 1.0), (True, 1.0), (False, 2 / 3)], ids=["polar", "marching", "power"]
)
def test_polar_coordinates_have_the_derivatives_of_their_formula(marching: bool, power: float):
    corner = Polar((1, 0), (1.0, -1.0), (-0.7, 1.3), marching, power)

    def formula(units: jax.Array) -> jax.Array:
        x, y = (units[1] - 1.0) / -0.7, (units[0] + 1.0) / 1.3
        r = jnp.sqrt(x**2 + (y if marching else y**2))
        return jnp.stack([r**power, x / r, y / r**2 if marching else y / r])

    point = jnp.array([0.2, -0.4])
    space = Space.closure([Operator.partial(0, 0, 0), Operator.partial(0, 1, 1)])
    found = inputs.around(corner, jets.coordinates(space, 0, point, [0, 1]))
    for operator in space.basis:
        expected = formula
        for index in operator.terms[0][0]:
            expected = lambda x, f=expected, i=index: jax.jacfwd(f)(x)[..., i]
        np.testing.assert_allclose(found.series(operator)[0], operator.terms[0][1] * expected(point), rtol=1e-10)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("marching", [False, True], ids=["polar", "marching"])
@pytest.mark.parametrize("center", [(1.0, -1.0), (0.0, 1.0), (1 / 3, -1.0), (-0.2, 0.3)])
def test_in_the_corner_itself_they_are_those_beside_it(center: tuple[float, float], marching: bool, dtype: str):
    marching = marching and abs(center[1]) == 1
    corner = Polar((0, 1), center, (0.4, 0.4 if center[1] < 0 or not marching else -0.4), marching)
    at = jnp.array(center, dtype) * (1 + jnp.array([0, jnp.finfo(dtype).eps]).astype(dtype))
    found = inputs.around(corner, jets.coordinates(Space.closure([Operator.partial(0)]), 0, at, [0, 1])).value
    assert np.isfinite(found).all()
    assert found[1] ** 2 + (found[2] if marching else found[2] ** 2) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("[{at: {x: 0, z: 0}}]", "'z' is not a coordinate"),
        ("[{at: {x: 0}}]", "2"),
        ("[{at: {x: 0, t: 0.2}}]", "on both sides of this corner"),
        ("[{at: {x: 0, t: 0}, scale: {x: 1, y: 2}}]", "'y' is not a coordinate"),
        ("[{at: {x: 7, t: 0}}]", "x=7 is outside of the box"),
        ("[{at: {x: 0, t: 0}, marching: y}]", "y is not a coordinate of this corner"),
        ("[{at: {x: 0, t: 0}, scale: {x: 1, t: -2}}]", "must be above 0, not -2"),
    ],
)
def test_what_is_no_corner_is_told(said: str, message: str):
    with pytest.raises(ConfigError) as raised:
        parsed(QUENCH.replace("terms:", f"network: {{corners: {said}}}\nterms:"))
    assert message in raised.value.render()


LID = """
unknowns: [u, v, p]
domain: {kind: box, bounds: {x: [0, 1], y: [0, 1]}}
terms:
  - equation: [laplacian(u) = p_x, laplacian(v) = p_y]
  - equation: div([u, v]) = 0
  - {equation: [u = 1, v = 0], on: y=1}
  - {equation: [u = 0, v = 0], on: [x=0, x=1, y=0], hard: true}
  - equation: integral(p) = 0
"""


def test_pressure_is_more_singular_than_velocity_and_mass_counts_more_than_momentum():
    """Under a lid velocity is a function of the angle, pressure one over the distance (Batchelor 1967, section 4.8)."""
    found = parsed(LID)
    for x in (1e-2, 1e-4):
        (raw,) = {node for node in walk(found.ansatz["p"]) if isinstance(node, tree.Raw)}
        value = numeric.evaluate(_with(found.ansatz["p"], raw, 1.0), {0: x, 1: 1.0}, {})
        assert value == pytest.approx(1 / x, rel=0.1)
    momentum, mass = (str(term.weight) for term in found.document.terms[:2])
    assert momentum.count("^2*") == mass.count(")*(") == 1
    assert momentum.endswith(")^2")
    assert not mass.endswith("^2")


def test_an_unknown_that_only_time_changes_is_as_regular_as_what_diffuses():
    text = QUENCH.replace("[T]", "[T, s]").replace("T_t = 0.25*T_xx", "[T_t = 0.25*T_xx - s, s_t = T]")
    text += "  - {equation: s = 0, on: t=0, hard: true}\n"
    fits = parsed(text.replace("T = 1", "T = 0"))
    assert corners(parsed(text))
    assert not corners(fits)
    assert parsed(text).ansatz["s"] == fits.ansatz["s"]


CALL = """
unknowns: [V]
domain: {kind: box, bounds: {S: [0, 250], t: [0, 1]}, time: t}
terms:
  - equation: V_t + 0.02*S^2*V_SS + 0.05*S*V_S - 0.05*V = 0
  - {equation: "V = PAYOFF", on: t=1}
  - {equation: V = 0, on: S=0, hard: true}
"""


@pytest.mark.parametrize(
    ("payoff", "places"),
    [
        ("max(S - 100, 0)", [100]),
        ("abs(S - 80)*step(S - 80)", [80]),
        ("where(S > 120, 1, 0)", [120]),
        ("max(S - 50, 0) - max(S - 200, 0)", [50, 200]),
        ("softplus(S - 100)", []),
        ("max(S + 1, 0) - 1", []),
        ("S*tanh((S - 100)/0.5)", []),
    ],
)
def test_data_that_jump_or_bend_on_a_face_have_corners_there(payoff: str, places: list[float]):
    found = corners(parsed(CALL.replace("PAYOFF", payoff)))
    assert [at for at, _ in found] == [{"S": pytest.approx(place, abs=1e-3), "t": 1} for place in places]


def test_what_jumps_as_time_goes_on_has_none():
    wall = '"T = where(t < 0.2, 0, 1)", on: x=0'
    assert not corners(parsed(QUENCH.replace("T = 0, on: x=0, hard: true", wall).replace("T = 1", "T = 0")))


@settings(deadline=None, max_examples=50)
@given(st.floats(-0.9, 2.9), st.floats(0.3, 3.0), st.booleans())
def test_breaks_are_found_where_they_are(place: float, size: float, jumps: bool):
    function = lambda x: math.sin(x) + size * (float(x > place) if jumps else abs(x - place))
    (found,) = breaks(function, -1.0, 3.0)
    assert found == (pytest.approx(place, abs=1e-4), 0 if jumps else 1)


@settings(deadline=None, max_examples=50)
@given(st.floats(0.1, 40.0), st.floats(0.0, 6.0))
def test_what_is_smooth_has_none(frequency: float, phase: float):
    assert not list(breaks(lambda x: math.cos(frequency * x + phase) + math.exp(x), -1.0, 3.0))
