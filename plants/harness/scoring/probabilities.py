"""How sure a submission is of its answers, where it has a method `probabilities` beside predict.

Asked after it has been scored, in a new child, and for the page only: no server calls it.
"""

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from plants.errors import HarnessError
from plants.harness.examples import Answered
from plants.harness.run import runner
from plants.harness.run.session import Failed, NewSession

ROUNDING = 0.01  # by which probabilities may miss a sum of 1


def with_probabilities(answered: Answered, new_session: NewSession) -> Answered:
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
            given = session.probabilities(answered.dataset.images[order])
    except (Failed, HarnessError):
        return answered
    if given is None or not fit(given, answered.answers[order], len(answered.class_names)):
        return answered
    return dataclasses.replace(answered, probabilities=given[np.argsort(order)])


def fit(given: npt.NDArray[Any], answers: npt.NDArray[np.int64], num_classes: int) -> bool:
    """Whether these are probabilities, the highest of each image that of its answer."""
    if not are_probabilities(given, (len(answers), num_classes)):
        return False
    return bool((given[np.arange(len(answers)), answers] >= given.max(axis=1)).all())


def are_probabilities(given: npt.NDArray[Any], shape: tuple[int, int]) -> bool:
    """Whether this is an array (n, k) of that shape, each row of it adding up to 1."""
    if given.shape != shape or not np.isfinite(given).all():
        return False
    return bool((np.abs(given.sum(axis=1) - 1) < ROUNDING).all() and given.min() >= 0)
