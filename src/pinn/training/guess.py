"""The numbers that a training begins with where its config has a guess, or data: those of networks fitted to it."""

import math

import numpy as np
from jaxtyping import Float

from pinn import problems
from pinn.config import Config, guesses
from pinn.training.events import Saved
from pinn.training.trainer import Trainer


def fitted(config: Config) -> tuple[Float[np.ndarray, " n"], float]:
    """The trained numbers of networks that are fitted to `guesses.first_terms`, and how far these are from it.

    That is the root mean square of the differences, those from a guess relative to the size of the formula.
    """
    trainer = Trainer.of(problems.build(guesses.problem(config)))
    saved = [event.snapshot for event in trainer.run(None, lambda: None) if isinstance(event, Saved)]
    return saved[-1].theta, math.sqrt(saved[-1].report.loss)
