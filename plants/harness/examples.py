"""Which images a zip is scored on, under which class numbers, and what it answered to each."""

import dataclasses
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from plants import terminal
from plants.harness.checks.read_manifest import Manifest, OtherData

if TYPE_CHECKING:  # these take a second to import, which `score.py --check` does not have
    from plants.data.dataset import Dataset
    from plants.data.splits import Split


@dataclasses.dataclass(frozen=True, eq=False)
class Answered:
    """What a submission answered to each image of a dataset.

    `labels` and `answers` are (n,) indices into `class_names`, the zip's as the server counts them;
    `probabilities` is (n, k), NaN for images that it was not asked about, or None without any.
    """

    dataset: "Dataset"
    labels: npt.NDArray[np.int64]
    answers: npt.NDArray[np.int64]
    class_names: tuple[str, ...]
    probabilities: npt.NDArray[np.floating] | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Subject:
    """What a zip is scored on: the images, their hash, the manifest of the zip, and all images at hand."""

    dataset: "Dataset"
    split_sha256: str
    manifest: Manifest | None
    known: "Dataset"

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes by number, in whatever order a zip names them.

        A server counts those of its contest, in its order; of any other ones those that are there, in order.
        """
        contest = self.dataset.contest
        if self.manifest is None and contest.order_of(self.dataset.class_names):
            return contest.classes
        return contest.numbered((self.manifest or self.dataset).class_names)

    def answered(self, answers: npt.NDArray[np.int64]) -> Answered:
        """These (n,) answers, class numbers, beside the labels as such."""
        names = self.class_names
        numbers = np.array([names.index(name) for name in self.dataset.class_names], np.int64)
        return Answered(self.dataset, numbers[self.dataset.labels], answers, names)


class Examples:
    """The images of one dataset, those of its "test" split or "all"; each split is made only once."""

    def __init__(self, dataset: "Dataset", split: Literal["test", "all"]) -> None:
        self.whole, self._choice = dataset, split
        self._splits: dict[tuple[int, str], Split] = {}

    def chosen_for(self, manifest: Manifest | None) -> tuple[Subject, list[str]]:
        """(Subject, notes) for a zip with this manifest, which may be None.

        Its split seed and what it says of near-copies decide the split.

        Raises OtherData where the zip and the data do not know the same classes, or images of another size.
        """
        if manifest:
            _refuse_unknown_classes(self.whole, manifest.class_names)
            _refuse_other_size(self.whole, manifest.image_side)
        if self._choice == "all":
            return Subject(self.whole, self.whole.content_hash, manifest, self.whole), []
        split = self._split(*(manifest.split_seed, manifest.near_copies) if manifest else (0, "on"))
        notes = []
        if manifest and manifest.holdout and manifest.split_hash != split.hash:
            notes.append(
                f"the split of {self.whole.source} is not the one the zip was trained with: "
                "other images, so 'held-out' means less here (see SEM04 for what was trained on)"
            )
        return Subject(self.whole.subset(split.held_out), split.hash, manifest, self.whole), notes

    def _split(self, seed: int, near_copies: str) -> "Split":
        from plants.data import splits

        key = seed, near_copies
        if key not in self._splits:
            self._splits[key] = splits.split(self.whole, *key)
        return self._splits[key]


def _refuse_unknown_classes(dataset: "Dataset", class_names: tuple[str, ...]) -> None:
    unknown = [name for name in dataset.class_names if name not in class_names]
    if unknown:
        raise OtherData(
            f"{dataset.source}: class {unknown[0]!r} is none of the zip's ({terminal.listed(class_names)}); "
            "score with --data on the images it was made for"
        )


def _refuse_other_size(dataset: "Dataset", side: int | None) -> None:
    if side not in (None, dataset.side):
        raise OtherData(
            f"{dataset.source}: images of {dataset.side}x{dataset.side} pixels, but the zip was made for "
            f"{side}x{side}; score with --data on the images it was made for"
        )
