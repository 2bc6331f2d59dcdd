"""How far a training is: a line per epoch, a running one on a terminal, both with an ETA."""

import sys
import time


def clock(seconds):
    """Seconds for people: '45 s', '12 min', '3 h 05 min'."""
    if round(seconds) < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


class Progress:
    """Turns work done into an ETA. Work is counted in any unit; `total` is all of it."""

    def __init__(self, total, *, stream=None, now=time.monotonic):
        self.total, self.done = total, 0.0
        self._stream, self._now = stream or sys.stdout, now
        self._start = self._shown = now()

    def skip(self, work):
        """Takes work off that is not done here: by an earlier try, or not at all after an early end."""
        self.total -= work

    def eta(self):
        """Seconds to go at the pace so far, or None before the first work is done."""
        if not self.done:
            return None
        return (self._now() - self._start) * max(self.total - self.done, 0) / self.done

    def advance(self, work, text):
        """Counts work; on a terminal shows `text` with the ETA, at most once a second."""
        self.done += work
        if self._stream.isatty() and self._now() - self._shown >= 1:
            self._shown = self._now()
            print(f"\r{text}  ETA {clock(self.eta())}\033[K", end="", file=self._stream, flush=True)

    def line(self, text):
        """A line that stays, with the ETA."""
        start = "\r\033[K" if self._stream.isatty() else ""
        eta = self.eta()
        ending = "" if eta is None else f"  ETA {clock(eta)}"
        print(f"{start}{text}{ending}", file=self._stream, flush=True)
