"""Shapes of the plane: areas, lengths and normals by formula, points and Gauss rules, conditions that hold exactly."""

import functools
import math
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad
from scipy.special import ellipe

from pinn import config, fields, problems, verification
from pinn.errors import ConfigError
from pinn.evaluation import Solution
from pinn.expressions import numeric
from pinn.geometry import Area, Region, boundary, factors, interior, part
from pinn.sampling import Points, sample
from pinn.schema import Sampling

KINDS = ("random", "sobol", "halton", "lhs", "grid", "gauss")
LENS = 2 * math.pi / 3 - math.sqrt(3) / 2
"""What two unit circles have in common whose centers are 1 apart."""

SHAPES = {
    "disk": "{kind: disk, center: [1, -2], radius: 3/2}",
    "ellipse": "{kind: ellipse, center: [1, 0], radii: [2, 1/2]}",
    "annulus": "{kind: annulus, inner: 1/2, outer: 2}",
    "L": "{kind: polygon, vertices: [[-1, -1], [0, -1], [0, 0], [1, 0], [1, 1], [-1, 1]]}",
    "holes": """{kind: difference, of: {kind: box, bounds: {x: [-2, 2], y: [-1, 1]}},
      minus: [{kind: disk, center: [1, 0], radius: 1/2, name: hole},
              {kind: ellipse, center: [-1, 0], radii: [1/2, 1/4]}]}""",
    "union": "{kind: union, of: [{kind: disk, name: left}, {kind: disk, center: [1, 0], name: right}]}",
    "lens": "{kind: intersection, of: [{kind: disk, name: right}, {kind: disk, center: [1, 0], name: left}]}",
    "bite": """{kind: difference, of: {kind: box, bounds: {x: [0, 1], y: [0, 1]}},
      minus: {kind: disk, radius: 1/2, name: bite}}""",
    "cross": """{kind: union, of: [{kind: box, bounds: {x: [-2, 2], y: [-1, 1]}},
      {kind: box, bounds: {x: [-1, 1], y: [-2, 2]}}, {kind: box, bounds: {x: [0, 2], y: [-1, 1]}}]}""",
}
AREAS = {
    "disk": math.pi * 9 / 4,
    "ellipse": math.pi,
    "annulus": math.pi * (4 - 1 / 4),
    "L": 3,
    "holes": 8 - math.pi / 4 - math.pi / 8,
    "union": 2 * math.pi - LENS,
    "lens": LENS,
    "bite": 1 - math.pi / 16,
    "cross": 12,
}
LENGTHS = {
    "disk": 3 * math.pi,
    "ellipse": 8 * ellipe(1 - 1 / 16),
    "annulus": 5 * math.pi,
    "L": 8,
    "holes": 12 + math.pi + 2 * ellipe(1 - 1 / 4),
    "union": 8 * math.pi / 3,
    "lens": 4 * math.pi / 3,
    "bite": 3 + math.pi / 4,
    "cross": 16,
}
CONFIG = """
unknowns: [u]
domain: %s
network: {kind: mlp, hidden: [5]}
terms:
  - equation: laplacian(u) = 1
"""


def parse(text: str) -> config.Config:
    return config.parse(text, "f.yaml", Path())


def mistakes(text: str) -> list[tuple[str, str | None]]:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return [(d.message, d.hint) for d in caught.value.diagnostics]


def area(name: str, time: str = "") -> Area:
    said = SHAPES.get(name, name)
    domain = parse(CONFIG % (said[:-1] + time + "}")).domain
    assert isinstance(domain, Area)
    return domain


def drawn(domain: Area, region: Region, kind: str, count: int, seed: int = 0) -> Points:
    return sample(domain, region, Sampling.model_validate({"kind": kind, "points": count}), count, [seed, "training"])


INSIDE = Region((interior(),))


def around(domain: Area) -> Region:
    return Region((boundary(domain),))


# --- measures


@pytest.mark.parametrize("name", SHAPES)
def test_areas_and_lengths_are_those_of_formulas(name: str):
    domain = area(name)
    assert interior().pieces[0].measure(domain) == pytest.approx(AREAS[name], rel=1e-12)
    length = sum(piece.measure(domain) for piece in boundary(domain).pieces)
    assert length == pytest.approx(LENGTHS[name], rel=1e-10)


def star(random: np.random.Generator, corners: int) -> list[tuple[float, float]]:
    """A polygon that does not cross itself, around a random center."""
    angles = (np.arange(corners) + random.uniform(0, 0.9, corners)) * 2 * math.pi / corners
    (x, y), sizes = random.uniform(-0.6, 0.6, 2), random.uniform(0.4, 1.2, corners)
    return [(float(x + r * math.cos(a)), float(y + r * math.sin(a))) for r, a in zip(sizes, angles, strict=True)]


