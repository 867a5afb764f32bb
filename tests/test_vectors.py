"""Vector coordinates: what `x`, `x[0]`, `x[1:]` mean, their derivatives against other ways, and mistakes with them."""

import re
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pinn import config, fields, problems
from pinn.compiler import Site, evaluate, nested_value, plan
from pinn.config import summary
from pinn.errors import ConfigError
from pinn.evaluation import Solution
from pinn.expressions import ExpressionError, Scope, algebra, check, numeric, show
from pinn.expressions.axes import axes, components, listed
from pinn.fields import FieldsOf
from pinn.geometry import Box
from pinn.tables import TableError

NAMES = (*components("x", 4), "t", *components("y", 2))
VECTORS = {"x": range(4), "y": range(5, 7)}
SCOPE = Scope(coordinates=NAMES, spatial=(0, 1, 2, 3, 5, 6), vectors=VECTORS, unknowns=("u",), time="t")
MANY = Scope(coordinates=components("x", 12), spatial=tuple(range(12)), vectors={"x": range(12)}, unknowns=("u",))

HEAD = """
unknowns: [u]
parameters: {c: [1, -2, 0.5], k: 0.7}
domain: {kind: box, bounds: {x: {dim: 4, range: [-1, 1]}, t: [0, 2]}, time: t}
directions: {w: {x: 0.5, t: 2}}
network: {kind: mlp, hidden: [5, 4]}
"""
TERM = "terms: [{equation: u = 1}]\n"


def parse(text: str) -> config.Config:
    return config.parse(text, "f.yaml", Path())


def mistakes(text: str) -> list[tuple[str, str | None]]:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return [(d.message, d.hint) for d in caught.value.diagnostics]


# --- the language


def test_names_stand_for_runs_of_places():
    assert axes(NAMES, VECTORS) == {"x": range(4), "t": range(4, 5), "y": range(5, 7)}
    assert listed(NAMES, VECTORS) == "x[0], …, x[3], t, y[0], y[1]"
    assert axes(("a", "b"), {}) == {"a": range(1), "b": range(1, 2)}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sum(x^2)", 30),
        ("dot(x, x) + sum(y)", 35),
        ("norm(y)", 13**0.5),
        ("x[0] + 10*x[-1]", 41),
        ("sum(x[1:]*x[:-1])", 2 + 6 + 12),
        ("sum(x[1:3][1:])", 3),
        ("sum(sin(x) + t)", sum(np.sin([1, 2, 3, 4])) + 4 * 7),
        ("laplacian(sum(x^3)*t)", 7 * 6 * 10),
        ("d(sum(x^2), x[2])", 6),
        ("d(x[0]*x[3]*t, x[0], x[-1])", 7),
        ("d(sum(x^3), x[1], order=2)", 12),
        ("sum(grad(sum(x^2*y[0])))", 2 * 2 * 10 + 30),
        ("div(concat)", 6),
        ("at(sum(x), x=1)", 4),
        ("at(sum(x), x=[4, 3, t, 1])", 15),
        ("at(sum(x), x[1]=t^2, x[-1]=0)", 1 + 49 + 3),
        ("at(sum(x[:2]), x[3]=100)", 3),
        ("where(x[0] < x[1], sum(x), 0)", 10),
    ],
)
def test_values_at_a_point(text: str, value: float):
    point = dict(enumerate([1.0, 2.0, 3.0, 4.0, 7.0, 2.0, 3.0]))
    concat = check("[x[0], x[1], x[2], x[3], y[0], y[1]]", SCOPE)
    scope = Scope(**{**vars(SCOPE), "definitions": {"concat": concat}})
    assert numeric.evaluate(check(text, scope), point, {}) == pytest.approx(value)


@pytest.mark.parametrize("scope", [SCOPE, MANY], ids=["few", "many"])
@pytest.mark.parametrize(
    "text",
    [
        "sum(x^2) + x[0]*x[-1]", "dot(x[1:], x[:-1])", "d(u, x[0], x[3])", "at(u, x[0]=2*x[1])", "laplacian(u*sum(x))",
        "sum(grad(u)[1:3]*x[1:3])", "dot(grad(u), grad(u*x[0]))", "at(grad(u), x[0]=1)", "laplacian(grad(u))",
        "div(grad(u))",
    ],
)  # fmt: skip
def test_what_is_shown_reads_back_as_the_same(scope: Scope, text: str):
    tree = check(text, scope)
    assert check(show(tree, scope), scope) == tree


