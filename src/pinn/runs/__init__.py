"""The run directory, the only memory between commands: its files, its names, its status, its one writer."""

from pinn.runs import metrics
from pinn.runs.directory import FORMAT, Run, check_name, create, every, find, open_named
from pinn.runs.files import read_json, require_space, sha256, sha256_of_file, write_atomic, write_json
from pinn.runs.inputs import copy_inputs, input_path
from pinn.runs.lock import locked
from pinn.runs.status import Status

__all__ = [
    "FORMAT",
    "Run",
    "Status",
    "check_name",
    "copy_inputs",
    "create",
    "every",
    "find",
    "input_path",
    "locked",
    "metrics",
    "open_named",
    "read_json",
    "require_space",
    "sha256",
    "sha256_of_file",
    "write_atomic",
    "write_json",
]
