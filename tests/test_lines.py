"""Gauss rules of regions by conditions: measures and integrals against formulas, in the line, the plane and space."""

import math
from pathlib import Path

import numpy as np
import pytest

from pinn import config, problems, sampling
from pinn.sampling import Points
from pinn.sampling.frames import fit
from pinn.sampling.pieces import fitted
from pinn.schema import Sampling

CONFIG = """unknowns: [u]
domain: %s
regions: {%s}
terms:
  - equation: u = 0
  - {equation: u = 1, on: part}
network: {kind: mlp, hidden: [3]}
"""
BOX = "{kind: box, bounds: {x: [0, 2], y: [0, 1]}}"
CUBE = "{kind: box, bounds: {x: [-1, 1], y: [-1, 1], z: [-1, 1]}}"
DISK, LINE = "{kind: disk}", "{kind: box, bounds: {x: [0, 1]}}"
TIMED = "{kind: disk, time: {t: [0, 1]}}"
CORNER = "{kind: polygon, vertices: [[-1, -1], [0, -1], [0, 0], [1, 0], [1, 1], [-1, 1]]}"
SPHERE = "{kind: sphere, coordinates: [x, y, z]}"


def parse(domain: str, part: str) -> config.Config:
    return config.parse(CONFIG % (domain, part), "f.yaml", Path())


def drawn(domain: str, part: str, kind: str = "gauss", count: int = 2048, reports: bool = False) -> Points:
    known = parse(domain, f"part: {part}")
    rule = Sampling.model_validate({"kind": kind, "points": count})
    return sampling.sample(known.domain, known.terms[1].region, rule, None, [0, "training"], reports=reports)


def squares(points: Points) -> np.ndarray:
    return points.points[:, 0] ** 2 + points.points[:, 1] ** 2


@pytest.mark.parametrize(
    ("domain", "part", "measure", "error"),
    [
        (LINE, "x^2 < 1/3", 3**-0.5, 1e-14),
        (LINE, "sin(30*x) > 0", 5 * math.pi / 30, 1e-12),
        (BOX, "{on: y=1, where: x^2 < 1/3}", 3**-0.5, 1e-12),
        (BOX, "{on: [x=0, y=0], where: x + y < 1/2}", 1, 1e-12),
        (BOX, "{on: boundary, where: x == 0}", 1, 1e-12),
        (BOX, "(x - 1)^2 + (y - 1/2)^2 < 0.01", 0.01 * math.pi, 1e-10),
        (BOX, "not (x - 1)^2 + (y - 1/2)^2 < 0.01", 2 - 0.01 * math.pi, 1e-10),
        (BOX, "'(x - 1)^2 + (y - 1/2)^2 < 0.01 and x + y > 1.5'", 0.005 * math.pi, 1e-7),
        (BOX, "'x^2 + y^2 < 1 or x > 1.5'", math.pi / 4 + 0.5, 1e-10),
        (BOX, "abs(y - abs(x - 1)) < 0.1", 0.38, 1e-10),
        (DISK, "x^2 + y^2 < 0.04", 0.04 * math.pi, 1e-11),
        (DISK, "sqrt(x^2 + y^2) > 0.2", 0.96 * math.pi, 1e-11),
        (DISK, "{on: boundary, where: x > 0.3}", 2 * math.acos(0.3), 1e-12),
        (DISK, "{outline: {kind: disk, radius: 1/2}, where: x > 0.2}", math.acos(0.4), 1e-12),
        (CORNER, "x^2 + y^2 < 1/4", 0.1875 * math.pi, 1e-6),
        (TIMED, "x^2 + y^2 < 1/4", math.pi / 4, 1e-11),
        (TIMED, "t^2 < 1/4", math.pi / 2, 1e-11),
        (TIMED, "{on: boundary, where: x > t}", 2, 1e-10),
        ("{kind: ball, coordinates: [x, y]}", "x > 0.2", math.acos(0.2) - 0.2 * 0.96**0.5, 1e-10),
        (SPHERE, "x > 1/2", math.pi, 1e-11),
        (CUBE, "x^2 + z^2 < 1/4", math.pi / 2, 1e-11),
        (CUBE, "{on: z=1, where: x^2 + y^2 < 1/4}", math.pi / 4, 1e-11),
        (CUBE, "x^2 + y^2 + z^2 < 1/4", math.pi / 6, 2e-4),
        ("{kind: ball, coordinates: [x, y, z]}", "z > 1/2", math.pi * 5 / 24, 1e-3),
    ],
)  # fmt: skip
def test_measures_are_those_of_formulas(domain, part, measure, error):
    known = parse(domain, f"part: {part}")
    found = sampling.sample(known.domain, known.terms[1].region, Sampling(kind="sobol", points=64), None, [0, "a"])
    assert found.weights.sum() == pytest.approx(measure, rel=error)


