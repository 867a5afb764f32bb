"""Training: a problem and its optimizers put together; what happens is told as events."""

from pinn.training.events import (
    Added,
    Advanced,
    Calmed,
    Ended,
    Event,
    Front,
    Held,
    Logged,
    Look,
    Saved,
    Shift,
    Slab,
    Snapshot,
    Weighed,
)
from pinn.training.march import March, build
from pinn.training.trainer import Trainer

__all__ = [
    "Added",
    "Advanced",
    "Calmed",
    "Ended",
    "Event",
    "Front",
    "Held",
    "Logged",
    "Look",
    "March",
    "Saved",
    "Shift",
    "Slab",
    "Snapshot",
    "Trainer",
    "Weighed",
    "build",
]