@pytest.mark.parametrize("seed", range(24))
@pytest.mark.parametrize("kind", ["union", "intersection", "difference"])
def test_areas_lengths_and_insides_of_combined_polygons_are_those_of_shapely(kind: str, seed: int):
    random = np.random.default_rng(seed)
    vertices = [star(random, int(random.integers(3, 9))) for _ in range(3)]
    a, b, c = (f"{{kind: polygon, vertices: {[list(v) for v in polygon]}}}" for polygon in vertices)
    said = f"of: {a}, minus: [{b}, {c}]" if kind == "difference" else f"of: [{a}, {b}, {c}]"
    first, *others = map(shapely.Polygon, vertices)
    expected = functools.reduce(lambda x, y: getattr(x, kind)(y), others, first)
    if expected.area < 1e-3:
        pytest.skip("hardly anything is left")
    domain = area(f"{{kind: {kind}, {said}}}")
    assert interior().pieces[0].measure(domain) == pytest.approx(expected.area, rel=1e-9)
    assert sum(piece.measure(domain) for piece in boundary(domain).pieces) == pytest.approx(expected.length, rel=1e-9)
    points = drawn(domain, INSIDE, "random", 200, seed).points
    assert shapely.contains_xy(expected.buffer(1e-9), points).all()
    edge = drawn(domain, around(domain), "random", 100, seed)
    assert edge.normals is not None
    assert shapely.contains_xy(expected, edge.points - 1e-7 * edge.normals).all()
    assert not shapely.contains_xy(expected, edge.points + 1e-7 * edge.normals).any()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(*[st.floats(-1, 1)] * 2, st.floats(0.3, 1), st.floats(0.3, 1)), min_size=2, max_size=4),
    st.sampled_from(["union", "intersection", "difference"]),
)
@example(parts=[(1.0, 0.0, 0.37, 0.5), (0.0, 0.0, 0.5, 1.0), (1.0, 0.0, 0.37, 1.0)], kind="union")
@example(parts=[(0.0, 0.17, 1.0, 0.92), (0.0, 0.17, 1.0, 0.92)], kind="intersection")
@example(parts=[(0.0, 1.0, 1.0, 0.44567792055121214)] * 2, kind="union")
def test_areas_of_combined_ellipses_and_boxes_against_random_points(parts, kind):
    """The share of random points in a combined shape, told from its parts alone, against the area of its outline."""
    said, masks = [], []
    points = np.random.default_rng(0).uniform(-2.1, 2.1, (20_000, 2))
    for i, (a, b, r, s) in enumerate(parts):
        shifted = points - [a, b]
        if i % 2:
            said.append(f"{{kind: box, bounds: {{x: [{a - r}, {a + r}], y: [{b - s}, {b + s}]}}}}")
            masks.append((np.abs(shifted) < [r, s]).all(axis=1))
        else:
            said.append(f"{{kind: ellipse, center: [{a}, {b}], radii: [{r}, {s}]}}")
            masks.append((shifted**2 / [r * r, s * s]).sum(axis=1) < 1)
    first, *others = said
    of = f"of: {first}, minus: [{', '.join(others)}]" if kind == "difference" else f"of: [{', '.join(said)}]"
    joined = np.any(masks, axis=0) if kind == "union" else np.all(masks, axis=0)
    inside = masks[0] & ~np.any(masks[1:], axis=0) if kind == "difference" else joined
    wanted, error = inside.mean() * 4.2**2, 4 * inside.std() / 20_000**0.5 * 4.2**2
    if not inside.any():
        return
    domain = area(f"{{kind: {kind}, {of}}}")
    assert interior().pieces[0].measure(domain) == pytest.approx(wanted, abs=error + 1e-3)
    found = drawn(domain, INSIDE, "sobol", 256).points
    assert len(np.unique(found, axis=0)) == 256


# --- points


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SHAPES)
def test_points_normals_and_weights_obey_gauss_theorem(name: str, kind: str):
    """∫ div F = ∮ F·n for F = (x y², x² y + y), and the weights add up to area and length."""
    domain = area(name)
    count = 400 if kind == "gauss" else 4096
    inside, outside = drawn(domain, INSIDE, kind, count), drawn(domain, around(domain), kind, count)
    assert inside.weights.sum() == pytest.approx(AREAS[name], rel=1e-12)
    assert outside.weights.sum() == pytest.approx(LENGTHS[name], rel=1e-10)
    assert outside.normals is not None
    assert np.linalg.norm(outside.normals, axis=1) == pytest.approx(1)
    x, y = inside.points.T
    u, v = outside.points.T
    field = np.stack([u * v**2, u**2 * v + v], axis=1)
    spread = {"random": 0.15, "lhs": 0.1}.get(kind, 0.02)
    exact = 1e-5 if kind == "gauss" else spread * max(1.0, AREAS[name])
    volume, flux = inside.weights @ (y**2 + x**2 + 1), outside.weights @ (field * outside.normals).sum(axis=1)
    assert volume == pytest.approx(flux, abs=exact * (1 if kind == "gauss" else 4))


