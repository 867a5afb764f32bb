"""Equal forms of an expression: equal values, and the cheaper plan is taken."""

import jax.numpy as jnp
import numpy as np
import pytest

from pinn import jets
from pinn.compiler import Site, cheapest, evaluate, nested_value, plan
from pinn.compiler.forms import at_leaves
from pinn.expressions import Raw, Scope, check

ANSATZ = {"u": Raw("u")}
NAMES = ("x", "y", "z")
SCOPE = Scope(coordinates=NAMES, spatial=(0, 1, 2), unknowns=("u",), parameters={"c": ()}, directions={"w": (1, 2, -1)})


class Known:
    """u = sin(x y) exp(z/2) in place of a network, and a parameter."""

    order = 0
    ansatz = ANSATZ

    def raw(self, point, embedded=()):
        x, y, z = (point[i] for i in range(3))
        return {"u": jets.FUNCTIONS["sin"](x * y) * jets.FUNCTIONS["exp"](z * 0.5)}

    def parameter(self, name):
        return (jnp.asarray(1.7),)

    def known(self, name, arguments):
        raise KeyError(name)


@pytest.mark.parametrize(
    ("text", "written", "carried"),
    [
        ("div((1 + x^2)*grad(u))", 7, 5),
        ("div(c*grad(u))", 7, 5),
        ("div((1 + u^2)*grad(u)) + u_x", 7, 5),
        ("d(u*u_x, x)", 3, 3),
        ("laplacian(x*u)", 5, 5),
        ("div(norm(grad(u))*grad(u))", 10, 10),
        ("d(x*y*u_z, w, order=2)", None, None),
        ("2*u*u_xx + u_yy*u*3 - u*u_zz + u^2", None, None),
        ("laplacian(laplacian(x*u))", None, None),
    ],
)
def test_the_carried_form_has_the_same_value_and_the_expected_plan(text, written, carried):
    expression = check(text, SCOPE)
    other = at_leaves(expression)
    if written is not None:
        assert plan([expression], ANSATZ).coefficients == written
        assert plan([other], ANSATZ).coefficients == carried
    site = Site(jnp.asarray([0.3, -0.7, 0.4]))
    truth = nested_value(expression, Known(), site)
    demand = plan([expression, other], ANSATZ)
    for jet in evaluate([expression, other], demand, Known(), site):
        np.testing.assert_allclose(jet.value, truth, rtol=1e-12)


def test_the_choice_is_made_for_all_expressions_together():
    divergence, second = check("div(c*grad(u))", SCOPE), check("u_xx*u_yy*u_zz", SCOPE)
    assert cheapest([divergence], ANSATZ) == (at_leaves(divergence),)
    assert cheapest([divergence, second], ANSATZ) == (divergence, second)
