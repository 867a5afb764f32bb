"""Spheres as domains: areas, points that are uniform, rules that are exact, derivatives of the surface."""

import math
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from pinn import config, fields, problems, verification
from pinn.config import summary
from pinn.errors import ConfigError
from pinn.evaluation import Solution
from pinn.expressions.axes import components
from pinn.geometry import ALONE, Box, Interval, Region, Shell, interior
from pinn.sampling import Points, sample
from pinn.schema import Sampling

WHOLE = Region((interior(),))
SCATTERED = ("random", "sobol", "halton", "lhs")


def shell(dimension: int, radius: float = 1.0, center: float = 0.0, span: Interval | None = None) -> Shell:
    times = Box(("t",), (span,), 0) if span else ALONE
    names = tuple(components("x", dimension))
    return Shell(names, (center,) * dimension, radius, beside=times, own_vectors={"x": range(dimension)})


def drawn(domain: Shell, kind: str, count: int, apart: int | None = None) -> Points:
    said = Sampling.model_validate({"kind": kind, "points": count})
    other = None if apart is None else (Sampling.model_validate({"kind": kind, "points": apart}), None)
    return sample(domain, WHOLE, said, None, [0, "training"], other)


@pytest.mark.parametrize(
    ("dimension", "area"), [(2, 2 * math.pi), (3, 4 * math.pi), (4, 2 * math.pi**2), (5, 8 / 3 * math.pi**2)]
)
@pytest.mark.parametrize("radius", [1.0, 0.5, 3.0])
def test_areas(dimension: int, area: float, radius: float):
    piece, timed = interior().pieces[0], shell(dimension, radius, span=Interval(1, 3))
    assert piece.measure(shell(dimension, radius)) == pytest.approx(area * radius ** (dimension - 1), rel=1e-13)
    assert piece.measure(timed) == pytest.approx(2 * area * radius ** (dimension - 1), rel=1e-13)
    assert (piece.dimension(shell(dimension)), piece.dimension(timed)) == (dimension - 1, dimension)


@pytest.mark.parametrize("kind", SCATTERED)
@pytest.mark.parametrize("dimension", [2, 3, 5])
def test_scattered_points_are_uniform(kind: str, dimension: int):
    points = drawn(shell(dimension, 2.0, 1.0), kind, 4000).points
    assert np.linalg.norm(points - 1, axis=1) == pytest.approx(2, rel=1e-14)
    half = 0.5 * (dimension - 1)
    for column in (points.T - 1) / 2:  # (1 + x)/2 has a beta distribution
        assert stats.kstest((1 + column) / 2, stats.beta(half, half).cdf).pvalue > 1e-3
    assert np.cov(points.T) == pytest.approx(4 / dimension * np.eye(dimension), abs=0.15)


def moment(powers: tuple[int, ...]) -> float:
    """The mean of a monomial over the unit sphere (Folland, Amer. Math. Monthly 108, 2001)."""
    if any(power % 2 for power in powers):
        return 0.0
    top = math.prod(math.gamma((power + 1) / 2) for power in powers) / math.gamma(sum(p + 1 for p in powers) / 2)
    return top * math.gamma(len(powers) / 2) / math.gamma(0.5) ** len(powers)


@pytest.mark.parametrize(
    "powers", [(0, 0, 0), (2, 0, 0), (0, 0, 2), (2, 2, 0), (2, 4, 2), (1, 0, 6), (0, 0, 9), (4, 0, 4)]
)
def test_the_gauss_rule_of_the_sphere_is_exact_for_polynomials(powers: tuple[int, int, int]):
    points = drawn(shell(3), "gauss", 50)
    assert len(points) == 50  # 5 heights: up to degree 9
    found = points.weights @ np.prod(points.points**powers, axis=1)
    assert found == pytest.approx(4 * math.pi * moment(powers), rel=1e-13, abs=1e-14)


def test_equal_steps_on_the_circle_are_exact_below_their_number():
    points = drawn(shell(2, 2.0), "gauss", 9)
    assert points.weights.sum() == pytest.approx(4 * math.pi)
    for powers in ((2, 0), (4, 2), (3, 5)):
        found = points.shares @ np.prod((points.points / 2) ** powers, axis=1)
        assert found == pytest.approx(moment(powers), abs=1e-14)


