"""Every kind of network: its formula, its derivatives and its size."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pinn import config, fields
from pinn.compiler import Site, evaluate, plan
from pinn.config import blocks, resolve, sizes
from pinn.errors import ConfigError
from pinn.evaluation import Solution
from pinn.fields import FieldsOf

TEXT = """
unknowns: [u]
domain: {kind: box, bounds: {x: [-1, 3], y: [2, 2.5]}, periodic: [y]}
terms:
  - {equation: u_x = cos(x)*sin(4*pi*y) - u}
sampling: {kind: sobol, points: 32}
optimizer: {kind: levenberg_marquardt, order: 1, max_steps: 1}
training: {log_every: 1, validation: 0}
"""
KINDS = {
    "mlp": "{kind: mlp, hidden: [6, 5]}",
    "fourier": "{kind: fourier, features: 4, scale: 1, hidden: [5], activation: sin}",
    "given": "{kind: fourier, frequencies: [1, [0.5, 2]], hidden: [4]}",
    "siren": "{kind: siren, hidden: [6, 5], frequency: 2, output_activation: exp}",
    "modified_mlp": "{kind: modified_mlp, hidden: [5, 5]}",
    "pirate": "{kind: pirate, hidden: [6, 6], scale: 0.5}",
    "kan": "{kind: kan, hidden: [3], degree: 4}",
    "separable": "{kind: separable, hidden: [5], rank: 3}",
}
Plain = Callable[[Any, jax.Array], jax.Array]


def parse(kind: str, *overrides: str) -> config.Config:
    return config.parse(f"{TEXT}network: {KINDS.get(kind, kind)}\n", "test.yaml", Path(), overrides)


def angles(units: jax.Array) -> jax.Array:
    """What a network reads here: x, and the cosine and sine of y."""
    return jnp.stack([units[0], jnp.cos(jnp.pi * units[1]), jnp.sin(jnp.pi * units[1])])


def waves(periods: Any, units: jax.Array) -> jax.Array:
    phases = jnp.pi * jnp.asarray(periods) @ units
    return jnp.concatenate([jnp.cos(phases), jnp.sin(phases)])


def chained(network: Any, x: jax.Array) -> jax.Array:
    act = {"tanh": jnp.tanh, "sin": jnp.sin}[network.activation]
    for w, b in list(zip(network.weights, network.biases, strict=True))[:-1]:
        x = act(w @ x + b)
    return network.weights[-1] @ x + network.biases[-1]


def affine(layer: Any, x: jax.Array) -> jax.Array:
    return layer.weights @ x + layer.biases


def siren(network: Any, units: jax.Array) -> jax.Array:
    x = angles(units)
    for layer in network.layers[:-1]:
        x = jnp.sin(2 * affine(layer, x))
    return jnp.exp(affine(network.layers[-1], x))


def modified(network: Any, units: jax.Array) -> jax.Array:
    x = angles(units)
    u, v = (jnp.tanh(affine(gate, x)) for gate in network.gates)
    for layer in network.layers[:-1]:
        z = jnp.tanh(affine(layer, x))
        x = (1 - z) * u + z * v
    return affine(network.layers[-1], x)


def pirate(network: Any, units: jax.Array) -> jax.Array:
    x = waves(network.periods, units)
    u, v = (jnp.tanh(affine(gate, x)) for gate in network.gates)
    for (first, second, third), share in zip(network.blocks, network.shares, strict=True):
        f = jnp.tanh(affine(first, x))
        g = jnp.tanh(affine(second, f * u + (1 - f) * v))
        h = jnp.tanh(affine(third, g * u + (1 - g) * v))
        x = share * h + (1 - share) * x
    return affine(network.last, x)


def kan(network: Any, units: jax.Array) -> jax.Array:
    x = angles(units)
    for layer in network.layers:
        theta = jnp.arccos(jnp.tanh(x))
        x = affine(layer, jnp.concatenate([jnp.cos(k * theta) for k in range(1, 5)]))
    return x


def separable(network: Any, units: jax.Array) -> jax.Array:
    first, second = network.factors
    return jnp.sum(chained(first, units[:1]) * chained(second, angles(units)[1:]), keepdims=True)


FORMULAS: dict[str, Plain] = {
    "mlp": lambda network, units: chained(network, angles(units)),
    "fourier": lambda n, units: chained(n.behind, jnp.concatenate([units[:1], waves(n.periods, units)])),
    "given": lambda n, units: chained(n.behind, jnp.concatenate([units[:1], waves([[1, 0], [0, 1], [0.5, 2]], units)])),
    "siren": siren,
    "modified_mlp": modified,
    "pirate": pirate,
    "kan": kan,
    "separable": separable,
}


def quick(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compiled without care, for it runs once."""
    return jax.jit(function, compiler_options={"xla_backend_optimization_level": 0})


def moved(known: config.Config) -> fields.Model:
    """A model in which nothing is zero by chance of the start."""
    theta = fields.ravel(fields.initial(known, jnp.uint32(3)))
    return fields.unraveling(known)[1](theta + 0.2 * jnp.cos(jnp.arange(theta.size, dtype=theta.dtype)))


