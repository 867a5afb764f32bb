"""The same values by nested forward-mode differentiation: slow, simple, and independent of the jets' derivatives.

It is the oracle of the start-up self-test and of the tests.
"""

from collections.abc import Callable, Sequence
from functools import reduce

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from pinn import jets
from pinn.compiler.bessel import BESSEL
from pinn.compiler.evaluate import COMPARISONS, Fields
from pinn.compiler.plan import VALUE
from pinn.compiler.site import Site
from pinn.expressions import tree
from pinn.expressions.operators import Along, Drawn, Factor, Monomial, Operator
from pinn.expressions.tree import Expression

Function = Callable[[Array], Array]

MANY = 16
"""Up to so many derivatives are written out one by one."""


def nested_value(node: Expression, fields: Fields, site: Site) -> Float[Array, "..."]:
    """The value of an expression at a point; every derivative is a nest of `jax.jvp`."""
    normal = site.normal

    def value(node: Expression, x: Float[Array, " dim"]) -> Array:
        match node:
            case tree.Constant(value=number):
                return jnp.asarray(number, x.dtype)
            case tree.Coordinate(index=index):
                return x[index]
            case tree.Coordinates(indices=indices):
                return x[indices.start : indices.stop]
            case tree.Parameter(name=name):
                return fields.parameter(name)[0]
            case tree.Normal():
                assert normal is not None
                return normal
            case tree.Known(name=name, arguments=arguments):
                parts = [jets.constant(VALUE, fields.order, value(part, x)) for part in arguments]
                return fields.known(name, parts).value
            case tree.Raw(name=name):
                return fields.raw(jets.constant(VALUE, fields.order, x))[name].value
            case tree.Unknown(name=name):
                return value(fields.ansatz[name], x)
            case tree.Derivative(operand=operand, operator=operator):
                parts = [_sum(lambda y: value(operand, y), terms, x, site.drawn) for terms in _by_order(operator)]
                return sum(parts[1:], parts[0])
            case tree.Gradient(operand=operand, indices=indices):
                axes = jnp.eye(x.size, dtype=x.dtype)[jnp.asarray(indices)]
                return jax.lax.map(lambda axis: _slope(lambda y: value(operand, y), axis)(x), axes)
            case tree.At(operand=operand, places=places):
                moved = x
                for index, place in places:
                    moved = moved.at[index].set(value(place, x))
                return value(operand, moved)
            case tree.Where(condition=condition, yes=yes, no=no):
                return jnp.where(value(condition, x), value(yes, x), value(no, x))
            case tree.Compare(operator=operator, left=left, right=right):
                return COMPARISONS[operator](value(left, x), value(right, x))
            case _:
                return _combined(node, [value(child, x) for child in tree.children(node)])

    return value(node, site.point)


def _by_order(operator: Operator) -> list[list[tuple[Monomial, float]]]:
    """The terms of each order."""
    orders = sorted({len(monomial) for monomial, _ in operator.terms})
    return [[(m, c) for m, c in operator.terms if len(m) == order] for order in orders]


def _sum(function: Function, terms: Sequence[tuple[Monomial, float]], x: Array, drawn: Array | None) -> Array:
    """Σ c ∂_i ∂_j … of a function; where there are many, as a loop in the program."""
    monomials, factors = zip(*terms, strict=True)
    if len(terms) <= MANY or not monomials[0]:
        parts = [c * _partial(function, [_tangent(f, x, drawn) for f in m])(x) for m, c in terms]
        return sum(parts[1:], parts[0])
    tangents = jnp.stack([jnp.stack([_tangent(f, x, drawn) for f in m]) for m in monomials])
    parts = jax.lax.map(lambda row: _partial(function, list(row))(x), tangents)
    return jnp.tensordot(jnp.asarray(factors, x.dtype), parts, 1)


def _partial(function: Function, tangents: Sequence[Array]) -> Function:
    """The derivative of a function of the point along one vector after the other."""
    for tangent in tangents:
        function = _slope(function, tangent)
    return function


def _slope(function: Function, tangent: Array) -> Function:
    return lambda x: jax.jvp(function, (x,), (tangent,))[1]


def _tangent(factor: Factor, x: Float[Array, " dim"], drawn: Array | None) -> Array:
    """The vector that a factor of a monomial differentiates along."""
    match factor:
        case Along(components=components):
            indices, values = zip(*components, strict=True)
            return jnp.zeros_like(x).at[jnp.asarray(indices)].set(jnp.asarray(values, x.dtype))
        case Drawn(number=number):
            assert drawn is not None
            return drawn[number]
        case _:
            return jnp.zeros_like(x).at[factor].set(1)


def _combined(node: Expression, parts: list[Array]) -> Array:
    match node:
        case tree.Add():
            return parts[0] + parts[1]
        case tree.Multiply():
            return parts[0] * parts[1]
        case tree.Divide():
            return parts[0] / parts[1]
        case tree.Power(exponent=tree.Constant(value=number)) if number == int(number):
            return parts[0] ** int(number)
        case tree.Power():
            return parts[0] ** parts[1]
        case tree.Call(function="besselj" | "besseli" as name, arguments=(tree.Constant(value=order), _)):
            return BESSEL[name](int(order), parts[1])
        case tree.Call(function=name):
            return reduce(FUNCTIONS[name], parts) if len(parts) > 1 else FUNCTIONS[name](parts[0])
        case tree.Logic(operator=operator):
            return ~parts[0] if operator == "not" else reduce(LOGIC[operator], parts)
        case tree.Stack():
            return jnp.stack(parts)
        case tree.Index(index=index):
            return parts[0][slice(*index) if isinstance(index, tuple) else index]
        case tree.Sum():
            return jnp.sum(parts[0])
        case tree.Freeze():
            return parts[0]
        case _:
            raise AssertionError(f"{type(node).__name__} has no value")


LOGIC = {"and": jnp.logical_and, "or": jnp.logical_or}
FUNCTIONS = {
    "sin": jnp.sin,
    "cos": jnp.cos,
    "tan": jnp.tan,
    "asin": jnp.arcsin,
    "acos": jnp.arccos,
    "atan": jnp.arctan,
    "sinh": jnp.sinh,
    "cosh": jnp.cosh,
    "tanh": jnp.tanh,
    "exp": jnp.exp,
    "log": jnp.log,
    "sqrt": jnp.sqrt,
    "abs": jnp.abs,
    "sign": jnp.sign,
    "step": lambda x: jnp.where(x > 0, jnp.ones_like(x), jnp.zeros_like(x)),
    "erf": jax.scipy.special.erf,
    "sigmoid": jax.nn.sigmoid,
    "softplus": jax.nn.softplus,
    "min": jnp.minimum,
    "max": jnp.maximum,
}
