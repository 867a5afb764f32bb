"""A sphere by the command line: an equation on its surface, values beside it."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from commands import Pinn

from pinn import config, fields
from pinn.evaluation import Solution

CIRCLE = """\
unknowns: [u]
domain: {kind: sphere, coordinates: [x, y], radius: 2}
terms:
  - equation: u - laplacian(u) = x*y
exact: {u: x*y/2}
report: {mean: integral(u)/integral(1)}
sampling: {kind: gauss, points: 40}
network: {hidden: [6]}
optimizer: {kind: bfgs, max_steps: 200}
"""


@pytest.fixture(scope="module")
def run(shared: Pinn) -> Path:
    return shared.path(shared.inside("train", shared.write(CIRCLE), "--name", "circle"))


def test_the_laplacian_is_that_of_the_surface(shared: Pinn, run: Path) -> None:
    said = shared.inside("eval", run, "--json").json
    assert said["errors"]["u"]["relative_l2"] < 1e-3
    assert said["errors"]["u"]["relative_h1"] < 1e-2
    assert abs(said["report"]["mean"]["value"]) < 1e-3


def test_values_beside_a_sphere_are_those_on_it(shared: Pinn, run: Path) -> None:
    asked = ["--at", "x=1.2,0.6,30; y=1.6,0.8,40", "--expr", "u", "--expr", "laplacian(u)", "--json"]
    answer = shared.inside("eval", run, *asked)
    assert "2 of 3 points do not lie on the sphere" in answer.err
    for name in ("u", "laplacian(u)"):
        values = [row[name] for row in answer.json["values"]]
        assert values == pytest.approx([values[0]] * 3, rel=1e-9)
        assert abs(values[0]) == pytest.approx(0.96, rel=0.02)


def test_a_run_on_a_sphere_is_known_elsewhere_as_it_is(shared: Pinn, run: Path) -> None:
    asked, places = ["v*0 + u", "v*0 + laplacian(u)"], np.array([[1.2, 1.6], [0.6, 0.8], [-3.0, 4.0]])
    for domain, truth in (
        ("sphere, coordinates: [x, y], radius: 2", 2 * [0.96, 0.96, -0.96]),
        ("box, bounds: {x: [-2, 2], y: [-2, 2]}", [0.96, 0.96, -0.96, -0.96, -4 * 0.96, 0.96 / 6.25]),
    ):
        said = f"unknowns: [v]\ndomain: {{kind: {domain}}}\nknown: {{u: {{run: {run.name}}}}}\n"
        known = config.parse(said + "terms: [{equation: v = laplacian(u)}]\n", "known.yaml", run.parent)
        values = Solution(known, fields.initial(known, jnp.uint32(0))).ask(asked, places).values()
        assert np.abs(np.concatenate(list(values))) == pytest.approx(np.abs(truth), rel=0.02)
