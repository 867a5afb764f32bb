"""Domains, the places in them that terms speak of, and the trees that make a condition hold exactly.

Pure Python, so that `pinn check` knows faces, measures and corners without JAX.
"""

from pinn.geometry.agreement import Disagreement, disagreements
from pinn.geometry.conditions import Condition, fulfil, impossible, normal, on_piece
from pinn.geometry.curves import Arc, Ellipse, Segment
from pinn.geometry.domains import ALONE, UNKNOWN, Area, Ball, Box, Cloud, Domain, Gaussian, Interval, Shell, Solid
from pinn.geometry.pieces import Curve, Flat, Part, Piece, Scatter, Sphere
from pinn.geometry.probes import probes
from pinn.geometry.radial import surface
from pinn.geometry.regions import Entry, PlaceError, Region, boundary, interior, names, part, plane, point, where
from pinn.geometry.shapes import Combined, Oval, Polygon, Shape, crossing
from pinn.geometry.sheets import Sheet
from pinn.geometry.strips import Branch, Cell, Strip

__all__ = [
    "ALONE",
    "UNKNOWN",
    "Arc",
    "Area",
    "Ball",
    "Box",
    "Branch",
    "Cell",
    "Cloud",
    "Combined",
    "Condition",
    "Curve",
    "Disagreement",
    "Domain",
    "Ellipse",
    "Entry",
    "Flat",
    "Gaussian",
    "Interval",
    "Oval",
    "Part",
    "Piece",
    "PlaceError",
    "Polygon",
    "Region",
    "Scatter",
    "Segment",
    "Shape",
    "Sheet",
    "Shell",
    "Solid",
    "Sphere",
    "Strip",
    "boundary",
    "crossing",
    "disagreements",
    "fulfil",
    "impossible",
    "interior",
    "names",
    "normal",
    "on_piece",
    "part",
    "plane",
    "point",
    "probes",
    "surface",
    "where",
]
