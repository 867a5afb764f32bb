"""What a process fixes before any number is computed: threads, precision, and where compiled programs are kept."""

import contextlib
import gc
import os
import sys
from pathlib import Path

XLA = "NPROC"
"""Holds the number of threads of XLA's CPU client."""

LAPACK = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""Hold the number of threads of the linear algebra libraries."""

SUMS = "--xla_cpu_experimental_ynn_fusion_type=-reduce"
"""Has XLA sum over points by loops of its own: its library first writes out every product that is summed."""

KNOWS_SUMS = "0.10."
"""The releases of jaxlib that know this option; others might refuse to start."""

PACKAGES = ("pinn-solver", "jax", "jaxlib", "equinox", "optimistix", "lineax", "optax", "numpy", "scipy")
"""Packages whose versions decide the bits of a run."""


def set_threads(count: int | None) -> int:
    """Fix the number of threads of compiled programs; call before XLA or a linear algebra library is imported.

    Left open, it is the number of cores this process may use, shared with the user's other running solvers. LAPACK
    keeps to one thread: its threads spin while they wait, which beside those of XLA, or of another process, makes a
    Cholesky factor of 500 to 1200 columns 5 times slower; undisturbed it would gain less than a factor of 2.
    """
    threads = count or max(1, _cores() // max(1, _running()))
    os.environ[XLA] = str(threads)
    for name in LAPACK:
        os.environ[name] = "1"
    return threads


def prepare() -> None:
    """Switch on float64, the cache of compiled programs and garbage collection, and keep memory; imports JAX."""
    collect_seldom()
    keep_memory()
    set_compiler()
    import jax

    jax.config.update("jax_enable_x64", True)
    if "JAX_COMPILATION_CACHE_DIR" not in os.environ and (folder := _writable(cache() / "programs" / _machine())):
        jax.config.update("jax_compilation_cache_dir", str(folder))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)


def collect_seldom() -> None:
    """Look for garbage, but not in what is there already, and seldom: tracing makes many objects and few cycles."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    gc.enable()


def set_compiler() -> None:
    """Choose what XLA leaves open; call before its first program."""
    flags = os.environ.get("XLA_FLAGS", "")
    if versions().get("jaxlib", "").startswith(KNOWS_SUMS) and SUMS.partition("=")[0] not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} {SUMS}".strip()


def keep_memory() -> None:
    """Have the C library keep what is freed, where it is glibc.

    Else every array above 32 MB is new to the process, and clearing its pages takes longer than filling them; so is
    every large array in a heap of a thread's own, hence one heap for all.
    """
    import ctypes

    trim_threshold, mmap_max, arena_max = -1, -4, -8  # the names of malloc.h
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(arena_max, 1)
        library.mallopt(mmap_max, 0)
        library.mallopt(trim_threshold, 2**31 - 1)


def versions() -> dict[str, str]:
    """Versions of the packages that decide the bits of a run."""
    from importlib import metadata

    found = {"python": sys.version.split()[0]}
    for name in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def git_commit() -> str | None:
    """The commit that is checked out where the process runs, if there is one."""
    import subprocess

    try:
        found = subprocess.run(
            ["git", "rev-parse", "--verify", "--quiet", "HEAD"],
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip()


def cache() -> Path:
    """The user's cache folder for pinn."""
    base = os.environ.get("PINN_CACHE_DIR")
    if base:
        return Path(base)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pinn"


@contextlib.contextmanager
def counted():
    """Count this process among the user's running solvers while the block lasts."""
    folder = _writable(cache() / "running")
    mark = folder / str(os.getpid()) if folder else None
    with contextlib.suppress(OSError):
        if mark:
            mark.touch()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if mark:
                mark.unlink(missing_ok=True)


def _running() -> int:
    """The user's solvers that run now, this one included; marks of dead processes are swept."""
    alive = 1
    with contextlib.suppress(OSError):
        for mark in (cache() / "running").iterdir():
            if not mark.name.isdigit() or int(mark.name) == os.getpid():
                continue
            try:
                os.kill(int(mark.name), 0)
                alive += 1
            except ProcessLookupError:
                mark.unlink(missing_ok=True)
            except OSError:
                pass
    return alive


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _machine() -> str:
    """A short name for this processor and these packages: a program compiled for one may fail on another."""
    import hashlib

    text = [os.uname().machine, *(f"{k} {v}" for k, v in sorted(versions().items()))]
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        text += sorted({line for line in lines if line.startswith(("model name", "flags", "Features"))})
    return hashlib.sha256("\n".join(text).encode()).hexdigest()[:16]


def _writable(folder: Path) -> Path | None:
    """The folder, made for this user alone; None where that cannot be done."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None
