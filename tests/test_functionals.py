"""Integrals as numbers of the whole problem, against values worked out by hand.

As in the tests of objectives, zero weights and biases (a, b) with the hard condition u = 0 on x = 0 of [0, 2] × [0, 1]
make u = a x/2 and v = b.
"""

from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pinn import batches, config, evaluation, fields, problems
from pinn.batches import Arguments, arguments
from pinn.errors import ConfigError
from pinn.evaluation import Solution
from pinn.objectives import Objective, Residuals
from pinn.quantities import Quantities

A, B = 1.7, -0.6
HEAD = """
unknowns: [u, v]
parameters: {k: 3}
domain: {kind: box, bounds: {x: [0, 2], y: [0, 1]}}
define: {mass: integral(u)}
network: {kind: mlp, hidden: [3]}
sampling: {kind: gauss, points: [4, 3]}
terms:
  - {equation: u = 0, on: x=0, hard: true}
"""


def problem(text: str) -> problems.Problem:
    return problems.build(config.parse(HEAD + text, "test.yaml", Path()))


def by_hand(known: config.Config) -> fields.Model:
    """The model that says (a, b) everywhere."""
    size, unravel = fields.unraveling(known)
    network = unravel(jnp.zeros(size)).network
    last = jnp.asarray([A, B])
    return fields.Model(eqx.tree_at(lambda n: n.function.biases[1], network, last), {})


def setting(text: str) -> tuple[Objective, jax.Array, Arguments]:
    built = problem(text)
    theta = fields.ravel(fields.initial(built.config, jnp.uint32(3)))
    return Objective.of(built), theta, arguments(built, built.points("training"))


CASES = {
    "a number counts once": ("minimise: integral(u^2)", 2 * A**2 / 3),
    "a quotient": ("minimise: integral(u_x^2)/integral(u^2)", A**2 / 2 / (2 * A**2 / 3)),
    "an equation of a number": ("equation: integral(u) = 3", (A - 3) ** 2),
    "weights multiply after squaring": ("{equation: integral(u) = 3, weight: k}", 3 * (A - 3) ** 2),
    "a definition": ("equation: mass = v - v + 3", (A - 3) ** 2),
    "a face": ("minimise: integral(u^2 + v, over=x=2)", A**2 + B),
    "the boundary and its normal": ('minimise: "integral(d(u, n), over=boundary)"', 0.0),
    "a number beside functions": ("equation: u = mass", A**2 / 3 - A * A + A**2),
    "a number inside an integrand": ("minimise: v*mass", 2 * B * A),
    "fitted to nothing": ("equation: [integral(v) = 1, mass = integral(v)]", (2 * B - 1) ** 2 + (A - 2 * B) ** 2),
    "an inequality that holds": ("require: u >= v", 0.0),
    "two that do not": ("require: [v >= 1, 3 > u]", (1 - B) ** 2),
    "what a function lacks": ("require: u >= 3", 9 - 3 * A + A**2 / 3),
    "one of a number": ("require: integral(u) <= 1", (A - 1) ** 2),
    "a value at a place counts once": ("minimise: 3*at(u, x=2, y=1)^2 + mass", 3 * A**2 + A),
    "values at two places": ('equation: "at(v, x=0, y=0) = at(u, x=1, y=1/2)"', (B - A / 2) ** 2),
    "a square is seen": ("minimise: (integral(u) - 3)^2", (A - 3) ** 2),
}


def test_terms_by_hand():
    built = problem("".join(f"  - {text}\n" for text, _ in CASES.values()))
    objective, args = Objective.of(built), arguments(built, built.points("training"))
    theta = fields.ravel(by_hand(built.config))
    values = jax.jit(objective.terms)(theta, args)
    found = [float(values[f"term_{i + 2}"].loss) for i in range(len(CASES))]
    expected = dict(zip(CASES, (value for _, value in CASES.values()), strict=True))
    assert dict(zip(CASES, found, strict=True)) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert float(objective.value(theta, args)) == pytest.approx(sum(found), rel=1e-12)


def test_values_at_fixed_places_are_numbers_where_nothing_else_is():
    known = problem("  - minimise: 3*at(u, x=2, y=1)^2 + mass\n  - equation: at(v, x=0, y=0) = at(u, x=1, y=1/2)\n")
    assert all(term.is_number for term in known.config.terms)
    beside = problem("  - equation: v = at(u, x=1, y=1/2)\n  - equation: u = at(u, x=1, y=y)\n")
    assert not any(term.is_number for term in beside.config.terms)


def test_squares_of_numbers_are_residuals():
    squares = problem("  - {equation: mass = 3}\n  - {minimise: (mass - 3)^2}\n  - {minimise: (u - mass)^2}\n")
    assert Objective.of(squares).is_sum_of_squares
    assert not Objective.of(problem("  - minimise: mass\n")).is_sum_of_squares