@pytest.mark.parametrize(
    ("domain", "part", "integrand", "value"),
    [
        (LINE, "x^2 < 1/3", lambda p: np.exp(p.points[:, 0]), math.exp(3**-0.5) - 1),
        (DISK, "x^2 + y^2 < 0.04", squares, math.pi / 2 * 0.2**4),
        (DISK, "x^2 + y^2 > 0.04", lambda p: 1 / squares(p), 2 * math.pi * math.log(5)),
        (DISK, "'x^2 + y^2 > 0.04 and x^2 + y^2 < 0.25'", squares, math.pi / 2 * (0.5**4 - 0.2**4)),
        (BOX, "x^2 + y^2 < 1", squares, math.pi / 8),
        (TIMED, "'x^2 + y^2 < 1/4 and t < 1/2'", lambda p: p.points[:, 2] * squares(p), math.pi / 256),
        (SPHERE, "x > 1/2", lambda p: p.points[:, 0], 0.75 * math.pi),
        ("{kind: ball, coordinates: [x, y]}", "x^2 + y^2 < 0.04", squares, math.pi / 2 * 0.2**4),
    ],
)  # fmt: skip
def test_reported_integrals_over_parts_are_those_of_formulas(domain, part, integrand, value):
    found = drawn(domain, part, "sobol", 256 if domain == LINE else 8192, reports=True)
    assert found.weights @ integrand(found) == pytest.approx(value, rel=1e-9)


def test_in_space_reported_integrals_are_right_to_a_few_digits():
    found = drawn(CUBE, "x^2 + y^2 + z^2 < 1/4", count=2048, reports=True)
    assert len(found) >= 2**14 and ((found.points**2).sum(axis=1) < 0.25).all()
    assert found.weights @ (found.points**2).sum(axis=1) == pytest.approx(math.pi / 40, rel=5e-4)


@pytest.mark.parametrize("count", [40, 300, 2048])
def test_gauss_points_of_training_fit_the_region_and_are_about_as_many_as_said(count: int):
    known = parse(DISK, "part: x^2 + y^2 > 0.04")
    rule = Sampling(kind="gauss", points=4)
    found = sampling.sample(known.domain, known.terms[1].region, rule, count, [0, "training"])
    assert count <= len(found) <= 1.5 * count + 30
    assert (squares(found) > 0.04).all() and (found.weights > 0).all()
    assert found.weights @ squares(found) == pytest.approx(math.pi / 2 * (1 - 0.2**4), rel=10 / count)


def test_points_that_judge_are_none_of_training():
    text = CONFIG % (DISK, "part: x^2 + y^2 > 0.04") + "sampling: {kind: gauss, points: 500}\n"
    problem = problems.build(config.parse(text, "f.yaml", Path()))
    trained, judged = (problem.points(purpose)[1].points for purpose in ("training", "validation"))
    assert not {tuple(p) for p in trained.tolist()} & {tuple(p) for p in judged.tolist()}


def test_boundaries_have_their_normals():
    found = drawn(DISK, "{on: boundary, where: x > 0.3}")
    assert found.normals == pytest.approx(found.points)
    assert found.normals is not None
    assert found.weights @ found.normals[:, 0] == pytest.approx(2 * math.sin(math.acos(0.3)), rel=1e-12)


def test_what_has_no_end_of_corners_is_measured_by_points():
    known = parse(BOX, "part: 'sin(300*x)*sin(300*y) > 0'")
    (piece,) = known.terms[1].region.pieces
    assert fit(known.domain, piece) is None and fitted(known.domain, piece) is None
    assert drawn(BOX, "'sin(300*x)*sin(300*y) > 0'").weights.sum() == pytest.approx(1, rel=5e-3)


def test_what_lines_miss_is_measured_by_points():
    known = parse(BOX, "part: (y - x/10000 - 0.5003)^2 < 1e-8")
    (piece,) = known.terms[1].region.pieces
    missed = fit(known.domain, piece)
    assert missed is not None and missed.share_of(piece.log_measure(known.domain)) == 0
    assert fitted(known.domain, piece) is None
    assert drawn(BOX, "(y - x/10000 - 0.5003)^2 < 1e-8", "sobol").weights.sum() == pytest.approx(4e-4, rel=0.3)