def test_a_tree_over_many_coordinates_stays_small():
    thousand = Scope(coordinates=components("x", 1000), spatial=tuple(range(1000)), vectors={"x": range(1000)})
    tree = check("(1 - dot(x, x))*sum(sin(x[:-1] + cos(x[1:])))", thousand)
    assert algebra.measure(tree, 10_000)[0] < 25
    assert algebra.coordinates_used(tree) == frozenset(range(1000))


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("d(u, x)", "'x' is a vector of 4 coordinates", "write grad(…), or d(…, x[0]) for one of its components"),
        ("u_x", "'u_x' is not a derivative of 'u'", "x is a vector: write grad(u), or d(u, x[0])"),
        ("u_z", "'u_z' is not a derivative of 'u'", "a subscript is a row of coordinates: t"),
        ("d(u, z)", "a derivative is by a coordinate, a named direction or n, not 'z'",
         "one of x[0], …, x[3], t, y[0], y[1]"),
        ("x[4]", "the vector has 4 components, counted from 0", None),
        ("x[1:] + x", "vectors of 3 and of 4 components do not fit together", None),
        ("at(u, x=[1, 2])", "a place of x must be a number or a vector of 4, not a vector of 2 components", None),
        ("at(u, x[7]=1)", "x has 4 components, counted from 0", None),
        ("at(u, t[0]=1)", "t has no components", None),
        ("at(u, t=x)", "a place must be a scalar, not a vector of 4 components", None),
        ("at(u, z[0]=1)", "'z' is not a coordinate", None),
        ("at(u, x[0]=1, t)", "arguments with a name come last", None),
        ("min(t, t, x[0]=1)", "'min' has no argument 'x'", "write min(a, b, …)"),
    ],
)  # fmt: skip
def test_mistakes_of_expressions(text: str, message: str, hint: str | None):
    with pytest.raises(ExpressionError) as caught:
        check(text, SCOPE)
    (found,) = caught.value.mistakes
    assert (found.message, found.hint) == (message, hint)


# --- derivatives against other ways

EXPRESSIONS = [
    "laplacian(u)*x[1] + sum(sin(x)*grad(u))",
    "d(u, w) + d(u*x[2], x[0], x[2]) + u_t",
    "laplacian(sum(c*cos(x[:-1] + x[1:]^2))*u)",
    "dot(grad(u), grad(u)) + norm(grad(u*t))",
    "div(u*grad(u)) + d(laplacian(u), x[3])",
    "at(u*sum(x), x[1]=t, x[2]=0.3) + d(at(u, x=k), t)",
    "where(x[0] < x[1], exp(u*x[3]), dot(x, x)*u)",
]