CONSTRAINED = """
  - equation: laplacian(u) + mass*v = 1
  - {equation: u = v, on: x=2, sampling: {kind: gauss, points: 3}}
  - {equation: [integral(u^2) = 1, "integral(u*v, over=boundary) = 2"], weight: 3}
"""


@pytest.fixture(scope="module")
def constrained():
    objective, theta, args = setting(CONSTRAINED)
    return Residuals(objective), theta, args


def test_rows_of_the_jacobian_see_through_integrals(constrained):
    residuals, theta, args = constrained
    values, jacobian = jax.jit(residuals.jacobian)(theta, args)
    assert len(values) == 12 + 3 + 2
    assert np.asarray(values) == pytest.approx(np.asarray(residuals(theta, args)), rel=1e-12)
    forward = jax.jacfwd(lambda t: residuals(t, args))(theta)
    assert np.asarray(jacobian) == pytest.approx(np.asarray(forward), rel=1e-9, abs=1e-11)


def test_curves_see_through_integrals(constrained):
    residuals, theta, args = constrained
    first, second = np.random.default_rng(0).normal(size=(2, theta.size))
    path = lambda s: residuals(theta + s * first + s**2 * second, args)
    slope = lambda s: jax.jvp(path, (s,), (1.0,))[1]
    nested = [path(0.0), slope(0.0), jax.jvp(slope, (0.0,), (1.0,))[1] / 2]
    assert np.asarray(residuals.curve(theta, [first, second], args)) == pytest.approx(np.stack(nested), rel=1e-9)


def test_gradients_go_through_many_blocks(monkeypatch):
    text = "  - minimise: integral(u_x^2, over=boundary)/integral(u^2) + mass^3\n  - equation: u = mass\n"
    objective, theta, args = setting(text)
    value, slope = jax.value_and_grad(objective.value)(theta, args)
    monkeypatch.setattr(batches, "CACHE", 1)
    monkeypatch.setattr(batches, "ROWS", 1)
    small = arguments(objective.problem, objective.problem.points("training"))
    assert {batch.points.shape[0] > 1 for batch in small.batches} == {True, False}
    found, gradient = jax.value_and_grad(objective.value)(theta, small)
    assert float(found) == pytest.approx(float(value), rel=1e-12)
    assert np.asarray(gradient) == pytest.approx(np.asarray(slope), rel=1e-9, abs=1e-12)


def test_equal_integrals_are_one():
    built = problem("  - minimise: integral(u^2)/mass\n  - {equation: mass = 1}\n  - {equation: mass = 1, points: 9}\n")
    integrals = [[c.name for c in group.contributions] for group in built.groups if group.integrates]
    assert integrals == [["integral(u^2)", "integral(u)"], ["integral(u) (2)"]]
    assert problems.total(built, built.points("training")) == 12 + 9


@pytest.mark.parametrize("kind", ["random", "sobol", "lhs"])
def test_quantities_are_as_exact_where_points_are_clustered(kind: str):
    """Of the domain, of its end, and of a layer that the cluster is for."""
    known = config.parse(
        f"""
unknowns: [u]
domain: {{kind: box, bounds: {{x: [0, 1], t: [0, 0.3]}}, time: t}}
terms: [{{equation: u = 0}}]
network: {{kind: mlp, hidden: [3]}}
sampling: {{kind: {kind}, points: 500, cluster: {{t: {{at: 0, width: 0.001}}, x: {{at: 1, width: 0.03}}}}}}
report: {{end: "integral(3*x^2, over=t=0.3)", all: integral(x^2*t), layer: 1000*integral(exp(-1000*t))}}
""",
        "f.yaml",
        Path(),
    )
    found = Quantities(known).of(fields.initial(known, jnp.uint32(0)))
    assert found == pytest.approx({"end": 1, "all": 0.015, "layer": 1}, rel=1e-9)


def test_quantities_are_reported_and_judged():
    built = problem(
        "  - equation: u = 0\nreport: {energy: 0.5*integral(u^2), flux: 'integral(d(u, n), over=x=2)', "
        "place: 'at(u + v, x=1, y=0.5)'}\nexact: {energy: 1}\n"
    )
    model = by_hand(built.config)
    expected = {"energy": A**2 / 3, "flux": A / 2, "place": A / 2 + B}
    assert Quantities(built.config).of(model) == pytest.approx(expected, rel=1e-12)
    found = evaluation.report(built, model).quantities
    assert found["flux"] == {"value": pytest.approx(A / 2)}
    assert found["energy"]["relative_error"] == pytest.approx(abs(A**2 / 3 - 1))


