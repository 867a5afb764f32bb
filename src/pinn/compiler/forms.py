"""Which of two equal forms of an expression is evaluated: the one whose plan is predicted to cost less.

As written, div(k grad u) asks for d second derivatives; carried to the leaves, k Δu + ∇k·∇u, for their sum alone, one
coefficient. The choice depends on counts only, never on a clock.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce

from pinn.compiler.plan import plan
from pinn.expressions import algebra
from pinn.expressions.operators import Monomial, Operator
from pinn.expressions.tree import Add, Constant, Derivative, Expression, Multiply


def cheapest(expressions: Sequence[Expression], ansatz: Mapping[str, Expression]) -> tuple[Expression, ...]:
    """The expressions, or equal ones with derivatives at the leaves if all of them together then need less."""
    written, carried = tuple(expressions), tuple(at_leaves(e) for e in expressions)
    return min((written, carried), key=lambda form: plan(form, ansatz).coefficients)


def at_leaves(node: Expression) -> Expression:
    """Derivatives of products carried out by Leibniz' rule; those of one function with equal factors are collected."""
    done = algebra.renewed(node, at_leaves)
    match done:
        case Derivative(operand=Multiply() as product, operator=operator):
            terms = [algebra.multiply(Constant(c), _leibniz(product, m)) for m, c in operator.terms]
            return _collected(algebra.add_all(terms))
        case Add():
            return _collected(done)
        case _:
            return done


def _leibniz(node: Expression, monomial: Monomial) -> Expression:
    """∂_i ∂_j … of a product, one differentiation after the other."""
    match node:
        case _ if not monomial:
            return node
        case Multiply(left=a, right=b):
            first, rest = Operator.partial(monomial[0]), monomial[1:]
            halves = (algebra.derivative(a, first), b), (a, algebra.derivative(b, first))
            return algebra.add_all([_leibniz(algebra.multiply(x, y), rest) for x, y in halves])
        case Add(left=a, right=b):
            return algebra.add(_leibniz(a, monomial), _leibniz(b, monomial))
        case _:
            return algebra.derivative(node, Operator.partial(*monomial))


def _collected(total: Expression) -> Expression:
    """A sum in which k u_xx + k u_yy has become k Δu, for every function u and factor k; first come, first placed."""
    found: dict[object, tuple[list[Expression], Expression, list[tuple[Monomial, float]]]] = {}
    others: list[Expression] = []
    for term in _summands(total):
        factors = list(_factors(term))
        slopes = [f for f in factors if isinstance(f, Derivative)]
        if len(slopes) != 1 or term.shape:
            others.append(term)
            continue
        (slope,) = slopes
        scale = reduce(lambda a, f: a * f.value, (f for f in factors if isinstance(f, Constant)), 1.0)
        rest = [f for f in factors if f is not slope and not isinstance(f, Constant)]
        key = (frozenset(Counter(rest).items()), slope.operand)
        _, _, parts = found.setdefault(key, (rest, slope.operand, []))
        parts += [(m, scale * c) for m, c in slope.operator.terms]
    gathered = [
        reduce(algebra.multiply, rest, algebra.derivative(function, Operator.of(parts)))
        for rest, function, parts in found.values()
    ]
    return algebra.add_all([*gathered, *others])


def _summands(node: Expression) -> Iterator[Expression]:
    if isinstance(node, Add) and not node.shape:
        yield from _summands(node.left)
        yield from _summands(node.right)
    else:
        yield node


def _factors(node: Expression) -> Iterator[Expression]:
    if isinstance(node, Multiply):
        yield from _factors(node.left)
        yield from _factors(node.right)
    else:
        yield node
