"""Slabs of time, trained one after the other: what each hands over to the next, and which one knows a point.

The unknowns at the beginning of a slab are numbers at its points, worked out once and passed on from slab to slab: no
program holds more than one network, and slabs of equal length share all programs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from pinn import fields
from pinn.compiler import HERE, Demand, Place, Site, evaluate, plan
from pinn.compiler.plan import VALUE
from pinn.config import Config, slabs
from pinn.errors import RequestError
from pinn.expressions import Expression, Unknown, algebra, tree
from pinn.fields import Constants, FieldsOf, Model, Untrained
from pinn.geometry import Domain, on_piece
from pinn.jets import Space

SIZE = 1024
"""Points that are gone through at a time."""


@dataclass(frozen=True, eq=False)
class Frame:
    """What slabs of equal length have in common: where their unknowns live, and what is built into them."""

    domain: Domain
    unknowns: tuple[str, ...]
    ansatz: dict[str, Expression]


@dataclass(frozen=True)
class Asked:
    """Expressions, and the space on which their coefficients are wanted."""

    frame: Frame
    expressions: tuple[Expression, ...]
    space: Space = VALUE

    @property
    def demand(self) -> Demand:
        return plan(self.expressions, self.frame.ansatz, self.space)


Initial = tuple[Float[np.ndarray, "n unknowns coefficients"], ...]
"""The unknowns at the beginning of a slab, at points, on each of the spaces of a demand."""


@dataclass(frozen=True, eq=False)
class Slabs:
    """The slabs of a config."""

    whole: Config
    configs: tuple[Config, ...]
    """The config of each slab, in its own time."""
    frames: tuple[Frame, ...]

    @classmethod
    def of(cls, whole: Config) -> "Slabs":
        """The slabs of a config that has some."""
        configs = slabs.configs(whole)
        frames: dict[int, Frame] = {}
        for c in configs:
            frames.setdefault(id(c.domain), Frame(c.domain, c.unknowns, dict(c.ansatz)))
        return cls(whole, configs, tuple(frames[id(c.domain)] for c in configs))

    def __len__(self) -> int:
        return len(self.configs)

    @property
    def time(self) -> int:
        """The coordinate that is time."""
        assert self.whole.domain.time is not None
        return self.whole.domain.time

    def number(self, points: Float[np.ndarray, "n dim"]) -> Int[np.ndarray, " n"]:
        """The slab of each point, the earlier one where two meet; before all and after all the first and the last."""
        return np.searchsorted(self.whole.slabs[1:-1], points[:, self.time])

    def own(self, points: Float[np.ndarray, "n dim"], slab: int) -> Float[np.ndarray, "n dim"]:
        """Points in the time of a slab."""
        moved = np.array(points, np.float64)
        moved[:, self.time] -= self.whole.slabs[slab]
        return moved

    def initial(self, models: Sequence[Model], demand: Demand, points: Float[np.ndarray, "n dim"]) -> Initial:
        """The unknowns at the beginning of the slab after those of `models`, as a demand reads them at its points."""
        return tuple(
            self._handed(models, space, self._moved(len(models), place, points)) for place, space in demand.initial
        )

    def values(
        self,
        models: Sequence[Model],
        expressions: Sequence[Expression],
        points: Float[np.ndarray, "n dim"],
        normals: Float[np.ndarray, "n spatial"] | None = None,
    ) -> list[Float[np.ndarray, "n ..."]]:
        """The values of expressions in the slab of the last of `models`, at points, all in its own time."""
        *before, model = models
        asked = Asked(self.frames[len(before)], tuple(expressions))
        initial = self.initial(before, asked.demand, points)
        found = self._run(asked, model, self.configs[len(before)], points, normals, initial)
        return [value[..., 0] for value in found]

    def everywhere(
        self,
        models: Sequence[Model],
        expressions: Sequence[Expression],
        points: Float[np.ndarray, "n dim"],
        normals: Float[np.ndarray, "n spatial"] | None = None,
    ) -> list[Float[np.ndarray, "n ..."]]:
        """The values of expressions of all time at points of it, each from its slab; `models` are those there are.

        Raises `RequestError` where the slab of a point has no model yet, and where `at` reads another time.
        """
        name, numbers = self.whole.domain.coordinates[self.time], self.number(points)
        if (numbers >= len(models)).any():
            end = self.whole.slabs[len(models)]
            raise RequestError(
                f"the slabs of time are trained up to {name}={end:.6g} only",
                "resume the run; --at gives values up to there",
            )
        if any(isinstance(n, tree.At) and self.time in dict(n.places) for e in expressions for n in tree.walk(e)):
            message = f"'at(…, {name}=…)' would read the network of another slab of time"
            raise RequestError(message, f"leave it out, and ask at points with this {name}")
        inside = [slabs.within(e, self.time) for e in expressions]
        found = [np.zeros((len(points), *e.shape)) for e in expressions]
        for slab in np.unique(numbers):
            here = numbers == slab
            own = None if normals is None else normals[here]
            values = self.values(models[: slab + 1], inside, self.own(points[here], slab), own)
            for whole, part in zip(found, values, strict=True):
                whole[here] = part
        return found

    def end(self, points: Float[np.ndarray, "n dim"], slab: int) -> Float[np.ndarray, "n dim"]:
        """Points moved to the end of a slab, in its own time."""
        moved = np.array(points, np.float64)
        middle, half = self.frames[slab].domain.scales[self.time]
        moved[:, self.time] = middle + half
        return moved

    def _handed(self, models: Sequence[Model], space: Space, points: np.ndarray) -> np.ndarray:
        """The unknowns with initial values built in, where the last model's slab ends; at first as they are said."""
        begins = slabs.held(self.whole)
        wanted = tuple(algebra.derivative(Unknown(name), c.operator) for (name, _), c in begins.items())
        start = Asked(self._first, tuple(on_piece(condition) for condition in begins.values()), space)
        state = np.stack(self._run(start, None, self.whole, points, None, ()), axis=1)
        for slab, model in enumerate(models):
            asked = Asked(self.frames[slab], wanted, space)
            assert asked.demand.initial == ((HERE, space),)
            end = self.end(points, slab)
            state = np.stack(self._run(asked, model, self.configs[slab], end, None, (state,)), axis=1)
        return state

    @cached_property
    def _first(self) -> Frame:
        return Frame(self.whole.domain, self.whole.unknowns, {})

    def _moved(self, slab: int, place: Place, points: np.ndarray) -> np.ndarray:
        """The points that `at(…)` speaks of."""
        for substitution in place:
            indices, values = zip(*substitution, strict=True)
            asked = Asked(self.frames[slab], values)
            found = self._run(asked, None, self.configs[slab], points, None, ())
            points = np.array(points)
            points[:, list(indices)] = np.stack([value[..., 0] for value in found], axis=1)
        return points

    def _run(
        self,
        asked: Asked,
        model: Model | None,
        config: Config,
        points: np.ndarray,
        normals: np.ndarray | None,
        initial: Initial,
    ) -> list[Float[np.ndarray, "n ... coefficients"]]:
        """The coefficients of what is asked, block by block; the last block is filled up."""
        constants, dtype = fields.constants(config), config.document.precision
        pieces = []
        for start in range(0, len(points), SIZE):
            part = jax.tree.map(itemgetter(slice(start, start + SIZE)), (points, normals, initial))
            count = len(part[0])
            filled = jax.tree.map(lambda array: jnp.asarray(np.pad(array, _missing(array)), dtype), part)
            pieces.append([np.asarray(found)[:count] for found in _coefficients(asked, model, constants, *filled)])
        return [np.concatenate(column) for column in zip(*pieces, strict=True)]