def test_a_quantity_may_be_a_value_of_a_function_of_fewer_coordinates():
    known = config.parse(
        "unknowns: {u: {}, s: {inputs: [y]}}\ndomain: {kind: box, bounds: {x: [0, 2], y: [0, 1]}}\n"
        "define: {front: s^2 + y}\nterms: [{equation: u = s}]\n"
        "report: {end: 'at(front, y=1)', slope: 'at(d(front, y), y=1)'}\n",
        "test.yaml",
        Path(),
    )
    size, unravel = fields.unraveling(known)
    model = unravel(jnp.sin(jnp.arange(float(size)) ** 2))
    found = Solution(known, model).ask(["s", "s_y"], np.array([[0.3, 1.0]]))
    s, slope = (float(column[0]) for column in found.values())
    expected = {"end": s**2 + 1, "slope": 2 * s * slope + 1}
    assert Quantities(known).of(model) == pytest.approx(expected, rel=1e-12)


def test_points_of_integrals_are_gauss_where_nothing_is_said():
    text = "unknowns: [u]\ndomain: {kind: box, bounds: {x: [0, 1]}}\nterms: [{equation: integral(u) = 1}]\n"
    known = config.parse(text, "test.yaml", Path())
    assert (known.document.sampling.kind, known.document.sampling.points) == ("gauss", 256)
    energy = config.parse(text.replace("equation: integral(u) = 1", "minimise: u_x^2"), "test.yaml", Path())
    assert energy.document.sampling.kind == "gauss"
    disk = config.parse(text.replace("box, bounds: {x: [0, 1]}", "disk, time: {t: [0, 1]}"), "test.yaml", Path())
    assert (disk.document.sampling.kind, disk.document.sampling.points) == ("gauss", 2048)
    plain = config.parse(text.replace("integral(u)", "u"), "test.yaml", Path())
    assert plain.document.sampling.kind == "sobol"


VARIES = "this varies from point to point, and a quantity is one number"
MISTAKES = {
    "report: {a: u}": (VARIES, "it changes with x, y: write integral(u), max(u) or at(u, x=…, y=…)"),
    "report: {a: 'at(u, x=0)'}": (VARIES, "it changes with y: "),
    "report: {a: integral(grad(u))}": ("an integrand must be a scalar, not a vector of 2 components", None),
    "report: {a: 'integral(u, over=lid)'}": ("there is no region 'lid'", "interior, boundary"),
    "report: {a: integral(integral(u)*u)}": ("'integral' cannot stand here", "it stands in equations"),
    "report: {a: 'integral(u*n[0])'}": ("'n' is the normal of a boundary, and here is none", None),
    "report: {a: integral(u), x: 1}": ("'x' is already a coordinate", "every name can be declared once"),
    "  - {equation: u = 1, weight: mass}": ("'mass' cannot stand here: it has an integral in it", None),
    "  - {equation: u = mass, on: y=1, hard: true}": ("'mass' cannot stand here: it has an integral in it", None),
    "  - require: u = 1": ("this is not an inequality", "say an equation under 'equation'"),
    "  - require: u >= 0 and v >= 0": ("this is not an inequality", "write each as an entry of a list"),
    "  - require: u - 1": ("this is not an inequality", "write u >= g, or u <= g"),
    "  - require: n[0] >= u": ("'n' is the normal of a boundary, and here is none", None),
    "  - require: x >= 1": ("no unknown enters this term, so it cannot be trained", "u, v"),
    "  - {require: u >= 1, on: y=1, hard: true}": ("only an equation can be hard", "drop"),
    "  - {equation: mass = 1, on: boundary}": (
        "'term_2' is one number of the whole problem: it has no 'on'", "over=boundary",
    ),
    "  - {equation: mass = 1, weight: x}": (
        "'term_2' is one number of the whole problem: its weight has no coordinates", "inside the integral",
    ),
    "  - minimise: mass^3\noptimizer: {kind: natural_gradient}": (
        "natural_gradient needs an integrand, and 'term_2' minimises a function of integrals", "ssbroyden",
    ),
    "  - {equation: u = mass, sampling: {kind: random, redraw_every: 9, refine: {}}}": (
        "'term_2' has integrals, whose points have no residual to be drawn by", "leave it out",
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes(text):
    said, hint = MISTAKES[text]
    line = text if text.startswith(" ") else f"  - equation: u = 1\n{text}"
    with pytest.raises(ConfigError) as caught:
        config.parse(f"{HEAD}{line}\n", "test.yaml", Path())
    (found,) = caught.value.diagnostics
    assert found.message == said
    assert found.mark is not None and found.mark.line >= 10
    assert hint is None or hint in (found.hint or "")
