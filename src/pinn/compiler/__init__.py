"""Checked expressions over jets: which derivatives each unknown needs, and the values at a point."""

from pinn.compiler.costs import Cost, cost
from pinn.compiler.evaluate import Fields, Site, evaluate
from pinn.compiler.forms import cheapest
from pinn.compiler.nested import nested_value
from pinn.compiler.plan import HERE, Demand, Place, plan

__all__ = ["HERE", "Cost", "Demand", "Fields", "Place", "Site", "cheapest", "cost", "evaluate", "nested_value", "plan"]