@pytest.mark.parametrize("kind", KINDS)
def test_values_and_derivatives_are_those_of_the_formula(kind: str) -> None:
    known = parse(kind)
    model, point = moved(known), jnp.array([0.4, 2.1])
    function: Any = model.network.function

    def plain(x: jax.Array) -> jax.Array:
        return FORMULAS[kind](function, (x - jnp.array([1, 2.25])) / jnp.array([2, 0.25]))[0]

    texts = ["u", "u_x", "u_y", "u_xx", "u_xy", "u_yy"]
    asked = config.read_expressions(known, texts)[0]
    demand, given = plan(asked, known.ansatz), FieldsOf.of(known, [model], fields.constants(known))
    found = quick(lambda x: [jet.value for jet in evaluate(asked, demand, given, Site(x))])(point)
    value, slope, second = quick(lambda x: (plain(x), jax.jacfwd(plain)(x), jax.jacfwd(jax.jacfwd(plain))(x)))(point)
    expected = [value, *slope, second[0, 0], second[0, 1], second[1, 1]]
    assert np.array(found) == pytest.approx(np.array(expected), rel=1e-10, abs=1e-11)


@pytest.mark.parametrize("kind", ["mlp", "pirate"])
def test_a_network_that_is_known_to_be_zero_changes_nothing_along_a_curve(kind: str) -> None:
    known = parse(kind)
    model, asked = moved(known), [config.read_expressions(known, ["u_x"])[0][0]]
    nothing = jax.tree.map(jnp.zeros_like, model)
    left_out = fields.Model(jax.tree.map(lambda _: None, model.network), nothing.fitted)
    demand = plan(asked, known.ansatz)

    def along(last: fields.Model) -> jax.Array:
        given = FieldsOf.of(known, [model, last], fields.constants(known))
        return quick(lambda x: jnp.stack(evaluate(asked, demand, given, Site(x))[0].series()))(jnp.array([0.4, 2.1]))

    assert np.array(along(left_out)) == pytest.approx(np.array(along(nothing)), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_periodic_coordinate_stays_periodic_and_the_others_do_not(kind: str) -> None:
    known = parse(kind)
    found = Solution(known, moved(known))
    left, right = (found("u", "u_y", x=0.3, y=y) for y in (2.0, 2.5))
    assert all(left[e] == pytest.approx(right[e], rel=1e-9, abs=1e-9) for e in left)
    assert found(x=-1, y=2.1)["u"] != pytest.approx(found(x=3, y=2.1)["u"], rel=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_the_size_is_known_before(kind: str) -> None:
    known = parse(kind)
    assert sizes.trained(known.document, known.domain) == fields.unraveling(known)[0]


MISTAKES = {
    "{kind: fourier, frequencies: [[1, 2, 3]]}": (
        "this has 3 components, and the network reads x, y",
        "one for each",
    ),
    "{kind: fourier, frequencies: [1, 2.5]}": (
        "y is periodic, and 2.5 is no whole number of periods",
        "over the width",
    ),
    "{kind: fourier, frequencies: [1], scale: 3}": ("'frequencies' are given, and 'scale' is of drawn ones", ""),
    "{kind: fourier, frequencies: []}": ("'network.frequencies' is empty", "at least one"),
    "{kind: fourier, scale: 0}": ("'network.scale' must be above 0, not 0", ""),
    "{kind: modified_mlp, hidden: [8, 9]}": ("all layers pass the same gates", ""),
    "{kind: pirate, hidden: [7, 7]}": ("widths in 'hidden' must be even", ""),
    "{kind: siren, activation: tanh}": ("unknown key 'network.activation'", "it goes with kind mlp, fourier"),
    "{kind: kan, degree: 0}": ("'network.degree' must be at least 1, not 0", ""),
    "{kind: fnn}": ("there is no network kind 'fnn'", "did you mean 'mlp'?"),
    "{kind: separabel}": ("there is no network kind 'separabel'", "did you mean 'separable'?"),
}


@pytest.mark.parametrize("said", MISTAKES)
def test_mistakes_are_said_where_they_stand(said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(said)
    (found,) = caught.value.diagnostics
    message, hint = MISTAKES[said]
    assert message in found.message
    assert hint in (found.hint or "")
    assert found.mark is not None and found.mark.line == TEXT.count("\n") + 1


def test_a_resolved_config_says_the_same_network() -> None:
    known = parse("given")
    again = config.parse(resolve.text(known), "resolved.yaml", Path())
    assert again.document.network == known.document.network


def test_a_further_network_is_fully_connected() -> None:
    stages = "optimizer=[{kind: bfgs}, {kind: multi_stage, hidden: [7]}]"
    known = parse("siren", stages)
    (block,) = blocks.blocks(known.document, known.domain)
    found = block.network(known.document, 1)
    assert (found.kind, found.hidden, found.output_activation) == ("mlp", [7], "identity")
