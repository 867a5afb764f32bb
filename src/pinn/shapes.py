"""What `domain` may say: boxes, balls, spheres, shapes of the plane, points of a mesher, the whole space."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from pinn.section import Count, Formula, Many, Name, Pair, Section, one_or_many


class Vector(Section):
    """A vector of `dim` coordinates that share one interval."""

    dim: Count
    """How many components there are."""
    range: Pair
    """Lower and upper end of every component."""


Axes = Annotated[list[Name], Field(min_length=1)] | Annotated[dict[Name, Count], Field(min_length=1)]
"""Names of coordinates, or of vectors with their number of components."""


class Box(Section):
    """A product of intervals, one for each coordinate."""

    kind: Literal["box"]
    bounds: dict[Name, Pair | Vector] = Field(min_length=1)
    """Lower and upper end of each coordinate, as constant expressions; `{dim, range}` makes it a vector."""
    time: Name | None = None
    """The coordinate that is time: `boundary`, `laplacian`, `grad`, `div` and `n` leave it out."""
    family: list[Name] = []
    """Coordinates that number a family of problems; spatial operators leave them out. A vector counts whole."""
    periodic: list[Name] = []
    """Coordinates whose two ends are one; exact, through the network's inputs."""
    name: Name | None = None
    """Where it is a part of another shape: what is left of its boundary is the region of this name."""


class Line(Section):
    """An interval: a box with one coordinate."""

    kind: Literal["line"]
    coordinates: Annotated[list[Name], Field(min_length=1, max_length=1), BeforeValidator(one_or_many)] = ["x"]
    """The name of the coordinate."""
    range: Pair
    """Lower and upper end."""
    time: Annotated[dict[Name, Pair], Field(min_length=1, max_length=1)] | None = None
    """The name of the time and its first and last value, as in `{t: [0, 1]}`."""
    periodic: bool = False
    """Whether the two ends are one."""


class Gaussian(Section):
    """The whole space with the density of a normal distribution as its measure."""

    kind: Literal["gaussian"]
    coordinates: Axes
    """Their names; `{x: 100}` is a vector of that many components."""
    mean: Formula | list[Formula] = 0.0
    """Centre, one number for all coordinates or a list."""
    scale: Formula | list[Formula] = 1.0
    """Standard deviation, one number for all coordinates or a list."""


class Timed(Section):
    """A shape, at one time or at all times of an interval."""

    name: Name | None = None
    """Its boundary, or what is left of it where shapes are combined, is the region of this name."""
    time: Annotated[dict[Name, Pair], Field(min_length=1, max_length=1)] | None = None
    """The name of the time and its first and last value, as in `{t: [0, 1]}`; at the outermost shape alone."""


class Ball(Timed):
    """All points within a distance of a center, in any number of dimensions."""

    kind: Literal["ball"]
    coordinates: Axes
    """Their names; `{x: 100}` is a vector of that many components."""
    center: Formula | list[Formula] = 0.0
    """One number for all coordinates or a list."""
    radius: Formula = 1.0
    """Distance of the boundary from the center."""


class Sphere(Section):
    """The surface of a ball: all points at one distance from a center, in any number of dimensions from 2 on.

    `grad`, `div` and `laplacian` are those of the surface. It has no boundary; `n` is its outward normal.
    """

    kind: Literal["sphere"]
    coordinates: Axes
    """Those of the space around it; `{x: 100}` is a vector of that many components."""
    center: Formula | list[Formula] = 0.0
    """One number for all coordinates or a list."""
    radius: Formula = 1.0
    """Distance from the center."""
    time: Annotated[dict[Name, Pair], Field(min_length=1, max_length=1)] | None = None
    """The name of the time and its first and last value, as in `{t: [0, 1]}`."""


class Plane(Timed):
    """A shape of the plane."""

    coordinates: Annotated[list[Name], Field(min_length=2, max_length=2)] | None = None
    """Default x and y; of a shape inside another, those of the other."""


class Disk(Plane):
    """All points of the plane within a distance of a center."""

    kind: Literal["disk"]
    center: Formula | list[Formula] = 0.0
    """One number for both coordinates or a list."""
    radius: Formula = 1.0
    """Distance of the boundary from the center."""


class Ellipse(Plane):
    """An ellipse with axes along the coordinates."""

    kind: Literal["ellipse"]
    center: Formula | list[Formula] = 0.0
    """One number for both coordinates or a list."""
    radii: Pair
    """Half the length of the axis along each coordinate."""