@pytest.mark.parametrize("kind", ["random", "sobol", "halton", "lhs"])
def test_points_of_a_disk_are_uniform(kind: str):
    """Squared radii, and angles, are uniform."""
    domain = area("disk")
    points = drawn(domain, INSIDE, kind, 2048).points - [1, -2]
    assert stats.kstest((points**2).sum(axis=1) / 2.25, "uniform").statistic < 0.04
    angles = np.arctan2(points[:, 1], points[:, 0])
    assert stats.kstest((angles + math.pi) / (2 * math.pi), "uniform").statistic < 0.04
    edge = drawn(domain, around(domain), kind, 512)
    assert edge.normals == pytest.approx((edge.points - [1, -2]) / 1.5, abs=1e-12)
    angles = np.arctan2(*(edge.points - [1, -2]).T)
    assert stats.kstest((angles + math.pi) / (2 * math.pi), "uniform").statistic < 0.06


def test_points_on_an_ellipse_are_uniform_by_length():
    domain = area("ellipse")
    edge = drawn(domain, around(domain), "grid", 1000).points
    steps = np.linalg.norm(np.diff(edge, axis=0), axis=1)
    assert steps == pytest.approx(np.full(999, steps[0]), rel=1e-2)


@pytest.mark.parametrize("name", ["L", "cross"])
def test_gauss_rules_of_polygons_are_exact_for_polynomials(name: str):
    found = drawn(area(name), INSIDE, "gauss", 200)
    x, y = found.points.T
    truth = {"L": 4 / 9 - 1 / 9, "cross": 2 * (16 / 3 * 2 / 3) - 4 / 9}[name]
    assert found.weights @ (x**2 * y**2) == pytest.approx(truth, rel=1e-13)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 19), st.integers(1, 19), st.integers(20, 3000))
def test_a_gauss_rule_fits_every_cross(wide: int, high: int, count: int):
    """Corners that face each other across a cell are the same mark, whatever rounding says."""
    a, b = wide / 10, high / 10
    bar = lambda x, y: f"{{kind: box, bounds: {{x: [-{x}, {x}], y: [-{y}, {y}]}}}}"
    found = drawn(area(f"{{kind: union, of: [{bar(2, b)}, {bar(a, 2)}]}}"), INSIDE, "gauss", count)
    assert len(found.points) >= count
    x, _ = found.points.T
    truth = (32 * b + 8 * a**3 - 4 * b * a**3) / 3
    assert found.weights @ x**2 == pytest.approx(truth, rel=1e-2 if count > 1000 else 0.5)


def test_gauss_rules_see_what_is_singular_at_inward_corners():
    """∫ r^(-2/3) over the L, and over the two edges that meet at its inner corner."""
    square, _ = quad(lambda a: 1.5 / math.cos(a) ** (4 / 3), 0, math.pi / 4)
    found = drawn(area("L"), INSIDE, "gauss", 1000)
    assert found.weights @ np.hypot(*found.points.T) ** (-2 / 3) == pytest.approx(3 * square, rel=1e-5)
    edges = Region((part(area("L"), "edge_2"), part(area("L"), "edge_3")))
    along = drawn(area("L"), edges, "gauss", 40)
    assert along.weights @ np.hypot(*along.points.T) ** (-1 / 3) == pytest.approx(2 * 1.5, rel=1e-3)


@pytest.mark.parametrize("count", [100, 900, 2048])
@pytest.mark.parametrize("name", ["L", "cross", "annulus", "{kind: polygon, vertices: [[0, 0], [5, 0], [1, 1]]}"])
def test_points_that_judge_a_gauss_rule_are_none_of_its_own(name: str, count: int):
    said = Sampling.model_validate({"kind": "gauss", "points": count})
    for region in (INSIDE, around(area(name))):
        own, others = (
            {tuple(np.round(p, 9)) for p in sample(area(name), region, said, None, [0, purpose], apart).points}
            for purpose, apart in (("training", None), ("validation", (said, None)))
        )
        assert not own & others


