"""Points that are drawn afresh: at fixed steps, from seeds of their own, with the same bits however a run is cut."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from pinn import config, problems
from pinn.config import summary
from pinn.errors import ConfigError
from pinn.objectives import Objective
from pinn.training import Logged, Saved, Trainer
from pinn.training.redraws import Redraws
from pinn.training.stage import Pace

TEXT = """
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1], y: [0, 1]}}
terms:
  - {equation: laplacian(u) = sin(3*x)*y}
  - {equation: u = 0, on: boundary, sampling: {kind: random, points: 12, redraw_every: 4}}
  - {equation: u = 1, on: x=0.5, sampling: {kind: random, points: 5}}
  - {data: known.csv}
sampling: {kind: sobol, points: 32, redraw_every: 3}
network: {kind: mlp, hidden: [4]}
training: {log_every: 1, checkpoint_every: 1, validation: 0}
"""
STAGES = {
    "adam": "{kind: adam, max_steps: 14, learning_rate: 1e-2}",
    "bfgs": "{kind: bfgs, max_steps: 14}",
    "both": "[{kind: adam, max_steps: 5}, {kind: lbfgs, history: 4, max_steps: 9}]",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("data")
    (place / "known.csv").write_text("x,y,u\n0.1,0.2,0.3\n0.5,0.6,0.7\n", encoding="utf-8")
    return place


def problem(folder: Path, *assignments: str) -> problems.Problem:
    return problems.build(config.parse(TEXT, "test.yaml", folder, assignments))


def interior(points: Redraws, step: int, group: int = 0) -> Any:
    return np.asarray(points.at(step).batches[group].points)


def test_points_change_at_their_own_steps_and_nowhere_else(folder: Path) -> None:
    known, points = problem(folder), Redraws(Objective.of(problem(folder)))
    for group, period in enumerate((3, 4, 100, 100)):
        drawn = [interior(points, step, group) for step in range(13)]
        for step in range(1, 13):
            assert (drawn[step] == drawn[step - 1]).all() == (step % period != 0)
    assert [points.last(step) for step in range(9)] == [2, 2, 2, 3, 5, 5, 7, 7, 8]
    first = known.points("training")
    assert (interior(points, 0).reshape(-1, 2)[:32] == first[0].points).all()
    assert not np.isin(interior(points, 3), interior(points, 6)).any()


def test_the_points_of_a_step_do_not_depend_on_the_way_to_it(folder: Path) -> None:
    forth, back = Redraws(Objective.of(problem(folder))), Redraws(Objective.of(problem(folder)))
    steps = [0, 7, 8, 2, 30]
    seen = {step: [interior(forth, step, g) for g in range(4)] for step in steps}
    for step in reversed(steps):
        for g in range(4):
            assert (interior(back, step, g) == seen[step][g]).all()


def trained(trainer: Trainer, start: Any = None) -> list[Any]:
    return list(trainer.run(start, lambda: None))


@pytest.mark.parametrize("name", STAGES)
def test_a_run_gives_the_same_bits_from_every_checkpoint_and_by_single_evaluations(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = Trainer.of(problem(folder, f"optimizer={STAGES[name]}"))
    whole = trained(trainer)
    saved = [event.snapshot for event in whole if isinstance(event, Saved)]
    assert [snapshot.step for snapshot in saved][-1] == 14
    ends = [trained(trainer, snapshot) for snapshot in saved[:-1]]
    monkeypatch.setattr(Pace, "timed", lambda self, advance, state, before: advance(state, 1))
    for events in (*ends, trained(trainer)):
        last = [event.snapshot for event in events if isinstance(event, Saved)][-1]
        for key, array in saved[-1].arrays.items():
            assert array.tobytes() == last.arrays[key].tobytes(), key


@pytest.mark.parametrize("name", STAGES)
def test_the_loss_is_always_that_of_the_points_of_its_step(folder: Path, name: str) -> None:
    trainer = Trainer.of(problem(folder, f"optimizer={STAGES[name]}"))
    value, points = jax.jit(trainer.objective.value), Redraws(trainer.objective)
    events = trained(trainer)
    thetas = {e.snapshot.step: e.snapshot.theta for e in events if isinstance(e, Saved)}
    logged = [e for e in events if isinstance(e, Logged)]
    assert len({e.step for e in logged}) == 14
    for event in logged:
        assert event.loss == pytest.approx(sum(event.terms.values()), rel=1e-12)
        assert event.loss == pytest.approx(float(value(thetas[event.step], points.at(event.step))), rel=1e-12)


def test_adam_takes_one_evaluation_a_step_and_others_one_more_for_each_drawing(folder: Path) -> None:
    """The first evaluation is that of the start."""
    for changes in ([], ["sampling.redraw_every=1"]):
        events = trained(Trainer.of(problem(folder, f"optimizer={STAGES['adam']}", *changes)))
        assert all(e.snapshot.evaluations == e.snapshot.step + 1 for e in events if isinstance(e, Saved))
    fixed, drawn = (
        trained(Trainer.of(problem(folder, f"optimizer={STAGES['bfgs']}", "optimizer.max_steps=1", *changes)))
        for changes in ([], ["sampling.redraw_every=1"])
    )
    assert drawn[-2].snapshot.evaluations == fixed[-2].snapshot.evaluations + 1


@pytest.mark.parametrize("kind", ["grid", "gauss"])
def test_points_that_cannot_change_are_not_drawn_again(folder: Path, kind: str) -> None:
    with pytest.raises(ConfigError) as caught:
        problem(folder, f"sampling.kind={kind}", "terms.1.sampling.kind=" + kind)
    messages: Sequence[str] = [d.message for d in caught.value.diagnostics]
    assert messages == [f"{kind} points are the same whenever they are drawn"] * 2


def test_check_says_which_points_change(folder: Path) -> None:
    said = [term["points"] for term in summary.facts(problem(folder).config)["terms"]]
    assert said == ["drawn afresh every 3 steps", "drawn afresh every 4 steps", None, None]
