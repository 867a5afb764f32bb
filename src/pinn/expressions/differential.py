"""The differential operators of the language: `d`, `grad`, `div`, `curl`, `laplacian`, subscripts as in `u_xt`.

Each takes checked operands and returns a checked expression, or raises `ExpressionError` at the given span.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations_with_replacement
from math import comb, factorial, prod

from pinn.errors import suggestion
from pinn.expressions import algebra, syntax
from pinn.expressions.axes import listed
from pinn.expressions.matrices import matrix, rowwise
from pinn.expressions.mistakes import mistake
from pinn.expressions.operators import Monomial, Operator
from pinn.expressions.scope import NO_TIME, TIME, Scope
from pinn.expressions.surfaces import extended, steps
from pinn.expressions.tree import At, Derivative, Expression, Index, Matrix, Normal, Span, Unknown, walk

MAX_ORDER = 32
MAX_PRODUCTS = 20_000
"""Pairs of monomials that composing two operators may multiply."""

Split = tuple[str, tuple[str, ...]]
"""A name and the coordinates that its subscript differentiates by."""


def applied(operand: Expression, operator: Operator, scope: Scope, span: Span) -> Expression:
    """p(D) of the operand, within the limits on order and size."""
    if isinstance(operand, Matrix):
        return rowwise(lambda row: applied(row, operator, scope, span), operand, span=span)
    operand = _extended(operand, operator, scope)
    if isinstance(operand, Unknown) and 0 < operator.order <= MAX_ORDER:
        return Derivative(operand, operator, span=span)
    _need_limits(operand, operator, span)
    return algebra.derivative(operand, operator, span)


def everywhere(expression: Expression, scope: Scope) -> Expression:
    """What can be asked beside a sphere too: it has the value at the nearest point; others stay as they are."""
    return expression if scope.surface is None else extended(expression, scope.surface, scope.spatial)


def _extended(operand: Expression, operator: Operator, scope: Scope) -> Expression:
    """What is differentiated in space, on a sphere constant along its normals."""
    is_spatial = any(steps(monomial, scope.spatial) for monomial, _ in operator.terms)
    return everywhere(operand, scope) if is_spatial else operand


def _need_single_steps(operator: Operator, scope: Scope, span: Span) -> None:
    """On a sphere derivatives by coordinates do not commute: `d` takes one of them at a time."""
    if scope.surface is not None and any(steps(monomial, scope.spatial) > 1 for monomial, _ in operator.terms):
        message = "derivatives by coordinates do not commute on a sphere, so that their order must be said"
        raise mistake(message, span, "write laplacian(u), or one after the other as in d(d(u, x), y)")


def _need_limits(operand: Expression, operator: Operator, span: Span) -> None:
    """Refuse derivatives of too high an order or with too many terms, and those that move a place of `at`."""
    if operator.order + algebra.max_order(operand) > MAX_ORDER:
        raise mistake(f"derivatives go up to order {MAX_ORDER}", span)
    for node in walk(operand):
        if isinstance(node, Derivative) and len(node.operator.terms) * len(operator.terms) > MAX_PRODUCTS:
            raise mistake("the derivative has too many terms", span)
        if isinstance(node, At) and operator.indices & algebra.moving(node.places):
            hint = "differentiate inside at(…)"
            raise mistake("the place of at(…) moves with the coordinate of this derivative", span, hint)


def along(operand: Expression, steps: Sequence[syntax.Syntax], scope: Scope, span: Span) -> Expression:
    """`d(operand, …)` by coordinates, named directions and `n`, in any number and order."""
    if len(steps) > MAX_ORDER:
        raise mistake(f"derivatives go up to order {MAX_ORDER}", span)
    operator = Operator.identity()
    normals = 0
    for times, step in _runs(steps):
        factor = _step(step, times, scope)
        if factor is None:
            normals += times
        elif len(operator.terms) * len(factor.terms) > MAX_PRODUCTS:
            raise mistake("the derivative has too many terms", span)
        else:
            operator = operator.compose(factor)
    _need_single_steps(operator, scope, span)
    if not normals:
        return applied(operand, operator, scope, span)
    if comb(len(scope.spatial) + normals - 1, normals) > MAX_PRODUCTS:
        raise mistake("the derivative has too many terms", span)
    return _along_normal(operand, operator, normals, scope, span)


def gradient(operand: Expression, scope: Scope, span: Span) -> Expression:
    """The vector of first derivatives by the spatial coordinates; of a vector a matrix, a row for each component."""
    _need_space(scope, "grad", span)
    if isinstance(operand, Matrix):
        raise mistake("grad needs a scalar or a vector, not a matrix", span, "take it of each row alone")
    if operand.shape:
        return matrix([gradient(part, scope, span) for part in algebra.components(operand)], span)
    slopes = Operator.of({(i,): 1.0 for i in scope.spatial})
    operand = _extended(operand, slopes, scope)
    _need_limits(operand, slopes, span)
    return algebra.gradient(operand, scope.spatial, span)


def divergence(operand: Expression, scope: Scope, span: Span) -> Expression:
    """The sum of ∂_i of the i-th component, of a matrix for each row.

    Derivatives of one function gather in one operator.
    """
    _need_space(scope, "div", span)
    if isinstance(operand, Matrix):
        return algebra.stack(tuple(divergence(row, scope, span) for row in operand.rows), span)
    _need_length(operand, len(scope.spatial), "div", span)
    parts = [applied(algebra.component(operand, k, span), Operator.partial(i), scope, span)
             for k, i in enumerate(scope.spatial)]  # fmt: skip
    return algebra.add_all(list(_gathered(parts, span)), span)


def curl(operand: Expression, scope: Scope, span: Span) -> Expression:
    """The curl: a vector in three dimensions, the scalar ∂_x v_y - ∂_y v_x in two."""
    _need_space(scope, "curl", span)
    if scope.surface is not None:
        raise mistake("curl is not built on a sphere", span, "write out its components by d(…) and n")
    if len(scope.spatial) not in (2, 3):
        raise mistake("curl needs two or three spatial coordinates", span)
    _need_length(operand, len(scope.spatial), "curl", span)

    def turn(i: int, j: int) -> Expression:
        first = applied(algebra.component(operand, j, span), Operator.partial(scope.spatial[i]), scope, span)
        second = applied(algebra.component(operand, i, span), Operator.partial(scope.spatial[j]), scope, span)
        return algebra.subtract(first, second, span)

    if len(scope.spatial) == 2:
        return turn(0, 1)
    return algebra.stack((turn(1, 2), turn(2, 0), turn(0, 1)), span)


def laplacian(operand: Expression, scope: Scope, span: Span) -> Expression:
    """Σ ∂_i² over the spatial coordinates, of each component."""
    _need_space(scope, "laplacian", span)
    return applied(operand, Operator.laplacian(scope.spatial), scope, span)


def subscripted(name: str, table: Mapping[str, Expression], scope: Scope, span: Span) -> Expression | None:
    """`u_xt` as a derivative of an entry of `table`; None where no entry is the stem of the name."""
    stems = [stem for stem in table if name.startswith(stem + "_") and len(name) > len(stem) + 1]
    if not stems:
        return None
    readings = [(stem, split) for stem in stems for split in _splits(name[len(stem) + 1 :], scope.coordinates)]
    if not readings:
        stem = max(stems, key=len)
        raise mistake(f"'{name}' is not a derivative of '{stem}'", span, _remedy(stem, name[len(stem) + 1 :], scope))
    if len(readings) > 1:
        first, second = (f"d({stem}, {', '.join(split)})" for stem, split in readings[:2])
        raise mistake(f"'{name}' can be read as {first} and as {second}", span, f"write {first} or {second}")
    stem, split = readings[0]
    operator = Operator.partial(*(scope.coordinates.index(coordinate) for coordinate in split))
    _need_single_steps(operator, scope, span)
    return applied(table[stem], operator, scope, span)


def read_as_derivative(name: str, stems: Sequence[str], coordinates: Sequence[str]) -> str | None:
    """The derivative of one of the stems that a name could be read as, or None."""
    for stem in stems:
        if name.startswith(stem + "_") and (ways := _splits(name[len(stem) + 1 :], coordinates)):
            return f"the derivative d({stem}, {', '.join(ways[0])})"
    return None


def need_settled_time(word: str, scope: Scope, span: Span) -> None:
    """Refuse words that speak of space while nobody has said whether t is time."""
    if scope.time_undecided:
        raise mistake(
            f"is t time? '{word}' speaks of the spatial coordinates only",
            span,
            "say 'time: t' in the domain, or 'family: [t]', or rename the coordinate if it is one of space",
        )


def _runs(steps: Sequence[syntax.Syntax]) -> list[tuple[int, syntax.Syntax]]:
    """The arguments of `d`, equal names counted; derivatives commute."""
    runs: dict[object, tuple[int, syntax.Syntax]] = {}
    for step in steps:
        key = step.name if isinstance(step, syntax.Name) else id(step)
        times, first = runs.get(key, (0, step))
        runs[key] = (times + 1, first)
    return list(runs.values())


def _step(step: syntax.Syntax, times: int, scope: Scope) -> Operator | None:
    """The operator of an argument of `d` that stands there so many times; None stands for the normal."""
    name = step.name if isinstance(step, syntax.Name) else ""
    if name == "n" and scope.has_normal and name in (*scope.coordinates, *scope.directions):
        raise mistake("'n' is the normal here, and a name of this config too", step.span, "choose another name")
    if name in scope.coordinates:
        return Operator.partial(*[scope.coordinates.index(name)] * times)
    if name in scope.directions:
        return Operator.along(scope.directions[name], times)
    if scope.surface is not None and scope.resolve(name, step.span) == scope.surface.normal:
        raise mistake("functions on a sphere do not vary along its normal", step.span, "this derivative is zero")
    if name == "n" and scope.resolve("n", step.span) in (None, _normal(scope)):
        if not scope.has_normal:
            raise mistake(
                "'n' is the normal of a boundary, and here is none",
                step.span,
                scope.forbidden.get("n", "a term on the boundary, or on a part of it, has one"),
            )
        _need_space(scope, "n", step.span)
        return None
    if name in scope.vectors:
        hint = f"write grad(…), or d(…, {name}[0]) for one of its components"
        raise mistake(f"'{name}' is a vector of {len(scope.vectors[name])} coordinates", step.span, hint)
    if name == "n" and scope.has_normal:
        raise mistake("'n' is a name of this config, which hides the normal", step.span, "choose another name there")
    known = (*scope.axes, *scope.directions, *(("n",) if scope.has_normal else ()))
    message = "a derivative is by a coordinate, a named direction or n"
    hint = NO_TIME if scope.lacks_time and name == TIME else name and suggestion(name, known)
    hint = f"write order={step.value:g}" if isinstance(step, syntax.Number) else hint
    raise mistake(f"{message}, not '{name}'" if name else message, step.span, hint or f"one of {_known(scope)}")


def _known(scope: Scope) -> str:
    """All that `d` can differentiate by."""
    coordinates = listed(scope.coordinates, scope.vectors)
    return ", ".join((coordinates, *scope.directions, *(("n",) if scope.has_normal else ())))


def _along_normal(operand: Expression, operator: Operator, times: int, scope: Scope, span: Span) -> Expression:
    """Σ n_i n_j … ∂_i ∂_j … p(D) of the operand, with n held constant."""
    if isinstance(operand, Matrix):
        return rowwise(lambda row: _along_normal(row, operator, times, scope, span), operand, span=span)
    if times == 1 and len(scope.spatial) > algebra.FEW and not operand.shape:
        slopes = gradient(applied(operand, operator, scope, span), scope, span)
        return algebra.total(algebra.multiply(_normal(scope), slopes, span), span)
    terms: list[Expression] = []
    for places in combinations_with_replacement(range(len(scope.spatial)), times):
        arrangements = factorial(times) / prod(factorial(places.count(k)) for k in set(places))
        monomial: Monomial = tuple(scope.spatial[k] for k in places)
        term = applied(operand, operator.compose(Operator.partial(*monomial)), scope, span)
        for k in places:
            term = algebra.multiply(Index(_normal(scope), k, span=span), term, span)
        terms.append(algebra.multiply(algebra.constant(arrangements, span), term, span))
    return algebra.add_all(terms, span)


def _normal(scope: Scope) -> Normal:
    return Normal(shape=(len(scope.spatial),))


def _gathered(parts: Sequence[Expression], span: Span) -> Iterator[Expression]:
    """The parts, with derivatives of one and the same function as a single derivative."""
    operators: dict[Expression, Operator] = {}
    for part in parts:
        if isinstance(part, Derivative):
            before = operators.get(part.operand, Operator(()))
            operators[part.operand] = Operator.of(before.terms + part.operator.terms)
        else:
            yield part
    for operand, operator in operators.items():
        yield algebra.derivative(operand, operator, span)


def _splits(suffix: str, coordinates: Sequence[str]) -> list[tuple[str, ...]]:
    """At most two of the ways to write a suffix as a row of coordinates."""
    if not coordinates or len(suffix) > MAX_ORDER * max(map(len, coordinates)):
        return []
    ways: list[list[tuple[str, ...]]] = [[] for _ in suffix] + [[()]]
    for start in range(len(suffix) - 1, -1, -1):
        found = [(name, *rest) for name in coordinates if suffix.startswith(name, start)
                 for rest in ways[start + len(name)]]  # fmt: skip
        ways[start] = found[:2]
    return ways[0]


def _remedy(stem: str, suffix: str, scope: Scope) -> str:
    if suffix in scope.directions or (suffix == "n" and scope.has_normal):
        return f"write d({stem}, {suffix})"
    vector = next((row[0] for row in _splits(suffix, tuple(scope.axes)) if row[0] in scope.vectors), None)
    if vector is not None:
        return f"{vector} is a vector: write grad({stem}), or d({stem}, {vector}[0])"
    if scope.lacks_time and any(TIME in row for row in _splits(suffix, (*scope.coordinates, TIME))):
        return NO_TIME
    return f"a subscript is a row of coordinates: {', '.join(n for n in scope.axes if n not in scope.vectors)}"


def _need_space(scope: Scope, word: str, span: Span) -> None:
    need_settled_time(word, scope, span)
    if not scope.spatial:
        raise mistake(f"{word} needs a spatial coordinate, and here is none", span)


def _need_length(operand: Expression, size: int, word: str, span: Span) -> None:
    if operand.shape != (size,):
        shape = operand.shape
        given = f"one of {shape[0]}" if len(shape) == 1 else "a matrix" if shape else "a scalar"
        raise mistake(f"{word} needs a vector of {size} components, not {given}", span)
