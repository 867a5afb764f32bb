"""Hard conditions: `u = e` on planes, spheres or curves, and `u_x = e` across planes, to be built into the unknown."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pinn import schema
from pinn.config import places
from pinn.config.domain import is_whole
from pinn.config.findings import Findings, Path
from pinn.config.model import FittedParameter
from pinn.config.names import Names
from pinn.expressions import Constant, Expression, Operator, Scope, Unknown, algebra, check_value, show, tree
from pinn.expressions.operators import Factor
from pinn.geometry import (
    Box,
    Cloud,
    Condition,
    Curve,
    Disagreement,
    Domain,
    Flat,
    Gaussian,
    Part,
    Piece,
    Region,
    Scatter,
    Shell,
    Solid,
    Sphere,
    Trimmed,
    creases,
    disagreements,
    impossible,
    normal,
)

SOFT = "use the soft form: drop 'hard: true'"
SEPARATELY = "ask for it in a term of its own, without 'hard: true'"
FORM = "a hard condition has the form 'u = expression', or 'u_t = expression' on t=0"
HINT = f"the right side free of unknowns; else {SOFT}"


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
    for key in ("weight", "scale", "points", "sampling", "estimate"):
        if getattr(said, key) is not None:
            hint = "it holds exactly, everywhere on its region"
            findings.report((*path, key), f"a hard condition has no '{key}'", hint)
    if said.equation is None:
        findings.report((*path, "hard"), "only an equation can be hard", "drop 'hard: true'")
        return
    scope = places.on(region, names.pointwise, names.domain)
    for i, formula in enumerate(said.equation):
        here = findings.item((*path, "equation"), i)
        checked = findings.expression(here, formula, scope)
        if checked is None:
            continue
        if region is not None and isinstance(checked, tree.Equation):
            for part in _components(checked):
                yield from _conditions(part, region, here, path, names, scope, findings)
        elif region is not None:
            findings.report(here, FORM, HINT)


def _components(said: tree.Equation) -> Iterator[tree.Equation]:
    """The equations of single numbers that one of vectors stands for; a number on one side goes with all of them."""
    if not said.left.shape:
        yield said
        return
    left, right = algebra.components(said.left), algebra.components(said.right)
    for one, other in zip(left, right if said.right.shape else right * len(left), strict=True):
        yield tree.Equation(one, other, span=said.span)


def _conditions(
    said: tree.Equation, region: Region, here: Path, path: Path, names: Names, scope: Scope, findings: Findings
) -> Iterator[HardCondition]:
    """What an equation wants on each piece of a region, or nothing where it has no form that can be built in."""
    if algebra.depends_on_unknown(said.right) or not any(isinstance(node, Unknown) for node in tree.walk(said.left)):
        findings.report(here, FORM, HINT)
        return
    found: list[tuple[str, Condition]] = []
    along_normal = _along_normal(said.left, scope)
    for piece in region.pieces:
        left, value = (without_normal(side, piece, names.domain) for side in (said.left, said.right))
        if along_normal is not None and _is_curved(piece):
            found.append((along_normal, Condition(piece, value, 1)))
            continue
        subject = _subject(left)
        if subject is None and _is_curved(piece) and _has_no_value(left):
            message = f"no hard condition on a derivative on {piece.name}"
            findings.report(here, message, f"there only values and d(u, n) can be built in; {SEPARATELY}")
            return
        if subject is None:
            findings.report(here, FORM, HINT)
            return
        if value.shape:
            findings.report(here, "the right side is a vector", f"{subject.unknown} is a scalar")
            return
        if not _is_buildable(subject.unknown, piece, path, names, findings):
            return
        condition = Condition(piece, algebra.multiply(Constant(1.0 / subject.factor), value), len(subject.indices))
        if any(index not in condition.places for index in subject.indices):
            message = f"no hard condition on this derivative on {piece.name}"
            hint = "only derivatives across a plane can be built in, such as u_t on t=0"
            findings.report(here, message, f"{hint}; {SEPARATELY}")
            return
        found.append((subject.unknown, condition))
    for unknown in dict.fromkeys(unknown for unknown, _ in found):
        yield HardCondition(unknown, tuple(c for own, c in found if own == unknown), here)


@dataclass(frozen=True)
class _Subject:
    """factor · ∂/∂x_i ∂/∂x_j … of an unknown."""

    factor: float
    unknown: str
    indices: tuple[Factor, ...] = ()


def _subject(left: Expression) -> _Subject | None:
    """What the left side of a hard condition is about, if it is one derivative of one unknown."""
    match left:
        case Unknown(name=name):
            return _Subject(1.0, name)
        case tree.Derivative(operand=Unknown(name=name), operator=Operator(terms=((indices, factor),))):
            return _Subject(factor, name, indices)
        case tree.Multiply(left=Constant(value=factor), right=right) if (found := _subject(right)) and factor:
            return replace(found, factor=factor * found.factor)
        case _:
            return None


def _along_normal(left: Expression, scope: Scope) -> str | None:
    """The unknown whose slope along the outward normal is meant, or None."""
    for unknown in scope.unknowns if any(isinstance(node, tree.Normal) for node in tree.walk(left)) else ():
        if left in (check_value(f"d({unknown}, n)", scope), check_value(f"dot(grad({unknown}), n)", scope)):
            return unknown
    return None


def _has_no_value(left: Expression) -> bool:
    """Whether unknowns stand in derivatives alone."""
    if isinstance(left, Unknown):
        return False
    return isinstance(left, tree.Derivative | tree.Gradient) or all(map(_has_no_value, tree.children(left)))


def check_corners(hard: Sequence[HardCondition], names: Names, findings: Findings) -> None:
    """Where two hard conditions on one unknown meet, they must agree, whatever is fitted."""
    if not is_whole(names.domain):
        return
    for unknown in names.scope.unknowns:
        owners = {id(c): h for h in hard if h.unknown == unknown for c in h.conditions}
        conditions = [c for h in hard if h.unknown == unknown for c in h.conditions]
        if _lacks_values(unknown, conditions, owners, names, findings):
            continue
        reason = impossible(names.domain, unknown, conditions)
        if reason is not None:
            last = next(h for h in reversed(hard) if h.unknown == unknown)
            findings.report(last.path, reason, SOFT)
            continue
        found = {}
        for shift in (0.0, 0.1):
            for gap in disagreements(names.domain, conditions, numbers_of(names, shift)):
                found.setdefault((id(gap.first), id(gap.second)), gap)
        gaps: dict[tuple[Path, Path], list[Disagreement]] = {}
        for gap in found.values():
            gaps.setdefault((owners[id(gap.first)].path, owners[id(gap.second)].path), []).append(gap)
        for (_, path), (gap, *others) in gaps.items():
            hint = "make the data agree there, or drop 'hard: true' on one of them"
            if gap.first.piece == gap.second.piece and gap.operator.is_identity:
                hint = "each piece has one value: 'boundary' is all of it, holes too; say the rest by name"
            if others:
                hint = f"and at {len(others)} other places: {hint}"
            subject = show(algebra.derivative(Unknown(unknown), gap.operator), names.scope)
            findings.report(path, f"hard conditions on {unknown} disagree at {_described(gap, subject, names)}", hint)
        for gap in () if found else creases(names.domain, conditions, numbers_of(names, 0.1)):
            pieces = f"{gap.first.piece.name} and {gap.second.piece.name}"
            message = f"the data on {pieces} agree where they meet, but their slopes do not, at {_place(gap, names)}"
            hint = "what joins them is singular there: write one expression for both, or drop 'hard: true' on one"
            findings.warn(owners[id(gap.second)].path, message, hint)


def _lacks_values(
    unknown: str,
    conditions: Sequence[Condition],
    owners: Mapping[int, HardCondition],
    names: Names,
    findings: Findings,
) -> bool:
    """Whether a derivative is wanted across a plane on which the unknown, or a lower derivative, is not."""
    for condition in conditions:
        below = {other.order for other in conditions if other.places == condition.places}
        missing = next((order for order in range(condition.order) if order not in below), None)
        if missing is None:
            continue
        (index,) = condition.places
        operators = condition.operator, Operator.partial(*[index] * missing)
        own, lower = (show(algebra.derivative(Unknown(unknown), o), names.scope) for o in operators)
        message = f"{own} can be built in on {condition.piece.name} only together with {lower}"
        hint = f"drop 'hard: true' for {own}, or make {lower} hard there too where it is known"
        findings.report(owners[id(condition)].path, message, hint)
        return True
    return False


def _is_buildable(unknown: str, piece: Piece, path: Path, names: Names, findings: Findings) -> bool:
    """Whether a condition can be built on a piece: a plane, a sphere, a curve of the boundary."""
    place = (*path, "on") if findings.written((*path, "on")) else path
    if _is_curved(piece):
        return True
    if isinstance(piece, Part):
        message = f"no hard condition on {unknown} on a part of {piece.name}"
        past = "; for what is known of the past see 'pinn explain delay'" if names.domain.time is not None else ""
        findings.report(place, message, f"hard conditions hold on whole pieces; {SOFT}{past}")
        return False
    if isinstance(piece, Scatter):
        message = f"no hard condition on {unknown} on {piece.name}: of the shape behind a cloud only points are known"
        findings.report(place, message, SOFT)
        return False
    if not isinstance(piece, Flat) or len(piece.fixed) != 1 or _is_section(piece, names.domain):
        flat = isinstance(names.domain, Box | Gaussian)
        there = f"planes such as {names.domain.coordinates[0]}=0" if flat else "the boundary"
        there = "planes of time" if isinstance(names.domain, Cloud | Shell) else there
        hint = f"hard conditions hold on {there}; {SOFT}"
        findings.report(place, f"no hard condition on {unknown} on {piece.name}", hint)
        return False
    if piece.fixed[0][0] in names.domain.periodic:
        hint = f"it would break the periodicity; {SOFT}"
        findings.report(place, f"no hard condition on {unknown} on {piece.name}", hint)
        return False
    return True


def _is_curved(piece: Piece) -> bool:
    """Whether a piece is a sphere, or part of the boundary of a shape that is put together, straight ones included."""
    if isinstance(piece, Sphere):
        return True
    return (isinstance(piece, Curve) and not piece.inner) or (isinstance(piece, Trimmed) and piece.member is not None)


def _is_section(piece: Flat, domain: Domain) -> bool:
    """Whether a plane cuts through a shape, and is not one of its ends."""
    return isinstance(domain, Solid) and piece.fixed[0][0] < len(domain.own)


def without_normal(value: Expression, piece: Piece, domain: Domain) -> Expression:
    """The value with the normal of its piece written in, since the unknown lives on the whole domain."""
    if isinstance(value, tree.Normal):
        return normal(domain, piece) or value
    return algebra.renewed(value, lambda part: without_normal(part, piece, domain))


def numbers_of(names: Names, shift: float = 0.0) -> dict[str, float]:
    """Values of all single parameters, fitted ones at their start or a little away from it."""
    values = dict(names.scope.constants)
    for name, said in names.parameters.items():
        if isinstance(said, FittedParameter):
            values[name] = said.initial + shift * (abs(said.initial) or 1.0)
    return values


def _described(gap: Disagreement, subject: str, names: Names) -> str:
    place = _place(gap, names)
    sides = ((gap.values[0], gap.first), (gap.values[1], gap.second))
    subject = "" if gap.operator.is_identity else f"{subject} is "
    return f"{place}: {subject}" + ", ".join(f"{value:.6g} on {side.piece.name}" for value, side in sides)


def _place(gap: Disagreement, names: Names) -> str:
    return ", ".join(f"{names.domain.coordinates[i]}={v:.6g}" for i, v in sorted(gap.point.items()))
