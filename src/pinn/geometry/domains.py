"""Where the unknowns live."""

from pinn.geometry.bodies import Body
from pinn.geometry.boxes import Box, Gaussian
from pinn.geometry.solids import Area, Ball, Cloud, Shell

Domain = Box | Gaussian | Ball | Area | Body | Cloud | Shell
