"""Points drawn together at planes: their density, weights that make up for it, and every mistake in saying so."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinn import config, problems
from pinn.config import Cluster, summary
from pinn.errors import ConfigError
from pinn.geometry import Box, Interval, Region, boundary, interior, plane
from pinn.sampling import sample
from pinn.schema import Sampling

KINDS = ("random", "grid", "sobol", "halton", "lhs", "gauss")
BOX = Box(("x", "t"), (Interval(-1, 2), Interval(0, 4)), time=1)
LINE = Box(("x",), (Interval(-1, 2),))
INSIDE = Region((interior(),))
SHOCK = Cluster(0, (0.25,), 0.05, 0.5)

TEXT = """
unknowns: [u]
parameters: {{s: 0.5}}
domain: {domain}
terms:
  - {{equation: u_x = 0, sampling: {{kind: sobol}}}}
  - {term}
sampling: {{kind: sobol, points: 64, cluster: {cluster}}}
"""
PLANE = "{kind: box, bounds: {x: [-1, 1], t: [0, 1]}, time: t}"


def drawn(domain, region, kind, points, *clusters):
    said = Sampling.model_validate({"kind": kind, "points": points})
    return sample(domain, region, said, None, [0, "training"], clusters=clusters)


def parse(cluster="{x: {at: 0, width: 0.1}}", term="{equation: u = 0}", domain=PLANE):
    return config.parse(TEXT.format(cluster=cluster, term=term, domain=domain), "f.yaml", base=None)  # type: ignore[arg-type]


def share_within(low, high, cluster, length):
    """The share of points between two values, by the formula of the density."""
    start, end = (math.asinh((end - c) / cluster.width) for c in cluster.centers for end in (-1, 2))
    (center,) = cluster.centers
    mapped = (math.asinh((high - center) / cluster.width) - math.asinh((low - center) / cluster.width)) / (end - start)
    return (1 - cluster.share) * (high - low) / length + cluster.share * mapped


@pytest.mark.parametrize("kind", ["grid", "sobol", "halton", "lhs"])
@settings(max_examples=10, deadline=None, derandomize=True)
@given(width=st.floats(1e-3, 2), share=st.floats(0.05, 1), center=st.sampled_from([-1.0, 0.3, 2.0]))
def test_the_share_of_points_in_an_interval_is_that_of_the_mixture(kind, width, share, center):
    cluster = Cluster(0, (center,), width, share)
    values = drawn(LINE, INSIDE, kind, 1024, cluster).points[:, 0]
    assert ((values >= -1) & (values <= 2)).all()
    for low, high in pairwise(np.linspace(-1, 2, 7)):
        found = np.mean((values >= low) & (values < high))
        assert found == pytest.approx(share_within(low, high, cluster, 3.0), abs=0.01)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("region", [INSIDE, Region((plane(BOX, 1, 0.0),)), Region((boundary(BOX),))])
def test_weights_are_positive_add_up_to_the_measure_and_stay_on_their_pieces(kind, region):
    plain, found = drawn(BOX, region, kind, 400), drawn(BOX, region, kind, 400, SHOCK)
    assert found.weights.sum() == pytest.approx(plain.measure, rel=1e-12)
    assert (found.weights > 0).all()
    assert (found.points[:, 1] == plain.points[:, 1]).all()
    varies = any(0 not in dict(piece.fixed) for piece in region.pieces)
    assert (found.points[:, 0] == plain.points[:, 0]).all() != varies


@pytest.mark.parametrize(("kind", "points", "most"), [("sobol", 4096, 2e-4), ("grid", 64, 1e-3), ("gauss", 128, 1e-10)])
def test_integrals_stay_what_they_are(kind, points, most):
    """Of cos x + 1/cosh²((x - 1/4)/δ), whose second part is a layer of width δ = 0.02."""
    found = drawn(LINE, INSIDE, kind, points, SHOCK)
    x = found.points[:, 0]
    truth = math.sin(2) + math.sin(1) + 0.02 * (math.tanh(1.75 / 0.02) + math.tanh(1.25 / 0.02))
    assert abs(found.weights @ (np.cos(x) + np.cosh((x - 0.25) / 0.02) ** -2) - truth) < most


def test_a_layer_is_integrated_better_by_clustered_gauss_points():
    layer = lambda found: found.weights @ np.cosh((found.points[:, 0] - 0.25) / 0.02) ** -2 - 0.04
    plain, found = drawn(LINE, INSIDE, "gauss", 64), drawn(LINE, INSIDE, "gauss", 64, SHOCK)
    assert abs(layer(found)) < 1e-3 * abs(layer(plain))


def test_several_planes_and_several_coordinates():
    both = drawn(BOX, INSIDE, "sobol", 4096, Cluster(0, (-1.0, 2.0), 0.01, 0.8), Cluster(1, (0.0,), 0.01, 0.8))
    ends = (both.points[:, 0] < -0.9) | (both.points[:, 0] > 1.9)
    assert 0.3 < ends.mean() < 0.9
    assert abs((both.points[ends, 0] < 0).mean() - 0.5) < 0.02
    assert (both.points[:, 1] < 0.1).mean() > 0.3
    moments = both.weights @ (both.points[:, 0] ** 2 * both.points[:, 1])
    assert moments == pytest.approx(3 * 8, rel=5e-3)


def test_points_of_training_and_validation_are_clustered_and_not_those_of_errors():
    known = problems.build(parse(term="{equation: u = -sin(pi*x), on: t=0, points: 64}"))
    near = lambda points: float(np.mean(np.abs(points.points[:, 0]) < 0.1))
    own, face = known.points("training")
    assert near(own) == pytest.approx(0.1, abs=0.02)  # a term's own sampling stands for itself
    assert near(face) == pytest.approx(0.05 + 0.5 * math.asinh(1) / math.asinh(10), abs=0.02)
    assert near(known.points_of(known.groups[1], "training round 3")) > 0.15
    independent = known.points("validation")[1]
    assert near(independent) > 0.15 and not set(independent.points[:, 0]) & set(face.points[:, 0])
    points = known.points("evaluation")[1]
    assert near(points) == pytest.approx(0.1, abs=0.02)
    assert points.shares == pytest.approx(np.full(len(points), 1 / len(points)))


def test_check_says_where_points_are_drawn_together():
    said = [t["points"] for t in summary.facts(parse(cluster="{x: {at: [0, s], width: s/10}}"))["terms"]]
    assert said == [None, "drawn together at x = 0, 0.5"]


VECTOR = "{kind: box, bounds: {x: [-1, 1], y: {dim: 3, range: [0, 1]}}}"
MISTAKES = [
    ("{z: {at: 0, width: 1}}", "'z' is not a coordinate", "z", "there are x, t"),
    ("{x: {at: 3, width: 1}}", "x=3 is outside the box", "3", "x runs from -1 to 1"),
    ("{x: {at: [0, 1 + s], width: 1}}", "x=1.5 is outside the box", "1 + s", "x runs from -1 to 1"),
    ("{x: {at: 0, width: 0}}", "this has the value 0", "0", "it must be above zero"),
    ("{x: {at: 0, width: 1, share: 2*s - 1}}", "this has the value 0", "2*s - 1", "it must be above zero"),
    ("{x: {at: 0, width: 1, share: 3*s}}", "the share is 1.5", "3*s", "it is at most 1, which is all points"),
    ("{x: {at: t, width: 1}}", "unknown name 't'", "t", ""),
    ("{x: {width: 1}}", "'sampling.cluster.x' needs the key 'at'", "x", ""),
    ("{x: {at: 0, width: 1, shares: 1}}", "unknown key 'sampling.cluster.x.shares'", "shares", "'share'"),
]


def only(**parts):
    """Message, marked text and hint of the one mistake."""
    with pytest.raises(ConfigError) as caught:
        parse(**parts)
    (mistake,) = caught.value.diagnostics
    mark = mistake.mark
    assert mark is not None and mark.source == "f.yaml"
    return mistake.message, mark.text[mark.column - 1 : mark.column - 1 + mark.length], mistake.hint or ""


@pytest.mark.parametrize(("cluster", "message", "place", "hint"), MISTAKES)
def test_mistakes_are_named_at_their_place(cluster, message, place, hint):
    found = only(cluster=cluster)
    assert found[0].startswith(message)
    assert found[1].startswith(place)
    assert hint in found[2]


def test_what_cannot_be_clustered_is_refused_with_the_reason():
    gaussian = "{kind: gaussian, coordinates: [x, t]}"
    assert only(domain=gaussian)[:2] == ("points are clustered in boxes, balls and shapes of the plane", "cluster")
    ball = "{kind: ball, coordinates: [x, t]}"
    assert only(domain=ball) == ("x is a coordinate of the shape", "x", "points crowd at boundary")
    away = "{boundary: {at: 0.5, width: 0.1}}"
    assert only(domain=ball, cluster=away)[1:] == ("boundary", "write at: 0")
    slab = "{kind: polygon, vertices: [[0, 0], [1, 0], [0, 1]], coordinates: [x, t]}"
    assert only(domain=slab, cluster="{edge_1: {at: 0, width: 0.1}}")[1:] == ("edge_1", "leave it out")
    message, place, _ = only(domain=VECTOR, cluster="{y: {at: 0, width: 0.1}}")
    assert (message, place) == ("y is a vector of 3 coordinates", "y")
    own = "{equation: u = 0, on: t=0, sampling: {kind: sobol, cluster: {t: {at: 0, width: 1}}}}"
    assert only(term=own) == ("t does not vary on t=0", "t", "there is nothing to cluster along it")
