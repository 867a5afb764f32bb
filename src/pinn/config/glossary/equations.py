"""Kinds of equations, and the fields of science that they come from."""

from pinn.config.glossary.entry import Entry

ENTRIES = (
    Entry(
        ("volterra", "running integral", "cumulative", "memory", "convolution"),
        "`integral` goes over a whole region. One up to x is an unknown of its own, here v, that grows with what is "
        "integrated; a kernel such as exp(-(x - s)) gives its equation one more term, here -v.",
        ('- equation: "v_x = u - v"', "- {equation: v = 0, on: x=0, hard: true}"),
        ("integral", "unknowns"),
    ),
    Entry(
        ("fredholm", "kernel", "integral equation", "nonlocal", "integro-differential", "mean field"),
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
        ("plate", "biharmonic", "clamped", "kirchhoff", "bilaplacian", "hinged", "simply supported"),
        "Powers of the Laplacian are written out; a clamped edge has two conditions, and so has a straight one that is "
        "hinged: u = 0, laplacian(u) = 0.",
        (
            '- equation: "laplacian(laplacian(u)) = 1"',
            '- {equation: [u = 0, "d(u, n) = 0"], on: boundary, hard: true}',
        ),
        ("laplacian", "terms.hard"),
    ),
    Entry(
        ("beam", "bending"),
        "A derivative of fourth order is one equation, with two conditions at each end.",
        ('- equation: "d(u, x, order=4) = 1"', "- {equation: [u = 0, u_x = 0], on: x=0, hard: true}"),
        ("d", "terms.hard"),
    ),
    Entry(
        ("fokker-planck", "density", "probability", "stationary distribution"),
        "A density is an unknown whose integral is an equation; `positive: true` keeps it above zero. In time the "
        "equation keeps the integral of its start, and `integral` would go over time as well.",
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
        ("complex", "imaginary", "i", "schrodinger", "schroedinger"),
        "Unknowns are real: the real and the imaginary part are two of them, here u and v of i w_t = -w_xx/2.",
        ("- equation: [u_t = -v_xx/2, v_t = u_xx/2]",),
        ("unknowns",),
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
        ("free boundary", "complementarity", "american option", "stefan", "moving boundary"),
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
        ("weak", "variational", "energy", "functional", "ritz"),
        "A functional is minimised as it is, integrated over the domain and not squared.",
        ('- minimise: "0.5*dot(grad(u), grad(u)) - u"',),
        ("terms.minimise", "integral"),
    ),
    Entry(
        ("delay", "delay equation", "dde", "time lag", "history"),
        "`at` reads an unknown at an earlier time. The equation holds where that time is inside the domain; before, it "
        "is written with the history that is known, here 0.5.",
        (
            "domain: {kind: box, bounds: {x: [0, 1], t: [0, 5]}, time: t}",
            "regions: {early: t < 1, late: t > 1}",
            '- {equation: "u_t = 2*u*(1 - at(u, t=t-1))", on: late}',
            '- {equation: "u_t = 2*u*(1 - 0.5)", on: early}',
            "- {equation: u = 0.5, on: t=0, hard: true}",
        ),
        ("at", "regions"),
    ),
    Entry(
        ("age structure", "age", "mckendrick", "von foerster", "population balance", "renewal"),
        "Births are an integral over all ages, one for every time; `integral` would go over time as well. It is an "
        "unknown of its own, here v, that grows with age a and is read at the last age.",
        (
            "domain: {kind: box, bounds: {a: [0, 4], t: [0, 3]}, time: t}",
            '- equation: ["u_t + u_a = -u", "v_a = a*u"]',
            "- {equation: v = 0, on: a=0, hard: true}",
            '- {equation: "u = at(v, a=4)", on: a=0}',
        ),
        ("at", "volterra"),
    ),
    Entry(
        ("axisymmetric", "axisymmetry", "cylindrical", "polar", "radial", "spherical"),
        "On the radius r a Laplacian is multiplied by r, so that nothing is divided by 0; then a smooth solution has "
        "u_r = 0 on the axis by itself. Integrals get the factor 2*pi*r. On a ball it is r*u_rr + 2*u_r.",
        (
            "domain: {kind: box, bounds: {r: [0, 1]}}",
            "- equation: r*u_rr + u_r = -r",
            "- {equation: u = 0, on: r=1, hard: true}",
        ),
        ("d", "integral"),
    ),
    Entry(
        ("bessel", "bessel function", "modified bessel function", "drum", "membrane mode", "fourier-bessel"),
        "J_n(x) is `besselj(n, x)` and I_n(x) is `besseli(n, x)`, n a whole number up to 100, x between -200 and 200. "
        "K_n and Y_n, which are infinite at 0, can be given by values under `known`.",
        ('- {equation: "u = besselj(0, 2.404825557695773*sqrt(x^2 + y^2))", on: t=0}',),
        ("besselj", "besseli", "known", "axisymmetric"),
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
        ("period", "limit cycle", "orbit", "periodic orbit", "oscillation"),
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
        ("hamilton-jacobi", "eikonal", "distance function", "travel time", "hamilton-jacobi-bellman"),
        "Squares leave the sign open, which `positive: true` chooses for a solution that is above zero where it is "
        "given. Where fronts meet it has a kink: a small viscosity, here 0.01, rounds it and excludes all solutions "
        "but the one with waves that come from the source.",
        (
            "unknowns: {u: {positive: true}, v: {}}",
            '- equation: "dot(grad(u), grad(u)) = 1 + 0.01*laplacian(u)"',
            "- {equation: u = 0.1, on: x=0}",
        ),
        ("unknowns.positive", "guess"),
    ),
    Entry(
        ("power-law", "power law", "stress form", "non-newtonian", "shear-thinning", "p-laplacian", "glen"),
        "Where a slope vanishes, a power of it below 1 has no derivative. The stress is then an unknown of its own, "
        "here v of a flow in a pipe, and the slope is a power of it, 1/n for abs(u_r)^n.",
        (
            "domain: {kind: box, bounds: {r: [0, 1]}}",
            '- equation: ["r*v_r + v = -r", "u_r = sign(v)*abs(v)^2"]',
            "- {equation: u = 0, on: r=1, hard: true}",
        ),
        ("unknowns", "axisymmetric"),
    ),
)
