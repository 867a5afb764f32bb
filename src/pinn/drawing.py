"""What `sampling` may say: how points are chosen, and where there are more of them."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from pinn.section import Count, Formula, Many, Name, Section, as_whole

TENSOR = ("grid", "gauss")
"""Kinds of sampling that are products of lines: their points do not depend on the seed."""


class Cluster(Section):
    """More points near planes: a share of them is mapped towards each by a sinh; weights make up for the density."""

    at: Many[Formula]
    """Where the planes are, a constant expression or a list of them; 0, the distance, of an edge."""
    width: Formula
    """How close to its plane the density is largest; farther away it falls like one over the distance."""
    share: Formula = 0.5
    """Which share of the points is mapped; the others stay evenly spread."""


class Refine(Section):
    """Draw points where the residual r is large (RAD): with a chance like |r|^power/mean(|r|^power) + even."""

    power: Annotated[float, Field(gt=0)] = 1.0
    """How strongly the points follow the residual."""
    even: Annotated[float, Field(gt=0)] = 1.0
    """How strongly they are spread evenly; the larger, the more."""
    pool: Annotated[int, Field(ge=2), BeforeValidator(as_whole)] = 10
    """How many times as many candidates there are as points."""


class Sampling(Section):
    """How points are chosen."""

    kind: Literal["random", "grid", "sobol", "halton", "lhs", "gauss"]
    """`grid` has midpoints, `lhs` is a Latin hypercube, `gauss` the Gauss rule of the domain."""
    points: Count | Annotated[list[Count], Field(min_length=1)] = 2048
    """How many points inside the domain; a list gives the number along each coordinate (grid, gauss).

    Left out, 1024 for one coordinate, 256 for slabs of it.
    """
    cluster: Annotated[dict[Name, Cluster], Field(min_length=1)] | None = None
    """Coordinates of a box, or beside a shape, along which training points are drawn together; or round edges."""
    redraw_every: Count | None = None
    """Draw these points afresh after so many steps, counted over all stages; left out, they stay."""
    refine: Refine | None = None
    """Draw them where the residual is large; the weights make up for it. Needs `redraw_every`."""
