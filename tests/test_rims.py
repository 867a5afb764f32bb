"""Distances from straight and round edges as coordinates: of corners that begin with a jump, of points that crowd."""

import math
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pinn import config, jets
from pinn.config import Config, resolve
from pinn.config.blocks import blocks
from pinn.errors import ConfigError
from pinn.expressions import Operator, numeric
from pinn.geometry import Region, interior, rims, rings
from pinn.jets import Space
from pinn.networks import inputs
from pinn.sampling import sample

SHAPES = {
    "disk": "{kind: disk, center: [1, 0], radius: 2, time: {t: [0, 1]}}",
    "ball": "{kind: ball, coordinates: [x, y, z], radius: 2, time: {t: [0, 1]}}",
    "annulus": "{kind: annulus, center: [0, 3], inner: 1, outer: 2, time: {t: [0, 1]}}",
    "triangle": "{kind: polygon, vertices: [[0, 0], [2, 0], [0, 1]], time: {t: [0, 1]}}",
    "pipe": "{kind: difference, of: {kind: box, bounds: {x: [0, 2], y: [0, 1]}},"
    " minus: {kind: disk, center: [0.5, 0.5], radius: 0.2, name: pipe}, time: {t: [0, 1]}}",
    "ellipse": "{kind: ellipse, radii: [2, 1], time: {t: [0, 1]}}",
}
TEXT = """
unknowns: [T]
domain: DOMAIN
terms:
  - equation: T_t = 0.25*laplacian(T)
  - {equation: T = 1, on: t=0}
  - {equation: EDGE, on: ON}
"""


def parsed(shape: str, edge: str = "T = 0", on: str = "boundary", more: str = "") -> Config:
    text = TEXT.replace("DOMAIN", SHAPES[shape]).replace("EDGE", edge).replace("ON}", on + "}") + more
    return config.parse(text, "test.yaml", Path())


def places(found: Config) -> list[dict[str, float]]:
    return [corner.at for corner in getattr(found.document.network, "corners", [])]


@pytest.mark.parametrize(
    ("shape", "name", "place", "normal"),
    [
        ("disk", "boundary", (1, 2), (0, 1)),
        ("ball", "boundary", (0, 0, -2), (0, 0, -1)),
        ("annulus", "outer", (2, 3), (1, 0)),
        ("annulus", "inner", (0, 2), (0, 1)),
        ("triangle", "edge_2", (1, 0.5), (1 / math.sqrt(5), 2 / math.sqrt(5))),
        ("pipe", "pipe", (0.7, 0.5), (-1, 0)),
        ("pipe", "x=2", (2, 0.3), (1, 0)),
    ],
)
def test_the_distance_grows_inwards_by_itself(
    shape: str, name: str, place: tuple[float, ...], normal: tuple[float, ...]
):
    domain = parsed(shape).domain
    rim = rims(domain)[name]
    for step in (0.0, 1e-4, 1e-3):
        point = {i: x - step * n for i, (x, n) in enumerate(zip(place, normal, strict=True))}
        assert rim.at(point) == pytest.approx(step, abs=1e-12 + 3 * step**2)
        assert numeric.evaluate(rim.expression(domain), point, {}) == pytest.approx(rim.at(point), abs=1e-15)


def test_an_ellipse_has_none_and_a_hole_no_rings():
    assert not rims(parsed("ellipse").domain)
    assert rings(parsed("pipe").domain) is None
    assert rings(parsed("triangle").domain) is None


@pytest.mark.parametrize(
    ("shape", "edge", "on", "expected"),
    [
        ("disk", "T = 0", "boundary", ["boundary"]),
        ("disk", "T = 0, hard: true", "boundary", ["boundary"]),
        ("disk", "T = cos(t)", "boundary", []),
        ("disk", '"d(T, n) = -3*T"', "boundary", ["boundary"]),
        ("disk", '"d(T, n) = 3*(1 - T)"', "boundary", []),
        ("disk", '"d(T, n) = 1"', "boundary", ["boundary"]),
        ("disk", '"d(T, n) = 0"', "boundary", []),
        ("ball", "T = 0", "boundary", ["boundary"]),
        ("ball", "T = 0", "{on: boundary, where: z > 0}", ["boundary"]),
        ("ball", '"dot(grad(T), n) + 2*T^4 = 0"', "boundary", ["boundary"]),
        ("annulus", "T = 0", "inner", ["inner"]),
        ("annulus", "T = 0", "boundary", ["outer", "inner"]),
        ("triangle", "T = 0", "[edge_1, edge_3]", ["edge_1", "edge_3"]),
        ("pipe", "T = 0", "[pipe, x=2]", ["pipe", "x=2"]),
        ("ellipse", "T = 0", "boundary", []),
    ],
)
def test_shapes_that_begin_with_what_their_edge_contradicts_have_corners(
    shape: str, edge: str, on: str, expected: list[str]
):
    found = parsed(shape, edge, on)
    assert places(found) == [{name: 0, "t": 0} for name in expected]
    crowded = list(found.document.sampling.cluster or {})
    assert ("t" in crowded) == bool(expected)
    assert (set(expected) <= set(crowded)) == (rings(found.domain) is not None or not expected)
    again = config.parse(resolve.text(found).encode(), "resolved.yaml", Path())
    assert again.document == found.document
    assert again.ansatz == found.ansatz


