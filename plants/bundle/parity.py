"""Proof that a submission answers as the trained nets do, on real images, before it is zipped."""

import runpy
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt

from plants.errors import InputError
from plants.runs import run_folder
from plants.runs.run_folder import Run

Probabilities = npt.NDArray[np.float32]  # (n, k)

TOLERANCE = 1e-5  # largest difference of a probability
# The training may have run on other hardware. A net that was built or loaded wrongly, the
# mistake this is for, is off by tenths.
RECORDED_TOLERANCE = 1e-2
MOST_IMAGES = 64
OTHER_BATCH_SIZE = 7  # images in one call of the graph, besides what the submission takes


def check(members: Sequence[Run], predictors: Sequence[keras.Model], folder: Path) -> None:
    """Compares the submission in `folder`, loaded from disk, with the nets it was made from.

    `predictors` are those of `members`, in the same order. On the runs' real
    images each net must give the probabilities recorded in training, and the submission's
    class must give the mean of the nets: labels equal, probabilities to 1e-5, in two batch sizes.
    Raises InputError if not, or if a run's images cannot be read.
    """
    images, expected = expect(members, predictors)
    submission = runpy.run_path(str(folder / "model.py"))["Model"](str(folder))
    for batch_size in (submission.batch_size, OTHER_BATCH_SIZE):
        submission.batch_size = batch_size
        require_equal(submission.probabilities(images).numpy(), expected)
    labels = submission.predict(images[:batch_size]).numpy()
    if labels.tolist() != expected[:batch_size].argmax(axis=-1).tolist():
        raise InputError("predict does not return the most probable classes; mend submission/model.py")


def require_equal(probabilities: Probabilities, expected: Probabilities) -> None:
    """Raises InputError unless all labels are equal and all probabilities to TOLERANCE."""
    difference = worst_difference(probabilities, expected)
    if not difference <= TOLERANCE:  # not >, so that a NaN fails
        raise InputError(
            f"the exported model's probabilities differ from the trained one's by {difference:.2g}, "
            f"expected at most {TOLERANCE}; no zip was written. Please report this with the run's run.json"
        )
    flips = int((probabilities.argmax(axis=-1) != expected.argmax(axis=-1)).sum())
    if flips:
        raise InputError(
            f"the exported model answers {flips} of {len(expected)} images with another class than the "
            "trained one, between equally probable classes; no zip was written. Train again, or longer"
        )


def expect(
    members: Sequence[Run], predictors: Sequence[keras.Model]
) -> tuple[npt.NDArray[np.uint8], Probabilities]:
    """The runs' images, (m, side, side, 3), and the mean of the nets' probabilities.

    Raises InputError if a net does not give its own images the probabilities recorded in training.
    """
    of_each = -(-MOST_IMAGES // len(members))  # rounded up
    recorded = [_recorded(member, of_each) for member in members]
    images = np.concatenate([own for own, _ in recorded])
    all_answers: list[Probabilities] = []
    start = 0
    for member, predictor, (own, probabilities) in zip(members, predictors, recorded, strict=True):
        answers = predict(predictor, images)
        difference = worst_difference(answers[start : start + len(own)], probabilities)
        if not difference <= RECORDED_TOLERANCE:
            raise InputError(
                f"{member.path}: the net built from {run_folder.WEIGHTS} gives probabilities that differ "
                f"by {difference:.2g} from those recorded in training, expected at most "
                f"{RECORDED_TOLERANCE}; the weights are from another run or program version: train again"
            )
        all_answers.append(answers)
        start += len(own)
    return images, np.mean(all_answers, axis=0)


def predict(predictor: keras.Model, images: npt.NDArray[np.uint8]) -> Probabilities:
    """What the trained net answers to images as they are stored."""
    return predictor.predict(images.astype("float32"), batch_size=16, verbose=0)


def worst_difference(probabilities: Probabilities, expected: Probabilities) -> float:
    """The largest difference of two arrays; infinite if their shapes differ."""
    if probabilities.shape != expected.shape:
        return np.inf
    return float(np.abs(probabilities - expected).max(initial=0.0))


def _recorded(member: Run, most: int) -> tuple[npt.NDArray[np.uint8], Probabilities]:
    """Images and probabilities that the training left for the check, at most `most` of them."""
    recorded = run_folder.read_arrays(member, run_folder.PARITY)
    return recorded["images"][:most], recorded["probabilities"][:most]
