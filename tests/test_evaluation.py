"""Values of expressions at points, errors against what is known, residuals on points that training never saw."""

from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pinn import accuracy, config, evaluation, fields, problems, reader
from pinn.errors import ConfigError, RequestError
from pinn.evaluation import Solution

A, B = 1.5, -0.5
TEXT = """
unknowns: [u, v]
parameters: {k: 3, nu: {kind: fitted, initial: 0.25}}
domain: {kind: box, bounds: {x: [0, 2], y: [0, 1]}}
terms:
  - {equation: u = 0, on: x=0, hard: true}
  - {equation: "u + v = x", weight: 5, name: sum}
  - {minimise: v - u, name: energy}
exact: {u: x, nu: 0.2}
sampling: {kind: KIND, points: 16}
network: {kind: mlp, hidden: [3]}
"""


def parse(kind: str = "gauss", extra: str = "", base: Path = Path()) -> config.Config:
    return config.parse(TEXT.replace("KIND", kind) + extra, "test.yaml", base)


def solution(known: config.Config) -> Solution:
    """u = a x/2 and v = b: the network says (a, b) everywhere."""
    size, unravel = fields.unraveling(known)
    model = unravel(jnp.zeros(size))
    network = eqx.tree_at(lambda n: n.function.biases[1], model.network, jnp.array([A, B]))
    return Solution(known, fields.Model(network, {"nu": jnp.asarray(0.25)}))


def test_values_by_coordinate_name_in_any_shape():
    found = solution(parse())(x=[[0.0], [2.0]], y=[0.1, 0.2, 0.3])
    assert found["u"].tolist() == [[0, 0, 0], [A, A, A]]
    assert found["v"].tolist() == [[B] * 3] * 2
    assert solution(parse())("u", x=1.0, y=0.0)["u"].shape == ()


def test_a_solution_says_briefly_what_it_is():
    assert repr(solution(parse())) == "<pinn solution: u, v over x, y>"


def test_values_of_any_expression():
    ask = solution(parse())
    found = ask("d(u, x)", "grad(u)", "k*exact.u", "u*v", x=1.0, y=0.5)
    assert {key: float(value) for key, value in found.items()} == {
        "d(u, x)": A / 2, "grad(u)[0]": A / 2, "grad(u)[1]": 0, "k*exact.u": 3, "u*v": A / 2 * B,
    }  # fmt: skip


def test_values_come_out_the_same_in_blocks(monkeypatch):
    known = parse()
    drawn = Solution(known, fields.initial(known, jnp.uint32(2)))
    points = np.random.default_rng(0).random((11, 2))
    whole = drawn.ask(["u", "laplacian(v)"], points)
    monkeypatch.setattr(reader, "BLOCK", 4)
    parts = drawn.ask(["u", "laplacian(v)"], points)
    for name, value in whole.items():
        assert value.shape == (11,)
        np.testing.assert_allclose(parts[name], value, rtol=1e-12, atol=1e-14)


def test_wrong_questions_are_refused():
    ask = solution(parse())
    with pytest.raises(RequestError, match="the coordinates are x, y, not x"):
        ask(x=1.0)
    with pytest.raises(RequestError, match=r"x: \(3,\), y: \(2,\)"):
        ask(x=[1, 2, 3], y=[1, 2])
    with pytest.raises(RequestError, match="x must be a number or an array of numbers"):
        ask(x="left", y=1)
    with pytest.raises(ConfigError, match="unknown name 'w'"):
        ask("w", x=1.0, y=1.0)
    with pytest.raises(ConfigError, match="normal"):
        ask("d(u, n)", x=1.0, y=1.0)
    with pytest.raises(ConfigError, match="'='"):
        ask("u = v", x=1.0, y=1.0)
    with pytest.raises(ConfigError, match="it changes with x, y"):
        ask("u")
    with pytest.raises(ConfigError, match="there is no region 'top'"):
        ask("integral(u, over=top)")


def test_points_outside_of_the_domain_are_counted_in_a_warning():
    ask = solution(parse())
    with pytest.warns(UserWarning, match="1 of 3 points lie outside of x = "):
        ask(x=[0.5, 1.0, 77.0], y=0.0)


