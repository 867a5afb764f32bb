"""Points, weights and normals: quadrature that is exact where it must be, and points that can be drawn again."""

import math
import warnings
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import qmc

from pinn.geometry import Box, Gaussian, Interval, Region, boundary, interior, plane, point
from pinn.sampling import counts, sample, sobol
from pinn.schema import Sampling

KINDS = ("random", "grid", "sobol", "halton", "lhs", "gauss")
BOX = Box(("x", "y", "t"), (Interval(-1, 2), Interval(0, 1), Interval(0, 4)), time=2)
SQUARE = Box(("x", "y"), (Interval(-1, 2), Interval(0, 1)))
GAUSSIAN = Gaussian(("x", "y"), (1.0, -2.0), (0.5, 2.0))
INSIDE = Region((interior(),))


def rule(kind: str, points: int | list[int] = 64) -> Sampling:
    return Sampling.model_validate({"kind": kind, "points": points})


def drawn(domain, region, said, count=None, seed=(0, "training")):
    return sample(domain, region, said, count, list(seed))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=8, deadline=None, derandomize=True)
@given(points=st.integers(1, 200))
def test_weights_are_positive_and_add_up_to_the_measure(kind, points):
    for region, measure in (
        (INSIDE, 12),
        (Region((boundary(BOX),)), 2 * 4 * 1 + 2 * 4 * 3),
        (Region((plane(BOX, 2, 0.0),)), 3),
        (Region((plane(BOX, 0, -1.0), point(BOX, {0: 0.0, 1: 0.5, 2: 1.0}))), 4 + 1),
    ):
        found = drawn(BOX, region, rule(kind, points))
        assert found.weights.sum() == pytest.approx(measure, rel=1e-12)
        assert (found.weights > 0).all()
        for i, interval in enumerate(BOX.intervals):
            assert ((found.points[:, i] >= interval.low) & (found.points[:, i] <= interval.high)).all()
    assert drawn(GAUSSIAN, INSIDE, rule(kind, points)).weights.sum() == pytest.approx(1, rel=1e-12)


def test_pieces_lie_exactly_on_their_planes_with_their_normals():
    found = drawn(BOX, Region((boundary(BOX),)), rule("sobol"), 50)
    assert found.normals is not None and found.normals.shape == (len(found), 2)
    for p, n in zip(found.points, found.normals, strict=True):
        side = {(-1, 0): (0, -1.0), (1, 0): (0, 2.0), (0, -1): (1, 0.0), (0, 1): (1, 1.0)}[tuple(n)]
        assert p[side[0]] == side[1]
    assert drawn(BOX, Region((plane(BOX, 2, 0.0),)), rule("sobol")).normals is None
    (one,) = drawn(BOX, Region((point(BOX, {0: 0.3, 1: 0.1, 2: 4.0}),)), rule("random"), 9).points
    assert one.tolist() == [0.3, 0.1, 4.0]


@pytest.mark.parametrize("size", [1, 2, 5, 9])
def test_gauss_legendre_is_exact_to_degree_two_n_minus_one(size):
    found = drawn(SQUARE, INSIDE, rule("gauss", size * size))
    assert len(found) == size * size
    for i, j in product(range(2 * size), repeat=2):
        integral = found.weights @ (found.points[:, 0] ** i * found.points[:, 1] ** j)
        truth = (2 ** (i + 1) - (-1) ** (i + 1)) / (i + 1) / (j + 1)
        assert integral == pytest.approx(truth, rel=1e-11, abs=1e-11)
    over = found.weights @ found.points[:, 1] ** (2 * size)
    assert abs(over - 3 / (2 * size + 1)) > 1e-12


