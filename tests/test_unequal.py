"""Residuals that are divided by their sizes, where these are far apart and nobody has said how they weigh."""

from pathlib import Path

import pytest

from pinn import problems
from pinn.config import Config, parse, resolve
from pinn.errors import ConfigError
from pinn.training import Trainer

BEAM = """\
unknowns: [w, phi]
parameters: {EI: 1e7, S: 1e9, q: 1e4}
domain: {kind: box, bounds: {x: [0, 2]}}
terms:
  - {equation: S*(w_xx - phi_x) + q = 0, name: shear}
  - {equation: EI*phi_xx + S*(w_x - phi) = 0, name: bending}
  - {equation: [w = 0, phi = 0], on: x=0, name: clamped}
  - {equation: [EI*phi_x = 0, w_x = phi], on: x=2, name: free}
sampling: {kind: sobol, points: 16}
network: {kind: mlp, hidden: [4]}
"""
HEAT = """\
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1], t: [0, 1]}, time: t}
terms:
  - {equation: %s}
  - {equation: u = %s, on: t=0}
  - {equation: u_x = 0, on: [x=0, x=1]}
"""


def read(text: str, *assignments: str) -> Config:
    return parse(text, "f.yaml", Path(), assignments)


def scales(config: Config) -> list[list[float] | None]:
    found = [term.scale for term in config.document.terms]
    return [[float(str(s)) for s in said] if isinstance(said, list) else None for said in found]


def losses(config: Config) -> dict[str, float]:
    trainer = Trainer.of(problems.build(config))
    found = trainer.forms[0].terms(trainer.first(), trainer.arguments("training"))
    return {name: float(value.loss) for name, value in found.items()}


def test_each_residual_is_divided_by_the_size_of_its_largest_part() -> None:
    config = read(BEAM)
    assert scales(config) == [[1e9], [1e9], [1.0, 1.0], [1e7, 1.0]]
    (said,) = config.chosen_scales
    assert said.startswith("'shear' 1e+09, 'bending' 1e+09, 'free' [1e+07, 1]: what residuals are divided by")
    assert config.warnings == ()


def test_a_residual_is_divided_before_it_is_squared() -> None:
    by_hand = BEAM.replace("S*(w_xx - phi_x) + q = 0", "w_xx - phi_x + q/S = 0")
    by_hand = by_hand.replace("EI*phi_xx + S*(w_x - phi) = 0", "EI/S*phi_xx + w_x - phi = 0")
    by_hand = by_hand.replace("EI*phi_x = 0, w_x", "phi_x = 0, w_x")
    assert read(by_hand).chosen_scales == ()
    found, expected = losses(read(BEAM)), losses(read(by_hand))
    assert found == {name: pytest.approx(loss, rel=1e-12) for name, loss in expected.items()}


def test_what_is_found_is_said_and_read_again() -> None:
    config = read(BEAM)
    again = read(resolve.text(config))
    assert scales(again) == scales(config) and again.chosen_scales == ()
    assert losses(again) == losses(config)


@pytest.mark.parametrize(
    "changed",
    [
        ("name: clamped", "name: clamped, weight: 1"),
        ("name: clamped", "name: clamped, scale: 1"),
        ("network:", "training: {balance_every: 10}\nnetwork:"),
        ("sampling:", "  - {minimise: w^2}\nsampling:"),
    ],
)
def test_what_somebody_has_weighed_is_left_alone(changed: tuple[str, str]) -> None:
    config = read(BEAM.replace(*changed))
    assert config.chosen_scales == ()
    assert scales(config)[0] is None


@pytest.mark.parametrize(
    ("equation", "start", "found"),
    [
        ("u_t = u_xx", "1", None),
        ("u_t = 1e-4*u_xx", "1", None),  # what changes fast beside it
        ("1e-4*u_t = 1e-4*u_xx", "1", [1e-4]),  # it would hardly count
        ("u_t = u_xx", "1000", None),  # all of them are large
        ("u_t = u_xx + exp(40*u)", "1", None),  # which only some states make large
        ("5e3*u_t = 5e3*u_xx", "1", [1e4]),
    ],
)
def test_sizes_are_those_of_the_largest_part_in_the_units_of_the_unknown(
    equation: str, start: str, found: list[float] | None
) -> None:
    assert scales(read(HEAT % (equation, start)))[0] == found


def test_an_inequality_is_divided_inside() -> None:
    text = HEAT % ("1e6*u_t = 1e6*u_xx", "1") + "  - {require: 1e6*u >= 5e5, name: least}\n"
    config = read(text)
    assert scales(config)[-1] == [1e6]
    plain = read(text.replace("1e6*", "").replace("5e5", "0.5"))
    assert losses(config)["least"] == pytest.approx(losses(plain)["least"], rel=1e-12)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (("name: shear", "name: shear, scale: -1"), "it must be above zero"),
        (("name: clamped", "name: clamped, scale: [1, 2, 3]"), "3 scales for 2 residuals"),
        (("name: shear", "name: shear, scale: x"), "x"),
        (("{equation: S*(w_xx - phi_x) + q = 0, ", "{minimise: w_x^2, scale: 2, "), "only residuals have a scale"),
        (("name: clamped", "name: clamped, hard: true, scale: 2"), "a hard condition has no 'scale'"),
    ],
)
def test_a_scale_that_is_none_is_refused(changed: tuple[str, str], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(BEAM.replace(*changed))
    assert said in caught.value.render()


def test_a_scale_may_be_a_formula_of_parameters_and_one_for_all() -> None:
    said = read(BEAM.replace("name: clamped", "name: clamped, scale: 2*EI"))
    plain = read(BEAM.replace("name: clamped", "name: clamped, scale: 1"))
    assert losses(said)["clamped"] == pytest.approx(losses(plain)["clamped"] / 4e14, rel=1e-12)
