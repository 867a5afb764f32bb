"""Trees of arrays ↔ arrays by name, as files hold them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np

from pinn.errors import StorageError


def named(tree: Any, head: str = "") -> dict[str, np.ndarray]:
    """The arrays of a tree by name; `head` begins all names."""
    leaves = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {head + _name(path): np.asarray(leaf) for path, leaf in leaves}


def unnamed(file: Path, shapes: Any, arrays: Mapping[str, np.ndarray], head: str = "") -> Any:
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
