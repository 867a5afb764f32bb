"""Derivatives across planes that are built in: they hold whatever the network says, as long as the data agree."""

from pathlib import Path

import pytest

from pinn import config
from pinn.config import Config
from pinn.errors import ConfigError
from pinn.expressions import algebra, check, evaluate, tree

STRING = "{kind: box, bounds: {x: [0, 2], t: [1, 3]}, time: t}"
SQUARE = "{kind: box, bounds: {x: [-1, 1], y: [0, 3]}}"
DISK = "{kind: disk, radius: 2, time: {t: [0, 1]}}"
BALL = "{kind: ball, coordinates: [x, y, z], time: {t: [0, 1]}}"
EXACT = "exp(x - 0.5*t)*sin(2*t + x)"
PLATE = "exp(x)*sin(y + x) + y^3"

PROBLEMS = {
    "a start with its rate": (
        STRING, EXACT, ['{equation: [u = exact.u, "u_t = d(exact.u, t)"], on: t=1, hard: true}'],
    ),
    "with ends": (
        STRING, EXACT,
        ['{equation: "u_t = d(exact.u, t)", on: t=1, hard: true}', "{equation: u = exact.u, on: t=1, hard: true}",
         "{equation: u = exact.u, on: boundary, hard: true}"],
    ),
    "three derivatives at one end, one at the other": (
        STRING, EXACT,
        ['{equation: [u = exact.u, "u_x = d(exact.u, x)", "u_xx = d(exact.u, x, order=2)"], on: x=0, hard: true}',
         "{equation: u = exact.u, on: x=2, hard: true}"],
    ),
    "a clamped plate": (
        SQUARE, PLATE, ['{equation: [u = exact.u, "d(u, n) = d(exact.u, n)"], on: boundary, hard: true}'],
    ),
    "zero needs no interpolation": (
        SQUARE, "0*x", ['{equation: [u = 0, "-2*d(u, n) = 0"], on: boundary, hard: true}'],
    ),
    "in a disk": (
        DISK, EXACT, ['{equation: [u = exact.u, "2*u_t = 2*d(exact.u, t)"], on: t=0, hard: true}',
                      "{equation: u = exact.u, on: boundary, hard: true}"],
    ),
    "in a ball": (
        BALL, EXACT, ['{equation: [u = exact.u, "u_t = d(exact.u, t)"], on: t=0, hard: true}',
                      "{equation: u = exact.u, on: boundary, hard: true}"],
    ),
}  # fmt: skip


def read(domain: str, exact: str, terms: list[str]) -> Config:
    listed = "".join(f"  - {term}\n" for term in ["{equation: u = 0}", *terms])
    return config.parse(f"unknowns: [u]\ndomain: {domain}\nterms:\n{listed}exact: {{u: {exact}}}\n", "t.yaml", Path())


@pytest.mark.parametrize("name", PROBLEMS)
def test_what_is_built_in_holds_whatever_the_network_says(name):
    known = read(*PROBLEMS[name])
    network = check("1 + 0.3*sin(x) + x*cos(2*x - 1)", known.scope)

    def filled(node: tree.Expression) -> tree.Expression:
        return network if isinstance(node, tree.Raw) else algebra.renewed(node, filled)

    unknown, dimension = filled(known.ansatz["u"]), len(known.domain.coordinates)
    for condition in known.conditions["u"]:
        ours = algebra.derivative(unknown, condition.operator)
        theirs = algebra.derivative(known.exact["u"], condition.operator)
        for share in (-0.61, 0.13, 0.48):
            point = {i: m + share * h for i, (m, h) in enumerate(known.domain.scales[:dimension])} | condition.places
            if condition.places:
                assert evaluate(ours, point, {}) == pytest.approx(evaluate(theirs, point, {}), rel=1e-9, abs=1e-9)
    inside = {i: m + 0.2 * h for i, (m, h) in enumerate(known.domain.scales[:dimension])}
    assert evaluate(unknown, inside, {}) != pytest.approx(evaluate(known.exact["u"], inside, {}), rel=1e-3)


MISTAKES = {
    "{equation: u_t = 1, on: t=1, hard: true}": (
        "d(u, t) can be built in on t=1 only together with u", "make u hard there too",
    ),
    "{equation: [u = 1, u_tt = 2], on: t=1, hard: true}": (
        "d(u, t, t) can be built in on t=1 only together with d(u, t)", "make d(u, t) hard there too",
    ),
    "{equation: u_x = 1, on: t=1, hard: true}": (
        "no hard condition on this derivative on t=1", "such as u_t on t=0",
    ),
    "{equation: u_t + u = 1, on: t=1, hard: true}": ("a hard condition has the form 'u = expression', or", "soft form"),
    "{equation: [u = x, u_t = 3], on: t=1, hard: true}": (
        "hard conditions on u disagree at x=0, t=1: d(u, t) is 0 on x=0, 3 on t=1", "make the data agree",
    ),
    "{equation: [u = x, u_t = x, u_t = x + x^2/9], on: t=1, hard: true}": (
        "hard conditions on u disagree at x=2, t=1: d(u, t) is 2 on t=1, 2.44444 on t=1", "make the data agree",
    ),
}  # fmt: skip


@pytest.mark.parametrize("term", MISTAKES)
def test_what_cannot_be_built_in_is_refused_with_a_remedy(term):
    message, hint = MISTAKES[term]
    with pytest.raises(ConfigError) as caught:
        read(STRING, "0*x", ["{equation: u = 0, on: x=0, hard: true}", term])
    (found,) = caught.value.diagnostics
    assert found.message.startswith(message)
    assert hint in (found.hint or "")
