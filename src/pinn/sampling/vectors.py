"""Random numbers by seeds of words and numbers, and the random vectors of estimates."""

import zlib
from collections.abc import Sequence
from typing import assert_never

import numpy as np
from jaxtyping import Float

from pinn.config import Estimate


def vectors(said: Estimate, dimension: int, seed: Sequence[int | str]) -> Float[np.ndarray, "vectors dim"]:
    """Random vectors for estimates; equal arguments give equal vectors.

    Each half has its axes without repetition, as far as there are enough.
    """
    source = generator(seed)
    indices, found = np.asarray(said.indices), np.zeros((said.vectors, dimension))
    match said.kind:
        case "signs":
            found[:, indices] = source.choice((-1.0, 1.0), (said.vectors, len(indices)))
        case "normal":
            found[:, indices] = source.standard_normal((said.vectors, len(indices)))
        case "axes":
            for half in said.estimators:
                rows = np.asarray(half.vectors)
                found[rows, indices[source.permutation(len(indices))[: len(rows)]]] = 1.0
        case _:
            assert_never(said.kind)
    return found


def generator(seed: Sequence[int | str]) -> np.random.Generator:
    """A generator that equal seeds make equal."""
    words = [zlib.crc32(s.encode()) if isinstance(s, str) else s for s in seed]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))
