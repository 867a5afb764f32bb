"""What a config gets that leaves a choice to us.

The optimizer goes by the form of the loss and the size of its Jacobian, the points by whether terms have integrals, and
with the size of the network by whether there is more than one coordinate.
"""

from collections.abc import Sequence
from math import prod

from pinn import schema
from pinn.config import sizes
from pinn.config.model import Energy, Term
from pinn.geometry import Area, Box, Cloud, Domain, Gaussian, Shell

LINE, SLIM = 1024, (24, 24)
"""Points of functions of one coordinate, and their hidden layers.

They are as exact as the usual ones, with ten waves or a layer of 0.002 too, and three to four times as fast.
"""

SLAB, SLIMMER = 256, (16, 16)
"""The same for each of several slabs of time."""

FLAT = 3
"""Dimensions up to which a product rule is chosen."""

ALONG = 256
"""Points along a coordinate that resolve what a network of default size makes of an integrand."""

KINKED = 4
"""How many times as many points a function of one coordinate has beside bounds, where its slope changes at once."""

FINER = 4
"""Quantities are integrated with this many times the points of training, where there is a rule that converges fast."""

SCATTERED = 2**15
"""With at least so many points where there is none, if their coordinates are not more than `NUMBERS`."""

NUMBERS = 2**22

GROWTH, GROWTH_OF_SQUARES = 16, 8
"""How many times as many points there may be in the end, of energies, and of equations alone."""

JACOBIAN = 3000
"""The most parameters for which a dense Jacobian and its normal matrix are the default."""

WORK = 1e11
"""The most multiplications for a normal matrix: about 2 seconds on one core."""

MATRIX = 5000
"""The most parameters for which a dense inverse Hessian is the default."""


def points(document: schema.Document, domain: Domain) -> tuple[schema.Document, tuple[str, ...]]:
    """The document, with Gauss points where terms are or have integrals and nothing is said; and a sentence if so.

    An integral is not met at each point, so that a network exploits the errors of scattered ones; they are taken where
    no Gauss rule fits. Of a cloud all points are taken.
    """
    if isinstance(domain, Cloud):
        return _given(document, domain)
    if "sampling" in document.model_fields_set:
        return document, ()
    formulas = [f for t in document.terms for f in (*(t.equation or ()), t.minimise) if f is not None]
    inner = any("integral" in str(formula) for formula in (*formulas, *document.define.values()))
    if not inner and all(term.minimise is None for term in document.terms):
        return document, ()
    is_kinked = len(domain.coordinates) == 1 and any(term.require is not None for term in document.terms)
    times = KINKED if is_kinked else 1
    chosen = accurate(document.sampling, domain, times) if has_product_rule(domain) else document.sampling
    why = "integrals in terms" if inner else "an energy"
    return document.model_copy(update={"sampling": chosen}), (f"{chosen.points} {chosen.kind} points: {why}",)


def slim(document: schema.Document, domain: Domain) -> schema.Document:
    """The document with smaller networks for functions of one coordinate, and fewer points if there is but one."""
    if len(domain.coordinates) > 1:
        return _with_slim_inputs(document, domain)
    points, hidden = (LINE, SLIM) if document.training.slabs in (None, 1) else (SLAB, SLIMMER)
    document = document.model_copy(update={"network": _with_layers(document.network, hidden)})
    if not isinstance(document.unknowns, list):
        own = {
            name: said.model_copy(update={"network": said.network and _with_layers(said.network, hidden)})
            for name, said in document.unknowns.items()
        }
        document = document.model_copy(update={"unknowns": own})
    if isinstance(domain, Cloud) or "points" in document.sampling.model_fields_set:
        return document
    return document.model_copy(update={"sampling": document.sampling.model_copy(update={"points": points})})


def _with_slim_inputs(document: schema.Document, domain: Domain) -> schema.Document:
    """The document with smaller networks for the unknowns that are functions of a single one of its coordinates."""
    if isinstance(document.unknowns, list) or "hidden" in document.network.model_fields_set:
        return document
    slim = {
        name: said.model_copy(update={"network": _with_layers(said.network or document.network, SLIM)})
        for name, said in document.unknowns.items()
        if said.inputs and len(said.inputs) == 1 and said.inputs[0] not in domain.vectors
    }
    return document.model_copy(update={"unknowns": document.unknowns | slim}) if slim else document


def _with_layers(said: schema.Network, hidden: Sequence[int]) -> schema.Network:
    return said if "hidden" in said.model_fields_set else said.model_copy(update={"hidden": list(hidden)})


