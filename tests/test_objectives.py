"""The loss as the language defines it, against values worked out by hand, in both precisions.

With all weights of the network zero and biases a and b, a hard condition u = 0 on x = 0 of [0, 2] makes u = a x/2, and
v = b: integrals and means of polynomials can be written down.
"""

from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pinn import config, fields, problems
from pinn.batches import arguments
from pinn.errors import RequestError
from pinn.objectives import Objective

A, B, NU = 1.7, -0.6, 0.25
HEAD = """
unknowns: [u, v]
parameters: {k: 3, nu: {kind: fitted, initial: 0.25}}
domain: {kind: box, bounds: {x: [0, 2], y: [0, 1]}}
network: {kind: mlp, hidden: [3]}
sampling: {kind: gauss, points: [4, 3]}
terms:
  - {equation: u = 0, on: x=0, hard: true}
"""


@pytest.fixture(autouse=True)
def strict_promotion():
    with jax.numpy_dtype_promotion("strict"):
        yield


def problem(terms: str, base: Path = Path(), extra: str = "") -> problems.Problem:
    return problems.build(config.parse(HEAD + terms + extra, "test.yaml", base))


def constants_only(known: config.Config):
    """Parameters for which the network says (a, b) everywhere."""
    size, unravel = fields.unraveling(known)
    model = unravel(jnp.zeros(size, known.document.precision))
    last = jnp.asarray([A, B], known.document.precision)
    network = eqx.tree_at(lambda n: n.function.biases[1], model.network, last)
    return fields.ravel(fields.Model(network, {k: jnp.full_like(v, NU) for k, v in model.fitted.items()}))


def losses(built: problems.Problem) -> dict[str, float]:
    objective = Objective.of(built)
    args = arguments(built, built.points("training"))
    theta = constants_only(built.config)
    values = objective.terms(theta, args)
    total = float(objective.value(theta, args))
    assert total == pytest.approx(sum(float(v.loss) for v in values.values()), rel=1e-13)
    if objective.residuals is not None:
        assert float(jnp.sum(objective.residuals(theta, args) ** 2)) == pytest.approx(total, rel=1e-13)
    return {name: float(v.loss) for name, v in values.items()}


CASES = {
    "mean of squares": ("equation: u = 1", A**2 / 3 - A + 1),
    "a weight multiplies after squaring": ("{equation: u = 1, weight: 3}", 3 * (A**2 / 3 - A + 1)),
    "a weight may be a parameter": ("{equation: v = 0, weight: k}", 3 * B**2),
    "a weight may depend on coordinates": ("{equation: v = 2, weight: x + y}", 1.5 * (B - 2) ** 2),
    "a weight is inside the mean": ("{equation: u = 0, weight: x}", A**2 / 4 * (2**4 / 4) / 2),
    "equations of a list add up": ("equation: [u_x = v, v = 2]", (A / 2 - B) ** 2 + (B - 2) ** 2),
    "components add up": ('equation: "grad(u) = [1, v]"', (A / 2 - 1) ** 2 + B**2),
    "an energy is an integral": ("minimise: u^2", 2 * A**2 / 3),
    "an energy is not squared": ("minimise: v - u", 2 * B - A),
    "an energy may be weighted": ("{minimise: v - u, weight: 2}", 2 * (2 * B - A)),
    "a vector's squares": ('minimise: "dot(grad(u), grad(u))"', 2 * A**2 / 4),
    "a scalar beside a vector counts for each component": (
        'minimise: "sum(grad(u)^2 + v^2)"',
        2 * (A**2 / 4 + 2 * B**2),
    ),
    "factors of squares": ("minimise: 0.5*u_x^2 + k*v^2/2 + v*v", 2 * (A**2 / 8 + 1.5 * B**2 + B**2)),
    "a face": ("{equation: u = 0, on: x=2}", A**2),
    "an energy on a face": ("{minimise: v^2, on: y=1}", 2 * B**2),
    "a mean over faces weighs them by length": (
        "{equation: u = 0, on: [x=2, y=1], sampling: {kind: gauss, points: 8}}",
        (A**2 * 1 + A**2 / 3 * 2) / 3,
    ),
    "a point": ("{equation: u = 1, on: {x: 1, y: 0.5}}", (A / 2 - 1) ** 2),
    "the normal": ('{equation: "d(u, n) = v", on: [x=0, x=2]}', ((-A / 2 - B) ** 2 + (A / 2 - B) ** 2) / 2),
    "a fitted parameter": ("equation: nu*u_x = v", (NU * A / 2 - B) ** 2),
    "at": ("equation: at(u, x=2) = 0", A**2),
}


