"""Zero solves everything: eigenvalue problems without a norm, energies that are least there, what only a guess leads
away from."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

from pinn.config.counts import every
from pinn.config.findings import Findings
from pinn.config.hard import HardCondition
from pinn.config.model import Energy, Equation, FittedParameter, Misfit, Term
from pinn.config.names import Names
from pinn.config.probes import points, value_at
from pinn.config.standins import StandIn, at_zero, stand_ins
from pinn.expressions import Expression, algebra
from pinn.expressions.tree import Constant, Normal, children
from pinn.geometry import Piece

SHIFTS = (0.0, 0.37)
"""By how much fitted parameters are moved from where they start."""

NEARLY = 1e-9
"""Relative rounding."""

SIZES = (0.01, 1.0, 100.0)
"""Of unknowns and derivatives at which an energy is compared with that of zero."""


def find(names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], findings: Findings) -> None:
    """Warn if zero satisfies all equations, whatever a fitted parameter is, or if energies are least there as well.

    A nonlinear problem that has a guess is left alone, and one with a source that points may have missed.
    """
    fitted = {name: p.initial for name, p in names.parameters.items() if isinstance(p, FittedParameter)}
    used = {
        n for t in terms if isinstance(t.content, Equation) for r in t.content.residuals for n in algebra.names_used(r)
    }
    found = sorted(used & set(fitted))
    energies = [term for term in terms if isinstance(term.content, Energy)]
    if any(isinstance(term.content, Misfit) for term in terms):
        return
    is_linear = all(_is_linear(term, names) for term in terms if isinstance(term.content, Equation))
    if names.positive and not is_linear:
        return
    moved = [{name: value + shift for name, value in fitted.items()} for shift in SHIFTS]
    together = not _all_zero(names, terms, hard, moved)
    if together and not (found and _all_zero(names, terms, hard, [dict.fromkeys(fitted, 0.0)])):
        return
    first, zero = names.scope.unknowns[0], " = ".join([*names.scope.unknowns, "0"])
    norm = f"{{equation: integral({first}^2) = 1}}"
    if not energies:
        if not is_linear and findings.written(("guess",)):
            return
        if not together and not _is_homogeneous(names, terms, hard):
            return
        if not found and (findings.mistakes or findings.warnings):
            return  # what else is wrong may be why nothing is left
        numbers = f", whatever {', '.join(found)} may be" if found else ""
        numbers = f" together with {' = '.join([*found, '0'])}" if together else numbers
        message = f"{zero} satisfies all terms{numbers}, so that training may end there"
        if names.positive:
            message = f"all terms hold for {first} of any size, however small{numbers}, so that training may end there"
        away = f"begin with what is sought, as in guess: {{{first}: …}}"
        hint = f"add what excludes it, for instance {norm}" if is_linear else away
        hint = f"add data, or an equation, that {', '.join(found)} can be told from" if together else hint
        findings.warn(("terms",), message, hint)
    elif together:
        return
    elif (hard or _reads_values(terms)) and all(_is_least(term, names) for term in energies):
        message = f"{zero} satisfies all terms and is the least of what is minimised, so that training ends there"
        hint = f"add what excludes it: for a state divide by integral({first}^2), and add {norm}"
        findings.warn(("terms",), message, hint)


def _all_zero(
    names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], every: Sequence[Mapping[str, float]]
) -> bool:
    return all(value == 0.0 for numbers in every for value in _values(names, terms, hard, numbers))


def _scalars(content: Equation) -> Iterator[Expression]:
    """The components of residuals, with the same normal everywhere: what vanishes does so for any."""
    for residual in content.residuals:
        yield from algebra.components(_with_normal(residual))


def _with_normal(node: Expression) -> Expression:
    if isinstance(node, Normal):
        return algebra.stack((Constant(node.shape[0] ** -0.5),) * node.shape[0])
    return algebra.renewed(node, _with_normal) if [*children(node)] else node


def _is_homogeneous(names: Names, terms: Sequence[Term], hard: Sequence[HardCondition]) -> bool:
    """Whether nothing of the point is left where unknowns are zero: narrow sources vanish at a few points, too."""
    left = [condition.value for said in hard for condition in said.conditions]
    equations = (term.content for term in terms if isinstance(term.content, Equation))
    for part in (part for said in equations for part in _scalars(said)):
        found = stand_ins(part, names)
        if found is None:
            return False
        left.append(at_zero(found[0], (part.index for part in found[1])))
    return not any(algebra.coordinates_used(expression) for expression in left)


def _is_linear(term: Term, names: Names) -> bool:
    """Whether a residual of twice a state is twice the residual, for what vanishes at zero."""
    if not isinstance(term.content, Equation) or term.content.bounds:
        return False
    start = {name: p.initial for name, p in names.parameters.items() if isinstance(p, FittedParameter)}
    start |= {functional.name: 1.0 for functional in term.functionals}
    for part in _scalars(term.content):
        found = stand_ins(part, names)
        if found is None:
            return False
        state = {p.index: (-1.0) ** k * (1.0 + 0.37 * k) * p.size for k, p in enumerate(found[1])}
        for point in itertools.chain.from_iterable(points(names, piece) for piece in term.region.pieces):
            twice = {index: 2 * size for index, size in state.items()}
            one, two = (value_at(found[0], point | s, names, start) for s in (state, twice))
            if one is None or two is None or abs(two - 2 * one) > NEARLY * abs(one):
                return False
    return True


def _reads_values(terms: Sequence[Term]) -> bool:
    """Whether anything speaks of the value of an unknown; of derivatives alone zero is a solution like any constant."""
    operators = (o for e in every(terms) for found in algebra.demands(e).values() for o in found)
    return any(operator.is_identity for operator in operators)


def _is_least(term: Term, names: Names) -> bool:
    """Whether an energy is nowhere lower than where all unknowns are zero, at many states of each point.

    What is made of integrals is, if these are so and it grows with each.
    """
    if not isinstance(term.content, Energy):
        return True
    integrand = term.content.integrand
    if not term.functionals:
        return _is_lowest_at_zero(integrand, term.region.pieces, names)
    if not algebra.is_uniform(integrand):
        return False
    start = {name: p.initial for name, p in names.parameters.items() if isinstance(p, FittedParameter)}
    zero = start | {functional.name: 0.0 for functional in term.functionals}
    least = value_at(integrand, {}, names, zero)
    grown = [value_at(integrand, {}, names, zero | {f.name: size}) for f in term.functionals for size in SIZES]
    if least is None or any(value is None or not value > least for value in grown):
        return False
    return all(_is_lowest_at_zero(f.integrand, f.region.pieces, names) for f in term.functionals)


def _is_lowest_at_zero(integrand: Expression, pieces: Sequence[Piece], names: Names) -> bool:
    found = stand_ins(integrand, names)
    if found is None or not found[1]:
        return False
    expression, parts = found
    if any(algebra.coordinates_used(_slope_at_zero(expression, part, parts)) for part in parts):
        return False  # a load, which a few points may miss
    ways = [{p.index: 1.0} for p in parts] + [{p.index: 1.0, q.index: 1.0} for p, q in itertools.pairwise(parts)]
    ways += [{p.index: 1.0, q.index: -1.0} for p, q in itertools.pairwise(parts)]
    for point in itertools.chain.from_iterable(points(names, piece) for piece in pieces):
        rest = point | {part.index: 0.0 for part in parts}
        least = value_at(expression, rest, names)
        states = (rest | {i: sign * size * v for i, v in w.items()} for w in ways for size in SIZES for sign in (-1, 1))
        values = (value_at(expression, state, names) for state in states)
        if least != 0.0 or not all(value is not None and value >= 0.0 for value in values):
            return False
    return True


def _slope_at_zero(expression: Expression, part: StandIn, parts: Sequence[StandIn]) -> Expression:
    return at_zero(algebra.differentiate(expression, part.index), (part.index for part in parts))


def _values(
    names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], numbers: Mapping[str, float]
) -> Iterator[float | None]:
    """What is built in, and the residuals for unknowns that are zero; None for a value that is not known."""
    for said in (condition for h in hard for condition in h.conditions):
        yield from (value_at(said.value, point, names, numbers) for point in points(names, said.piece))
    for term in terms:
        integrals = dict(numbers)
        for functional in term.functionals:
            yield from _zeros(functional.integrand, functional.region.pieces, names, numbers)
            integrals[functional.name] = 0.0
        for part in _scalars(term.content) if isinstance(term.content, Equation) else ():
            yield from _zeros(part, term.region.pieces, names, integrals)


def _zeros(
    expression: Expression, pieces: Sequence[Piece], names: Names, numbers: Mapping[str, float]
) -> Iterator[float | None]:
    """The components where all unknowns are zero, at a few points, or once without pieces."""
    places = itertools.chain.from_iterable(points(names, piece) for piece in pieces) if pieces else [{}]
    for point, part in itertools.product(list(places), algebra.components(expression)):
        found = stand_ins(part, names)
        yield None if found is None else value_at(found[0], point | {s.index: 0.0 for s in found[1]}, names, numbers)
