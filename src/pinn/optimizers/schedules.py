"""How a learning rate falls over the steps of a stage."""

from typing import Any, Literal, assert_never

import jax.numpy as jnp
from jaxtyping import Array, Float

Schedule = Literal["constant", "cosine", "exponential"]

END = 0.01
"""What the exponential schedule leaves of the learning rate after all steps."""


def share(schedule: Schedule, count: Any, span: Float[Array, ""]) -> Any:
    """What is left of a learning rate after `count` of `span` steps."""
    passed = count.astype(span.dtype) / jnp.maximum(span, 1)
    match schedule:
        case "constant":
            return jnp.ones_like(span)
        case "cosine":
            return 0.5 * (1 + jnp.cos(jnp.pi * jnp.minimum(passed, 1)))
        case "exponential":
            return END**passed
        case _:
            assert_never(schedule)
