"""Looking at the processes of this machine, to find those that should be gone."""

import os
import time
from pathlib import Path


def nap(number):
    """Seconds to sleep, as text, that no other process of this machine sleeps: a mark for `running`."""
    return f"{number}.{os.getpid():07}"


def running(mark):
    """The processes whose command line holds `mark`; their numbers inside a namespace are others."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "cmdline").read_bytes():
                found.append(folder.name)
        except OSError:
            continue
    return found


def below(pid):
    """The processes that have `pid` among their parents."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def alive(pids):
    """The states of those of `pids` that still run."""
    states = []
    for pid in pids:
        try:
            states.append(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0])
        except OSError:
            continue
    return [state for state in states if state != "Z"]


def wait_until(condition, seconds=60.0):
    """What `condition()` gave last: the first that is true, or one that was not in all that time."""
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return found
