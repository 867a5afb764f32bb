"""What all tests share: float64, as in a run."""

import jax

jax.config.update("jax_enable_x64", True)
