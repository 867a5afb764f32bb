"""What all tests share: float64, as in a run, and the programs that processes have compiled."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import jax
import pytest

# Processes that tests start keep the compiled modules, as an installed package does; each would compile all of them.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

jax.config.update("jax_enable_x64", True)


@pytest.fixture(scope="session", autouse=True)
def programs(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What one test has compiled others take from a folder: runs that go on from checkpoints compile the same again."""
    jax.config.update("jax_compilation_cache_dir", str(tmp_path_factory.mktemp("programs")))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


@pytest.fixture(scope="module", autouse=True)
def forgotten() -> Iterator[None]:
    """What a module compiled goes with it: kept for the session, it grows to gigabytes."""
    yield
    jax.clear_caches()
    gc.collect()


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compiled programs, kept for the session."""
    return tmp_path_factory.mktemp("cache")
