"""The answers that went wrong most clearly, each with its image."""

import base64
import dataclasses
import io
from collections import Counter

import numpy as np
from PIL import Image

SHOWN = 24  # three rows of a printed page
SHOWN_OF_SEVERAL = 8  # one row, so that two or three zips fit on four pages
JPEG_QUALITY = 85


@dataclasses.dataclass(frozen=True)
class Mistake:
    """One image, uint8 (h, w, 3), that was taken for another class.

    `probability` is what the submission gave the class that it answered and `of_truth` what it gave
    the true one; None where it gives no probabilities.
    """

    image: np.ndarray
    name: str
    truth: str
    answer: str
    probability: float | None = None
    of_truth: float | None = None

    @property
    def data_uri(self):
        """The image as a JPEG within a `data:` address."""
        file = io.BytesIO()
        Image.fromarray(self.image).save(file, "JPEG", quality=JPEG_QUALITY)
        return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()


def worst(answered, *, most=SHOWN):
    """At most `most` Mistakes among the `Answered` images, the worst first.

    With probabilities the surest mistakes are the worst, without them those between the pairs of
    classes that are mistaken most often.
    """
    labels, answers = answered.labels, answered.answers
    wrong = np.flatnonzero(labels != answers)
    if answered.probabilities is None:
        pairs = Counter(zip(labels[wrong].tolist(), answers[wrong].tolist(), strict=True))
        badness = [pairs[int(labels[i]), int(answers[i])] for i in wrong]
    else:
        badness = -answered.probabilities[wrong, labels[wrong]]
    # Equal ones stay together by pair, then in the order of the images.
    order = np.lexsort((wrong, answers[wrong], labels[wrong], -np.asarray(badness, float)))
    return [_mistake(answered, index) for index in wrong[order][:most]]


def _mistake(answered, index):
    label, answer = answered.labels[index], answered.answers[index]
    given = None if answered.probabilities is None else answered.probabilities[index]
    return Mistake(
        image=answered.dataset.images[index],
        name=answered.dataset.names[index],
        truth=answered.class_names[label],
        answer=answered.class_names[answer],
        probability=None if given is None else float(given[answer]),
        of_truth=None if given is None else float(given[label]),
    )
