"""Commands as a user calls them, each in a process of its own."""

import os
import subprocess
import sys

QUICK = ["--recipe", "smoke", "--set", "weights=none", "phases.0.image_size=32", "phases.1.image_size=32"]


def command(program, *arguments, cwd):
    """What subprocess.run and Popen need to call a program in the folder `cwd`, without $CHALLENGE_DATA."""
    environment = {key: value for key, value in os.environ.items() if key != "CHALLENGE_DATA"}
    return dict(
        args=[sys.executable, str(program), *map(str, arguments)],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
