"""Unknowns that live on one region: where they may be used, and where they are measured."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from pinn import config, evaluation, fields, problems
from pinn.errors import ConfigError, RequestError
from pinn.evaluation import Solution
from pinn.training import Saved, Trainer

TEXT = """
unknowns: {u: {on: left}, v: {on: right}}
parameters: {k: 4}
domain: {kind: box, bounds: {x: [0, 1]}}
regions: {left: x < 0.5, right: x > 0.5, wall: {on: x=0, where: x < 1}}
terms:
  - {equation: u_xx = -8, on: left}
  - {equation: k*v_xx = -8, on: right}
  - {equation: [u = v, u_x = k*v_x], on: x=0.5}
  - {equation: u = 0, on: x=0, hard: true}
  - {equation: v = 0, on: x=1, hard: true}
exact: {u: x*(2.8 - 4*x), v: (1 - x)*(x + 0.3)}
sampling: {kind: gauss, points: 24}
network: {hidden: [6]}
optimizer: {kind: levenberg_marquardt, max_steps: 30}
training: {validation: 0}
"""

SHAPE = """
unknowns: {{u: {{on: inner}}, v: {{on: outer}}}}
domain: {domain}
regions:
  inner: {inner}
  outer: not ({inner})
terms:
  - {{equation: laplacian(u) = 1, on: inner}}
  - {{equation: laplacian(v) = 0, on: outer}}
  - {{equation: {edge} = 0, on: boundary}}
