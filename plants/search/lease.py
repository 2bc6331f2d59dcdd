"""Which processes of this computer are alive: each holds a lock on a file of its own.

The lock ends with its process, however that ends; a process number could be given again.
"""

import contextlib
import os
import socket
import uuid
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: nothing is locked, and every owner counts as alive
    fcntl = None


@contextlib.contextmanager
def owner(folder):
    """Yields a mark of this process, as plain values; `is_alive` of it holds while the block runs.

    The lock lies on a file in `folder`, which is made if need be and removed in the end.
    """
    path = Path(folder).resolve() / f"{uuid.uuid4().hex}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path):
        try:
            yield {"host": socket.gethostname(), "lock": str(path)}
        finally:
            path.unlink(missing_ok=True)


def is_alive(mark):
    """Whether the process that a mark stands for may still run; those of other computers may."""
    if fcntl is None or mark["host"] != socket.gethostname():
        return True
    try:
        with _locked(Path(mark["lock"]), flags=os.O_RDWR, wait=False):
            return False
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False


def forget(mark):
    """Removes the file of a mark whose process has ended."""
    Path(mark["lock"]).unlink(missing_ok=True)


@contextlib.contextmanager
def turn(folder):
    """Waits until no other process is in such a block for the same folder."""
    with _locked(Path(folder) / "turn.lock"):
        yield


@contextlib.contextmanager
def _locked(path, *, flags=os.O_RDWR | os.O_CREAT, wait=True):
    descriptor = os.open(path, flags, 0o666)
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(descriptor)
