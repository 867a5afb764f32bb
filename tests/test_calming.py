"""A start whose loss is no number is brought nearer to what is built in."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from pinn import config, fields, problems
from pinn.training import Calmed, Ended, Saved, Trainer

RUBBER = """
unknowns: [u, v]
parameters: {k: {kind: fitted, initial: 3}}
domain: {kind: box, bounds: {x: [0, 1], y: [0, 1]}}
define:
  F: identity(2) + 4*grad([u, v])
  J: det(F)
terms:
  - {minimise: "0.5*(inner(F, F) - 2) - log(J) + log(J)^2 + (k - 2)^2"}
  - {equation: [u = 0, v = 0], on: x=0, hard: true}
  - {equation: [u = 0.1, v = 0], on: x=1, hard: true}
sampling: {kind: gauss, points: 64}
network: {hidden: [8]}
optimizer: {kind: bfgs, max_steps: 60}
seed: 1
"""


def trainer(text: str) -> Trainer:
    return Trainer.of(problems.build(config.parse(text, "test.yaml", Path())))


def is_finite(known: Trainer, theta: np.ndarray) -> bool:
    args = known.arguments("training")
    return bool(
        np.isfinite(sum(float(value.loss) for value in known.forms[0].terms(jnp.asarray(theta), args).values()))
    )


def test_networks_are_halved_until_the_loss_is_a_number_and_parameters_stay() -> None:
    known = trainer(RUBBER)
    first = np.asarray(known.first())
    assert not is_finite(known, first)
    events = list(known.run(None, lambda: None))
    calmed = events[0]
    assert isinstance(calmed, Calmed)
    start = np.asarray(fields.shrunk(known.problem.config, jnp.asarray(first), 0.5**calmed.halvings))
    assert is_finite(known, start)
    assert not is_finite(known, start * np.where(np.arange(len(start)) < len(start) - 1, 2.0, 1.0))
    assert start[-1] == first[-1], "the fitted parameter"
    end = [event.snapshot for event in events if isinstance(event, Saved)][-1]
    assert 0 < end.report.loss < 0.3
    resumed = list(known.run(end, lambda: None))
    assert not any(isinstance(event, Calmed) for event in resumed)


def test_what_another_training_has_found_is_calmed_too() -> None:
    known = trainer(RUBBER)
    first = np.asarray(known.first())
    given = known.run(None, lambda: None, first=first)
    assert isinstance(next(given), Calmed)


@pytest.mark.parametrize("term", ["minimise: log(u - 100)", "minimise: u_x^2 - u"])
def test_a_start_that_is_a_number_or_never_becomes_one_stays(term: str) -> None:
    text = RUBBER.split("define:")[0].replace("[u, v]", "[u]").replace("k: {kind: fitted, initial: 3}", "k: 3")
    text += f"terms:\n  - {term}\nsampling: {{kind: gauss, points: 64}}\noptimizer: {{kind: bfgs, max_steps: 1}}\n"
    events = list(trainer(text).run(None, lambda: None))
    assert not any(isinstance(event, Calmed) for event in events)
    assert isinstance(events[-1], Ended)
