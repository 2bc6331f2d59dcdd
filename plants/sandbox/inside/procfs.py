"""What the system tells of processes, memory and folders; for supervisor.py.

Python 3.8, standard library; nothing of ours.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import NamedTuple

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")


class ProcessStatus(NamedTuple):
    pid: int
    name: str
    parent: int
    cpu_seconds: float
    tasks: int  # threads
    rss_bytes: int


def process_status(pid: int) -> ProcessStatus | None:
    """None for a process that has ended."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            before, _, after = file.read().rpartition(b")")
    except OSError:
        return None
    fields = after.split()
    if fields[0] in b"ZX":
        return None
    return ProcessStatus(
        pid=pid,
        name=before.partition(b"(")[2].decode("utf-8", "replace"),
        parent=int(fields[1]),
        cpu_seconds=sum(map(int, fields[11:15])) / TICKS,
        tasks=int(fields[17]),
        rss_bytes=int(fields[21]) * PAGE_BYTES,
    )


def proportional_bytes(process: ProcessStatus) -> int:
    """What a process holds in memory, with a part only of what it shares with others."""
    try:
        with open(f"/proc/{process.pid}/smaps_rollup") as file:
            return sum(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))
    except OSError:
        return process.rss_bytes


def count_oom_kills() -> int:
    """How many processes the system has killed for lack of memory since it started."""
    try:
        with open("/proc/vmstat") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("oom_kill "))
    except OSError:
        return 0


def entries(folders: list[str]) -> set[str]:
    """The paths of what lies in `folders`, without what lies deeper."""
    paths: set[str] = set()
    for folder in folders:
        with contextlib.suppress(OSError):
            paths.update(os.path.join(folder, name) for name in os.listdir(folder))
    return paths


def remove(path: str) -> None:
    """Removes a file, or a folder with all that is in it."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)


def usage(folder: str, most: int) -> tuple[int, int]:
    """(bytes, files) below a folder, counted up to a little more than `most` files."""
    size = count = 0
    for place, folders, files in os.walk(folder):
        for name in files + folders:
            count += 1
            with contextlib.suppress(OSError):
                size += os.lstat(os.path.join(place, name)).st_blocks * 512
        if count > most:
            break
    return size, count
