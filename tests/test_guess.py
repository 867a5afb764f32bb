"""Guesses: what networks begin with, and which solution is found."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from pinn import config, problems, training
from pinn.errors import ConfigError
from pinn.evaluation import Solution
from pinn.training import Saved, guess

BRATU = """
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1]}}
terms:
  - equation: u_xx + exp(u) = 0
  - {equation: u = 0, on: boundary, hard: true}
guess: {u: 4*sin(pi*x)}
sampling: {points: 64}
network: {hidden: [8]}
"""

MANY = """
unknowns: {u: {on: left}, v: {on: right}, k: {positive: true, inputs: [x]}}
parameters: {a: 1000, c: {kind: fitted, initial: 0.5}}
domain: {kind: box, bounds: {x: [0, 1], y: [0, 2]}}
regions: {left: x < 0.5, right: x > 0.5}
define: {f: cos(y)}
terms:
  - {equation: k*laplacian(u) = c, on: left}
  - {equation: k*laplacian(v) = c, on: right}
  - {equation: [u = v, u_x = v_x, k = 1, c = 1], on: x=0.5}
  - {equation: u = 0, on: x=0, hard: true}
guess: {u: a*x*f, k: 0.01*exp(x)}
sampling: {kind: sobol, points: 400, redraw_every: 10}
network: {hidden: [10]}
"""


def parse(text: str) -> config.Config:
    return config.parse(text, "test.yaml", Path())


def begun(text: str) -> tuple[Solution, float]:
    """What a training begins with, and how far that is from the guess."""
    known = parse(text)
    theta, gap = guess.fitted(known)
    trainer = training.Trainer.of(problems.build(known))
    return Solution(known, trainer.objective.unravel(jnp.asarray(theta))), gap


def test_networks_are_fitted_to_the_guess() -> None:
    """Unknowns on regions, of few inputs, positive, of very different sizes; the others are as they are drawn."""
    solution, gap = begun(MANY)
    assert gap < 0.01
    left, right = (np.linspace(low, low + 0.4, 9) for low in (0.05, 0.55))
    found = solution("u", "k", x=left, y=1.3)
    np.testing.assert_allclose(found["u"], 1000 * left * np.cos(1.3), atol=20)
    np.testing.assert_allclose(found["k"], 0.01 * np.exp(left), rtol=0.05)
    assert np.all(np.isfinite(solution("v", x=right, y=1.3)["v"]))
    assert solution("u", x=0, y=1.3)["u"] == 0  # the hard condition
    assert solution("c")["c"] == pytest.approx(0.5)


@pytest.mark.parametrize(("text", "middle"), [(BRATU, 4.0914672), (BRATU.replace("guess", "x-guess"), 0.1405392)])
def test_the_guess_chooses_among_solutions(text: str, middle: float) -> None:
    known = parse(text)
    trainer = training.Trainer.of(problems.build(known))
    first = guess.fitted(known)[0] if known.guess else None
    saved = [event.snapshot for event in trainer.run(None, lambda: None, first) if isinstance(event, Saved)]
    solution = Solution(known, trainer.objective.unravel(jnp.asarray(saved[-1].theta)))
    assert solution("u", x=0.5)["u"] == pytest.approx(middle, rel=1e-5)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("guess: {u:", "guess: {w:", "'w' is not an unknown"),
        ("u: a*x*f", "u: a*x*v", "a guess is a formula of the coordinates"),
        ("u: a*x*f", "u: c*x", "a fitted parameter has a value of its own to begin with"),
        ("u: a*x*f", "u: integral(x)", "integral"),
        ("0.01*exp(x)", "0.01*exp(y)", "k is no function of y"),
        ("0.01*exp(x)", "x - 0.5", "k is positive, and this is -"),
        ("u: a*x*f", 'u: "[x, y]"', "a guess must be a scalar"),
    ],
)
def test_what_cannot_be_a_guess_is_a_mistake(old: str, new: str, said: str) -> None:
    assert old in MANY
    with pytest.raises(ConfigError) as caught:
        parse(MANY.replace(old, new))
    (mistake,) = caught.value.diagnostics
    assert said in mistake.render()


def test_slabs_have_no_guess() -> None:
    text = """
unknowns: [u]
domain: {kind: box, bounds: {t: [0, 1]}, time: t}
terms: [{equation: u_t = -u}, {equation: u = 1, on: t=0, hard: true}]
guess: {u: 1 - t}
training: {slabs: 2}
"""
    with pytest.raises(ConfigError, match="a guess is for all of time"):
        parse(text)
