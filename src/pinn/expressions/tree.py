"""The checked tree: what every expression of a config becomes, and all that later stages see of it.

Names are resolved, definitions and `exact.u` are written out, derivatives are operators with constant coefficients.
A node's `shape` is `()` for a scalar and `(n,)` for a vector; arithmetic broadcasts scalars over vectors. Matrices
stand in definitions only.
"""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from operator import is_not
from typing import Literal

from pinn.expressions.operators import Operator

Shape = tuple[int, ...]
Span = tuple[int, int]
"""Start and end offset of a stretch of an expression's text."""


@dataclass(frozen=True)
class Expression:
    """A node of the checked tree."""

    span: Span = field(default=(0, 0), compare=False, kw_only=True)
    shape: Shape = field(default=(), kw_only=True)


@dataclass(frozen=True)
class Constant(Expression):
    value: float


@dataclass(frozen=True)
class Coordinate(Expression):
    """A coordinate of the domain, by its place in the domain's order."""

    name: str
    index: int


@dataclass(frozen=True)
class Coordinates(Expression):
    """A run of a coordinate vector's components, as a vector.

    `index` is the place of the first one in the domain's order, `offset` its place in the vector `name`.
    """

    name: str
    index: int
    offset: int = 0

    @property
    def indices(self) -> range:
        """The places of all of them in the domain's order."""
        return range(self.index, self.index + self.shape[0])


@dataclass(frozen=True)
class Parameter(Expression):
    """A named number or vector that stays an argument of the compiled program."""

    name: str


@dataclass(frozen=True)
class Unknown(Expression):
    """An unknown function, hard conditions included."""

    name: str


@dataclass(frozen=True)
class Raw(Expression):
    """The network's own output for an unknown, before hard conditions."""

    name: str


@dataclass(frozen=True)
class Initial(Expression):
    """An unknown at the beginning of a slab of time, known as numbers at every point: `row` is its place in these."""

    name: str
    row: int
    time: int
    """The coordinate in which it is constant."""


@dataclass(frozen=True)
class Known(Expression):
    """A function that is given and not found: values on a grid, or the networks of an earlier run, a vector."""

    name: str
    arguments: tuple[Expression, ...]
    """Coordinates or coordinate vectors, or what has come in their place."""
    degree: int | None = None
    """The highest order at which all of its derivatives do not vanish, if there is one."""


@dataclass(frozen=True)
class Normal(Expression):
    """The outward unit normal of the region at the point, over the spatial coordinates."""


@dataclass(frozen=True)
class Add(Expression):
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Multiply(Expression):
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Divide(Expression):
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Power(Expression):
    """base ^ exponent; an integer `Constant` exponent means repeated products."""

    base: Expression
    exponent: Expression


@dataclass(frozen=True)
class Call(Expression):
    """An elementwise function of `pinn.expressions.functions`, or `min`, `max` of two arguments."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Compare(Expression):
    operator: Literal["<", "<=", ">", ">=", "==", "!="]
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Logic(Expression):
    operator: Literal["and", "or", "not"]
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Where(Expression):
    """`yes` where the condition's value holds, else `no`; every coefficient is chosen by the value's condition."""

    condition: Expression
    yes: Expression
    no: Expression


@dataclass(frozen=True)
class Stack(Expression):
    """A vector from scalars."""

    components: tuple[Expression, ...]


@dataclass(frozen=True)
class Matrix(Expression):
    """A matrix by its rows, which are vectors: see `pinn.expressions.matrices`."""

    rows: tuple[Expression, ...]


@dataclass(frozen=True)
class Index(Expression):
    """One component of a vector, or a stretch of it."""

    operand: Expression
    index: int | tuple[int, int]


@dataclass(frozen=True)
class Sum(Expression):
    """The sum of a vector's components."""

    operand: Expression


@dataclass(frozen=True)
class Derivative(Expression):
    """p(D) applied to any expression."""

    operand: Expression
    operator: Operator


@dataclass(frozen=True)
class Gradient(Expression):
    """The derivatives of a scalar by many coordinates, as one vector; of few it is a `Stack` of derivatives."""

    operand: Expression
    indices: tuple[int, ...]


@dataclass(frozen=True)
class At(Expression):
    """The operand evaluated where some coordinates have other values: pairs (coordinate index, value)."""

    operand: Expression
    places: tuple[tuple[int, Expression], ...]


Reduction = Literal["integral", "max", "min"]
"""What makes one number of the values in a region."""


@dataclass(frozen=True)
class Functional(Expression):
    """The integral of a scalar over a region, or its largest or least value: a number of the whole problem."""

    reduction: Reduction
    operand: Expression
    over: str
    """The region as written: a word, or a plane such as `x=1`."""


@dataclass(frozen=True)
class Freeze(Expression):
    """The operand's value with no derivative in the trained parameters."""

    operand: Expression


@dataclass(frozen=True)
class Equation(Expression):
    """`left = right` at the top of an expression."""

    left: Expression
    right: Expression


ZERO = Constant(0.0)
ONE = Constant(1.0)


@cache
def _names(kind: type[Expression]) -> tuple[str, ...]:
    return tuple(item.name for item in dataclasses.fields(kind))


def children(node: Expression) -> Iterator[Expression]:
    """The expressions directly below a node."""
    for name in _names(type(node)):
        value = getattr(node, name)
        if isinstance(value, Expression):
            yield value
        elif isinstance(value, tuple):
            for part in value:
                if isinstance(part, Expression):
                    yield part
                elif isinstance(part, tuple) and len(part) == 2 and isinstance(part[1], Expression):
                    yield part[1]


def walk(node: Expression) -> Iterator[Expression]:
    """A node and everything below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def rebuild(node: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """The node with `change` applied to each expression directly below it; the same one where nothing changes."""

    def renewed(value: object) -> object:
        if isinstance(value, Expression):
            return change(value)
        if isinstance(value, tuple):
            parts = tuple(renewed(part) for part in value)
            return parts if any(map(is_not, parts, value)) else value
        return value

    held = {name: getattr(node, name) for name in _names(type(node))}
    changed = {name: new for name, old in held.items() if (new := renewed(old)) is not old}
    return dataclasses.replace(node, **changed) if changed else node


def shared(node: Expression, known: dict[Expression, Expression]) -> Expression:
    """The node with equal parts as one object, that of the first of them, which `known` collects."""
    if node not in known:
        known[node] = rebuild(node, lambda part: shared(part, known))
    return known[node]
