"""A `pinn` for each test, and one whose folder a whole module shares."""

from pathlib import Path

import pytest
from commands import Pinn


@pytest.fixture
def pinn(tmp_path: Path, cache: Path) -> Pinn:
    """`pinn` in an empty folder."""
    return Pinn(tmp_path, cache)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Pinn:
    """`pinn` in a folder that the tests of a module share."""
    return Pinn(tmp_path_factory.mktemp("shared"), cache)
