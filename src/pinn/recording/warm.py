"""A run that begins with the trained numbers of another one: what fits, and where it is kept.

The numbers are stored in the new run, which needs the other one no more. What an optimizer has learned of curvature
belongs to the other problem and stays there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from pinn import checkpoints, fields, runs
from pinn.config import Config, FittedParameter, blocks
from pinn.errors import RequestError
from pinn.evaluation import Solution
from pinn.fields import FieldsOf, Model
from pinn.runs import Run


@dataclass(frozen=True)
class Warm:
    """What a training begins with in place of freshly drawn numbers."""

    first: Float[np.ndarray, "... n"]
    """The trained numbers; with slabs of time a row for each of them."""
    source: Mapping[str, str] | None = None
    """Path and SHA-256 of the solution that they are from; None where networks were fitted to a guess or to data."""

    @classmethod
    def of(cls, run: Run, solution: Solution, config: Config) -> "Warm":
        """The solution of a run as the beginning of another config.

        Raises `RequestError`, which names everything that differs, if it does not train the same numbers.
        """
        differences = [*_differences(solution, config)]
        if differences:
            message = f"{run.path} cannot begin this run: {'; '.join(text for text, _ in differences)}"
            raise RequestError(message, "; ".join(dict.fromkeys(hint for _, hint in differences)))
        models = [*solution.slabs, solution.model] if config.slabs else [solution.model]
        rows = [fields.ravel(_carried(run, model, solution.config, config)) for model in models]
        return cls(np.asarray(rows if config.slabs else rows[0], config.document.precision), source(run))

    def store(self, run: Run) -> None:
        """Keep the numbers in a run; raises `StorageError` if the file system refuses."""
        checkpoints.save(run.start, {"theta": self.first}, {"from": self.source})

    @property
    def facts(self) -> dict[str, object]:
        """What `meta.json` says of it."""
        return {"fitted_first": True} if self.source is None else {"from": self.source}


def source(run: Run) -> dict[str, str]:
    """Where the solution of a run is, and its SHA-256; raises `StorageError` if it cannot be read."""
    return {"path": str(run.solution.resolve()), "sha256": runs.sha256_of_file(run.solution)}


def restored(run: Run) -> Float[np.ndarray, "... n"] | None:
    """What `Warm.store` kept, if it did; raises `StorageError` if that is damaged or gone."""
    return checkpoints.load(run.start)[0]["theta"] if {"from", "fitted_first"} & run.read_meta().keys() else None


NETWORK = "take the network of that run, or train this one without --from"
NAMES = "let both configs have the same names in the same order"
FITTED = "let both configs fit the same parameters; 'initial' says with which value one begins"


def _differences(solution: Solution, here: Config) -> Iterator[tuple[str, str]]:
    """What keeps a solution from being the beginning of a config, each with what to do about it."""
    there = solution.config
    if solution.earlier is not None:
        hint = "begin with a run that trains a single network, or let this one train longer by pinn resume"
        yield "its 'multi_stage' has trained several networks, and a run begins with one", hint
    for what, (a, b) in {
        "unknowns": (there.unknowns, here.unknowns),
        "coordinates": (there.domain.coordinates, here.domain.coordinates),
    }.items():
        if a != b:
            yield f"its {what} are {', '.join(a)}, here they are {', '.join(b)}", NAMES
    a, b = (sorted(config.domain.periodic) for config in (there, here))
    if a != b and there.domain.coordinates == here.domain.coordinates:
        names = [", ".join(here.domain.coordinates[i] for i in periodic) or "none" for periodic in (a, b)]
        yield f"its periodic coordinates are {names[0]}, here they are {names[1]}", "let the same ones be periodic"
    a, b = (fields.fitted(config).keys() for config in (there, here))
    for name in sorted(a ^ b):
        yield f"'{name}' is {'fitted there' if name in a else 'fitted here'} only", FITTED
    yield from _network_differences(there, here)
    yield from _slab_differences(solution, here)


def _network_differences(there: Config, here: Config) -> Iterator[tuple[str, str]]:
    """In what networks for the same unknowns are others."""
    pairs = [blocks.blocks(config.document, config.domain) for config in (there, here)]
    said = [" and ".join(", ".join(block.unknowns) for block in found) for found in pairs]
    if there.unknowns == here.unknowns and said[0] != said[1]:
        yield f"its networks are those of {said[0]}, here those of {said[1]}", "write 'unknowns' as in that run"
    for old, new in zip(*pairs, strict=False):
        if old.unknowns != new.unknowns:
            continue
        if old.inputs != new.inputs and there.domain.coordinates == here.domain.coordinates:
            names = [", ".join(there.domain.coordinates[i] for i in block.inputs) for block in (old, new)]
            yield f"the inputs of {old.unknowns[0]} are {names[0]} there and {names[1]} here", NETWORK
        a, b = (block.said.model_dump(exclude={"initial"}) for block in (old, new))
        for key in dict.fromkeys([*a, *b]):
            if a.get(key) != b.get(key):
                path = ".".join(map(str, (*new.path, key)))
                yield f"{path} is {a.get(key, 'left out')} there and {b.get(key, 'left out')} here", NETWORK
    positive = [{n for n, said in blocks.restricted(c.document).items() if said.positive} for c in (there, here)]
    for name in sorted(positive[0] ^ positive[1]):
        yield f"'{name}' is positive {'there' if name in positive[0] else 'here'} only", "let 'positive' be the same"


def _slab_differences(solution: Solution, here: Config) -> Iterator[tuple[str, str]]:
    there, here_ = (max(len(config.slabs) - 1, 1) for config in (solution.config, here))
    if there != here_:
        said = f"it has {there} {'network' if there == 1 else 'slabs of time'}, here there "
        said += "is one network" if here_ == 1 else f"are {here_} slabs of time"
        yield f"{said}, each with numbers of its own", "let training.slabs be the same"
    elif len(solution.slabs) + 1 < there:
        said = f"{len(solution.slabs) + 1} of its {there} slabs of time are trained"
        yield said, "go on with it by pinn resume first"


def _carried(run: Run, model: Model, there: Config, here: Config) -> Model:
    """The model with its fitted parameters in the coordinates in which another config trains them."""
    known = FieldsOf.of(there, [model], fields.constants(there))
    before = fields.fitted(there)
    fitted: dict[str, Array] = {}
    for name, said in fields.fitted(here).items():
        fitted[name] = model.fitted[name]
        if _scaling(said) != _scaling(before[name]):
            value = float(known.parameter(name)[0])
            _check(run, name, value, said)
            fitted[name] = jnp.asarray(fields.unbounded(said, value), here.document.precision)
    return Model(model.network, fitted)


def _scaling(said: FittedParameter) -> tuple[object, ...]:
    """All that says which value a trained coordinate stands for."""
    return said.scale, said.positive, said.bounds


def _check(run: Run, name: str, value: float, said: FittedParameter) -> None:
    """Refuse a value that a parameter may not have."""
    low, high = said.bounds or (0.0 if said.positive else -np.inf, np.inf)
    if not low < value < high:
        message = f"{run.path} cannot begin this run: '{name}' is {value:.6g} there, and here it is kept from that"
        raise RequestError(message, f"let parameters.{name} take it: it must lie between {low:g} and {high:g}")
