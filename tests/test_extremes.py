"""Largest and least values over regions, against those of functions whose extremes are known."""

import math
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from pinn import config, fields
from pinn.errors import ConfigError
from pinn.evaluation import Solution
from pinn.quantities import Number, Quantities

TEXT = """
unknowns: [u]
domain: DOMAIN
regions: {half: "x < 0.25"}
terms: [{equation: u = 1}]
report: {asked: "ASKED"}
"""
BOX = "{kind: box, bounds: {x: [0, 2], y: [0, 1]}}"
HOLE = """
  kind: difference
  of: {kind: box, bounds: {x: [0, 2], y: [0, 1]}}
  minus: [{kind: disk, center: [0.5, 0.5], radius: 0.2, name: hole}]
"""
BALL = "{kind: ball, coordinates: [x, y, z], radius: 2}"
SOLID = """
  kind: difference
  of: {kind: box, bounds: {x: [-1, 1], y: [-1, 1], z: [-1, 1]}}
  minus: [{kind: ball, coordinates: [x, y, z], radius: 0.5, name: core}]
"""
ROOT = math.sqrt(0.5)
KNOWN = {
    "a peak inside": (BOX, "max(sin(pi*y)*exp(-(x - 0.3)^2))", 1.0, {"x": 0.3, "y": 0.5}),
    "the higher of two": (BOX, "max(exp(-99*(x - 0.3)^2) + 1.01*exp(-99*(x - 1.6)^2) - y)", 1.01, {"x": 1.6, "y": 0}),
    "a corner": (BOX, "max(x - 2*y)", 2.0, {"x": 2, "y": 0}),
    "a valley that bends": (BOX, "min((x - 1)^2 + 9*(y - x^2/4)^2)", 0.0, {"x": 1, "y": 0.25}),
    "a face": (BOX, "max(x*y - y^2, over=x=2)", 1.0, {"x": 2, "y": 1}),
    "all faces": (BOX, "min(x + y, over=boundary)", 0.0, {"x": 0, "y": 0}),
    "a normal": (BOX, "max(n[1]*x, over=boundary)", 2.0, {"x": 2, "y": 1}),
    "a part": (BOX, "max(x, over=half)", 0.25, {}),
    "a disk": ("{kind: disk}", "max(x + y)", math.sqrt(2), {"x": ROOT, "y": ROOT}),
    "a part of a disk": ("{kind: disk}", "max(x + y, over=half)", 0.25 + math.sqrt(1 - 0.0625), {}),
    "the edge of a hole": (HOLE, "max(x + y, over=hole)", 1 + 0.2 * math.sqrt(2), {}),
    "beside a hole": (HOLE, "min((x - 0.5)^2 + (y - 0.5)^2)", 0.04, {}),
    "a triangle": ("{kind: polygon, vertices: [[0, 0], [1, 0], [0, 1]]}", "max(x - y)", 1.0, {"x": 1, "y": 0}),
    "a ball": (BALL, "max(x + 2*y - 2*z)", 6.0, {"x": 2 / 3, "y": 4 / 3, "z": -4 / 3}),
    "its sphere": (BALL, "min(x, over=boundary)", -2.0, {"x": -2, "y": 0, "z": 0}),
    "a sphere": ("{kind: sphere, coordinates: [x, y, z]}", "max(x + y)", math.sqrt(2), {"x": ROOT, "y": ROOT, "z": 0}),
    "a solid": (SOLID, "min(x^2 + y^2 + z^2)", 0.25, {}),
    "a core": (SOLID, "max(z, over=core)", 0.5, {"x": 0, "y": 0, "z": 0.5}),
    "a plane": ("{kind: gaussian, coordinates: [x, y]}", "max(exp(-x^2 - (y - 1)^2))", 1.0, {"x": 0, "y": 1}),
    "time": ("{kind: disk, time: {t: [0, 3]}}", "max(t - x^2)", 3.0, {"x": 0, "t": 3}),
}


def found(domain: str, asked: str) -> Number:
    known = config.parse(TEXT.replace("DOMAIN", domain).replace("ASKED", asked), "test.yaml", Path())
    return Quantities(known).numbers(fields.initial(known, jnp.uint32(0)))["asked"]


@pytest.mark.parametrize(("domain", "asked", "value", "place"), KNOWN.values(), ids=KNOWN)
def test_extremes_are_those_of_known_functions(domain: str, asked: str, value: float, place: dict[str, float]):
    best = found(domain, asked)
    assert best.value == pytest.approx(value, abs=3e-7)
    assert {name: best.place[name] for name in place} == pytest.approx(place, abs=1e-3)


def test_a_quantity_may_be_made_of_extremes_and_has_no_place_then():
    best = found(BOX, "max(x)/min(y + 0.5) + integral(1)")
    assert best.value == pytest.approx(6.0)
    assert not best.place


def test_of_a_run_they_are_asked_as_any_number():
    text = "unknowns: [u]\ndomain: {kind: line}\nterms: [{equation: u = 1}]\n"
    known = config.parse(text.replace("line", "line, range: [-1, 2]"), "test.yaml", Path())
    solution = Solution(known, fields.initial(known, jnp.uint32(0)))
    values = solution("u", x=jnp.linspace(-1, 2, 3001))["u"]
    assert solution("max(u)")["max(u)"] == pytest.approx(values.max(), abs=1e-6)
    assert solution("min(u)")["min(u)"] == pytest.approx(values.min(), abs=1e-6)


def test_of_a_cloud_it_is_the_best_of_its_points():
    path = Path(__file__).parents[1] / "configs/cloud.yaml"
    known = config.parse(path.read_text(), path.name, path.parent)
    solution = Solution(known, fields.initial(known, jnp.uint32(0)))
    file = np.genfromtxt(path.parent / "data/clover.csv", delimiter=",", names=True)
    assert solution("max(x - y)")["max(x - y)"] == (file["x"] - file["y"]).max()


MISTAKES = {
    "{equation: u = max(u)}": "'max' over a region is asked for under 'report', and trained by no term",
    "{minimise: integral(u^2) + max(u)}": "'max' over a region is asked for under 'report', and trained by no term",
    "{equation: 'u = max(x, y, over=boundary)'}": "over a region 'max' is taken of one expression",
    "{equation: u = 1, weight: max(u)}": "'max' of one expression cannot stand here",
    "{equation: 'u = max(u, of=boundary)'}": "'max' has no argument 'of'",
}


@pytest.mark.parametrize(("term", "message"), MISTAKES.items())
def test_where_they_cannot_stand_it_is_said(term: str, message: str):
    text = f"unknowns: [u]\ndomain: {BOX}\nterms:\n  - {{equation: u = 1}}\n  - {term}\n"
    with pytest.raises(ConfigError) as caught:
        config.parse(text, "test.yaml", Path())
    assert message in [mistake.message for mistake in caught.value.diagnostics]
