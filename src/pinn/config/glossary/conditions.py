"""What holds on boundaries, edges and at single times."""

from pinn.config.glossary.entry import Entry

ENTRIES = (
    Entry(
        ("dirichlet", "essential"),
        "A value on the boundary is an equation there; built in exactly with `hard`.",
        ("- {equation: u = 0, on: boundary, hard: true}",),
        ("terms.on", "terms.hard"),
    ),
    Entry(
        ("neumann", "flux", "normal", "insulated", "symmetry"),
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
        ("initial condition", "start", "ivp"),
        "The state at the beginning is an equation there, two of them where the equation is of second order in time.",
        ("- {equation: [u = sin(pi*x), u_t = 0], on: t=0, hard: true}",),
        ("domain.time", "terms.hard"),
    ),
    Entry(
        ("terminal", "final condition", "backward"),
        "A condition at the last time is an equation there; `hard` builds it in.",
        ("- {equation: u = x, on: t=1, hard: true}",),
        ("domain.time", "terms.hard"),
    ),
    Entry(
        ("absorbing", "outgoing", "sommerfeld", "impedance", "radiation condition", "scattering", "pml"),
        "What leaves through an end is an equation there.",
        ('- {equation: "u_t + d(u, n) = 0", on: x=1}',),
        ("terms.on",),
    ),
    Entry(
        ("natural", "free", "transversality"),
        "Under `minimise`, where nothing is said on a part of the boundary, the natural condition holds by itself. For "
        "equations it has to be written as one.",
        ('- minimise: "0.5*u_x^2 - u"',),
        ("terms.minimise",),
    ),
    Entry(
        ("interface", "jump", "discontinuous", "materials", "transmission", "contact resistance"),
        "Where materials meet, each has an unknown of its own on its region, and on the edge stands what joins them; "
        "a resistance there is a jump, u_x = 3*(v - u). A curve between them is an outline, "
        "seam: {outline: {kind: disk, radius: 0.5}}, with the normal n.",
        (
            "unknowns: {u: {on: left}, v: {on: right}}",
            "regions: {left: x < 0.5, right: x > 0.5}",
            "- {equation: [u = v, u_x = 4*v_x], on: x=0.5}",
        ),
        ("unknowns.on", "regions"),
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
        ("danckwerts", "inlet", "closed vessel"),
        "What flows in is what is carried and what diffuses, an equation of both at the inlet; at the outlet the slope "
        "is zero. The smaller the diffusion, the steeper the inlet.",
        ('- {equation: "u - 0.1*u_x = 1", on: x=0}', "- {equation: u_x = 0, on: x=1}"),
        ("terms.on",),
    ),
    Entry(
        ("neumann compatibility", "compatibility", "solvability", "pure neumann"),
        "With slopes alone on the boundary, sources and fluxes have to balance, here integral(f) = 0 for "
        "laplacian(u) = f, or nothing solves all equations and the loss stays, as `pinn check --deep` tells. The "
        "solution is known up to a constant, which one more equation fixes.",
        (
            "- equation: laplacian(u) = cos(pi*x)",
            '- {equation: "d(u, n) = 0", on: boundary}',
            '- equation: "integral(u) = 0"',
        ),
        ("integral", "neumann"),
    ),
)
