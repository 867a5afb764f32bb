"""After how many steps a stage is measured, saved and watched: few, where a step is long."""

from pinn import schema


def log_every(said: schema.Stage, training: schema.Training) -> int:
    """Steps between two lines of metrics."""
    return training.log_every or (5 if _takes_long_steps(said) else 50)


def checkpoint_every(said: schema.Stage, training: schema.Training) -> int:
    """Steps between two checkpoints."""
    return training.checkpoint_every or (50 if _takes_long_steps(said) else 1000)


def watch_every(said: schema.Stage) -> int:
    """Steps between two looks at whether points, targets and weights should be others.

    It decides the result, so that there is no option for it.
    """
    return 10 if _takes_long_steps(said) else 100


def _takes_long_steps(said: schema.Stage) -> bool:
    return isinstance(said, schema.LeastSquares | schema.NaturalGradient | schema.Spring)
