"""Causal weights: the formula, all of time at the end, the same bits, and a solution that is missed without them."""

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
from pinn.evaluation import Solution
from pinn.objectives import Residuals
from pinn.recording import Recorder, begin, check_alterations, read_start
from pinn.runs import Run
from pinn.training import Front, Logged, Saved, Trainer, build
from pinn.training.causal import EVERY, INTERVALS, Causal, counted, following

TEXT = """
unknowns: [u, v]
domain: {kind: box, bounds: {t: [1, 5]}, time: t}
terms:
  - {equation: [u_t = v, v_t = -u], weight: 3}
  - {equation: u = sin(1), on: t=1, weight: 2}
  - {equation: v = cos(1), on: t=1, hard: true}
  - {equation: integral(u^2) = 1, weight: 1e-3}
  - {data: samples.csv, weight: 1e-3}
sampling: {kind: sobol, points: 48}
network: {kind: mlp, hidden: [6]}
optimizer: {kind: levenberg_marquardt, order: 1, max_steps: 13}
training: {causal: 0.3, log_every: 4, checkpoint_every: 6, validation: 32}
"""
OTHERS = "optimizer=[{kind: adam, max_steps: 8, learning_rate: 1e-2}, {kind: bfgs, max_steps: 8}]"
TIMES = 4 / INTERVALS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("causal")
    (path / "samples.csv").write_text("t,u\n1.5,0.99\n4.5,-0.97\n")
    return path


@pytest.fixture(scope="module")
def trainer(folder: Path) -> Trainer:
    return Trainer.of(problem(folder))


@pytest.fixture(scope="module")
def events(trainer: Trainer) -> list[Any]:
    return list(trainer.run(None, lambda: None))


def problem(folder: Path, *assignments: str, text: str = TEXT) -> problems.Problem:
    return problems.build(config.parse(text, "test.yaml", folder, assignments))


