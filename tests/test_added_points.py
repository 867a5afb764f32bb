"""Points that a run adds by itself: where the loss between them is too large, at fixed steps, with the same bits."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinn import config, problems
from pinn.errors import ConfigError
from pinn.objectives import Objective
from pinn.recording import Recorder, begin, read_start
from pinn.runs import Run
from pinn.training import Added, Logged, Saved, Trainer, stage
from pinn.training.redraws import Redraws

TEXT = """
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1]}}
terms:
  - {equation: u = sin(12*x)}
  - {equation: u = 0, on: x=0}
sampling: {kind: sobol, points: 6}
network: {kind: mlp, hidden: [6]}
optimizer: {kind: levenberg_marquardt, order: 1, max_steps: 25}
training: {add_points: 24, log_every: 5, checkpoint_every: 10, validation: 64}
"""


def problem(*assignments: str) -> problems.Problem:
    return problems.build(config.parse(TEXT, "test.yaml", Path(), assignments))


def trained(trainer: Trainer, start: Any = None) -> list[Any]:
    return list(trainer.run(start, lambda: None))


def interior(points: Redraws, step: int) -> np.ndarray:
    return np.asarray(points.at(step).batches[0].points).reshape(-1)


def test_points_double_from_a_step_on_up_to_the_limit_and_only_inside() -> None:
    points = Redraws(Objective.of(problem("training.add_points=50")))
    assert [points.add(step) for step in (10, 20, 30, 40)] == [True, True, True, False]
    assert [len(interior(points, step)) for step in (0, 9, 10, 20, 30, 99)] == [6, 6, 12, 24, 48, 48]
    assert set(interior(points, 0)) <= set(interior(points, 30)), "a Sobol sequence goes on"
    assert len(points.at(99).batches[1].points.reshape(-1)) == 1
    assert points.count == 49
    again = Redraws(points.objective, added=points.added)
    assert (interior(again, 25) == interior(points, 25)).all()


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    return Trainer.of(problem())


def test_a_run_adds_points_where_they_are_too_few_and_errs_less(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = trained(trainer)
    added = [event for event in events if isinstance(event, Added)]
    assert added and all(event.step % 10 == 0 and (event.ratio or 0) > 10 for event in added)
    logged = {event.step: event for event in events if isinstance(event, Logged)}
    assert logged[added[0].step - 5].points == 7
    assert logged[added[0].step].points == 13
    for event in logged.values():
        assert event.loss == pytest.approx(sum(event.terms.values()), rel=1e-12)
    monkeypatch.setattr(stage, "GAP", np.inf)
    fixed = [event for event in trained(trainer) if isinstance(event, Logged)]
    assert all(event.points == 7 for event in fixed)
    last = logged[max(logged)]
    assert last.validation is not None and fixed[-1].validation is not None
    assert last.validation < 0.1 * fixed[-1].validation


@pytest.mark.parametrize("changes", [[], ["optimizer={kind: adam, max_steps: 250, learning_rate: 5e-2}"]])
def test_a_run_gives_the_same_bits_from_every_checkpoint(
    trainer: Trainer, changes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "GAP", 0.1)
    known = (
        Trainer.of(problem(*changes, "training.checkpoint_every=50", "training.log_every=50")) if changes else trainer
    )
    saved = [event.snapshot for event in trained(known) if isinstance(event, Saved)]
    assert saved[-1].added
    for start in saved[:-1]:
        last = [event.snapshot for event in trained(known, start) if isinstance(event, Saved)][-1]
        assert last.added == saved[-1].added
        for key, array in saved[-1].arrays.items():
            assert array.tobytes() == last.arrays[key].tobytes(), key


def test_metrics_and_checkpoints_hold_the_points(tmp_path: Path, trainer: Trainer) -> None:
    run = Run(tmp_path / "run")
    run.path.mkdir()
    begin(trainer.problem.config, TEXT.encode(), run, 1, [])
    Recorder(run, trainer, read_start(run), dict).record(lambda: None, lambda _: None)
    rows = [json.loads(line) for line in run.metrics.read_text().splitlines()]
    assert rows[0]["points"] == 7 < rows[-1]["points"]
    snapshot = read_start(run).snapshot
    assert snapshot is not None and len(snapshot.added) >= 1


MISTAKES = [
    ("training.add_points=1e10", "levenberg_marquardt on 19 parameters needs", "smaller network"),
    ("training.add_points=11", "11 leaves no room beside the 6 points of the start", "twice as many are 12"),
    ("training.validation=0", "points are added by the loss on independent points", "leave 'validation: 0' out"),
    ("terms.0={minimise: u_x + u^2}", "larger between them, and adam lets the energy climb", "leave it out"),
    ("training.add_points=-1", "'training.add_points'", ""),
]


@pytest.mark.parametrize(("change", "message", "hint"), MISTAKES)
def test_mistakes_are_named(change: str, message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        problem(change, *(["optimizer={kind: adam}"] if "minimise" in change else []))
    found = [d for d in caught.value.diagnostics if message in d.message]
    assert len(found) == 1, [d.message for d in caught.value.diagnostics]
    assert hint in (found[0].hint or "")
    assert found[0].mark is not None


def test_a_loss_that_is_small_enough_everywhere_needs_no_more_points(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "ENOUGH", 1.0)
    assert not any(isinstance(event, Added) and event.ratio for event in trained(trainer))
