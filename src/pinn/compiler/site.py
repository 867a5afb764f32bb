"""A point at which expressions are evaluated, and what is known there before anything is trained."""

from collections.abc import Hashable
from dataclasses import dataclass

import equinox as eqx
from jaxtyping import Array, Float

from pinn.jets import Jet


class Embedded(eqx.Module):
    """What a network reads of a point, as a jet on the space that a demand has there."""

    embedding: Hashable = eqx.field(static=True)
    jet: Jet


class Given(eqx.Module):
    """What is known at a point before anything is trained, as a demand asks for it."""

    expressions: tuple[Jet, ...]
    embedded: tuple[tuple[Embedded, ...], ...]
    """For each place at which the network is evaluated."""


@dataclass(frozen=True)
class Site:
    """A point of a region: coordinates and, on a boundary, the outward normal over the spatial ones.

    `drawn` are the random vectors that estimated operators differentiate along.
    """

    point: Float[Array, " dim"]
    normal: Float[Array, " spatial"] | None = None
    drawn: Float[Array, "vectors dim"] | None = None
    initial: tuple[Float[Array, "unknowns coefficients"], ...] = ()
    """The unknowns at the beginning of a slab of time, on the spaces that a demand has for them."""
    given: Given | None = None
    """What is known here; without it that is worked out where it is read."""
