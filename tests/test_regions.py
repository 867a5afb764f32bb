"""Regions by conditions: their points, measures and defaults, and what is refused."""

import math
from pathlib import Path

import numpy as np
import pytest

from pinn import config, problems
from pinn.errors import ConfigError, RequestError
from pinn.sampling import Points
from pinn.sampling.narrowing import narrowed

CONFIG = """unknowns: [u]
parameters: {k: 1/2, v: [1, 2], c: {kind: fitted, initial: 1}}
domain: %s
regions: {%s}
define: {r: sqrt(x^2 + y^2)}
terms:
  - equation: laplacian(u) = c
  - {equation: u = 0, on: part%s}
network: {kind: mlp, hidden: [3]}
"""
BOX = "{kind: box, bounds: {x: [0, 2], y: [0, 1]}}"


def parse(domain: str, regions: str, rest: str = "") -> config.Config:
    return config.parse(CONFIG % (domain, regions, rest), "f.yaml", Path())


def drawn(domain: str, regions: str, rest: str = "") -> Points:
    problem = problems.build(parse(domain, regions, rest))
    return problem.points("training")[1]


@pytest.mark.parametrize(
    ("domain", "regions", "measure", "test"),
    [
        (BOX, "part: x < k", 0.5, lambda x, y: x < 0.5),
        (BOX, "part: not (x > k or y < 1/4)", 0.375, lambda x, y: (x <= 0.5) & (y >= 0.25)),
        (BOX, "part: 'r < 1 and max(x, y) > 0'", math.pi / 4, lambda x, y: x**2 + y**2 < 1),
        (BOX, "part: {on: y=1, where: abs(x - 1) < 0.4}", 0.8, lambda x, y: (y == 1) & (abs(x - 1) < 0.4)),
        (BOX, "part: {on: [x=0, y=0], where: x + y < k}", 1, lambda x, y: (x * y == 0) & (x + y < 0.5)),
        (BOX, "part: {on: boundary, where: x == 0}", 1, lambda x, y: x == 0),
        (BOX, "low: y < k, part: {on: low, where: x < 1}", 0.5, lambda x, y: (x < 1) & (y < 0.5)),
        (BOX, "part: {on: [x=0, x=2]}", 2, lambda x, y: (x == 0) | (x == 2)),
        ("{kind: disk}", "part: {on: boundary, where: x > 0}", math.pi, lambda x, y: x > 0),
        ("{kind: disk}", "part: 'dot([x, y], [x, y]) < where(x > 0, k^2, k^4)'", math.pi / 8 + math.pi / 32,
         lambda x, y: x**2 + y**2 < np.where(x > 0, 0.25, 0.0625)),
        ("{kind: ball, coordinates: [x, y]}", "part: {on: boundary, where: y > x}", math.pi, lambda x, y: y > x),
        ("{kind: gaussian, coordinates: [x, y]}", "part: x > y", 0.5, lambda x, y: x > y),
    ],
)  # fmt: skip
def test_points_satisfy_the_condition_and_weigh_its_measure(domain, regions, measure, test):
    found = drawn(domain, regions, ", points: 100")
    assert test(*found.points.T).all()
    assert found.weights.sum() == pytest.approx(measure, rel=1e-3)
    assert found.shares.sum() == pytest.approx(1)
    assert 100 <= len(found) <= 101


@pytest.mark.parametrize("kind", ["random", "sobol", "halton", "lhs", "grid", "gauss"])
def test_all_kinds_of_points_fill_a_region(kind):
    found = drawn(BOX, "part: x > 1", f", sampling: {{kind: {kind}, points: 400}}")
    assert 400 <= len(found) <= (400 if kind not in ("grid", "gauss") else 480)
    assert found.weights @ found.points == pytest.approx([1.5, 0.5], abs=0.06)


@pytest.mark.parametrize(
    ("part", "ends"),
    [
        ("x < k", (0, 0.5)),
        ("x >= k and 3/2 > x", (0.5, 1.5)),
        ("not (x < k or x > 1)", (0.5, 1)),
        ("abs(2*x - 2) <= k", (0.75, 1.25)),
        ("1 - x > x/4", (0, 0.8)),
        ("x > k^2 and x < 9", (0.25, 2)),
    ],
)
def test_parts_of_a_box_that_are_boxes_are_sampled_as_such(part, ends):
    low, high = ends
    found = drawn(BOX, f"part: '{part}'", ", sampling: {kind: gauss, points: 64}")
    assert len(found) == 64
    x, y = found.points.T
    assert found.weights @ (x**15 * y**2) == pytest.approx((high**16 - low**16) / 48, rel=1e-13)
    face = drawn(BOX, f"part: {{on: y=1, where: '{part}'}}", ", points: 10")
    assert face.weights.sum() == pytest.approx(high - low, rel=1e-13)
    assert (face.normals == [0, 1]).all()


