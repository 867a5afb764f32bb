"""What the terms of a group read at one point, as one vector w: the network's jets, and the fitted parameters.

An integrand is a function e(w) that is known in closed form, so that its second derivative is that of a small
expression; how w depends on what is trained is all that is left to the network.
"""

from collections.abc import Callable, Sequence

import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from pinn import compiler
from pinn.compiler import Leaves, Site
from pinn.config import Config
from pinn.fields import Constants, FieldsOf, Model
from pinn.problems import Group


def series(
    config: Config, group: Group, site: Site, models: Sequence[Model], constants: Constants
) -> Float[Array, "orders features"]:
    """The Taylor coefficients of w along a curve of models."""
    found = compiler.leaves(group.demand, FieldsOf.of(config, models, constants), site)
    powers = [
        (tuple({name: jet.power(k) for name, jet in part.items()} for part in found), model.fitted)
        for k, model in enumerate(models)
    ]
    return jnp.stack([ravel_pytree(power)[0] for power in powers])


def reader(
    config: Config, group: Group, site: Site, model: Model, constants: Constants
) -> tuple[Float[Array, " features"], Callable[[Float[Array, " features"]], tuple[Leaves, Model]]]:
    """w, and the function that gives a vector like it back as jets and model."""
    found = compiler.leaves(group.demand, FieldsOf.of(config, [model], constants), site)
    flat, unravel = ravel_pytree((found, model.fitted))

    def back(w: Float[Array, " features"]) -> tuple[Leaves, Model]:
        jets, fitted = unravel(w)
        return jets, Model(model.network, fitted)

    return flat, back


def positive_root(matrix: Float[Array, "n n"]) -> Float[Array, "n n"]:
    """The symmetric root of the part of a symmetric matrix that has positive eigenvalues."""
    values, vectors = jnp.linalg.eigh(matrix)
    return (vectors * jnp.sqrt(jnp.maximum(values, 0))) @ vectors.T