def test_two_parts_of_an_edge_that_contradict_the_start_make_one_corner():
    more = '  - {equation: "d(T, n) = -T", on: {on: boundary, where: y < 0}}\n'
    found = places(parsed("disk", on="{on: boundary, where: y > 0}", more=more))
    assert [at for at in found if "boundary" in at] == [{"boundary": 0, "t": 0}]


def test_heat_that_goes_elsewhere_along_each_coordinate_has_none():
    text = TEXT.replace("DOMAIN", SHAPES["disk"]).replace("EDGE, on: ON", "T = 0, on: boundary")
    uneven = text.replace("0.25*laplacian(T)", "T_xx + 2*T_yy")
    assert not places(config.parse(uneven, "test.yaml", Path()))


def test_where_a_kind_is_said_the_edge_is_doubted():
    (doubt,) = parsed("disk", more="network: {kind: mlp}\n").warnings
    assert "what jumps where a shape begins" in doubt.message
    assert "leave network.kind out" in (doubt.hint or "")


def test_a_corner_at_an_edge_is_at_its_distance_zero():
    more = "network: {corners: [{at: {boundary: 0.5, t: 0}}]}\n"
    with pytest.raises(ConfigError, match="at a distance 0 from boundary"):
        parsed("disk", more=more)


@pytest.mark.parametrize("shape", ["disk", "triangle"])
def test_distances_have_the_derivatives_of_their_formula(shape: str):
    found = parsed(shape)
    (corner, *_) = inputs_of(found)
    (middle_x, half_x), (middle_y, half_y), (middle_t, half_t) = found.domain.scales
    said = getattr(found.document.network, "corners", [])[0]
    (name, scale), (_, span) = said.scale.items()
    rim = rims(found.domain)[name]

    def formula(units: jax.Array) -> jax.Array:
        away = jnp.array([middle_x, middle_y]) + units[:2] * jnp.array([half_x, half_y]) - jnp.array(rim.origin)
        distance = rim.constant + away @ jnp.array(rim.slopes) + rim.bend * away @ away
        x, t = distance / scale, (middle_t + half_t * units[2]) / span
        r = jnp.sqrt(x**2 + t)
        return jnp.stack([r, x / r, t / r**2])

    point = jnp.array([-0.3, -0.4, -0.2])
    space = Space.closure([Operator.partial(0, 0), Operator.partial(1, 1), Operator.partial(2)])
    jet = inputs.around(corner, jets.coordinates(space, 0, point, [0, 1, 2]))
    for operator in space.basis:
        expected = formula
        for index in operator.terms[0][0]:
            expected = lambda x, f=expected, i=index: jax.jacfwd(f)(x)[..., i]
        np.testing.assert_allclose(jet.series(operator)[0], operator.terms[0][1] * expected(point), rtol=1e-9)


def inputs_of(found: Config):
    return blocks(found.document, found.domain)[0].corners


@pytest.mark.parametrize(("shape", "kind"), [("disk", "sobol"), ("annulus", "gauss"), ("ball", "sobol")])
def test_points_that_crowd_at_an_edge_keep_their_means(shape: str, kind: str):
    """A fifth of them and more lies close to it, and the mean of the squared radius is that of all."""
    found = parsed(shape, on="boundary", more="")
    term = found.terms[0]
    assert term.clusters
    said = term.sampling.model_copy(update={"kind": kind, "points": 4096})
    drawn = sample(found.domain, Region((interior(),)), said, None, [0, "training"], clusters=term.clusters)
    around = rings(found.domain)
    assert around is not None
    radii = np.linalg.norm(drawn.points[:, : len(around.center)] - np.array(around.center), axis=1)
    assert (radii <= around.outer * (1 + 1e-12)).all()
    assert (radii >= around.inner * (1 - 1e-12)).all()
    edges = [around.outer, *([around.inner] if around.inner else [])]
    close = np.min([np.abs(radii - edge) for edge in edges], axis=0) < 0.04
    assert close.mean() > 0.2
    n = len(around.center)
    whole = (around.outer ** (n + 2) - around.inner ** (n + 2)) / (around.outer**n - around.inner**n) * n / (n + 2)
    assert drawn.shares @ radii**2 == pytest.approx(whole, rel=3e-2 if kind == "sobol" else 1e-3)
    assert drawn.shares @ drawn.points[:, -1] == pytest.approx(0.5, rel=3e-2)
