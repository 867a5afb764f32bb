"""Slabs of time that were left before they were solved are named; small losses of late slabs are not."""

from pathlib import Path

import numpy as np
import pytest

from pinn import config
from pinn.recording.astray import left_astray, unsolved
from pinn.training import Look, Slab

DECAY = """unknowns: [u]
domain: {kind: box, bounds: {t: [0, 3]}, time: t}
terms:
  - %s
  - {equation: u = 1, on: t=0, hard: true}
training: {slabs: 3}
"""
DATA = "equation: u_t = -u\n  - data: {file: d.csv, columns: {t: t}, fit: {u: u}}"


def clause(losses: list[tuple[float, ...]], said: str = "equation: u_t = -u") -> str:
    slabs = [Slab(np.zeros(1), *pair) for pair in losses]
    return left_astray(config.parse(DECAY % said, "f.yaml", Path()), slabs)


def test_the_first_slab_that_is_far_from_a_solution_is_named():
    found = clause([(1e-18, 1.0), (53.4, 300.0), (40.0, 1e5)])
    assert found.startswith("slab 2 of 3 was left at a loss of 5.3e+01, far from a solution")
    assert "cut time into more slabs" in found


@pytest.mark.parametrize(
    "losses",
    [
        [(1e-18, 1.0), (1e-17, 1e2)],
        [(1e-18, 1.0), (1e-16, 1e-15)],  # a state that is steady begins solved
        [(1e-6, 1.0), (1e-9, 1e-8)],
        [(53.4,), (53.4,)],  # nothing is known of how they began
        [],
    ],
)
def test_others_are_not(losses):
    assert clause(losses) == ""


def test_noise_is_left_alone(tmp_path):
    (tmp_path / "d.csv").write_text("t,u\n0.5,0.6\n2.5,0.1\n")
    known = config.parse(DECAY % DATA, "f.yaml", tmp_path)
    assert left_astray(known, [Slab(np.zeros(1), 0.1, 1.0)]) == ""


@pytest.mark.parametrize(
    ("said", "first", "loss", "found"),
    [
        ("equation: u_t = -u", 2.0, 0.1, "the loss is still 0.05 of the first, 2.0e+00: this is no solution yet"),
        ("equation: u_t = -u", 2.0, 1e-4, ""),
        ("equation: u_t = -u", 0.0, 0.1, ""),  # a warm start
        ("minimise: (u_t + u)^2 + u^2", 2.0, 0.1, ""),
    ],
)
def test_a_limit_that_ends_a_run_near_its_first_loss_is_no_silent_end(said, first, loss, found):
    known = config.parse((DECAY % said).replace("training: {slabs: 3}\n", ""), "f.yaml", Path())
    assert unsolved(known, Look(0, loss, first), loss) == found