def by_time(trainer: Trainer, theta: Any, args: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The times of the points of the equations, their contributions to the loss, and those of the other terms."""
    rows = np.asarray(jax.jit(Residuals(trainer.objective))(theta, args)) ** 2
    parts, start = {}, 0
    for group, batch in zip(trainer.problem.groups, args.batches, strict=True):
        if not group.integrates:
            width, count = sum(c.width for c in group.contributions), batch.points.shape[0] * batch.points.shape[1]
            parts[group.contributions[0].name] = batch.points[..., 0].ravel(), rows[start : start + width * count]
            start += width * count
    (times, inside), (_, initial) = parts["term_1"], parts["term_2"]
    others = np.concatenate([initial, parts["term_4"][1], parts["term_5"][1]])
    return np.asarray(times), inside.reshape(len(times), 2).sum(axis=1), others


def test_a_time_is_weighed_by_what_the_times_before_contribute(trainer: Trainer) -> None:
    theta, plain = trainer.first(), trainer.arguments("training")
    times, losses, before = by_time(trainer, theta, plain)
    share, initial = 0.3, before[0]
    weighed = Causal(share).at(0, trainer.objective, theta, plain, plain)
    _, after, others = by_time(trainer, theta, weighed)
    total = losses.sum() + initial
    for time, loss, found in zip(times, losses, after, strict=True):
        begins = 1 + TIMES * np.floor((time - 1) / TIMES)
        past = losses[times < begins].sum() + initial * (begins > 1)
        assert found == pytest.approx(loss * np.exp(-past / (share * total)), rel=1e-9)
    assert others == pytest.approx(before), "where time begins, numbers and data count fully"


def test_the_tolerance_falls_by_tenths_and_then_all_of_time_counts() -> None:
    first = np.array([2.0, 1.0, 1.0])
    found = following(None, 0, first, 0.5)
    assert found.weights == pytest.approx([1, np.exp(-2 / 2), np.exp(-3 / 2)])
    assert (found.first, found.falls) == (4, 0)
    nearer = following(found, 1, 0.006 * first, 0.5)
    assert nearer.falls == 1, "exp(-0.018/2) is above 0.99"
    assert nearer.weights == pytest.approx([1, np.exp(-0.012 / 0.2), np.exp(-0.018 / 0.2)])
    assert following(nearer, 2, 0.1 * first, 0.5).falls == 1, "it never rises"
    assert following(nearer, 3, 1e-6 * first, 0.5) == Front(3, 4, 2, ())
    assert following(None, 0, np.zeros(3), 0.5).weights == (), "solved from the start"
    assert following(None, 0, np.array([1e300, np.nan, np.inf]), 0.5).weights[:2] == (1, pytest.approx(np.exp(-1)))


def test_what_is_solved_keeps_its_points_as_they_are(trainer: Trainer) -> None:
    theta, plain = trainer.first(), trainer.arguments("training")
    causal = Causal(0.3, Front(0, 1.0, 2, ()))
    assert causal.at(100, trainer.objective, theta, plain, plain) is plain
    assert causal.last(100) == np.inf
    assert causal.lowest == 1


def test_a_run_weighs_every_few_steps_and_reports_the_loss_of_the_config(trainer: Trainer, events: list[Any]) -> None:
    logged = [event for event in events if isinstance(event, Logged)]
    assert logged[0].causal is not None and logged[0].causal < 0.9
    for event in logged:
        assert event.loss == pytest.approx(sum(event.terms.values()), rel=1e-12)
    last = [event.snapshot for event in events if isinstance(event, Saved)][-1]
    static = trainer.forms[0].terms(jnp.asarray(last.theta), trainer.arguments("training"))
    assert last.report.loss == pytest.approx(float(sum(value.loss for value in static.values())), rel=1e-12)


@pytest.mark.usefixtures("full_compiler")
@pytest.mark.parametrize("changes", [[], [OTHERS]], ids=["levenberg_marquardt", "adam, bfgs"])
def test_a_run_gives_the_same_bits_from_every_checkpoint(folder: Path, trainer: Trainer, changes: list[str]) -> None:
    known = Trainer.of(problem(folder, *changes)) if changes else trainer
    saved = [event.snapshot for event in known.run(None, lambda: None) if isinstance(event, Saved)]
    assert saved[0].front is not None and saved[0].front.number == saved[0].step // EVERY
    for start in saved[:-1]:
        last = [event.snapshot for event in known.run(start, lambda: None) if isinstance(event, Saved)][-1]
        assert last.front == saved[-1].front
        for key, array in saved[-1].arrays.items():
            assert array.tobytes() == last.arrays[key].tobytes(), key


def test_a_run_says_where_times_do_not_count_fully(tmp_path: Path, trainer: Trainer) -> None:
    run = Run(tmp_path / "run")
    run.path.mkdir()
    short = replace(trainer, stages=(trainer.stages[0].model_copy(update={"max_steps": 2}),))
    begin(trainer.problem.config, TEXT.encode(), run, 1, [])
    result = Recorder(run, short, read_start(run), dict).record(lambda: None, lambda _: None)
    rows = [json.loads(line) for line in run.metrics.read_text().splitlines()]
    assert result["causal"] == rows[-1]["causal"] < 1
    assert f"the last times count only {result['causal']:.2g} times their weight" in result["reason"]
    snapshot = read_start(run).snapshot
    assert snapshot is not None and snapshot.front is not None
    assert snapshot.front.weights[-1] == result["causal"], "the checkpoint has the weights, bit for bit"


VAN_DER_POL = """
unknowns: [u]
domain: {kind: box, bounds: {t: [0, 8]}, time: t}
terms:
  - equation: u_tt = 4*(1 - u^2)*u_t - u
  - {equation: [u = 2, u_t = 0], on: t=0, hard: true}
sampling: {kind: sobol, points: 384}
network: {kind: mlp, hidden: [12, 12]}
optimizer: {kind: levenberg_marquardt, order: 3, max_steps: 110, patience: 0}
training: {causal: true, validation: 0}
"""
"""Its jump comes early without causal weights, and what follows is wrong."""


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    """u at t = 0, 0.1, …, 8 by the classical Runge–Kutta method."""
    slope = lambda y: np.array([y[1], 4 * (1 - y[0] ** 2) * y[1] - y[0]])
    y, step, found = np.array([2.0, 0.0]), 1e-3, [2.0]
    for i in range(1, 8001):
        a = slope(y)
        b = slope(y + step / 2 * a)
        c = slope(y + step / 2 * b)
        y = y + step / 6 * (a + 2 * b + 2 * c + slope(y + step * c))
        if i % 100 == 0:
            found.append(y[0])
    return np.array(found)


@pytest.mark.parametrize("causal", [True, False])
def test_long_times_are_learned_where_all_at_once_are_not(causal: bool, truth: np.ndarray) -> None:
    trainer = Trainer.of(problem(Path(), f"training.causal={str(causal).lower()}", text=VAN_DER_POL))
    last = [event.snapshot for event in trainer.run(None, lambda: None) if isinstance(event, Saved)][-1]
    solution = Solution(trainer.problem.config, trainer.objective.unravel(jnp.asarray(last.theta)))
    found = solution("u", t=np.linspace(0, 8, 81))["u"]
    error = np.linalg.norm(found - truth) / np.linalg.norm(truth)
    assert error < 1e-3 if causal else error > 0.3
    assert (last.front is not None) == causal
    assert last.front is None or all(weight > 0.9 for weight in last.front.weights)


def test_slabs_begin_anew_and_any_domain_with_a_time_is_weighed() -> None:
    text = """
    unknowns: [u]
    domain: {kind: disk, coordinates: [x, y], time: {t: [0, 2]}}
    terms:
      - equation: u_t = laplacian(u)
      - {equation: u = 1, on: [t=0, boundary]}
    network: {kind: mlp, hidden: [4]}
    sampling: {kind: sobol, points: 40}
    training: {causal: true}
    """
    whole = Trainer.of(problem(Path(), text=text))
    plain = whole.arguments("training")
    found = counted(whole.objective, plain, jnp.arange(1.0, INTERVALS + 1))
    ends = []
    for before, after in zip(plain.batches, found.batches, strict=True):
        numbers = np.floor(np.asarray(before.points[..., 2]) / 2 * INTERVALS) + 1
        assert np.asarray(after.shares[0]) == pytest.approx(np.asarray(before.shares[0]) * numbers)
        ends.append((numbers.min(), numbers.max()))
    assert ends == [(1, 32), (1, 32)] or (1, 1) in ends
    slabs = "training={causal: true, slabs: 2}"
    march = build(problem(Path(), slabs, "optimizer.max_steps=3", text=VAN_DER_POL.replace("order: 3", "order: 1")))
    fronts = [event.snapshot for event in march.run(None, lambda: None) if isinstance(event, Saved)]
    assert [len(snapshot.slabs) for snapshot in fronts] == [0, 1]
    assert fronts[0].front is not None and fronts[1].front is not None
    assert fronts[0].front.first != fronts[1].front.first


ESTIMATE = """
unknowns: [u]
domain: {kind: box, bounds: {x: {dim: 5, range: [0, 1]}, t: [0, 1]}, time: t}
terms:
  - {equation: u_t = laplacian(u), estimate: {kind: stde, directions: 2}}
  - {equation: u = 1, on: t=0, hard: true}
optimizer: {kind: adam}
training: {causal: 0.3}
"""
MISTAKES = {
    "time": ((", time: t}", "}"), "causal weights follow time, and this domain has none", "say which coordinate"),
    "beginning": (("on: t=1", "on: t=2"), "no equation stands on t=1", "add one with 'on: t=1'"),
    "everywhere": (
        ("{equation: [u_t = v, v_t = -u], w", "{equation: u = 2, on: t=2, w"),
        "no equation holds at all",
        "",
    ),
    "energy": (
        ("{equation: [u_t = v, v_t = -u]", "{minimise: u_t^2 + v^2"),
        "causal weights are for equations",
        "state",
    ),
    "estimate": ((TEXT, ESTIMATE), "times are weighed by residuals", "'estimate'"),
    "share": (("causal: 0.3", "causal: 2"), "'training.causal", ""),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_said_at_their_place(name: str, folder: Path) -> None:
    (old, new), message, hint = MISTAKES[name]
    assert old in TEXT
    with pytest.raises(ConfigError) as caught:
        problem(folder, text=TEXT.replace(old, new))
    found = [d for d in caught.value.diagnostics if d.message.startswith(message)]
    assert len(found) == 1 and hint in (found[0].hint or ""), caught.value.diagnostics
    mark = found[0].mark
    assert mark is not None and "causal" in mark.text


def test_a_resumption_keeps_the_weights() -> None:
    with pytest.raises(RequestError, match="cannot change on resumption") as caught:
        check_alterations(["training.log_every=1", "training.causal=false"])
    assert "but balance_every, causal and slabs" in (caught.value.diagnostics[0].hint or "")
