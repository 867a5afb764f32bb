"""Integrals need the measure of their region as a number; in many dimensions none can hold it."""

import math
import sys

from pinn.config.domain import is_whole
from pinn.config.findings import Findings, Path
from pinn.config.names import Names
from pinn.geometry import Region


def demand_measure(region: Region, path: Path, names: Names, findings: Findings) -> None:
    """Refuse a region whose length, area or volume is too large or too small for a number."""
    domain = names.domain
    for piece in region.pieces if is_whole(domain) else ():
        if not sys.float_info.min < piece.measure(domain) < math.inf:
            exponent = piece.log_measure(domain) / math.log(10)
            message = f"the measure of {piece.name} is about 1e{exponent:+.0f}, which no number here can hold"
            hint = "an equation is a mean and needs no measure; or rescale the domain"
            findings.report(path, message, hint)
            return
