"""Products of shapes and boxes against formulas: measures, normals, what is built in; and planes inside a ball."""

import math
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from pinn import config, fields
from pinn.config import resolve
from pinn.errors import ConfigError
from pinn.evaluation import Solution
from pinn.geometry import Ball, Flat, Region, interior, plane, point
from pinn.sampling import Points, sample
from pinn.schema import Sampling

HEAD = """
unknowns: [u]
domain:
  kind: product
  of: [{kind: disk, center: [1, 0], radius: 0.5}, {kind: line, coordinates: z, range: [-1, 2]}]
  time: {t: [0, 2]}
network: {kind: mlp, hidden: [5]}
"""

CYLINDER = (
    HEAD
    + """
terms:
  - {equation: u_t = laplacian(u)}
  - {equation: "u = x*z + y*t", on: side, hard: true}
  - {equation: "u = x*z + y*t", on: [z=-1, z=2, t=0], hard: true}
"""
)

KINDS = ("sobol", "random", "gauss", "grid")


def parsed(text: str) -> config.Config:
    return config.parse(text, "a.yaml", Path())


def drawn(on: str, kind: str = "sobol", count: int = 4000) -> Points:
    found = parsed(f"{HEAD}terms: [{{equation: u = 0, on: {on}}}]\n")
    said = Sampling.model_validate({"kind": kind, "points": count})
    return sample(found.domain, found.terms[-1].region, said, count, [0])


@pytest.mark.parametrize("kind", KINDS)
def test_a_cylinder_has_its_measures_moments_and_normals(kind: str) -> None:
    inside, side, end = (drawn(on, kind) for on in ("interior", "side", "z=2"))
    assert inside.measure == pytest.approx(math.pi / 4 * 3 * 2)
    assert side.measure == pytest.approx(math.pi * 3 * 2) and end.measure == pytest.approx(math.pi / 4 * 2)
    assert inside.shares.sum() == pytest.approx(1)
    close = 1e-12 if kind == "gauss" else 0.03
    x, y, z, t = inside.points.T
    assert inside.shares @ x == pytest.approx(1, abs=close) and inside.shares @ t == pytest.approx(1, abs=close)
    assert inside.shares @ (z * z) == pytest.approx(1, abs=close)
    assert inside.shares @ (y * y) == pytest.approx(0.5**2 / 4, abs=max(close, 1e-3) if kind != "gauss" else 1e-6)
    x, y, z, t = side.points.T
    assert np.allclose(np.hypot(x - 1, y), 0.5)
    assert side.normals is not None and np.allclose(side.normals, np.stack([2 * x - 2, 2 * y, 0 * x], axis=1))
    assert side.shares @ z == pytest.approx(0.5, abs=close)
    assert end.normals is not None and np.array_equal(end.normals, np.tile([0.0, 0.0, 1.0], (len(end), 1)))
    assert (end.points[:, 2] == 2).all() and (np.hypot(end.points[:, 0] - 1, end.points[:, 1]) <= 0.5).all()


def test_its_boundary_is_its_side_and_both_ends_as_gauss_theorem_says() -> None:
    around = drawn("boundary", "gauss")
    assert around.measure == pytest.approx((math.pi * 3 + 2 * math.pi / 4) * 2)
    x, y, z, _ = around.points.T
    assert around.normals is not None
    flux = around.weights @ np.einsum("ni,ni->n", around.normals, np.stack([x, y * x, z], axis=1))
    assert flux == pytest.approx((1 + 1 + 1) * math.pi / 4 * 3 * 2, rel=1e-10)  # its divergence is 1 + x + 1


def test_conditions_on_side_ends_and_start_hold_whatever_the_network_says() -> None:
    known = parsed(CYLINDER)
    solution = Solution(known, fields.initial(known, jnp.uint32(3)))
    points = np.vstack([drawn(on, "random", 50).points for on in ("side", "z=-1", "z=2", "t=0")])
    x, y, z, t = points.T
    assert np.allclose(solution.ask([], points)["u"], x * z + y * t, atol=1e-12)
    inside = drawn("interior", "random", 50).points
    assert not np.allclose(solution.ask([], inside)["u"], inside[:, 0] * inside[:, 2] + inside[:, 1] * inside[:, 3])


