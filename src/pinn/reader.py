"""The values of expressions at any points, for any model of a config, by one compiled program."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from pinn.compiler import Demand, Site, evaluate, plan
from pinn.config import Config, sizes
from pinn.expressions import Expression, algebra
from pinn.fields import Constants, FieldsOf, Model

BLOCK = 8192
"""Points that are evaluated at a time."""

MEMORY = 2**27
"""Bytes that the coefficients of one layer, on the points that are evaluated at a time, should take."""

Values = list[Float[np.ndarray, "n ..."]]


@dataclass(frozen=True, eq=False)
class Reader:
    """Checked expressions of a config without slabs of time."""

    config: Config
    expressions: Sequence[Expression]
    at_a_time: int | None = None
    """How many points are evaluated at a time, where these are few and asked for often; else as many as is best."""

    def values(
        self,
        model: Model,
        constants: Constants,
        points: Float[np.ndarray, "n dim"],
        normals: Float[np.ndarray, "n spatial"] | None = None,
    ) -> Values:
        """Each expression at points, in the domain's order of coordinates; `n` is one of the normals."""
        dtype = self.config.document.precision
        block = lambda *part: self._block(model, constants, *(jnp.asarray(array, dtype) for array in part))
        given = [points] if normals is None else [points, normals]
        return _in_blocks(block, given, self.at_a_time or min(self._most, len(points)))

    @cached_property
    def _demand(self) -> Demand:
        return plan(self.expressions, self.config.ansatz)

    @cached_property
    def _block(self) -> Callable[..., list[Array]]:
        @jax.jit
        def block(model: Model, constants: Constants, *given: Float[Array, "m axes"]) -> list[Array]:
            def at_point(x: Float[Array, " dim"], normal: Float[Array, " spatial"] | None = None) -> list[Array]:
                known = FieldsOf.of(self.config, [model], constants)
                found = evaluate(self.expressions, self._demand, known, Site(x, normal))
                return [jnp.broadcast_to(jet.value, e.shape) for jet, e in zip(found, self.expressions, strict=True)]

            return jax.vmap(at_point)(*given)

        return block

    @cached_property
    def _most(self) -> int:
        """Points that are evaluated at a time: fewer in many dimensions."""
        dimension = len(self.config.domain.coordinates)
        known = dimension if any(map(algebra.max_order, self.expressions)) else 1
        width = max(dimension, sizes.layout(self.config.document, self.config.domain).widest)
        return max(1, min(BLOCK, MEMORY // (8 * width * max(known, self._demand.coefficients))))


def _in_blocks(function: Callable[..., list[Array]], given: Sequence[np.ndarray], size: int) -> Values:
    """Apply a function of many points block by block; the last block is padded so that one program serves all."""
    pieces: list[list[np.ndarray]] = []
    for start in range(0, len(given[0]), size):
        parts = [array[start : start + size] for array in given]
        count = len(parts[0])
        padded = [np.concatenate([part, np.repeat(part[-1:], size - count, axis=0)]) for part in parts]
        pieces.append([np.asarray(value)[:count] for value in function(*padded)])
    return [np.concatenate(column) for column in zip(*pieces, strict=True)]