def test_rules_are_products_with_times():
    points = drawn(shell(3, span=Interval(0, 2)), "gauss", 600)
    found = points.weights @ (points.points[:, 2] ** 4 * points.points[:, 3] ** 5)
    assert found == pytest.approx(4 * math.pi / 5 * 2**6 / 6, rel=1e-12)
    assert drawn(shell(3), "grid", 200).shares == pytest.approx(1 / 200)


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("span", [None, Interval(0, 1)])
def test_other_points_are_not_those_of_training(dimension: int, span: Interval | None):
    for count in (200, 841):
        ours, theirs = (
            drawn(shell(dimension, span=span), "gauss", count),
            drawn(shell(dimension, span=span), "gauss", count, count),
        )
        assert not set(map(tuple, ours.points.round(12))) & set(map(tuple, theirs.points.round(12)))


# --- derivatives


def loaded(domain: str, rest: str = "", terms: str = "") -> config.Config:
    text = f"unknowns: [u]\ndomain: {{kind: sphere, {domain}}}\nterms:\n  - equation: laplacian(u) = u\n{terms}{rest}"
    return config.parse(text + "network: {hidden: [5]}\n", "s.yaml", Path())


def asked(known: config.Config, texts: list[str], points: np.ndarray) -> list[np.ndarray]:
    model = fields.initial(known, jnp.uint32(0))
    return list(Solution(known, model).ask(texts, points).values())


@pytest.fixture(scope="module")
def tilted() -> tuple[config.Config, np.ndarray]:
    """A sphere of radius 2 around (1, 0, -1), and points on it."""
    known = loaded("coordinates: [x, y, z], center: [1, 0, -1], radius: 2", "exact: {u: (x - 1)*y + 3*(z + 1)}\n")
    return known, sample(known.domain, WHOLE, Sampling(kind="random", points=40), None, [1]).points


def test_derivatives_are_those_of_the_surface(tilted):
    known, points = tilted
    x, y, z = (points - [1, 0, -1]).T
    n = np.stack([x, y, z]) / 2
    slope = np.stack([y, x, 3 + 0 * z])
    slope = slope - n * np.sum(n * slope, axis=0)
    texts = {
        "exact.u_x": slope[0],
        "laplacian(exact.u)": -(6 * x * y + 2 * 3 * z) / 4,
        "laplacian(laplacian(exact.u))": (36 * x * y + 4 * 3 * z) / 16,
        "div(grad(exact.u))": -(6 * x * y + 6 * z) / 4,
        "div(x*grad(exact.u))": -(x + 1) * (6 * x * y + 6 * z) / 4 + slope[0],
        "dot(grad(exact.u), grad(exact.u))": np.sum(slope**2, axis=0),
        "d(d(exact.u, x), x) + d(d(exact.u, y), y) + d(d(exact.u, z), z)": -(6 * x * y + 6 * z) / 4,
        "dot(n, grad(exact.u))": 0 * x,
        "div(n)": 1 + 0 * x,
        "grad(x)[0]": 1 - n[0] ** 2,
        "at(laplacian(exact.u), x=6, y=5, z=-1)": -3 + 0 * x,
    }
    for text, found in zip(texts, asked(known, list(texts), points), strict=True):
        assert found == pytest.approx(texts[text], abs=1e-12), text


def test_functions_are_constant_along_normals(tilted):
    known, points = tilted
    texts = ["u", "u_y", "laplacian(u)", "d(d(u, x), z)", "exact.u*laplacian(exact.u)"]
    beside = np.array([1, 0, -1]) + 3.7 * (points - [1, 0, -1])
    for one, other in (np.split(found, 2) for found in asked(known, texts, np.vstack([points, beside]))):
        assert np.abs(one).max() > 1e-3
        assert other == pytest.approx(one, rel=1e-11, abs=1e-12)