@pytest.mark.parametrize("name", CASES)
def test_a_term_by_hand(name):
    text, expected = CASES[name]
    (loss,) = losses(problem(f"  - {text}\n")).values()
    assert loss == pytest.approx(expected, rel=1e-12)


def test_the_loss_is_the_sum_of_all_terms():
    lines = "".join(f"  - {text}\n" for text, _ in CASES.values())
    found = losses(problem(lines))
    assert list(found) == [f"term_{i + 2}" for i in range(len(CASES))]
    assert list(found.values()) == pytest.approx([value for _, value in CASES.values()], rel=1e-12)


def test_terms_on_the_same_points_share_one_evaluation():
    built = problem("  - equation: u = 1\n  - {minimise: v - u}\n  - {equation: v = 1, points: 9}\n")
    assert [[c.name for c in g.contributions] for g in built.groups] == [["term_2", "term_3"], ["term_4"]]
    assert [len(p) for p in built.points("training")] == [12, 9]


def test_a_sum_of_squares_has_one_value_and_gradient_in_both_forms():
    text = "0.5*dot(grad(u), grad(u)) + 2*(u - v)^2"
    squares, general = problem(f"  - minimise: '{text}'\n"), problem(f"  - minimise: '{text} + v - v'\n")
    assert Objective.of(squares).is_sum_of_squares and not Objective.of(general).is_sum_of_squares
    assert Objective.of(general).residuals is None
    theta = fields.ravel(fields.initial(squares.config, jnp.uint32(5)))
    found = []
    for built in (squares, general):
        args = arguments(built, built.points("training"))
        found.append(jax.jit(jax.value_and_grad(Objective.of(built).value))(theta, args))
    assert float(found[0][0]) == pytest.approx(float(found[1][0]), rel=1e-13)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-11, atol=1e-13)


def test_the_size_of_a_term_is_unweighted():
    built = problem("  - {equation: v = 0, weight: 7}\n  - {minimise: v, weight: 7}\n")
    values = Objective.of(built).terms(constants_only(built.config), arguments(built, built.points("training")))
    assert float(values["term_2"].size) == pytest.approx(B**2)
    assert float(values["term_3"].size) == pytest.approx(2 * B)


def test_points_and_parameters_are_arguments_of_one_program():
    built = problem("  - {equation: k*u = 1}\n")
    objective = Objective.of(built)
    counted = []

    @jax.jit
    def value(theta, args):
        counted.append(1)
        return objective.value(theta, args)

    theta = constants_only(built.config)
    args = arguments(built, built.points("training"))
    moved = args._replace(batches=tuple(b._replace(points=b.points * 0.5) for b in args.batches))
    other = args._replace(constants=fields.Constants({"k": jnp.asarray(1.0, jnp.float64)}))
    first, second, third = (float(value(theta, a)) for a in (args, moved, other))
    assert counted == [1]
    assert first == pytest.approx(9 * A**2 / 3 - 3 * A + 1)
    assert second == pytest.approx(9 * A**2 / 12 - 3 * A / 2 + 1)
    assert third == pytest.approx(A**2 / 3 - A + 1)


# --- measurements

ROWS = "x, y, u, s\n1.0, 0.5, 1.0, 0.5\n2.0, 0.0, 1.5, 2.0\n0.5, 1.0, 0.0, 1.0\n"
GAPS = [A / 2 - 1, A - 1.5, A / 4]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("file: m.csv", np.mean(np.square(GAPS))),
        ("file: m.csv, sigma: 0.1", 100 * np.mean(np.square(GAPS))),
        ("file: m.csv, sigma: k", np.mean(np.square(GAPS)) / 9),
        ("file: m.csv, sigma: s", np.mean(np.square(np.divide(GAPS, [0.5, 2, 1])))),
        ("file: m.csv, columns: {u: v, s: u}", None),
        ("file: m.csv, fit: {s: u - v}", None),
    ],
)
def test_misfits_by_hand(tmp_path, said, expected):
    (tmp_path / "m.csv").write_text(ROWS)
    model = [A / 2, A, A / 4]
    if "columns" in said:
        expected = np.mean(np.square(np.subtract(B, [1, 1.5, 0]))) + np.mean(np.square(np.subtract(model, [0.5, 2, 1])))
    if "fit" in said:
        expected = np.mean(np.square(GAPS)) + np.mean(np.square(np.subtract(model, [0.5, 2, 1]) - B))
    (loss,) = losses(problem(f"  - data: {{{said}}}\n", tmp_path)).values()
    assert loss == pytest.approx(expected, rel=1e-12)


