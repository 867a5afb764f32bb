"""Matrices: products, determinants and derivatives against NumPy and nested differentiation, and mistakes with them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pinn.expressions import ExpressionError, Scope, check, flat, numeric, show
from pinn.expressions.tree import Equation, Matrix

PLANE = Scope(coordinates=("x", "y", "t"), spatial=(0, 1), unknowns=("u", "v", "p"), time="t", has_normal=True)
SPACE = Scope(coordinates=("x", "y", "z"), spatial=(0, 1, 2), unknowns=("u",))
POINT = {0: 0.3, 1: -0.8, 2: 1.7}
FIELD = "[sin(x*y)*z, x^2 - z*y, exp(x)*y]"


def value(text: str, scope: Scope = SPACE) -> np.ndarray:
    """The numbers of a text at POINT, in the shape that it has."""
    tree = check(text, scope)
    found = np.array(numeric.evaluate(flat(tree), POINT, {}))
    return found.reshape(tree.shape)


def written(matrix: np.ndarray) -> str:
    return "[" + ", ".join("[" + ", ".join(f"({x!r})" for x in row) + "]" for row in matrix.tolist()) + "]"


def field(at: jax.Array) -> jax.Array:
    x, y, z = at
    return jnp.stack([jnp.sin(x * y) * z, x**2 - z * y, jnp.exp(x) * y])


numbers = st.floats(-3, 3).map(lambda x: round(x, 3))
squares = st.integers(1, 4).flatmap(lambda n: arrays(float, (n, n), elements=numbers))


@given(squares)
def test_determinant_trace_and_symmetric_part_are_those_of_numpy(m: np.ndarray):
    text = written(m)
    assert value(f"det({text})") == pytest.approx(np.linalg.det(m), abs=1e-10)
    assert value(f"trace({text})") == pytest.approx(np.trace(m))
    assert value(f"sym({text})") == pytest.approx((m + m.T) / 2)
    assert value(f"norm({text})") == pytest.approx(np.linalg.norm(m))


@given(squares)
def test_an_inverse_is_one(m: np.ndarray):
    m = m + 13 * np.eye(len(m))
    assert value(f"inverse({written(m)})") == pytest.approx(np.linalg.inv(m), abs=1e-12)
    assert value(f"dot(inverse({written(m)}), {written(m)}) - identity({len(m)})") == pytest.approx(0, abs=1e-12)


@given(arrays(float, (2, 3), elements=numbers), arrays(float, (3, 2), elements=numbers))
def test_products_are_those_of_numpy(a: np.ndarray, b: np.ndarray):
    assert value(f"dot({written(a)}, {written(b)})") == pytest.approx(a @ b)
    assert value(f"dot({written(a)}, [1, 2, 3])") == pytest.approx(a @ [1, 2, 3])
    assert value(f"dot([1, 2], {written(a)})") == pytest.approx([1, 2] @ a)
    assert value(f"inner({written(a)}, transpose({written(b)}))") == pytest.approx(np.sum(a * b.T))
    assert value(f"2*{written(a)}/4 - {written(a)} + {written(a)}") == pytest.approx(a / 2)
    assert value(f"outer({written(a)}[0], {written(b)}[1])") == pytest.approx(np.outer(a[0], b[1]))


def test_the_gradient_of_a_vector_has_a_row_for_each_component():
    at = jnp.array(list(POINT.values()))
    jacobian = jax.jacfwd(field)(at)
    assert value(f"grad({FIELD})") == pytest.approx(jacobian)
    assert value(f"grad({FIELD})[1][2]") == pytest.approx(jacobian[1, 2])
    assert value(f"dot(grad({FIELD}), {FIELD})") == pytest.approx(jacobian @ field(at))
    assert value(f"trace(grad({FIELD})) - div({FIELD})") == pytest.approx(0)
    assert value(f"div(grad({FIELD})) - laplacian({FIELD})") == pytest.approx(np.zeros(3))
    assert value(f"d(transpose(grad({FIELD})), x)") == pytest.approx(jax.jacfwd(jax.jacfwd(field))(at)[:, :, 0].T)
    assert value(f"at(grad({FIELD}), z=0)") == pytest.approx(jax.jacfwd(field)(at.at[2].set(0)))


def test_the_divergence_of_a_matrix_is_that_of_each_row():
    at = jnp.array(list(POINT.values()))
    of_outer = jax.jacfwd(lambda at: jnp.outer(field(at), field(at)))(at)
    assert value(f"div(outer({FIELD}, {FIELD}))") == pytest.approx(jnp.trace(of_outer, axis1=1, axis2=2))
    hessian = jax.hessian(lambda at: field(at)[0])(at)
    assert value(f"det(grad(grad({FIELD}[0])))") == pytest.approx(np.linalg.det(hessian))


def test_an_equation_of_matrices_is_one_of_vectors():
    tree = check("grad([u, v]) = identity(2)", PLANE)
    assert isinstance(tree, Equation)
    assert tree == check("[u_x, u_y, v_x, v_y] = [1, 0, 0, 1]", PLANE)
    assert check("dot(grad([u, v]), n) = 0", PLANE) == check("[u_x*n[0] + u_y*n[1], v_x*n[0] + v_y*n[1]] = 0", PLANE)


def test_stresses_are_what_is_written_by_hand():
    strain = check("sym(grad([u, v]))", PLANE)
    stress = check("3*trace(e)*identity(2) + 2*e", Scope(**{**vars(PLANE), "definitions": {"e": strain}}))
    scope = Scope(**{**vars(PLANE), "definitions": {"s": stress}})
    by_hand = "3*(u_x + v_y) + 2*u_x"
    assert check("s[0][0]", scope) == check(by_hand, scope)
    assert check("s_t", scope).shape == (2, 2)
    assert check("where(x > 0, s, 0)[0][0]", scope) == check(f"where(x > 0, {by_hand}, 0)", scope)
    assert check("div(s)[0]", scope) == check(f"d({by_hand}, x) + d(2*((u_y + v_x)/2), y)", scope)


@pytest.mark.parametrize("text", ["sym(grad([u, v]))", "[[x, 2], [u, v_t]]", "freeze(-grad([u*v, p]))"])
def test_what_is_shown_reads_back_as_the_same(text: str):
    tree = check(text, PLANE)
    assert isinstance(tree, Matrix)
    assert check(show(tree, PLANE), PLANE) == tree


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("grad([u, v])*[u, v]", "a matrix of 2 × 2 and a vector of 2 components do not fit", "is dot(m, v)"),
        ("identity(2)*identity(2)", "'*' of two matrices can mean two things", "inner(a, b)"),
        ("grad([u, v]) - p", "a scalar and a matrix cannot be added", "p*identity(2)"),
        ("where(x > 0, identity(2), [u, v])", "a matrix of 2 × 2 and a vector of 2 components do not fit", "dot(m, v)"),
        ("identity(2)^2", "'^' is for numbers and vectors", "dot(m, m)"),
        ("p/identity(2)", "'/' is for numbers and vectors", "inverse(m)"),
        ("exp(identity(2))", "exp takes numbers and vectors, not a matrix of 2 × 2", "m[0][1]"),
        ("max(0, identity(2))", "max takes numbers and vectors", "m[0][1]"),
        ("trace([u, v])", "trace needs a matrix, not a vector of 2 components", "grad(v) of a vector"),
        ("det([[1, 2, 3], [4, 5, 6]])", "det needs a square matrix, not one of 2 × 3", None),
        ("det(identity(5))", "det goes up to 4 × 4", None),
        ("identity(0)", "a unit matrix has 1 to 32 rows", None),
        ("identity(u)", "the number of rows must be a whole number", None),
        ("identity", "'identity' is a function", "write identity(2)"),
        ("[[1, 2], [3]]", "vectors of 2 and of 1 components do not fit together", None),
        ("dot([1, 2, 3], identity(2))", "dot sums over 3 components on its left and 2 on its right", None),
        ("identity(2)[2]", "the matrix has 2 rows, counted from 0", None),
        ("identity(2)[0:1]", "a matrix has single rows", None),
        ("curl(identity(2))", "curl needs a vector of 2 components, not a matrix", None),
        ("grad(u) = identity(2)", "the left side is a vector of 2 components, the right side a matrix of 2 × 2", None),
        ("tr(identity(2))", "unknown function 'tr'", "trace(m)"),
        ("inner(identity(2), [1, 2])", "a matrix of 2 × 2 and a vector of 2 components do not fit", "dot(m, v)"),
    ],
)
def test_mistakes(text: str, message: str, hint: str | None):
    with pytest.raises(ExpressionError) as caught:
        check(text, PLANE)
    (found,) = caught.value.mistakes
    assert message in found.message
    assert (hint is None) == (found.hint is None)
    assert (hint or "") in (found.hint or "")
