"""Locks between processes, each of which ends with its process, however that ends.

They are flock(2), on Windows LockFileEx. Some file systems have none, such as network shares: there the
work goes on after a word.
"""

import contextlib
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

with warnings.catch_warnings():  # of a Python without fcntl
    warnings.simplefilter("ignore")
    import filelock

IN_FOLDER = ".lock"  # stands for a folder where a folder itself cannot be opened: on Windows
_told: set[str] = set()  # the paths that have no lock


@contextlib.contextmanager
def held(path: str | Path, *, wait: bool = False) -> Iterator[bool]:
    """Yields whether this process holds the lock on `path`, a file or folder, until the block ends.

    With `wait` it does, after all others. Where there are no locks it counts as held, and stderr says so.
    Raises OSError as the file system does if there is no such path.
    """
    with _opened(path) as descriptor:
        yield take(descriptor, path, wait=wait)


def is_held(path: str | Path) -> bool:
    """Whether a process holds the lock on `path`.

    Raises OSError as the file system does if there is no such path, or if it has no locks.
    """
    with _opened(path) as descriptor:
        return not filelock.lock_descriptor(descriptor, blocking=False)


def take(descriptor: int, path: str | Path, *, wait: bool = False) -> bool:
    """As `held`, of an open file that is called `path`, until that is closed."""
    try:
        return filelock.lock_descriptor(descriptor, blocking=wait)
    except OSError as error:  # ENOSYS, ENOLCK, EOPNOTSUPP and others: the file itself could be opened
        if str(path) not in _told:
            _told.add(str(path))
            why = f"no lock on {path} ({error.strerror or error})"
            print(f"note: {why}: let no second command write there meanwhile", file=sys.stderr)
        return True


@contextlib.contextmanager
def _opened(path: str | Path) -> Iterator[int]:
    """A descriptor of a file or folder, or of a file in the folder, which is removed afterwards."""
    stand_in = None
    try:
        descriptor = os.open(path, os.O_RDONLY if os.path.isdir(path) else os.O_RDWR)
    except PermissionError:
        if not os.path.isdir(path):
            raise
        stand_in = os.path.join(path, IN_FOLDER)
        descriptor = os.open(stand_in, os.O_RDWR | os.O_CREAT)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
        if stand_in:
            with contextlib.suppress(OSError):  # Windows removes no file that another has open
                os.unlink(stand_in)
