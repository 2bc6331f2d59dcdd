"""Which processes are alive: each holds a lock on a file of its own.

The lock ends with its process, however that ends; a process number could be given again.
"""

import contextlib
import socket
import uuid
from pathlib import Path

from plants import locks


@contextlib.contextmanager
def owner(folder):
    """Yields a mark of this process, as plain values; `is_alive` of it holds while the block runs.

    The lock lies on a file in `folder`, which is made if need be and removed in the end.
    """
    path = Path(folder).resolve() / f"{uuid.uuid4().hex}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    with locks.held(path):
        try:
            yield {"host": socket.gethostname(), "lock": str(path)}
        finally:
            path.unlink(missing_ok=True)


def is_alive(mark):
    """Whether the process that a mark stands for may still run.

    Its lock tells, wherever that lies within reach: a container has another host name with each start. So
    computers that share the folder must share its locks too, which some network mounts leave out. Of a
    process whose lock is out of reach nothing is known, so it may.
    """
    if locks.fcntl is None:
        return True
    try:
        with locks.held(mark["lock"]) as ours:
            return not ours
    except FileNotFoundError:
        return mark["host"] != socket.gethostname()
    except OSError:  # of another user, or on a disk without locks
        return True


def other_host(mark):
    """The name of the computer a mark is from, if it is another one; None for this one or without a mark."""
    return mark["host"] if mark and mark["host"] != socket.gethostname() else None


def forget(mark):
    """Removes the file of a mark whose process has ended."""
    Path(mark["lock"]).unlink(missing_ok=True)
