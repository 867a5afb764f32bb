"""Constraints beside an energy hold exactly, by multipliers that a run finds, with the same bits on resumption."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinn import batches, checkpoints, config, problems
from pinn.recording import Recorder, begin, read_start, snapshots
from pinn.runs import Run
from pinn.training import Ended, Logged, Saved, Shift, Trainer
from pinn.training.events import Held
from pinn.training.multipliers import LARGEST, START, Missed, carried, looked, rested

TEXT = """
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1]}}
terms:
  - minimise: u_x^2
  - {equation: integral(u) = 1, name: mean}
  - {equation: u = 0, on: boundary, hard: true}
exact: {u: 6*x*(1 - x)}
sampling: {kind: gauss, points: 64}
network: {hidden: [8]}
training: {log_every: 10, checkpoint_every: 30, validation: 100, errors: true}
"""
"""The least energy is 12 c² for an integral of c, so that the multiplier is 24."""

ENDS = """
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1]}}
terms:
  - minimise: 0.5*u_x^2 - u
  - {equation: u = 2, on: boundary, name: ends}
exact: {u: 2 + x*(1 - x)/2}
sampling: {kind: gauss, points: 64}
network: {hidden: [8]}
training: {log_every: 50, validation: 100, errors: true}
"""
"""Where both ends rise by c the least energy falls by c, half of it for each."""


EDGE = """
unknowns: [u]
domain: {kind: disk}
define: {f: -laplacian(exact.u)}
terms:
  - minimise: 0.5*dot(grad(u), grad(u)) - f*u
  - {equation: u = exact.u, on: boundary, name: edge}
exact: {u: exp(x)*cos(2*y)}
sampling: {kind: gauss, points: 512}
network: {hidden: [16, 16]}
training: {log_every: 50, checkpoint_every: 100, errors: true}
"""
"""With a penalty of weight 1 the solution would be off by several times its size."""

CONTROL = """
unknowns: [x, q]
domain: {kind: box, bounds: {t: [0, 2]}, time: t}
parameters: {s: sqrt(2), C: -(s*sinh(2*s) + cosh(2*s))/(s*cosh(2*s) + sinh(2*s))}
terms:
  - minimise: x^2 + q^2
  - {equation: x_t = -x + q, name: state}
  - {equation: x = 1, on: t=0, hard: true}
exact: {x: cosh(s*t) + C*sinh(s*t), q: s*sinh(s*t) + C*s*cosh(s*t) + cosh(s*t) + C*sinh(s*t)}
network: {hidden: [12]}
sampling: {kind: gauss, points: 32}
training: {log_every: 10, errors: true, add_points: 256}
"""
"""A linear-quadratic regulator: by Euler and Lagrange x'' = 2 x, and x' + x = 0 at the end."""


HILL = """
unknowns: [u]
domain: {kind: box, bounds: {x: [-1, 1]}}
parameters: {a: 1 - sqrt(3)/2}
terms:
  - minimise: 0.5*u_x^2
  - {require: u >= 0.5 - 2*x^2, name: hill}
  - {equation: u = 0, on: boundary, hard: true}
exact: {u: "where(abs(x) < a, 0.5 - 2*x^2, 4*a*(1 - abs(x)))"}
sampling: {kind: gauss, points: 128}
network: {hidden: [12]}
training: {log_every: 50, checkpoint_every: 50, errors: true}
"""
"""A string that touches a hill between -a and a; with a penalty of weight 1 it would be off by most of its size."""


def same_shift(one: Shift | None, other: Shift | None) -> None:
    assert one is not None and other is not None
    assert (one.step, one.factor, one.left) == (other.step, other.factor, other.left)
    np.testing.assert_array_equal(one.targets, other.targets)
    np.testing.assert_array_equal(one.seen, other.seen)


def trainer(text: str = TEXT, *assignments: str) -> Trainer:
    return Trainer.of(problems.build(config.parse(text, "test.yaml", Path(), assignments)))


def trained(known: Trainer, start: Any = None) -> list[Any]:
    return list(known.run(start, lambda: None))


@given(
    st.floats(1e-3, 1e3), st.floats(-10, 10).filter(lambda x: abs(x) > 1e-3), st.floats(1e-2, 1e3), st.floats(0.1, 10)
)
def test_targets_lead_to_the_multiplier_of_a_quadratic_energy(bend: float, least: float, weight: float, size: float):
    """E = bend·(g - least)², whose slope at g = 0 is -2·bend·least, is minimised exactly between two looks."""
    weights, shift, g = np.array([weight]), None, 0.0
    for step in range(40):
        factor, target = (1.0, 0.0) if shift is None else (shift.factor, float(shift.targets[0]))
        strength = weight * factor
        g = (bend * least + strength * target) / (bend + strength)
        shift = looked(shift, 100 * step, Missed(np.array([g]), weights))
        assert shift.factor <= LARGEST
    assert shift is not None and abs(g) <= 1e-8 * abs(least)
    assert 2 * weight * shift.factor * shift.targets[0] == pytest.approx(-2 * bend * least, rel=1e-6)


