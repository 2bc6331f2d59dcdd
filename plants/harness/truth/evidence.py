"""The answers to the probes beside the labels, and what differs between two calls beyond chance."""

import dataclasses
import functools

import numpy as np

from plants.harness.truth.probes import REPEATS
from plants.paired import mcnemar

CLEAR_DROP, CLEAR_P = 0.25, 1e-3  # in accuracy, and McNemar's p: nothing that near-ties could bring about
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
        """(size,) int: how often each image was answered otherwise in REPEATS identical calls."""
        return sum(self.flips(f"repeat {number}", "again").astype(int) for number in range(REPEATS))

    @functools.cached_property
    def by_neighbours(self):
        """(size,) bool: whose answer changes when only the images around it are replaced."""
        names = [name for name in self.calls if name.startswith("neighbours")]
        return np.any([self.moved(name, "again") for name in names or ["neighbours"]], axis=0)

    def moved(self, name, other):
        """Where the calls differ, if more than identical calls do; else nowhere."""
        flips = self.flips(name, other)
        if not self.unsteady.any() or not flips.any():
            return flips
        from scipy import stats

        asked = int((self[name].asked & self[other].asked).sum())
        noise = int(self.unsteady[self[name].asked & self[other].asked].sum())
        table = [[flips.sum(), asked - flips.sum()], [noise, REPEATS * asked - noise]]
        p = stats.fisher_exact(table, alternative="greater").pvalue
        return flips if p < BEYOND_CHANCE else np.zeros_like(flips)
