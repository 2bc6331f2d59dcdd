"""How much further two trained variants lie apart than their images alone explain.

McNemar's test asks what other images would change. It takes the nets as they are, and each is one
training of many possible. In the table of accuracies, nets by folds, what is left without the means of
rows and columns is the scatter of single trainings, with the images' own in it. How many times the images'
variance that is, is the factor that a variance lacks, as the dispersion of quasi-likelihood (McCullagh and
Nelder, Generalized Linear Models, 1989, section 4.5).
"""

import dataclasses
import itertools
import math
from collections.abc import Sequence

import numpy as np

from plants.comparison.run_answers import RunAnswers
from plants.paired import PairedTest


@dataclasses.dataclass(frozen=True)
class TrainingNoise:
    """The factor on the variance of a difference, and what it rests on."""

    factor: float = 1.0  # 1 or more
    degrees: int = 0  # of freedom; 0: there was nothing to measure it with

    def p(self, test: PairedTest) -> float:
        """Two-sided p: McNemar's statistic over the factor, by Student's t.

        Never below that of the exact test, which knows no training noise.
        """
        from scipy import stats

        discordant = test.only_compared + test.only_reference
        if not discordant or not self.degrees:
            return test.p
        t = (test.only_compared - test.only_reference) / math.sqrt(self.factor * discordant)
        return max(test.p, float(2 * stats.t.sf(abs(t), self.degrees)))

    def interval(self, test: PairedTest) -> tuple[float, float]:
        """The test's 95 % interval, as many times as wide as the factor and Student's t make it."""
        return self.widened(test.difference, test.interval)

    def widened(self, difference: float, interval: tuple[float, float]) -> tuple[float, float]:
        """A 95 % interval of a difference that knows the images' noise alone, as many times as wide."""
        from scipy import stats

        if not self.degrees:
            return interval
        widening = math.sqrt(self.factor) * stats.t.ppf(0.975, self.degrees) / stats.norm.ppf(0.975)
        low, high = (float(difference + widening * (end - difference)) for end in interval)
        return low, high


NONE = TrainingNoise()  # of two that are one training


def measure(answered: Sequence[RunAnswers]) -> TrainingNoise:
    """The noise among answers to the same images, each from trainings of its own.

    Those whose folds are not the first one's are left out.
    """
    alike = [own for own in answered if have_same_folds(answered[0], own)]
    if len(alike) < 2 or not len(np.unique(alike[0].fold)) > 1:
        return NONE
    accuracies = np.array([[fold["accuracy"] for fold in own.fold_scores()] for own in alike])
    residuals = (
        accuracies - accuracies.mean(axis=1, keepdims=True) - accuracies.mean(axis=0) + accuracies.mean()
    )
    degrees = (accuracies.shape[0] - 1) * (accuracies.shape[1] - 1)
    of_a_difference = 2 * np.sum(residuals**2) / degrees
    by_images = np.mean(
        [variance for pair in itertools.combinations(alike, 2) for _, variance in fold_differences(*pair)]
    )
    if not by_images:
        return NONE
    return TrainingNoise(max(1.0, float(of_a_difference / by_images)), degrees)


def have_same_folds(reference: RunAnswers, compared: RunAnswers) -> bool:
    """Whether two come from nets that left out the same images."""
    return np.array_equal(reference.fold, compared.fold)


def fold_differences(reference: RunAnswers, compared: RunAnswers) -> list[tuple[float, float]]:
    """(difference of the accuracies, its variance by the images) of each fold, in their order."""
    change = compared.right.astype(int) - reference.right.astype(int)
    by_fold = [change[reference.fold == number] for number in np.unique(reference.fold)]
    return [(float(fold.mean()), float(fold.var() / len(fold))) for fold in by_fold]
