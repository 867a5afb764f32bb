"""Directional derivatives in many dimensions, whose powers are kept whole."""

import time
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from pinn import config, fields, problems
from pinn.expressions import Constant, Operator, check_value, show
from pinn.expressions.operators import Along
from pinn.jets import Space
from pinn.verification import differences

DIM = 40
CONFIG = """
unknowns: [u]
domain: {{kind: box, bounds: {{{bounds}}}}}
directions: {{v: {v}}}
terms: [{{equation: "{equation}"}}]
sampling: {{kind: random, points: 3}}
network: {{kind: mlp, hidden: [5, 4]}}
"""


def parse(equation):
    bounds = ", ".join(f"x{i}: [-1, 1]" for i in range(DIM))
    v = [round(float(c), 3) for c in np.cos(np.arange(DIM))]
    return config.parse(CONFIG.format(bounds=bounds, v=v, equation=equation), "c.yaml", Path())


@pytest.mark.parametrize(
    "equation",
    [
        "d(u, v, order=4) = d(sin(x0*x1)*exp(x2), v, order=3)",
        "d(u, v, v, x3) + u_x1x2 = x1*d(u^2, v, v)",
        "d(at(u, x1=0.5), v, v) = d(u, v)*d(at(u, x0=x1), x5)",
    ],
)
def test_against_nested_differentiation(equation):
    problem = problems.build(parse(equation))
    model = fields.initial(problem.config, jnp.uint32(1))
    (points,) = problem.points("training")
    _, gaps = differences(problem.config, problem.groups[0], model, points.points, None)
    assert gaps.max() < 1e-10


def test_a_power_needs_as_many_coefficients_as_its_order():
    assert len(Space.closure([Operator.along(range(1, 101), 4)])) == 5


def test_a_whole_direction_is_its_sum_over_coordinates():
    operator = Operator.along(range(1, 31), 2)
    assert all(isinstance(factor, Along) for factor in operator.terms[0][0])
    assert operator.written_out() == Operator.along(range(1, 31)).power(2)
    assert operator.indices == frozenset(range(30))
    assert operator.holding(range(1, 30)).written_out() == Operator.partial(0, 0)
    assert not operator.holding(range(30)).terms


def test_it_is_shown_as_it_was_written():
    scope = parse("d(u, v, v, v) = 1").scope
    for text in ("d(u, v, v, v)", "d(u, x3, v, v, v)"):
        shown = show(check_value(text, scope), scope)
        assert check_value(shown, scope) == check_value(text, scope)
        assert "x0" not in shown


def test_the_derivative_of_known_functions_is_a_number():
    scope = parse("d(u, v) = 1").scope
    found = check_value("d(3*x2 + x0, v, x3) + d(x1, v)", scope)
    assert isinstance(found, Constant)
    assert found.value == pytest.approx(0.54)


def test_a_whole_direction_has_the_order_and_size_of_its_sum() -> None:
    vector = [1.0, 0.0, -2.0, 0.5]
    whole, summed = Operator.partial(*[Along.of(vector)] * 3), Operator.along(vector, 3)
    assert whole != summed == whole.written_out()
    assert [whole.order_in(i) for i in range(4)] == [summed.order_in(i) for i in range(4)] == [3, 0, 3, 3]
    assert whole.ways == 27


def test_a_high_derivative_in_many_dimensions_is_checked_at_once(tmp_path: Path) -> None:
    """Its 4.6 million terms are never written out."""
    components = ", ".join(str(1 + i % 3) for i in range(100))
    text = f"""
unknowns: [u]
domain: {{kind: box, bounds: {{x: {{dim: 100, range: [-1, 1]}}}}}}
directions: {{v: [{components}]}}
define: {{f: "d(exact.u, v, order=4)"}}
terms:
  - equation: d(u, v, order=4) = f
  - {{equation: u = exact.u, on: boundary}}
exact: {{u: exp(0.01*sum(x))}}
optimizer: {{kind: lbfgs}}
"""
    begin = time.process_time()
    assert config.parse(text, "test.yaml", tmp_path).warnings == ()
    assert time.process_time() - begin < 5
