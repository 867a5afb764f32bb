"""Faces, measures and normals of domains; hard conditions that hold exactly; corners where they cannot."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinn.expressions import Scope, algebra, check, evaluate, tree
from pinn.geometry import (
    Box,
    Condition,
    Entry,
    Flat,
    Gaussian,
    Interval,
    PlaceError,
    boundary,
    disagreements,
    fulfil,
    interior,
    plane,
    point,
)

NAMES = ("x", "y", "z", "t")


def box(dimension: int = 2, **roles) -> Box:
    ends = [(-1.0, 2.0), (0.0, 1.0), (3.0, 3.5), (0.0, 4.0)]
    return Box(NAMES[:dimension], tuple(Interval(a, b) for a, b in ends[:dimension]), **roles)


def condition(domain, index: int, position: float, text: str) -> Condition:
    scope = Scope(coordinates=domain.coordinates, spatial=domain.spatial)
    return Condition(flats(plane(domain, index, position))[0], check(text, scope))


def flats(entry: Entry) -> list[Flat]:
    return [piece for piece in entry.pieces if isinstance(piece, Flat)]


def value(ansatz, at: dict[int, float], raw: float) -> float:
    """The ansatz at a point, for a network that says `raw` there."""

    def filled(node):
        return tree.Constant(raw) if isinstance(node, tree.Raw) else algebra.renewed(node, filled)

    found = evaluate(filled(ansatz), at, {})
    assert isinstance(found, float)
    return found


# --- places


def test_faces_of_a_box_have_their_measures_and_outward_normals():
    domain = box(3)
    faces = {p.name: (p.normal(domain), p.measure(domain)) for p in flats(boundary(domain))}
    assert faces == {
        "x=-1": ((-1, 0, 0), 0.5),
        "x=2": ((1, 0, 0), 0.5),
        "y=0": ((0, -1, 0), 1.5),
        "y=1": ((0, 1, 0), 1.5),
        "z=3": ((0, 0, -1), 3.0),
        "z=3.5": ((0, 0, 1), 3.0),
    }
    assert interior().pieces[0].measure(domain) == 1.5


def test_time_and_family_are_left_out_of_the_boundary_and_of_normals():
    domain = box(4, time=3, family=frozenset({2}))
    assert {p.fixed[0][0] for p in flats(boundary(domain))} == {0, 1}
    assert domain.spatial == (0, 1)
    (initial,) = flats(plane(domain, 3, 0.0))
    assert initial.normal(domain) is None
    assert flats(plane(domain, 1, 1.0))[0].normal(domain) == (0, 1)


def test_a_plane_inside_looks_towards_plus():
    (piece,) = flats(plane(box(), 0, 0.25))
    assert (piece.name, piece.normal(box()), piece.measure(box())) == ("x=0.25", (1, 0), 1.0)


def test_points_and_lines():
    assert flats(point(box(), {0: 0.5, 1: 1.0}))[0].measure(box()) == 1
    (line,) = flats(point(box(3), {2: 3.25, 0: 0.0}))
    assert line.fixed == ((0, 0.0), (2, 3.25))
    assert line.free(box(3)) == (1,)
    assert line.normal(box(3)) is None


def test_periodic_coordinates_have_no_faces():
    domain = box(2, periodic=frozenset({0}))
    assert {p.fixed[0][0] for p in flats(boundary(domain))} == {1}
    for end in (-1.0, 2.0):
        with pytest.raises(PlaceError, match="there is no face x="):
            plane(domain, 0, end)
    assert flats(plane(domain, 0, 0.5))[0].fixed == ((0, 0.5),)
    with pytest.raises(PlaceError, match="no boundary") as caught:
        boundary(box(1, periodic=frozenset({0})))
    assert caught.value.hint == "all of its spatial coordinates are periodic"


def test_places_outside_are_refused_with_the_range():
    with pytest.raises(PlaceError, match="x=3 is outside the box") as caught:
        plane(box(), 0, 3.0)
    assert caught.value.hint == "x runs from -1 to 2"
    with pytest.raises(PlaceError, match=r"y=-0\.5 is outside"):
        point(box(), {1: -0.5})


def test_a_gaussian_has_planes_but_no_boundary():
    domain = Gaussian(("x", "y"), (0.0, 1.0), (1.0, 2.0))
    assert flats(plane(domain, 1, 50.0))[0].normal(domain) == (0, 1)
    assert interior().pieces[0].measure(domain) == 1
    assert domain.scales == ((0.0, 1.0), (1.0, 2.0))
    with pytest.raises(PlaceError, match="no boundary"):
        boundary(domain)


# --- hard conditions


@st.composite
def conditioned(draw):
    """A box of one to four dimensions and planes on which one function is prescribed, in different words."""
    dimension = draw(st.integers(1, 4))
    domain = box(dimension, time=3 if dimension == 4 else None)
    choices = [(i, f) for i in range(dimension) for f in (-1.0, 1.0, 0.25)]
    planes = draw(st.lists(st.sampled_from(choices), min_size=1, max_size=5, unique=True))
    a, b = draw(st.integers(-3, 3)), draw(st.integers(1, 2))
    names = NAMES[:dimension]
    text = f"{a} + exp({b}*{names[0]}/3)*sin({'+'.join(names)}) + {'*'.join(names)}^{b}"
    conditions = []
    for i, fraction in planes:
        middle, half = domain.scales[i]
        position = middle + fraction * half
        vanishing = f" + {draw(st.integers(-2, 2))}*({names[i]} - ({position!r}))*{names[-1]}"
        conditions.append(condition(domain, i, position, text + vanishing))
    return domain, conditions


@settings(max_examples=60, deadline=None, derandomize=True)
@given(conditioned(), st.integers(0, 2**31))
def test_hard_conditions_hold_exactly_whatever_the_network_says(case, seed):
    domain, conditions = case
    ansatz = fulfil(domain, "u", conditions)
    assert not list(disagreements(domain, conditions, {}))
    draws = np.random.default_rng(seed)
    for c in conditions:
        fractions = draws.uniform(-1, 1, len(domain.coordinates))
        at = {i: m + f * half for i, ((m, half), f) in enumerate(zip(domain.scales, fractions, strict=True))}
        at |= c.places
        wanted = evaluate(c.value, at, {})
        assert isinstance(wanted, float)
        assert value(ansatz, at, draws.normal()) == pytest.approx(wanted, rel=1e-10, abs=1e-10)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(conditioned(), st.integers(0, 2**31))
def test_the_network_stays_free_away_from_the_planes(case, seed):
    domain, conditions = case
    ansatz = fulfil(domain, "u", conditions)
    fractions = np.random.default_rng(seed).choice([-0.6, 0.1, 0.55], len(domain.coordinates))
    at = {i: m + f * half for i, ((m, half), f) in enumerate(zip(domain.scales, fractions, strict=True))}
    slope = value(ansatz, at, 1.0) - value(ansatz, at, 0.0)
    assert 1e-4 < abs(slope) <= 4


def test_without_conditions_the_unknown_is_the_network():
    assert fulfil(box(), "u", []) == tree.Raw("u")


def test_values_singular_off_their_plane_do_no_harm():
    domain = box(1)
    ansatz = fulfil(domain, "u", [condition(domain, 0, 2.0, "1/x")])
    assert value(ansatz, {0: 0.0}, 0.0) == pytest.approx(0.5)


def test_a_known_solution_on_the_boundary_does_not_fill_the_inside():
    domain = box(2)
    on = [(0, -1.0), (0, 2.0), (1, 0.0), (1, 1.0)]
    text = "sin(3*x)*cos(2*y)"
    ansatz = fulfil(domain, "u", [condition(domain, i, p, text) for i, p in on])
    assert abs(value(ansatz, {0: 0.5, 1: 0.4}, 0.0) - math.sin(1.5) * math.cos(0.8)) > 0.05


def test_conditions_that_disagree_in_a_corner_are_found():
    domain = box(2, time=1)
    initial = condition(domain, 1, 0.0, "cos(x)")
    left, right = condition(domain, 0, -1.0, "cos(1)"), condition(domain, 0, 2.0, "0")
    (gap,) = disagreements(domain, [initial, left, right], {})
    assert (gap.first, gap.second) == (initial, right)
    assert gap.point == {0: 2.0, 1: 0.0}
    assert gap.values == pytest.approx((math.cos(2), 0))


def test_a_gap_in_the_middle_of_an_edge_is_found():
    domain = box(3)
    a, b = condition(domain, 0, -1.0, "(z - 3)*(3.5 - z)"), condition(domain, 1, 0.0, "0")
    assert len(list(disagreements(domain, [a, b], {}))) == 1


def test_opposite_faces_never_meet_and_one_plane_cannot_have_two_values():
    domain = box(1)
    low, high = condition(domain, 0, -1.0, "1"), condition(domain, 0, 2.0, "5")
    assert not list(disagreements(domain, [low, high], {}))
    assert len(list(disagreements(domain, [low, condition(domain, 0, -1.0, "2")], {}))) == 1


def test_every_corner_of_a_cube_is_looked_at():
    domain = box(3)
    for corner in product((-1.0, 2.0), (0.0, 1.0), (3.0, 3.5)):
        opposite = [i.low + i.high - c for i, c in zip(domain.intervals, corner, strict=True)]
        bump = "*".join(f"abs({name} - {c})" for name, c in zip("xyz", opposite, strict=True))
        a, b = condition(domain, 0, corner[0], bump), condition(domain, 1, corner[1], "0")
        (gap,) = disagreements(domain, [a, b], {})
        assert gap.point[2] == pytest.approx(corner[2])
