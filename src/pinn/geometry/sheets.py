"""Points that are given, as a mesher writes them: columns of coordinates with shares of a measure and normals."""

import hashlib
import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sheet:
    """The points inside a cloud, or of one part of its boundary; equal digests are equal numbers."""

    name: str
    digest: str
    measure: float
    """Their volume, area or length; 1 where nothing is said of it."""
    is_measured: bool
    """Whether the measure was said, or follows from weights."""
    held_out: float
    """Which share of the points training leaves out."""
    columns: "tuple[array[float], ...]" = field(compare=False, repr=False)
    """One for each coordinate of space."""
    shares: "array[float]" = field(compare=False, repr=False)
    """Of the measure; they add up to one."""
    normals: "tuple[array[float], ...] | None" = field(compare=False, repr=False)
    """Outward unit normals, a column for each coordinate of space."""

    @classmethod
    def of(
        cls,
        name: str,
        columns: Sequence[Sequence[float]],
        weights: Sequence[float] | None,
        normals: Sequence[Sequence[float]] | None,
        measure: float | None,
        held_out: float,
    ) -> "Sheet":
        """Points with their weights, which are all equal where none are given."""
        count = len(columns[0])
        total = math.fsum(weights) if weights is not None else 1.0
        shares = array("d", [w / total for w in weights] if weights is not None else [1.0 / count] * count)
        size = measure if measure is not None else total
        places = tuple(array("d", column) for column in columns)
        outward = None if normals is None else tuple(array("d", column) for column in normals)
        mark = hashlib.sha256(b"".join(part.tobytes() for part in (*places, shares, *(outward or ()))))
        known = measure is not None or weights is not None
        return cls(name, mark.hexdigest(), size, known, held_out, places, shares, outward)

    def __len__(self) -> int:
        return len(self.shares)

    @property
    def left(self) -> int:
        """How many points training leaves out."""
        return int(self.held_out * len(self))

    def on_plane(self, index: int, value: float, slack: float) -> tuple[int, ...]:
        """The points at which a coordinate has a value, up to rounding."""
        return tuple(i for i, x in enumerate(self.columns[index]) if abs(x - value) <= slack)
