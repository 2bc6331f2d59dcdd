"""Where no walls stand around a child: the ways to the labels that are open to it, found by trying them."""

import json
import os
import socket
import subprocess
import sys

TRIAL_SECONDS = 60.0
SHORTEST_NAME = 4  # characters; a shorter one is found anywhere

_notes = {}  # found out once for each interpreter and data


def note(isolation, plan, interpreter, *, app, hidden):
    """What a submission could reach without walls, found out once by trying it as the child would.

    `plan` is the child's own, see supervisor.py; `app` holds copies of the programs of inside/.
    """
    key = isolation, interpreter, *map(str, hidden)
    if key not in _notes:
        _notes[key] = _in_words(isolation, plan, interpreter, app=app, hidden=hidden)
    return _notes[key]


def _in_words(isolation, plan, interpreter, *, app, hidden):
    plan = plan | {"command": [interpreter, "-I", "-S", str(app / "canaries.py"), str(os.getpid())]}
    ours, supervisors = socket.socketpair()  # which ends all if ours is closed
    try:
        with ours, supervisors:
            # In place of the channel: what is asked comes over stdin.
            numbers = [str(supervisors.fileno()), "0"]
            tried = subprocess.run(
                [interpreter, "-I", "-S", str(app / "supervisor.py"), json.dumps(plan), *numbers],
                check=True,
                input=json.dumps(_names_of(hidden)).encode(),
                capture_output=True,
                timeout=TRIAL_SECONDS,
                cwd="/",
                env=plan["environment"],
                pass_fds=[supervisors.fileno()],
            )
        ways = json.loads(tried.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        ways = [f"not known ({error})"]
    reasons = "; ".join(isolation.reasons)
    said = f"limits only ({reasons}): a submission could reach {', '.join(ways) or 'nothing that was tried'}"
    if isolation.uid is None:  # its files cannot be told from those of the harness's user
        said += "; what it leaves in /dev/shm, /tmp and /var/tmp cannot be told (no SEC10), and stays there"
    return said


def _names_of(hidden):
    """What tells of `hidden`: the paths, also as they were typed, their last parts, the names of classes."""
    given = [part for text in (*sys.argv, *os.environ.values()) for part in (text, text.partition("=")[2])]
    paths = {os.path.realpath(path) for path in hidden}
    typed = {part for part in given if part and os.path.realpath(part) in paths}
    classes = {name for path in paths if os.path.isdir(path) for name in os.listdir(path)}
    names = paths | typed | {os.path.basename(path) for path in paths} | classes
    return sorted(name for name in names if len(name) >= SHORTEST_NAME)
