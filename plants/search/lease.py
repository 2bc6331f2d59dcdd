"""Which processes are alive: each holds a lock on a file of its own.

The lock ends with its process, however that ends; a process number could be given again.
"""

import contextlib
import socket
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

from plants import locks

Mark = Mapping[str, str]  # of a process, as plain values: "host", and "lock", the path of its file


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
            yield {"host": socket.gethostname(), "lock": str(path)}
        finally:
            path.unlink(missing_ok=True)


def is_alive(mark: Mark) -> bool:
    """Whether the process that a mark stands for may still run.

    Its lock tells, wherever that lies within reach: a container has another host name with each start. So
    computers that share the folder must share its locks too, which some network mounts leave out. Of a
    process whose lock is out of reach nothing is known, so it may.
    """
    if not locks.AVAILABLE:
        return True
    try:
        with locks.held(mark["lock"]) as ours:
            return not ours
    except FileNotFoundError:
        return mark["host"] != socket.gethostname()
    except OSError:  # of another user, or on a disk without locks
        return True


def other_host(mark: Mark | None) -> str | None:
    """The name of the computer a mark is from, if it is another one; None for this one or without a mark."""
    return mark["host"] if mark and mark["host"] != socket.gethostname() else None


def forget(mark: Mark) -> None:
    """Removes the file of a mark whose process has ended."""
    Path(mark["lock"]).unlink(missing_ok=True)
