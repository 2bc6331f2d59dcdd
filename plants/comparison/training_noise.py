"""How much further two trained variants lie apart than their images alone explain.

McNemar's test asks what other images would change. It takes the nets as they are, and each is one training
of many possible. Between folds, which are trainings of their own, a difference of two variants scatters by
both: Cochran's Q (Biometrics 10, 1954, 101-129) sets that scatter against what the images explain. Its mean
over all pairs, per degree of freedom, is the factor that a variance lacks, as the dispersion of
quasi-likelihood (McCullagh and Nelder, Generalized Linear Models, 1989, section 4.5).
"""

import dataclasses
import math

import numpy as np


@dataclasses.dataclass(frozen=True)
class TrainingNoise:
    """The factor on the variance of a difference, and what it rests on."""

    factor: float = 1.0  # 1 or more
    degrees: int = 0  # of freedom; 0: there was nothing to measure it with

    def p(self, test):
        """Two-sided p of a `paired.PairedTest`: McNemar's statistic over the factor, by Student's t.

        Never below that of the exact test, which knows no training noise.
        """
        from scipy import stats

        discordant = test.only_compared + test.only_reference
        if not discordant or not self.degrees:
            return test.p
        t = (test.only_compared - test.only_reference) / math.sqrt(self.factor * discordant)
        return max(test.p, float(2 * stats.t.sf(abs(t), self.degrees)))

    def interval(self, test):
        """The test's interval, as many times as wide as a standard deviation grows."""
        widening = math.sqrt(self.factor)
        return tuple(test.difference + widening * (end - test.difference) for end in test.interval)


def measure(pairs):
    """The `TrainingNoise` of pairs of `answers.Answers`, each (reference, compared) to the same images.

    Left out are pairs of different folds, and those that agree on all images of a fold: these nets are
    one training.
    """
    found = [heterogeneity(fold_differences(*pair)) for pair in pairs if have_same_folds(*pair)]
    found = [q for q in found if q is not None]
    degrees = sum(freedom for _, freedom in found)
    if not degrees:
        return TrainingNoise()
    return TrainingNoise(max(1.0, sum(q for q, _ in found) / degrees), degrees)


def have_same_folds(reference, compared):
    """Whether two `Answers` come from nets that left out the same images."""
    return np.array_equal(reference.fold, compared.fold)


def fold_differences(reference, compared):
    """(difference of the accuracies, its variance by the images) of each fold, in their order."""
    change = compared.right.astype(int) - reference.right.astype(int)
    parts = [change[reference.fold == number] for number in np.unique(reference.fold)]
    return [(float(part.mean()), float(part.var() / len(part))) for part in parts]


def heterogeneity(differences):
    """(Cochran's Q, its degrees of freedom) of `fold_differences`; None where a variance is 0."""
    means, variances = np.array(differences).T
    if not variances.all():
        return None
    weights = 1 / variances
    mean = np.average(means, weights=weights)
    return float(np.sum(weights * (means - mean) ** 2)), len(means) - 1
