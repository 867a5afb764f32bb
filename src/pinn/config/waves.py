"""Short waves in what is known of a problem: a network that begins with their frequencies need not learn them.

A plain network learns low frequencies first and high ones hardly ever (Rahaman et al. 2019).
"""

import math
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

from pinn import schema
from pinn.config.findings import Findings
from pinn.config.hard import HardCondition
from pinn.config.model import Energy, Equation, Term
from pinn.config.names import Names
from pinn.config.probes import points, value_at
from pinn.config.standins import slopes_at_zero
from pinn.expressions import Expression, algebra
from pinn.expressions.tree import Normal, walk
from pinn.geometry import Cloud, Flat

MOST = 6
"""Periods over the width of the domain that a plain network learns about as well as any."""

SHARE = 0.05
"""The least amplitude that counts, as a share of the largest of the same expression."""

STRONGEST = 3
"""Frequencies along a coordinate; in between a network finds its own way."""

FEW = 4
"""Coordinates up to which waves are sought."""

LINES, SAMPLES = 2, 256
"""Lines along each coordinate, and values on each."""

LARGEST = 400
"""Nodes up to which an expression is worked out so often."""


def choose(
    document: schema.Document, names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], findings: Findings
) -> tuple[schema.Document, tuple[str, ...]]:
    """The document with a network for short waves, and a sentence, where its kind is left open; a word where it is not.

    Unknowns that are functions of some of the coordinates alone keep a plain network.
    """
    plain = document.network
    each_own = not isinstance(document.unknowns, list) and all(
        o.network or o.inputs for o in document.unknowns.values()
    )
    if findings.mistakes or not isinstance(plain, schema.Mlp) or plain.activation == "sin" or each_own:
        return document, ()
    coordinates = names.domain.coordinates
    found = find(names, terms, hard, is_cut=document.training.slabs is not None)
    if not found:
        return document, ()
    rows = [[one if k == i else 0.0 for k in range(len(coordinates))] for i, each in found.items() for one in each]
    counts = (f"{' and '.join(f'{f:g}' for f in each)} along {coordinates[i]}" for i, each in found.items())
    what = f"sources, coefficients or values have short waves, {', '.join(counts)}"
    if is_kind_said(findings) or findings.written(("network", "activation")):
        shown = [[int(f) for f in row] for row in rows]
        message = f"{what}, which a plain network learns slowly, if at all"
        findings.warn(("network",), message, f"network: {{kind: fourier, frequencies: {shown}}} begins with them")
        return document, ()
    said = plain.model_dump(exclude={"corners"}) | {"kind": "fourier", "frequencies": rows}
    changes: dict[str, object] = {"network": schema.Fourier.model_validate(said)}
    if not isinstance(document.unknowns, list):
        changes["unknowns"] = {
            name: one.model_copy(update={"network": plain}) if one.inputs and one.network is None else one
            for name, one in document.unknowns.items()
        }
    return document.model_copy(update=changes), (f"fourier network: {what}",)


def is_kind_said(findings: Findings) -> bool:
    """Whether the kind of the network is said; one that was filled in has the section's place."""
    section, kind = ("network",), ("network", "kind")
    return findings.written(kind) and findings.node(kind).mark != findings.node(section).mark


def find(names: Names, terms: Sequence[Term], hard: Sequence[HardCondition], is_cut: bool) -> dict[int, list[float]]:
    """By coordinate the frequencies from `MOST` on, in periods over the width of the domain; of a time in slabs none.

    They are those of sources, coefficients and built-in values, the strongest first.
    """
    domain = names.domain
    if len(domain.coordinates) > FEW or isinstance(domain, Cloud):
        return {}
    along = {i for i in range(len(domain.coordinates)) if not (is_cut and i == domain.time)}
    found: dict[int, dict[float, float]] = {}
    for expression in dict.fromkeys(_known(terms, hard)):
        if not _is_smooth(expression):
            continue
        for i in sorted(algebra.coordinates_used(expression) & along):
            strongest = found.setdefault(i, {})
            for frequency, share in _frequencies(expression, i, names):
                strongest[frequency] = max(share, strongest.get(frequency, 0.0))
    ordered = {i: sorted(each, key=lambda f, e=each: (-e[f], f))[:STRONGEST] for i, each in found.items()}
    return {i: each for i, each in sorted(ordered.items()) if each}


def _known(terms: Sequence[Term], hard: Sequence[HardCondition]) -> Iterator[Expression]:
    """What depends on the point alone: values, what is left of terms at zero, and what multiplies unknowns there."""
    yield from (condition.value for said in hard for condition in said.conditions)
    for term in terms:
        content, energies = term.content, [f.integrand for f in term.functionals]
        if isinstance(content, Energy) and not energies:
            energies = [content.integrand]
        equations = content.residuals if isinstance(content, Equation) else ()
        for part in (part for said in equations for part in algebra.components(said)):
            yield from (*slopes_at_zero(part, 0), *slopes_at_zero(part, 1))
        for integrand in energies:
            yield from (*slopes_at_zero(integrand, 1), *slopes_at_zero(integrand, 2))


def _is_smooth(expression: Expression) -> bool:
    nodes = [*walk(expression)]
    has_normal = any(isinstance(node, Normal) for node in nodes)
    return not expression.shape and len(nodes) <= LARGEST and not has_normal and algebra.is_smooth(expression)


def _frequencies(expression: Expression, index: int, names: Names) -> Iterator[tuple[float, float]]:
    """Peaks of the spectrum along a few lines, with their share of its largest part."""
    middle, half = names.domain.scales[index]
    for _, point in zip(range(LINES), points(names, Flat("interior")), strict=False):
        line = (middle + half * (2 * (k + 0.5) / SAMPLES - 1) for k in range(SAMPLES))
        found = [value_at(expression, {**point, index: x}, names) for x in line]
        values = [value for value in found if value is not None and math.isfinite(value)]
        turns = _turns(values)
        if len(values) < SAMPLES or turns < MOST:
            continue
        sizes = [math.hypot(*(sum(map(float.__mul__, values, wave)) for wave in pair)) for pair in _waves()]
        largest = max(sizes)
        for k in range(MOST, len(sizes) - 1):
            if sizes[k - 1] < sizes[k] >= sizes[k + 1] and sizes[k] >= SHARE * largest and turns >= k:
                yield float(k), sizes[k] / largest


def _turns(values: Sequence[float]) -> int:
    """How often a line goes from rising to falling, or back; a lone peak has few of them, whatever its spectrum."""
    steps = [b - a for a, b in pairwise(values) if a != b]
    return sum(a * b < 0 for a, b in pairwise(steps))


@cache
def _waves() -> list[tuple[list[float], list[float]]]:
    """Cosine and sine of each whole frequency, in a window of Hann, so that ends that do not meet make no waves."""
    angles = [2 * math.pi * (k + 0.5) / SAMPLES for k in range(SAMPLES)]
    window = [0.5 - 0.5 * math.cos(angle) for angle in angles]
    return [
        ([w * math.cos(f * a) for w, a in zip(window, angles, strict=True)],
         [w * math.sin(f * a) for w, a in zip(window, angles, strict=True)])
        for f in range(SAMPLES // 2)
    ]  # fmt: skip
