"""What all tests share: float64, as in a run, a quick compiler, and the programs that processes have compiled."""

import gc
import os
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any
from unittest import mock

import jax
import pytest
from jax._src import compiler

from pinn import runtime

# Processes that tests start keep the compiled modules, as an installed package does; each would compile all of them.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

jax.config.update("jax_enable_x64", True)
runtime.collect_seldom()

AS_IN_RUNS = compiler.get_compile_options
QUICK: dict[str, Any] = {
    "xla_backend_optimization_level": 0,
    "xla_llvm_disable_expensive_passes": True,
    "xla_cpu_use_fusion_emitters": False,
    "xla_cpu_parallel_codegen_split_count": 1,
}
"""Has XLA compile up to five times faster, which is much of what tests wait for; small programs run no slower."""
if not metadata.version("jaxlib").startswith(runtime.KNOWS_SUMS):
    QUICK = {}  # other releases may not have these


def quick(*args: Any, env_options_overrides: dict[str, Any] | None = None, **named: Any) -> Any:
    """What `jax` asks of XLA, within this process alone."""
    return AS_IN_RUNS(*args, env_options_overrides=QUICK | (env_options_overrides or {}), **named)


compiler.get_compile_options = quick


@pytest.fixture(scope="session")
def quick_flags() -> str:
    """QUICK for processes that tests start, where neither bits nor users' own ways are what is tested."""
    return " ".join(f"--{name}={str(value).lower()}" for name, value in QUICK.items())


@pytest.fixture
def full_compiler() -> Iterator[None]:
    """Programs compiled as in runs, for what depends on them to the last bit."""
    jax.clear_caches()
    with mock.patch.object(compiler, "get_compile_options", AS_IN_RUNS):
        yield
    jax.clear_caches()


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
