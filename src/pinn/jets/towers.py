"""Functions of jets by the numbers that their successive derivatives are, where there is no short equation for them.

From y = f(x) follows dy = f'(x) dx, and so on with f' and f'': a coefficient of each asks the next for earlier ones.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import final

from jaxtyping import Array

from pinn.jets.arithmetic import Coefficient, OnDemand, contraction
from pinn.jets.jet import Jet
from pinn.jets.recurrences import Solved


@final
@dataclass(frozen=True)
class _Tower:
    """f(x), f'(x), f''(x), … of which only what is asked for is computed."""

    x: Jet
    derivative: Callable[[int], Array]
    known: dict[tuple[int, int], Coefficient] = field(default_factory=dict)

    def coefficient(self, level: int, place: int) -> Coefficient:
        """Of the derivative of the given level, at a place of the tables."""
        key = (level, place)
        if key not in self.known:
            self.known[key] = self.derivative(level) if place == 0 else self._chained(level, place)
        return self.known[key]

    def _chained(self, level: int, place: int) -> Coefficient:
        above = OnDemand(lambda q: self.coefficient(level + 1, q))
        return contraction(self.x.tables.chain[place], self.x.flat, above)


def differentiated(x: Jet, derivative: Callable[[int], Array]) -> Solved:
    """y = f(x), where derivative(k) is the k-th of f at the value of x, in its shape."""
    tower = _Tower(x, derivative)
    y = x.with_flat([tower.coefficient(0, q) for q in range(len(x.flat))])
    return Solved(x, y, OnDemand(lambda q: tower.coefficient(1, q)))