def test_gauss_rules_of_round_shapes_converge_fast():
    """∫ exp(x) over the unit disk is 2π I_1(1)."""
    domain = area("{kind: disk}")
    truth = 2 * math.pi * 0.565159103992485
    gaps = []
    for count in (16, 64, 144):
        found = drawn(domain, INSIDE, "gauss", count)
        gaps.append(abs(found.weights @ np.exp(found.points[:, 0]) - truth))
    assert gaps[0] < 1e-2
    assert gaps[1] < 1e-6
    assert gaps[2] < 1e-9


def test_shapes_with_time_are_products():
    domain = area("annulus", ", time: {t: [1, 3]}")
    assert (domain.coordinates, domain.time, domain.spatial) == (("x", "y", "t"), 2, (0, 1))
    known = parse(
        CONFIG % (SHAPES["annulus"][:-1] + ", time: {t: [1, 3]}}") + "  - {equation: u = 1, on: [t=1, inner]}\n"
    )
    first, inner = known.terms[1].region.entries
    assert first.pieces[0].measure(domain) == pytest.approx(AREAS["annulus"])
    assert inner.pieces[0].measure(domain) == pytest.approx(2 * math.pi)
    assert not first.pieces[0].has_normal
    for kind in KINDS:
        inside = drawn(domain, INSIDE, kind, 3000)
        x, y, t = inside.points.T
        assert inside.weights @ t**2 == pytest.approx(AREAS["annulus"] * 26 / 3, rel=2e-2)
        assert ((x**2 + y**2 > 0.25 - 1e-12) & (x**2 + y**2 < 4 + 1e-12)).all()
        rim = drawn(domain, Region((inner,)), kind, 300)
        assert np.hypot(*rim.points[:, :2].T) == pytest.approx(0.5)
        assert rim.normals == pytest.approx(-2 * rim.points[:, :2])
        assert rim.weights @ rim.points[:, 2] == pytest.approx(2 * math.pi * 2, rel=5e-2)
        start = drawn(domain, Region((first,)), kind, 300)
        assert (start.points[:, 2] == 1).all()


# --- places


def test_named_pieces_planes_and_points():
    on = "  - {equation: u = 1, on: [%s]}\n"
    known = parse(CONFIG % SHAPES["holes"] + on % "hole, curve_1, x=2, x=0, {x: 0, y: 0}")
    pieces = [entry.pieces for entry in known.terms[1].region.entries]
    measures = [[p.measure(known.domain) for p in some] for some in pieces]
    wanted = [[math.pi], [2 * ellipe(3 / 4)], [2], [2], [1]]
    assert [pytest.approx(w, rel=1e-10) for w in wanted] == measures
    line = parse(CONFIG % SHAPES["holes"] + on % "x=1").terms[1].region.pieces[0]
    assert line.measure(known.domain) == pytest.approx(1)
    assert isinstance(known.domain, Area)
    found = drawn(known.domain, Region((known.terms[1].region.entries[3],)), "sobol", 8)
    assert found.normals == pytest.approx(np.tile([1.0, 0.0], (8, 1)))
    bent = parse(CONFIG % SHAPES["L"] + on % "edge_2, y=0").terms[1].region.pieces
    assert [piece.measure(known.domain) for piece in bent] == [1, 1]


@pytest.mark.parametrize(
    ("domain", "messages"),
    [
        ("{kind: disk, radius: 0}", ["this is 0"]),
        ("{kind: ellipse, radii: [1, -1], center: [1, 2, 3]}", ["this is -1", "3 numbers for 2 coordinates"]),
        ("{kind: annulus, inner: 2, outer: 1}", ["the inner radius is 2, the outer one 1"]),
        ("{kind: polygon, vertices: [[0, 0], [1, 1], [1, 0], [0, 1]]}", ["edges 1 and 3 of the polygon meet"]),
        ("{kind: polygon, vertices: [[0, 0], [1, 0], [1, 0]]}", ["this vertex is the same as the one before it"]),
        ("{kind: polygon, vertices: [[0, 0], [1, 0]]}", ["'domain.vertices' has 2 entries, but it needs 3"]),
        ("{kind: intersection, of: [{kind: disk}, {kind: disk, center: 9}]}", ["nothing is left of this shape"]),
        ("{kind: difference, of: {kind: disk}, minus: {kind: disk, radius: 2}}", ["nothing is left of this shape"]),
        ("{kind: union, of: [{kind: disk, coordinates: [x, y]}, {kind: disk, coordinates: [y, x], radius: q}]}",
         ["this has the coordinates y, x, and others have x, y"]),
        ("{kind: union, of: [{kind: disk}, {kind: disk, time: {t: [0, 1]}}]}",
         ["a part of another shape has no 'time'"]),
        ("{kind: union, of: [{kind: disk}, {kind: dusk}]}", ["there is no domain kind 'dusk'"]),
        ("{kind: disk, time: {t: [1, 0]}}", ["the bounds of t are 1 and 0"]),
        ("{kind: box, bounds: {x: [0, 1], y: [0, 1]}, name: all}", ["a part of another shape has a name"]),
    ],
)  # fmt: skip
def test_mistakes_in_shapes(domain: str, messages: list[str]):
    assert [message for message, _ in mistakes(CONFIG % domain)] == messages


