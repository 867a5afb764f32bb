"""Domains, the places in them that terms speak of, and the trees that make a condition hold exactly.

Pure Python, so that `pinn check` knows faces, measures and corners without JAX.
"""

from pinn.geometry.agreement import Disagreement, creases, disagreements, slope_gap
from pinn.geometry.bodies import Body, Compound, Member, Simple
from pinn.geometry.boxes import ALONE, UNKNOWN, Box, Gaussian, Interval
from pinn.geometry.conditions import Condition, along_normal, fulfil, impossible, normal, on_piece
from pinn.geometry.curves import Arc, Ellipse, Segment, Vector
from pinn.geometry.domains import Domain
from pinn.geometry.faces import hidden, patches
from pinn.geometry.formulas import condition
from pinn.geometry.outlines import drawn
from pinn.geometry.pieces import Curve, Flat, Part, Piece, Scatter, Sphere, Trimmed
from pinn.geometry.places import Entry, PlaceError, Region
from pinn.geometry.probes import probes
from pinn.geometry.radial import surface
from pinn.geometry.regions import boundary, interior, names, part, plane, point, where
from pinn.geometry.rims import RADIAL, Rim, Rings, rims, rings
from pinn.geometry.shapes import Combined, Oval, Polygon, Shape, crossing
from pinn.geometry.sheets import Sheet
from pinn.geometry.solids import Area, Ball, Cloud, Shell, Solid
from pinn.geometry.spread import holds, is_inside, spread
from pinn.geometry.strips import Branch, Cell, Strip
from pinn.geometry.trimming import apart

__all__ = [
    "ALONE",
    "RADIAL",
    "UNKNOWN",
    "Arc",
    "Area",
    "Ball",
    "Body",
    "Box",
    "Branch",
    "Cell",
    "Cloud",
    "Combined",
    "Compound",
    "Condition",
    "Curve",
    "Disagreement",
    "Domain",
    "Ellipse",
    "Entry",
    "Flat",
    "Gaussian",
    "Interval",
    "Member",
    "Oval",
    "Part",
    "Piece",
    "PlaceError",
    "Polygon",
    "Region",
    "Rim",
    "Rings",
    "Scatter",
    "Segment",
    "Shape",
    "Sheet",
    "Shell",
    "Simple",
    "Solid",
    "Sphere",
    "Strip",
    "Trimmed",
    "Vector",
    "along_normal",
    "apart",
    "boundary",
    "condition",
    "creases",
    "crossing",
    "disagreements",
    "drawn",
    "fulfil",
    "hidden",
    "holds",
    "impossible",
    "interior",
    "is_inside",
    "names",
    "normal",
    "on_piece",
    "part",
    "patches",
    "plane",
    "point",
    "probes",
    "rims",
    "rings",
    "slope_gap",
    "spread",
    "surface",
    "where",
]
