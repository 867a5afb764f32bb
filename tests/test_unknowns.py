"""Unknowns of which more is said: a network for each, inputs of their own, positive values."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pinn import config, fields, problems
from pinn.config import resolve, sizes, summary
from pinn.errors import ConfigError
from pinn.evaluation import Solution
from pinn.training import Advanced, Saved, Trainer

TEXT = """
unknowns:
  u: {}
  k: {inputs: [y, t], positive: true, network: {hidden: [7]}}
  c: {inputs: [t], network: {kind: fourier, frequencies: [1], hidden: [3]}}
domain: {kind: box, bounds: {x: [-1, 3], y: [0, 2], t: [0, 1]}, time: t, periodic: [y]}
terms:
  - equation: ["u_t = d(k*u_x, x) + c", k_y = 0, c = t]
  - {equation: u = x, on: x=-1, hard: true}
network: {hidden: [5]}
"""


def parse(text: str = TEXT, *overrides: str) -> config.Config:
    return config.parse(text, "test.yaml", Path(), overrides)


@pytest.fixture(scope="module")
def known() -> config.Config:
    return parse()


@pytest.fixture(scope="module")
def solution(known: config.Config) -> Solution:
    theta = fields.ravel(fields.initial(known, jnp.uint32(3)))
    moved = theta + 0.3 * jnp.cos(jnp.arange(theta.size))
    return Solution(known, fields.unraveling(known)[1](moved))


def test_each_unknown_has_a_network_over_its_own_inputs(known: config.Config) -> None:
    u, k, c = fields.initial(known, jnp.uint32(0)).network.function.parts
    assert [w.shape for w in u.function.weights] == [(5, 4), (1, 5)]
    assert [w.shape for w in k.function.weights] == [(7, 3), (1, 7)]
    assert [w.shape for w in c.function.behind.weights] == [(3, 3), (1, 3)]
    assert sizes.trained(known.document, known.domain) == fields.unraveling(known)[0] == 31 + 36 + 16


def test_an_unknown_with_inputs_does_not_change_along_the_other_coordinates(solution: Solution) -> None:
    x = np.linspace(-1, 3, 5)
    found = solution("u", "k", "c", "k_x", "c_x", "c_y", "k_y", x=x, y=0.3, t=0.4)
    assert np.ptp(found["u"]) > 1e-3
    for name in ("k", "c"):
        assert np.ptp(found[name]) == 0
    for name in ("k_x", "c_x", "c_y"):
        assert (found[name] == 0).all()
    step = 1e-5
    ends = [solution("k", x=0, y=0.3 + s, t=0.4)["k"].item() for s in (-step, step)]
    assert found["k_y"][0] == pytest.approx((ends[1] - ends[0]) / (2 * step), rel=1e-6)
    assert solution("k", x=0, y=0, t=0.4)["k"] == pytest.approx(solution("k", x=0, y=2, t=0.4)["k"], rel=1e-12)


def test_a_positive_unknown_is_the_exponential_of_its_network(known: config.Config, solution: Solution) -> None:
    network = solution.model.network.function.parts[1].function
    read = np.array([np.cos(np.pi * -0.7), np.sin(np.pi * -0.7), -0.2])
    hidden = np.tanh(np.asarray(network.weights[0]) @ read + np.asarray(network.biases[0]))
    raw = np.asarray(network.weights[1]) @ hidden + np.asarray(network.biases[1])
    assert solution("k", x=0, y=0.3, t=0.4)["k"] == pytest.approx(np.exp(raw[0]), rel=1e-12)
    large = jax.tree.map(lambda a: -20 * jnp.abs(a), solution.model)
    assert Solution(known, large)("k", x=0, y=0.3, t=0.4)["k"] > 0


def test_a_step_trains_every_kind_of_network_in_single_precision() -> None:
    kinds = ["mlp", "fourier", "siren", "modified_mlp", "pirate", "kan", "separable"]
    said = ", ".join(f"{k}: {{network: {{kind: {k}, hidden: [4]}}}}" for k in kinds)
    equations = ", ".join(f"{k}_x = {k} + 1" for k in kinds)
    text = f"""
