"""The questions of the probes and what was answered to each: one call, and all of them by name."""

import dataclasses
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from plants.harness.faults import Fault

Images = npt.NDArray[np.uint8]  # (n, h, w, 3)
Places = npt.NDArray[np.int64]  # (n,), of images among the subset
Mask = npt.NDArray[np.bool_]  # (size,), over the images of the subset

NONE = -1  # in place of an answer
CLEAR_DROP = 0.25  # of the images answered otherwise, or less often right: more than near-ties bring about
NEW_CHILDREN = ("fresh", "other")  # each asked the same, from its first call on


@dataclasses.dataclass(frozen=True, eq=False)
class Call:
    """One question and its answers, for the images of the subset by their place in it.

    `answers` (size,) is NONE where not asked or not answered. `fault` is how it failed; `changed` how X
    was changed, or "".
    """

    answers: npt.NDArray[np.int64]
    asked: Mask
    seconds: float = 0.0
    fault: Fault | None = None
    changed: str = ""
    rss_bytes: float | None = None
    peak_rss_bytes: int | None = None

    def differs(self, other: "Call") -> Mask:
        """Where both were asked and do not answer alike."""
        return self.asked & other.asked & (self.answers != other.answers)


class Calls(dict[str, Call]):
    """The calls on one subset of images, by name, in the order they were made; none of them is certain."""

    def has(self, *names: str) -> bool:
        return all(name in self for name in names)

    def failed(self, *names: str) -> bool:
        """Whether each of the calls was made and failed."""
        return all(name in self and self[name].fault is not None for name in names)

    def numbered(self, kind: str) -> list[str]:
        """The names of the calls that repeat one question: "fresh 0", "fresh 1" ..."""
        return [name for name in self if name.rpartition(" ")[0] == kind and name[-1].isdigit()]

    @property
    def kinds(self) -> list[str]:
        """The names of the calls that gave X as another type: "uint8 tensor" ..."""
        return [name for name in self if name.endswith((" tensor", " array"))]

    @property
    def neighbours(self) -> list[str]:
        """The names of the calls that replaced the images around some: "neighbours 0" ..."""
        return [name for name in self if name.startswith("neighbours")]

    def both(self, name: str, other: str) -> Mask:
        """The images that both calls asked about."""
        return self[name].asked & self[other].asked

    def agree(self, name: str, other: str) -> bool:
        """Whether two calls answered alike; one that failed did not, one that was not made did."""
        return not self.has(name, other) or not self[name].differs(self[other]).any()

    def all_agree(self, names: Iterable[str], other: str) -> bool:
        return all(self.agree(name, other) for name in names)

    def new_children_agree(self) -> bool:
        """Whether the NEW_CHILDREN answered alike, call by call, as far as both were asked."""
        return all(self.agree(*pair) for pair in zip(*map(self.numbered, NEW_CHILDREN), strict=False))

    def flips(self, name: str, other: str) -> Mask:
        """Where two calls differ; nowhere if one was not made, or failed."""
        if self.has(name, other) and self[name].fault is None and self[other].fault is None:
            return self[name].differs(self[other])
        size = len(next(iter(self.values())).answers) if self else 0
        return np.zeros(size, bool)

    def differ_clearly(self, name: str, other: str) -> bool:
        flips = self.flips(name, other)
        return bool(flips.any() and flips.sum() / self.both(name, other).sum() >= CLEAR_DROP)
