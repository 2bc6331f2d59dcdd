"""How far long work is: lines that stay, and a running one on a terminal, both with an ETA."""

import math
import sys
import time
from collections.abc import Callable
from typing import TextIO

RUNNING_LINE_SECONDS = 1.0  # at least, between two states of it


def clock(seconds: float) -> str:
    """Seconds for people: '45 s', '12 min', '3 h 05 min'."""
    if round(seconds) < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


class Progress:
    """Turns work done into an ETA. Work is counted in any unit; `total` is all of it.

    On a terminal `advance` shows a running line. Elsewhere it leaves a line after so many `line_seconds`, by
    default none: for work that says nothing else meanwhile.
    """

    def __init__(
        self,
        total: float,
        *,
        line_seconds: float = math.inf,
        stream: TextIO | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.total, self.done = total, 0.0
        self._stream, self._now = stream or sys.stdout, now
        self._start = self._shown = now()
        self._pause = RUNNING_LINE_SECONDS if self._stream.isatty() else line_seconds

    def skip(self, work: float) -> None:
        """Takes work off that is not done here: by an earlier try, or not at all after an early end."""
        self.total -= work

    def eta(self) -> float | None:
        """Seconds to go at the pace so far, or None before the first work is done."""
        if not self.done:
            return None
        return (self._now() - self._start) * max(self.total - self.done, 0) / self.done

    def advance(self, work: float, text: str) -> None:
        """Counts work, and shows `text` with the ETA if it is time for that."""
        self.done += work
        if self._now() - self._shown < self._pause:
            return
        self._shown = self._now()
        if self._stream.isatty():
            print(f"\r{text}{self._ending()}\033[K", end="", file=self._stream, flush=True)
        else:
            self.line(text)

    def line(self, text: str) -> None:
        """A line that stays, with the ETA."""
        self.wipe()
        print(f"{text}{self._ending()}", file=self._stream, flush=True)

    def wipe(self) -> None:
        """Takes the running line off a terminal."""
        if self._stream.isatty():
            print("\r\033[K", end="", file=self._stream, flush=True)

    def _ending(self) -> str:
        eta = self.eta()
        return "" if eta is None else f"  ETA {clock(eta)}"
