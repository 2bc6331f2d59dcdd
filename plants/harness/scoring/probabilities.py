"""How sure a submission is of its answers, where it has a method `probabilities` beside predict.

Asked after the score is settled, in a new child, and for the page only: no server calls it.
"""

import dataclasses

import numpy as np

from plants.errors import HarnessError
from plants.harness.run import runner
from plants.harness.run.session import Failed

ROUNDING = 0.01  # by which probabilities may miss a sum of 1


def with_probabilities(answered, new_session):
    """The Answered with probabilities for all its answers; as it was without such, or without a mistake.

    `new_session()` makes a child. It is asked about all images, in the order of the main prediction:
    which of them were answered wrongly, and as what, it is not to learn. Believed is only what puts
    the given answers first.
    """
    if (answered.labels == answered.answers).all():
        return answered
    order = runner.order_by_content(answered.dataset.images)
    try:
        with new_session() as session:
            session.load()
            found = session.probabilities(answered.dataset.images[order])
    except (Failed, HarnessError):
        return answered
    if not _are_probabilities(found, answered.answers[order], len(answered.class_names)):
        return answered
    return dataclasses.replace(answered, probabilities=found[np.argsort(order)])


def _are_probabilities(found, answers, num_classes):
    if found is None or found.shape != (len(answers), num_classes) or not np.isfinite(found).all():
        return False
    adds_up = np.abs(found.sum(axis=1) - 1) < ROUNDING
    is_first = found[np.arange(len(answers)), answers] >= found.max(axis=1)
    return bool(adds_up.all() and is_first.all() and found.min() >= 0)
