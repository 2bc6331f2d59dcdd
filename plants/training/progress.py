"""How far a training is: a line per epoch, a running one on a terminal, both with an ETA."""

import sys
import time
from collections.abc import Callable
from typing import TextIO

from plants.recipes.recipe import Phase, Recipe
from plants.training import frozen_features

# Of an epoch with a frozen backbone, against one that trains it: going forward is about a third of
# going forward and back. Where only its norms learn, the gradients still go through all of it, but no
# convolution gets one of its own (estimated from multiply-adds).
FROZEN_COST, NORMS_COST = 0.35, 0.7


def epoch_work(phase: Phase, n: int) -> float:
    """Work of an epoch of n images, in pixels that go forward and back through the backbone."""
    if frozen_features.are_fixed(phase):  # the backbone has no part in its epochs
        return 0.0
    share = {"none": FROZEN_COST, "norms": NORMS_COST}.get(phase.trainable, 1.0)
    return share * phase.image_size**2 * n


def features_work(phase: Phase, n: int) -> float:
    """Work before a phase's epochs: n images once through the backbone, if their features are fixed."""
    return FROZEN_COST * phase.image_size**2 * n if frozen_features.are_fixed(phase) else 0.0


def work(recipe: Recipe, n: int) -> float:
    """Work of all phases on n images, if none ends early."""
    return sum(features_work(phase, n) + epoch_work(phase, n) * phase.epochs for phase in recipe.phases)


def clock(seconds: float) -> str:
    """Seconds for people: '45 s', '12 min', '3 h 05 min'."""
    if round(seconds) < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


class Progress:
    """Turns work done into an ETA. Work is counted in any unit; `total` is all of it."""

    def __init__(
        self, total: float, *, stream: TextIO | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.total, self.done = total, 0.0
        self._stream, self._now = stream or sys.stdout, now
        self._start = self._shown = now()

    def skip(self, work: float) -> None:
        """Takes work off that is not done here: by an earlier try, or not at all after an early end."""
        self.total -= work

    def eta(self) -> float | None:
        """Seconds to go at the pace so far, or None before the first work is done."""
        if not self.done:
            return None
        return (self._now() - self._start) * max(self.total - self.done, 0) / self.done

    def advance(self, work: float, text: str) -> None:
        """Counts work; on a terminal shows `text` with the ETA, at most once a second."""
        self.done += work
        if self._stream.isatty() and self._now() - self._shown >= 1:
            self._shown = self._now()
            print(f"\r{text}{self._ending()}\033[K", end="", file=self._stream, flush=True)

    def line(self, text: str) -> None:
        """A line that stays, with the ETA."""
        start = "\r\033[K" if self._stream.isatty() else ""
        print(f"{start}{text}{self._ending()}", file=self._stream, flush=True)

    def _ending(self) -> str:
        eta = self.eta()
        return "" if eta is None else f"  ETA {clock(eta)}"