class Annulus(Timed):
    """What lies between two circles or spheres with one center; they are the regions `inner` and `outer`."""

    kind: Literal["annulus"]
    coordinates: Axes | None = None
    """Default x and y; of a shape inside another, those of the other. `{x: 10}` is a vector of that many components."""
    center: Formula | list[Formula] = 0.0
    """One number for all coordinates or a list."""
    inner: Formula
    """The smaller radius."""
    outer: Formula
    """The larger radius."""


class Polygon(Plane):
    """A polygon; its edges are the regions `edge_1`, from the first vertex to the second, and so on."""

    kind: Literal["polygon"]
    vertices: list[Pair] = Field(min_length=3)
    """In one order or the other; the last is joined to the first."""


class Combination(Timed):
    """A shape that is put together; all parts have the same coordinates."""

    coordinates: Annotated[list[Name], Field(min_length=1)] | None = None
    """Default those of the parts."""


class Union(Combination):
    """All shapes together."""

    kind: Literal["union"]
    of: "list[Shape]" = Field(min_length=2)
    """Boxes and shapes of the plane; in space boxes, balls and products."""


class Intersection(Combination):
    """What the shapes have in common."""

    kind: Literal["intersection"]
    of: "list[Shape]" = Field(min_length=2)
    """Boxes and shapes of the plane; in space boxes, balls and products."""


class Difference(Combination):
    """A shape without others."""

    kind: Literal["difference"]
    of: "Shape"
    """A box or a shape of the plane; in space a box, a ball or a product."""
    minus: "Many[Shape]"
    """A shape, or a list of them."""


class Patch(Section):
    """The points of one part of a boundary."""

    file: str
    """CSV or NPZ, with the same columns as the points inside; relative to the config file."""
    measure: Formula | None = None
    """Its length or area, where the file has no weights."""


class Cloud(Section):
    """A shape that is known by points alone, those that a mesher has put inside and on parts of its boundary.

    Beside the coordinates, columns called `weight` hold quadrature weights, `n_x`, `n_y`, … outward normals, and `part`
    numbers that tell the parts of a boundary in the same file.
    """

    kind: Literal["points"]
    file: str
    """CSV or NPZ with a column for every coordinate; relative to the config file."""
    coordinates: list[Name] = Field(min_length=1)
    """Their names; so the columns are called."""
    boundary: dict[Name, str | int | Patch] = {}
    """The parts of the boundary: a file for each, or its number in the column `part`."""
    columns: dict[str, Name] = {}
    """Column name → what it holds (a coordinate, `weight`, `n_x`, `part`), where they differ; in all of the files."""
    measure: Formula | None = None
    """Length, area or volume inside, where there are no weights."""
    held_out: Annotated[float, Field(ge=0, le=0.9)] = 0.2
    """Which share of the points, picked at random, training leaves to validation and `eval`."""
    time: Annotated[dict[Name, Pair], Field(min_length=1, max_length=1)] | None = None
    """The name of the time and its first and last value, as in `{t: [0, 1]}`."""


class Product(Section):
    """A shape times boxes: a cylinder, a channel, a shape for a family of values, all at once or at all times."""

    kind: Literal["product"]
    of: "list[Factor]" = Field(min_length=2)
    """Boxes and lines, and one other shape at most; no two with the same coordinates."""
    name: Name | None = None
    """Where it is a part of another shape: what is left of its boundary is the region of this name."""
    time: Annotated[dict[Name, Pair], Field(min_length=1, max_length=1)] | None = None
    """The name of the time and its first and last value, as in `{t: [0, 1]}`."""


Shape = Annotated[
    Box | Line | Ball | Disk | Ellipse | Annulus | Polygon | Union | Intersection | Difference | Product,
    Field(discriminator="kind"),
]
"""What can be a part of another shape."""

Factor = Annotated[
    Box | Line | Ball | Sphere | Disk | Ellipse | Annulus | Polygon | Union | Intersection | Difference | Cloud,
    Field(discriminator="kind"),
]
"""What can be multiplied."""

Domain = Annotated[
    Box
    | Line
    | Ball
    | Sphere
    | Disk
    | Ellipse
    | Annulus
    | Polygon
    | Union
    | Intersection
    | Difference
    | Product
    | Gaussian
    | Cloud,
    Field(discriminator="kind"),
]

for _section in (Union, Intersection, Difference, Product):  # so that their fields know what they refer to
    _section.model_rebuild()
