"""The solution of a run, all that evaluation needs: stored beside each checkpoint, read, and made anew from one."""

from collections.abc import Callable

import jax

from pinn import checkpoints, config, fields
from pinn.errors import RequestError, StorageError
from pinn.evaluation import Solution
from pinn.fields import Model
from pinn.recording import snapshots
from pinn.recording.reading import Start, read_config, read_start
from pinn.runs import Run
from pinn.runs.sealed import DamagedError
from pinn.training import Snapshot


def store_solution(run: Run, snapshot: Snapshot, unravel: Callable[[jax.Array], Model]) -> None:
    """Store the trained fields of a run; raises `StorageError` if the file system refuses."""
    about = {"config": run.resolved.read_text(encoding="utf-8"), "step": snapshot.step}
    about |= {"stage": snapshot.stage, "slabs": len(snapshot.slabs)}
    checkpoints.save(run.solution, snapshots.networks(snapshot, unravel), about)


def read_solution(run: Run) -> Solution:
    """The trained fields of a run; only its `solution.safetensors` and inputs are read.

    Raises `RequestError` if they are missing, `StorageError` if they are damaged.
    """
    anew = f"pinn resume {run.path} stores it anew from the last checkpoint"
    if not run.solution.exists():
        if run.status().state == "finished":
            raise RequestError(f"{run.path} has no solution any more", anew)
        raise RequestError(f"{run.path} has no solution yet", f"pinn resume {run.path}")
    try:
        arrays, about = checkpoints.load(run.solution)
    except DamagedError as error:
        raise DamagedError(str(error), anew) from error
    known = config.parse(about["config"], str(run.resolved), run.path)
    return Solution(known, *snapshots.read_networks(run.solution, known, about, arrays))


def solution_step(run: Run) -> int:
    """The step at which the solution was stored. Raises `StorageError` if it is missing or damaged."""
    return checkpoints.load(run.solution)[1]["step"]


def mend_solution(run: Run) -> Start:
    """Store the solution anew from the newest whole checkpoint, which is returned; the caller holds the run's lock.

    Raises `StorageError` if there is none.
    """
    start = read_start(run)
    if start.snapshot is None:
        raise StorageError(f"{run.solution} is lost, and no checkpoint is left", "restore one from a copy")
    store_solution(run, start.snapshot, fields.unraveling(read_config(run), start.snapshot.stage)[1])
    return start
