"""Slabs of time: each begins where the one before has ended; all share their programs and are one solution."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from jax import monitoring

from pinn import config, evaluation, fields, problems
from pinn.config import slabs as cuts
from pinn.errors import ConfigError, RequestError
from pinn.evaluation import Solution
from pinn.expressions import Operator, Unknown, algebra
from pinn.geometry import Flat, Part
from pinn.quantities import Quantities
from pinn.slabs import Past, Slabs
from pinn.training import Ended, Logged, March, Saved, build

TEXT = """
unknowns: [u]
domain: {kind: box, bounds: {t: [1, 4], x: [0, 1]}, time: t}
terms:
  - equation: u_t = -(t - 1)*u
  - {equation: u = 1 + x^2, on: t=1, hard: true}
  - {equation: u = exp(-(t - 1)^2/2), on: x=0, hard: true}
  - {equation: u_x = x*exp(-(t - 1)^2/2), on: t=1, points: 8, weight: 1e-6}
exact: {u: (1 + x^2)*exp(-(t - 1)^2/2)}
sampling: {kind: gauss, points: 64}
network: {kind: mlp, hidden: [8]}
optimizer: {kind: levenberg_marquardt, max_steps: 40}
training: {slabs: 3, validation: 16}
"""
TIME, SPACE = 0, 1


def read(*assignments: str, text: str = TEXT, base: Path = Path()) -> config.Config:
    return config.parse(text, "test.yaml", base, assignments)


@pytest.fixture(scope="module")
def march() -> March:
    built = build(problems.build(read()))
    assert isinstance(built, March)
    return built


@pytest.fixture(scope="module")
def watched(march: March) -> tuple[list[Any], list[int]]:
    """The events, and for each program that was compiled in training how many events came before."""
    events: list[Any] = []
    compiled: list[int] = []

    def note(event: str, duration_secs: float, **_: Any) -> None:
        if "backend_compile" in event and duration_secs:
            compiled.append(len(events))

    monitoring.register_event_duration_secs_listener(note)
    for event in march.run(None, lambda: None):
        events.append(event)  # noqa: PERF402
    return events, list(compiled)


@pytest.fixture(scope="module")
def events(watched: tuple[list[Any], list[int]]) -> list[Any]:
    return watched[0]


@pytest.fixture(scope="module")
def solution(march: March, events: list[Any]) -> Solution:
    last = [event.snapshot for event in events if isinstance(event, Saved)][-1]
    unravel = march.objective.unravel
    *before, model = (unravel(jnp.asarray(theta)) for theta in (*(slab.theta for slab in last.slabs), last.theta))
    return Solution(march.problem.config, model, slabs=tuple(before))


def test_the_whole_is_close_to_the_exact_solution(march: March, solution: Solution) -> None:
    found = evaluation.report(march.problem, solution.model, slabs=solution.slabs)
    assert found.errors["u"]["relative_l2"] < 1e-5
    assert found.errors["u"]["relative_h1"] < 1e-4
    assert found.terms["term_1"]["rms"] < 1e-3
    assert found.loss == pytest.approx(
        found.terms["term_1"]["rms"] ** 2 + 1e-6 * found.terms["term_4"]["rms"] ** 2, rel=1e-9
    )


def test_events_name_their_slab_and_only_the_last_one_ends_it_all(events: list[Any]) -> None:
    assert [(end.slab, end.last) for end in events if isinstance(end, Ended)] == [(1, False), (2, False), (3, True)]
    logged = [(event.slab, event.step) for event in events if isinstance(event, Logged)]
    assert logged == sorted(logged) and len({step for _, step in logged}) >= 3


def test_a_slab_begins_with_the_values_and_slopes_of_the_one_before(solution: Solution) -> None:
    models, pieces = (*solution.slabs, solution.model), solution.pieces
    x = np.linspace(0, 1, 9)
    asked = [Unknown("u"), algebra.derivative(Unknown("u"), Operator.partial(SPACE, SPACE))]
    for slab in (1, 2):
        ends = np.stack([np.full_like(x, 1.0), x], axis=1)
        begins = np.stack([np.zeros_like(x), x], axis=1)
        before = pieces.values(models[:slab], asked, ends)
        after = pieces.values(models[: slab + 1], asked, begins)
        np.testing.assert_allclose(after, before, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(pieces.values(models[:1], asked[:1], begins)[0], 1 + x**2, rtol=1e-14)


def test_rates_that_are_built_in_are_handed_over_too() -> None:
    hard = "{equation: [u = 1 + x^2, u_t = sin(x)], on: t=1, hard: true}"
    text = TEXT.replace("{equation: u = 1 + x^2, on: t=1, hard: true}", hard).replace(
        "  - {equation: u = exp(-(t - 1)^2/2), on: x=0, hard: true}\n", ""
    )
    known = read(text=text)
    models = [fields.initial(known, jnp.uint32(seed)) for seed in range(3)]
    pieces, x = Slabs.of(known), np.linspace(0, 1, 9)
    asked = [algebra.derivative(Unknown("u"), Operator.partial(*[TIME] * k)) for k in range(3)]
    begins, ends = (np.stack([np.full_like(x, t), x], axis=1) for t in (0.0, 1.0))
    for slab in (1, 2):
        before, after = pieces.values(models[:slab], asked, ends), pieces.values(models[: slab + 1], asked, begins)
        np.testing.assert_allclose(after[:2], before[:2], rtol=1e-11, atol=1e-12)
        assert np.abs(after[2] - before[2]).max() > 1e-3
    np.testing.assert_allclose(pieces.values(models[:1], asked[1:2], begins)[0], np.sin(x), rtol=1e-13, atol=1e-14)


def test_hard_conditions_hold_in_every_slab(solution: Solution) -> None:
    t = np.linspace(1, 4, 31)
    np.testing.assert_allclose(solution("u", t=t, x=0)["u"], np.exp(-((t - 1) ** 2) / 2), rtol=1e-13)


def test_soft_terms_at_the_beginning_take_over_the_residual_of_the_slab_before(solution: Solution) -> None:
    past = Past(solution.pieces, solution.slabs)
    known = problems.slab(solution.pieces, solution.slabs)
    (group,) = [group for group in known.groups if group.handed]
    points = known.points_of(group, "training")
    targets, precision = known.targets(group, points) or pytest.fail("nothing is handed over")
    x = points.points[:, SPACE]
    assert (points.points[:, TIME] == 0).all() and (precision == 1).all()
    slopes = solution("u_x", t=3.0, x=x)["u_x"] - x * np.exp(-2)
    np.testing.assert_allclose(targets[:, 0], slopes, atol=1e-12)
    away = np.stack([np.full_like(x, 0.5), x], axis=1)
    assert (past.residuals(group.contributions[0].roots, away) == 0).all()


def test_slabs_of_equal_length_share_their_programs(march: March, solution: Solution) -> None:
    first = march.trainer.problem
    later = [problems.slab(solution.pieces, solution.slabs[:n], alike=first) for n in (1, 2)]
    assert all(problem == first and hash(problem) == hash(first) for problem in later)
    uneven = build(problems.build(read("training.slabs=[2, 2.5]")))
    assert isinstance(uneven, March) and uneven.problem.config.slabs == (1, 2, 2.5, 4)
    other = problems.slab(uneven.slabs, solution.slabs[:1], alike=uneven.trainer.problem)
    assert other != uneven.trainer.problem


def test_training_compiles_nothing_for_later_slabs(watched: tuple[list[Any], list[int]]) -> None:
    events, compiled = watched
    ends = [i for i, event in enumerate(events) if isinstance(event, Ended)]
    assert len(ends) == 3
    assert any(number <= ends[0] for number in compiled), "the first slab compiles what all others use"
    assert not any(number > ends[1] for number in compiled)


def test_going_on_from_any_slab_gives_the_same_numbers(march: March, events: list[Any]) -> None:
    snapshots = [event.snapshot for event in events if isinstance(event, Saved)]
    third = next(snapshot for snapshot in snapshots if len(snapshot.slabs) == 2)
    again = [event.snapshot for event in march.run(third, lambda: None) if isinstance(event, Saved)]
    assert again[-1].theta.tobytes() == snapshots[-1].theta.tobytes()


def test_what_is_not_trained_yet_or_lies_in_another_slab_is_refused(march: March, solution: Solution) -> None:
    part = Solution(march.problem.config, solution.slabs[0])
    assert part("u", t=1.9, x=0.5)["u"] == solution("u", t=1.9, x=0.5)["u"]
    with pytest.raises(RequestError, match="trained up to t=2 only"):
        part("u", t=2.1, x=0.5)
    with pytest.raises(RequestError, match="the network of another slab"):
        solution("at(u, t=1)", t=3.5, x=0.5)
    t = np.array([1.5, 2.5, 3.5])
    wall = solution("at(u, x=0) + t", t=t, x=0.7)["at(u, x=0) + t"]
    np.testing.assert_allclose(wall, np.exp(-((t - 1) ** 2) / 2) + t, rtol=1e-12)


def test_terms_stand_in_the_slabs_that_hold_their_times(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("t,x,u\n1,0.5,1\n2,0.5,2\n2.25,0.5,3\n2.5,0.5,4\n")
    more = """  - {equation: u = 3, on: [t=2.5, {t: 4, x: 1}], points: 4, name: late}
  - {data: rows.csv, name: rows}
