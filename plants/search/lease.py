"""Which processes are alive: each holds a lock on a file of its own.

The lock ends with its process, however that ends. Where there are no locks, the number of a process and the
time of its start tell as much, on its own computer.
"""

import contextlib
import socket
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

from plants import locks

# Of a process, as text: "host"; "lock", the path of its file; and where they are known "pid" and "started".
Mark = Mapping[str, str]
START_SECONDS = 2.0  # by which two readings of the time of one start may differ


@contextlib.contextmanager
def owner(folder: Path) -> Iterator[Mark]:
    """Yields a mark of this process; `is_alive` of it holds while the block runs.

    The lock lies on a file in `folder`, which is made if need be and removed in the end.
    """
    path = folder.resolve() / f"{uuid.uuid4().hex}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    with locks.held(path):
        try:
            yield {"host": socket.gethostname(), "lock": str(path), **_this_process()}
        finally:
            path.unlink(missing_ok=True)


def is_alive(mark: Mark) -> bool:
    """Whether the process that a mark stands for may still run.

    Its lock tells, wherever that lies within reach: a container has another host name with each start. So
    computers that share the folder must share its locks too, which some network mounts leave out. Of a
    process of another computer whose lock is out of reach nothing is known, so it may.
    """
    is_here = mark["host"] == socket.gethostname()
    try:
        return locks.is_held(mark["lock"])
    except FileNotFoundError:
        return not is_here
    except OSError:  # of another user, or on a disk without locks
        return not is_here or _runs(mark)


def _this_process() -> dict[str, str]:
    try:
        process = psutil.Process()
        return {"pid": str(process.pid), "started": str(process.create_time())}
    except (psutil.Error, OSError):  # a system that tells of no processes
        return {}


def _runs(mark: Mark) -> bool:
    """Whether the process of that number and start still runs here, as far as is known."""
    try:
        started = psutil.Process(int(mark["pid"])).create_time()
        return abs(started - float(mark["started"])) < START_SECONDS
    except psutil.NoSuchProcess:
        return False
    except (psutil.Error, OSError, KeyError):
        return True


def other_host(mark: Mark | None) -> str | None:
    """The name of the computer a mark is from, if it is another one; None for this one or without a mark."""
    return mark["host"] if mark and mark["host"] != socket.gethostname() else None


def forget(mark: Mark) -> None:
    """Removes the file of a mark whose process has ended."""
    Path(mark["lock"]).unlink(missing_ok=True)
