"""The language of formulas: text → tokens → syntax → checked tree, and what can be asked of the tree."""

from pinn.expressions.calls import described
from pinn.expressions.functions import FUNCTIONS, RESERVED
from pinn.expressions.matrices import flat
from pinn.expressions.mistakes import ExpressionError, Mistake
from pinn.expressions.numeric import NotNumeric, constant, evaluate
from pinn.expressions.operators import Operator
from pinn.expressions.parser import parse
from pinn.expressions.printing import show
from pinn.expressions.reading import check, check_condition, check_equation, check_inequality, check_value
from pinn.expressions.scope import Scope
from pinn.expressions.surfaces import Surface
from pinn.expressions.tree import (
    ONE,
    ZERO,
    Constant,
    Coordinate,
    Coordinates,
    Derivative,
    Equation,
    Expression,
    Initial,
    Known,
    Parameter,
    Raw,
    Unknown,
)

__all__ = [
    "FUNCTIONS",
    "ONE",
    "RESERVED",
    "ZERO",
    "Constant",
    "Coordinate",
    "Coordinates",
    "Derivative",
    "Equation",
    "Expression",
    "ExpressionError",
    "Initial",
    "Known",
    "Mistake",
    "NotNumeric",
    "Operator",
    "Parameter",
    "Raw",
    "Scope",
    "Surface",
    "Unknown",
    "check",
    "check_condition",
    "check_equation",
    "check_inequality",
    "check_value",
    "constant",
    "described",
    "evaluate",
    "flat",
    "parse",
    "show",
]
