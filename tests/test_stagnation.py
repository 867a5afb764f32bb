"""Stages that no longer gain: they end at fixed steps, with a sentence, and a resumed run ends as the whole one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pinn import config, problems
from pinn.config import resolve
from pinn.errors import ConfigError
from pinn.optimizers.outcomes import Outcome, Report, reason
from pinn.schema import LevenbergMarquardt
from pinn.training import Ended, Look, Saved, Snapshot, Trainer
from pinn.training.advice import Advice
from pinn.training.stagnation import Watch

TEXT = """
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1]}}
terms:
  - {equation: u = abs(x - 0.3)}
sampling: {kind: sobol, points: 40}
network: {kind: mlp, hidden: [3]}
optimizer: {kind: levenberg_marquardt, order: 2, max_steps: 400, patience: 7}
training: {log_every: 5, checkpoint_every: 3, validation: 0}
"""


def report(step: int, loss: float) -> Report:
    return Report(Outcome.RUNNING, loss, 1.0, step, step + 1)


def trainer(*assignments: str) -> Trainer:
    return Trainer.of(problems.build(config.parse(TEXT, "test.yaml", Path(), assignments)))


def trained(known: Trainer, start: Snapshot | None = None) -> tuple[list[Ended], list[Snapshot]]:
    events: list[Any] = list(known.run(start, lambda: None))
    return [e for e in events if isinstance(e, Ended)], [e.snapshot for e in events if isinstance(e, Saved)]


def test_a_tenth_in_so_many_steps_is_asked_for() -> None:
    watch = Watch(10)
    assert watch.verdict(report(0, 1.0)) is None and watch.next_step(0) == 10
    assert watch.verdict(report(9, 1.0)) is None, "it is not looked before"
    assert watch.verdict(report(10, 0.89)) is None and watch.looked == Look(10, 0.89, 1.0)
    sentence = watch.verdict(report(20, 0.89 * 0.91))
    assert sentence is not None
    assert "less than 10% in 10 steps, from 8.900e-01 to 8.099e-01 at step 20; that is far from a solution" in sentence
    assert watch.verdict(report(20, 0.89 * 0.91)) == sentence, "what it rests on is kept"
    energy = Watch(10, looked=Look(10, 15.8, 1000.0), is_energy=True).verdict(report(20, 15.7))
    assert energy is not None and "that seems to be the least value of the energy" in energy
    low = Watch(10, looked=Look(10, 1e-6, 1.0)).verdict(report(20, 0.99e-6))
    assert low is not None and "at step 20; for a smaller error use more points" in low


def test_where_nothing_is_solved_no_more_points_are_advised() -> None:
    stage = LevenbergMarquardt(kind="levenberg_marquardt", max_steps=20)
    stuck, usual = "far from a solution", "use more points"
    for loss, is_energy, advice in ((0.9, False, stuck), (1e-9, False, usual), (0.9, True, usual)):
        end = replace(report(20, loss), outcome=Outcome.NO_DECREASE)
        watch = Watch(10, looked=Look(10, 1.0, 1.0), is_energy=is_energy)
        assert advice in reason(end, stage, watch.remedy(end))


def test_only_what_a_problem_has_a_use_for_is_advised() -> None:
    plain = Advice.of(trainer().problem.config)
    assert plain == Advice() and plain.longer is None
    for words in ("noise", "hard", "slabs", "causal"):
        assert words not in plain.stuck + plain.near
    head, start = TEXT.replace("x: [0, 1]}", "x: [0, 1], t: [0, 1]}, time: t"), "  - {equation: u = 0, on: t=0}\n"
    timed = config.parse(head.replace("sampling", start + "sampling"), "test.yaml", Path())
    advice = Advice.of(timed)
    assert advice == Advice(has_conditions=True, has_time=True)
    assert (
        "build conditions in" in advice.stuck and "training.slabs" in advice.stuck and "training.slabs" in advice.near
    )
    end = replace(report(20, 1e-5), outcome=Outcome.MAX_STEPS)
    said = reason(
        end, LevenbergMarquardt(kind="levenberg_marquardt", max_steps=20), Watch(10, advice=advice).remedy(end)
    )
    assert said.endswith("raise max_steps, add a stage, or cut time by training.slabs")
    cut = config.parse(
        head.replace("validation: 0", "slabs: 2").replace("sampling", start + "sampling"), "test.yaml", Path()
    )
    assert not Advice.of(cut).has_time
    others = "  - {equation: u_x = 0, on: left}\n  - equation: integral(u) = 0\nregions: {left: x < 0.5}\n"
    inside = config.parse(TEXT.replace("sampling", others + "sampling"), "test.yaml", Path())
    assert not Advice.of(inside).has_conditions, "nothing of it could be built in"


def test_an_optimizer_whose_steps_are_small_may_be_far_from_a_solution() -> None:
    stage = LevenbergMarquardt(kind="levenberg_marquardt")
    for loss, advice in ((0.5, "far from a solution"), (1e-6, "lower atol and rtol")):
        end = replace(report(20, loss), outcome=Outcome.TOLERANCE)
        assert advice in reason(end, stage, Watch(10, looked=Look(10, 1.0, 1.0)).remedy(end))


def test_near_rounding_more_steps_are_not_advised() -> None:
    stage = LevenbergMarquardt(kind="levenberg_marquardt", max_steps=20)
    for loss, advice in (
        (1e-9, "raise max_steps, or add a stage"),
        (2e-17, "more steps gain little; a stage of multi"),
    ):
        end = replace(report(20, loss), outcome=Outcome.MAX_STEPS)
        assert advice in reason(end, stage, Watch(10, looked=Look(10, 1.0, 1.0)).remedy(end))


def test_a_small_loss_asks_for_more_steps_only_where_less_is_wanted() -> None:
    watch = Watch(1000)
    assert watch.verdict(report(0, 1e-2)) is None
    assert watch.remedy(report(1000, 1e-8)) is None
    assert "the loss is 3e-15 of the first; raise max_steps, or add a stage, only if" in str(
        watch.remedy(report(1000, 3e-17))
    )


def test_other_points_begin_anew_and_a_patience_of_0_never_ends() -> None:
    watch = Watch(10)
    watch.verdict(report(0, 1.0))
    watch.begin(report(8, 5.0))
    assert watch.verdict(report(17, 5.0)) is None and watch.next_step(17) == 18
    assert watch.verdict(report(18, 4.9)) is not None
    never = Watch(0)
    assert all(never.verdict(report(step, 1.0)) is None for step in (0, 10, 1000))


def test_an_energy_below_zero_goes_on() -> None:
    """Its shares mean nothing: without a reduction no value is small enough."""
    watch = Watch(0)
    assert all(watch.verdict(report(step, loss)) is None for step, loss in ((0, 1.0), (10, 0.0), (20, -4.0)))


def test_a_loss_that_has_fallen_far_enough_ends_a_stage_at_fixed_steps() -> None:
    watch = Watch(50, reduction=1e-3)
    assert watch.verdict(report(0, 2.0)) is None and watch.next_step(0) == 10 and watch.next_step(10) == 20
    assert watch.verdict(report(7, 1e-3)) is None, "chunks may end anywhere, decisions fall at fixed steps"
    watch.begin(report(9, 5.0))
    sentence = watch.verdict(report(10, 1e-3))
    assert sentence is not None and "1.000e-03 is less than 0.001 of the first, 2.000e+00, at step 10" in sentence


def test_auto_asks_for_eighteen_digits_of_a_sum_of_squares_unless_a_target_is_said() -> None:
    found = [trainer(f"optimizer={said}").stages[0] for said in ("auto", "{kind: auto, target: 1e-20}")]
    assert [getattr(stage, "reduction", None) for stage in found] == [1e-18, 0.0]


def test_an_energy_written_out_with_its_defaults_can_be_read_again() -> None:
    energy = config.parse(
        TEXT.replace("equation: u = abs(x - 0.3)", "minimise: u"), "test.yaml", Path(), ("optimizer=auto",)
    )
    again = config.parse(resolve.text(energy), "resolved.yaml", Path())
    assert again.stages == energy.stages


def test_a_run_at_the_rounding_of_single_precision_is_told_so() -> None:
    known = trainer("precision=float32", "terms.term_1.equation=u = sin(x)", "optimizer={kind: bfgs, patience: 0}")
    (end,), _ = trained(known)
    assert "no further decrease at rounding level" in end.reason
    assert end.reason.endswith("or precision: float64")


def test_a_reduction_ends_a_run_and_one_resumed_before_its_end() -> None:
    known = trainer("terms.term_1.equation=u = sin(x)", "optimizer={kind: levenberg_marquardt, reduction: 1e-9}")
    (end,), saved = trained(known)
    assert "is less than 1e-09 of the first" in end.reason and saved[-1].step % 10 == 0
    (again,), rest = trained(known, saved[-2])
    assert (again.reason, rest[-1].theta.tobytes()) == (end.reason, saved[-1].theta.tobytes())


def test_a_stage_that_crawls_ends_and_so_does_one_resumed_before_its_end() -> None:
    known = trainer()
    (end,), saved = trained(known)
    assert "fell by less than 10% in 7 steps" in end.reason
    assert end.last and not end.outcome.broken
    assert end.measured is not None and end.measured.step == saved[-1].step < 400
    for start in saved[-3:]:
        (again,), rest = trained(known, start)
        assert again.reason == end.reason
        assert rest[-1].theta.tobytes() == saved[-1].theta.tobytes() and rest[-1].looked == saved[-1].looked
    (further,), rest = trained(trainer("optimizer.patience=0", "optimizer.max_steps=200"), saved[-1])
    assert rest[-1].step > saved[-1].step and "less than 10%" not in further.reason


def test_the_next_stage_goes_on() -> None:
    stages = "[{kind: levenberg_marquardt, order: 2, patience: 7}, {kind: bfgs, max_steps: 3}]"
    ends, _ = trained(trainer(f"optimizer={stages}"))
    assert ["fell by less" in ends[0].reason, "max_steps=3" in ends[1].reason] == [True, True]


def test_patience_with_an_energy_is_refused_at_its_place() -> None:
    text = TEXT.replace("equation: u = abs(x - 0.3)", "minimise: 0.5*u_x^2 - u")
    text = text.replace("levenberg_marquardt, order: 2", "bfgs")
    with pytest.raises(ConfigError) as caught:
        config.parse(text, "test.yaml", Path())
    assert "patience counts shares of a sum of squares, and 'term_1' minimises an energy" in str(caught.value)
    (found,) = caught.value.diagnostics
    assert found.mark is not None and (found.mark.line, found.mark.column) == (8, 41)
    config.parse(text.replace(", patience: 7", ""), "test.yaml", Path())


def test_a_huge_first_loss_is_not_what_others_are_shares_of() -> None:
    usual, huge, exact = Look(0, 1.0, 1.0, 0.5), Look(0, 1e12, 1e12, 0.5), Look(0, 1.0, 1.0, 1e-30)
    assert [look.whole for look in (usual, huge, exact)] == [1.0, 0.5, 1.0]
    assert huge.named == "that of networks that are zero" and usual.named == "the first"
    watch = Watch(50, reduction=1e-18, at_rest=0.5)
    assert watch.verdict(report(0, 1e12)) is None
    assert watch.verdict(report(10, 1e-7)) is None, "1e-19 of the first, and no solution"
    sentence = watch.verdict(report(20, 1e-14))
    assert sentence is not None and "less than 1e-18 of the first" in sentence


def test_a_loss_beyond_that_of_zeros_is_no_solution() -> None:
    text = TEXT.replace("u = abs(x - 0.3)", "1e9*(u - 1e-3*x) = 0")
    known = Trainer.of(problems.build(config.parse(text, "test.yaml", Path())))
    _, saved = trained(known)
    looked = saved[-1].looked
    assert looked is not None and looked.first > 1e15
    assert looked.at_rest == pytest.approx(1e12 / 3, rel=1e-2) and looked.whole == looked.at_rest
