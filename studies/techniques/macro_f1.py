"""Macro-F1 of two that answered the same images: how sure their difference is."""

import numpy as np
import numpy.typing as npt

from plants.comparison.run_answers import RunAnswers

RESAMPLES = 1000


def difference_interval(reference: RunAnswers, compared: RunAnswers, num_classes: int) -> tuple[float, float]:
    """95 % interval of the compared one's macro-F1 minus the reference's, over images drawn with replacement.

    The same answers give the same interval. It knows nothing of the noise of training.
    """
    rng, n = np.random.default_rng(0), len(reference)
    differences = []
    for _ in range(RESAMPLES):
        chosen = rng.integers(0, n, n)
        labels = reference.labels[chosen]
        one, other = (macro_f1(labels, own.answers[chosen], num_classes) for own in (reference, compared))
        differences.append(other - one)
    low, high = np.percentile(differences, [2.5, 97.5])
    return float(low), float(high)


def macro_f1(labels: npt.NDArray[np.int64], answers: npt.NDArray[np.int64], num_classes: int) -> float:
    """The mean F1 of the classes that occur among labels or answers, n >= 1."""
    right, asked, answered = (
        np.bincount(chosen, minlength=num_classes) for chosen in (labels[labels == answers], labels, answers)
    )
    occur = (asked + answered) > 0
    return float(np.mean(2 * right[occur] / (asked + answered)[occur]))
