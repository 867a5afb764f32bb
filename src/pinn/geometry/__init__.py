"""Domains, the places in them that terms speak of, and the trees that make a condition hold exactly.

Pure Python, so that `pinn check` knows faces, measures and corners without JAX.
"""

from pinn.geometry.conditions import Condition, Disagreement, disagreements, fulfil
from pinn.geometry.domains import Box, Domain, Gaussian, Interval
from pinn.geometry.regions import Entry, Piece, PlaceError, Region, boundary, interior, plane, point

__all__ = [
    "Box",
    "Condition",
    "Disagreement",
    "Domain",
    "Entry",
    "Gaussian",
    "Interval",
    "Piece",
    "PlaceError",
    "Region",
    "boundary",
    "disagreements",
    "fulfil",
    "interior",
    "plane",
    "point",
]
