"""A run folder answers: the nets of its folds, averaged, as in a zip of it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from plants import interrupts, keras_settings
from plants.bundle.members import open_members
from plants.prediction.answers import LINE_SECONDS, Answers
from plants.progress import Progress
from plants.runs.run_folder import Run

BATCH_SIZE = 16


class TrainedRun:
    """The run in a folder. InputError if there is none that has ended; `announce` takes notes on it."""

    def __init__(self, path: Path, announce: Callable[[str], None]) -> None:
        self._members = open_members([path], announce=announce)
        self.class_names = self._members[0].class_names
        self.image_side = self._members[0].image_side

    def answer(self, images: npt.NDArray[np.uint8], *, probabilities: bool = False) -> Answers:
        """The Answers to images (n, side, side, 3), with probabilities if they are asked for.

        Raises InputError if weights are missing or do not fit.
        """
        keras_settings.require_backend()
        progress = Progress(len(images) * len(self._members), line_seconds=LINE_SECONDS)
        # One after the other: only one net at a time is in memory.
        every = [self._probabilities(member, images, progress) for member in self._members]
        mean = np.mean(every, axis=0)
        progress.wipe()
        return Answers(self.class_names, mean.argmax(axis=1), mean if probabilities else None)

    def _probabilities(
        self, member: Run, images: npt.NDArray[np.uint8], progress: Progress
    ) -> npt.NDArray[np.float32]:
        """Those of one net, or of the nets of one composition: (n, k)."""
        from plants.runs.load_net import load_predictor  # Keras takes seconds to import

        with interrupts.reraise_lost_interrupts() as stop_if_asked:
            predictor = load_predictor(member)
            answered = np.empty((len(images), len(self.class_names)), np.float32)
            # Always whole: a batch of another size would have the net compiled again.
            batch = np.zeros((BATCH_SIZE, *images.shape[1:]), np.float32)
            for start in range(0, len(images), BATCH_SIZE):
                stop_if_asked()
                part = images[start : start + BATCH_SIZE]
                batch[: len(part)] = part
                answered[start : start + len(part)] = predictor.predict_on_batch(batch)[: len(part)]
                progress.advance(
                    len(part), f"{member.path.name}: {start + len(part)} of {len(images)} images"
                )
        return answered
