"""Solve differential equations and minimise functionals with small neural networks, from one YAML file.

The data's way through the package: `config` (YAML → checked Config), `problems` (groups of terms and points),
`fields` and `jets` (unknowns with all derivatives), `objectives` (the loss), `optimizers`, `training` (events),
`recording` (the run directory), `evaluation`. The command line is `pinn.cli`; `load` is the whole Python interface.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from pinn.evaluation import Solution


def load(run: "str | Path", runs: "str | Path" = "runs") -> "Solution":
    """The solution of a run, given as a path, a unique prefix of its name, or `latest`.

    It is a function of NumPy arrays by coordinate name: `load("latest")("u", "d(u, x)", x=0.5, y=[0, 1])`.

    Raises `pinn.errors.PinnError` if there is no such run or its files are damaged.
    """
    from pathlib import Path

    from pinn import runtime

    runtime.prepare()
    from pinn import recording
    from pinn import runs as directories

    return recording.read_solution(directories.find(Path(runs), str(run)))
