"""The other methods in a process of their own, as a user would run them: without the settings of a run of ours.

The process prepares a row when it is asked to and then runs all its programs once for every line that it reads, so that
its times alternate with those of the process that asks. Both have the same number of threads.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

import cells
from cells import Cell, Mode
from measure import Limits, Party, Result, Run, prepared, times

from pinn import runtime


def surroundings(ours: Mapping[str, str]) -> dict[str, str]:
    """Our environment without what a run has XLA do; the allocator is set within a process and not passed on."""
    return {**ours, "XLA_FLAGS": ours.get("XLA_FLAGS", "").replace(runtime.SUMS, "").strip()}


class Process:
    """A process of baselines; lines of JSON go in and out."""

    def __init__(self, *, full: bool, seconds: float) -> None:
        command = [sys.executable, __file__, json.dumps({"full": full, "seconds": seconds})]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=surroundings(os.environ)
        )

    def party(self, cell: Cell, mode: Mode) -> Party:
        """All methods that apply, compiled there."""
        said = asdict(cell)
        del said["operator"]
        answer = self._ask({"cell": said, "mode": mode})
        return {name: Result(**result) for name, result in answer.items()}, lambda: self._ask({})

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def _serve(full: bool, seconds: float) -> None:
    """Answer every line of stdin by one of stdout."""
    import engine
    import programs
    from baselines import BASELINES

    engine.prepare()
    running: dict[str, Run] = {}
    for line in sys.stdin:
        question = json.loads(line)
        if question:
            said = question["cell"]
            instance = programs.Instance.of(Cell(**said, operator=cells.OPERATORS[said["name"]]))
            made = {name: partial(programs.prepared, instance, name, question["mode"], full=full) for name in BASELINES}
            results, running = prepared(made, Limits(seconds, 0.0))
            answer = {name: asdict(result) for name, result in results.items()}
        else:
            answer = times(running)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    _serve(**json.loads(sys.argv[1]))