@pytest.mark.parametrize(
    ("domain", "message", "hint"),
    [
        ("{kind: product, of: [{kind: disk}, {kind: line, range: [0, 1]}]}", "another factor has the coordinate x",
         "give it another name"),
        ("{kind: product, of: [{kind: disk}, {kind: disk, coordinates: [z, w]}]}",
         "a product has one shape, and boxes beside it", "write the others as boxes, or lines"),
        ("{kind: product, of: [{kind: sphere, coordinates: [x, y]}, {kind: line, coordinates: z, range: [0, 1]}]}",
         "a sphere is multiplied by a time and by families only", "'time' or 'family'"),
        ("{kind: product, of: [{kind: disk, time: {t: [0, 1]}}, {kind: line, coordinates: z, range: [0, 1]}], "
         "time: {s: [0, 1]}}", "there is one time, and another factor has it", "say it once, of the product"),
        ("{kind: product, of: [{kind: disk, radius: -1}, {kind: line, coordinates: z, range: [1, 0]}]}",
         "this is -1", "it must be above zero"),
    ],
)  # fmt: skip
def test_mistakes(domain: str, message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parsed(f"unknowns: [u]\ndomain: {domain}\nterms: [{{equation: u = 1}}]\n")
    first = caught.value.diagnostics[0]
    assert first.message == message and hint in (first.hint or "")
    assert first.mark is not None and first.mark.line == 2


def test_boxes_alone_make_a_box_and_a_shape_may_have_a_family() -> None:
    parts = "{kind: line, range: [0, 1], periodic: true}, {kind: box, bounds: {y: [0, 2], c: [3, 4]}, family: [c]}"
    text = "unknowns: [u]\ndomain: {{kind: product, of: [{}], time: {{t: [5, 6]}}}}\nterms: [{{equation: u_t = c}}]\n"
    box = parsed(text.format(parts)).domain
    assert box.coordinates == ("x", "y", "c", "t") and box.spatial == (0, 1) and box.time == 3
    assert (box.periodic, box.scales[2]) == (frozenset({0}), (3.5, 0.5))
    family = parsed(text.format("{kind: line, coordinates: c, range: [1, 2]}, {kind: disk}")).domain
    assert family.coordinates == ("x", "y", "c", "t") and family.spatial == (0, 1, 2)


@pytest.mark.parametrize("kind", ["sobol", "random"])
def test_planes_and_lines_inside_a_ball_are_balls_of_fewer_dimensions(kind: str) -> None:
    ball = Ball(("x", "y", "z"), (1.0, 0.0, 0.0), 2.0)
    said = Sampling.model_validate({"kind": kind, "points": 4000})
    disk = sample(ball, Region((plane(ball, 0, 2.0),)), said, 4000, [0])
    assert disk.measure == pytest.approx(math.pi * 3) and (disk.points[:, 0] == 2).all()
    assert (np.hypot(*disk.points[:, 1:].T) <= math.sqrt(3)).all()
    assert disk.shares @ (disk.points[:, 1] ** 2) == pytest.approx(3 / 4, rel=0.05)
    assert disk.normals is not None and np.array_equal(disk.normals[0], [1, 0, 0])
    line = sample(ball, Region((point(ball, {0: 1.0, 2: 1.2}),)), said, 1000, [0])
    assert line.measure == pytest.approx(2 * 1.6) and np.ptp(line.points[:, 1]) == pytest.approx(3.2, rel=0.02)
    assert isinstance(plane(ball, 0, 2.0).pieces[0], Flat) and interior().pieces[0].measure(ball) > 33


def test_a_cloud_that_is_a_factor_names_its_files_and_is_drawn_at_random(tmp_path: Path) -> None:
    rows = "\n".join(f"{x / 7},{y / 7}" for x in range(8) for y in range(8))
    (tmp_path / "mesh.csv").write_text(f"x,y\n{rows}\n", encoding="utf-8")
    cloud, line = "{kind: points, file: mesh.csv, coordinates: [x, y]}", "{kind: line, coordinates: z, range: [0, 1]}"
    text = f"unknowns: [u]\ndomain: {{kind: product, of: [{cloud}, {line}]}}\nterms: [{{equation: u = z}}]\n"
    known = config.parse(text, "a.yaml", tmp_path)
    assert resolve.file_names(known.document) == ["mesh.csv"]
    assert known.files == (tmp_path / "mesh.csv",) and known.terms[0].sampling.kind == "random"


def test_a_name_is_not_given_twice() -> None:
    text = "unknowns: [u]\ndomain: {kind: product, of: [{kind: disk}, {kind: line, coordinates: z, range: [0, 1]}]}\n"
    with pytest.raises(ConfigError) as caught:
        parsed(text + "parameters: {z: 1}\nterms: [{equation: u = z}]\n")
    assert "'z'" in caught.value.diagnostics[0].message and "coordinate" in caught.value.diagnostics[0].message
