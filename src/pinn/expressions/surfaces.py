"""Functions on a sphere, in the coordinates of the space around it: elsewhere they are constant along its normals.

A coordinate stands for that of the nearest point of the sphere, so that ambient derivatives of first order, and the
Laplacian, are those of the surface (Ruuth & Merriman, J. Comput. Phys. 227, 2008). A derivative of order k falls off
like the distance to the power -k; multiplied by that power it is constant along normals, to be differentiated again.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pinn.expressions import algebra
from pinn.expressions.operators import Along, Factor, Monomial, Operator
from pinn.expressions.tree import At, Constant, Derivative, Expression, Gradient, Multiply, Power


@dataclass(frozen=True)
class Surface:
    """A sphere, as expressions in the coordinates around it."""

    coordinates: Mapping[str, Expression]
    """What the name of a coordinate, or of a vector, stands for: that of the nearest point of the sphere."""
    places: Mapping[int, Expression]
    """The same for each single coordinate, by its index."""
    distance: Expression
    """From the center, relative to the radius: one on the sphere."""
    normal: Expression
    """Outward, of length one."""

    def name(self, node: Expression) -> str | None:
        """What an expression is called in a config: a coordinate, `n`, or nothing."""
        if node == self.normal:
            return "n"
        return next((name for name, nearest in self.coordinates.items() if nearest == node), None)

    def unscaled(self, node: Expression) -> Expression:
        """A derivative without the power of the distance that makes it constant along normals."""
        match node:
            case Multiply(left=Power(base=base), right=right) if base == self.distance:
                return right
            case Multiply(left=left, right=right) if left == self.distance:
                return right
            case _:
                return node


def extended(node: Expression, surface: Surface, spatial: Collection[int]) -> Expression:
    """The expression with the values that it has on the sphere, constant along normals."""
    match node:
        case Gradient():
            return algebra.multiply(surface.distance, node, node.span)
        case Derivative(operand=operand, operator=operator):
            parts: dict[int, list[tuple[Monomial, float]]] = {}
            for monomial, factor in operator.written_out().terms:
                parts.setdefault(steps(monomial, spatial), []).append((monomial, factor))
            scaled = [
                algebra.multiply(
                    algebra.power(surface.distance, Constant(float(order))),
                    algebra.derivative(operand, Operator.of(terms), node.span),
                    node.span,
                )
                for order, terms in parts.items()
            ]
            return algebra.add_all(scaled, node.span)
        case At():
            return node
        case _:
            return algebra.renewed(node, lambda part: extended(part, surface, spatial))


def steps(monomial: Monomial, spatial: Collection[int]) -> int:
    """How often a monomial differentiates in space."""

    def is_spatial(factor: Factor) -> bool:
        if isinstance(factor, Along):
            return any(index in spatial for index, _ in factor.components)
        return not isinstance(factor, int) or factor in spatial

    return sum(map(is_spatial, monomial))
