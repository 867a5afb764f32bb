"""Scrambled Sobol points: those of `scipy.stats.qmc.Sobol` to the last bit.

Importing `scipy.stats` takes as long as importing JAX, at the start of every process of a sweep; its table is enough.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
import scipy
from jaxtyping import Float, UInt32

TABLE = Path(scipy.__file__).parent / "stats" / "_sobol_direction_numbers.npz"
"""Primitive polynomials and first direction numbers (Joe & Kuo 2008), the bits of a polynomial in one number."""

BITS = 30
"""Digits of a coordinate; there are at most 2 to the power of this points."""


def points(count: int, dimension: int, generator: np.random.Generator) -> Float[np.ndarray, "count dim"]:
    """The first points of a sequence whose digits are scrambled by random matrices and shifted (Matoušek 1998)."""
    (own,) = generator.spawn(1)
    places = 2 ** np.arange(BITS, dtype=np.uint32)
    shift = np.dot(own.integers(2, size=(dimension, BITS), dtype=np.uint32), places)
    drawn = np.tril(own.integers(2, size=(dimension, BITS, BITS), dtype=np.uint32), -1)
    directions = _scrambled(_directions(dimension), drawn + np.eye(BITS, dtype=np.uint32))
    number = np.arange(count, dtype=np.uint32)
    gray = number ^ (number >> 1)
    found = np.tile(shift, (count, 1))
    for digit in range(count.bit_length()):
        found ^= np.where((gray[:, None] >> digit) & 1, directions[:, digit], np.uint32(0))
    return found / 2**BITS


@lru_cache
def _directions(dimension: int) -> UInt32[np.ndarray, "dim digits"]:
    """Direction numbers by the recurrence of their polynomials (Bratley & Fox 1988), the first digit highest."""
    with np.load(TABLE) as table:
        polynomials, first = table["poly"][:dimension, None], table["vinit"][:dimension]
    degrees = np.frexp(polynomials[:, 0])[1] - 1
    found = np.ones((dimension, BITS), np.int64)
    for digit in range(BITS):
        new = found[np.arange(dimension), np.maximum(digit - degrees, 0)]
        for k in range(min(digit, int(degrees.max()))):
            is_in = (k < degrees) & ((polynomials[:, 0] >> np.maximum(degrees - 1 - k, 0)) & 1 == 1)
            new = new ^ np.where(is_in, found[:, digit - k - 1] << (k + 1), 0)
        given = first[:, min(digit, first.shape[1] - 1)]
        found[1:, digit] = np.where(digit < degrees, given, new)[1:]
    return (found << np.arange(BITS - 1, -1, -1)).astype(np.uint32)


def _scrambled(
    directions: UInt32[np.ndarray, "dim digits"], matrices: UInt32[np.ndarray, "dim digits digits"]
) -> UInt32[np.ndarray, "dim digits"]:
    """The directions with their digits multiplied by lower triangular matrices, modulo 2."""
    places = 2 ** np.arange(BITS - 1, -1, -1, dtype=np.uint32)
    rows = matrices @ places
    digits = np.bitwise_count(rows[:, None, :] & directions[:, :, None]) & 1
    return digits @ places
