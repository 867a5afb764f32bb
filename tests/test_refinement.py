"""Points drawn where the residual is large: their chances, their weights, and the same bits however a run is cut."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinn import config, problems
from pinn.config import summary
from pinn.errors import ConfigError
from pinn.objectives import Objective
from pinn.recording import Recorder, begin, read_start
from pinn.runs import Run
from pinn.sampling import Points, generator, refined
from pinn.schema import Refine
from pinn.training import Logged, Saved, Trainer
from pinn.training.redraws import Redraws
from pinn.training.stage import Pace

TEXT = """
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1], y: [0, 1]}}
terms:
  - {equation: laplacian(u) = exp(-50*(x - 0.3)^2), name: inside}
  - {equation: u = 0, on: boundary, points: 12}
sampling: {kind: sobol, points: 64, redraw_every: 3, refine: {}}
network: {kind: mlp, hidden: [4]}
training: {log_every: 1, checkpoint_every: 1, validation: 0}
"""
STAGES = {
    "adam": "{kind: adam, max_steps: 8, learning_rate: 1e-2}",
    "both": "[{kind: adam, max_steps: 4}, {kind: bfgs, max_steps: 6}]",
}


def problem(*assignments: str) -> problems.Problem:
    return problems.build(config.parse(TEXT, "test.yaml", Path(), assignments))


def pool(count: int, shares: np.ndarray | None = None) -> Points:
    points = generator([1]).random((count, 2))
    return Points(points, np.full(count, 1 / count) if shares is None else shares, points, 1.0)


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_points_are_drawn_by_their_residuals(power: float) -> None:
    """Each tenth of the pool gets the number of points that the formula says, to a fraction."""
    many = pool(10_000)
    sizes = many.points[:, 0] ** 2
    said = Refine(power=power, even=0.5)
    found = refined(many, sizes, said, 1000, generator([2]))
    wanted = sizes**power / np.mean(sizes**power) + 0.5
    for low in np.arange(0, 1, 0.1):
        part = lambda values, low=low: (values >= low) & (values < low + 0.1)
        expected = 1000 * wanted[part(many.points[:, 0])].sum() / wanted.sum()
        assert np.sum(part(found.points[:, 0])) == pytest.approx(expected, abs=4 * expected**0.5)
    assert len(np.unique(found.points, axis=0)) == 1000
    assert (found.normals == found.points).all()


def test_means_over_refined_points_are_those_over_the_region() -> None:
    """Without bias, and with less scatter than even points for what is large where the residual is."""
    shares = generator([3]).random(2000) + 0.5
    many = pool(2000, shares / shares.sum())
    values = np.exp(-50 * (many.points[:, 0] - 0.3) ** 2)
    truth = many.shares @ values
    index = {tuple(p): v for p, v in zip(many.points, values, strict=True)}
    drawn, even = [], []
    for seed in range(200):
        for found, sizes in ((drawn, values), (even, np.ones(2000))):
            points = refined(many, sizes, Refine(), 100, generator([seed]))
            found.append(points.shares @ [index[tuple(p)] for p in points.points])
    assert np.mean(drawn) == pytest.approx(truth, rel=0.02)
    assert np.std(drawn) < 0.7 * np.std(even)


def test_few_large_residuals_are_all_taken_and_the_rest_shared() -> None:
    many = pool(50)
    sizes = np.where(np.arange(50) < 5, 1e6, 1e-6)
    found = refined(many, sizes, Refine(power=2.0, even=0.01), 10, generator([4]))
    assert {tuple(p) for p in many.points[:5]} <= {tuple(p) for p in found.points}
    assert len(np.unique(found.points, axis=0)) == 10
    assert found.shares[:5] == pytest.approx(np.full(5, 1 / 50), rel=0.02)


@pytest.mark.parametrize("sizes", [np.zeros(40), np.full(40, np.nan), np.full(40, np.inf)])
def test_residuals_that_say_nothing_give_even_points(sizes: np.ndarray) -> None:
    found = refined(pool(40), sizes, Refine(), 10, generator([5]))
    assert found.shares == pytest.approx(np.full(10, 0.1))


def test_squares_at_points_are_the_sum_of_the_weighted_terms() -> None:
    known = problem("terms.inside.weight=2 + x")
    objective, theta = Objective.of(known), Trainer.of(known).first()
    args = Redraws(objective).at(0)
    found = np.asarray(objective.squares(theta, 0, args.batches[0], args.constants, {}))[:64]
    assert found.mean() == pytest.approx(float(objective.terms(theta, args)["inside"].loss), rel=1e-12)


def test_a_round_has_its_own_points_which_follow_the_parameters() -> None:
    trainer = Trainer.of(problem("sampling.points=512", "sampling.refine.even=0.1"))
    theta = trainer.first()
    points = Redraws(trainer.objective)
    interior = lambda step, at: np.asarray(points.at(step, at).batches[0].points).reshape(-1, 2)
    first, second = interior(2, theta), interior(3, 0.0 * theta)
    assert (interior(5, theta) == second).all()
    near = lambda found: np.mean(np.abs(found[:, 0] - 0.3) < 0.1)
    assert near(second) > 0.5 > 0.25 > near(first)  # with u = 0, the residual is the right side
    assert not (interior(6, theta) == second).any()
    assert set(points.anchors) == {"0.2.0", "1.2.0"}
    again = Redraws(trainer.objective, points.anchors)
    assert (np.asarray(again.at(7).batches[0].points) == np.asarray(points.at(7).batches[0].points)).all()


def trained(trainer: Trainer, start: Any = None) -> list[Any]:
    return list(trainer.run(start, lambda: None))


@pytest.mark.parametrize("name", STAGES)
def test_a_run_gives_the_same_bits_from_every_checkpoint_and_by_single_evaluations(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = Trainer.of(problem(f"optimizer={STAGES[name]}"))
    whole = trained(trainer)
    saved = [event.snapshot for event in whole if isinstance(event, Saved)]
    ends = [trained(trainer, snapshot) for snapshot in saved[:-1]]
    monkeypatch.setattr(Pace, "timed", lambda self, advance, state, before: advance(state, 1))
    for events in (*ends, trained(trainer)):
        last = [event.snapshot for event in events if isinstance(event, Saved)][-1]
        for key, array in {**saved[-1].arrays, **saved[-1].anchors}.items():
            assert array.tobytes() == {**last.arrays, **last.anchors}[key].tobytes(), key
    losses = {e.step: e.loss for e in whole if isinstance(e, Logged)}
    assert losses[max(losses)] < losses[min(losses)]


def test_a_checkpoint_on_disk_holds_what_the_points_need(tmp_path: Path) -> None:
    known = problem("optimizer={kind: levenberg_marquardt, order: 1, max_steps: 8}")
    run = Run(tmp_path / "run")
    run.path.mkdir()
    begin(known.config, TEXT.encode(), run, 1, [])
    Recorder(run, Trainer.of(known), read_start(run), dict).record(lambda: None, lambda _: None)
    snapshot = read_start(run).snapshot
    assert snapshot is not None and set(snapshot.anchors) == {"0.2.0", "1.2.0"}
    assert snapshot.anchors["0.2.0"].shape == snapshot.theta.shape
    assert not any("anchor" in name for name in snapshot.arrays)


def test_check_says_how_points_are_drawn() -> None:
    said = [term["points"] for term in summary.facts(problem().config)["terms"]]
    assert said == ["drawn afresh where the residual is large every 3 steps"] * 2


MISTAKES = [
    (["sampling={kind: sobol, refine: {}}"], "points are refined where they are drawn afresh", "'redraw_every: 100'"),
    (["terms.0={minimise: u + u_x, name: e}"], "'e' minimises an energy, which has no residual", "its own 'sampling'"),
    (
        ["terms.0={equation: laplacian(u) = 1, estimate: {kind: stde, directions: 2}, name: e}", "optimizer=adam"],
        "the residual of 'e' is an estimate",
        "its own 'sampling'",
    ),
    (["sampling.refine.power=0"], "'sampling.refine.power'", ""),
    (["sampling.refine.pool=1"], "'sampling.refine.pool'", ""),
    (["sampling.refine.k=1"], "unknown key 'sampling.refine.k'", "power, even, pool"),
]


@pytest.mark.parametrize(("changes", "message", "hint"), MISTAKES)
def test_mistakes_are_named(changes: list[str], message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        problem(*changes)
    found = [d for d in caught.value.diagnostics if message in d.message]
    assert len(found) == 1, [d.message for d in caught.value.diagnostics]
    assert hint in (found[0].hint or "")
    assert found[0].mark is not None


def test_the_caret_is_under_the_key() -> None:
    with pytest.raises(ConfigError) as caught:
        config.parse(TEXT.replace("redraw_every: 3, ", ""), "test.yaml", Path())
    (found,) = caught.value.diagnostics
    mark = found.mark
    assert mark is not None
    assert mark.text[mark.column - 1 : mark.column + 5] == "refine"