"""


def parse(text: str = TEXT, *overrides: str, base: Path = Path()) -> config.Config:
    return config.parse(text, "test.yaml", base, overrides)


@pytest.fixture(scope="module")
def solution() -> Solution:
    """Two materials, trained."""
    trainer = Trainer.of(problems.build(parse()))
    last = [event.snapshot for event in trainer.run(None, lambda: None) if isinstance(event, Saved)][-1]
    return Solution(trainer.problem.config, trainer.objective.unravel(jnp.asarray(last.theta)))


def test_two_materials_meet_with_a_kink_and_are_measured_each_on_its_side(solution: Solution) -> None:
    found = evaluation.errors(solution, 200)
    for unknown in ("u", "v"):
        assert found[unknown]["relative_h1"] < 1e-5
    slopes = solution("u_x", "v_x", x=0.5)
    assert slopes["u_x"] == pytest.approx(-1.2, abs=1e-4)
    assert slopes["v_x"] == pytest.approx(-0.3, abs=1e-4)


def test_there_are_no_values_where_an_unknown_does_not_live(solution: Solution) -> None:
    x = np.array([0, 0.25, 0.5, 0.75, 1])
    found = solution("u", "v", "where(x < 1/2, u, v)", "u_x + at(v, x=1)", "x", x=x)
    assert np.isnan(found["u"]).tolist() == np.isnan(found["u_x + at(v, x=1)"]).tolist() == [False] * 3 + [True] * 2
    assert np.isnan(found["v"]).tolist() == [True] * 2 + [False] * 3
    np.testing.assert_allclose(found["where(x < 1/2, u, v)"], [0, 0.45, 0.4, 0.2625, 0], atol=1e-5)
    assert (found["x"] == x).all()


def test_a_reference_counts_where_an_unknown_lives(solution: Solution, tmp_path: Path) -> None:
    x = np.linspace(0, 1, 11)
    np.savez(tmp_path / "known.npz", x=x, u=np.where(x < 0.55, x * (2.8 - 4 * x), 100.0))
    known = parse(
        TEXT.replace("exact: {u: x*(2.8 - 4*x), v: (1 - x)*(x + 0.3)}", "reference: known.npz"), base=tmp_path
    )
    assert evaluation.errors(Solution(known, solution.model), 50)["u"]["relative_linf"] < 1e-5


@pytest.mark.parametrize(
    ("override", "message", "line"),
    [
        ("terms.0.on=interior", "u lives on left, and here it is used at x=0.", 7),
        ("terms.1.on=x=0.4", "v lives on right, and here it is used at x=0.4", 8),
        ("terms.2.on=x=0.6", "u lives on left, and here it is used at x=0.6", 9),
        ("terms.4.on=x=0", "v lives on right, and x=0 lies beyond", 11),
        ("terms.0.equation=u*integral(u) = 1", "u lives on left, and here it is used at x=0.", 7),
        ("report={a: 'integral(v)'}", "v lives on right, and here it is used at x=0.", 1),
        ("report={a: 'at(v, x=0.1)'}", "v lives on right, and here it is used elsewhere", 1),
        ("terms.0.equation=u = at(u, x=x + 0.3)", "u lives on left, and here it is used at x=0.", 7),
        ("unknowns.u.on=lift", "there is no region 'lift'", 1),
        ("unknowns.u.on=wall", "an unknown lives on points inside, and 'wall' is something else", 1),
    ],
)
def test_mistakes(override: str, message: str, line: int) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(TEXT, override)
    first = caught.value.diagnostics[0]
    assert message in first.message and first.hint
    assert first.mark is not None and first.mark.line == line


def test_a_sphere_is_divided_too() -> None:
    text = SHAPE.format(domain="{kind: sphere, coordinates: [x, y, z]}", inner="z < 0", edge="v").replace(
        "on: boundary", "on: {}"
    )
    parse(text.replace("on: {}", "on: outer"))
    with pytest.raises(ConfigError, match="v lives on outer, and here it is used at x"):
        parse(text.replace("on: {}", "on: inner"))


def test_slabs_of_time_cannot_cut_the_region_of_an_unknown() -> None:
    text = TEXT.replace("bounds: {x: [0, 1]}", "bounds: {x: [0, 1], t: [0, 1]}, time: t").replace("x < 0.5,", "x < t,")
    with pytest.raises(ConfigError, match="the region of u is cut in time, as slabs are"):
        parse(text, "training.slabs=2")


@pytest.mark.parametrize(
    "override",
    [
        "terms.0.equation=u = at(u, x=x/2) + at(v, x=x + 0.5)",
        "terms.0={equation: 'where(x < 0.5, u, v) = 1'}",
        "terms.1.equation=v*integral(u, over=left) = at(u, x=0)",
        "report={a: 'integral(u, over=left) + integral(v, over=right) + at(u, x=0.5) + at(v, x=0.5)'}",
    ],
)
def test_what_is_read_where_it_lives_is_right(override: str) -> None:
    assert set(parse(TEXT, override).extents) == {"u", "v"}


@pytest.mark.parametrize(
    ("domain", "inner"),
    [
        ("{kind: disk}", "x^2 + y^2 < 0.25"),
        ("{kind: disk, time: {t: [0, 1]}}", "x^2 + y^2 < 0.25 or abs(x) + abs(y) < 0.1"),
        ("{kind: ball, coordinates: {x: 3}}", "dot(x, x) < 0.25"),
        ("{kind: polygon, vertices: [[-1, -1], [1, -1], [0, 1]]}", "x^2 + y^2 < 0.01"),
    ],
)
def test_the_boundary_of_a_shape_belongs_to_the_unknown_that_reaches_it(domain: str, inner: str) -> None:
    parse(SHAPE.format(domain=domain, inner=inner, edge="v"))
    with pytest.raises(ConfigError, match="u lives on inner, and here it is used at x"):
        parse(SHAPE.format(domain=domain, inner=inner, edge="u"))


def test_a_row_of_data_is_refused_where_its_unknown_does_not_live(tmp_path: Path) -> None:
    text = TEXT.replace("exact:", "  - data: {file: rows.csv, missing: skip}\nexact:")
    (tmp_path / "rows.csv").write_text("x,u,v\n0.2,1,\n0.5,1,1\n0.7,1,1\n", encoding="utf-8")
    with pytest.raises(RequestError, match=r"rows\.csv, line 4: 'u' is measured where it does not live"):
        problems.build(parse(text, base=tmp_path))
    (tmp_path / "rows.csv").write_text("x,u,v\n0.2,1,\n0.5,1,1\n0.7,,1\n", encoding="utf-8")
    (group,) = (g for g in problems.build(parse(text, base=tmp_path)).groups if g.measurements is not None)
    assert group.measurements is not None and (group.measurements.precision > 0).sum() == 4
    assert fields.unraveling(parse(text, base=tmp_path))[0] == 2 * 19
