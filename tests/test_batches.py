"""Going through the points block by block changes nothing but rounding, and bounds the memory."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pinn import batches, config, problems
from pinn.objectives import Objective
from pinn.training import Trainer

TEXT = """
unknowns: [u]
parameters: {k: {kind: fitted, initial: 2, positive: true}, c: 3}
domain: {kind: box, bounds: {x: [0, 1], y: [0, 1]}}
terms:
  - {name: inside, equation: laplacian(u) + k*u = c*x, weight: 1 + x}
  - {name: walls, equation: "u + d(u, n) = 0", on: boundary, points: 1001}
  - {name: rows, data: rows.csv}
sampling: {kind: random, points: 777}
network: {kind: mlp, hidden: [5]}
"""


@pytest.fixture
def trainer(tmp_path: Path) -> Trainer:
    rows = np.random.default_rng(0).random((600, 3))
    np.savetxt(tmp_path / "rows.csv", rows, delimiter=",", header="x,y,u", comments="")
    return Trainer.of(problems.build(config.parse(TEXT, "test.yaml", tmp_path)))


def _both(trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> tuple[batches.Arguments, batches.Arguments]:
    whole = trainer.arguments("training")
    monkeypatch.setattr(batches, "CACHE", 2**12)
    monkeypatch.setattr(batches, "ROWS", 1)
    parts = trainer.arguments("training")
    assert [len(batch.points) for batch in whole.batches] == [1, 1, 1]
    assert all(len(batch.points) > 1 for batch in parts.batches)
    return whole, parts


def test_value_gradient_and_terms_are_those_of_the_whole(trainer, monkeypatch):
    whole, parts = _both(trainer, monkeypatch)
    theta, objective = trainer.first(), trainer.objective
    of_whole, of_parts = (jax.jit(jax.value_and_grad(objective.value))(theta, a) for a in (whole, parts))
    np.testing.assert_allclose(of_parts[0], of_whole[0], rtol=1e-13)
    np.testing.assert_allclose(of_parts[1], of_whole[1], rtol=1e-10, atol=1e-12)
    assert np.any(of_whole[1] != 0)
    for name, value in objective.terms(theta, parts).items():
        np.testing.assert_allclose(value, objective.terms(theta, whole)[name], rtol=1e-13)


def test_rows_are_those_of_the_whole_and_fillers_are_zero(trainer, monkeypatch):
    whole, parts = _both(trainer, monkeypatch)
    theta, residuals = trainer.first(), trainer.objective.residuals
    assert residuals is not None
    rows, slopes = jax.jit(residuals.jacobian)(theta, whole)
    many_rows, many_slopes = jax.jit(residuals.jacobian)(theta, parts)
    np.testing.assert_allclose(jnp.vdot(many_rows, many_rows), jnp.vdot(rows, rows), rtol=1e-13)
    np.testing.assert_allclose(many_slopes.T @ many_slopes, slopes.T @ slopes, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(many_rows, jax.jit(residuals)(theta, parts), rtol=1e-12, atol=1e-14)
    kept, expected = (r[np.any(j != 0, axis=1)] for r, j in ((many_rows, many_slopes), (rows, slopes)))
    np.testing.assert_allclose(kept, expected, rtol=1e-12)
    _, first = residuals.curve(theta, [theta], parts)
    np.testing.assert_allclose(first, many_slopes @ theta, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("width, size", [(8, 3968), (64, 248), (1024, 120)])
def test_blocks_fit_the_cache_but_are_not_small_for_products(tmp_path, width, size):
    text = "domain: {kind: box, bounds: {x: [0, 1], y: [0, 1]}}\nterms: [{equation: laplacian(u) = 1}]\nunknowns: [u]\n"
    text += f"network: {{kind: mlp, hidden: [{width}]}}\nsampling: {{kind: random, points: 3967}}\n"
    text += "optimizer: {kind: lbfgs}\n"
    problem = problems.build(config.parse(text, "test.yaml", tmp_path))
    (batch,) = batches.arguments(problem, problem.points("training")).batches
    assert batch.points.shape[1] == size
    assert batch.points.size // 2 - 3967 < 2 * size
    assert len(batch.points) == 1 or len(batch.points) % 2 == 0


def test_memory_does_not_grow_with_the_points(tmp_path):
    def scratch(points: int) -> int:
        text = TEXT.replace("  - {name: rows, data: rows.csv}\n", "")
        said = config.parse(text, "test.yaml", tmp_path, [f"sampling.points={points}"])
        trainer = Trainer.of(problems.build(said))
        objective: Objective = trainer.objective
        args = trainer.arguments("training")
        program = jax.jit(jax.value_and_grad(objective.value)).lower(trainer.first(), args).compile()
        analysis = program.memory_analysis()
        assert analysis is not None
        return analysis.temp_size_in_bytes

    assert scratch(400_000) < 2 * scratch(100_000) < 100 * 2**20
