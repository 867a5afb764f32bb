"""Balls of any dimension: measures, points that are uniform inside and on the sphere, conditions that hold exactly."""

import math
from itertools import product
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pinn import config, fields, problems, verification
from pinn.batches import arguments
from pinn.errors import ConfigError, NumericsError
from pinn.evaluation import Solution
from pinn.expressions.axes import components
from pinn.geometry import Ball, PlaceError, Region, Sphere, boundary, interior, plane, point
from pinn.objectives import Objective
from pinn.sampling import Points, counts, sample
from pinn.schema import Sampling

KINDS = ("random", "sobol", "halton", "lhs")
INSIDE = Region((interior(),))


def ball(dimension: int, radius: float = 1.0, center: float = 0.0) -> Ball:
    return Ball(components("x", dimension), (center,) * dimension, radius, own_vectors={"x": range(dimension)})


def drawn(domain: Ball, region: Region, kind: str, count: int, seed: int = 0) -> Points:
    return sample(domain, region, Sampling.model_validate({"kind": kind, "points": count}), count, [seed, "training"])


def on_sphere(domain: Ball) -> Region:
    return Region((boundary(domain),))


# --- measures and places


@pytest.mark.parametrize(
    ("dimension", "volume", "area"),
    [(1, 2, 2), (2, math.pi, 2 * math.pi), (3, 4 / 3 * math.pi, 4 * math.pi), (4, math.pi**2 / 2, 2 * math.pi**2)],
)
@pytest.mark.parametrize("radius", [1.0, 0.5, 3.0])
def test_volumes_and_areas(dimension: int, volume: float, area: float, radius: float):
    domain = ball(dimension, radius)
    assert interior().pieces[0].measure(domain) == pytest.approx(volume * radius**dimension, rel=1e-13)
    assert boundary(domain).pieces[0].measure(domain) == pytest.approx(area * radius ** (dimension - 1), rel=1e-13)


def test_the_volume_in_a_thousand_dimensions_is_zero_and_its_logarithm_is_not():
    piece = interior().pieces[0]
    assert piece.measure(ball(1000)) == 0
    assert piece.log_measure(ball(1000)) / math.log(10) == pytest.approx(
        500 * math.log10(math.pi) - math.log10(math.factorial(500))
    )


def test_places():
    domain = ball(3, 2.0, 1.0)
    (sphere,) = boundary(domain).pieces
    assert sphere == Sphere("boundary", (1.0, 1.0, 1.0), 2.0)
    assert sphere.has_normal and not interior().pieces[0].has_normal
    assert point(domain, {0: 1.0, 1: 1.0, 2: 3.0}).pieces[0].measure(domain) == 1
    assert point(domain, {0: 1.0, 1: 1.0, 2: 1.0}).name == "{x: 1}"
    for wrong, said in (
        (lambda: point(domain, {0: 0.0, 1: 0.0, 2: 3.0}), "is outside the ball"),
        (lambda: point(domain, {0: 3.0}), "is outside the ball"),
        (lambda: plane(domain, 0, -2.0), "x\\[0\\]=-2 is outside"),
        (lambda: plane(domain, 0, 3.0), "touches the ball in one point"),
    ):
        with pytest.raises(PlaceError, match=said):
            wrong()


