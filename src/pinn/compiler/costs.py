"""What a plan costs at a point, counted and never timed."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pinn.compiler.plan import Demand
from pinn.jets import Space


@dataclass(frozen=True)
class Cost:
    """Floating-point operations of one evaluation of a network's jets at one point; a gradient takes about thrice that.

    `products` are those of the layers, linear in the number of coefficients; `elementwise` those of activations,
    quadratic in the order.
    """

    products: int
    elementwise: int

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.products + other.products, self.elementwise + other.elementwise)


def cost(demand: Demand, widths: Sequence[int]) -> Cost:
    """The cost of all that is needed of a fully connected network with layers of these widths, inputs first."""
    return sum((_of_space(space, widths) for _, space in demand.spaces), Cost(0, 0))


def _of_space(space: Space, widths: Sequence[int]) -> Cost:
    """In the first layer derivatives are columns of the weights; activations count as two tables, as by recurrences."""
    first, *layers = [2 * a * b for a, b in pairwise(widths)]
    table = sum(len(row) for row in space.products) + sum(len(row) for row in space.squares)
    return Cost(first + len(space) * sum(layers), 2 * table * sum(widths[1:-1]))
