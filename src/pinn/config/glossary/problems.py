"""What is sought beside a function of given coordinates: eigenvalues, numbers, fronts, periods, controls, curves."""

from pinn.config.glossary.entry import Entry

ENTRIES = (
    Entry(
        ("eigenvalue", "rayleigh", "sturm-liouville", "mode", "frequency of a mode", "waveguide", "resonance"),
        "A lowest eigenvalue is the minimum of a quotient of integrals, with a norm that holds the size.",
        (
            '- minimise: "integral(u_x^2)/integral(u^2)"',
            '- equation: "integral(u^2) = 1"',
        ),
        ("integral", "report", "non-selfadjoint"),
    ),
    Entry(
        ("non-selfadjoint", "nonselfadjoint", "complex eigenvalue", "eigenvalue of an operator"),
        "Where no quotient is minimal, the eigenvalue is a fitted parameter, and the one found is near its start. "
        "The norm has a weight that makes zero, which solves the rest, dear. A guess of the function helps.",
        (
            "parameters: {k: {kind: fitted, initial: 20}}",
            "- equation: -u_xx + 8*u_x = k*u",
            '- {equation: "integral(u^2) = 1", weight: 100}',
        ),
        ("eigenvalue", "guess"),
    ),
    Entry(
        ("stability", "linear stability", "instability", "growth rate", "linearization"),
        "Whether a small disturbance v of a state u grows, is said by the sign of an eigenvalue: that of the equations "
        "linearized around u, all beside each other. There are no steps in time, and none that could be too large.",
        (
            "parameters: {k: {kind: fitted, initial: 1}}",
            '- equation: ["u_xx + u - u^3 = 0", "v_xx + (1 - 3*u^2)*v = k*v"]',
            '- {equation: "integral(v^2) = 1", weight: 100}',
        ),
        ("non-selfadjoint", "guess"),
    ),
    Entry(
        ("steklov", "sloshing", "eigenvalue on the boundary"),
        "An eigenvalue in d(u, n) = k*u is the minimum of a quotient whose lower integral goes over the boundary. The "
        "first is 0, of a constant, which one more equation excludes.",
        (
            '- minimise: "integral(dot(grad(u), grad(u)))/integral(u^2, over=x=1)"',
            '- equation: ["integral(u^2, over=x=1) = 1", "integral(u, over=x=1) = 0"]',
        ),
        ("eigenvalue", "integral"),
    ),
    Entry(
        (
            "inverse",
            "inverse problem",
            "unknown coefficient",
            "identification",
            "calibration",
            "parameter estimation",
            "noise",
        ),
        "An unknown number is a fitted parameter, an unknown function an unknown; `data` decides them.",
        ("parameters: {k: {kind: fitted, initial: 1, positive: true}}",),
        ("parameters", "terms.data"),
    ),
    Entry(
        (
            "free boundary",
            "complementarity",
            "american option",
            "stefan",
            "moving",
            "moving boundary",
            "moving domain",
            "moving front",
        ),
        "Where either an equation holds or a bound is met, both are one equation with `min`. A front that moves is "
        "brought to a fixed place by a substitution such as z = x/s, with its position s an unknown of time.",
        ('- equation: "min(-u_xx - 1, u - x) = 0"',),
        ("min", "terms.require", "unknowns.inputs"),
    ),
    Entry(
        ("control", "optimal control", "adjoint", "costate", "design", "pontryagin"),
        "State and control are unknowns, the cost is minimised, and the equation of state beside it holds exactly, "
        "and so do bounds of the control. A cost at the end of time is a term of its own.",
        (
            "domain: {kind: box, bounds: {t: [0, 2]}, time: t}",
            "- minimise: u^2 + v^2",
            "- equation: u_t = -u + v",
            '- require: "v <= 1"',
            "- minimise: 2*at(u, t=2)^2",
        ),
        ("terms.minimise", "constraint"),
    ),
    Entry(
        ("buckling", "buckled", "elastica", "second solution"),
        "Where zero, or another solution that is not sought, satisfies everything, a guess leads to the right one.",
        (
            "- equation: u_xx + 12*sin(u) = 0",
            "- {equation: u_x = 0, on: boundary}",
            "guess: {u: cos(pi*x)}",
        ),
        ("guess", "eigenvalue"),
    ),
    Entry(
        (
            "period",
            "unknown period",
            "limit cycle",
            "orbit",
            "periodic orbit",
            "oscillation",
            "phase",
            "phase condition",
        ),
        "Time is scaled by the unknown period, here k, so that it runs from 0 to 1 and is periodic; bounds keep the "
        "period from 0 and from its multiples, and an equation at one point says where the cycle begins. The state at "
        "rest solves all of that too: begin with a guess.",
        (
            "parameters: {k: {kind: fitted, initial: 6.5, bounds: [5, 8]}}",
            "domain: {kind: box, bounds: {s: [0, 1]}, periodic: [s]}",
            '- equation: ["u_s = k*v", "v_s = k*((1 - u^2)*v - u)"]',
            "- {equation: v = 0, on: {s: 0}}",
        ),
        ("guess", "domain.periodic", "parameters.bounds"),
    ),
    Entry(
        ("minimal", "minimal surface", "plateau", "least area"),
        "The area of a graph is minimised as it is, with its edge given.",
        (
            '- minimise: "sqrt(1 + dot(grad(u), grad(u)))"',
            "- {equation: u = x*y, on: boundary, hard: true}",
        ),
        ("terms.minimise", "natural_gradient"),
    ),
    Entry(
        ("brachistochrone", "fastest descent", "cycloid", "singular start"),
        "Its slope is infinite at the start: describe the curve by a parameter s. Here its points are (s^2*u, s^2*v) "
        "from (0, 0) on, which makes all smooth, and the square of the time is minimised, which spreads s evenly.",
        (
            "domain: {kind: box, bounds: {s: [0, 1]}}",
            "unknowns: {u: {}, v: {positive: true}}",
            '- minimise: "((2*u + s*u_s)^2 + (2*v + s*v_s)^2)/v"',
            "- {equation: [u = 1, v = 0.6], on: s=1}",
        ),
        ("terms.minimise", "singular"),
    ),
)
