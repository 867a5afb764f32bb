"""The loss as a function of one flat vector: a number, its terms, and, for sums of squares, residuals and their rows.

Points, weights and data are arguments, never constants of the compiled program.
"""

from pinn.objectives.curvature import Curvature
from pinn.objectives.loss import Objective, TermValue
from pinn.objectives.residuals import Residuals
from pinn.objectives.rows import split

__all__ = ["Curvature", "Objective", "Residuals", "TermValue", "split"]
