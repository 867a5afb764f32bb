"""Points in the pieces of a region, with their shares of its measure and normals. NumPy and SciPy, imported late."""

from pinn.sampling.conditions import lives
from pinn.sampling.extremes import BATCH, Extreme, largest
from pinn.sampling.points import counts, sample
from pinn.sampling.refinement import refined
from pinn.sampling.strays import strays
from pinn.sampling.vectors import generator, vectors
from pinn.sampling.wholes import Points

__all__ = [
    "BATCH", "Extreme", "Points", "counts", "generator", "largest", "lives", "refined", "sample", "strays", "vectors",
]  # fmt: skip
