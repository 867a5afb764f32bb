"""Numbers at every point, row by row: along curves of models, and how they change with what is trained."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from pinn.batches import Arguments, Batch, over_points, paired
from pinn.fields import Model, Numbers
from pinn.problems import Group

if TYPE_CHECKING:
    from pinn.objectives.loss import Objective

T = TypeVar("T")


def split(group: Group, values: Sequence[T]) -> list[tuple[list[T], list[T], T]]:
    """The values of a group's expressions by contribution: roots, twins and weight."""
    parts, left = [], iter(values)
    for c in group.contributions:
        roots, twins = [next(left) for _ in c.roots], [next(left) for _ in c.twins]
        parts.append((roots, twins, next(left)))
    return parts


def along(
    objective: "Objective", theta: Float[Array, " n"], series: Sequence[Float[Array, " n"] | None]
) -> list[Model]:
    """The models of θ + p_1 s + p_2 s² + … by powers of s; what is None is zero."""
    first = objective.unravel(theta)
    return [first, *(_nothing(first) if p is None else objective.unravel(p) for p in series)]


def _nothing(model: Model) -> Model:
    """No change of a model, which costs its networks no products."""
    return Model(jax.tree.map(lambda _: None, model.network), jax.tree.map(jnp.zeros_like, model.fitted))


def on_curve(
    objective: "Objective", models: Sequence[Model], args: Arguments, at_point: Callable[..., Array]
) -> Float[Array, "orders rows"]:
    """What `at_point` says of every point along a curve of models."""
    numbers = objective.integrals(models, args)
    blocks = paired if len(models) == 1 else lambda batch: batch
    parts = [
        over_points(lambda at, g=group: at_point(g, models, numbers, args.constants, at), blocks(batch))
        for group, batch, _ in objective.each(args)
    ]
    return jnp.concatenate([jnp.moveaxis(part, 1, 0).reshape(len(models), -1) for part in parts], axis=1)


def with_slopes(
    objective: "Objective", theta: Float[Array, " n"], args: Arguments, at_point: Callable[..., Array]
) -> tuple[Float[Array, " rows"], Float[Array, "rows n"]]:
    """The rows of all points, and how they change with θ: directly, and through the integrals in them."""
    model = objective.unravel(theta)
    numbers = objective.integrals([model], args)
    through = numbers and jax.jacrev(lambda t: objective.integrals([objective.unravel(t)], args))(theta)
    values, matrices = [], []
    for group, batch, _ in objective.each(args):
        read = {name: numbers[name] for name in group.reads}

        def rows(model: Model, read: Numbers, at: Batch, group: Group = group) -> tuple[Array, Array]:
            found = at_point(group, model, read, at)
            return found, found

        both = jax.jacrev(rows, argnums=(0, 1), has_aux=True)
        (direct, by_number), value = over_points(lambda at: both(model, read, at), batch)  # noqa: B023
        matrix = _matrix(direct)
        for name in group.reads:
            matrix = matrix + by_number[name].reshape(-1, 1) * through[name]
        values.append(value.ravel())
        matrices.append(matrix)
    return jnp.concatenate(values), jnp.concatenate(matrices)


def _matrix(slopes: Model) -> Float[Array, "rows n"]:
    """Columns in the order of the flat vector; joined only here, since a sweep that writes whole rows is slow."""
    leaves = [leaf.reshape(*leaf.shape[:2], -1) for leaf in jax.tree.leaves(slopes)]
    joined = jnp.concatenate(leaves, axis=-1)
    return joined.reshape(-1, joined.shape[-1])
