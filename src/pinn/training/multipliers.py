"""Multipliers: what makes constraints hold exactly beside an energy (Hestenes 1969, Powell 1969).

With the weight w an energy leaves g = 0 unmet by about λ/(2w), where λ is what the energy falls by for each unit of g.
So the residual is to be t in place of 0, and whenever g has settled t becomes t - g, until g is zero and -2wt is λ.
Where that is slow, since w is small beside the energy's own curvature, w is multiplied. What holds at many points has a
target for each of them. Of an inequality g <= 0 only what g exceeds t by counts, t is never above zero, and what is
missed is the larger of g and t: a bound is left alone where it binds nothing (Rockafellar 1973).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from pinn import terms
from pinn.batches import Arguments, Batch, over_points
from pinn.objectives import Objective
from pinn.objectives.rows import split
from pinn.problems import Group
from pinn.terms import Contribution
from pinn.training.events import Shift

START = 100.0
"""What the weights, summed over all points, begin as at least; from 1 to 10⁴ it makes no difference in the end."""

SETTLED = 0.5
"""Residuals that changed by less than this share of themselves since the last look have settled."""

SHARE = 0.25
"""A new target should leave less than this share of the residuals; else the weights are too small."""

RISE, LARGEST = 10.0, 1e8
"""By how much the weights are multiplied at a time, and in all."""

VAIN = 0.1
"""Where the weights are largest, residuals that are left but for this share cannot be met."""

ROUNDING = 1e-16
"""A penalty below this share of the loss is worth nothing."""


class Missed(NamedTuple):
    """By how much constraints are missed, component by component, and their weights."""

    values: Float[np.ndarray, " k"]
    weights: Float[np.ndarray, " k"]

    def size(self, seen: Float[np.ndarray, " k"] | None = None) -> float:
        """The root of what they add to the loss, or of what their change since they were `seen` would."""
        change = self.values if seen is None else self.values - seen
        return math.sqrt(np.sum(self.weights * change**2))


@dataclass
class Multipliers:
    """The targets of constraints at every step of the whole run; only the present ones are kept."""

    every: int
    """Steps between two looks."""
    present: Shift | None = None
    """That of a resumed run is given."""
    _plain: Arguments | None = field(default=None, init=False)
    _shifted: Arguments | None = field(default=None, init=False)

    def at(self, step: int, objective: Objective, theta: Float[Array, " n"] | None, plain: Arguments) -> Arguments:
        """`plain` with the targets of a step; where a step first has them, `theta` decides them."""
        if plain is not self._plain:
            if self._plain is not None and self.present is not None:
                self.present = carried(objective, self.present, self._plain, plain)
            self._plain, self._shifted = plain, None
        if self.present is None or step >= self.present.step + self.every:
            assert theta is not None, "given wherever targets may change"
            self._take(looked(self.present, step, self._missed(objective, theta, plain)))
        return self.here(objective)

    def here(self, objective: Objective) -> Arguments:
        """The present points, targets and weights."""
        if self._shifted is None:
            assert self._plain is not None, "`at` was asked before"
            self._shifted = self.on(objective, self._plain)
        return self._shifted

    def last(self, step: int) -> int:
        """The last step that has the targets of `step`."""
        return (step if self.present is None else self.present.step) + self.every - 1

    def on(self, objective: Objective, args: Arguments) -> Arguments:
        """Any points, with the present targets and weights of the constraints whose points are those of training."""
        assert self.present is not None and self._plain is not None, "`at` was asked before"
        return shifted(objective, args, self.present, self._plain)

    def go_on(self, step: int, objective: Objective, theta: Float[Array, " n"], plain: Arguments, loss: float) -> bool:
        """Have new targets where an optimizer has come to rest; whether that promises anything."""
        assert self.present is not None, "`at` was asked before"
        is_spread = bool(objective.problem.config.spread)
        found = rested(self.present, step, self._missed(objective, theta, plain), loss, is_spread)
        if found is not None:
            self._take(found)
        return found is not None

    def values(self, objective: Objective, theta: Float[Array, " n"]) -> dict[str, float]:
        """What the least energy gains for each unit that the right side of a constraint grows by, by the term's name.

        Of an inequality for each unit that it is tightened by. Of numbers and single points; those of several
        components, or points, are named `norm[0]`, `norm[1]`, …
        """
        assert self.present is not None and self._plain is not None, "`at` was asked before"
        found = 2 * self.present.factor * self._missed(objective, theta, self._plain).weights * self.present.targets
        found = np.where(_are_bounds(objective, self._plain), -found, found)
        every: dict[str, list[float]] = {}
        for group, rows in zip(objective.problem.groups, _split(objective, found, self._plain), strict=True):
            names = [c.name for c in _constraints(objective, group) for _ in range(c.width)]
            for name, number in zip(names * (rows.size // max(len(names), 1)), rows.ravel().tolist(), strict=True):
                every.setdefault(name, []).append(number)
        few = {name: every[name] for name in every if name not in objective.problem.config.spread}
        return {f"{n}[{i}]" if len(xs) > 1 else n: x for n, xs in few.items() for i, x in enumerate(xs)}

    def _missed(self, objective: Objective, theta: Float[Array, " n"], plain: Arguments) -> Missed:
        return missed(objective, theta, plain, None if self.present is None else self.present.targets)

    def _take(self, found: Shift) -> None:
        before, self.present = self.present, found
        if before is None or found.factor != before.factor or not np.array_equal(found.targets, before.targets):
            self._shifted = None


def looked(before: Shift | None, step: int, now: Missed) -> Shift:
    """The targets from a step on."""
    if before is None:
        factor = max(1.0, START / float(now.weights.sum()))
        return Shift(step, factor, np.zeros_like(now.values), now.values, None)
    settled = now.size(before.seen) <= SETTLED * now.size()
    if not settled or _is_vain(before, now):
        return before._replace(step=step, seen=now.values)
    return _renewed(before, step, now)


def rested(before: Shift, step: int, now: Missed, loss: float, is_spread: bool = False) -> Shift | None:
    """The same where an optimizer has come to rest; None where nothing is gained by other targets.

    What holds at many points has its limit in the network, long before that of rounding.
    """
    size, stays = now.size(), before.left is not None and not now.size(before.seen)
    if stays or not 0 < size < math.inf:
        return None
    if is_spread and size**2 <= ROUNDING * abs(loss):
        return None
    worthless = before.factor * size**2 <= ROUNDING * abs(loss)
    if _is_slow(before, now) and (worthless or before.factor >= LARGEST):
        return None
    return _renewed(before, step, now)


def _renewed(before: Shift, step: int, now: Missed) -> Shift:
    """Targets that leave the multipliers what they are where the residuals vanish."""
    rise = RISE if _is_slow(before, now) and before.factor < LARGEST else 1.0
    return Shift(step, before.factor * rise, (before.targets - now.values) / rise, now.values, now.size())


def _is_slow(before: Shift, now: Missed) -> bool:
    return before.left is not None and now.size() > SHARE * before.left


def _is_vain(before: Shift, now: Missed) -> bool:
    """Whether what could be done has changed nothing, as where constraints cannot be met."""
    left = before.left or 0.0
    return before.factor >= LARGEST and abs(now.size() - left) <= VAIN * left


def missed(
    objective: Objective, theta: Float[Array, " n"], plain: Arguments, targets: Float[np.ndarray, " k"] | None = None
) -> Missed:
    """By how much all constraints are missed; inequalities in view of their targets, which are zero if None."""
    values, weights = (np.asarray(array, np.float64) for array in _missed(objective, theta, plain))
    least = np.where(_are_bounds(objective, plain), 0.0 if targets is None else targets, -np.inf)
    return Missed(np.maximum(values, least), weights)


@eqx.filter_jit
def _missed(objective: Objective, theta: Float[Array, " n"], plain: Arguments) -> tuple[Array, Array]:
    model = objective.unravel(theta)
    numbers, values, weights = objective.integrals([model], plain), [], []
    for group, batch, _ in objective.each(plain):
        if not (wanted := _constraints(objective, group)):
            continue

        def at_point(at: Batch, group: Group = group, wanted: Sequence[Contribution] = wanted) -> tuple[Array, Array]:
            found = [jet.value for jet in objective.point_values(group, at.site(), [model], numbers, plain.constants)]
            parts = zip(group.contributions, split(group, found), at.shares, strict=True)
            chosen = [(c, roots, share * weight) for c, (roots, _, weight), share in parts if c in wanted]
            rows = [terms.residuals(replace(c, bounds=False), roots, None, None) for c, roots, _ in chosen]
            return jnp.concatenate(rows), jnp.concatenate([jnp.full(c.width, weight) for c, _, weight in chosen])

        for parts, found in zip((values, weights), over_points(at_point, batch), strict=True):
            parts.append(found.ravel())
    return jnp.concatenate(values), jnp.concatenate(weights)


def shifted(objective: Objective, args: Arguments, shift: Shift, plain: Arguments) -> Arguments:
    """Points with the targets of all constraints, and their weights multiplied.

    Those of constraints that stand at other points than in `plain`, where the targets belong, are left as they are.
    """

    def of_group(group: Group, batch: Batch, own: Batch, found: Float[np.ndarray, "blocks size k"]) -> Batch:
        if not (wanted := _constraints(objective, group)) or not _same_points(batch, own):
            return batch
        parts = iter(np.split(found, np.cumsum([c.width for c in wanted])[:-1], axis=-1))
        zeros = lambda c: np.zeros((*found.shape[:-1], c.width))
        targets = [next(parts) if c in wanted else zeros(c) for c in group.contributions if c.squared]
        pairs = zip(group.contributions, batch.shares, strict=True)
        shares = tuple(share * shift.factor if c in wanted else share for c, share in pairs)
        return batch._replace(shares=shares, targets=jnp.asarray(np.concatenate(targets, -1), batch.points.dtype))

    targets = _split(objective, shift.targets, plain)
    every = zip(objective.problem.groups, args.batches, plain.batches, targets, strict=True)
    return args._replace(batches=tuple(of_group(*each) for each in every))


def carried(objective: Objective, shift: Shift, before: Arguments, after: Arguments) -> Shift:
    """The same for other points: each has what the nearest one had before."""

    def moved(numbers: Float[np.ndarray, " k"]) -> Float[np.ndarray, " m"]:
        every = zip(_split(objective, numbers, before), before.batches, after.batches, strict=True)
        return np.concatenate([_nearest(*each).ravel() for each in every])

    return shift._replace(targets=moved(shift.targets), seen=moved(shift.seen))


def _nearest(found: Float[np.ndarray, "blocks size k"], before: Batch, after: Batch) -> Float[np.ndarray, "..."]:
    if not found.size or _same_points(before, after):
        return found
    from scipy.spatial import KDTree

    old, new = (np.asarray(batch.points).reshape(-1, batch.points.shape[-1]) for batch in (before, after))
    extent = np.ptp(old, axis=0)
    extent[extent == 0] = 1.0
    _, nearest = KDTree(old / extent).query(new / extent)
    return found.reshape(len(old), -1)[nearest]


def _same_points(one: Batch, other: Batch) -> bool:
    return one.points is other.points or np.array_equal(one.points, other.points)


def _split(
    objective: Objective, numbers: Float[np.ndarray, " k"], plain: Arguments
) -> list[Float[np.ndarray, "blocks size k"]]:
    """What belongs to the constraints of each group, point by point."""
    widths = (sum(c.width for c in _constraints(objective, group)) for group in objective.problem.groups)
    shapes = [(*b.points.shape[:2], width) for b, width in zip(plain.batches, widths, strict=True)]
    parts = np.split(numbers, np.cumsum([math.prod(shape) for shape in shapes])[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def _are_bounds(objective: Objective, plain: Arguments) -> Bool[np.ndarray, " k"]:
    """Which components of the constraints are inequalities."""
    parts = []
    for group, batch in zip(objective.problem.groups, plain.batches, strict=True):
        of_point = [c.bounds for c in _constraints(objective, group) for _ in range(c.width)]
        parts.append(np.tile(np.array(of_point, bool), math.prod(batch.points.shape[:2])))
    return np.concatenate(parts)


def _constraints(objective: Objective, group: Group) -> list[Contribution]:
    """The contributions of a group that are constraints."""
    names = {term.name for term in objective.problem.config.constraints}
    return [c for c in group.contributions if c.name in names and not group.integrates]
