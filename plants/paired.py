"""Paired statistics: two recipes, or two zips, that answered the same images.

The interval of a difference is Newcombe's because it is made of the Wilson intervals that the accuracies
have here, stays between -1 and 1, and keeps a width where few images or none tell the two apart; Wald's
would shrink to nothing there. It is no inversion of McNemar's test: at the margin one may include 0 and
the other not, and it is the test's p that gives the verdict.
"""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

LEVEL = 0.05  # a difference whose p is this or more is called noise
WITHIN_NOISE = "within noise"


@dataclasses.dataclass(frozen=True)
class PairedTest:
    """What the answers to the same n images say of one against a reference."""

    n: int
    only_reference: int  # images that only the reference got right
    only_compared: int
    difference: float  # accuracy of the compared one minus the reference's
    interval: tuple[float, float]  # 95 %, of the difference
    p: float  # McNemar's exact test

    def verdict(self, p: float | None = None) -> str:
        """'better', 'worse' or 'within noise' by `p` (default: its own)."""
        if (self.p if p is None else p) >= LEVEL:
            return WITHIN_NOISE
        return "better" if self.difference > 0 else "worse"


def compare(reference_right: npt.NDArray[np.bool_], compared_right: npt.NDArray[np.bool_]) -> PairedTest:
    """The test of two arrays (n,): which of the same images each got right, n >= 1."""
    table = np.zeros((2, 2), int)
    np.add.at(table, (compared_right.astype(int), reference_right.astype(int)), 1)
    neither, only_reference, only_compared, both = map(int, table.ravel())
    n = len(reference_right)
    return PairedTest(
        n=n,
        only_reference=only_reference,
        only_compared=only_compared,
        difference=(only_compared - only_reference) / n,
        interval=difference_interval(both, only_compared, only_reference, neither),
        p=mcnemar(only_reference, only_compared),
    )


def mcnemar(only_one: int, only_other: int) -> float:
    """Exact two-sided p that one of two is right on as many images as the other: a coin for each discord."""
    from scipy import stats  # takes a second to import, which `score.py --check` does not have

    discordant = only_one + only_other
    return float(stats.binomtest(only_one, discordant).pvalue) if discordant else 1.0


def difference_interval(both: int, only_first: int, only_second: int, neither: int) -> tuple[float, float]:
    """95 % interval of the first's accuracy minus the second's, from the four counts of paired answers.

    Newcombe's method 10 (Statistics in Medicine 17, 1998, 2635-2650): the two Wilson intervals,
    joined by the correlation of the answers, with a correction for continuity.
    """
    n = both + only_first + only_second + neither
    first, second = both + only_first, both + only_second
    below_first, above_first = _wilson_margins(first, n)
    below_second, above_second = _wilson_margins(second, n)
    phi = _correlation(both, only_first, only_second, neither)
    difference = (first - second) / n
    below = below_first**2 - 2 * phi * below_first * above_second + above_second**2
    above = above_first**2 - 2 * phi * above_first * below_second + below_second**2
    # Rounding may take a margin of 0 below it.
    return difference - math.sqrt(max(below, 0.0)), difference + math.sqrt(max(above, 0.0))


def _wilson_margins(right: int, n: int) -> tuple[float, float]:
    """How far Wilson's 95 % interval reaches below and above right / n."""
    from scipy import stats

    interval = stats.binomtest(right, n).proportion_ci(confidence_level=0.95, method="wilson")
    return right / n - interval.low, interval.high - right / n


def _correlation(both: int, only_first: int, only_second: int, neither: int) -> float:
    """Phi of the four counts, towards 0 by n / 2 where it is positive; 0 where a margin is empty."""
    margins = [both + only_first, only_second + neither, both + only_second, only_first + neither]
    if not all(margins):
        return 0.0
    excess: float = both * neither - only_first * only_second
    if excess > 0:
        excess = max(excess - sum(margins) / 4, 0.0)  # the margins add up to 2 n
    return excess / math.sqrt(math.prod(margins))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p of each of several tests, in their order: their chance of one false alarm among all.

    Holm, Scandinavian Journal of Statistics 6 (1979), 65-70.
    """
    adjusted, least = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = least
    return adjusted
