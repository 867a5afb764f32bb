"""Snapshots and networks ↔ the named arrays and the JSON of a checkpoint."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jax
import numpy as np

from pinn import checkpoints, fields
from pinn.arrays import named, unnamed
from pinn.config import Config
from pinn.fields import EARLIER, Earlier, Model
from pinn.optimizers.outcomes import Outcome, Report
from pinn.training import Front, Held, Look, Shift, Slab, Snapshot, Weighed

ANCHOR = "anchor/"
"""Heads the names of a snapshot's anchors among the arrays of a checkpoint."""

SLAB = "slab/"
"""Heads the names of the arrays of the slabs of time before the present one, with their number."""


HELD = "held"
"""The name of the best parameters among the arrays of a checkpoint."""

TARGETS, SEEN = "shift/targets", "shift/seen"
"""The names of the arrays of a shift."""


def write(path: Path, snapshot: Snapshot, seconds: float) -> None:
    """Store a snapshot with the seconds of training before it; raises `StorageError` if the file system refuses."""
    about = {
        "stage": snapshot.stage,
        "steps_before": snapshot.steps_before,
        "evaluations_before": snapshot.evaluations_before,
        "report": asdict(snapshot.report) | {"outcome": int(snapshot.report.outcome)},
        "added": snapshot.added,
        "looked": snapshot.looked,
        "weighed": snapshot.weighed,
        "front": snapshot.front,
        "shift": snapshot.shift and [snapshot.shift.step, snapshot.shift.factor, snapshot.shift.left],
        "held": snapshot.held and (*snapshot.held[:3], snapshot.held.gap),
        "slabs": [(slab.loss, slab.first) for slab in snapshot.slabs],
        "seconds": seconds,
    }
    anchors = {ANCHOR + name: array for name, array in snapshot.anchors.items()}
    slabs = {f"{SLAB}{i}": slab.theta for i, slab in enumerate(snapshot.slabs)}
    held = {HELD: snapshot.held.theta} if snapshot.held else {}
    shift = {TARGETS: snapshot.shift.targets, SEEN: snapshot.shift.seen} if snapshot.shift else {}
    earlier = named(snapshot.earlier, EARLIER)
    checkpoints.save(path, {**snapshot.arrays, **anchors, **slabs, **held, **shift, **earlier}, about)


def read(path: Path, config: Config) -> tuple[Snapshot, float]:
    """What `write` stored, for the config of its run; raises `StorageError` if it is damaged or does not fit."""
    arrays, about = checkpoints.load(path)
    earlier = unnamed(path, fields.shape(config, about["stage"])[1], arrays, EARLIER)
    arrays = {name: array for name, array in arrays.items() if not name.startswith(EARLIER)}
    anchors = {name.removeprefix(ANCHOR): arrays.pop(name) for name in list(arrays) if name.startswith(ANCHOR)}
    before, added = (about["steps_before"], about["evaluations_before"]), tuple(about.get("added", ()))
    looked = Look(*about["looked"]) if about.get("looked") else None
    weighed = Weighed(*about["weighed"]) if about.get("weighed") else None
    pairs = (losses if isinstance(losses, list) else [losses] for losses in about.get("slabs", ()))
    slabs = tuple(Slab(arrays.pop(f"{SLAB}{i}"), *losses) for i, losses in enumerate(pairs))
    held = _held(about["held"], arrays.pop(HELD)) if about.get("held") else None
    front = _front(about["front"]) if about.get("front") else None
    shift = _shift(about["shift"], arrays.pop(TARGETS), arrays.pop(SEEN)) if TARGETS in arrays else None
    kept = (_report(about["report"]), arrays, anchors, added, looked, earlier, weighed, slabs, held, front, shift)
    return Snapshot(about["stage"], *before, *kept), about["seconds"]


def networks(snapshot: Snapshot, unravel: Callable[[jax.Array], Model]) -> dict[str, np.ndarray]:
    """The arrays of a solution: the model, the networks of earlier stages, and the models of slabs of time before."""
    found = named(unravel(jax.numpy.asarray(snapshot.theta))) | named(snapshot.earlier, EARLIER)
    for i, slab in enumerate(snapshot.slabs):
        found |= named(unravel(jax.numpy.asarray(slab.theta)), f"{SLAB}{i}/")
    return found


def read_networks(
    path: Path, config: Config, about: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
) -> tuple[Model, Earlier | None, tuple[Model, ...]]:
    """A stage's model, the networks of earlier ones and the models of slabs of time before, from a solution's arrays.

    Raises `StorageError` where they do not fit.
    """
    shape, _ = fields.shape(config, about.get("stage", 0))
    slabs = (unnamed(path, shape, arrays, f"{SLAB}{i}/") for i in range(about.get("slabs", 0)))
    return *fields.stored(path, config, about, arrays), tuple(slabs)


def _held(numbers: Sequence[Any], theta: np.ndarray) -> Held:
    step, loss, first, *gap = numbers  # older programs did not say how far training was from it
    return Held(step, loss, first, theta, *gap)


def _front(stored: Sequence[Any]) -> Front:
    """A front as JSON has it, with a list in place of the weights."""
    number, first, falls, weights = stored
    return Front(number, first, falls, tuple(weights))


def _shift(numbers: Sequence[Any], targets: np.ndarray, seen: np.ndarray) -> Shift:
    step, factor, left = numbers
    return Shift(step, factor, targets, seen, left)


def _report(stored: Mapping[str, Any]) -> Report:
    """A report as `asdict` gave it to JSON, which holds no numbers that are not finite."""
    loss, norm = (np.nan if stored[key] is None else stored[key] for key in ("loss", "gradient_norm"))
    return Report(Outcome(stored["outcome"]), loss, norm, stored["step"], stored["evaluations"])