@given(st.floats(1e-3, 1e3), st.floats(-10, 10).filter(lambda x: abs(x) > 1e-3), st.floats(1e-2, 1e3))
def test_targets_of_an_inequality_lead_to_its_multiplier_or_leave_it_alone(bend: float, least: float, weight: float):
    """E = bend·(g - least)² where g is to be at most zero."""
    weights, shift, g = np.array([weight]), None, 0.0
    for step in range(40):
        factor, target = (1.0, 0.0) if shift is None else (shift.factor, float(shift.targets[0]))
        strength = weight * factor
        g = (bend * least + strength * target) / (bend + strength) if least > target else least
        shift = looked(shift, 100 * step, Missed(np.array([max(g, target)]), weights))
    assert shift is not None
    assert g == pytest.approx(min(least, 0), abs=1e-8 * abs(least))
    assert 2 * weight * shift.factor * shift.targets[0] == pytest.approx(-2 * bend * max(least, 0), rel=1e-6)


def test_targets_wait_until_residuals_have_settled_and_end_where_nothing_helps() -> None:
    one = np.array([1.0])
    first = looked(None, 0, Missed(one, START * one))
    same_shift(first, Shift(0, 1.0, 0 * one, one, None))
    moving = looked(first, 100, Missed(0.5 * one, one))
    same_shift(moving, Shift(100, 1.0, 0 * one, 0.5 * one, None))
    settled = looked(moving, 200, Missed(0.51 * one, one))
    same_shift(settled, Shift(200, 1.0, -0.51 * one, 0.51 * one, 0.51))
    slow = looked(settled, 300, Missed(0.4 * one, one))
    assert slow.factor == 10.0 and slow.targets[0] == pytest.approx(-0.091)
    stuck = slow._replace(factor=LARGEST, seen=0.4 * one, left=0.4)
    assert looked(stuck, 500, Missed(0.4 * one, one)).targets == stuck.targets


def test_small_weights_begin_larger() -> None:
    weights = np.full(100, 1e-4)
    assert looked(None, 0, Missed(np.ones(100), weights)).factor == pytest.approx(START / 0.01)


def test_an_optimizer_at_rest_goes_on_while_that_helps() -> None:
    one = np.array([1.0])
    before = Shift(100, 1.0, -one, one, 1.0)
    better = rested(before, 150, Missed(np.array([0.1]), one), 1.0)
    assert better is not None and better.targets == pytest.approx(-1.1 * one) and better.factor == 1
    assert rested(better, 150, Missed(np.array([0.1]), one), 1.0) is None, "the optimizer has not moved since"
    rounding = better._replace(left=1e-9)
    assert rested(rounding, 200, Missed(np.array([0.9e-9]), one), 1.0) is None
    assert rested(rounding, 200, Missed(np.array([np.nan]), one), 1.0) is None
    slow = rested(better, 200, Missed(np.array([0.09]), one), 1.0)
    assert slow is not None and slow.factor == 10
    assert rested(better, 200, Missed(np.array([0.9e-8]), one), 1.0) is not None
    assert rested(better, 200, Missed(np.array([0.9e-8]), one), 1.0, is_spread=True) is None


@pytest.mark.parametrize(
    ("optimizer", "weight"), [("levenberg_marquardt", 0.01), ("ssbroyden", 100), ("natural_gradient", 0.01)]
)
def test_an_integral_is_met_exactly_whatever_its_weight(optimizer: str, weight: float) -> None:
    known = trainer(TEXT, f"optimizer={{kind: {optimizer}}}", f"terms.mean.weight={weight}")
    last = [event for event in trained(known) if isinstance(event, Logged)][-1]
    assert last.terms["mean"] < 1e-16
    assert last.loss == pytest.approx(12, rel=1e-7)
    assert last.multipliers["mean"] == pytest.approx(24, rel=1e-6)
    assert last.errors["u"]["relative_l2"] < 1e-6


def test_values_at_points_are_met_exactly_and_each_has_its_multiplier() -> None:
    last = [event for event in trained(trainer(ENDS)) if isinstance(event, Logged)][-1]
    assert last.terms["ends"] < 1e-14
    assert last.multipliers == pytest.approx({"ends[0]": -0.5, "ends[1]": -0.5}, rel=1e-4)
    assert last.errors["u"]["relative_l2"] < 1e-5


@pytest.mark.parametrize(
    ("bound", "mean", "multiplier"), [(">= 1", 1, 12), ("<= 0.25", 0.25, 6), (">= 0.25", 0.5, 0), ("<= 1", 0.5, 0)]
)
def test_an_inequality_binds_only_where_it_is_met_and_is_then_exact(bound: str, mean: float, multiplier: float) -> None:
    """The least energy for a mean of c is 12 c² - 12 c."""
    text = TEXT.replace("u_x^2", "u_x^2 - 12*u").replace("equation: integral(u) = 1", f"require: integral(u) {bound}")
    known = trainer(text.replace("6*x", f"{6 * mean}*x"), "optimizer={kind: natural_gradient}")
    last = [event for event in trained(known) if isinstance(event, Logged)][-1]
    assert last.terms["mean"] < 1e-14
    assert last.loss == pytest.approx(12 * mean**2 - 12 * mean, abs=1e-6)
    assert last.multipliers["mean"] == pytest.approx(multiplier, rel=1e-5)
    assert last.errors["u"]["relative_l2"] < 1e-6