@pytest.mark.parametrize(
    "part", ["x + y < 1", "x < 1 or y < k", "x^2 < k", "max(x, k) < 1", "sign(x) + x < 2", "x != 1"]
)
def test_other_parts_are_no_boxes(part):
    known = parse(BOX, f"part: '{part}'")
    assert [narrowed(known.domain, piece) for piece in known.terms[1].region.pieces] == [None]


def test_on_a_face_a_bound_of_what_is_fixed_there_makes_no_box():
    known = parse(BOX, "part: {on: boundary, where: y < k}")
    found = {piece.name: narrowed(known.domain, piece) for piece in known.terms[1].region.pieces}
    assert [name for name, box in found.items() if box is None] == ["y=0", "y=1"]


RING = "{kind: box, bounds: {x: [0, 2], y: [0, 1]}, periodic: [x]}"
DISK, SQUARE = "{kind: disk}", "{kind: polygon, vertices: [[-1, -1], [1, -1], [1, 1], [-1, 1]]}"


def test_an_outline_is_a_curve_inside_with_its_normal() -> None:
    found = drawn(DISK, "part: {outline: {kind: disk, center: [0.1, 0], radius: k}}", ", points: 50")
    assert np.hypot(found.points[:, 0] - 0.1, found.points[:, 1]) == pytest.approx(0.5)
    assert found.normals == pytest.approx((found.points - [0.1, 0]) / 0.5)
    assert found.weights.sum() == pytest.approx(math.pi, rel=1e-12)
    half = drawn(DISK, "part: {outline: {kind: disk, radius: k}, where: x > 0}", ", points: 50")
    assert half.weights.sum() == pytest.approx(math.pi / 2, rel=1e-4) and (half.points[:, 0] > 0).all()


def test_an_outline_is_cut_where_the_domain_ends() -> None:
    found = drawn(SQUARE, "part: {outline: {kind: disk, radius: 1.1}}", ", points: 200")
    assert np.abs(found.points).max() <= 1
    assert found.weights.sum() == pytest.approx(4.4 * (math.pi / 2 - 2 * math.acos(1 / 1.1)), rel=1e-9)
    box = "{kind: polygon, vertices: [[-1, -1], [0, -1], [0, 0], [-1, 0]]}"
    found = drawn(SQUARE, f"part: {{outline: {box}}}", ", sampling: {kind: gauss, points: 20}")
    assert found.weights.sum() == pytest.approx(2), "two sides of it are sides of the domain"
    x, y = found.points.T
    assert found.normals == pytest.approx(np.stack([x == 0, y == 0], axis=1).astype(float))
    timed = SQUARE.replace("}", ", time: {t: [0, 3]}}")
    assert drawn(timed, f"part: {{outline: {box}}}", ", points: 30").weights.sum() == pytest.approx(6)


def test_a_rectangle_that_outlines_are_drawn_into_is_a_polygon() -> None:
    box = "{kind: box, bounds: {x: [-1, 1], y: [-1, 1]}}"
    timed = box.replace("}}", ", t: [0, 3]}, time: t}")
    seam = "part: {outline: {kind: disk, radius: k}}"
    one, two = (drawn(domain, seam, ", points: 40") for domain in (SQUARE, box))
    np.testing.assert_array_equal(one.points, two.points)
    assert drawn(timed, seam, ", points: 40").weights.sum() == pytest.approx(3 * math.pi)


@pytest.mark.parametrize(
    ("domain", "said", "message"),
    [
        (RING, "{outline: {kind: disk}}", "drawn into a shape of the plane, and this domain is none"),
        (DISK, "{outline: {kind: disk, radius: 2}}", "no part inside of the domain"),
        (DISK, "{outline: {kind: disk}}", "no part inside of the domain"),
        (DISK, "{outline: {kind: line, range: [0, 1]}}", "an outline is that of a shape of the plane"),
        (DISK, "{outline: {kind: disk, radius: -1}}", "this is -1"),
        (DISK, "{outline: {kind: disk, coordinates: [r, z], radius: k}}", "this has the coordinates r, z"),
        (DISK, "{on: boundary, outline: {kind: disk, radius: k}}", "an outline has no 'on'"),
    ],
)
def test_mistakes_of_outlines(domain, said, message):
    with pytest.raises(ConfigError) as caught:
        parse(domain, f"part: {said}")
    (found,) = caught.value.diagnostics
    assert message in found.message and found.mark is not None and found.mark.line == 4


def test_a_region_is_as_dense_as_what_it_is_a_part_of():
    assert len(drawn(BOX, "part: x < 1/2")) == 512
    assert len(drawn(BOX, "part: {on: y=0, where: x < 1}")) == math.ceil(0.5 * math.ceil(2 * 2048**0.5))