def compared(text: str, points: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    known = parse(text)
    model = fields.initial(known, jnp.uint32(1))
    trees = [residual for term in known.terms for residual in getattr(term.content, "residuals")]  # noqa: B009
    constants = fields.constants(known)
    demand = plan(trees, known.ansatz)

    def at_point(x):
        of = FieldsOf.of(known, [model], constants)
        ours = evaluate(trees, demand, of, Site(x))
        return [(jet.value, nested_value(tree, of, Site(x))) for jet, tree in zip(ours, trees, strict=True)]

    found = jax.jit(jax.vmap(at_point))(jnp.asarray(points))
    return [(np.asarray(a), np.asarray(b)) for a, b in found]


def test_jets_agree_with_nested_differentiation():
    equations = "".join(f"    - '{e} = 0'\n" for e in EXPRESSIONS)
    points = np.random.default_rng(0).uniform(-1, 1, (3, 5))
    for (a, b), label in zip(compared(f"{HEAD}terms:\n  - equation:\n{equations}", points), EXPRESSIONS, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-10 * max(1, np.abs(b).max()), err_msg=label)


@pytest.mark.parametrize("dimension", [9, 40])
def test_gradients_of_many_coordinates_agree_with_nested_differentiation(dimension: int):
    """Separate coefficients up to 32 of them, blocks above; derivatives of gradients too."""
    equations = ["dot(grad(u), grad(sum(x)*u)) = laplacian(u)", "grad(u^2)[1:4] = x[:3]", "sum(d(grad(u), x[2])) = 0"]
    listed = "".join(f"    - {e}\n" for e in equations)
    text = f"""
unknowns: [u]
domain: {{kind: ball, coordinates: {{x: {dimension}}}}}
network: {{kind: mlp, hidden: [5]}}
terms:
  - equation:
{listed}"""
    points = np.random.default_rng(1).normal(size=(2, dimension)) / dimension**0.5
    for (a, b), label in zip(compared(text, points), equations, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-10 * max(1, np.abs(b).max()), err_msg=label)


def test_a_known_function_has_the_laplacian_that_jax_finds():
    known = parse(
        HEAD.replace("dim: 4", "dim: 6")
        + TERM
        + "exact:\n  u: (1 - dot(x, x))*sum(sin(x[:-1] + cos(x[1:]) + x[1:]*cos(x[:-1])))\n"
    )
    points = np.random.default_rng(2).uniform(-1, 1, (4, 7))

    def by_hand(p):
        x = p[:6]
        return (1 - x @ x) * jnp.sum(jnp.sin(x[:-1] + jnp.cos(x[1:]) + x[1:] * jnp.cos(x[:-1])))

    truth = [float(jnp.trace(jax.hessian(by_hand)(p)[:6, :6])) for p in jnp.asarray(points)]
    solution = Solution(known, fields.initial(known, jnp.uint32(0)))
    assert solution.ask(["laplacian(exact.u)"], points)["laplacian(exact.u)"] == pytest.approx(truth, rel=1e-11)


def test_gradient_of_a_run_is_written_out_by_rule():
    tree = check("grad(sum(x^3))[2:4]", MANY)
    assert numeric.evaluate(tree, dict.fromkeys(range(12), 2.0), {}) == (12.0, 12.0)


# --- configs


def test_roles_go_by_whole_vectors():
    bounds = "{{x: {{dim: 3, range: [0, 2]}}, c: {{dim: 2, range: [1, 2]}}, t: [0, 1]}}"
    text = f"unknowns: [u]\ndomain: {{{{kind: box, bounds: {bounds}{{}}}}}}\n"
    known = parse(text.format(", time: t, family: [c], periodic: [x]") + TERM)
    assert isinstance(known.domain, Box)
    assert known.domain.spatial == (0, 1, 2)
    assert (known.domain.time, known.domain.family, known.domain.periodic) == (5, {3, 4}, {0, 1, 2})
    assert known.domain.scales[:4] == ((1.0, 1.0),) * 3 + ((1.5, 0.5),)
    assert summary.facts(known)["coordinates"] == [
        "x (3 components, space, periodic)", "c (2 components, family)", "t (time)",
    ]  # fmt: skip
    assert mistakes(text.format(", time: x") + TERM) == [("x is a vector of 3 coordinates", "time is a single one")]


def test_directions_go_by_name():
    assert parse(HEAD + TERM).scope.directions["w"] == (0.5, 0.5, 0.5, 0.5, 2.0)
    assert parse((HEAD + TERM).replace("{x: 0.5, t: 2}", "{t: k}")).scope.directions["w"] == (0, 0, 0, 0, 0.7)
    wrong = (HEAD + TERM).replace("{x: 0.5, t: 2}", "{x: 0, tt: 1}")
    assert mistakes(wrong) == [("'tt' is not a coordinate", "did you mean 't'?")]
    assert mistakes((HEAD + TERM).replace("{x: 0.5, t: 2}", "{x: 0}")) == [
        ("w is the zero vector", "a derivative needs a direction")
    ]
    assert mistakes((HEAD + TERM).replace("{x: 0.5, t: 2}", "[1, 2]")) == [
        ("w has 2 components; it needs 5", "one for each of x[0], …, x[3], t")
    ]


@pytest.mark.parametrize(
    ("domain", "message"),
    [
        ("{kind: box, bounds: {x: {dim: 10001, range: [0, 1]}}}", "these are 10,001 coordinates"),
        ("{kind: ball, coordinates: {x: 9000, y: 2e9}}", "these are 2,000,009,000 coordinates"),
        ("{kind: box, bounds: {x: {dim: 0, range: [0, 1]}}}", "'domain.bounds.x.dim' must be at least 1, not 0"),
        ("{kind: box, bounds: {x: {dim: 3, range: [1, 0]}}}", "the bounds of x are 1 and 0"),
        ("{kind: box, bounds: {x: {dim: 3}}}", "'domain.bounds.x' needs the key 'range'"),
        ("{kind: gaussian, coordinates: {x: 3}, mean: [1, 2]}", "2 numbers for 3 coordinates"),
    ],
)
def test_mistakes_of_domains(domain: str, message: str):
    assert message in [found for found, _ in mistakes(f"unknowns: [u]\ndomain: {domain}\n{TERM}")]


def test_planes_and_points():
    told = (
        HEAD
        + "terms:\n  - {equation: u = 1, on: ['x[1]=0.5', 'x[-1]=1', 't=0', {x: 0.5, t: 1}, {x: [0, 1, 0.5, 1], t: 0}]}"
    )
    (term,) = parse(told).terms
    assert [piece.name for piece in term.region.pieces] == [
        "x[1]=0.5", "x[3]=1", "t=0", "{x: 0.5, t: 1}", "{x: [0, 1, 0.5, 1], t: 0}",
    ]  # fmt: skip
    for place, message in {
        "x=0": "'x=0' is not a plane: x is a vector of 4 coordinates",
        "x[9]=0": "the vector has 4 components, counted from 0",
        "{x: [1, 2]}": "2 numbers for 4 coordinates",
        "top": "there is no region 'top'",
    }.items():
        said = mistakes(f"{HEAD}terms: [{{equation: u = 1, on: {place if '{' in place else repr(place)}}}]\n")
        assert [found for found, _ in said] == [message]


def test_hard_conditions_on_too_many_faces_are_refused():
    cube = "unknowns: [u]\ndomain: {kind: box, bounds: {x: {dim: %d, range: [0, 1]}}}\n"
    cube += "exact: {u: sum(x^2)}\nterms:\n  - equation: u = 1\n"
    hard = "  - {equation: u = %s, on: boundary, hard: true}\n"
    assert parse(cube % 12 + hard % "0").conditions["u"]
    assert parse(cube % 3 + hard % "exact.u").conditions["u"]
    soft = "use the soft form: drop 'hard: true'"
    for dimension, value, reason in (
        (13, "0", "a factor that vanishes on 26 planes is almost zero everywhere; 24 are the most"),
        (100, "0", "a factor that vanishes on 200 planes is almost zero everywhere; 24 are the most"),
        (9, "exact.u", "an expression with these values on 18 planes has more than 20000 terms"),
    ):
        (found,) = mistakes(cube % dimension + hard % value)
        assert found == (f"too many hard conditions on u: {reason}", soft)


def test_files_name_components_or_hold_an_array(tmp_path: Path):
    draws = np.random.default_rng(0)
    x, u = draws.random((5, 4)), draws.random(5)
    np.savez(tmp_path / "a.npz", x=x, t=u, u=u)
    np.savez(tmp_path / "b.npz", places=x, t=u, u=u)
    table = np.column_stack([x, u, u])
    np.savetxt(tmp_path / "c.csv", table, delimiter=",", header="x[0],x[1],x[2],x[3],t,u", comments="")
    for said in ("a.npz", "{file: b.npz, columns: {places: x}}", "c.csv"):
        known = config.parse(f"{HEAD}terms: [data: {said}]\n", "f.yaml", tmp_path)
        (group,) = problems.build(known).groups
        assert group.measurements is not None
        assert group.measurements.points.points == pytest.approx(table[:, :5])
    for name, shape in (("short", (5, 3)), ("long", (5, 5))):
        np.savez(tmp_path / f"{name}.npz", x=np.ones(shape), t=u, u=u)
        wrong = config.parse(f"{HEAD}terms: [data: {name}.npz]\n", "f.yaml", tmp_path)
        with pytest.raises(TableError, match=re.escape(f"the array 'x' has shape {shape}")):
            problems.build(wrong)
    with pytest.raises(ConfigError, match=r"d\.csv has no column for the coordinate x\[1\]"):
        np.savetxt(tmp_path / "d.csv", table[:, [0, 4, 5]], delimiter=",", header="x[0],t,u", comments="")
        config.parse(f"{HEAD}terms: [data: d.csv]\n", "f.yaml", tmp_path)


def test_a_plan_of_many_derivatives_is_told_in_numbers():
    known = parse("unknowns: [u]\ndomain: {kind: ball, coordinates: {x: 50}}\nterms: [equation: laplacian(u) = 1]\n")
    (page,) = problems.describe(problems.build(known))["groups"]  # pyright: ignore[reportGeneralTypeIssues]
    assert page["plan"] == "52 coefficients (1 of order 0, 50 of order 1, 1 of order 2), 34 behind the first layer"
