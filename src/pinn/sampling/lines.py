"""The part of a cube in which a condition holds, measured along lines between the places where it changes.

On a line these places are found by steps and bisection. Of a square the lengths of its lines are a function of where
they are, with jumps, corners and roots: it is halved until it is a polynomial or the part is tiny. Between the tiny
ones lines are chosen by a Gauss rule, closer together towards them, and each stretch of a line has one of its own.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float

from pinn.sampling.rules import Rule, Wish, along_axis, legendre
from pinn.sampling.vectors import generator

Unit = Float[np.ndarray, "n dim"]
Holds = Callable[[Unit], Bool[np.ndarray, " n"]]

STEPS, STEPS_ALONE, STEPS_OF_MANY = 200, 2**16, 64
"""Along the lines of a square, along a single one, and of more dimensions; what is shorter may be missed."""

SEEDS = 4
"""The shortest stretches of each kind beside which a line is asked too."""

EDGE = 1e-12
"""How far from its ends a line is asked first and last."""

PARTS, ROUNDS = 16, 9
"""A step with a change in it is cut into so many parts, so many times."""

PANELS, NODES, SHIFT = 32, 6, 0.137
"""Parts of an axis at first, lines in each, and where the first one ends: not where conditions have their numbers."""

RESOLVED = 1e-9
"""Parts are halved until two rules agree so well on the mean length of their lines."""

TINY, TINIEST = 2.0**-14, 2.0**-34
"""How short parts are that lie where lengths are not smooth, and how short they become."""

MOST = 30_000
"""Stretches of lines in all parts: what has so many corners is left to others."""

ACCURATE = 24
"""Lines by which the size of a stretch is found."""

SCATTERED, ON_EACH = 2**14, 4
"""Lines in more than two dimensions, and points on each of their stretches, or one more."""


@dataclass(frozen=True)
class Spans:
    """Stretches of lines on which a condition holds, in order."""

    rows: np.ndarray
    """Which line each of them is on."""
    low: Float[np.ndarray, " n"]
    high: Float[np.ndarray, " n"]

    def moments(self, count: int) -> Float[np.ndarray, "count 3"]:
        """The lengths of so many lines, and what tells where they are."""
        powers = [(self.high**k - self.low**k) / k for k in (1, 2, 3)]
        return np.stack([np.bincount(self.rows, power, count) for power in powers], axis=1)

    def seeds(self, groups: int, size: int) -> Float[np.ndarray, "groups seeds"]:
        """The middles of the shortest stretches, or of what is between them, for groups of so many lines.

        Those of the lines beside are near, and there they may be shorter than a step.
        """
        apart = self.rows[1:] == self.rows[:-1]
        kinds = (
            (self.rows, self.low, self.high),
            (self.rows[1:][apart], self.high[:-1][apart], self.low[1:][apart]),
            (self.rows, np.zeros_like(self.low), self.low),
            (self.rows, self.high, np.ones_like(self.high)),
        )
        return np.hstack([_shortest(rows // size, low, high, groups) for rows, low, high in kinds])

    def filled(self, weights: Float[np.ndarray, " lines"], lines: Unit, count: int) -> Rule:
        """A Gauss rule of so many points on each stretch, of lines that have these weights."""
        nodes, shares = legendre(count)
        length = (self.high - self.low)[:, None]
        along = self.low[:, None] + length * nodes
        sizes = weights[self.rows][:, None] * length * shares
        return np.column_stack([np.repeat(lines[self.rows], count, axis=0), along.ravel()]), sizes.ravel()


def _shortest(group: np.ndarray, low: np.ndarray, high: np.ndarray, groups: int) -> Float[np.ndarray, "groups seeds"]:
    """The middles of the shortest stretches of each group that are not empty."""
    order = np.lexsort((high - low, group))
    order = order[(high > low)[order]]
    middle, group = 0.5 * (low + high)[order], group[order]
    rank = np.arange(len(group)) - np.searchsorted(group, group)
    found, first = np.full((groups, SEEDS), 0.5), rank < SEEDS
    found[group[first], rank[first]] = middle[first]
    return found


def spans(holds: Holds, lines: Unit, steps: int = STEPS, more: Float[np.ndarray, "lines m"] | None = None) -> Spans:
    """Where a condition holds along the last axis, on the lines through these places of the others.

    Each line is asked in equal steps, and at `more` places of its own.
    """
    inner = np.broadcast_to((np.arange(steps) + 0.5) / steps, (len(lines), steps))
    inner = inner if more is None else np.sort(np.hstack([inner, more]), axis=1)
    found = _on(holds, lines, np.pad(inner, ((0, 0), (1, 1)), constant_values=(EDGE, 1.0 - EDGE)))
    found = np.pad(found, ((0, 0), (1, 1)))
    marks = np.pad(inner, ((0, 0), (2, 2)), constant_values=(0.0, 1.0))
    rows, begins = np.nonzero(~found[:, :-1] & found[:, 1:])
    _, ends = np.nonzero(found[:, :-1] & ~found[:, 1:])
    low = _narrowed(holds, lines[rows], marks[rows, begins], marks[rows, begins + 1])
    high = _narrowed(holds, lines[rows], marks[rows, ends + 1], marks[rows, ends])
    return Spans(rows, low, high)


def _spans_of_stretch(holds: Holds, lines: Unit) -> Spans:
    """The same where the shortest may be shorter than a step, close to where they vanish."""
    seeds = spans(holds, lines).seeds(1, len(lines))
    return spans(holds, lines, STEPS, np.repeat(seeds, len(lines), axis=0))


def _narrowed(holds: Holds, lines: Unit, outside: np.ndarray, inside: np.ndarray) -> Float[np.ndarray, " n"]:
    """A place between each two at which a condition begins to hold."""
    every = np.arange(len(lines))
    for _ in range(ROUNDS):
        places = outside[:, None] + (inside - outside)[:, None] * (np.arange(PARTS + 1) / PARTS)
        first = np.argmax(np.pad(_on(holds, lines, places[:, 1:-1]), ((0, 0), (0, 1)), constant_values=True), axis=1)
        outside, inside = places[every, first], places[every, first + 1]
    return inside


def _on(holds: Holds, lines: Unit, places: Float[np.ndarray, "lines n"]) -> Bool[np.ndarray, "lines n"]:
    """Whether a condition holds at places along lines."""
    count = places.shape[1]
    return holds(np.column_stack([np.repeat(lines, count, axis=0), places.ravel()])).reshape(places.shape)


@dataclass(frozen=True)
class Stretch:
    """A stretch of the first of two axes on which the lengths of lines are smooth, but for its ends."""

    low: float
    high: float
    steep: tuple[bool, bool] = (False, False)
    """Whether lengths may have roots at the ends."""
    size: float = 0.0
    """The area of the part there."""
    layers: int = 1
    """Into how many stretches lines are cut."""

    def lines(self, count: int) -> Rule:
        """A Gauss rule, which takes roots out at the ends."""
        s, shares = legendre(count)
        match self.steep:
            case True, True:
                s, shares = 0.5 - 0.5 * np.cos(math.pi * s), shares * 0.5 * math.pi * np.sin(math.pi * s)
            case True, False:
                s, shares = s**2, shares * 2.0 * s
            case False, True:
                s, shares = 1.0 - (1.0 - s) ** 2, shares * 2.0 * (1.0 - s)
        length = self.high - self.low
        return (self.low + length * s)[:, None], length * shares


@dataclass(frozen=True)
class Traced:
    """The part of a cube in which a condition holds."""

    holds: Holds
    sizes: tuple[float, ...]
    """How long the axes are beside each other."""
    share: float
    """Of the cube."""
    stretches: tuple[Stretch, ...] = ()
    """Of a square."""
    density: float = 0.0
    """In more dimensions, how many stretches a line has on average."""

    def gauss(self, count: int) -> Rule:
        """A rule of at least `count` points; the shares add up to one."""
        parts = list(self._parts(count))
        points, sizes = (np.concatenate(both) for both in zip(*parts, strict=True))
        return points, sizes / sizes.sum()

    def _parts(self, count: int) -> Iterator[Rule]:
        odd, dimension = along_axis(count, len(self.sizes)) % 2, len(self.sizes)
        for stretch in self.stretches:
            number = count * stretch.size / self.share / stretch.layers
            width = stretch.high - stretch.low
            ratio = width * self.sizes[0] / (stretch.size / width / stretch.layers * self.sizes[1])
            lines, weights = stretch.lines(_number((number * ratio) ** 0.5, odd))
            yield _spans_of_stretch(self.holds, lines).filled(weights, lines, _number((number / ratio) ** 0.5, odd))
        if dimension == 1:
            alone = spans(self.holds, np.zeros((1, 0)), STEPS_ALONE)
            for low, high in zip(alone.low, alone.high, strict=True):
                one = Spans(np.zeros(1, int), np.array([low]), np.array([high]))
                yield one.filled(np.ones(1), np.zeros((1, 0)), _number(count * (high - low) / self.share, odd))
        if dimension > 2:
            yield self._scattered(count, ON_EACH + odd)

    def _scattered(self, count: int, on_each: int) -> Rule:
        """Evenly spread lines with so many points on each stretch; others where there is another number on each."""
        number = math.ceil(count / on_each / self.density)
        while True:
            wish = Wish("sobol", number, None, generator(["lines", on_each]))
            lines, weights = wish.in_cube(len(self.sizes) - 1)
            found = spans(self.holds, lines, STEPS_OF_MANY)
            if len(found.rows) * on_each >= count:
                return found.filled(weights, lines, on_each)
            number += math.ceil(0.1 * number)


def traced(holds: Holds, sizes: tuple[float, ...]) -> Traced | None:
    """The part of a cube with axes of these sizes; None where it has no end of corners."""
    if len(sizes) == 1:
        alone = spans(holds, np.zeros((1, 0)), STEPS_ALONE)
        return Traced(holds, sizes, float((alone.high - alone.low).sum()))
    if len(sizes) > 2:
        lines, weights = Wish("sobol", SCATTERED, None, generator(["share"])).in_cube(len(sizes) - 1)
        met = spans(holds, lines, STEPS_OF_MANY)
        share = float(weights @ met.moments(len(lines))[:, 0])
        return Traced(holds, sizes, share, density=len(met.rows) / len(lines))
    marks = _corners(holds)
    if marks is None:
        return None
    every = {0.0: 0.0 in marks, 1.0: 1.0 in marks} | dict.fromkeys(marks, True)
    plain = (Stretch(a, b, (every[a], every[b])) for a, b in pairwise(sorted(every)))
    stretches = tuple(found for stretch in plain if (found := _measured(holds, stretch)).size)
    return Traced(holds, sizes, math.fsum(stretch.size for stretch in stretches), stretches)


def _measured(holds: Holds, stretch: Stretch) -> Stretch:
    lines, weights = stretch.lines(ACCURATE)
    found = _spans_of_stretch(holds, lines)
    layers = int(np.bincount(found.rows, minlength=1).max())
    size = float(weights @ found.moments(len(lines))[:, 0])
    return Stretch(stretch.low, stretch.high, stretch.steep, size, layers)


def _corners(holds: Holds) -> list[float] | None:
    """Where along the first axis the lengths of lines are not smooth."""
    ends = np.concatenate([[0.0], (np.arange(1, PANELS) + SHIFT) / PANELS, [1.0]])
    low, high = ends[:-1], ends[1:]
    seeds, tiny, met = np.full((PANELS, 1), 0.5), [np.zeros((0, 2))], 0
    means, _ = _means(holds, low, high, seeds)
    while len(low):
        middle = 0.5 * (low + high)
        low, high = np.stack([low, middle], axis=1), np.stack([middle, high], axis=1)
        halves, found = _means(holds, low.ravel(), high.ravel(), np.repeat(seeds, 2, axis=0))
        met += len(found.rows)
        if met > MOST:
            return None
        halves, seeds = halves.reshape(-1, 2, 3), found.seeds(len(middle), 2 * NODES)
        bad = np.abs(means - halves.mean(axis=1)).max(axis=1) > RESOLVED
        width = high[:, 0] - low[:, 0]
        tiny.append(np.stack([middle, width], axis=1)[bad & (width < TINY)])
        bad &= width > TINIEST
        low, high, means = low[bad].ravel(), high[bad].ravel(), halves[bad].reshape(-1, 3)
        seeds = np.repeat(seeds[bad], 2, axis=0)
    return list(_gathered(np.concatenate(tiny)))


def _means(
    holds: Holds, low: np.ndarray, high: np.ndarray, seeds: Float[np.ndarray, "n seeds"]
) -> tuple[Float[np.ndarray, "n 3"], Spans]:
    """The mean moments of lines between ends, which are among them: what begins close to one is not missed."""
    nodes, shares = _lobatto(NODES)
    lines = low[:, None] + (high - low)[:, None] * nodes
    found = spans(holds, lines.reshape(-1, 1), STEPS, np.repeat(seeds, NODES, axis=0))
    return np.einsum("nkm,k->nm", found.moments(lines.size).reshape(*lines.shape, 3), shares), found


@lru_cache
def _lobatto(count: int) -> Rule:
    """The rule of the unit interval with both ends among its nodes."""
    basis = np.polynomial.legendre.Legendre.basis(count - 1)
    nodes = np.concatenate([[-1.0], np.sort(basis.deriv().roots().real), [1.0]])
    return 0.5 * (nodes + 1.0), 1.0 / (count * (count - 1) * basis(nodes) ** 2)


def _gathered(tiny: Float[np.ndarray, "n 2"]) -> Iterator[float]:
    """One place for each cluster of parts, of which middle and width are given; the ends of the axis are exact."""
    tiny = tiny[np.argsort(tiny[:, 0])]
    for cluster in np.split(tiny, np.flatnonzero(np.diff(tiny[:, 0]) > 2.0 * TINY) + 1):
        if len(cluster):
            narrow = cluster[:, 1].min()
            place = float(cluster[cluster[:, 1] == narrow, 0].mean())
            yield 0.0 if place < 4.0 * narrow else 1.0 if 1.0 - place < 4.0 * narrow else place


def _number(wanted: float, odd: int) -> int:
    """At least as many as wanted, an odd number or an even one: rules of one more along each axis share no point."""
    least = max(1, math.ceil(wanted - 1e-9))
    return least + (least - odd) % 2
