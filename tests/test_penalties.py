"""What a run says of equations that an energy has left unmet."""

from dataclasses import replace
from pathlib import Path

from pinn.config import parse
from pinn.recording.penalties import unmet

CONFIG = parse(
    """
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1]}}
terms:
  - {minimise: "1000*u_x^2", name: energy}
  - {equation: u = 1, on: x=1, name: end}
  - {require: u > 0, name: side, sampling: {kind: random, points: 50, redraw_every: 5}}
  - {equation: integral(u) = 1, name: mean}
""",
    "f.yaml",
    Path(),
)


def test_a_penalty_is_judged_by_its_share_of_the_energy_and_a_number_by_itself() -> None:
    assert unmet(CONFIG, {"energy": 1000.0, "end": 1e-9, "side": 0.5, "mean": 1e-9}) == ""
    assert "not met: 'end' adds 2.0e+00 to an energy of 1.0e+03" in unmet(
        CONFIG, {"energy": 1e3, "end": 2.0, "mean": 0}
    )
    assert "not met: 'mean' adds 1.0e-07" in unmet(CONFIG, {"energy": 1000.0, "side": 0.5, "mean": 1e-7})
    assert unmet(replace(CONFIG, terms=CONFIG.terms[1:]), {"end": 5.0, "mean": 5.0}) == ""


def test_a_larger_weight_helps_penalties_alone() -> None:
    assert "give a larger weight" in unmet(CONFIG, {"energy": 1.0, "side": 1.0})
    assert unmet(CONFIG, {"energy": 1.0, "mean": 1.0}).endswith(
        "see that everything can hold at once, take more steps, or try another seed"
    )
