"""Snapshots and networks ↔ the named arrays and the JSON of a checkpoint."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jax
import numpy as np

from pinn import checkpoints, fields
from pinn.config import Config
from pinn.errors import StorageError
from pinn.fields import Earlier, Model
from pinn.optimizers.outcomes import Outcome, Report
from pinn.training import Look, Slab, Snapshot, Weighed

ANCHOR = "anchor/"
"""Heads the names of a snapshot's anchors among the arrays of a checkpoint."""

EARLIER = "earlier/"
"""Heads the names of the arrays of earlier networks, in checkpoints and solutions."""

SLAB = "slab/"
"""Heads the names of the arrays of the slabs of time before the present one, with their number."""


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
        "slabs": [slab.loss for slab in snapshot.slabs],
        "seconds": seconds,
    }
    anchors = {ANCHOR + name: array for name, array in snapshot.anchors.items()}
    slabs = {f"{SLAB}{i}": slab.theta for i, slab in enumerate(snapshot.slabs)}
    checkpoints.save(path, {**snapshot.arrays, **anchors, **slabs, **_named(snapshot.earlier, EARLIER)}, about)


def read(path: Path, config: Config) -> tuple[Snapshot, float]:
    """What `write` stored, for the config of its run; raises `StorageError` if it is damaged or does not fit."""
    arrays, about = checkpoints.load(path)
    earlier = _unnamed(path, fields.shape(config, about["stage"])[1], arrays, EARLIER)
    arrays = {name: array for name, array in arrays.items() if not name.startswith(EARLIER)}
    anchors = {name.removeprefix(ANCHOR): arrays.pop(name) for name in list(arrays) if name.startswith(ANCHOR)}
    before, added = (about["steps_before"], about["evaluations_before"]), tuple(about.get("added", ()))
    looked = Look(*about["looked"]) if about.get("looked") else None
    weighed = Weighed(*about["weighed"]) if about.get("weighed") else None
    slabs = tuple(Slab(arrays.pop(f"{SLAB}{i}"), loss) for i, loss in enumerate(about.get("slabs", ())))
    kept = (_report(about["report"]), arrays, anchors, added, looked, earlier, weighed, slabs)
    return Snapshot(about["stage"], *before, *kept), about["seconds"]


def networks(snapshot: Snapshot, unravel: Callable[[jax.Array], Model]) -> dict[str, np.ndarray]:
    """The arrays of a solution: the model, the networks of earlier stages, and the models of slabs of time before."""
    found = _named(unravel(jax.numpy.asarray(snapshot.theta))) | _named(snapshot.earlier, EARLIER)
    for i, slab in enumerate(snapshot.slabs):
        found |= _named(unravel(jax.numpy.asarray(slab.theta)), f"{SLAB}{i}/")
    return found


def read_networks(
    path: Path, config: Config, about: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
) -> tuple[Model, Earlier | None, tuple[Model, ...]]:
    """A stage's model, the networks of earlier ones and the models of slabs of time before, from a solution's arrays.

    Raises `StorageError` where they do not fit.
    """
    model, earlier = fields.shape(config, about.get("stage", 0))
    slabs = (_unnamed(path, model, arrays, f"{SLAB}{i}/") for i in range(about.get("slabs", 0)))
    return _unnamed(path, model, arrays), _unnamed(path, earlier, arrays, EARLIER), tuple(slabs)


def _report(stored: Mapping[str, Any]) -> Report:
    """A report as `asdict` gave it to JSON, which holds no numbers that are not finite."""
    loss, norm = (np.nan if stored[key] is None else stored[key] for key in ("loss", "gradient_norm"))
    return Report(Outcome(stored["outcome"]), loss, norm, stored["step"], stored["evaluations"])


def _named(tree: Any, head: str = "") -> dict[str, np.ndarray]:
    """The arrays of a tree by name."""
    leaves = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {head + _name(path): np.asarray(leaf) for path, leaf in leaves}


def _unnamed(file: Path, shapes: Any, arrays: Mapping[str, np.ndarray], head: str = "") -> Any:
    """The tree of some shapes with arrays by name; raises `StorageError` where they do not fit."""
    paths, structure = jax.tree_util.tree_flatten_with_path(shapes)
    try:
        leaves = [_fitting(arrays[head + _name(path)], leaf) for path, leaf in paths]
    except (KeyError, ValueError) as error:
        raise StorageError(f"{file} does not fit its own config: {error}") from None
    return jax.tree.unflatten(structure, leaves)


def _name(path: tuple[Any, ...]) -> str:
    return jax.tree_util.keystr(path, simple=True, separator=".")


def _fitting(array: np.ndarray, leaf: jax.ShapeDtypeStruct) -> jax.Array:
    if array.shape != leaf.shape or array.dtype != leaf.dtype:
        raise ValueError(f"{array.dtype}{list(array.shape)} where {leaf.dtype}{list(leaf.shape)} is needed")
    return jax.numpy.asarray(array)
