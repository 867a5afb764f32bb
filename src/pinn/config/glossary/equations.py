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
        ("fredholm", "integral equation", "nonlocal", "integro-differential", "mean field"),
        "An integral of K(x, y)*u(y) over all y is an unknown of its own, here v, that grows with y; `at` reads u at "
        "another place, and u has no coordinate but x.",
        (
            "unknowns: {u: {inputs: [x]}, v: {}}",
            '- equation: "v_y = exp(-(x - y)^2)*at(u, x=y)"',
            "- {equation: v = 0, on: y=0, hard: true}",
            '- {equation: "u = 1 + v", on: y=1}',
        ),
        ("at", "unknowns.inputs", "kernel"),
    ),
    Entry(
        ("kernel", "general kernel", "separable kernel", "degenerate kernel"),
        "A kernel that is a sum of products, a(x)*b(y), or nearly so, costs no further unknown: each product is an "
        "integral with its factor. Here exp(x*y) is expanded, and the sum over u at all y stands beside u.",
        ('- equation: "u = 1 + integral(u) + x*integral(x*u) + x^2/2*integral(x^2*u)"',),
        ("integral", "fredholm", "volterra"),
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
        ("monge-ampere", "monge", "fully nonlinear", "convex solution"),
        "A determinant of second derivatives has two solutions, a convex and a concave one. Where the conditions are "
        "soft, a convex guess chooses.",
        ('- equation: "det(grad(grad(u))) = 1"', "guess: {u: x^2 + y^2}"),
        ("det", "guess", "branch"),
    ),
    Entry(
        ("vector", "system", "mixed", "mixed form"),
        "Components are unknowns of their own, made one vector by brackets, most easily under `define`.",
        ('define: {flow: "[u, v]"}',),
        ("unknowns", "dot", "div", "curl"),
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
        ("factored eikonal", "source point", "first arrival", "seismic travel time"),
        "From a point the solution of an eikonal equation is a cone, which no smooth function is: seek what the "
        "distance is multiplied by, positive, and the condition at the point holds by itself. What is asked of a run "
        "is then r*u.",
        (
            "unknowns: {u: {positive: true}, v: {}}",
            "define: {r: 'sqrt((x - 0.4)^2 + (y - 0.3)^2)', T: r*u}",
            '- equation: "dot(grad(T), grad(T)) = 1/(1 + 0.8*y)^2"',
        ),
        ("define", "positive", "eikonal"),
    ),
    Entry(
        (
            "hamilton-jacobi",
            "eikonal",
            "distance function",
            "travel time",
            "hamilton-jacobi-bellman",
            "viscosity",
            "viscosity solution",
        ),
        "Squares leave the sign open, which `positive: true` chooses for a solution that is above zero where it is "
        "given. Where fronts meet it has a kink: a small viscosity, here 0.01, rounds it and excludes all solutions "
        "but the one with waves that come from the source.",
        (
            "unknowns: {u: {positive: true}, v: {}}",
            '- equation: "dot(grad(u), grad(u)) = 1 + 0.01*laplacian(u)"',
            "- {equation: u = 0.1, on: x=0}",
        ),
        ("unknowns.positive", "guess", "source point"),
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
