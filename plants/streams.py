"""What commands print to: it takes any text, and nobody needs to read it.

A reader may go away (`| head -3`, a dead `tee`, a closed terminal), the disk behind it may be full, and it
may be closed from the start. The work behind the lines is worth more than they are, so it goes on.
"""

import contextlib
import errno
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any, TextIO, cast

# What writing raises where a reader has gone: of a pipe, a terminal, a connection.
READER_GONE = {errno.EPIPE, errno.EIO, errno.ECONNRESET, errno.ESHUTDOWN}


class LastingStream:
    """A stream that goes on into nothing once it cannot be written; else as the one it stands for."""

    def __init__(self, stream: TextIO, name: str) -> None:
        self._stream, self._name = stream, name
        self.lost: OSError | None = None  # what it could not be written for

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError as error:
            self._lose(error)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            self._lose(error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _lose(self, error: OSError) -> None:
        if self.lost:  # nothing cannot be written either
            raise error
        self.lost = error
        # In its place, so that what is still to be flushed, and processes started from here, have it too.
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, self._stream.fileno())
        os.close(nothing)
        if error.errno not in READER_GONE:
            reason = error.strerror or error
            print(f"note: {self._name} cannot be written, so lines are lost: {reason}", file=sys.stderr)


@contextlib.contextmanager
def lasting() -> Iterator[None]:
    """Within, stdout and stderr are a `LastingStream` each, and letters that they lack are replaced."""
    _reopen_closed()
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = ours = _lasting(sys.stdout, "stdout"), _lasting(sys.stderr, "stderr")
    try:
        yield
    finally:
        for stream in ours:
            stream.flush()
        sys.stdout, sys.stderr = before


def were_lost() -> bool:
    """Whether something printed was lost that a reader was there for, as on a full disk."""
    lost = [getattr(stream, "lost", None) for stream in (sys.stdout, sys.stderr)]
    return any(error and error.errno not in READER_GONE for error in lost)


def _lasting(stream: TextIO | None, name: str) -> TextIO:
    if stream is None:  # closed from the start
        stream = open(os.devnull, "w", encoding="utf-8")
    if hasattr(stream, "reconfigure"):  # by the line, so that it shows at once what cannot be written
        stream.reconfigure(errors="backslashreplace", line_buffering=True)
    with contextlib.suppress(OSError, ValueError, AttributeError):  # no file, or a system without the notion
        os.set_blocking(stream.fileno(), True)  # else a slow reader would be an error
    return cast(TextIO, LastingStream(stream, name))


def _reopen_closed() -> None:
    """Where stdin, stdout or stderr is closed its number leads to nothing: the next file would get it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
            os.set_inheritable(opened, True)
