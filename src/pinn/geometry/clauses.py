"""Formulas as an "and" of "or"s, so that inward corners are told apart and what shapes hide of each other is gone."""

from collections.abc import Sequence
from itertools import product

from pinn.geometry.formulas import Formula, Joined, Side

MOST = 100
"""Clauses beyond which a formula stays as it is."""

CLOSE = 1e-12
"""What parallel planes may be apart, by their distance from the origin, and count as one."""

Clause = tuple[Side, ...]
"""Sides of which one holds."""


def clauses(formula: Formula) -> list[Formula] | None:
    """Formulas that all hold where this one does, each a side or an "or" of sides, none of them idle.

    Of a boundary between two shapes that touch nothing is left: it is inside. None if there are many, or if functions
    of two of them would vanish together on a stretch of the boundary.
    """
    found = _clauses(formula)
    if found is None or any(_may_meet(a, b) for i, a in enumerate(found) for b in found[:i]):
        return None
    return [clause[0] if len(clause) == 1 else Joined("or", clause) for clause in found]


def _clauses(formula: Formula) -> list[Clause] | None:
    if isinstance(formula, Side):
        return [(formula,)]
    parts = [_clauses(part) for part in formula.parts]
    if formula.word == "and":
        return None if None in parts else _reduced([clause for part in parts if part for clause in part])
    found: list[Clause] = [()]
    for part in parts:
        if part is None or len(found) * len(part) > MOST:
            return None
        found = _reduced([first + second for first, second in product(found, part)])
    return found


def _reduced(found: Sequence[Clause]) -> list[Clause]:
    """Without what follows from the rest."""
    left = [clause for clause in map(_shortened, found) if not _is_idle(clause)]
    while True:
        given = [clause[0] for clause in left if len(clause) == 1]
        shorter = [
            clause if len(clause) == 1 else tuple(a for a in clause if not any(_never(a, b) for b in given))
            for clause in left
        ]
        if shorter == left:
            break
        left = shorter
    kept: list[Clause] = []
    for clause in sorted(left, key=len):  # the shorter ones say more
        if not any(_follows(clause, other) for other in kept):
            kept.append(clause)
    return kept


def _shortened(clause: Clause) -> Clause:
    """Without sides that hold only where another one does."""
    kept: list[Side] = []
    for side in clause:
        if not any(_implies(side, other) for other in kept):
            kept = [*(other for other in kept if not _implies(other, side)), side]
    return tuple(kept)


def _is_idle(clause: Clause) -> bool:
    return any(_always(a, b) for i, a in enumerate(clause) for b in clause[:i])


def _follows(clause: Clause, other: Clause) -> bool:
    """Whether a clause holds wherever another one does."""
    return all(any(_implies(a, b) for b in clause) for a in other)


def _may_meet(first: Clause, second: Clause) -> bool:
    """Whether two clauses may end together on a surface that they have in common: not if one of their others holds."""
    for a, b in product(first, second):
        if _implies(a, b) and _implies(b, a):
            rest = product((s for s in first if s != a), (s for s in second if s != b))
            return not any(_always(*pair) for pair in rest)
    return False


# --- pairs of sides


def _implies(a: Side, b: Side) -> bool:
    gap = _gap(a, b, 1.0)
    return (a.surface, a.sign) == (b.surface, b.sign) or (gap is not None and gap >= 0.0)


def _always(a: Side, b: Side) -> bool:
    """Whether one of two sides holds everywhere, but for the plane between them."""
    gap = _gap(a, b, -1.0)
    return (a.surface, a.sign) == (b.surface, -b.sign) or (gap is not None and gap >= 0.0)


def _never(a: Side, b: Side) -> bool:
    """Whether two sides have no point in common."""
    gap = _gap(a, b, -1.0)
    return (a.surface, a.sign) == (b.surface, -b.sign) or (gap is not None and gap <= 0.0)


def _gap(a: Side, b: Side, cosine: float) -> float | None:
    """By how much the second of two parallel planes lies further out than the first, or None; their cosine is ±1."""
    if a.plane is None or b.plane is None:
        return None
    first, second = a.plane.signed(a.sign), b.plane.signed(b.sign)
    if first.cosine(second) * cosine < 1.0 - CLOSE:
        return None
    gap = second.offset - cosine * first.offset
    return 0.0 if abs(gap) <= CLOSE * max(1.0, abs(first.offset)) else gap