def growing(
    document: schema.Document,
    domain: Domain,
    terms: Sequence[Term],
    stages: Sequence[schema.Stage],
    chosen: tuple[str, ...],
) -> tuple[schema.Document, tuple[str, ...]]:
    """The document, with room for more points where nothing was said of them; and the sentences on those `chosen`.

    How many are needed is only seen when a network exploits what lies between them. They fit into `sizes.ROOM`.
    """
    said, rule = document.training, document.sampling
    has_energy = any(isinstance(term.content, Energy) for term in terms)
    converging = all(isinstance(stage, schema.Converging) for stage in stages)
    is_open = said.add_points is None and said.validation != 0 and not any(term.estimate for term in terms)
    if not is_open or not converging or rule.kind == "random":  # a cloud's, which has no others
        return document, chosen
    growth = GROWTH if has_energy else GROWTH_OF_SQUARES
    while growth > 1 and not sizes.fits(document, domain, terms, stages, growth):
        growth //= 2
    if growth == 1:
        return document, chosen
    limit = growth * sizes.inside(document)
    grown = document.model_copy(update={"training": said.model_copy(update={"add_points": limit})})
    first = chosen[0] if chosen else f"{rule.points} {rule.kind} points"
    return grown, (f"{first}, up to {limit:,} where the network exploits them", *chosen[1:])


def _given(document: schema.Document, domain: Cloud) -> tuple[schema.Document, tuple[str, ...]]:
    """The document with all points of a cloud that are not held out, or with the default number of times if larger."""
    said, sheet = document.sampling, domain.inside
    kept = len(sheet) - sheet.left
    if "sampling" not in document.model_fields_set:
        said = schema.Sampling(kind="random")
    if "points" in said.model_fields_set:
        return document, ()
    count = kept if domain.time is None else max(kept, said.points)
    why = f"all {len(sheet)} points inside" + f" but {sheet.left} that are held out" * bool(sheet.left)
    why = why if count == kept else f"{count} times at {why}"
    return document.model_copy(update={"sampling": said.model_copy(update={"points": count})}), (why,)


def accurate(said: schema.Sampling, domain: Domain, times: int = 1) -> schema.Sampling:
    """A Gauss rule with as many points, or `times` as many; not many more along a coordinate than resolve it."""
    inside = times * (prod(said.points) if isinstance(said.points, list) else said.points)
    return schema.Sampling(kind="gauss", points=min(inside, (times * ALONG) ** len(domain.coordinates)))


def finest(said: schema.Sampling, domain: Domain) -> schema.Sampling:
    """The rule of quantities: many Gauss points, many Sobol points where no Gauss rule fits, or what is said."""
    if isinstance(domain, Cloud):
        return said
    if has_product_rule(domain):
        return accurate(said, domain, FINER).model_copy(update={"cluster": said.cluster})
    if said.kind in schema.TENSOR or isinstance(said.points, list):
        return said
    count = max(said.points, min(SCATTERED, NUMBERS // len(domain.coordinates)))
    return schema.Sampling(kind="sobol", points=count, cluster=said.cluster)


def has_product_rule(domain: Domain) -> bool:
    """Whether a product of lines, on each cell of a shape, is accurate with few points."""
    if isinstance(domain, Shell):
        return len(domain.center) <= FLAT and len(domain.coordinates) <= FLAT + 1
    return isinstance(domain, Box | Gaussian | Area) and len(domain.coordinates) <= FLAT


def settled(
    document: schema.Document, terms: Sequence[Term], parameters: int
) -> tuple[tuple[schema.Stage, ...], tuple[str, ...]]:
    """The stages of a document, with `auto` decided, and a sentence for each decision."""
    stages, reasons = [], []
    for said in document.optimizer:
        if isinstance(said, schema.Auto):
            said, reason = _chosen(said, document, terms, parameters)
            reasons.append(f"{said.kind}: {reason}")
        stages.append(said)
    return tuple(stages), tuple(reasons)


def _chosen(
    said: schema.Auto, document: schema.Document, terms: Sequence[Term], parameters: int
) -> tuple[schema.Stage, str]:
    """The stage, with the limits that were said, and why it is this one."""
    limits = said.model_dump(include=said.model_fields_set - {"kind"}, exclude_none=True)
    squares, rows = not any(term.is_energy for term in terms), sizes.rows(document, terms)
    if squares and said.target is None:
        limits["reduction"] = said.reduction
    smaller, larger = sorted((rows, parameters))
    if any(term.estimate for term in terms):
        known = {name: value for name, value in limits.items() if name in schema.Adam.model_fields}
        return schema.Adam(kind="adam", schedule="cosine", **known), "estimates that differ from step to step"
    double = document.precision == "float64"
    if squares and double and parameters <= JACOBIAN and float(smaller) ** 2 * larger <= WORK:
        stage = schema.LevenbergMarquardt(kind="levenberg_marquardt", **limits)
        return stage, f"a sum of squares with {parameters:,} parameters"
    why = f"{parameters:,} parameters" if squares and double else "single precision" if squares else "an energy"
    if parameters <= MATRIX:
        return schema.Ssbroyden(kind="ssbroyden", **limits), why
    return schema.Lbfgs(kind="lbfgs", **limits), f"{parameters:,} parameters"
