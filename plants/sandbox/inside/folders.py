"""What lies in folders, and how much; for supervisor.py.

Python 3.8, standard library; nothing of ours.
"""

from __future__ import annotations

import contextlib
import os
import shutil


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
