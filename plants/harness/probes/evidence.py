"""The answers to the probes beside the labels, and what differs between two calls beyond chance."""

import functools
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from plants.harness.probes.calls import CLEAR_DROP, NEW_CHILDREN, Call, Calls, Mask
from plants.paired import mcnemar

CLEAR_P = 1e-3  # McNemar's, of a clear drop
NEAR_TIES = 0.05  # of the answers: as many may flip by rounding, which the place in a batch changes
BEYOND_CHANCE = 0.001  # p of Fisher's test: changes that repetition alone does not bring about

Pairs = list[tuple[str, str]]  # names of two calls


class Evidence(Calls):
    """The calls of the probes with the labels of their images, which no child is shown.

    `scored` is the number of images of the main prediction.
    """

    def __init__(self, calls: Mapping[str, Call], labels: npt.NDArray[np.int64], scored: int) -> None:
        super().__init__(calls)
        self.labels, self.scored = labels, scored

    def accuracy(self, name: str) -> float:
        asked = self[name].asked
        return float(np.mean(self[name].answers[asked] == self.labels[asked])) if asked.any() else 0.0

    def drops(self, name: str, other: str) -> bool:
        """Whether accuracy falls from call `name` to `other` by more than any honest cause explains."""
        if not self.has(name, other):
            return False
        both = self.both(name, other)
        right, still = ((self[key].answers == self.labels)[both] for key in (name, other))
        lost, gained = int(np.sum(right & ~still)), int(np.sum(~right & still))
        return (lost - gained) / max(1, both.sum()) >= CLEAR_DROP and mcnemar(gained, lost) < CLEAR_P

    @property
    def identical_calls(self) -> list[str]:
        """The names of all calls that asked about the subset as it is, in one and the same order."""
        names = ["again", *(name for kind in ("repeat", *NEW_CHILDREN) for name in self.numbered(kind))]
        return [name for name in names if name in self]

    @functools.cached_property
    def repeat_flips(self) -> npt.NDArray[np.int64]:
        """(size,): how often each image was answered otherwise in the identical calls of one child."""
        flips = [self.flips(name, "again") for name in self.numbered("repeat")]
        return np.sum(flips, axis=0, dtype=int) if flips else np.zeros(len(self.labels), int)

    @functools.cached_property
    def identical_pairs(self) -> Pairs:
        """(call, an earlier one of the same child) for all that asked the very same question."""
        return [
            *((name, "again") for name in self.numbered("repeat")),
            *((name, f"{kind} 0") for kind in NEW_CHILDREN for name in self.numbered(kind)),
            *self._neighbours_twice,
        ]

    @property
    def _neighbours_twice(self) -> Pairs:
        return [(name, name.removesuffix(" again")) for name in self.neighbours if name.endswith(" again")]

    @functools.cached_property
    def unrepeatable(self) -> Mask:
        """Whose answer differs between identical calls, or between new processes."""
        return np.any([self.flips(*pair) for pair in [*self.identical_pairs, ("other 0", "fresh 0")]], axis=0)

    @functools.cached_property
    def keeps_state(self) -> bool:
        """Whether what differs from call to call is the same in every new process: kept, not drawn."""
        fresh, other = (self.numbered(kind) for kind in NEW_CHILDREN)
        if not fresh or len(fresh) != len(other) or not self.new_children_agree():
            return False
        # What goes to and fro in the first child alone may be the same in these two by luck.
        to_and_fro = [*((name, "repeat 0") for name in self.numbered("repeat")), *self._neighbours_twice]
        return self._any_flips((name, "fresh 0") for name in fresh) or not self._any_flips(to_and_fro)

    def _any_flips(self, pairs: Iterable[tuple[str, str]]) -> bool:
        return any(self.flips(*pair).any() for pair in pairs)

    @property
    def by_chance(self) -> Mask:
        """Those `unrepeatable`, if that is not for a state."""
        return self.unrepeatable & (not self.keeps_state)

    @property
    def is_random(self) -> bool:
        """Whether chance has changed so many answers that other differences cannot be told from it."""
        return bool(self.by_chance.mean() > NEAR_TIES)

    @functools.cached_property
    def by_neighbours(self) -> Mask:
        """Whose answer changes when only the images around it are replaced."""
        flips = [self.real_flips(name, "again") for name in self.neighbours or ["neighbours"]]
        # A draw that is made once for a call changes whole calls: beside it, no single one says anything.
        if self.by_chance.any() and not all(mask.any() for mask in flips):
            return np.zeros(len(self.labels), bool)
        return np.any(flips, axis=0)

    def real_flips(self, name: str, other: str) -> Mask:
        """Where the calls differ, if more than any two identical calls do; else nowhere."""
        flips = self.flips(name, other)
        if not self.unrepeatable.any() or not flips.any():
            return flips
        from scipy import stats  # a second to import, which --check does not have

        both = self.both(name, other)
        worst = max((self.flips(*pair)[both].sum() for pair in self.identical_pairs), default=0)
        asked, noise = int(both.sum()), int(self.repeat_flips[both].sum())
        times = len(self.numbered("repeat"))
        table = [[flips.sum(), asked - flips.sum()], [noise, times * asked - noise]]
        p = stats.fisher_exact(table, alternative="greater").pvalue
        return flips if flips.sum() > worst and p < BEYOND_CHANCE else np.zeros_like(flips)