@pytest.mark.parametrize("size", [1, 3, 6])
def test_gauss_hermite_is_exact_for_moments_of_the_normal_density(size):
    found = drawn(GAUSSIAN, INSIDE, rule("gauss", size * size))
    unit = (found.points - [1.0, -2.0]) / [0.5, 2.0]
    for i, j in product(range(2 * size), repeat=2):
        truth = math.prod(0 if k % 2 else math.prod(range(1, k, 2)) for k in (i, j))
        assert found.weights @ (unit[:, 0] ** i * unit[:, 1] ** j) == pytest.approx(truth, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(("kind", "tolerance"), [("random", 0.08), ("sobol", 0.01), ("halton", 0.02), ("lhs", 0.05)])
def test_gaussian_points_have_the_moments_of_their_density(kind, tolerance):
    unit = (drawn(GAUSSIAN, INSIDE, rule(kind, 4096)).points - [1.0, -2.0]) / [0.5, 2.0]
    assert np.abs(unit.mean(axis=0)).max() < tolerance
    assert np.abs(unit.std(axis=0) - 1).max() < tolerance
    assert abs((unit[:, 0] * unit[:, 1]).mean()) < tolerance


@pytest.mark.parametrize(("count", "dimension"), [(1, 1), (2, 3), (1000, 2), (4096, 5), (77, 400)])
def test_sobol_points_are_those_of_scipy_to_the_last_bit(count, dimension):
    """And so is what is drawn from the generator afterwards."""
    ours, theirs = np.random.default_rng(5), np.random.default_rng(5)
    assert sobol.TABLE.exists()
    for _ in range(2):
        found = sobol.points(count, dimension, ours)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            expected = qmc.Sobol(dimension, rng=theirs).random(count)
        np.testing.assert_array_equal(found, expected)
    assert ours.random() == theirs.random()


@pytest.mark.parametrize("kind", ["sobol", "halton", "lhs"])
def test_spread_points_are_more_even_than_random_ones(kind):
    """Each of 64 strips of the unit interval has one point of 64; halton comes close."""
    line = Box(("x",), (Interval(0, 1),))
    strips = np.unique(np.floor(64 * drawn(line, INSIDE, rule(kind, 64)).points))
    assert len(strips) >= (64 if kind != "halton" else 56)


@pytest.mark.parametrize("kind", ["random", "sobol", "halton", "lhs"])
def test_equal_seeds_give_equal_points_and_others_do_not(kind):
    points = lambda *seed: drawn(BOX, INSIDE, rule(kind), seed=seed).points
    assert (points(0, "training") == points(0, "training")).all()
    others = [points(1, "training"), points(0, "validation"), points(0, "evaluation")]
    for a, b in product([points(0, "training"), *others], repeat=2):
        assert a is b or not np.isclose(a, b).all(axis=1).any()


def test_faces_of_one_boundary_do_not_share_their_points():
    found = drawn(SQUARE, Region((plane(SQUARE, 0, -1.0), plane(SQUARE, 0, 2.0))), rule("random"), 20)
    assert not set(found.points[:20, 1]) & set(found.points[20:, 1])


def test_counts_and_the_default_rule():
    said = rule("sobol", 1000)
    assert counts(BOX, interior(), said, None) == [1000]
    assert counts(BOX, interior(), said, 7) == [7]
    assert counts(BOX, plane(BOX, 2, 0.0), said, None) == [200]
    assert counts(BOX, point(BOX, {0: 0.0, 1: 0.0, 2: 0.0}), said, None) == [1]
    assert counts(BOX, boundary(BOX), said, None) == [200] * 4
    assert counts(SQUARE, boundary(SQUARE), said, 80) == [10, 10, 30, 30]
    assert counts(SQUARE, boundary(SQUARE), said, 3) == [1, 1, 2, 2]


@pytest.mark.parametrize("kind", ["grid", "gauss"])
def test_tensor_rules_round_up_and_take_numbers_for_each_axis(kind):
    assert len(drawn(SQUARE, INSIDE, rule(kind, 50))) == 64
    assert len(drawn(BOX, INSIDE, rule(kind, 27))) == 27
    found = drawn(SQUARE, INSIDE, rule(kind, [5, 3])).points
    assert [len(np.unique(found[:, i].round(12))) for i in range(2)] == [5, 3]


@pytest.mark.parametrize("kind", ["grid", "gauss"])
def test_tensor_rules_keep_apart_from_another_number_of_points(kind):
    region = Region((interior(), boundary(SQUARE), point(SQUARE, {0: 0.0, 1: 0.0})))
    trained = drawn(SQUARE, region, rule(kind, 16))
    fresh = sample(SQUARE, region, rule(kind, 12), None, [0], apart=(rule(kind, 16), None))
    assert len(fresh) == 25 + 4 * 7 + 1
    again = sample(SQUARE, region, rule(kind, 16), None, [0], apart=(rule(kind, 16), None))
    for found in (fresh, again):
        common = {tuple(p) for p in trained.points.round(12)} & {tuple(p) for p in found.points.round(12)}
        assert common <= {(0.0, 0.0), (0.5, 0.5), (0.5, 0.0), (0.5, 1.0), (-1.0, 0.5), (2.0, 0.5)}


def test_a_grid_has_the_midpoints_of_equal_cells():
    found = drawn(SQUARE, INSIDE, rule("grid", [3, 2]))
    assert sorted(map(tuple, found.points.tolist())) == [(x, y) for x in (-0.5, 0.5, 1.5) for y in (0.25, 0.75)]
    assert found.weights == pytest.approx(np.full(6, 0.5))