@pytest.mark.parametrize(
    ("on", "message", "hint"),
    [
        ("holes", "there is no region 'holes'", "did you mean 'hole'?"),
        ("q", "there is no region 'q'", "there are interior, boundary, hole, curve_1, x=…, y=…"),
        ("x=3", "x=3 is outside the domain", "x runs from -2 to 2"),
        ("{x: 1, y: 0}", "{x: 1, y: 0} is outside the domain", None),
        ("{x: 1}", "a point of a shape needs all coordinates; y is missing", None),
    ],
)
def test_mistakes_in_places(on: str, message: str, hint: str | None):
    assert mistakes(CONFIG % SHAPES["holes"] + f"  - {{equation: u = 1, on: {on}}}\n") == [(message, hint)]


def test_a_kind_of_part_that_there_is_not_is_told_from_those_there_are():
    (found,) = mistakes(CONFIG % "{kind: difference, of: {kind: disk}, minus: {kind: cylinder}}")
    assert found[0] == "there is no domain kind 'cylinder'"
    assert found[1] is not None and "did you mean 'product'? choose box, line, ball," in found[1]


def test_a_list_of_points_is_for_boxes():
    (found,) = mistakes(CONFIG % "{kind: disk}" + "sampling: {kind: gauss, points: [10, 10]}\n")
    assert found == ("numbers of points along each coordinate are those of a box", "give one number, of all points")


# --- hard conditions


def solved(domain: str, *conditions: str) -> Solution:
    """Conditions that have been verified, and the unknown for a network that is not trained."""
    text = CONFIG % SHAPES.get(domain, domain)
    known = parse(text + "".join(f"  - {{hard: true, {c}}}\n" for c in conditions))
    model = fields.initial(known, jnp.uint32(3))
    verification._check_conditions(known, model)
    return Solution(known, model)


@pytest.mark.parametrize("name", SHAPES)
def test_values_on_the_whole_boundary_hold_and_the_inside_stays_free(name: str):
    solution = solved(name, "equation: u = sin(x) + y, on: boundary")
    domain = solution.config.domain
    assert isinstance(domain, Area)
    edge = drawn(domain, around(domain), "random", 40)
    assert edge.normals is not None
    points = np.concatenate([edge.points, edge.points - 1e-3 * edge.normals])
    rest, slope = solution.ask(["u - sin(x) - y", "u_x"], points).values()
    assert np.abs(rest[: len(edge)]).max() < 1e-9
    assert (np.abs(rest[len(edge) :]) > 1e-7).all()
    assert np.isfinite(slope[len(edge) :]).all()


@pytest.mark.parametrize(
    ("name", "conditions", "free"),
    [
        ("annulus", ["equation: u = x, on: inner", "equation: u = 3, on: outer"], []),
        ("annulus", ["equation: u = x, on: inner"], ["outer"]),
        ("holes", ["equation: u = 2, on: hole", "equation: u = x, on: [x=-2, x=2]"], ["y=-1", "y=1", "curve_1"]),
        ("L", ["equation: u = 1, on: edge_2"], ["edge_1", "edge_3", "edge_5"]),
        ("L", ["equation: u = y + 1, on: edge_1", "equation: u = x, on: edge_2"], ["edge_4"]),
        ("union", ["equation: u = y, on: left"], ["right"]),
        ("bite", ["equation: u = 1, on: bite", "equation: u = 0, on: [x=1, y=1]"], ["x=0", "y=0"]),
    ],
)
def test_values_on_some_pieces_hold_and_the_others_stay_free(name: str, conditions: list[str], free: list[str]):
    solution = solved(name, *conditions)
    domain, config_ = solution.config.domain, solution.config
    assert isinstance(domain, Area)
    values = {c.piece.name: c for c in config_.conditions["u"]}
    raw = {piece.name: piece for piece in boundary(domain).pieces}
    assert set(values) <= {*raw, "x=1", "hole"}
    rest = parse(CONFIG % SHAPES[name] + "".join(f"  - {{equation: u = 0, on: {f}}}\n" for f in free))
    model = fields.initial(config_, jnp.uint32(4))
    everywhere = []
    for term in rest.terms[1:]:
        points = drawn(domain, term.region, "random", 20).points
        everywhere.append(points)
    if everywhere:
        points = np.concatenate(everywhere)
        first, second = (Solution(config_, m).ask([], points)["u"] for m in (solution.model, model))
        assert (np.abs(first - second) > 1e-6).all()


