"""Sizes are known before anything is allocated, and absurd ones are refused where they stand."""

from pathlib import Path

import pytest

from pinn import config, fields, shipped
from pinn.config import sizes
from pinn.errors import ConfigError
from pinn.schema import Bfgs, Lbfgs, LevenbergMarquardt

TEXT = """
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1]}}
terms: [{equation: u_x = u}]
"""


@pytest.mark.parametrize("name", shipped.names())
def test_the_count_of_parameters_is_that_of_the_model(name):
    loaded = config.load(shipped.find(name))
    count = sizes.trained(loaded.document, loaded.domain)
    assert count == fields.unraveling(loaded)[0]


def test_stages_need_what_their_arrays_take():
    assert sizes.stage_bytes(Bfgs(kind="bfgs"), 1000) == 2 * 8 * 1000**2
    assert sizes.stage_bytes(Lbfgs(kind="lbfgs", history=10), 1000, "float32") == 4 * 4 * 10 * 1000
    squares = LevenbergMarquardt(kind="levenberg_marquardt")
    assert sizes.stage_bytes(squares, 1000, rows=3000) == 8 * (4 * 3000 * 1000 + 2 * 1000**2 + 2 * 1000)
    assert sizes.stage_bytes(squares, 1000, rows=10) < 8 * 5 * 10 * 1000


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("network.hidden=[1000000000]", "lbfgs on 3,000,000,001 parameters needs"),
        ("optimizer={kind: lbfgs, history: 1000000000000}", "lbfgs on"),
        ("sampling.points=1000000000000", "one hidden layer on 1,000,000,000,000 points needs"),
        ("sampling={kind: gauss, points: [1000000000000]}", "points needs"),
    ],
)
def test_absurd_sizes_are_refused_with_the_estimate(override, words):
    with pytest.raises(ConfigError) as caught:
        config.parse(TEXT, "test.yaml", Path(), [override])
    found = next(d for d in caught.value.diagnostics if words in d.message)
    assert "GiB" in found.message
    assert found.mark is not None


def test_points_that_are_added_unasked_fit_into_some_memory() -> None:
    text = "unknowns: [a, b, c, e]\ndomain: {kind: box, bounds: {x: [0, 1], y: [0, 1]}}\nnetwork: {hidden: [50, 50]}\n"
    text += "terms:\n" + "".join(f"  - {{equation: laplacian({u}) = {u}}}\n" for u in "abce")
    assert config.parse(text, "f.yaml", Path(), ["network.hidden=[8]"]).document.training.add_points == 8 * 2048
    assert config.parse(text, "f.yaml", Path()).document.training.add_points == 4 * 2048
