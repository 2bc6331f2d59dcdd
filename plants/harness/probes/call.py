"""One question of the probes and what was answered to it."""

import dataclasses

import numpy as np

from plants.harness.faults import Fault

NONE = -1  # in place of an answer
CLEAR_DROP = 0.25  # of the images answered otherwise, or less often right: more than near-ties bring about


@dataclasses.dataclass(frozen=True, eq=False)
class Call:
    """One question and its answers, for the images of the subset by their place in it.

    `answers` is (size,) int64, NONE where not asked or not answered; `asked` (size,) bool. `fault` is
    how it failed, or None; `changed` how X was changed, or "".
    """

    answers: np.ndarray
    asked: np.ndarray
    seconds: float = 0.0
    fault: Fault | None = None
    changed: str = ""
    rss_bytes: int | None = None
    peak_rss_bytes: int | None = None

    def differs(self, other):
        """(size,) bool: where both were asked and do not answer alike."""
        return self.asked & other.asked & (self.answers != other.answers)

    def agrees(self, other):
        return not self.differs(other).any()
