"""Multipliers: what makes constraints hold exactly beside an energy (Hestenes 1969, Powell 1969).

With the weight w an energy leaves g = 0 unmet by about λ/(2w), where λ is what the energy falls by for each unit of g.
So the residual is to be t in place of 0, and whenever g has settled t becomes t - g, until g is zero and -2wt is λ.
Where that is slow, since w is small beside the energy's own curvature, w is multiplied; one below 1 begins as 1.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from pinn import terms
from pinn.batches import Arguments, Batch, over_points
from pinn.objectives import Objective
from pinn.objectives.rows import split
from pinn.problems import Group
from pinn.terms import Contribution
from pinn.training.events import Shift

SETTLED = 0.1
"""Residuals that changed by less than this share of themselves since the last look have settled."""

SHARE = 0.25
"""A new target should leave less than this share of the residuals; else the weights are too small."""

RISE, LARGEST = 10.0, 1e8
"""By how much the weights are multiplied at a time, and in all."""

ROUNDING = 1e-16
"""A penalty below this share of the loss is worth nothing."""


class Missed(NamedTuple):
    """By how much constraints are missed, component by component, and their weights."""

    values: Float[np.ndarray, " k"]
    weights: Float[np.ndarray, " k"]

    def size(self, seen: tuple[float, ...] | None = None) -> float:
        """The root of what they add to the loss, or of what their change since they were `seen` would."""
        change = self.values if seen is None else self.values - np.asarray(seen)
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
        if self.present is None or step >= self.present.step + self.every:
            assert theta is not None, "given wherever targets may change"
            self._take(looked(self.present, step, missed(objective, theta, plain)))
        if self._shifted is None or plain is not self._plain:
            self._plain, self._shifted = plain, self.on(objective, plain)
        return self._shifted

    def last(self, step: int) -> int:
        """The last step that has the targets of `step`."""
        return (step if self.present is None else self.present.step) + self.every - 1

    def on(self, objective: Objective, args: Arguments) -> Arguments:
        """Any points with the present targets and weights."""
        assert self.present is not None, "`at` was asked before"
        return shifted(objective, args, self.present)

    def go_on(self, step: int, objective: Objective, theta: Float[Array, " n"], plain: Arguments, loss: float) -> bool:
        """Have new targets where an optimizer has come to rest; whether that promises anything."""
        assert self.present is not None, "`at` was asked before"
        found = rested(self.present, step, missed(objective, theta, plain), loss)
        if found is not None:
            self._take(found)
        return found is not None

    def values(self, objective: Objective, theta: Float[Array, " n"], plain: Arguments) -> dict[str, float]:
        """What the least energy gains for each unit that the right side of a constraint grows by, by the term's name.

        Those of several components, or points, are named `norm[0]`, `norm[1]`, …
        """
        assert self.present is not None, "`at` was asked before"
        now = missed(objective, theta, plain)
        found = 2 * self.present.factor * now.weights * np.asarray(self.present.targets)
        names = []
        for group, batch in zip(objective.problem.groups, plain.batches, strict=True):
            chosen = [c.name for c in _constraints(objective, group) for _ in range(c.width)]
            names += chosen * (batch.points.shape[0] * batch.points.shape[1])
        every = {name: [x for n, x in zip(names, found.tolist(), strict=True) if n == name] for name in names}
        return {f"{n}[{i}]" if len(xs) > 1 else n: x for n, xs in every.items() for i, x in enumerate(xs)}

    def _take(self, found: Shift) -> None:
        before, self.present = self.present, found
        if before is None or (found.targets, found.factor) != (before.targets, before.factor):
            self._shifted = None


def looked(before: Shift | None, step: int, now: Missed) -> Shift:
    """The targets from a step on."""
    seen = tuple(now.values.tolist())
    if before is None:
        return Shift(step, max(1.0, 1.0 / float(now.weights.max())), (0.0,) * len(seen), seen, None)
    settled = now.size(before.seen) <= SETTLED * now.size()
    if not settled or _is_vain(before, now):
        return before._replace(step=step, seen=seen)
    return _renewed(before, step, now)


def rested(before: Shift, step: int, now: Missed, loss: float) -> Shift | None:
    """The same where an optimizer has come to rest; None where nothing is gained by other targets."""
    size, stays = now.size(), before.left is not None and not now.size(before.seen)
    if stays or not 0 < size < math.inf:
        return None
    worthless = before.factor * size**2 <= ROUNDING * abs(loss)
    if _is_slow(before, now) and (worthless or before.factor >= LARGEST):
        return None
    return _renewed(before, step, now)


def _renewed(before: Shift, step: int, now: Missed) -> Shift:
    """Targets that leave the multipliers what they are where the residuals vanish."""
    rise = RISE if _is_slow(before, now) and before.factor < LARGEST else 1.0
    targets = (np.asarray(before.targets) - now.values) / rise
    return Shift(step, before.factor * rise, tuple(targets.tolist()), tuple(now.values.tolist()), now.size())


def _is_slow(before: Shift, now: Missed) -> bool:
    return before.left is not None and now.size() > SHARE * before.left


def _is_vain(before: Shift, now: Missed) -> bool:
    """Whether what could be done has changed nothing, as where constraints cannot be met."""
    left = before.left or 0.0
    return before.factor >= LARGEST and abs(now.size() - left) <= SETTLED * left


def missed(objective: Objective, theta: Float[Array, " n"], plain: Arguments) -> Missed:
    """By how much all constraints are missed."""
    return Missed(*(np.asarray(array, np.float64) for array in _missed(objective, theta, plain)))


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
            rows = [terms.residuals(c, roots, None, None) for c, roots, _ in chosen]
            return jnp.concatenate(rows), jnp.concatenate([jnp.full(c.width, weight) for c, _, weight in chosen])

        for parts, found in zip((values, weights), over_points(at_point, batch), strict=True):
            parts.append(found.ravel())
    return jnp.concatenate(values), jnp.concatenate(weights)


def shifted(objective: Objective, plain: Arguments, shift: Shift) -> Arguments:
    """The points with the targets of all constraints, and their weights multiplied."""
    left = iter(shift.targets)

    def of_group(group: Group, batch: Batch) -> Batch:
        if not (wanted := _constraints(objective, group)):
            return batch
        squared = [c for c in group.contributions if c.squared]
        row = lambda: [next(left) if c in wanted else 0.0 for c in squared for _ in range(c.width)]
        targets = [[row() for _ in block] for block in batch.points]
        pairs = zip(group.contributions, batch.shares, strict=True)
        shares = tuple(share * shift.factor if c in wanted else share for c, share in pairs)
        return batch._replace(shares=shares, targets=jnp.asarray(targets, batch.points.dtype))

    groups = zip(objective.problem.groups, plain.batches, strict=True)
    return plain._replace(batches=tuple(of_group(group, batch) for group, batch in groups))


def _constraints(objective: Objective, group: Group) -> list[Contribution]:
    """The contributions of a group that are constraints."""
    names = {term.name for term in objective.problem.config.constraints}
    return [c for c in group.contributions if c.name in names and not group.integrates]
