"""Standard errors of fitted parameters, where a formula vouches for them: a straight line through noisy values."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from pinn import config, evaluation, fields, problems, uncertainty

TEXT = """
unknowns: [u]
parameters:
  a: {kind: fitted, initial: 2}
  b: {kind: fitted, initial: 3, scale: 10}
  c: {kind: fitted, initial: 1}
domain: {kind: box, bounds: {x: [0, 1]}}
terms:
  - {equation: u = 0, points: 20}
  - {data: {file: line.csv, fit: {y: a + b*x EXTRA}}}
sampling: {kind: grid, points: 20}
network: {hidden: [1]}
"""
SAMPLES = 60


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray, np.ndarray]:
    """A folder with a table of y = 2 + 3 x and noise that grows with x."""
    folder = tmp_path_factory.mktemp("line")
    x = np.linspace(0, 1, SAMPLES)
    noise = np.random.default_rng(0).normal(size=SAMPLES) * (0.01 + 0.1 * x)
    rows = "\n".join(f"{a},{b}" for a, b in zip(x.tolist(), (2 + 3 * x + noise).tolist(), strict=True))
    (folder / "line.csv").write_text(f"x,y\n{rows}\n", encoding="utf-8")
    return folder, x, noise


def covariance(folder: Path, extra: str) -> tuple[np.ndarray, evaluation.Report]:
    """That of a network which is zero and parameters at their true values."""
    known = config.parse(TEXT.replace("EXTRA", extra), "test.yaml", folder)
    problem = problems.build(known)
    size, unravel = fields.unraveling(known)
    start = fields.initial(known, jnp.uint32(0)).fitted
    model = fields.Model(unravel(jnp.zeros(size)).network, start)
    found = uncertainty.covariance(problem, model)
    assert found is not None
    return found, evaluation.report(problem, model)


def test_it_is_that_of_a_linear_regression_with_unequal_noise(line: tuple[Path, np.ndarray, np.ndarray]) -> None:
    folder, x, noise = line
    found, _ = covariance(folder, "+ c*x^2")
    design = np.stack([np.ones(SAMPLES), x, x**2], axis=1)
    inverse = np.linalg.inv(design.T @ design)
    noise_of_c = noise - x**2  # c begins at 1, where the truth is 0
    robust = inverse @ design.T @ np.diag(noise_of_c**2) @ design @ inverse
    rows, rank = SAMPLES + 20, 3 + 1  # a network that is zero has one number that any residual feels
    np.testing.assert_allclose(found, robust * rows / (rows - rank), rtol=1e-8)


def test_what_no_residual_feels_has_no_finite_error(line: tuple[Path, np.ndarray, np.ndarray]) -> None:
    found, report = covariance(line[0], "+ 0*c")
    assert np.isinf(found[2, 2])
    assert np.isfinite(found[:2, :2]).all()
    assert report.parameters["c"]["standard_error"] == np.inf
    assert "correlation_a" not in report.parameters["c"]
    a, b = report.parameters["a"], report.parameters["b"]
    assert a["standard_error"] == pytest.approx(found[0, 0] ** 0.5)
    assert b["correlation_a"] == pytest.approx(found[0, 1] / (found[0, 0] * found[1, 1]) ** 0.5)


def test_an_energy_has_none(line: tuple[Path, np.ndarray, np.ndarray]) -> None:
    text = TEXT.replace("EXTRA", "+ c").replace("{equation: u = 0, points: 20}", "{minimise: u + u^4}")
    known = config.parse(text, "test.yaml", line[0])
    assert uncertainty.covariance(problems.build(known), fields.initial(known, jnp.uint32(0))) is None
