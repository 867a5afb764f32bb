"""`modes: N`: what one state says is written out for the lowest N, whose quotients are those of orthogonal states."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from pinn import config, fields
from pinn.config import resolve
from pinn.errors import ConfigError
from pinn.evaluation import Solution
from pinn.expressions import show
from pinn.problems import build as problem_of
from pinn.quantities import Quantities
from pinn.training import Ended, Logged, build

STRING = """
unknowns: [u]
parameters: {c: 2}
domain: {kind: box, bounds: {x: [0, 3]}}
define: {rho: 1 + x, slope: u_x, quotient: integral(c*slope^2 + u^2)/integral(rho*u^2)}
terms:
  - {minimise: quotient, modes: 3}
  - {equation: u = 0, on: boundary, hard: true}
report: {size: integral(u^2), half: integral(rho)}
sampling: {kind: gauss, points: 60}
network: {kind: mlp, hidden: [6]}
"""


def read(text: str = STRING, *assignments: str) -> config.Config:
    return config.parse(text, "test.yaml", Path(), assignments)


def mistakes(*assignments: str, text: str = STRING) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(text, *assignments)
    return [diagnostic.render() for diagnostic in caught.value.diagnostics]


def test_every_word_of_the_unknown_is_there_for_every_state() -> None:
    known = read()
    assert known.unknowns == ("u1", "u2", "u3")
    assert [(q.name) for q in known.report] == [
        "size1",
        "size2",
        "size3",
        "half",
        *(f"eigenvalue{k}" for k in (1, 2, 3)),
    ]
    held = {unknown: [c.piece.name for c in conditions] for unknown, conditions in known.conditions.items()}
    assert held == {key: ["x=0", "x=3"] for key in ("u1", "u2", "u3")}
    assert [term.name for term in known.terms] == ["term_1", "orthonormal"]
    assert "integral((1 + x)*u2^2)" in {f.name for term in known.terms for f in term.functionals}


def test_what_is_written_out_is_a_config_of_its_own() -> None:
    known = read()
    again = read(resolve.text(known))
    assert [term.content for term in again.terms] == [term.content for term in known.terms]


def test_quotients_are_those_of_states_made_orthogonal() -> None:
    known = read()
    size, unravel = fields.unraveling(known)
    model = unravel(jnp.sin(jnp.arange(float(size)) ** 2))
    x, weights = np.polynomial.legendre.leggauss(80)
    x, weights = 1.5 * (x + 1)[:, None], 1.5 * weights
    names = [*(f"u{k}" for k in (1, 2, 3)), *(f"u{k}_x" for k in (1, 2, 3))]
    values = list(Solution(known, model).ask(names, x).values())
    u, slopes = np.array(values[:3]), np.array(values[3:])
    mass = (u * weights * (1 + x[:, 0])) @ u.T
    stiffness = 2 * (slopes * weights) @ slopes.T + (u * weights) @ u.T
    inverse = np.linalg.inv(np.linalg.cholesky(mass))
    expected = np.diag(inverse @ stiffness @ inverse.T)
    found = Quantities(known).of(model)
    assert [found[f"eigenvalue{k}"] for k in (1, 2, 3)] == pytest.approx(expected, rel=1e-9)


def test_a_size_that_the_config_says_is_kept() -> None:
    text = STRING.replace("report:", "  - equation: integral(u^2) = 4\nreport:")
    (_, sizes, orthonormal) = read(text).terms
    assert sizes.text == "integral(u1^2) = 4; integral(u2^2) = 4; integral(u3^2) = 4"
    assert orthonormal.text == "mass12 = 0; mass13 = 0; mass23 = 0"


def test_equal_eigenvalues_are_found_both() -> None:
    """Waves that fit a circle of length 2π have the eigenvalues 0, 1, 1, 4, 4, …"""
    known = read("""
    unknowns: [u]
    domain: {kind: box, bounds: {x: [0, 2*pi]}, periodic: [x]}
    terms: [{minimise: "integral(u_x^2)/integral(u^2)", modes: 3}]
    exact: {eigenvalue1: 0, eigenvalue2: 1, eigenvalue3: 1}
    sampling: {kind: grid, points: 32}
    network: {kind: mlp, hidden: [6]}
    optimizer: {kind: bfgs, max_steps: 150}
    training: {validation: 0}
    """)
    last: dict[str, float] = {}
    for event in build(problem_of(known)).run(None, lambda: None):
        if isinstance(event, Logged):
            last = dict(event.report)
        assert not isinstance(event, Ended) or not event.outcome.broken
    assert [last[f"eigenvalue{k}"] for k in (1, 2, 3)] == pytest.approx([0, 1, 1], abs=1e-3)


def test_what_has_no_modes_is_explained() -> None:
    (energy,) = mistakes("terms.term_1.minimise=integral(u^2)")
    assert "modes need a quotient of integrals to be minimised" in energy and "test.yaml:7:26" in energy
    assert "both of second degree in the unknown" in energy
    (power,) = mistakes("terms.term_1.minimise=integral(u_x^2)/integral(u^4)")
    assert "second degree" in power
    (two,) = mistakes("unknowns=[u, v]", "terms.term_2.equation=[u = 0, v = 0]", "terms.term_1.weight=2")
    assert "modes are states of a single unknown" in two and "there are u, v" in two
    (other,) = mistakes(text=STRING.replace("report:", "  - minimise: u^2\nreport:"))
    assert "beside a quotient with modes there are equations only" in other
    (few,) = mistakes("terms.term_1.modes=1")
    assert "2" in few


def test_other_mistakes_are_said_of_the_text_as_it_is_written() -> None:
    (one,) = mistakes(text=STRING.replace("equation: u = 0", "equation: w = 0"))
    assert "test.yaml:8:16" in one and one.count("^") == 1


def test_states_keep_what_is_known_of_them() -> None:
    known = read(STRING + "exact: {eigenvalue2: 7.5, u1: sin(pi*x/3)}\n")
    assert known.exact_numbers == {"eigenvalue2": 7.5}
    assert show(known.exact["u1"], known.scope) == "sin(pi*x/3)"


def test_more_states_than_can_be_written_out_are_refused_with_their_number() -> None:
    (said,) = mistakes("terms.term_1.modes=6", "terms.term_1.minimise=integral(u_x^2)/integral(u^2)")
    assert "6 states of this quotient grow too large, written out" in said
    assert "ask for 4 or fewer; states with and without a symmetry" in said
    assert "terms.term_1.modes=6" in said and said.count("^") == 1
