"""A measurement in a process of its own: no threads, graphs or memory of the one before it."""

import importlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}


def call(function: str, **arguments: Any) -> dict[str, Any]:
    """What `function`, such as "benchmarks.predict:kit", returns in a new process; with its `peak_mb`.

    Arguments and result go as JSON. Raises subprocess.CalledProcessError if the process fails.
    """
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.child", function, json.dumps(arguments)],
        cwd=ROOT,
        env={**os.environ, **QUIET},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def main(function: str, arguments: str) -> None:
    module, name = function.split(":")
    with tempfile.TemporaryDirectory() as place:  # what the measured code leaves goes with it
        tempfile.tempdir = place
        result = getattr(importlib.import_module(module), name)(**json.loads(arguments))
    print(json.dumps({**result, "peak_mb": peak_mb()}), flush=True)
    os._exit(0)  # some runtimes crash on their way out


def peak_mb() -> int:
    """Memory that this process held at most, resident; `ru_maxrss` would begin with that of its parent."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return round(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024)


if __name__ == "__main__":
    main(*sys.argv[1:])
