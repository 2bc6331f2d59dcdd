"""Locks between processes, each of which ends with its process, however that ends."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows: nothing is locked
    fcntl = None
AVAILABLE = fcntl is not None


@contextlib.contextmanager
def held(path: str | Path, *, wait: bool = False) -> Iterator[bool]:
    """Yields whether this process holds the lock on `path`, a file or folder, until the block ends.

    With `wait` it does, after all others. Raises OSError as the file system does if there is no such path.
    """
    if not AVAILABLE:
        yield True
        return
    descriptor = os.open(path, os.O_RDONLY if os.path.isdir(path) else os.O_RDWR)
    try:
        yield _taken(descriptor, wait)
    finally:
        os.close(descriptor)


def _taken(descriptor: int, wait: bool) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True