unknowns: {{{said}}}
domain: {{kind: box, bounds: {{x: [0, 1]}}}}
terms: [{{equation: [{equations}]}}]
sampling: {{kind: sobol, points: 32}}
optimizer: {{kind: levenberg_marquardt, order: 1, max_steps: 1}}
training: {{log_every: 1, validation: 0}}
precision: float32
"""
    trainer = Trainer.of(problems.build(parse(text)))
    events = list(trainer.run(None, lambda: None))
    first, last = (event.loss for event in events if isinstance(event, Advanced))
    assert last < 0.9 * first
    theta = next(np.asarray(event.snapshot.theta) for event in events if isinstance(event, Saved))
    assert theta.dtype == np.float32
    begun = fields.ravel(fields.initial(trainer.problem.config, jnp.uint32(0)))
    before, after = (trainer.forms[0].objective.unravel(jnp.asarray(t)).network.function.parts for t in (begun, theta))
    for a, b in zip(before, after, strict=True):
        assert any((x != y).any() for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True))


def test_a_resolved_config_says_the_same_unknowns(known: config.Config) -> None:
    again = parse(resolve.text(known))
    assert again.document.unknowns == known.document.unknowns
    assert summary.facts(known)["unknowns"] == ["u", "k(y, t) > 0", "c(t)"]


def test_a_coefficient_inside_a_derivative_is_not_known_up_to_a_constant(known: config.Config) -> None:
    heat = TEXT.replace(", k_y = 0, c = t", "").replace(" + c", "")
    said = [warning.message for warning in parse(heat).warnings]
    assert "no term depends on c" in said
    assert not any("only derivatives of k" in message for message in said)


MISTAKES = {
    "inputs": (("inputs: [t]", "inputs: [t, z]"), "there is no coordinate 'z'", (5, 19)),
    "twice": (("inputs: [t]", "inputs: [t, t]"), "t is an input of c already", (5, 19)),
    "none": (("inputs: [t]", "inputs: []"), "'unknowns.c.inputs' is empty", (5, 15)),
    "frequencies": (
        ("frequencies: [1]", "frequencies: [[1, 2]]"),
        "this has 2 components, and the network reads t",
        (5, 59),
    ),
    "kind": (("kind: fourier, frequencies: [1]", "kind: mpl"), "there is no network kind 'mpl'", (5, 36)),
    "positive": (("positive: true", "positive: yes"), "'unknowns.k.positive' must be true or false", (4, 33)),
    "key": (("positive: true", "positve: true"), "unknown key 'unknowns.k.positve'", (4, 23)),
    "on": (("positive: true", "on: left"), "there is no region 'left'", (4, 27)),
    "hard inputs": (("u = x, on: x=-1", "c = 1, on: t=0"), "no hard condition on c, which is a function of t", (9, 16)),
    "hard positive": (("u = x, on: x=-1", "k = 1, on: t=0"), "no hard condition on k, which is kept positive", (9, 16)),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_said_at_their_place(name: str) -> None:
    (old, new), message, place = MISTAKES[name]
    assert old in TEXT
    with pytest.raises(ConfigError) as caught:
        parse(TEXT.replace(old, new))
    found = {(d.mark.line, d.mark.column): d.message for d in caught.value.diagnostics if d.mark}
    assert message in found.get(place, ""), found


# --- scales

PLATE = """
unknowns: {T: {SAID}, q: {}}
parameters: {hot: 1100}
domain: {kind: box, bounds: {x: [0, 1], t: [0, 1]}, time: t}
terms:
  - equation: [T_t = q_x, q = T_x]
  - {equation: "FIRST"}
  - {equation: "-q = 3*(T - 293)", on: x=1}
  - {equation: q = 5, on: x=0}