def test_values_at_the_start_and_on_the_boundary_together():
    timed = SHAPES["holes"][:-1] + ", time: {t: [0, 2]}}"
    conditions = ["equation: u = x*cos(t), on: boundary", "equation: u = x + 0*y, on: t=0"]
    solution = solved(timed, *conditions)
    start = np.array([[0.3, 0.2, 0.0], [-1.8, 0.9, 0.0]])
    assert solution.ask([], start)["u"] == pytest.approx(start[:, 0], abs=1e-12)
    assert np.abs(solution.ask([], start + np.array([0, 0, 1]))["u"] - start[:, 0] * math.cos(1)).min() > 1e-6


@pytest.mark.parametrize("radius", [0.2, 0.1, 0.02])
def test_a_small_hole_leaves_the_values_beside_walls(radius: float):
    """Without a network: at 3 % of the channel's width from a wall, and at 6 % of the hole's radius from the hole."""
    channel = f"""{{kind: difference, of: {{kind: box, bounds: {{x: [0, 3], y: [0, 1]}}, name: walls}},
      minus: {{kind: disk, center: [1, 0.5], radius: {radius}, name: hole}}}}"""
    solution = solved(channel, "equation: u = 1, on: walls", "equation: u = 0, on: hole")
    nothing = Solution(solution.config, jax.tree.map(jnp.zeros_like, solution.model))
    walls = [[0.5, 0.03], [1.5, 0.03], [1.0, 0.97], [0.03, 0.5], [2.97, 0.2]]
    assert (nothing.ask([], np.array(walls))["u"] > 0.9).all()
    beside = [[1.0 + 1.06 * radius, 0.5], [1.0, 0.5 - 1.06 * radius]]
    assert (nothing.ask([], np.array(beside))["u"] < 0.3).all()


SAME_L = {
    "union": """{kind: union, of: [{kind: box, bounds: {x: [-1, 0], y: [-1, 1]}},
      {kind: box, bounds: {x: [-1, 1], y: [0, 1]}}]}""",
    "touching": """{kind: union, of: [{kind: box, bounds: {x: [-1, 0], y: [-1, 1]}},
      {kind: box, bounds: {x: [0, 1], y: [0, 1]}}]}""",
    "difference": """{kind: difference, of: {kind: box, bounds: {x: [-1, 1], y: [-1, 1]}},
      minus: {kind: box, bounds: {x: [0, 1], y: [-1, 0]}}}""",
    "past": """{kind: difference, of: {kind: box, bounds: {x: [-1, 1], y: [-1, 1]}},
      minus: {kind: box, bounds: {x: [0, 3], y: [-2, 0]}}}""",
}


@pytest.mark.parametrize("domain", SAME_L.values(), ids=SAME_L)
def test_an_l_is_the_same_however_it_is_put_together(domain: str):
    """As a polygon too; its area, its length, its corner and the function that vanishes on its boundary."""
    ours, polygon = solved(domain, "equation: u = 0, on: boundary"), solved("L", "equation: u = 0, on: boundary")
    own = ours.config.domain
    assert isinstance(own, Area)
    assert interior().pieces[0].measure(own) == pytest.approx(3, rel=1e-12)
    assert sum(piece.measure(own) for piece in boundary(own).pieces) == pytest.approx(8, rel=1e-12)
    assert own.inward == ((0.0, 0.0),)
    points = drawn(own, INSIDE, "random", 50).points
    ratio = ours.ask([], points)["u"] / polygon.ask([], points)["u"]
    assert ratio == pytest.approx(np.full(50, ratio[0]), rel=1e-9)


