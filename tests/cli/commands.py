"""The command line as users have it: both streams and exit codes, of real processes or within this one."""

import contextlib
import gc
import io
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from pinn.cli import main

gc.enable()  # which `pinn.cli` switches off, for processes of one command
ROOT = Path(__file__).parents[2]
CONFIGS = ROOT / "configs"
PATIENCE = 100.0
"""Seconds after which a process hangs."""

POISSON = """\
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1]}}
terms:
  - {equation: u_xx = -pi^2*sin(pi*x), name: pde}
  - {equation: u = 0, on: boundary, hard: true}
exact: {u: sin(pi*x)}
sampling: {kind: gauss, points: 16}
network: {kind: mlp, hidden: [6]}
optimizer: {kind: bfgs, max_steps: 40}
training: {log_every: 5, checkpoint_every: 10, validation: 16}
"""
"""A problem that is solved at once."""


@dataclass(frozen=True)
class Answer:
    """What a process has said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object on stdout."""
        assert self.out.count("\n") == 1
        return json.loads(self.out)

    @property
    def run(self) -> Path:
        """The path of a run, alone on stdout."""
        assert self.out.count("\n") == 1, self.out
        path = Path(self.out.rstrip("\n"))
        assert (path / "meta.json").is_file()
        return path


@dataclass(frozen=True)
class Pinn:
    """`pinn` in a folder of its own; compiled programs are shared by all."""

    folder: Path
    cache: Path
    flags: str
    """What a process asks of XLA beside its own."""

    def __call__(
        self,
        *args: str | Path,
        code: int = 0,
        env: Mapping[str, str] | None = None,
        stdin: str | bytes = b"",
        largest_file: int | None = None,
    ) -> Answer:
        """Run a command to its end; its exit code must be `code`, and no traceback may show."""
        started = self._started(args, env, _limit(largest_file))
        streams = started.communicate(stdin.encode() if isinstance(stdin, str) else stdin, timeout=PATIENCE)
        out, err = (stream.decode() for stream in streams)
        assert started.returncode == code, f"exit code {started.returncode}\n{out}\n{err}"
        assert "Traceback" not in err
        return Answer(started.returncode, out, err)

    def inside(self, *args: str | Path, code: int = 0, env: Mapping[str, str] | None = None) -> Answer:
        """The same within this process, where nothing is imported anew: for what does not depend on the process."""
        out, err, found = io.StringIO(), io.StringIO(), 0
        # JAX, which has started, does not read its variable any more: no cache of programs is switched on.
        variables = {"PINN_CACHE_DIR": str(self.cache), "JAX_COMPILATION_CACHE_DIR": str(self.cache)}
        with (
            mock.patch.dict(os.environ, variables | dict(env or {})),
            mock.patch.object(sys, "argv", ["pinn", *map(str, args)]),
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                main()
            except SystemExit as end:
                found = end.code or 0
        answer = Answer(int(found), out.getvalue(), err.getvalue())
        assert answer.code == code, f"exit code {answer.code}\n{answer.out}\n{answer.err}"
        assert "Traceback" not in answer.err
        return answer

    def start(self, *args: str | Path, env: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
        """Begin a command and leave it to the test."""
        return self._started(args, env, None)

    def write(self, text: str, name: str = "config.yaml") -> Path:
        """A config in the folder; the path is relative to it."""
        (self.folder / name).write_text(text, encoding="utf-8")
        return Path(name)

    @property
    def runs(self) -> list[Path]:
        """All that is in the runs folder."""
        root = self.folder / "runs"
        return sorted(root.iterdir()) if root.is_dir() else []

    def path(self, answer: Answer) -> Path:
        """The run that an answer names, as a path that this process can open."""
        return self.folder / answer.out.strip()

    def _started(
        self, args: tuple[str | Path, ...], env: Mapping[str, str] | None, prepare: Callable[[], None] | None
    ) -> "subprocess.Popen[bytes]":
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PINN_", "JAX_", "XLA_"))}
        return subprocess.Popen(
            [sys.executable, "-m", "pinn", *map(str, args)],
            cwd=self.folder,
            env=kept | {"PINN_CACHE_DIR": str(self.cache), "XLA_FLAGS": self.flags} | dict(env or {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=prepare,
        )


def _limit(largest_file: int | None) -> Callable[[], None] | None:
    if largest_file is None:
        return None
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))


def rows(run: Path) -> list[dict[str, Any]]:
    """All whole lines of a run's metrics."""
    path = run / "metrics.jsonl"
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    return [json.loads(line) for line in lines]


def untimed(run: Path) -> list[dict[str, Any]]:
    """The metrics without what no two runs share."""
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows(run)]


def status(run: Path) -> str:
    return json.loads((run / "status.json").read_text())["state"]


def wait_for(happened: Callable[[], object], process: "subprocess.Popen[bytes]") -> None:
    """Wait until something has happened while a process runs."""
    limit = time.monotonic() + PATIENCE
    while not happened():
        if process.poll() is not None:
            raise AssertionError(f"ended too early: {process.communicate()[1].decode()[-2000:]}")
        assert time.monotonic() < limit
        time.sleep(0.002)


def cut_off(process: "subprocess.Popen[bytes]", run: Path, left: Path) -> None:
    """Copy what is left of a run if its process is killed at this moment; the process goes on."""
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED)
    shutil.copytree(run, left)
    process.send_signal(signal.SIGCONT)


def ended(process: "subprocess.Popen[bytes]", number: signal.Signals | None = None) -> Answer:
    """The last words of a process, after a signal."""
    if number is not None:
        process.send_signal(number)
    out, err = (stream.decode() for stream in process.communicate(timeout=PATIENCE))
    assert "Traceback" not in err
    return Answer(process.returncode, out, err)


def changed(text: str, *changes: tuple[str, str]) -> str:
    """A config with pieces replaced, each of which must be there."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def places(answer: Answer) -> list[str]:
    """`line:column` of every mistake that is shown with its source."""
    return re.findall(r"^ *--> [^\n]*?:(\d+:\d+)$", answer.err, re.MULTILINE)