# --- points


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=8, deadline=None, derandomize=True)
@given(dimension=st.integers(1, 30), count=st.integers(1, 60), seed=st.integers(0, 99))
def test_points_lie_where_they_should(kind: str, dimension: int, count: int, seed: int):
    domain = ball(dimension, 1.5, -2.0)
    inside, outer = drawn(domain, INSIDE, kind, count, seed), drawn(domain, on_sphere(domain), kind, count, seed)
    assert len(inside) == len(outer) == count
    assert (np.linalg.norm(inside.points + 2, axis=1) <= 1.5 * (1 + 1e-12)).all()
    assert np.linalg.norm(outer.points + 2, axis=1) == pytest.approx(1.5, rel=1e-12)
    assert inside.normals is None and outer.normals is not None
    assert outer.normals == pytest.approx((outer.points + 2) / 1.5, abs=1e-12)
    assert inside.weights.sum() == pytest.approx(interior().pieces[0].measure(domain))
    assert inside.shares.sum() == pytest.approx(1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dimension", [1, 2, 3, 8])
def test_points_are_uniform(kind: str, dimension: int):
    """Radii to the power d are uniform in a ball; a component of a direction has a density that is known."""
    domain = ball(dimension)
    inside, outer = (drawn(domain, region, kind, 2048).points for region in (INSIDE, on_sphere(domain)))
    powers = np.linalg.norm(inside, axis=1) ** dimension
    assert stats.kstest(powers, "uniform").statistic < 0.04
    assert np.abs(inside.mean(axis=0)).max() < 0.05
    spread = inside.T @ inside / len(inside)
    assert np.abs(spread - np.eye(dimension) / (dimension + 2)).max() < 0.03
    if dimension > 1:
        component = stats.beta((dimension - 1) / 2, (dimension - 1) / 2, loc=-1, scale=2)
        for column in outer.T:
            assert stats.kstest(column, component.cdf).statistic < 0.04
    else:
        assert set(outer[:, 0]) == {-1.0, 1.0}


def test_integrals_over_a_ball_and_its_sphere():
    domain = ball(3, 2.0)
    inside, outer = (drawn(domain, region, "sobol", 4096) for region in (INSIDE, on_sphere(domain)))
    assert inside.weights @ inside.points[:, 0] ** 2 == pytest.approx(4 * math.pi * 2**5 / 15, rel=1e-2)
    assert outer.weights @ outer.points[:, 1] ** 4 == pytest.approx(4 * math.pi * 2**6 / 5, rel=1e-2)
    both = drawn(domain, Region((interior(), boundary(domain))), "sobol", 64)
    assert both.shares[:64].sum() == pytest.approx(2 / 5)  # volume over volume and area: R/(R + d)


def test_shares_hold_where_the_measure_underflows():
    domain = ball(1000)
    found = drawn(domain, Region((interior(), boundary(domain))), "random", 10)
    assert found.shares.sum() == pytest.approx(1)
    assert found.shares[0] == pytest.approx(0.1 / 1001)
    assert (found.weights == 0).all()


def test_default_counts():
    said = Sampling(kind="sobol", points=1000)
    assert counts(ball(2), boundary(ball(2)), said, None) == [math.ceil(2 * 1000**0.5)]
    assert counts(ball(1000), boundary(ball(1000)), said, None) == [math.ceil(2 * 1000**0.999)]


# --- configs

TWO = """
unknowns: [u]
domain: {kind: ball, coordinates: [x, y], center: [1, -1], radius: 3/2}
network: {kind: mlp, hidden: [6]}
"""
HARD = TWO + "terms:\n  - equation: laplacian(u) = 1\n  - {equation: 'u = %s', on: boundary, hard: true}\n"
THOUSAND = "unknowns: [u]\ndomain: {kind: ball, coordinates: {x: 1000}}\nnetwork: {kind: mlp, hidden: [3]}\n"


def parse(text: str) -> config.Config:
    return config.parse(text, "f.yaml", Path())


def mistakes(text: str) -> list[tuple[str, str | None]]:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return [(d.message, d.hint) for d in caught.value.diagnostics]


@pytest.mark.parametrize("value", ["0", "sin(x)*y", "x + dot([x, y], n)"])
@pytest.mark.parametrize("coordinates", ["[x, y]", "{x: 1, y: 1}"])
def test_hard_conditions_hold_on_the_sphere_whatever_the_network_says(value: str, coordinates: str):
    if coordinates != "[x, y]":
        value = (
            value.replace("sin(x)", "sin(x[0])").replace("y", "y[0]").replace("x +", "x[0] +").replace("[x,", "[x[0],")
        )
    known = parse((HARD % value).replace("[x, y], center", f"{coordinates}, center"))
    problem = problems.build(known)
    model = fields.initial(known, jnp.uint32(3))
    verification._check_conditions(known, model)
    region = Region((boundary(known.domain),))
    sphere = sample(known.domain, region, Sampling(kind="random", points=9), 9, [0])
    x, y = sphere.points.T
    normals = (sphere.points - [1, -1]) / 1.5
    wanted = {"0": 0 * x, "s": np.sin(x) * y, "x": x + (sphere.points * normals).sum(axis=1)}[value[0]]
    assert Solution(known, model).ask([], sphere.points)["u"] == pytest.approx(wanted, abs=1e-12)
    inside = problem.points("training")[0].points[:5]
    assert (np.abs(Solution(known, model).ask([], inside)["u"]) > 0).all()


def test_the_factor_is_the_distance_to_the_sphere_to_first_order():
    known = parse(HARD % "0")
    near = np.array([[1 + 1.499, -1.0], [1.0, -1 - 1.499]])
    raw = parse(TWO + "terms: [equation: u = 1]\n")
    model = fields.initial(known, jnp.uint32(3))
    ratio = Solution(known, model).ask([], near)["u"] / Solution(raw, model).ask([], near)["u"]
    assert ratio == pytest.approx(0.001, rel=1e-3)


def test_a_missed_condition_is_noticed():
    known = parse(HARD % "sqrt(x - 1)")  # not a number on half of the circle
    with pytest.raises(NumericsError, match="at boundary is missed"):
        verification._check_conditions(known, fields.initial(known, jnp.uint32(0)))


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (TWO.replace("3/2", "-1") + "terms: [equation: u = 1]\n", "the radius is -1", "it must be above zero"),
        (TWO.replace("[1, -1]", "[1, 2, 3]") + "terms: [equation: u = 1]\n", "3 numbers for 2 coordinates",
         "write one for each, or a single one"),
        (TWO + "sampling: {kind: grid}\nterms: [equation: u = 1]\n",
         "'grid' is a product of lines, which a ball is not", "there are random, sobol, halton and lhs"),
        (TWO + "terms: [{equation: u = 1, sampling: {kind: gauss}}]\n",
         "'gauss' is a product of lines, which a ball is not", "there are random, sobol, halton and lhs"),
        (TWO + "terms: [{equation: u = 1, on: x=1, hard: true}]\n", "no hard condition on u on x=1",
         "hard conditions hold on the boundary; use the soft form: drop 'hard: true'"),
        (TWO + "terms: [{equation: u = 1, on: x=3}]\n", "x=3 is outside the domain", "x runs from -0.5 to 2.5"),
        (TWO + "terms: [{equation: u = 1, on: {x: 9, y: 0}}]\n", "{x: 9, y: 0} is outside the ball",
         "its distance from the center is 8.06226 of 1.5"),
        (HARD % "0" + "  - {equation: u = x - 1, on: boundary, hard: true}\n",
         "hard conditions on u disagree at x=2.5, y=-1: 0 on boundary, 1.5 on boundary",
         "make the data agree there, or drop 'hard: true' on one of them"),
        (THOUSAND + "terms: [minimise: u^2]\n",
         "the measure of interior is about 1e-886, which no number here can hold",
         "an equation is a mean and needs no measure; or rescale the domain"),
        (TWO + "terms: [{equation: u = 1, weight: 'x^2 + y^2 - 2'}]\n", "a weight must not be negative",
         "it is -1.5 at x=0.133975, y=-1"),
    ],
)  # fmt: skip
def test_mistakes(text: str, message: str, hint: str):
    found = mistakes(text)
    assert [m for m, _ in found] == [message]
    if "weight" not in text and "disagree" not in message:
        assert found[0][1] == hint