def test_errors_against_the_exact_solution():
    found = evaluation.errors(solution(parse()), 64)["u"]
    assert found["relative_l2"] == pytest.approx(1 - A / 2, rel=1e-12)
    assert found["relative_linf"] == pytest.approx(1 - A / 2, rel=1e-12)
    assert found["relative_h1"] == pytest.approx(1 - A / 2, rel=1e-12)


def test_errors_of_fitted_parameters():
    assert evaluation.parameters(solution(parse()))["nu"] == pytest.approx(
        {"value": 0.25, "exact": 0.2, "relative_error": 0.25}
    )


def test_errors_against_a_file(tmp_path):
    (tmp_path / "r.csv").write_text("time,y,v,u\n1,0,-1,0.5\n2,0,,0.5\n,0,3,3\n2,0,-0.5,\n")
    known = parse(extra="reference: {file: r.csv, columns: {time: x}}\n", base=tmp_path)
    found = evaluation.errors(solution(known), 16)
    assert found["v"] == pytest.approx({"relative_l2": 0.5 / np.sqrt(1.25), "relative_linf": 0.5})
    assert found["u"]["relative_l2"] == pytest.approx(0.25)


def test_errors_of_expressions_against_a_file(tmp_path):
    (tmp_path / "r.csv").write_text("x,y,twice,u\n1,0,4,0.5\n2,0,1,0.5\n")
    known = parse(extra="reference: {file: r.csv, fit: {twice: 2*v + 0*x}}\n", base=tmp_path)
    found = evaluation.errors(solution(known), 16)
    twice = 2 * solution(known)("v", x=[1, 2], y=0)["v"]
    assert set(found) >= {"u", "twice"}
    assert found["twice"]["relative_linf"] == pytest.approx(np.abs(twice - [4, 1]).max() / 4)


def test_the_report_measures_each_term_without_its_weight():
    known = parse()
    found = evaluation.report(problems.build(known), solution(known).model)
    mean = (A / 2 - 1) ** 2 * 4 / 3 + 2 * (A / 2 - 1) * B * 1 + B**2
    assert found.terms["sum"] == pytest.approx({"rms": np.sqrt(mean)})
    assert found.terms["energy"] == pytest.approx({"value": 2 * B - A})
    assert found.loss == pytest.approx(5 * mean + 2 * B - A)
    assert found.points == 64


@pytest.mark.parametrize("kind", ["random", "grid", "sobol", "halton", "lhs", "gauss"])
def test_validation_and_evaluation_never_reuse_the_points_of_training(kind):
    known = config.parse(
        TEXT.replace("KIND", kind) + "training: {validation: 16}\n",
        "test.yaml",
        Path(),
        ["terms.sum.on=[interior, x=2]"],
    )
    problem = problems.build(known)
    trained = {tuple(p) for group in problem.points("training") for p in group.points}
    for purpose, limit in (("validation", None), ("validation", 16), ("evaluation", 64), ("verification", 12)):
        fresh = [tuple(p) for group in problem.points(purpose, limit) for p in group.points]
        assert sum(p in trained for p in fresh) <= 2, purpose  # the middle of two odd rules


def test_the_data_is_always_the_same(tmp_path):
    (tmp_path / "m.csv").write_text("x,y,u\n1,0.5,1\n")
    text = TEXT.replace("KIND", "sobol").replace("terms:\n", "terms:\n  - data: m.csv\n")
    problem = problems.build(config.parse(text, "test.yaml", tmp_path))
    assert problem.points("evaluation", 64)[0].points.tolist() == [[1, 0.5]]


def test_drawing_again_gives_the_same_report():
    known = parse("random")
    problem = problems.build(known)
    model = jax.tree.map(lambda a: a + 0.1, solution(known).model)
    assert evaluation.report(problem, model) == evaluation.report(problem, model)


def test_what_is_no_number_where_it_should_be_known_is_no_small_error() -> None:
    ours, theirs = np.ones(3), np.array([1.0, np.nan, 1.0])
    assert np.isnan(accuracy.relative(ours, theirs)["relative_l2"])
    assert accuracy.relative(ours, np.ones(3)) == {"relative_l2": 0.0, "relative_linf": 0.0}
