"""Hard conditions: equations of the form `u = e` on planes, spheres or curves, to be built into the unknown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pinn import schema
from pinn.config.domain import is_whole
from pinn.config.findings import Findings, Path
from pinn.config.model import FittedParameter
from pinn.config.names import Names
from pinn.expressions import Expression, Unknown, algebra, tree
from pinn.geometry import (
    Box,
    Condition,
    Curve,
    Disagreement,
    Domain,
    Gaussian,
    Part,
    Piece,
    Region,
    Sphere,
    disagreements,
    impossible,
    normal,
)

SOFT = "use the soft form: drop 'hard: true'"


@dataclass(frozen=True)
class HardCondition:
    """`unknown = value` on some pieces, and where the config says so."""

    unknown: str
    conditions: tuple[Condition, ...]
    path: Path


def read(
    said: schema.Term, path: Path, region: Region | None, names: Names, findings: Findings
) -> Iterator[HardCondition]:
    """The conditions of a term with `hard: true`; what has no construction is refused."""
    for key in ("weight", "points", "sampling", "estimate"):
        if getattr(said, key) is not None:
            hint = "it holds exactly, everywhere on its region"
            findings.report((*path, key), f"a hard condition has no '{key}'", hint)
    if said.equation is None:
        findings.report((*path, "hard"), "only an equation can be hard", "drop 'hard: true'")
        return
    scope = replace(names.pointwise, has_normal=region is None or region.has_normal)
    for i, formula in enumerate(said.equation):
        here = findings.item((*path, "equation"), i)
        checked = findings.expression(here, formula, scope)
        if checked is None:
            continue
        found = _assigned(checked, here, findings)
        if found is not None and region is not None and _is_buildable(found[0], region, path, names, findings):
            pieces = [Condition(piece, _without_normal(found[1], piece, names.domain)) for piece in region.pieces]
            yield HardCondition(found[0], tuple(pieces), here)


def check_corners(hard: Sequence[HardCondition], names: Names, findings: Findings) -> None:
    """Where two hard conditions on one unknown meet, they must agree, whatever is fitted."""
    if not is_whole(names.domain):
        return
    for unknown in names.scope.unknowns:
        owners = {id(c): h for h in hard if h.unknown == unknown for c in h.conditions}
        conditions = [c for h in hard if h.unknown == unknown for c in h.conditions]
        reason = impossible(names.domain, unknown, conditions)
        if reason is not None:
            last = next(h for h in reversed(hard) if h.unknown == unknown)
            findings.report(last.path, reason, SOFT)
            continue
        found = {}
        for shift in (0.0, 0.1):
            for gap in disagreements(names.domain, conditions, _parameters(names, shift)):
                found.setdefault((id(gap.first), id(gap.second)), gap)
        for gap in found.values():
            path = owners[id(gap.second)].path
            hint = "make the data agree there, or drop 'hard: true' on one of them"
            findings.report(path, f"hard conditions on {unknown} disagree at {_described(gap, names)}", hint)


def _assigned(checked: Expression, path: Path, findings: Findings) -> tuple[str, Expression] | None:
    """The unknown and its value, where an equation has the form that can be built in."""
    match checked:
        case tree.Equation(left=Unknown(name=unknown), right=value) if not algebra.depends_on_unknown(value):
            if value.shape == ():
                return unknown, value
            findings.report(path, "the right side is a vector", f"{unknown} is a scalar")
        case tree.Equation(left=tree.Derivative()):
            findings.report(path, "a hard condition on a derivative is not built in this version", SOFT)
        case _:
            hint = f"the right side free of unknowns; else {SOFT}"
            findings.report(path, "a hard condition has the form 'u = expression'", hint)
    return None


def _is_buildable(unknown: str, region: Region, path: Path, names: Names, findings: Findings) -> bool:
    """Whether a condition can be built on every piece of the region: planes, spheres, curves of the boundary."""
    place = (*path, "on") if findings.written((*path, "on")) else path
    for piece in region.pieces:
        if isinstance(piece, Sphere) or (isinstance(piece, Curve) and not piece.inner):
            continue
        if isinstance(piece, Part):
            message = f"no hard condition on {unknown} on a part of {piece.name}"
            findings.report(place, message, f"hard conditions hold on whole pieces; {SOFT}")
            return False
        if isinstance(piece, Curve) or len(piece.fixed) != 1:
            flat = isinstance(names.domain, Box | Gaussian)
            there = f"planes such as {names.domain.coordinates[0]}=0" if flat else "the boundary"
            hint = f"hard conditions hold on {there}; {SOFT}"
            findings.report(place, f"no hard condition on {unknown} on {piece.name}", hint)
            return False
        if piece.fixed[0][0] in names.domain.periodic:
            hint = f"it would break the periodicity; {SOFT}"
            findings.report(place, f"no hard condition on {unknown} on {piece.name}", hint)
            return False
    return True


def _without_normal(value: Expression, piece: Piece, domain: Domain) -> Expression:
    """The value with the normal of its piece written in, since the unknown lives on the whole domain."""
    if isinstance(value, tree.Normal):
        return normal(domain, piece) or value
    return algebra.renewed(value, lambda part: _without_normal(part, piece, domain))


def _parameters(names: Names, shift: float) -> dict[str, float]:
    """Values of all single parameters, fitted ones at their start or a little away from it."""
    values = dict(names.scope.constants)
    for name, said in names.parameters.items():
        if isinstance(said, FittedParameter):
            values[name] = said.initial + shift * (abs(said.initial) or 1.0)
    return values


def _described(gap: Disagreement, names: Names) -> str:
    coordinates = names.domain.coordinates
    place = ", ".join(f"{coordinates[i]}={v:.6g}" for i, v in sorted(gap.point.items()))
    sides = ((gap.values[0], gap.first), (gap.values[1], gap.second))
    return f"{place}: " + ", ".join(f"{value:.6g} on {side.piece.name}" for value, side in sides)
