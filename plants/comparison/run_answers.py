"""What nets answered to images they were not trained on, and that two compared ones saw the same."""

import dataclasses
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from plants import metrics
from plants.errors import InputError
from plants.runs import run_folder


@dataclasses.dataclass(frozen=True, eq=False)
class RunAnswers:
    """Answers to n images, in the order of their pixels' hashes."""

    labels: npt.NDArray[np.int64]  # (n,)
    answers: npt.NDArray[np.int64]  # (n,)
    probabilities: npt.NDArray[np.floating]  # (n, k)
    pixel_sha256: npt.NDArray[np.str_]  # (n,) hex digits, or the first of them
    fold: npt.NDArray[np.int64]  # (n,) by which net; all 0 where there is one

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        return self.answers == self.labels

    def subset(self, chosen: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> Self:
        """Those answers that `chosen` picks, an index array or a mask."""
        return type(self)(*(getattr(self, field.name)[chosen] for field in dataclasses.fields(self)))

    def scores(self, class_names: Sequence[str]) -> dict[str, Any]:
        """n, accuracy, macro_f1 and ci95 (Wilson) of all answers."""
        scores = metrics.score(self.labels, self.answers, class_names)
        return {name: scores[name] for name in ("n", "accuracy", "macro_f1", "ci95")}

    def fold_scores(self) -> list[dict[str, Any]]:
        """n and accuracy of each fold, in their order."""
        folds = [self.right[self.fold == number] for number in np.unique(self.fold)]
        return [{"n": len(right), "accuracy": float(right.mean())} for right in folds]


def of_run(run: run_folder.Run) -> RunAnswers:
    """The answers of a run: out of fold, or to its validation images where it has no folds.

    Raises InputError if the run keeps no answers, or they cannot be read.
    """
    arrays = run_folder.read_answers(run)
    answers = arrays["probabilities"].argmax(axis=1)
    answered = RunAnswers(**{"fold": np.zeros(len(answers), int), "answers": answers} | arrays)
    return answered.subset(np.lexsort((answered.labels, answered.pixel_sha256)))


def refuse_other_images(reference: RunAnswers, compared: RunAnswers, names: tuple[str, str]) -> None:
    """Raises InputError unless both are answers to the same images, labelled alike; `names` are theirs."""
    same = np.array_equal(reference.pixel_sha256, compared.pixel_sha256)
    if not same or not np.array_equal(reference.labels, compared.labels):
        shared = len(np.intersect1d(reference.pixel_sha256, compared.pixel_sha256))
        raise InputError(
            f"{names[0]} and {names[1]} answered different images ({len(reference)} and {len(compared)}, "
            f"{shared} in both, by their pixels): a paired test needs the same ones, labelled alike; train "
            "both on the same data, split_seed and folds"
        )
