"""How sure a submission is of its wrong answers, where it has a method `probabilities` beside predict.

Asked after the score is settled, in a new child, and for the page only: no server calls it.
"""

import dataclasses

import numpy as np

from plants.errors import HarnessError
from plants.harness.session import Failed

ROUNDING = 0.01  # by which probabilities may miss a sum of 1


def with_probabilities(answered, new_session):
    """The Answered with probabilities for its wrong answers, NaN for the rest; as it was without such.

    `new_session()` makes a child. Believed is only what puts the given answers first.
    """
    wrong = np.flatnonzero(answered.labels != answered.answers)
    if not len(wrong):
        return answered
    # In a random order, as ever: theirs is that of the classes.
    wrong = np.random.default_rng(0).permutation(wrong)
    try:
        with new_session() as session:
            session.load()
            found = session.probabilities(answered.dataset.images[wrong])
    except (Failed, HarnessError):
        return answered
    if not _are_probabilities(found, answered.answers[wrong], len(answered.class_names)):
        return answered
    probabilities = np.full((len(answered.labels), found.shape[1]), np.nan)
    probabilities[wrong] = found
    return dataclasses.replace(answered, probabilities=probabilities)


def _are_probabilities(found, answers, num_classes):
    if found is None or found.shape != (len(answers), num_classes) or not np.isfinite(found).all():
        return False
    adds_up = np.abs(found.sum(axis=1) - 1) < ROUNDING
    is_first = found[np.arange(len(answers)), answers] >= found.max(axis=1)
    return bool(adds_up.all() and is_first.all() and found.min() >= 0)
