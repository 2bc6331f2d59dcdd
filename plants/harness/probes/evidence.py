"""The answers to the probes beside the labels, and what differs between two calls beyond chance."""

import dataclasses
import functools

import numpy as np

from plants.harness.probes.call import CLEAR_DROP
from plants.paired import mcnemar

CLEAR_P = 1e-3  # McNemar's, of a clear drop
NEAR_TIES = 0.05  # of the answers: as many may flip by rounding, which the place in a batch changes
FIRST = ("fresh", "other")  # new children, each asked the same from the first call on, as often as the other
BEYOND_CHANCE = 0.001  # p of Fisher's test: changes that repetition alone does not bring about


@dataclasses.dataclass(frozen=True, eq=False)
class Evidence:
    """The calls of the probes with the (size,) labels of their images, which no child is shown."""

    calls: dict
    labels: np.ndarray
    scored: int  # images of the main prediction

    def __getitem__(self, name):
        return self.calls[name]

    def has(self, *names):
        return all(name in self.calls for name in names)

    def numbered(self, kind):
        """The names of the calls that repeat one question: "fresh 0", "fresh 1" ..."""
        return [name for name in self.calls if name.rpartition(" ")[0] == kind and name[-1].isdigit()]

    @property
    def identical(self):
        """The names of all calls that asked about the subset as it is, in one and the same order."""
        names = ["again", *(name for kind in ("repeat", *FIRST) for name in self.numbered(kind))]
        return [name for name in names if self.has(name)]

    def failed(self, name):
        return self.has(name) and self[name].fault is not None

    def accuracy(self, name):
        asked = self[name].asked
        return float(np.mean(self[name].answers[asked] == self.labels[asked])) if asked.any() else 0.0

    def flips(self, name, other):
        """(size,) bool: where the two calls differ; nowhere if one was not made, or failed."""
        if not self.has(name, other) or self.failed(name) or self.failed(other):
            return np.zeros(len(self.labels), bool)
        return self[name].differs(self[other])

    def drops(self, name, other):
        """Whether accuracy falls from call `name` to `other` by more than any honest cause explains."""
        if not self.has(name, other):
            return False
        both = self[name].asked & self[other].asked
        right, still = ((self[key].answers == self.labels)[both] for key in (name, other))
        lost, gained = int(np.sum(right & ~still)), int(np.sum(~right & still))
        return (lost - gained) / max(1, both.sum()) >= CLEAR_DROP and mcnemar(gained, lost) < CLEAR_P

    @functools.cached_property
    def unsteady(self):
        """(size,) int: how often each image was answered otherwise in the identical calls of one child."""
        flips = [self.flips(name, "again") for name in self.numbered("repeat")]
        return np.sum(flips, axis=0, dtype=int) if flips else np.zeros(len(self.labels), int)

    @functools.cached_property
    def twins(self):
        """[(call, an earlier one of the same child)] for all that asked the very same question."""
        return [
            *((name, "again") for name in self.numbered("repeat")),
            *((name, f"{kind} 0") for kind in FIRST for name in self.numbered(kind)),
            *self._twice_surrounded,
        ]

    @property
    def _twice_surrounded(self):
        names = [name for name in self.calls if name.startswith("neighbours") and name.endswith(" again")]
        return [(name, name.removesuffix(" again")) for name in names]

    @functools.cached_property
    def unlike(self):
        """(size,) bool: whose answer differs between identical calls, or between new processes."""
        return np.any([self.flips(*pair) for pair in [*self.twins, ("other 0", "fresh 0")]], axis=0)

    @functools.cached_property
    def keeps_state(self):
        """Whether what differs from call to call is the same in every new process: kept, not drawn."""
        fresh, other = (self.numbered(kind) for kind in FIRST)
        pairs = list(zip(fresh, other, strict=False))
        if len(fresh) != len(other) or not all(self[name].agrees(self[twin]) for name, twin in pairs):
            return False
        # What goes to and fro in the first child alone may be the same in these two by luck.
        to_and_fro = [*((name, "repeat 0") for name in self.numbered("repeat")), *self._twice_surrounded]
        in_new_ones = [(name, "fresh 0") for name in fresh]
        return bool(fresh) and (self._any_flips(in_new_ones) or not self._any_flips(to_and_fro))

    def _any_flips(self, pairs):
        return any(self.flips(*pair).any() for pair in pairs)

    @property
    def by_chance(self):
        """(size,) bool: those `unlike`, if that is not for a state."""
        return self.unlike & (not self.keeps_state)

    @property
    def is_drawn(self):
        """Whether chance has changed so many answers that other differences cannot be told from it."""
        return self.by_chance.mean() > NEAR_TIES

    @functools.cached_property
    def by_neighbours(self):
        """(size,) bool: whose answer changes when only the images around it are replaced."""
        names = [name for name in self.calls if name.startswith("neighbours")]
        moved = [self.moved(name, "again") for name in names or ["neighbours"]]
        # A draw that is made once for a call changes whole calls: beside it, no single one says anything.
        if self.by_chance.any() and not all(flips.any() for flips in moved):
            return np.zeros(len(self.labels), bool)
        return np.any(moved, axis=0)

    def moved(self, name, other):
        """Where the calls differ, if more than any two identical calls do; else nowhere."""
        flips = self.flips(name, other)
        if not self.unlike.any() or not flips.any():
            return flips
        from scipy import stats

        both = self[name].asked & self[other].asked
        worst = max((self.flips(*pair)[both].sum() for pair in self.twins), default=0)
        asked, noise = int(both.sum()), int(self.unsteady[both].sum())
        times = len(self.numbered("repeat"))
        table = [[flips.sum(), asked - flips.sum()], [noise, times * asked - noise]]
        p = stats.fisher_exact(table, alternative="greater").pvalue
        return flips if flips.sum() > worst and p < BEYOND_CHANCE else np.zeros_like(flips)
