"""What a plan costs at a point, counted and never timed."""

from dataclasses import dataclass

from pinn.compiler.plan import Demand
from pinn.config.layouts import Layout
from pinn.jets import Space, frames


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


def cost(demand: Demand, layout: Layout) -> Cost:
    """The cost of all that is needed of a network of this layout."""
    return sum((_of_space(space, layout) for _, space in demand.spaces), Cost(0, 0))


def within(space: Space, layout: Layout) -> Space:
    """What the layers behind the first are evaluated on: fewer directions, where that has fewer outputs."""
    return space if layout.sums is None else frames.narrowed(space, layout.sums)


def coefficients(demand: Demand, layout: Layout) -> int:
    """Number of jet coefficients of a point behind the first layer, over all places."""
    return sum(len(within(space, layout)) for _, space in demand.spaces)


def _of_space(space: Space, layout: Layout) -> Cost:
    """On coordinates derivatives are columns of the weights; activations count as two tables, as by recurrences."""
    space = within(space, layout)
    first, further = (sum(2 * a * b for a, b in maps) for maps in (layout.first, layout.further))
    table = sum(len(row) for row in space.products) + sum(len(row) for row in space.squares)
    return Cost(first + len(space) * further, 2 * table * layout.units)
