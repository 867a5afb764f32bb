"""Checked expressions over jets: which derivatives each unknown needs, and the values at a point."""

from pinn.compiler.costs import Cost, coefficients, cost, within
from pinn.compiler.evaluate import Fields, Leaves, evaluate, given, leaves
from pinn.compiler.forms import cheapest
from pinn.compiler.nested import nested_value
from pinn.compiler.plan import HERE, Demand, Place, plan
from pinn.compiler.site import Embedded, Given, Site

__all__ = [
    "HERE",
    "Cost",
    "Demand",
    "Embedded",
    "Fields",
    "Given",
    "Leaves",
    "Place",
    "Site",
    "cheapest",
    "coefficients",
    "cost",
    "evaluate",
    "given",
    "leaves",
    "nested_value",
    "plan",
    "within",
]
