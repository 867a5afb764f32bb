"""`pinn check` asks whether the exact solution of a config satisfies its equations."""

from pathlib import Path

import pytest

from pinn.config import parse

HEAT = """\
unknowns: [u]
parameters: {k: {kind: fitted, initial: 1}}
domain: {kind: box, bounds: {x: [0, pi], t: [0, 1]}, time: t}
terms:
  - equation: u_t = k*u_xx
  - {equation: u = 0, on: boundary}
  - {equation: u = sin(x), on: t=0, hard: true}
  - {equation: "d(u, n) = -exp(-2*t)", on: boundary}
exact: {u: exp(-2*t)*sin(x), k: 2}
"""


def doubts(text: str) -> list[str]:
    return [w.render() for w in parse(text, "f.yaml", Path()).warnings if "'exact'" in w.message]


def test_a_solution_that_is_one_raises_no_doubt() -> None:
    assert doubts(HEAT) == []


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ("k*u_xx", "k*u_xx + 1e-4*u", "5 |   - equation: u_t"),
        ("equation: u = 0", "equation: u = 0.01", "6 |   - {equation: u = 0.01"),
        ("u = sin(x)", "u = sin(2*x)", "7 |   - {equation: u = sin(2*x)"),
        ("= -exp(-2*t)", "= exp(-2*t)", "8 |   - {equation: \"d(u, n) = exp"),
        ("k: 2}", "k: 1}", "5 |   - equation: u_t"),
    ],
)  # fmt: skip
def test_what_it_does_not_satisfy_is_shown(right: str, wrong: str, line: str) -> None:
    (found,) = doubts(HEAT.replace(right, wrong))
    assert "the sides differ by" in found
    assert line in found


def test_rates_and_vectors_are_asked_too() -> None:
    text = """\
unknowns: [u, v]
domain: {kind: box, bounds: {t: [0, 1]}, time: t}
define: {state: "[u, v]"}
terms:
  - {equation: "state = [u, v_t]", name: both}
  - {equation: [v = 1, v_t = 2], on: t=0, hard: true}
exact: {u: t, v: exp(t)}
"""
    first, second = doubts(text.replace("v_t]", "v_t + 1]"))
    assert "differ by 1 at" in first
    assert "t=0" in second
    assert len(doubts(text)) == 1


def test_what_has_no_known_value_is_left_in_peace() -> None:
    assert doubts(HEAT.replace(", k: 2", "")) == doubts(HEAT.replace("[u]", "[u, v]").replace("k*u_xx", "v")) == []


@pytest.mark.parametrize(
    ("domain", "equation", "exact", "is_true"),
    [
        ("{kind: disk}", "-laplacian(u) = 4", "1 - x^2 - y^2", True),
        ("{kind: disk}", "-laplacian(u) = 3", "1 - x^2 - y^2", False),
        ("{kind: ball, coordinates: {x: 4}}", "-laplacian(u) = 8", "1 - dot(x, x)", True),
        ("{kind: sphere, coordinates: [x, y, z]}", "u - laplacian(u) = 7*x*y", "x*y", True),
        ("{kind: sphere, coordinates: [x, y, z]}", "u - laplacian(u) = 3*x*y", "x*y", False),
    ],
)
def test_exact_solutions_are_asked_in_every_domain(domain: str, equation: str, exact: str, is_true: bool) -> None:
    edge = "" if "sphere" in domain else "  - {equation: u = 0, on: boundary}\n"
    text = f"unknowns: [u]\ndomain: {domain}\nterms:\n  - equation: {equation}\n{edge}exact: {{u: '{exact}'}}\n"
    warnings = [w.message for w in parse(text, "f.yaml", Path()).warnings]
    assert ([] if is_true else ["'exact' does not satisfy this"]) == [w.partition(":")[0] for w in warnings]


KERNEL = """\
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1], y: [0, 1]}}
terms:
  - equation: RESIDUAL
exact: {u: x*exp(y)}
"""


@pytest.mark.parametrize(
    ("residual", "is_met"),
    [
        ("integral(u) = (exp(1) - 1)/2", True),
        ("integral(u) = 0.86", False),
        ("integral(u^2, over=x=1) = (exp(2) - 1)/2", True),
        ("integral(u^2, over=x=1) = 3", False),
        ('"integral(d(u, n), over=boundary) = integral(laplacian(u))"', True),
        ('"integral(d(u, n), over=boundary) = 2*integral(laplacian(u))"', False),
        ("u_x = 2*u/x*integral(u)/(exp(1) - 1)", True),
        ("u_x = u*integral(u)", False),
        ("integral(abs(u - 0.3)) = 9", True),  # no rule is sure of a kink
    ],
)
def test_integrals_of_the_exact_solution_are_worked_out(residual: str, is_met: bool) -> None:
    found = doubts(KERNEL.replace("RESIDUAL", residual))
    assert bool(found) is not is_met