network: {hidden: [5]}
"""


def plate(first: str, said: str = "") -> config.Config:
    head, _, on = first.partition(" on ")
    return parse(PLATE.replace("SAID", said).replace('{equation: "FIRST"}', f'{{equation: "{head}", on: {on}}}'))


@pytest.mark.parametrize(
    ("first", "said", "scales"),
    [
        ("T = hot on t=0, hard: true", "", {"T": 1100}),
        ("T = hot - x on t=0", "", {"T": 1100}),
        ("2*T + hot = 0 on t=0", "", {"T": 550}),
        ("T = 8 on t=0, hard: true", "", {}),
        ("T = hot on t=0", "scale: 10*pi", {"T": 10 * np.pi}),
        ("T = 1 on t=0", "scale: 1e-3", {"T": 1e-3}),
        ("T_t = hot on t=0", "", {}),
    ],
)
def test_large_values_that_conditions_ask_for_are_the_scale_of_an_unknown(first: str, said: str, scales: dict):
    found = plate(first, said)
    assert found.scales == pytest.approx(scales, rel=1e-2)
    assert (f"T (scale {found.scales['T']:.4g})" if scales else "T") in summary.facts(found)["unknowns"]


@pytest.mark.parametrize("hard", [", hard: true", ""])
def test_a_scale_multiplies_what_the_network_says(hard: str):
    ours, plain = (
        Solution(known, fields.initial(known, jnp.uint32(1))).ask([], np.array([[0.3, 0.2], [0.9, 0.7]]))["T"]
        for known in (plate("T = 8 on t=0" + hard, said) for said in ("scale: 500", ""))
    )
    lift = 8 if hard else 0
    assert ours - lift == pytest.approx(500 * (plain - lift), rel=1e-12)


def test_what_is_positive_is_scaled_too():
    ours, plain = (
        Solution(known, fields.initial(known, jnp.uint32(1))).ask([], np.array([[0.3, 0.2]]))["T"]
        for known in (plate("q = 8 on t=0", said) for said in ("positive: true, scale: 500", "positive: true"))
    )
    assert ours == pytest.approx(500 * plain, rel=1e-12)


@pytest.mark.parametrize(
    ("scale", "message"),
    [("0", "must be above zero"), ("-3", "must be above zero"), ("u", "unknown name 'u'"), ("2*x", "unknown name 'x'")],
)
def test_a_scale_is_a_size(scale: str, message: str):
    with pytest.raises(ConfigError, match=message):
        plate("T = 8 on t=0", f"scale: {scale}")


def test_a_plate_in_kelvin_cools_like_one_of_size_one():
    """After the same few steps the numbers are the same but for their unit."""
    text = """
unknowns: %s
domain: {kind: box, bounds: {x: [0, 1], t: [0, 1]}, time: t}
terms:
  - equation: T_t = T_xx
  - {equation: T = %s, on: t=0, hard: true}
  - {equation: "-T_x = 3*(1 - exp(-9*t))*(T - %s)", on: x=1}
  - {equation: T_x = 0, on: x=0}
sampling: {kind: sobol, points: 64}
network: {hidden: [6]}
optimizer: {kind: levenberg_marquardt, max_steps: 8}
"""
    kelvin, one = (
        Solution(problem.config, problem_model(problem)).ask([], np.array([[0.3, 0.9], [1.0, 0.5]]))["T"]
        for problem in (problems.build(parse(text % said)) for said in (("[T]", 1000, 300), ("[T]", 1, 0.3)))
    )
    assert np.abs(one - 1).min() > 1e-3
    assert kelvin == pytest.approx(1000 * one, rel=1e-6)


def problem_model(problem: problems.Problem) -> fields.Model:
    *_, last = (e.snapshot for e in Trainer.of(problem).run(None, lambda: None) if isinstance(e, Saved))
    return fields.unraveling(problem.config)[1](jnp.asarray(last.theta))


def test_functions_of_one_coordinate_have_smaller_networks() -> None:
    """Where nothing is said of layers; those of several coordinates, or of a vector, have the usual ones."""
    text = """
unknowns: {u: {}, q: {inputs: [t]}, s: {inputs: [z]}, r: {inputs: [x, t]}, k: {inputs: [x], network: {hidden: [5]}}}
domain: {kind: box, bounds: {x: [0, 1], z: {dim: 2, range: [0, 1]}, t: [0, 1]}, time: t}
terms:
  - equation: [u_t = u_xx + q + sum(s*z), k = 1, r = x]
"""
    said = config.parse(text, "test.yaml", Path()).document.unknowns
    assert isinstance(said, dict)
    layers = {name: one.network and getattr(one.network, "hidden", None) for name, one in said.items()}
    assert layers == {"u": None, "q": [24, 24], "s": None, "r": None, "k": [5]}
    wide = config.parse(text + "network: {hidden: [7]}", "test.yaml", Path()).document.unknowns
    assert isinstance(wide, dict) and wide["q"].network is None