@pytest.mark.parametrize(
    ("domain", "corner", "angle", "middle"),
    [
        ("L", (0, 0), 3 / 2, 3 / 4),
        (SAME_L["union"], (0, 0), 3 / 2, 3 / 4),
        ("{kind: polygon, vertices: [[-1, -1], [1, -1], [0, 0], [1, 1], [-1, 1]]}", (0, 0), 3 / 2, 1),
        ("{kind: polygon, vertices: [[-2, -1], [0, -1], [0, 0], [1, 1], [-2, 1]]}", (0, 0), 5 / 4, 7 / 8),
        ("{kind: polygon, vertices: [[-2, -1], [2, -1], [2, 1], [1, 1], [1, 0], [-1, 0], [-1, 1], [-2, 1]]}",
         (-1, 0), 3 / 2, 5 / 4),
        ("""{kind: difference, of: {kind: box, bounds: {x: [-2, 2], y: [-2, 2]}},
         minus: {kind: box, bounds: {x: [-1, 1], y: [-1/2, 1/2]}}}""", (1, 0.5), 3 / 2, 1 / 4),
        ("cross", (1, 1), 3 / 2, 5 / 4),
    ],
)  # fmt: skip
def test_at_an_inward_corner_the_function_that_vanishes_is_harmonic(
    domain: str, corner: tuple[float, float], angle: float, middle: float
):
    """It begins with r^(π/ω) cos(πφ/ω), where the middle of the angle ω has the direction of so many half turns."""
    own = area(domain)
    function = factors.vanishing(own, boundary(own).pieces)
    share, half = 1 / angle, 0.5 * math.pi * angle
    for radius in (1e-3, 1e-5):
        apart = np.linspace(-0.95, 0.95, 15) * half
        way = apart + math.pi * middle
        points = np.array(corner) + radius * np.stack([np.cos(way), np.sin(way)], axis=1)
        values = [numeric.shared(function, {0: x, 1: y}) for x, y in points]
        ratio = values / (radius**share * np.cos(share * apart))
        assert ratio == pytest.approx(np.full(15, ratio[7]), rel=30 * radius)
    solution = solved(domain, "equation: u = 0, on: boundary")
    assert solution.ask([], np.array([corner], float))["u"] == pytest.approx([0])


@pytest.mark.parametrize(
    ("name", "conditions", "message"),
    [
        ("L", ["u = 1, on: edge_1", "u = x, on: edge_2"],
         "hard conditions on u disagree at x=0, y=-1: 1 on edge_1, 0 on edge_2"),
        ("disk", ["u = 1, on: boundary", "u = 2, on: curve_1"],
         "hard conditions on u disagree at x=-0.5, y=-2: 1 on boundary, 2 on curve_1"),
        ("annulus", ["u = 1, on: x=1"], "no hard condition on u on x=1"),
        ("ellipse", ['["u = x^2", "d(u, n) = 0"], on: boundary'],
         "d(u, n) cannot be built in on boundary: it is to be 0, and what is built in has 2 at x=-1, y=6.12323e-17"),
        ("ellipse", ['"d(u, n) = 0", on: boundary'], "d(u, n) can be built in on boundary only together with u"),
        ("ellipse", ['["u = 0", "u_x + u_y = 0"], on: boundary'], "no hard condition on a derivative on boundary"),
        ("{kind: disk, time: {t: [0, 1]}}",
         ['["u = 0", "d(u, n) = 0"], on: boundary', "u = 1 - x^2 - y^2, on: t=0"],
         "d(u, n) cannot be built in on boundary: it is to be 0, and what is built in has -2 at x=1, y=0, t=0"),
        ("{kind: disk, time: {t: [0, 1]}}", ["u = 0, on: boundary", "u = 1, on: t=0"],
         "hard conditions on u disagree at x=1, y=0, t=0: 0 on boundary, 1 on t=0"),
    ],
)  # fmt: skip
def test_conditions_that_cannot_be_built_in(name: str, conditions: list[str], message: str):
    text = CONFIG % SHAPES.get(name, name) + "".join(f"  - {{hard: true, equation: {c}}}\n" for c in conditions)
    assert [found for found, _ in mistakes(text)] == [message]


HOLED = """{kind: difference, of: {kind: box, bounds: {x: [0, 3], y: [0, 1]}, name: walls},
  minus: {kind: disk, center: [1, 0.5], radius: 0.2, name: hole}}"""