"""
    text = TEXT.replace("exact:", more + "exact:").replace(
        "points: 64", "points: 64, cluster: {t: {at: 2.5, width: 0.1}}"
    )
    whole = read(text=text, base=tmp_path)
    built = build(problems.build(whole))
    assert isinstance(built, March)
    model = built.objective.unravel(built.trainer.first())
    found = [problems.slab(built.slabs, (model,) * n) for n in range(3)]
    names = [[term.name for term in problem.config.terms] for problem in found]
    assert names == [["term_1", "term_4", "rows"], ["term_1", "term_4", "late", "rows"], ["term_1", "term_4", "late"]]
    rows = [group.measurements for problem in found for group in problem.groups if group.measurements]
    assert [m.points.points[:, TIME].tolist() for m in rows] == [[0, 1], [0.25, 0.5]]
    assert [m.targets[:, 0].tolist() for m in rows] == [[1, 2], [3, 4]]
    places = [t.region.pieces for problem in found for t in problem.config.terms if t.name == "late"]
    late = [[piece.fixed for piece in pieces if isinstance(piece, Flat)] for pieces in places]
    assert late == [[((TIME, 0.5),)], [((TIME, 1.0), (SPACE, 1.0))]]
    assert [[c.centers for c in problem.config.terms[0].clusters] for problem in found] == [[], [(0.5,)], []]


def test_equations_of_a_slab_know_the_time_of_the_whole(solution: Solution) -> None:
    t = np.array([1.25, 2.25, 3.25])
    values = solution("t*u", "u", t=t, x=0.5)
    np.testing.assert_allclose(values["t*u"], t * values["u"], rtol=1e-14)
    assert [c.parameters[cuts.START] for c in solution.pieces.configs] == [
        config.FixedParameter(float(start)) for start in (1, 2, 3)
    ]


def test_any_domain_with_a_time_is_cut() -> None:
    text = """
