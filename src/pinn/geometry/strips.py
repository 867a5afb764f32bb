"""A region of the plane as a stack of strips: between two values of x it lies between pairs of curves y(x).

Cut wherever a curve begins, ends or turns back, every region that is bounded by lines and ellipses falls into such
cells (the vertical decomposition of computational geometry), in which points and rules are those of a rectangle.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pinn.geometry.curves import Arc, Ellipse, Line, Segment

SAME = 1e-11
"""Values of x closer than this, relative to the width of the region, are one."""


@dataclass(frozen=True)
class Branch:
    """A curve as a function y(x); of an ellipse the upper half, or the lower one."""

    curve: Line
    upper: bool = True

    def height(self, x: float) -> float:
        """y(x)."""
        match self.curve:
            case Segment(start=(a, b), end=(c, d)):
                return b + (d - b) * ((x - a) / (c - a))
            case Ellipse(center=(a, b), radii=(r, s)):
                root = math.sqrt(max(0.0, 1.0 - ((x - a) / r) ** 2))
                return b + (s * root if self.upper else -s * root)


@dataclass(frozen=True)
class Cell:
    """All points with `left` < x < `right` between two branches."""

    left: float
    right: float
    lower: Branch
    upper: Branch

    @property
    def is_round(self) -> bool:
        """Whether one of its branches is vertical at an end."""
        ellipses = [b.curve for b in (self.lower, self.upper) if isinstance(b.curve, Ellipse)]
        tips = [e.center[0] + side * e.radii[0] for e in ellipses for side in (-1, 1)]
        slack = 1e-6 * (self.right - self.left)
        return any(abs(tip - end) < slack for tip in tips for end in (self.left, self.right))

    def at(self, across: float, up: float) -> tuple[float, float]:
        """A point by its shares of the width and of the height there."""
        x = self.left + across * (self.right - self.left)
        low, high = self.lower.height(x), self.upper.height(x)
        return x, low + up * (high - low)


Strip = tuple[Cell, ...]
"""The cells between two values of x, from below."""


def strips(arcs: Sequence[Arc]) -> tuple[Strip, ...]:
    """The strips from left to right of the region that some arcs bound."""
    branches = [branch for arc in arcs for branch in _branches(arc)]
    marks = sorted(end for low, high, _ in branches for end in (low, high))
    width = marks[-1] - marks[0]
    cuts = marks[:1]
    for mark in marks:
        if mark > cuts[-1] + SAME * width:
            cuts.append(mark)
    found = []
    for left, right in pairwise(cuts):
        middle = 0.5 * (left + right)
        across = sorted((b for low, high, b in branches if low < middle < high), key=lambda b: b.height(middle))
        pairs = zip(across[::2], across[1::2], strict=True)
        found.append(tuple(Cell(left, right, lower, upper) for lower, upper in pairs))
    return tuple(strip for strip in found if strip)


def _branches(arc: Arc) -> list[tuple[float, float, Branch]]:
    """The parts of an arc over which y is a function of x, each with its smallest and largest x."""
    turns = [arc.start, *arc.curve.tips(arc.start, arc.end), arc.end]
    found = []
    for a, b in pairwise(turns):
        low, high = sorted((arc.curve.at(a)[0], arc.curve.at(b)[0]))
        upper = arc.curve.at(0.5 * (a + b))[1] > arc.curve.center[1] if isinstance(arc.curve, Ellipse) else True
        if high > low:
            found.append((low, high, Branch(arc.curve, upper)))
    return found