@pytest.mark.parametrize(
    ("domain", "conditions", "slope"),
    [
        ("disk", ['equation: [u = 3, "d(u, n) = 0"], on: boundary'], "0*x"),
        ("ellipse", ['equation: [u = x*y, "dot(grad(u), n) = d(x*y, n)"], on: boundary'], "d(x*y, n)"),
        ("{kind: disk, time: {t: [0, 1]}}", ['equation: [u = 1 + t, "d(u, n) = 0"], on: boundary'], "0*x"),
        (
            "{kind: disk, time: {t: [0, 1]}}",
            ['equation: [u = 0, "d(u, n) = 0"], on: boundary', "equation: u = (1 - x^2 - y^2)^2, on: t=0"],
            "0*x",
        ),
        (
            HOLED,
            [
                'equation: [u = y^2*(3 - 2*y), "d(u, n) = 0"], on: walls',
                'equation: [u = 1/2, "d(u, n) = 0"], on: hole',
            ],
            "0*x",
        ),
        (HOLED, ["equation: u = y, on: walls", 'equation: [u = 1/2, "d(u, n) = 0"], on: hole'], None),
    ],
)
def test_slopes_across_curves_hold_with_the_value(domain: str, conditions: list[str], slope: str | None):
    """Where the value as written has them; beside pieces on which no slope is wanted that stays free."""
    solution = solved(domain, *conditions)
    own = solution.config.domain
    assert isinstance(own, Area)
    edge = drawn(own, around(own), "random", 60)
    assert edge.normals is not None
    u, x, y = (solution.ask([text], edge.points)[text] for text in ("u", "u_x", "u_y"))
    found = edge.normals[:, 0] * x + edge.normals[:, 1] * y
    assert np.isfinite(u).all()
    if slope is None:
        is_hole = np.hypot(edge.points[:, 0] - 1, edge.points[:, 1] - 0.5) < 0.21
        assert np.abs(found[is_hole]).max() < 1e-12 < np.abs(found[~is_hole]).min()
    else:
        nx, ny = edge.normals[:, 0], edge.normals[:, 1]
        wanted = nx * edge.points[:, 1] + ny * edge.points[:, 0] if "y" in slope else 0.0
        np.testing.assert_allclose(found, wanted, atol=1e-11)


def test_slopes_on_a_sphere_hold_with_the_value():
    text = CONFIG % "{kind: ball, coordinates: {x: 3}, radius: 2}"
    known = parse(text + '  - {equation: ["u = dot(x, x)", "d(u, n) = 4"], on: boundary, hard: true}\n')
    solution = Solution(known, fields.initial(known, jnp.uint32(3)))
    point = np.array([[2.0, 0.0, 0.0], [0.0, -1.2, 1.6]])
    slope = "dot(grad(u), x)/2"
    assert solution.ask([slope], point)[slope] == pytest.approx([4.0, 4.0], abs=1e-12)
    inside = solution.ask(["u"], 0.9 * point)["u"]
    assert (np.abs(inside - 0.81 * 4) > 1e-6).all()


def test_a_boundary_that_holds_holes_with_values_of_their_own_is_said_once():
    text = CONFIG % SHAPES["holes"] + "  - {hard: true, equation: u = 1, on: hole}\n"
    ((said, hint),) = mistakes(text + "  - {hard: true, equation: u = 0, on: boundary}\n")
    assert "disagree at x=" in said and ": 1 on hole, 0 on hole" in said
    assert hint == "each piece has one value: 'boundary' is all of it, holes too; say the rest by name"
    electrodes = """{kind: difference, of: {kind: box, bounds: {x: [-2, 2], y: [-2, 2]}},
      minus: {kind: box, bounds: {x: [-1, 1], y: [0.3, 0.4]}, name: plus}}"""
    text = CONFIG % electrodes + "  - {hard: true, equation: u = 1, on: plus}\n"
    ((_, hint),) = mistakes(text + "  - {hard: true, equation: u = 0, on: boundary}\n")
    assert hint is not None and hint.startswith("and at 11 other places: each piece has one value")


def test_normals_in_data_are_those_of_the_curve():
    """u = dot([x, y], n) on an ellipse is the distance of its tangent from the center."""
    solution = solved("{kind: ellipse, radii: [2, 1]}", 'equation: "u = dot([x, y], n)", on: boundary')
    angle = np.array([0.3, 1.2, 4.0])
    points = np.stack([2 * np.cos(angle), np.sin(angle)], axis=1)
    wanted = 1 / np.hypot(np.cos(angle) / 2, np.sin(angle))
    assert solution.ask([], points)["u"] == pytest.approx(wanted, rel=1e-12)


def test_the_ball_with_time():
    text = CONFIG % "{kind: ball, coordinates: [x, y, z], radius: 2, time: {t: [0, 3]}}"
    known = parse(
        text + "  - {hard: true, equation: u = t, on: boundary}\n  - {hard: true, equation: u = 0, on: t=0}\n"
    )
    verification._check_conditions(known, fields.initial(known, jnp.uint32(3)))
    points = problems.build(known).points("training")[0]
    assert points.points.shape[1] == 4
    assert points.measure == pytest.approx(4 / 3 * math.pi * 8 * 3)
    assert (points.points[:, 3] >= 0).all() and points.points[:, 3].max() > 2.9


def test_a_line_is_a_box_with_one_coordinate():
    known = parse(CONFIG % "{kind: line, coordinates: z, range: [0, 2*pi], periodic: true, time: {t: [0, 1]}}")
    box = parse(CONFIG % "{kind: box, bounds: {z: [0, 2*pi], t: [0, 1]}, time: t, periodic: [z]}")
    assert known.domain == box.domain