def test_normals_are_those_of_the_whole_piece():
    found = drawn("{kind: annulus, inner: 1, outer: 2}", "part: {on: inner, where: x > 0}")
    assert found.normals == pytest.approx(-found.points)
    known = parse(BOX, "part: {on: y=1, where: x < 1}").terms[1].region
    assert known.has_normal and known.name == "part"


@pytest.mark.parametrize(
    ("regions", "message", "hint"),
    [
        ("part: x", "a condition is needed here, such as x < 0.5", None),
        ("part: x = 1", "a condition is needed here, such as x < 0.5", "equality is written =="),
        ("part: x < 1 < y", "comparisons cannot be chained", "write a < b and b < c; under 'require' a list"),
        ("part: u < 1", "'u' cannot stand here", "an unknown cannot be used here"),
        ("part: x < c", "the region depends on the fitted parameter c",
         "its points stay where they are: give it a number"),
        ("part: sum(v) < x", "a region is told by coordinates and single numbers; 'v' has no value here", None),
        ("part: 'd(x^2, x) < 1'",
         "a region is told by coordinates; here is a derivative, or a value at another place", None),
        ("part: {on: lidd}, lid: x < 1", "there is no region 'lidd'", None),
        ("part: x < 1, interior: x < 1", "'interior' is already a region of this domain", "choose another name"),
        ("part: x < 1, k: y < 1", "'k' is already a parameter",
             "every name can be declared once; choose another one under 'regions'"),
        ("part: {where: x < 1, in: y}", "unknown key 'regions.part.in'", None),
    ],
)  # fmt: skip
def test_mistakes(regions, message, hint):
    with pytest.raises(ConfigError) as caught:
        parse(BOX, regions)
    (found,) = caught.value.diagnostics
    assert found.message == message
    assert hint is None or found.hint == hint
    assert found.mark is not None and found.mark.line == 4


def test_hard_conditions_are_for_whole_pieces():
    with pytest.raises(ConfigError, match="no hard condition on u on a part of y=1"):
        parse(BOX, "part: {on: y=1, where: x < 1}", ", hard: true")
    assert parse(BOX, "part: {on: [y=1, x=0]}", ", hard: true").conditions["u"]


@pytest.mark.parametrize("said, text", [("part: x > 5", "x > 5"), ("part: {on: y=1, where: x < -1}", "x < -1")])
def test_an_empty_region_is_refused_where_it_is_said(said, text):
    with pytest.raises(ConfigError) as caught:
        parse(BOX, said)
    (found,) = caught.value.diagnostics
    assert found.message == "no point of the region 'part' was found"
    assert found.mark is not None
    assert found.mark.text[found.mark.column - 1 :].startswith(text)


def test_a_small_region_is_not_taken_for_empty():
    assert parse(BOX, "part: x^2 + y^2 < 1e-4").terms


def test_an_empty_part_of_a_body_is_refused_before_training():
    with pytest.raises(RequestError, match="no point of the region 'part' was found"):
        drawn("{kind: annulus, center: [0, 0, 0], inner: 1, outer: 2}", "part: x > 5")


def inline(said: str) -> config.Config:
    return config.parse((CONFIG % (BOX, "part: x < 1", "")).replace("on: part", f"on: {said}"), "f.yaml", Path())


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("{on: y=1, where: x < k}", "y=1 where x < k"),
        ("{on: [x=0, x=2], where: y < 1/2}", "x=0, x=2 where y < 1/2"),
        ("{where: x < k}", "interior where x < k"),
        ("{on: part, where: y < k}", "part where y < k"),
    ],
)
def test_a_part_may_be_told_where_it_is_used(said: str, name: str):
    found = inline(said)
    drawn_here = problems.build(found).points("training")[1]
    named = drawn(BOX, f"low: x < 1, part: {said.replace('part', 'low')}")
    assert found.terms[1].region.name == name
    assert drawn_here.measure == pytest.approx(named.measure)
    assert len(drawn_here) == len(named)


@pytest.mark.parametrize(
    ("said", "message", "text"),
    [
        ("{on: y=3, where: x < 1}", "y=3 is outside the box", "y=3"),
        ("{on: y=1, where: z < 1}", "unknown name 'z'", "z"),
        ("{on: y=1, where: x < 1, were: 3}", "unknown key 'were'", "were"),
        ("{on: y=1, where: x < -1}", "no point was found where this holds", "x < -1"),
    ],
)
def test_mistakes_in_such_a_part_are_named_at_their_place(said: str, message: str, text: str):
    with pytest.raises(ConfigError) as caught:
        inline(said)
    (found,) = caught.value.diagnostics
    assert found.message == message
    assert found.mark is not None
    assert found.mark.text[found.mark.column - 1 :].startswith(text)
