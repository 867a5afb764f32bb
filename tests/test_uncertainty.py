"""Standard errors of fitted parameters, where a formula vouches for them: a straight line through noisy values."""

from dataclasses import replace
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from pinn import config, evaluation, fields, problems, uncertainty
from pinn.cli.doubts import doubts

TEXT = """
unknowns: [u]
parameters:
  a: {kind: fitted, initial: 2}
  b: {kind: fitted, initial: 3, scale: 10}
  c: {kind: fitted, initial: 1}
domain: {kind: box, bounds: {x: [0, 1]}}
terms:
  - {equation: u = 0, points: 20}
  - {data: {file: line.csv, fit: {y: a + b*x EXTRA} SIGMA} WEIGHT}
REST"""
REST = "sampling: {kind: grid, points: 20}\nnetwork: {hidden: [1]}\n"
SAMPLES = 60


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray, np.ndarray]:
    """A folder with a table of y = 2 + 3 x and noise that grows with x."""
    folder = tmp_path_factory.mktemp("line")
    x = np.linspace(0, 1, SAMPLES)
    noise = np.random.default_rng(0).normal(size=SAMPLES) * (0.01 + 0.1 * x)
    lines = zip(x.tolist(), (2 + 3 * x + noise).tolist(), (0.01 + 0.1 * x).tolist(), strict=True)
    rows = "\n".join(f"{a},{b},{c}" for a, b, c in lines)
    (folder / "line.csv").write_text(f"x,y,s\n{rows}\n", encoding="utf-8")
    return folder, x, noise


def written(extra: str, weight: str = "", sigma: str = "") -> str:
    text = TEXT.replace("EXTRA", extra).replace("WEIGHT", weight).replace("SIGMA", sigma)
    return text.replace("REST", REST)


def covariance(folder: Path, extra: str, weight: str = "", sigma: str = "") -> tuple[np.ndarray, evaluation.Report]:
    """That of a network which is zero and parameters at their true values."""
    known = config.parse(written(extra, weight, sigma), "test.yaml", folder)
    problem = problems.build(known)
    size, unravel = fields.unraveling(known)
    start = fields.initial(known, jnp.uint32(0)).fitted
    model = fields.Model(unravel(jnp.zeros(size)).network, start)
    found = uncertainty.covariance(problem, model)
    assert found is not None
    return found, evaluation.report(problem, model)


def design(x: np.ndarray) -> np.ndarray:
    return np.stack([np.ones(SAMPLES), x, x**2], axis=1)


@pytest.mark.parametrize("weight", [1.0, 1e-6])
def test_it_is_that_of_a_linear_regression(line: tuple[Path, np.ndarray, np.ndarray], weight: float) -> None:
    """Where no errors are said they are equal, and follow from how the values are missed."""
    folder, x, noise = line
    found, _ = covariance(folder, "+ c*x^2", f", weight: {weight}")
    missed = noise - x**2  # c begins at 1, where the truth is 0
    variance = (missed**2).sum() / (SAMPLES - 3)
    np.testing.assert_allclose(found, variance * np.linalg.inv(design(x).T @ design(x)), rtol=1e-7)


@pytest.mark.parametrize("sigma", ["0.05", "s"])
@pytest.mark.parametrize("weight", [1.0, 1e-6])
def test_errors_that_are_said_are_those_of_the_data(
    line: tuple[Path, np.ndarray, np.ndarray], sigma: str, weight: float
) -> None:
    """Whatever the residuals are: (XᵀX)⁻¹ Xᵀ S X (XᵀX)⁻¹ for one error, (Xᵀ S⁻¹ X)⁻¹ for a column of them."""
    folder, x, _ = line
    found, _ = covariance(folder, "+ c*x^2", f", weight: {weight}", f", sigma: {sigma}")
    errors = 0.01 + 0.1 * x if sigma == "s" else np.full(SAMPLES, 0.05)
    scaled = design(x) / errors[:, None]
    np.testing.assert_allclose(found, np.linalg.inv(scaled.T @ scaled), rtol=1e-7)