def test_the_short_form_and_a_weight(tmp_path):
    (tmp_path / "m.csv").write_text(ROWS)
    (loss,) = losses(problem("  - {data: m.csv, weight: 2*y}\n", tmp_path)).values()
    assert loss == pytest.approx(np.mean(np.square(GAPS) * [1, 0, 2]), rel=1e-12)


def test_missing_values_are_refused_or_skipped_column_by_column(tmp_path):
    (tmp_path / "m.csv").write_text("# made by hand\nx,y,u,v\n1,0.5,1,\n\n2,0,,2\n0.5,1,0,nan\n")
    with pytest.raises(RequestError, match=r"m\.csv, line 3: a value is missing"):
        problem("  - data: m.csv\n", tmp_path)
    (loss,) = losses(problem("  - data: {file: m.csv, missing: skip}\n", tmp_path)).values()
    assert loss == pytest.approx((GAPS[0] ** 2 + GAPS[2] ** 2) / 2 + (B - 2) ** 2, rel=1e-12)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("1,,1,1\n", r"line 2: a coordinate is missing"),
        ("1,1,1,1\n1,1,1,0\n", r"line 3: the standard error is not above zero"),
        ("1,1,1,1\n1,1,1,nan\n", r"line 3: a value is missing"),
        ("1,1,1,1\n1,1,one,1\n", r"line 3: .*'one'"),
        ("1,1,1\n", r"line 2 has 3 cells for 4 columns"),
        ("", r"has no rows"),
    ],
)
def test_unusable_rows_are_named_by_their_line(tmp_path, rows, message):
    (tmp_path / "m.csv").write_text("x,y,u,s\n" + rows)
    with pytest.raises(RequestError, match=message):
        problem("  - data: {file: m.csv, sigma: s}\n", tmp_path)


def test_a_column_without_any_value_is_refused(tmp_path):
    (tmp_path / "m.csv").write_text("x,y,u\n1,1,\n")
    with pytest.raises(RequestError, match="the column 'u' has no values"):
        problem("  - data: {file: m.csv, missing: skip}\n", tmp_path)


# --- precision


def dtypes(jaxpr) -> set[str]:
    """Types of all floating-point numbers in a program, those of its inner programs included."""
    found = set()
    for equation in jaxpr.eqns:
        for variable in (*equation.invars, *equation.outvars):
            if jnp.issubdtype(variable.aval.dtype, jnp.floating):
                found.add(str(variable.aval.dtype))
        for value in equation.params.values():
            inner = getattr(value, "jaxpr", None)
            found |= dtypes(inner) if inner is not None else set()
    return found


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_everything_has_the_precision_of_the_config(tmp_path, precision):
    (tmp_path / "m.csv").write_text(ROWS)
    terms = """
  - {equation: "nu*laplacian(u) + where(x > 1, sqrt(x), k) = at(v, x=1)^1.5 + min(u, 0.5)", weight: 1 + x}
  - {equation: "d(u, n) = 0.3", on: [x=2, y=1]}
  - {minimise: "0.5*dot(grad(u), grad(u)) - sin(x)*u"}
  - {data: {file: m.csv, sigma: s, fit: {s: exp(v)}}}
"""
    built = problem(terms, tmp_path, extra=f"precision: {precision}\n")
    objective = Objective.of(built)
    args = arguments(built, built.points("training"))
    theta = fields.ravel(jax.jit(lambda s: fields.initial(built.config, s))(jnp.uint32(0)))
    assert {str(leaf.dtype) for leaf in jax.tree.leaves((theta, args))} == {precision}
    program = jax.make_jaxpr(jax.value_and_grad(objective.value))(theta, args)
    assert dtypes(program.jaxpr) == {precision}
