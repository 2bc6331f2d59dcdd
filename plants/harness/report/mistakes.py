"""The answers that went wrong most clearly, each with its image."""

import base64
import dataclasses
import io
from collections import Counter

import numpy as np
import numpy.typing as npt
from PIL import Image

from plants.harness.examples import Answered

SHOWN = 24  # three rows of a printed page
SHOWN_OF_SEVERAL = 8  # one row
JPEG_QUALITY = 85


@dataclasses.dataclass(frozen=True)
class Mistake:
    """One image (h, w, 3) that was taken for another class.

    `probability` is what the submission gave the class that it answered and `of_truth` what it gave
    the true one; None where it gives no probabilities.
    """

    image: npt.NDArray[np.uint8]
    name: str
    truth: str
    answer: str
    probability: float | None = None
    of_truth: float | None = None

    @property
    def data_uri(self) -> str:
        """The image as a JPEG within a `data:` address."""
        file = io.BytesIO()
        Image.fromarray(self.image).save(file, "JPEG", quality=JPEG_QUALITY)
        return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()


def worst(answered: Answered, *, most: int = SHOWN) -> list[Mistake]:
    """At most `most` mistakes, the worst first.

    With probabilities the surest mistakes are the worst, without them those between the pairs of
    classes that are mistaken most often.
    """
    labels, answers = answered.labels, answered.answers
    wrong = np.flatnonzero(labels != answers)
    if answered.probabilities is None:
        pairs = Counter(zip(labels[wrong].tolist(), answers[wrong].tolist(), strict=True))
        badness = np.array([pairs[int(labels[i]), int(answers[i])] for i in wrong], float)
    else:
        badness = -answered.probabilities[wrong, labels[wrong]]
    # Equal ones stay together by pair, then in the order of the images.
    order = np.lexsort((wrong, answers[wrong], labels[wrong], -badness))
    return [_mistake(answered, index) for index in wrong[order][:most]]


def _mistake(answered: Answered, index: int) -> Mistake:
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