def test_a_bound_holds_at_every_point_and_is_left_where_it_does_not_bind() -> None:
    logged = [event for event in trained(trainer(HILL)) if isinstance(event, Logged)][-1]
    assert logged.terms["hill"] < 1e-9
    assert logged.errors["u"]["relative_l2"] < 1e-3


def test_boundary_values_beside_an_energy_are_met_at_every_point() -> None:
    known = trainer(EDGE, "optimizer={kind: ssbroyden, max_steps: 1200}")
    logged = [event for event in trained(known) if isinstance(event, Logged)][-1]
    assert logged.terms["edge"] < 1e-10
    assert logged.errors["u"]["relative_l2"] < 1e-5
    assert not logged.multipliers, "there is one for each point"


def test_an_equation_inside_is_met_while_a_cost_is_least() -> None:
    logged = [event for event in trained(trainer(CONTROL)) if isinstance(event, Logged)][-1]
    assert logged.terms["state"] < 1e-12
    assert max(logged.errors[name]["relative_l2"] for name in "xq") < 1e-5


def test_targets_of_points_that_are_added_are_those_of_the_nearest() -> None:
    known = trainer(CONTROL)
    points_of = lambda problem, times: [problem.points_of(g, "training", times=times) for g in problem.groups]
    arguments = [batches.arguments(known.problem, points_of(known.problem, n)) for n in (1, 2)]
    one, two = (np.asarray(args.batches[0].points).ravel() for args in arguments)
    assert len(two) == 2 * len(one)
    found = carried(known.objective, Shift(0, 1.0, one, 2 * one, 1.0), *arguments)
    gaps = np.abs(two[:, None] - one)
    np.testing.assert_array_equal(found.targets, one[gaps.argmin(axis=1)])
    np.testing.assert_array_equal(found.seen, 2 * found.targets)


@pytest.mark.parametrize("text", [TEXT, EDGE, HILL])
def test_a_run_gives_the_same_bits_from_every_checkpoint(text: str) -> None:
    known = trainer(text, "optimizer={kind: ssbroyden, max_steps: 400}", "training.log_every=100")
    saved = [event.snapshot for event in trained(known) if isinstance(event, Saved)]
    targets = {snapshot.shift.targets.tobytes() for snapshot in saved if snapshot.shift}
    assert len(targets) > 2, "they changed on the way"
    for start in saved[:-1:3]:
        last = [event.snapshot for event in trained(known, start) if isinstance(event, Saved)][-1]
        same_shift(last.shift, saved[-1].shift)
        for key, array in saved[-1].arrays.items():
            assert array.tobytes() == last.arrays[key].tobytes(), key


def test_multipliers_are_written_and_read(tmp_path: Path) -> None:
    known = trainer(TEXT, "optimizer={kind: levenberg_marquardt, max_steps: 30}")
    run = Run(tmp_path / "run")
    run.path.mkdir()
    begin(known.problem.config, TEXT.encode(), run, 1, [])
    Recorder(run, known, read_start(run), dict).record(lambda: None, lambda _: None)
    rows = [json.loads(line) for line in run.metrics.read_text().splitlines()]
    result = json.loads(run.result.read_text())
    assert result["multipliers"] == rows[-1]["multipliers"] and list(result["multipliers"]) == ["mean"]
    saved = [event.snapshot for event in trained(known) if isinstance(event, Saved)][-1]
    snapshots.write(tmp_path / "one", saved, 0.0)
    same_shift(snapshots.read(tmp_path / "one", known.problem.config)[0].shift, saved.shift)


def test_checkpoints_of_programs_that_held_less_are_read(tmp_path: Path) -> None:
    known = trainer(TEXT, "optimizer={kind: levenberg_marquardt, max_steps: 10}")
    saved = [event.snapshot for event in trained(known) if isinstance(event, Saved)][-1]
    saved = replace(saved, held=Held(5, 2.0, 3.0, saved.theta, 0.5), shift=None)
    snapshots.write(tmp_path / "new", saved, 0.0)
    arrays, about = checkpoints.load(tmp_path / "new")
    about["held"] = about["held"][:3]
    about["shift"] = [0, 1.0, [0.0], [0.0], None]
    checkpoints.save(tmp_path / "old", arrays, about)
    read = snapshots.read(tmp_path / "old", known.problem.config)[0]
    assert read.held is not None and (*read.held[:3], read.held.gap) == (5, 2.0, 3.0, 1.0)
    assert read.shift is None


def test_what_cannot_hold_ends_soundly() -> None:
    known = trainer(TEXT.replace("integral(u) = 1", "integral(u^2) = -1"), "optimizer={kind: lbfgs, max_steps: 300}")
    events = trained(known)
    last = [event for event in events if isinstance(event, Logged)][-1]
    assert last.terms["mean"] == pytest.approx(1, rel=1e-3)
    assert isinstance(events[-1], Ended) and not events[-1].outcome.broken
