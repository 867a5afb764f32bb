"""A `pinn` for each test, and one whose folder a whole module shares."""

from pathlib import Path

import pytest
from commands import Pinn


@pytest.fixture(scope="module")
def flags(quick_flags: str) -> str:
    """What processes ask of XLA; none for modules that compare their bits."""
    return quick_flags


@pytest.fixture
def pinn(tmp_path: Path, cache: Path, flags: str) -> Pinn:
    """`pinn` in an empty folder."""
    return Pinn(tmp_path, cache, flags)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, cache: Path, flags: str) -> Pinn:
    """`pinn` in a folder that the tests of a module share."""
    return Pinn(tmp_path_factory.mktemp("shared"), cache, flags)
