"""Words of the field that are no keys of the language: what is written for them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """What a word, or one of its synonyms, comes to in a config."""

    words: tuple[str, ...]
    text: str
    lines: tuple[str, ...] = ()
    """Lines of a config."""
    see: tuple[str, ...] = ()
    """Keys, kinds and functions that say more."""


ENTRIES = (
    Entry(
        ("dirichlet", "essential"),
        "A value on the boundary is an equation there; built in exactly with `hard`.",
        ("- {equation: u = 0, on: boundary, hard: true}",),
        ("terms.on", "terms.hard"),
    ),
    Entry(
        ("neumann", "flux", "normal", "insulated"),
        "A flux is an equation for the derivative along the outward normal `n`.",
        ('- {equation: "d(u, n) = 0", on: x=1}',),
        ("terms.on",),
    ),
    Entry(
        ("robin", "convection", "radiation"),
        "A condition that joins value and flux is an equation with both.",
        ('- {equation: "d(u, n) + 2*u = 0", on: x=1}',),
        ("terms.on",),
    ),
    Entry(
        ("traction", "stress", "strain", "load", "elasticity"),
        "The stress is a matrix, under `define`; a traction is an equation for its product with `n`.",
        (
            'define: {s: "3*div([u, v])*identity(2) + 2*sym(grad([u, v]))"}',
            '- {equation: "dot(s, n) = [0, -1]", on: y=1}',
        ),
        ("terms.on", "define", "sym", "dot"),
    ),
    Entry(
        ("volterra", "running integral", "cumulative", "memory", "convolution", "delay"),
        "`integral` goes over a whole region. One up to x is an unknown of its own, here v, that grows with what is "
        "integrated; a kernel such as exp(-(x - s)) gives its equation one more term, here -v.",
        ('- equation: "v_x = u - v"', "- {equation: v = 0, on: x=0, hard: true}"),
        ("integral", "unknowns"),
    ),
    Entry(
        ("fredholm", "kernel", "integral equation", "nonlocal"),
        "An integral of K(x, y)*u(y) over all y is an unknown of its own, here v, that grows with y; `at` reads u at "
        "another place, and u has no coordinate but x.",
        (
            "unknowns: {u: {inputs: [x]}, v: {}}",
            '- equation: "v_y = exp(-(x - y)^2)*at(u, x=y)"',
            "- {equation: v = 0, on: y=0, hard: true}",
            '- {equation: "u = 1 + v", on: y=1}',
        ),
        ("at", "unknowns.inputs"),
    ),
    Entry(
        ("flow", "stokes", "navier-stokes", "incompressible", "pressure", "drag", "outflow"),
        "Velocities and pressure are outputs of one network. Only slopes of the pressure occur: one value is chosen, "
        "of a flow in time one for every time, unless an outflow says it. Forces are integrals of a stress.",
        (
            "unknowns: [u, v, p]",
            '- equation: "laplacian([u, v]) = grad(p)"',
            '- equation: "div([u, v]) = 0"',
            "- {equation: [p = 0, v = 0], on: x=1}",
        ),
        ("unknowns", "div", "report"),
    ),
    Entry(
        ("plate", "biharmonic", "clamped", "kirchhoff", "bilaplacian"),
        "Powers of the Laplacian are written out; a clamped edge has two conditions.",
        (
            '- equation: "laplacian(laplacian(u)) = 1"',
            '- {equation: [u = 0, "d(u, n) = 0"], on: boundary, hard: true}',
        ),
        ("laplacian", "terms.hard"),
    ),
    Entry(
        ("fokker-planck", "density", "probability", "stationary distribution"),
        "A density is an unknown whose integral is an equation; `positive: true` keeps it above zero.",
        ("unknowns: {u: {positive: true}, v: {}}", '- equation: "integral(u) = 1"'),
        ("unknowns.positive", "integral"),
    ),
    Entry(
        ("option", "put", "call", "black-scholes"),
        "The payoff is a condition at the last time, not hard, for its kink would stay in the solution.",
        ('- {equation: "u = max(1 - x, 0)", on: t=1, weight: 100}',),
        ("terms.weight", "domain.time"),
    ),
    Entry(
        ("kink", "payoff", "nonsmooth", "rough"),
        "Derivatives of max, min, abs and where go branch by branch, and miss the kink. Data with one are met softly, "
        "without `hard`; a weight says how well.",
        ('- {equation: "u = max(x - 1, 0)", on: t=1, weight: 100}',),
        ("terms.hard", "terms.weight"),
    ),
    Entry(
        ("dirac", "delta", "impulse", "point source", "point load", "spring"),
        "What sits at a point is a jump there: two unknowns that meet, and an equation for their slopes. In an "
        "energy it is a term on that point.",
        (
            "unknowns: {u: {on: left}, v: {on: right}}",
            "regions: {left: x < 0.5, right: x > 0.5}",
            "- {equation: [u = v, u_x - v_x = 1], on: x=0.5}",
            '- {minimise: "0.5*u^2", on: x=0.5}',
        ),
        ("unknowns.on", "terms.minimise"),
    ),
    Entry(
        ("beam", "bending"),
        "A derivative of fourth order is one equation, with two conditions at each end.",
        ('- equation: "d(u, x, order=4) = 1"', "- {equation: [u = 0, u_x = 0], on: x=0, hard: true}"),
        ("d", "terms.hard"),
    ),
    Entry(
        ("branch", "several solutions", "bifurcation", "continuation", "homotopy", "initial guess", "guess"),
        "Among several solutions the first numbers choose: keep an unknown positive, add a condition, or begin with a "
        "run whose parameters are close, by `pinn train FILE --from RUN`. The same leads to small viscosities.",
        ("unknowns: {u: {positive: true}, v: {}}",),
        ("unknowns.positive",),
    ),
    Entry(
        ("natural", "free", "transversality"),
        "Under `minimise`, where nothing is said on a part of the boundary, the natural condition holds by itself. For "
        "equations it has to be written as one.",
        ('- minimise: "0.5*u_x^2 - u"',),
        ("terms.minimise",),
    ),
    Entry(
        ("initial condition", "start", "ivp"),
        "The state at the beginning is an equation there, two of them where the equation is of second order in time.",
        ("- {equation: [u = sin(pi*x), u_t = 0], on: t=0, hard: true}",),
        ("domain.time", "terms.hard"),
    ),
    Entry(
        ("complex", "imaginary", "i"),
        "Unknowns are real: the real and the imaginary part are two of them, here u and v of i w_t = -w_xx/2.",
        ("- equation: [u_t = -v_xx/2, v_t = u_xx/2]",),
        ("unknowns",),
    ),
    Entry(
        ("interface", "jump", "discontinuous", "materials", "transmission", "contact resistance"),
        "Where materials meet, each has an unknown of its own on its region, and on the edge stands what joins them; "
        "a resistance there is a jump, u_x = 3*(v - u).",
        (
            "unknowns: {u: {on: left}, v: {on: right}}",
            "regions: {left: x < 0.5, right: x > 0.5}",
            "- {equation: [u = v, u_x = 4*v_x], on: x=0.5}",
        ),
        ("unknowns.on", "regions"),
    ),
    Entry(
        ("matrix", "tensor", "anisotropic", "hessian", "jacobian"),
        "A matrix is written by its rows, or is the gradient of a vector; `grad(grad(u))` has the second derivatives.",
        ('- equation: "-div(dot([[2, 1], [1, 3]], grad(u))) = 1"',),
        ("grad", "dot", "inner", "transpose", "trace", "det", "inverse", "identity"),
    ),
    Entry(
        ("vector", "system", "mixed", "mixed form"),
        "Components are unknowns of their own, made one vector by brackets, most easily under `define`.",
        ('define: {flow: "[u, v]"}',),
        ("unknowns", "dot", "div", "curl"),
    ),
    Entry(
        ("eigenvalue", "rayleigh", "mode", "frequency of a mode"),
        "A lowest eigenvalue is the minimum of a quotient of integrals, with a norm that holds the size.",
        (
            '- minimise: "integral(u_x^2)/integral(u^2)"',
            '- equation: "integral(u^2) = 1"',
        ),
        ("integral", "report"),
    ),
    Entry(
        ("infinity", "inf", "unbounded", "half line"),
        "Ends are finite: choose one so far away that the solution is known there, or substitute the coordinate.",
        ("domain: {kind: box, bounds: {x: [0, 12]}}",),
        ("domain.bounds", "gaussian"),
    ),
    Entry(
        ("inverse", "identification", "calibration", "noise"),
        "An unknown number is a fitted parameter, an unknown function an unknown; `data` decides them.",
        ("parameters: {k: {kind: fitted, initial: 1, positive: true}}",),
        ("parameters", "terms.data"),
    ),
    Entry(
        (
            "constraint",
            "inequality",
            "obstacle",
            "contact",
            "lagrange",
            "multiplier",
            "penalty",
            "normalization",
            "normalisation",
        ),
        "What must hold is a term: an equation, also for an integral, or an inequality. Beside `minimise` it is met to "
        "about 1/weight.",
        ('- require: "u >= 0"', '- equation: "integral(u) = 0"'),
        ("terms.require", "integral"),
    ),
    Entry(
        ("free boundary", "complementarity", "american option", "stefan", "moving boundary"),
        "Where either an equation holds or a bound is met, both are one equation with `min`. A front that moves is "
        "brought to a fixed place by a substitution such as z = x/s, with its position s an unknown of time.",
        ('- equation: "min(-u_xx - 1, u - x) = 0"',),
        ("min", "terms.require", "unknowns.inputs"),
    ),
    Entry(
        ("control", "optimal control", "adjoint", "design"),
        "What an equation ties to another unknown is written into the functional; or the equations of the optimum are "
        "stated, those of the adjoint among them.",
        ("define: {f: -u_xx}", '- minimise: "(u - x)^2 + 0.01*f^2"'),
        ("define", "terms.minimise"),
    ),
    Entry(
        ("absorbing", "outgoing", "sommerfeld", "impedance", "radiation condition"),
        "What leaves through an end is an equation there.",
        ('- {equation: "u_t + d(u, n) = 0", on: x=1}',),
        ("terms.on",),
    ),
    Entry(
        ("terminal", "final condition", "backward"),
        "A condition at the last time is an equation there; `hard` builds it in.",
        ("- {equation: u = x, on: t=1, hard: true}",),
        ("domain.time", "terms.hard"),
    ),
    Entry(
        ("layer", "shock", "front", "boundary layer", "stiff"),
        "Steep places want points of their own, long times slabs.",
        ("sampling: {cluster: {x: {at: 1, width: 0.01}}}", "training: {slabs: 4}"),
        ("sampling.cluster", "sampling.refine", "training.slabs"),
    ),
    Entry(
        ("causal", "causality", "evolution", "long time", "time marching"),
        "Equations in time are learned from their beginning on: by one network that lets times wait, or slab by slab.",
        ("training: {causal: true}", "training: {slabs: 4}"),
        ("training.causal", "training.slabs"),
    ),
    Entry(
        ("singular", "singularity", "corner"),
        "Where its form is known, write what is singular in front of a smooth unknown, under `define`; else keep the "
        "place out of the domain, or choose by where(…).",
        (),
        ("define", "where"),
    ),
    Entry(
        ("weak", "variational", "energy", "functional", "ritz"),
        "A functional is minimised as it is, integrated over the domain and not squared.",
        ('- minimise: "0.5*dot(grad(u), grad(u)) - u"',),
        ("terms.minimise", "integral"),
    ),
)


def find(word: str) -> Entry | None:
    """What is said of a word, in capitals or not, in the singular or plural."""
    plain = word.lower().removesuffix("s")
    forms = {plain, plain.removesuffix(" condition"), plain.removesuffix(" boundary condition")}
    return next((entry for entry in ENTRIES for known in entry.words if known.removesuffix("s") in forms), None)