def _missing(array: np.ndarray) -> list[tuple[int, int]]:
    return [(0, SIZE - len(array))] + [(0, 0)] * (array.ndim - 1)


@eqx.filter_jit
def _coefficients(
    asked: Asked,
    model: Model | None,
    constants: Constants,
    points: Float[Array, "m dim"],
    normals: Float[Array, "m spatial"] | None,
    initial: tuple[Float[Array, "m unknowns coefficients"], ...],
) -> list[Float[Array, "m ... coefficients"]]:
    """What is asked at points, by the coefficients of its space; without a model nothing may ask for one."""
    frame, demand = asked.frame, asked.demand

    def at_point(x: Array, normal: Array | None, known: tuple[Array, ...]) -> list[Array]:
        here = Untrained(constants)
        if model is not None:
            here = FieldsOf(frame.domain, frame.unknowns, frame.ansatz, {}, [model], constants)
        site = Site(x, normal, initial=known)
        jets = evaluate(asked.expressions, demand, here, site, space=asked.space)
        numbers = [[jet.series(operator)[0] for operator in asked.space.basis] for jet in jets]
        rows = zip(numbers, asked.expressions, strict=True)
        return [jnp.stack([jnp.broadcast_to(n, e.shape) for n in row], axis=-1) for row, e in rows]

    return jax.vmap(at_point)(points, normals, initial)


@dataclass(frozen=True, eq=False)
class Past:
    """All that came before a slab."""

    slabs: Slabs
    models: tuple[Model, ...]

    def initial(self, demand: Demand, points: Float[np.ndarray, "n dim"]) -> Initial:
        """The unknowns at the beginning, as a demand reads them at its points."""
        return self.slabs.initial(self.models, demand, points)

    def residuals(
        self, expressions: Sequence[Expression], points: Float[np.ndarray, "n dim"]
    ) -> Float[np.ndarray, "n width"]:
        """What the slab before has for residuals where it ends; 0 at other times, and in the first slab."""
        width = sum(int(np.prod(e.shape)) for e in expressions)
        found = np.zeros((len(points), width))
        begins = points[:, self.slabs.time] == 0.0
        if self.models and begins.any():
            slab = len(self.models) - 1
            values = self.slabs.values(self.models, expressions, self.slabs.end(points[begins], slab))
            found[begins] = np.concatenate([value.reshape(len(value), -1) for value in values], axis=1)
        return found
