"""What a submission is asked in one child, in calls of so many images, and what it answers."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from plants.errors import InputError
from plants.harness.profiles import Profile
from plants.harness.run.session import Prediction, Session
from plants.harness.scoring.probabilities import are_probabilities, fit
from plants.prediction.answers import LINE_SECONDS
from plants.progress import Progress

CALL = 64  # images in one; each call has the server's time limit to itself


class Questions:
    """The images, (n, side, side, 3), and what the zip at `path` answered to them.

    After `ask`, `labels` is (n,) and `probabilities` (n, k), or None where they were not wanted.
    """

    def __init__(
        self, path: Path, images: npt.NDArray[np.uint8], num_classes: int, *, wants_probabilities: bool
    ) -> None:
        self.progress = Progress(len(images), line_seconds=LINE_SECONDS)
        self.labels = np.empty(len(images), np.int64)
        self.probabilities = np.empty((len(images), num_classes)) if wants_probabilities else None
        self._path, self._images, self._num_classes = path, images, num_classes

    @property
    def first(self) -> npt.NDArray[np.uint8]:
        """The images of the first call."""
        return self._images[:CALL]

    def with_time_for_all(self, profile: Profile) -> Profile:
        """The profile, with as much computing for each call as the server allows for its only one."""
        calls = 2 + len(self._images) // CALL  # one is not full, and the first may be asked for both
        return dataclasses.replace(profile, cpu_limit_seconds=calls * profile.cpu_limit_seconds)

    def ask(self, session: Session, first: Prediction) -> bool:
        """Asks about all images, whose first ones are answered; False says that the child is not lost.

        Raises session.Failed, HarnessError, and InputError if probabilities are wanted, and are none.
        """
        if self.probabilities is not None and not session.offers_probabilities:
            raise InputError(
                f"{self._path}: its class has no method probabilities(X), and predict gives classes alone: "
                "leave out --probabilities, or add the method, as zips of build_submission.py have it"
            )
        for start in range(0, len(self._images), CALL):
            self._ask_about(slice(start, start + CALL), session, first if start == 0 else None)
        return False

    def _ask_about(self, part: slice, session: Session, known: Prediction | None) -> None:
        images = self._images[part]
        if self.probabilities is None:
            self.labels[part] = (known or session.predict(images)).labels
        else:
            given = self._checked(session.probabilities(images), len(images), known)
            self.probabilities[part], self.labels[part] = given, given.argmax(axis=1)
        self.progress.advance(
            len(images), f"answered {part.start + len(images)} of {len(self._images)} images"
        )

    def _checked(
        self, given: npt.NDArray[Any] | None, count: int, known: Prediction | None
    ) -> npt.NDArray[Any]:
        """What was given as probabilities. InputError if they are none, or not those of what is `known`."""
        k = self._num_classes
        if given is None or not (
            fit(given, known.labels, k) if known else are_probabilities(given, (count, k))
        ):
            raise InputError(
                f"{self._path}: its method probabilities(X) does not give {k} numbers for each image which "
                "add up to 1, the highest for the class that predict gives: leave out --probabilities"
            )
        return given
