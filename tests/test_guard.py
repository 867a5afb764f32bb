"""Training ends, or takes more points, where the loss falls on its own points alone; what was best is put back."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinn import config, problems
from pinn.recording import snapshots
from pinn.schema import Adam, Bfgs
from pinn.training import Added, Ended, Logged, Saved, Trainer
from pinn.training.events import Held
from pinn.training.guard import Guard

ENERGY = """
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1]}}
terms:
  - minimise: 0.5*u_x^2 - 4*u
  - {equation: u = 0, on: boundary, hard: true}
exact: {u: 2*x*(1 - x)}
sampling: {kind: gauss, points: 6}
network: {hidden: [12, 12]}
optimizer: {kind: bfgs, max_steps: 300}
training: {log_every: 50, checkpoint_every: 30, validation: 200}
"""
LEAST = -2 / 3
"""The energy of the solution."""


def trainer(*assignments: str) -> Trainer:
    return Trainer.of(problems.build(config.parse(ENERGY, "test.yaml", Path(), assignments)))


def trained(known: Trainer, start: Any = None) -> list[Any]:
    return list(known.run(start, lambda: None))


def looked(guard: Guard, *losses: float) -> list[str | None]:
    return [guard.look(100 * i, loss, loss, np.array([loss])) for i, loss in enumerate(losses)]


def test_an_energy_may_rise_by_a_thousandth_of_what_it_fell_by() -> None:
    guard = Guard(True)
    assert looked(guard, 3.0, 0.5, -0.5, -0.4966, -0.5001) == [None] * 5
    assert guard.held is not None and (guard.held.step, guard.held.loss, guard.held.theta[0]) == (400, -0.5001, -0.5001)
    said = guard.look(500, -0.4964, -0.4964, np.array([9.0]))
    assert said is not None and "rose from -5.001e-01 at step 400 to -4.964e-01 at step 500" in said
    assert "this is the solution of step 400; raise sampling.points" in said
    assert guard.held.theta[0] == -0.5001, "what is worse is not kept"


def test_what_two_rules_do_not_agree_on_is_not_the_best() -> None:
    """Both energies are below the least one, -1, at step 400; at 500 they differ by what no smooth integrand does."""
    guard = Guard(True, accurate=True)
    pairs = [(3.0, 3.0), (-0.5, -0.9), (-0.99, -0.99), (-0.999999, -0.999999), (-1.0005, -1.0008)]
    assert [guard.look(100 * i, a, b, np.array([a])) for i, (a, b) in enumerate(pairs)] == [None] * 5
    assert guard.held is not None and guard.held.step == 300
    said = guard.look(500, -1.001, -1.002, np.zeros(1))
    assert said is not None and "this is the solution of step 300" in said
    assert "-1.001 and that of training -1.002 at step 500" in said


def test_rules_that_never_agree_are_judged_by_the_lowest() -> None:
    """A kink leaves them apart; among others, what rules agree on is better than what they do not."""
    guard = Guard(True, accurate=True)
    for i, (a, b) in enumerate([(3.0, 2.9), (-0.9, -0.99), (-0.95, -0.99)]):
        assert guard.look(100 * i, a, b, np.array([a])) is None
    assert guard.held is not None and guard.held.step == 200
    assert guard.look(300, -0.949, -0.949, np.zeros(1)) is None
    assert guard.held.step == 300
    guard = Guard(True)  # scattered points differ by chance
    for i, (a, b) in enumerate([(3.0, 2.9), (-0.9, -0.9), (-0.95, -0.99)]):
        assert guard.look(100 * i, a, b, np.array([a])) is None
    assert guard.held is not None and guard.held.step == 200


def test_a_sum_of_squares_may_rise_a_hundredfold() -> None:
    assert looked(Guard(True, squares=True), 1.0, 1e-6, 9e-5) == [None] * 3
    assert looked(Guard(True, squares=True), 1.0, 1e-6, 1.1e-4)[-1] is not None


def test_points_that_are_learned_by_heart_end_a_sum_of_squares_where_it_is() -> None:
    few = changed_to_squares("sampling.points=4", "optimizer.atol=0")
    ended = trained(few)[-1]
    assert isinstance(ended, Ended) and ended.measured is not None and ended.measured.validation is not None
    assert "is less than 1e-08 of that on independent points at step" in ended.reason
    assert 0 < ended.measured.loss < 1e-8 * ended.measured.validation
    assert ended.measured.step < few.stages[0].max_steps


def test_the_square_of_a_slope_is_an_energy() -> None:
    """With the factor w the least of 12 m² + w (m - 1)² is 12w/(12 + w); 100 times that is far too much."""
    mass = ENERGY.replace("0.5*u_x^2 - 4*u", "u_x^2\n  - {equation: integral(u) = 1, weight: 100}").replace(
        "exact", "x-e"
    )
    few = Trainer.of(problems.build(config.parse(mass, "test.yaml", Path(), ["sampling.points=4"])))
    assert few.objective.is_sum_of_squares
    events = trained(few)
    assert "the solution of step" in events[-1].reason and events[-1].measured.validation == pytest.approx(
        1200 / 112, rel=0.02
    )


def changed_to_squares(*assignments: str) -> Trainer:
    """The same problem by its equation, with a load that a few points do not see."""
    squares = ENERGY.replace("minimise: 0.5*u_x^2 - 4*u", "equation: -u_xx = 4*sin(40*x)")
    return Trainer.of(problems.build(config.parse(squares, "test.yaml", Path(), assignments)))


def test_what_is_no_number_is_never_held_and_always_worse() -> None:
    guard = Guard(True)
    assert looked(guard, np.nan, 2.0) == [None, None]
    assert guard.held is not None and guard.held.loss == 2.0
    assert guard.look(300, np.nan, np.nan, np.zeros(1)) is not None


def test_an_energy_at_rest_is_said_to_be() -> None:
    guard = Guard(True)
    looked(guard, 3.0, -1.0, -1.0 - 1e-14, -1.0 - 2e-14, -1.0 - 1e-14)
    assert guard.remedy(500) is None
    said = guard.remedy(600)
    assert said is not None and "has not changed since step 100 but for rounding" in said


def test_points_that_may_be_no_more_are_said_to_be() -> None:
    held = Held(10, 1.0, 3.0, np.zeros(1))
    for grows, remedy in (
        (True, "training.add_points allows no more: raise it"),
        (False, "raise sampling.points, or let"),
    ):
        said = Guard(True, held=held, grows=grows).look(20, 9.0, 0.5, np.zeros(1))
        assert said is not None and remedy in said


def test_a_resumed_run_does_not_count_what_it_has_not_seen() -> None:
    held = Held(900, -1.0, 3.0, np.zeros(1))
    guard = Guard.of(Bfgs(kind="bfgs"), squares=False, held=held)
    assert guard.look(1000, -1.0, -1.0, np.zeros(1)) is None
    assert guard.remedy(1000) is None


def test_methods_that_climb_are_not_judged() -> None:
    assert Guard.of(Bfgs(kind="bfgs"), squares=False).is_on
    assert not Guard.of(Adam(kind="adam"), squares=False).is_on
    assert not Guard.of(Bfgs(kind="bfgs"), squares=True, weighed=True).is_on


@pytest.fixture(scope="module")
def few() -> Trainer:
    return trainer()


def test_a_run_that_exploits_its_points_ends_with_the_solution_that_was_best(few: Trainer) -> None:
    events = trained(few)
    end = events[-1]
    assert isinstance(end, Ended) and end.last and not end.outcome.broken and "exploits" in end.reason
    assert end.measured is not None and end.measured.validation is not None
    assert end.measured.validation == pytest.approx(LEAST, rel=1e-3)
    assert end.measured.step < 300
    last = events[-2]
    assert isinstance(last, Saved) and last.snapshot.held is not None
    assert last.snapshot.theta.tobytes() == last.snapshot.held.theta.tobytes()


def test_with_room_it_takes_more_points_and_comes_to_the_solution(few: Trainer) -> None:
    events = trained(trainer("training.add_points=96"))
    added = [event for event in events if isinstance(event, Added)]
    assert added and added[0].ratio is None and added[0].step % 10 == 0
    measured = [event for event in events if isinstance(event, Logged)][-1]
    assert measured.points >= 12
    assert measured.validation == pytest.approx(LEAST, rel=1e-6)


def test_a_resumed_run_gives_the_same_bits(few: Trainer, tmp_path: Path) -> None:
    saved = [event.snapshot for event in trained(few) if isinstance(event, Saved)]
    path = tmp_path / "checkpoint"
    for start in saved[:-1][-1:]:
        snapshots.write(path, start, 0.0)
        read, _ = snapshots.read(path, few.problem.config)
        last = [event.snapshot for event in trained(few, read) if isinstance(event, Saved)][-1]
        assert last.report == saved[-1].report
        for key, array in saved[-1].arrays.items():
            assert array.tobytes() == last.arrays[key].tobytes(), key


def test_equations_without_sampling_have_room_for_eight_times_their_points() -> None:
    free = ENERGY.replace("sampling: {kind: gauss, points: 6}\n", "").replace(
        "minimise: 0.5*u_x^2", "equation: u_xx = 3"
    )
    known = config.parse(free, "test.yaml", Path(), ["optimizer={kind: lbfgs}"])
    assert known.document.training.add_points == 8192
    assert known.chosen_points == ("1024 sobol points, up to 8,192 where the network exploits them",)
    said = config.parse(free, "test.yaml", Path(), ["sampling.points=1024"])
    assert said.document.training.add_points is None


def test_an_energy_without_sampling_has_room_for_sixteen_times_its_points() -> None:
    free = ENERGY.replace("sampling: {kind: gauss, points: 6}\n", "")
    known = config.parse(free, "test.yaml", Path())
    assert known.document.training.add_points == 4096
    assert known.chosen_points == ("256 gauss points: an energy, up to 4,096 where the network exploits them",)
    kinked = config.parse(free.replace("terms:\n", "terms:\n  - require: u <= 1\n"), "test.yaml", Path())
    assert kinked.chosen_points == ("1024 gauss points: an energy, up to 16,384 where the network exploits them",)
    for change in ("optimizer={kind: adam}", "training.validation=0"):
        assert config.parse(free, "test.yaml", Path(), [change]).document.training.add_points is None
    assert config.parse(ENERGY, "test.yaml", Path()).document.training.add_points is None
