"""What nets answered to images they were not trained on, and that two compared ones saw the same."""

import dataclasses

import numpy as np

from plants import metrics
from plants.errors import InputError
from plants.runs import run_folder


@dataclasses.dataclass(frozen=True, eq=False)
class Answers:
    """Answers to n images, in the order of their pixels' hashes."""

    labels: np.ndarray  # (n,) integers
    answers: np.ndarray  # (n,) integers
    probabilities: np.ndarray  # (n, k) floats
    pixel_sha256: np.ndarray  # (n,) str: hex digits, or the first of them
    fold: np.ndarray  # (n,) integers: by which net; all 0 where there is one

    def __len__(self):
        return len(self.labels)

    @property
    def right(self):
        return self.answers == self.labels

    def part(self, chosen):
        """Those answers that `chosen` picks, an index array or a mask."""
        values = {field.name: getattr(self, field.name)[chosen] for field in dataclasses.fields(self)}
        return Answers(**values)

    def scores(self, class_names):
        """n, accuracy, macro_f1 and ci95 (Wilson) of all answers."""
        scores = metrics.score(self.labels, self.answers, class_names)
        return {name: scores[name] for name in ("n", "accuracy", "macro_f1", "ci95")}

    def fold_scores(self):
        """n and accuracy of each fold, in their order."""
        folds = [self.right[self.fold == number] for number in np.unique(self.fold)]
        return [{"n": len(right), "accuracy": float(right.mean())} for right in folds]


def of_run(run):
    """The Answers of a `run_folder.Run`: out of fold, or to its validation images where it has no folds.

    Raises InputError if the run keeps no answers, or they cannot be read.
    """
    kept = run_folder.read_answers(run)
    answers = kept["probabilities"].argmax(axis=1)
    found = Answers(**{"fold": np.zeros(len(answers), int), "answers": answers} | kept)
    return found.part(np.lexsort((found.labels, found.pixel_sha256)))


def refuse_other_images(reference, compared, names):
    """Raises InputError unless two Answers are to the same images, labelled alike; `names` are theirs."""
    same = np.array_equal(reference.pixel_sha256, compared.pixel_sha256)
    if not same or not np.array_equal(reference.labels, compared.labels):
        shared = len(np.intersect1d(reference.pixel_sha256, compared.pixel_sha256))
        raise InputError(
            f"{names[0]} and {names[1]} answered different images ({len(reference)} and {len(compared)}, "
            f"{shared} in both, by their pixels): a paired test needs the same ones, labelled alike; train "
            "both on the same data, split_seed and folds"
        )
