"""What is done about a problem: several solutions, bounds, norms, holes, units, steep places and long times."""

from pinn.config.glossary.entry import Entry

ENTRIES = (
    Entry(
        ("kink", "payoff", "nonsmooth", "rough"),
        "Derivatives of max, min, abs and where go branch by branch, and miss the kink. Data with one are met softly, "
        "without `hard`; a weight says how well.",
        ('- {equation: "u = max(x - 1, 0)", on: t=1, weight: 100}',),
        ("terms.hard", "terms.weight"),
    ),
    Entry(
        (
            "branch",
            "several solutions",
            "multiple solutions",
            "bifurcation",
            "continuation",
            "homotopy",
            "transfer learning",
        ),
        "Among several solutions the first numbers choose: keep an unknown positive, begin with a formula, add a "
        "condition, or begin with a run whose parameters are close, by `pinn train FILE --from RUN`. The same leads to "
        "small viscosities.",
        ("unknowns: {u: {positive: true}, v: {}}", "guess: {v: 2*cos(2*pi*x)}"),
        ("unknowns.positive", "guess"),
    ),
    Entry(
        ("extreme", "extremum", "maximum", "minimum", "peak", "largest value", "hot spot", "stress concentration"),
        "The largest or least value in a region, its edge included, is a number under `report`; `pinn eval` says where "
        "it is. Of a run that is done it is asked by `pinn eval RUN --expr 'max(u)'`.",
        ('report: {highest: max(u), steepest: "max(norm(grad(u)), over=boundary)"}',),
        ("report", "max"),
    ),
    Entry(
        ("guess", "initial guess", "starting guess", "initial iterate", "warm start"),
        "Before the training the network is fitted to a formula, that of one solution among several or of a shape that "
        "the equation alone would not find; fitted parameters have their `initial`. By `pinn train FILE --from RUN` a "
        "run is the guess, for instance one with other numbers.",
        ("guess: {u: 2*cos(2*pi*x)}",),
        ("branch", "parameters.initial"),
    ),
    Entry(
        ("infinity", "inf", "unbounded", "unbounded domain", "half line", "far field"),
        "Ends are finite: choose one so far away that the solution is known there, or substitute the coordinate.",
        ("domain: {kind: box, bounds: {x: [0, 12]}}",),
        ("domain.bounds", "gaussian"),
    ),
    Entry(
        ("hole", "perforated", "cutout", "multiply connected"),
        "A domain with holes is a difference of shapes. Each has a name, by which its edge is spoken of.",
        (
            "domain: {kind: difference, of: {kind: box, bounds: {x: [0, 1], y: [0, 1]}}, "
            "minus: {kind: disk, center: [0.5, 0.5], radius: 0.2, name: hole}}",
            '- {equation: "d(u, n) = 0", on: hole}',
        ),
        ("difference", "regions"),
    ),
    Entry(
        ("units", "si units", "dimensionless", "nondimensional", "scaling"),
        "Networks give numbers of size one. An unknown of another size, such as a temperature in kelvin, has its "
        "`scale`, and so has a fitted number. Equations without any `weight` are divided by the sizes of their "
        "residuals where these are far apart, as with moduli of 1e11, which `pinn check` tells; the `scale` of a term "
        "says it by hand. Lengths and times may be in any units.",
        (
            "unknowns: {u: {scale: 300}, v: {}}",
            "parameters: {k: {kind: fitted, initial: 2e11, scale: 1e11}}",
            "- {equation: 2e11*u_xx + 1e6 = 0, scale: 1e6}",
        ),
        ("unknowns.scale", "parameters.scale", "terms.scale"),
    ),
    Entry(
        (
            "constraint",
            "inequality",
            "obstacle",
            "variational inequality",
            "control bounds",
            "contact",
            "lagrange",
            "multiplier",
            "penalty",
            "isoperimetric",
            "volume constraint",
            "length constraint",
            "catenary",
        ),
        "What must hold is a term: an equation, also for an integral, or an inequality. Beside `minimise` both "
        "hold exactly: the run finds their multipliers, and says those of numbers at its end. "
        "The least dot(grad(u), grad(u)) with a given integral(u):",
        (
            "- minimise: dot(grad(u), grad(u))",
            '- equation: "integral(u) = 1"',
            '- require: "u >= 0"',
        ),
        ("terms.require", "integral", "ground state", "free boundary"),
    ),
    Entry(
        (
            "ground state",
            "normalization",
            "normalisation",
            "normalise",
            "normalize",
            "norm condition",
            "gross-pitaevskii",
            "constrained energy",
        ),
        "An energy of a state of norm one is an energy and an equation beside it, whose multiplier is the eigenvalue "
        "or the chemical potential. Several states at once, and eigenvalues to the last digit, are had as quotients, "
        "which stay the same when u is scaled.",
        (
            '- minimise: "u_x^2/2 + x^2*u^2/2 + 5*u^4"',
            "- equation: integral(u^2) = 1",
        ),
        ("terms.minimise", "integral", "eigenvalue"),
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
        "Corners of a box in which conditions contradict, shapes that begin with what their edge contradicts, places "
        "on an edge where a value meets a slope, and edges of the plane that turn inwards are found before training: "
        "there the network reads polar coordinates. Where another form is known, write what is singular in front of a "
        "smooth unknown, under `define`; else keep the place out of the domain, or choose by where(…).",
        ("network: {corners: [{at: {x: 0, t: 0}}]}",),
        ("network.corners", "define", "where"),
    ),
    Entry(
        ("standard error", "uncertainty", "confidence interval", "error bar", "covariance"),
        "`pinn eval RUN` gives every fitted parameter a standard error and its correlations with the others, from how "
        "the residuals respond to it. `sigma` says how far data may be missed, and weighs them. Beside an energy there "
        "is none.",
        ("parameters: {k: {kind: fitted, initial: 1}}",),
        ("terms.data.sigma", "parameters"),
    ),
    Entry(
        ("train", "run", "command line", "resume"),
        "`pinn train FILE` is the command that solves a problem; `-o optimizer.max_steps=500` changes a key, "
        "`--from RUN` begins with the numbers of another run, and `pinn train --help` says the rest. How it is trained "
        "stands under `optimizer` and `training`.",
        (),
        ("optimizer", "training", "guess"),
    ),
)
