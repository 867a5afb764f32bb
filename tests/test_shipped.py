"""Shipped problems come near what is known of them in a short training of a small network, in seconds."""

import importlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from pinn import config, problems, shipped
from pinn.training import Saved, build

FOLDER = Path(__file__).parent.parent / "benchmarks"
OPTIMIZERS = {
    "levenberg_marquardt": "order: 1, max_steps: 60",
    "natural_gradient": "order: 1, max_steps: 60",
    "ssbroyden": "max_steps: 150",
}
"""How those of the configs are had: steps of first order are many more in the time that one of second compiles in."""

SMALL = ("network.hidden=[10, 10]", "training.validation=0")

BOUNDS: Mapping[str, float] = {
    "annulus": 1e-3,
    "ball": 1e-2,
    "cloud": 2e-4,
    "heat_family": 1e-2,
    "l_shape_corner": 2e-2,
    "minimal_surface": 2e-6,
    "motz": 1e-3,
    "oscillator": 3e-5,
    "permeability": 4e-6,
    "poisson_3d": 2e-4,
    "quench": 2e-3,
    "self_similar": 5e-3,
    "sphere": 2e-4,
    "stokes": 2e-2,
}
"""The most that the measure of each may be after few steps on at most 256 points.

Three to five times what fifteen steps of second order come to.
"""


@pytest.mark.parametrize("name", BOUNDS)
def test_a_short_training_comes_near(name, monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    said, course = importlib.import_module("accuracy").PROBLEMS[name], importlib.import_module("course")
    document = config.load(shipped.find(name)).document
    kind = document.optimizer[0].kind if isinstance(document.optimizer, list) else "levenberg_marquardt"
    changes = [*SMALL, f"optimizer={{kind: {kind}, {OPTIMIZERS[kind]}}}"]
    if isinstance(document.sampling.points, int) and name != "cloud":
        changes.append(f"sampling.points={min(document.sampling.points, 256)}")
    small = config.load(shipped.find(name), changes)
    *_, last = (e.snapshot for e in build(problems.build(small)).run(None, lambda: None) if isinstance(e, Saved))
    state = course.State(last.step, float(last.report.loss), 0, 0, last.theta)
    assert course.measures(small, None)[said.measure](state) < BOUNDS[name]
