"""Jets: derivatives in the coordinates and along curves of parameters, by one algebra."""

from pinn.jets.bessel import bessel
from pinn.jets.coordinates import coordinates
from pinn.jets.functions import FUNCTIONS, maximum, minimum, power
from pinn.jets.gradients import before_gradient, gradient
from pinn.jets.jet import Jet, constant, from_series, jet, linear
from pinn.jets.joined import concatenate, stack, where
from pinn.jets.space import Space

__all__ = [
    "FUNCTIONS",
    "Jet",
    "Space",
    "before_gradient",
    "bessel",
    "concatenate",
    "constant",
    "coordinates",
    "from_series",
    "gradient",
    "jet",
    "linear",
    "maximum",
    "minimum",
    "power",
    "stack",
    "where",
]
