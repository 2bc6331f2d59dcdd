"""Where answers become the scores that verdicts, folds and comparisons report; all but a bare accuracy."""

from collections.abc import Sequence
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt


class Scores(TypedDict, total=False):
    """What `score` gives: every key, or none where there was nothing to score."""

    n: int
    accuracy: float
    macro_f1: float
    ci95: list[float]
    per_class: list[dict[str, Any]]
    confusion: list[list[int]]


def score(
    labels: npt.NDArray[np.int64], answers: npt.NDArray[np.int64], class_names: Sequence[str]
) -> Scores:
    """Accuracy, macro-F1, Wilson's 95 % interval, per-class figures and the confusion matrix.

    `labels` and `answers` are (n,) and index `class_names`, n >= 1. Macro-F1 is the mean
    over the classes that occur among labels or answers. Undefined precision or recall counts as 0.
    Holds plain numbers and lists, ready for JSON.
    """
    # Here, because they take a second to import, which `score.py --check` does not have.
    from scipy import stats
    from sklearn import metrics

    classes = range(len(class_names))
    precision, recall, f1, counts = metrics.precision_recall_fscore_support(
        labels, answers, labels=classes, zero_division=0.0
    )
    correct = int(np.count_nonzero(labels == answers))
    interval = stats.binomtest(correct, len(labels)).proportion_ci(confidence_level=0.95, method="wilson")
    per_class = [
        {
            "name": name,
            "precision": float(precision[i]),
            "recall": float(recall[i]),
            "f1": float(f1[i]),
            "n": int(counts[i]),
        }
        for i, name in enumerate(class_names)
    ]
    return {
        "n": len(labels),
        "accuracy": correct / len(labels),
        "macro_f1": float(metrics.f1_score(labels, answers, average="macro", zero_division=0.0)),
        "ci95": [float(interval.low), float(interval.high)],
        "per_class": per_class,
        "confusion": metrics.confusion_matrix(labels, answers, labels=classes).tolist(),
    }