def test_the_laplacian_of_a_network_on_a_circle_is_that_of_the_angle():
    known = loaded("coordinates: [x, y], radius: 3", "exact: {u: x}\n")
    angles, step = np.linspace(0, 6, 20), 1e-3
    at = lambda turn: 3 * np.stack([np.cos(angles + turn), np.sin(angles + turn)], axis=1)
    values, laplacians = asked(known, ["u", "laplacian(u)"], np.vstack([at(turn) for turn in (-step, 0, step)]))
    low, here, high = np.split(values, 3)
    assert np.split(laplacians, 3)[1] == pytest.approx((low - 2 * here + high) / (3 * step) ** 2, abs=1e-6)


def test_harmonics_in_many_dimensions():
    known = loaded("coordinates: {x: 12}, radius: 2", "exact: {u: 'x[0]*x[1]*x[2]'}\n")
    points = sample(known.domain, WHOLE, Sampling(kind="random", points=20), None, [1]).points
    value, laplacian = asked(known, ["exact.u", "laplacian(exact.u)"], points)
    assert laplacian == pytest.approx(-3 * 13 / 4 * value, rel=1e-11)


def test_jets_agree_with_nested_derivatives():
    terms = "  - {equation: 'div(x*grad(u)) = u_t'}\n  - {equation: u = x*y, on: t=0, hard: true}\n"
    domain = "coordinates: [x, y, z], radius: 2, time: {t: [0, 1]}"
    known = loaded(domain, "regions: {cap: z > 1}\n", terms + "  - {equation: 'd(u, z) = u', on: cap}\n")
    problem = problems.build(known)
    model = fields.initial(known, jnp.uint32(3))
    for group, points in zip(problem.groups, problem.points("training"), strict=True):
        _, gaps = verification.differences(known, group, model, points.points[:3], None)
        assert (gaps < 1e-10).all()
    assert (problem.points("training")[1].points[:, 2] > 1).all()
    (found,) = asked(known, ["u - x*y"], np.array([[0.0, 1.2, 1.6, 0.0], [2.0, 0.0, 0.0, 0.0]]))
    assert np.abs(found).max() < 1e-14


# --- mistakes


@pytest.mark.parametrize(
    ("domain", "terms", "message", "hint"),
    [
        ("coordinates: [x]", "", "a sphere needs two coordinates", "on a line use a box"),
        ("coordinates: [x, y], radius: 0", "", "the radius is 0", "it must be above zero"),
        ("coordinates: [x, y]", "{equation: u = 0, on: boundary}", "a sphere has no boundary", "take a ball"),
        ("coordinates: [x, y]", "{equation: u = 0, on: x=0}", "a sphere has no planes", "regions"),
        ("coordinates: [x, y]", "{equation: u = 0, on: {x: 0, y: 2}}", "{x: 0, y: 2} is not on the sphere", "2 of 1"),
        ("coordinates: [x, y]", "{equation: u_xy = 0}", "do not commute on a sphere", "write laplacian(u)"),
        ("coordinates: [x, y]", "{equation: 'd(u, x, order=2) = 0'}", "do not commute on a sphere", "one after"),
        ("coordinates: [x, y]", "{equation: 'd(u, n) = 0'}", "do not vary along its normal", "this derivative is zero"),
        ("coordinates: [x, y]", "{equation: 'curl([u, u]) = 0'}", "curl is not built on a sphere", "write out its"),
        ("coordinates: [x, y]", "{equation: 'at(u, y=1) = u'}", "needs all coordinates; x is missing", None),
        ("coordinates: [x, y]", "{equation: u = 0, hard: true}", "no hard condition on u on interior", "planes of"),
        ("coordinates: {x: 4}", "{equation: u = 0, sampling: {kind: gauss}}", "a sphere in 4 dimensions is", "sobol"),
    ],
)  # fmt: skip
def test_what_a_sphere_does_not_have_is_refused(domain, terms, message, hint):
    with pytest.raises(ConfigError) as caught:
        loaded(domain, terms=f"  - {terms}\n" if terms else "")
    (found,) = caught.value.diagnostics
    assert message in found.message
    assert (hint or "") in (found.hint or "")


def test_hard_conditions_are_shown_as_they_were_written():
    known = loaded(
        "coordinates: [x, y], radius: 3, time: {t: [0, 1]}", terms="  - {equation: u = 2*x*y, on: t=0, hard: true}\n"
    )
    assert summary.facts(known)["hard"] == ["u = 2*(x*y) on t=0"]
