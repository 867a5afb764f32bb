"""What names mean where an expression stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pinn.errors import nearest
from pinn.expressions import algebra
from pinn.expressions.axes import axes
from pinn.expressions.functions import FUNCTIONS
from pinn.expressions.surfaces import Surface
from pinn.expressions.tree import Constant, Coordinate, Coordinates, Expression, Normal, Parameter, Shape, Span, Unknown

PI = 3.141592653589793
_FEW = 12
"""Up to so many names are listed when one is not known."""


TIME = "t"
NO_TIME = (
    "the domain has no time: add 't: [0, 1]' to its bounds and 'time: t' beside them, "
    "or 'time: {t: [0, 1]}' to one without bounds"
)
"""What to do about a t that is nowhere."""


@dataclass(frozen=True)
class Scope:
    """The names of a config that one of its expressions may use."""

    coordinates: tuple[str, ...] = ()
    """In the domain's order; a coordinate's place is its index. Those of a vector x are `x[0]`, `x[1]`, …."""
    vectors: Mapping[str, range] = field(default_factory=dict)
    """The places of each coordinate vector's components."""
    spatial: tuple[int, ...] = ()
    """Indices of the coordinates that `grad`, `div`, `curl`, `laplacian` and `n` speak of."""
    unknowns: tuple[str, ...] = ()
    parameters: Mapping[str, Shape] = field(default_factory=dict)
    """Named numbers and vectors that stay arguments of the compiled program."""
    constants: Mapping[str, float] = field(default_factory=dict)
    """Values of the fixed scalar parameters, written in only where a number is needed: exponent, index, order."""
    directions: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    definitions: Mapping[str, Expression] = field(default_factory=dict)
    exact: Mapping[str, Expression] = field(default_factory=dict)
    has_normal: bool = False
    """Whether `n` has a meaning: the expression stands on a boundary or a plane."""
    has_functionals: bool = False
    """Whether numbers of a whole region may stand here, such as `integral(…)`: it is asked once for all points."""
    time: str | None = None
    time_undecided: bool = False
    """A coordinate is called t and nothing says whether it is time."""
    surface: Surface | None = None
    """The sphere on which all functions live, if they live on one."""
    forbidden: Mapping[str, str] = field(default_factory=dict)
    """Names that exist but may not stand here, with the reason."""

    @property
    def axes(self) -> dict[str, range]:
        """The names of coordinates and of coordinate vectors, with the places that they stand for."""
        return axes(self.coordinates, self.vectors)

    def names(self) -> tuple[str, ...]:
        """Every name that can stand for a value."""
        tables = (self.axes, self.unknowns, self.parameters, self.constants, self.definitions)
        names = dict.fromkeys(name for table in tables for name in table)
        names.update(dict.fromkeys(self.directions))
        return (*names, *(("n",) if self.has_normal or self.surface is not None else ()), "pi")

    def resolve(self, name: str, span: Span) -> Expression | None:
        """What a whole name stands for, or None."""
        if self.surface is not None and name in self.surface.coordinates:
            return algebra.placed(self.surface.coordinates[name], span)
        if name in self.coordinates:
            return Coordinate(name, self.coordinates.index(name), span=span)
        if name in self.vectors:
            places = self.vectors[name]
            return Coordinates(name, places.start, shape=(len(places),), span=span)
        if name in self.unknowns:
            return Unknown(name, span=span)
        if name in self.parameters or name in self.constants:
            return Parameter(name, shape=self.parameters.get(name, ()), span=span)
        if name in self.definitions:
            return algebra.placed(self.definitions[name], span)
        if name in self.directions:
            return algebra.stack(tuple(Constant(part, span=span) for part in self.directions[name]), span)
        if name == "pi":
            return Constant(PI, span=span)
        if name == "n" and self.surface is not None:
            return algebra.placed(self.surface.normal, span)
        if name == "n" and self.has_normal:
            return Normal(shape=(len(self.spatial),), span=span)
        return None

    @property
    def lacks_time(self) -> bool:
        """Whether there are coordinates, and none of them is time or called so."""
        return bool(self.axes) and self.time is None and TIME not in self.names()

    def hint(self, name: str) -> str | None:
        """What an unknown name was probably meant to be, or the names that there are."""
        names = self.names()
        if self.lacks_time and name == TIME:
            return NO_TIME
        if derivative := self._derivative(name):
            return f"write {derivative}"
        near = nearest(name, (*names, *FUNCTIONS))
        if near is not None:
            return f"did you mean '{near}'?"
        return f"the names are {', '.join(names)}" if len(names) <= _FEW else None

    def _derivative(self, name: str) -> str | None:
        """The derivative that `uxx` means, or `du`, `dx` and `dudx` of a quotient."""
        steps = (*self.axes, "n")
        for unknown in self.unknowns:
            rest = name.removeprefix(unknown)
            if rest not in ("", name) and set(rest) <= set(self.coordinates):
                return f"{unknown}_{rest}"
            quotient = {f"d{unknown}": steps[0], **{f"d{unknown}d{step}": step for step in steps}}
            quotient |= {f"d{step}": step for step in steps}
            if name in quotient:
                return f"d({unknown}, {quotient[name]})"
        return None
