"""Weights that a run balances itself: equal shares of the kernel's trace, at fixed steps, with the same bits."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pinn import config, problems
from pinn.errors import ConfigError, RequestError
from pinn.objectives import Residuals
from pinn.recording import Recorder, begin, check_alterations, read_start
from pinn.runs import Run
from pinn.training import Ended, Logged, Saved, Trainer, stagnation
from pinn.training.balance import Balance, factors, scaled, traces

TEXT = """
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1]}}
terms:
  - {equation: u_xx = -9*sin(3*x), weight: 2}
  - {equation: u = 0, on: x=0}
  - {equation: u_x = 3, on: x=0, weight: 0.5}
sampling: {kind: sobol, points: 16}
network: {kind: mlp, hidden: [6]}
optimizer: {kind: levenberg_marquardt, order: 1, max_steps: 24}
training: {balance_every: 10, log_every: 4, checkpoint_every: 6, validation: 32}
"""
ADAM = "optimizer=[{kind: adam, max_steps: 24, learning_rate: 1e-2}, {kind: lbfgs, history: 4, max_steps: 13}]"


def problem(*assignments: str) -> problems.Problem:
    return problems.build(config.parse(TEXT, "test.yaml", Path(), assignments))


def trained(trainer: Trainer, start: Any = None) -> list[Any]:
    return list(trainer.run(start, lambda: None))


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    return Trainer.of(problem())


@pytest.fixture(scope="module")
def events(trainer: Trainer) -> list[Any]:
    return trained(trainer)


def blocks(trainer: Trainer, theta: Any, args: Any) -> dict[str, float]:
    """|J_i|² from the whole Jacobian: sixteen rows of the equation, then one of each condition."""
    jacobian = np.asarray(jax.jit(Residuals(trainer.objective).jacobian)(theta, args)[1])
    assert len(jacobian) == 18
    parts = np.split(np.sum(jacobian**2, axis=1), [16, 17])
    return dict(zip(["term_1", "term_2", "term_3"], (float(part.sum()) for part in parts), strict=True))


def test_every_term_gets_the_same_share_of_the_trace_and_the_sum_stays(trainer: Trainer) -> None:
    theta, plain = trainer.first(), trainer.arguments("training")
    before = blocks(trainer, theta, plain)
    assert {k: float(v) for k, v in traces(trainer.objective, theta, plain).items()} == pytest.approx(before)
    balanced = Balance(10).at(0, trainer.objective, theta, plain)
    after = blocks(trainer, theta, balanced)
    assert len(set(before.values())) == 3
    assert list(after.values()) == pytest.approx([sum(before.values()) / 3] * 3)


def test_a_constant_weight_makes_no_difference_to_balanced_terms(trainer: Trainer) -> None:
    objective, theta, plain = trainer.objective, trainer.first(), trainer.arguments("training")
    other = scaled(objective, plain, {"term_1": 1.0, "term_2": 50.0, "term_3": 1.0})
    one, two = (factors(traces(objective, theta, args), {}) for args in (plain, other))
    ratios = [two["term_1"] / one["term_1"], 50 * two["term_2"] / one["term_2"], two["term_3"] / one["term_3"]]
    assert ratios == pytest.approx([ratios[0]] * 3)


def test_traces_that_break_leave_the_factors_as_they_are() -> None:
    assert factors({"a": 1, "b": 3}, {}) == {"a": 2.0, "b": 2 / 3}
    assert factors({"a": 1, "b": 0}, {}) == {"a": 1.0, "b": 1.0}
    assert factors({"a": 1, "b": np.nan}, {"a": 5.0, "b": 7.0}) == {"a": 5.0, "b": 7.0}


def test_a_run_weighs_at_fixed_steps_and_reports_the_loss_of_the_config(trainer: Trainer, events: list[Any]) -> None:
    logged = {event.step: event for event in events if isinstance(event, Logged)}
    assert logged[4].balance == logged[8].balance != logged[12].balance == logged[16].balance != logged[20].balance
    for event in logged.values():
        assert event.loss == pytest.approx(sum(event.terms.values()), rel=1e-12)
    last = [event.snapshot for event in events if isinstance(event, Saved)][-1]
    static = trainer.forms[0].terms(jnp.asarray(last.theta), trainer.arguments("training"))
    assert last.report.loss == pytest.approx(float(sum(value.loss for value in static.values())), rel=1e-12)


@pytest.mark.parametrize("changes", [[], [ADAM]], ids=["levenberg_marquardt", "adam, lbfgs"])
def test_a_run_gives_the_same_bits_from_every_checkpoint(trainer: Trainer, changes: list[str]) -> None:
    known = Trainer.of(problem(*changes)) if changes else trainer
    saved = [event.snapshot for event in trained(known) if isinstance(event, Saved)]
    assert saved[-1].weighed is not None and saved[-1].weighed.number == saved[-1].step // 10
    for start in saved[:-1]:
        last = [event.snapshot for event in trained(known, start) if isinstance(event, Saved)][-1]
        assert last.weighed == saved[-1].weighed
        for key, array in saved[-1].arrays.items():
            assert array.tobytes() == last.arrays[key].tobytes(), key


def ending(trainer: Trainer, **limits: Any) -> str:
    """Why a stage with other limits ends."""
    altered = replace(trainer, stages=(trainer.stages[0].model_copy(update=limits),))
    (end,) = [event for event in trained(altered) if isinstance(event, Ended)]
    return end.reason


def test_target_and_patience_look_at_the_loss_of_the_config(
    trainer: Trainer, events: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = {event.step: event.loss for event in events if isinstance(event, Logged)}
    target = 1.01 * losses[20]
    assert all(loss > target for step, loss in losses.items() if step < 20)
    assert f"reached the target {target:g} at step 20" in ending(trainer, target=target)
    monkeypatch.setattr(stagnation, "SHARE", 1)
    assert "in 15 steps" in ending(trainer, patience=15), "although weights have changed at step 10"


def test_metrics_result_and_checkpoints_hold_the_factors(tmp_path: Path, trainer: Trainer) -> None:
    run = Run(tmp_path / "run")
    run.path.mkdir()
    begin(trainer.problem.config, TEXT.encode(), run, 1, [])
    result = Recorder(run, trainer, read_start(run), dict).record(lambda: None, lambda _: None)
    rows = [json.loads(line) for line in run.metrics.read_text().splitlines()]
    assert set(rows[0]["balance"]) == {"term_1", "term_2", "term_3"}
    snapshot = read_start(run).snapshot
    assert snapshot is not None and snapshot.weighed is not None
    assert result["balance"] == rows[-1]["balance"] == snapshot.weighed.factors


MISTAKES = [
    ("terms.0={minimise: u_x^2}", "'term_1' minimises: its weight decides the result", "leave it out"),
    ("terms=[{equation: u_x = u}]", "'term_1' is the only one that is not hard", "leave it out"),
    ("training.balance_every=0", "'training.balance_every'", ""),
]


@pytest.mark.parametrize(("change", "message", "hint"), MISTAKES)
def test_mistakes_are_named(change: str, message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        problem(change)
    (found,) = [d for d in caught.value.diagnostics if message in d.message]
    assert hint in (found.hint or "")
    assert found.mark is not None


@pytest.mark.parametrize("change", ["training.balance_every=5", "training={balance_every: 5}"])
def test_a_resumption_keeps_the_rhythm(change: str) -> None:
    with pytest.raises(RequestError, match="cannot change on resumption") as caught:
        check_alterations(["training.log_every=1", change])
    assert "but balance_every" in (caught.value.diagnostics[0].hint or "")