def test_a_weight_need_not_be_positive_outside():
    assert parse(TWO + "terms: [{equation: u = 1, weight: 9/4 - (x - 1)^2 - (y + 1)^2}]\n").terms


def test_a_mean_in_a_thousand_dimensions_is_finite():
    known = parse(THOUSAND + "terms:\n  - {equation: u = 1, weight: 2}\n  - {equation: u = 0, on: boundary}\n")
    problem = problems.build(known)
    args = arguments(problem, problem.points("training", 8))
    found = Objective.of(problem).terms(fields.ravel(fields.initial(known, jnp.uint32(0))), args)
    assert all(0 < float(value.loss) < 10 for value in found.values())
    assert float(found["term_1"].loss) == pytest.approx(2 * float(found["term_1"].size))


def test_normals_turn_with_the_sphere():
    """d(u, n) of |x|² is 2 R on a sphere around the origin, by the sum over components and by the gradient."""
    for dimension, radius in product((3, 12), (1.0, 2.0)):
        text = f"unknowns: [u]\ndomain: {{kind: ball, coordinates: {{x: {dimension}}}, radius: {radius}}}\n"
        known = parse(text + f"terms:\n  - {{equation: 'd(dot(x, x) + 1e-30*u, n) = {2 * radius}', on: boundary}}\n")
        problem = problems.build(known)
        args = arguments(problem, problem.points("training", 8))
        theta = fields.ravel(fields.initial(known, jnp.uint32(0)))
        assert float(Objective.of(problem).value(theta, args)) < 1e-20
