"""Integrals need the measure of their region as a number; in many dimensions none can hold it."""

import math
import sys

from pinn.config.domain import is_whole
from pinn.config.findings import Findings, Path
from pinn.config.names import Names
from pinn.geometry import Cloud, Flat, Part, Region, Scatter


def demand_measure(region: Region, path: Path, names: Names, findings: Findings) -> None:
    """Refuse a region whose length, area or volume is too large or too small for a number."""
    domain = names.domain
    if isinstance(domain, Cloud):
        _doubt_weights(domain, region, path, findings)
    for piece in region.pieces if is_whole(domain) else ():
        if not sys.float_info.min < piece.measure(domain) < math.inf:
            exponent = piece.log_measure(domain) / math.log(10)
            message = f"the measure of {piece.name} is about 1e{exponent:+.0f}, which no number here can hold"
            hint = "an equation is a mean and needs no measure; or rescale the domain"
            findings.report(path, message, hint)
            return


def _doubt_weights(domain: Cloud, region: Region, path: Path, findings: Findings) -> None:
    """Say where the points of a cloud have no weights and no measure, so that an integral is a mean."""
    for piece in region.pieces:
        whole = piece.whole if isinstance(piece, Part) else piece
        is_inside = isinstance(whole, Flat) and not any(i < len(domain.own) for i, _ in whole.fixed)
        sheet = domain.inside if is_inside else whole.sheet if isinstance(whole, Scatter) else None
        within = isinstance(whole, Scatter) and whole.across is not None
        if sheet is not None and (within or not sheet.is_measured):
            message = f"nothing is known of the measure of {piece.name}, so that this is a mean over its points"
            findings.warn(path, message, None if within else "add a column 'weight', or say 'measure'")
            return