def test_columns_with_gaps_have_errors_of_their_own(tmp_path: Path) -> None:
    """Two constants, each measured by a column with its own noise; of the second some values are missing."""
    drawn = np.random.default_rng(1).normal(size=(40, 2)) * [0.1, 5.0] + [2, 3]
    rows = "\n".join(f"{x},{a},{'' if x % 4 == 0 else b}" for x, (a, b) in enumerate(drawn.tolist()))
    (tmp_path / "two.csv").write_text(f"x,y,z\n{rows}\n", encoding="utf-8")
    text = TEXT.replace("[0, 1]", "[0, 40]").replace("  c: {kind: fitted, initial: 1}\n", "")
    data = "{file: two.csv, fit: {y: a, z: b}, missing: skip}"
    known = config.parse(text[: text.index("  - {data")] + f"  - {{data: {data}}}\n" + REST, "f.yaml", tmp_path)
    size, unravel = fields.unraveling(known)
    problem, start = problems.build(known), fields.initial(known, jnp.uint32(0)).fitted
    found = uncertainty.covariance(problem, fields.Model(unravel(jnp.zeros(size)).network, start))
    assert found is not None
    seen = [drawn[:, 0], drawn[np.arange(40) % 4 != 0, 1]]
    truth = [((v - m) ** 2).sum() / (len(v) - 1) / len(v) for v, m in zip(seen, (2, 3), strict=True)]
    np.testing.assert_allclose(found, np.diag(truth), rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("followed", [0.01, 1.0, 30.0])
def test_the_variance_of_data_is_found_also_where_they_are_followed(followed: float) -> None:
    """On average over errors, with other rows that are exact, whatever weight the data have against these."""
    drawn = np.random.default_rng(2)
    noise = followed * np.linspace(1, 2, 12)
    matrix = drawn.normal(size=(42, 10)) * np.concatenate([noise, np.ones(30)])[:, None]
    basis = np.linalg.qr(matrix)[0]
    errors = np.zeros((4000, 42))
    errors[:, :12] = 0.7 * drawn.normal(size=(4000, 12)) * noise
    left = errors - errors @ basis @ basis.T
    found = [uncertainty.variance(rows[:12], noise, basis[:12]) for rows in left]
    assert np.mean(found) == pytest.approx(0.49, rel=0.06)


def test_data_that_are_reached_whatever_they_are_tell_no_variance() -> None:
    assert uncertainty.variance(np.zeros(3), np.ones(3), np.eye(3)) == np.inf


def test_what_no_residual_feels_has_no_finite_error(line: tuple[Path, np.ndarray, np.ndarray]) -> None:
    found, report = covariance(line[0], "+ 0*c")
    assert np.isinf(found[2, 2])
    assert np.isfinite(found[:2, :2]).all()
    assert report.parameters["c"]["standard_error"] == np.inf
    assert "correlation_a" not in report.parameters["c"]
    a, b = report.parameters["a"], report.parameters["b"]
    assert a["standard_error"] == pytest.approx(found[0, 0] ** 0.5)
    assert b["correlation_a"] == pytest.approx(found[0, 1] / (found[0, 0] * found[1, 1]) ** 0.5)


@pytest.mark.parametrize(
    ("said", "value", "error", "doubted"),
    [
        ("initial: 0", -4.7e-10, 1.1e-7, False),
        ("initial: 0", -4.7e-10, 0.2, True),
        ("initial: 2", 1e-9, 1e-3, False),
        ("initial: 1e-6", 1e-7, 1e-6, True),
        ("initial: 1e-6, scale: 1e-6", 1e-9, 1e-9, False),
        ("initial: 0, bounds: [-1e-3, 1e-3]", 1e-7, 1e-6, False),
        ("initial: 0, bounds: [-1e-3, 1e-3]", 1e-4, 1e-3, True),
        ("initial: 2", 1, np.inf, True),
    ],
)
def test_an_error_that_is_small_for_what_the_parameter_may_be_is_no_doubt(
    line: tuple[Path, np.ndarray, np.ndarray], said: str, value: float, error: float, doubted: bool
) -> None:
    text = written("+ c").replace("c: {kind: fitted, initial: 1}", f"c: {{kind: fitted, {said}}}")
    known = config.parse(text, "test.yaml", line[0])
    _, report = covariance(line[0], "+ c*x^2")
    report = replace(report, parameters={"c": {"value": value, "standard_error": error}})
    assert any("c is not determined" in doubt for doubt in doubts(report, known)) == doubted


def test_a_loss_that_is_no_number_is_doubted(line: tuple[Path, np.ndarray, np.ndarray]) -> None:
    known = config.parse(written("+ c"), "test.yaml", line[0])
    _, report = covariance(line[0], "+ c*x^2")
    for loss, doubted in ((np.nan, True), (np.inf, True), (1e9, False)):
        found = list(doubts(replace(report, loss=loss), known))
        assert any("on fresh points the loss is no number" in doubt for doubt in found) == doubted


def test_an_energy_has_none(line: tuple[Path, np.ndarray, np.ndarray]) -> None:
    text = written("+ c").replace("{equation: u = 0, points: 20}", "{minimise: u + u^4}")
    known = config.parse(text, "test.yaml", line[0])
    assert uncertainty.covariance(problems.build(known), fields.initial(known, jnp.uint32(0))) is None