unknowns: [u]
domain: {kind: disk, time: {t: [1, 2]}}
regions: {right: x > 0}
terms:
  - {equation: u_t = laplacian(u), on: right}
  - {equation: u = 1, on: t=1}
training: {slabs: [1.25]}
"""
    first, second = cuts.configs(read(text=text))
    assert [c.domain.scales[2] for c in (first, second)] == [(0.125, 0.125), (0.375, 0.375)]
    (part,), (begin,) = (term.region.pieces for term in second.terms)
    assert isinstance(part, Part)
    assert isinstance(begin, Flat) and begin.fixed == ((2, 0.0),)
    assert not first.slabs and second.terms[1].handed


def test_quantities_are_those_of_all_time(solution: Solution) -> None:
    known = "exact: {mass: 4/3*sqrt(pi/2)*erf(3/sqrt(2)), ramp: 4/3*(1 - exp(-4.5)), start: 4/3, end: 4/3*exp(-4.5), "
    known += "side: 2*sqrt(pi/2)*erf(3/sqrt(2)), jump: 1.25*(exp(-2) - exp(-0.125)), pair: 2 + exp(-4.5), "
    asked = (
        "report: {mass: integral(u), ramp: integral((t - 1)*u), start: 'integral(u, over=t=1)', "
        "end: 'integral(u, over=t=4)', side: 'integral(u, over=x=1)', "
        "jump: 'at(u, t=3, x=1/2) - at(u, t=1.5, x=0.5)', pair: 'sum(at([u, 1], t=4, x=0)) + at(u, t=1, x=0)'}"
    )
    whole = read(text=TEXT.replace("exact: {", f"{asked}\n{known}"))
    past = Past(Slabs.of(whole), solution.slabs)
    found = Quantities(whole, past).of(solution.model)
    assert found == pytest.approx(dict(whole.exact_numbers), rel=1e-4)
    assert found["start"] == pytest.approx(4 / 3, rel=1e-12), "it is built in"
    earlier = replace(past, models=past.models[:1])
    assert Quantities(whole, earlier).of(solution.slabs[1]) == {}, "the last slab is not trained yet"


MISTAKES = {
    "time": ((", time: t}", "}"), "slabs cut time, and this domain has none"),
    "nothing": (("on: t=1", "on: x=1"), "no term stands on t=1: nothing hands the state from slab to slab"),
    "everywhere": (("equation: u_t = -(t - 1)*u", "{equation: u = 2, on: t=2}"), "no equation holds at all times"),
    "plane": (("on: x=0, hard", "on: t=4, hard"), "the hard condition on u holds on t=4"),
    "fitted": (("domain:", "parameters: {k: {kind: fitted, initial: 1}}\ndomain:"), "k is fitted"),
    "integral": (("u_t = -(t - 1)*u", "u_t = -(t - 1)*u + integral(u)"), "'term_1' has integrals over all times"),
    "report": (
        ("exact:", "report: {mass: 'integral(u*at(u, t=1))'}\nexact:"),
        "'mass' integrates what 'at' reads at another time",
    ),
    "mixed": (
        ("exact:", "report: {mass: 'at(integral(u)*u, t=1, x=0)'}\nexact:"),
        "'mass' has integrals in a value at a point",
    ),
    "region": (
        ("- equation: u_t", "- {equation: u_x = 0, on: late}\n  - equation: u_t"),
        "the region of 'term_1' is cut in time",
    ),
    "energy": (("equation: u_t = -(t - 1)*u", "minimise: u_t^2 - u"), "'term_1' minimises an integral over all times"),
    "at": (("u_t = -(t - 1)*u", "u_t = at(u, t=1)"), "'term_1' reads another time by 'at'"),
    "stage": (
        ("{kind: levenberg", "[{kind: lbfgs}, {kind: multi_stage}]\nx-old: {kind: levenberg"),
        "multi_stage adds",
    ),
    "positive": (
        ("unknowns: [u]", "unknowns: {u: {positive: true}}"),
        "u is kept positive, which is not built for slabs",
    ),
    "none": (("slabs: 3", "slabs: 0"), "'training.slabs' must be at least 1, not 0"),
    "order": (("slabs: 3", "slabs: [3, 2]"), "the times between slabs must rise and lie inside the domain"),
    "outside": (("slabs: 3", "slabs: [2, 5]"), "the times between slabs must rise and lie inside the domain"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_said_at_their_place(name: str) -> None:
    (old, new), message = MISTAKES[name]
    assert old in TEXT
    with pytest.raises(ConfigError) as caught:
        read(text=TEXT.replace(old, new).replace("terms:", "regions: {late: t > 2}\nterms:"))
    found = [d for d in caught.value.diagnostics if d.message.startswith(message)]
    assert len(found) == 1 and (found[0].hint or name == "none"), caught.value.diagnostics
    mark = found[0].mark
    assert mark is not None and "slabs" in mark.text


def test_one_slab_is_the_whole() -> None:
    assert read("training.slabs=1").slabs == read("training.slabs=[]").slabs == ()
