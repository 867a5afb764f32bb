"""What other programs call keys and kinds."""

KEYS = {
    "lr": "learning_rate",
    **dict.fromkeys(("iterations", "epochs", "steps", "max_iterations", "maxiter"), "max_steps"),
    **dict.fromkeys(("layers", "width", "widths", "depth", "hidden_layers"), "hidden"),
    **dict.fromkeys(("loss", "losses", "bc", "bcs", "ic", "ics", "boundary_conditions", "constraints"), "terms"),
    **dict.fromkeys(("equations", "pdes"), "terms"),
    **dict.fromkeys(("functional", "energy", "minimize", "integrand"), "minimise"),
    **dict.fromkeys(("pde", "residual", "condition"), "equation"),
    **dict.fromkeys(("variables", "outputs", "fields"), "unknowns"),
    **dict.fromkeys(("inputs", "axes"), "coordinates"),
    **dict.fromkeys(("geometry", "region"), "domain"),
    **dict.fromkeys(("params", "constants"), "parameters"),
    **dict.fromkeys(("type", "name"), "kind"),
    **dict.fromkeys(("model", "net", "architecture"), "network"),
    **dict.fromkeys(("solution", "analytic"), "exact"),
    **dict.fromkeys(("optimiser", "solver"), "optimizer"),
    **dict.fromkeys(("where", "location", "at"), "on"),
    **dict.fromkeys(("semi_axes", "semiaxes", "axes_lengths"), "radii"),
    "noise": "sigma",
    **dict.fromkeys(("n_points", "num_points", "samples"), "points"),
    **dict.fromkeys(("tol", "tolerance"), "rtol"),
    **dict.fromkeys(("init", "start"), "initial"),
    **dict.fromkeys(("initial_guess", "starting_guess", "guesses"), "guess"),
    **dict.fromkeys(("sigma", "std"), "scale"),
}
"""Keys of the config, by other names."""

KINDS = {
    **dict.fromkeys(("circle", "disc"), "disk"),
    **dict.fromkeys(("ring",), "annulus"),
    **dict.fromkeys(("rectangle", "square", "cube", "interval", "hypercube"), "box"),
    **dict.fromkeys(("triangle",), "polygon"),
    **dict.fromkeys(("cylinder", "prism", "tensor", "cross"), "product"),
    **dict.fromkeys(("mesh", "cloud", "pointcloud", "point_cloud"), "points"),
    **dict.fromkeys(("lm", "levenberg", "marquardt", "gauss_newton", "newton", "least_squares"), "levenberg_marquardt"),
    **dict.fromkeys(("l-bfgs", "l_bfgs", "lbfgsb", "l-bfgs-b"), "lbfgs"),
    **dict.fromkeys(("sgd", "adamw", "rmsprop"), "adam"),
    **dict.fromkeys(("fnn", "dense", "nn", "feedforward"), "mlp"),
    **dict.fromkeys(("uniform", "pseudo", "montecarlo"), "random"),
    **dict.fromkeys(("latin", "latin_hypercube", "latin-hypercube"), "lhs"),
    **dict.fromkeys(("gauss_legendre", "gaussian_quadrature", "quadrature"), "gauss"),
    **dict.fromkeys(("silu",), "swish"),
    **dict.fromkeys(("relu", "elu"), "softplus"),
}
"""Values of `kind`, and functions of layers, by other names."""
