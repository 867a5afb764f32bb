"""Domains, the places in them that terms speak of, and the trees that make a condition hold exactly.

Pure Python, so that `pinn check` knows faces, measures and corners without JAX.
"""

from pinn.geometry.conditions import Condition, Disagreement, disagreements, fulfil, normal, on_piece, too_many
from pinn.geometry.domains import Ball, Box, Domain, Gaussian, Interval, reach
from pinn.geometry.regions import Entry, Flat, Piece, PlaceError, Region, Sphere, boundary, interior, plane, point

__all__ = [
    "Ball",
    "Box",
    "Condition",
    "Disagreement",
    "Domain",
    "Entry",
    "Flat",
    "Gaussian",
    "Interval",
    "Piece",
    "PlaceError",
    "Region",
    "Sphere",
    "boundary",
    "disagreements",
    "fulfil",
    "interior",
    "normal",
    "on_piece",
    "plane",
    "point",
    "reach",
    "too_many",
]
