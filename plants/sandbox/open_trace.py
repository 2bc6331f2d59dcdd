"""Which files of a folder are opened during a run, whoever opens them: Python, HDF5 or TensorFlow.

Linux tells it of the files themselves (inotify), so it holds across namespaces and mounts.
"""

import os
import struct
from pathlib import Path
from typing import Self

from plants.sandbox.inside import system

IN_OPEN, IN_Q_OVERFLOW, IN_ISDIR = 0x20, 0x4000, 0x40000000
EVENT = struct.Struct("iIII")  # watch, kind, cookie, length of the name that follows
LARGEST_READ = 1 << 20


class OpenTrace:
    """A context manager; afterwards `opened` holds the names below `folder`, or None if not known."""

    def __init__(self, folder: Path) -> None:
        self.opened: set[str] | None = None
        self._folder = folder
        self._watches: dict[int, str] = {}  # the folders, relative to `folder`

    def __enter__(self) -> Self:
        begin, add_watch = map(system.in_c_library, ("inotify_init1", "inotify_add_watch"))
        self._descriptor: int = begin(os.O_NONBLOCK | os.O_CLOEXEC) if begin else -1
        if self._descriptor >= 0:
            for folder, _, _ in os.walk(self._folder):
                watch = add_watch(self._descriptor, os.fsencode(folder), IN_OPEN)
                self._watches[watch] = os.path.relpath(folder, self._folder)
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor < 0:
            return
        if -1 not in self._watches:  # one was refused: there are limits
            self.opened = self._collect()
        os.close(self._descriptor)

    def _collect(self) -> set[str] | None:
        """The names in the events that wait, or None where there were more than the system keeps."""
        names: set[str] = set()
        while data := self._read():
            at = 0
            while at < len(data):
                watch, kind, _, length = EVENT.unpack_from(data, at)
                name = os.fsdecode(data[at + EVENT.size : at + EVENT.size + length].rstrip(b"\0"))
                at += EVENT.size + length
                if kind & IN_Q_OVERFLOW:
                    return None
                if name and not kind & IN_ISDIR:
                    names.add(os.path.normpath(os.path.join(self._watches[watch], name)))
        return names

    def _read(self) -> bytes:
        try:
            return os.read(self._descriptor, LARGEST_READ)
        except BlockingIOError:
            return b""
