"""Locks between processes; each ends with its process, however that ends."""

import contextlib
import os

try:
    import fcntl
except ImportError:  # Windows: nothing is locked
    fcntl = None


@contextlib.contextmanager
def locked(path):
    """Whether this process holds the lock on the file `path`, made if need be, while the block runs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a") as file:
        try:
            if fcntl:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            ours = True
        except BlockingIOError:
            ours = False
        yield ours


@contextlib.contextmanager
def turn(folder):
    """Waits until no other process is in such a block for the same folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)  # the folder itself: nothing is left lying in it
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
